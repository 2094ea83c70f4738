#!/bin/sh
# What the papers show works as it stands: every example of the help, typed in
# its order, and the manual pages.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

papers=$bin/gatehouse-papers
ok "the manual pages are made" "$papers" man "$T/man"
is "$(mandoc -Tlint -W warning "$T"/man/man1/*.1 "$T"/man/man5/*.5 | grep -v 'missing date')" "" \
	"and mandoc finds nothing to complain about"
gate help | grep -oE '^  [a-z]+( [a-z][a-z-]*)?' | grep -v ' gatehouse' | sort -u >"$T/commands"
while read -r noun verb; do
	[ -e "$T/man/man1/gatehouse-$noun${verb:+-$verb}.1" ] || echo "$noun $verb"
done <"$T/commands" >"$T/without"
is "$(cat "$T/without")" "" "every command has a manual page"
while read -r noun verb; do
	# shellcheck disable=SC2086 # the verb may be missing
	gate help $noun $verb | grep -qE '^  (gatehouse|git) ' || echo "$noun $verb"
done <"$T/commands" >"$T/without"
is "$(cat "$T/without")" "" "and an example"

# The examples know a program in the PATH, and where its data lie.
mkdir "$T/path"
cat >"$T/path/gatehouse" <<END
#!/bin/sh
case \$1 in serve) set -- "\$@" --stop-time 1s ;; esac
exec $as "$bin/gatehouse" --data "$data" "\$@"
END
chmod 755 "$T/path/gatehouse"
PATH=$T/path:$PATH

"$papers" examples >"$T/examples"
like "$(wc -l <"$T/examples")" '^[0-9]{2,}$' "there are examples"
mkdir "$T/backups"
if [ -n "$as" ]; then chown 65534 "$T/backups"; fi
for name in ann deploy; do
	must ssh-keygen -q -t ed25519 -N '' -f "$T/$name"
	chmod 644 "$T/$name.pub"
done
for name in ca ci_ca; do must ssh-keygen -q -t ed25519 -N '' -f "$T/$name"; done
must ssh-keygen -q -s "$T/ca" -I ann@laptop -n ann -z 8 "$T/ann.pub"
chmod 644 "$T"/*.pub
cd "$T" || exit 1 # where the examples find their files
mkdir "$T/srv" "$T/srv/git"
must git init -q --bare "$T/srv/git/shop.git"
if [ -n "$as" ]; then chown -R 65534 "$T/srv"; fi
reference=""
while IFS= read -r line; do
	case $line in
	*" serve "*)
		[ -n "$server" ] || gate_begin --http 127.0.0.1:0
		continue # its own line is tried below
		;;
	*7kq2m9xa4e*)
		reference=$(reference_of "$(curl -s "$address/acme/site/info/refs?service=git-upload-pack")")
		line=$(printf '%s\n' "$line" | sed "s/7kq2m9xa4e/$reference/")
		;;
	esac
	case $line in *"/var/backups"*) line=$(printf '%s\n' "$line" | sed "s#/var/backups#$T/backups#") ;; esac
	case $line in *"/srv/git"*) line=$(printf '%s\n' "$line" | sed "s#/srv/git#$T/srv/git#") ;; esac
	ok "$line" sh -c "$line"
done <"$T/examples"
gate_stop

# `serve` as it is typed, but for the port, which may be taken.
grep ' serve ' "$T/examples" | sed -E 's/(127\.0\.0\.1|0\.0\.0\.0):[0-9]+/127.0.0.1:0/g' >"$T/serves"
while IFS= read -r line; do
	# shellcheck disable=SC2086 # words of a command
	gate_begin ${line#gatehouse serve}
	is "$(curl -s -o /dev/null -w '%{http_code}' "$address/x/y/info/refs?service=git-upload-pack")" 401 "$line"
	gate_stop
done <"$T/serves"
finish
