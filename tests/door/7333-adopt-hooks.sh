#!/bin/sh
# seconds: 600
# Hooks of an adopted repository: not run unless allowed, and then in their box.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
must gate workspace create acme --owner ann
t=$(token ann laptop write:repository)
git config --global --add safe.directory '*' # of this test's own git; the server reads no such file
mkdir "$T/srv" "$T/other"
chmod 755 "$T/srv"
chmod 777 "$T/other"
history "$T/work" 2
folder=$T/srv/site.git
must git clone -q --bare "$T/work" "$folder"
# hook NAME: its text comes on standard input.
hook() {
	cat >"$folder/hooks/$1"
	chmod 755 "$folder/hooks/$1"
}
hook pre-receive <<'END'
#!/bin/sh
while read -r old new ref; do
	echo "pre-receive saw $ref of $REMOTE_USER"
	echo "$ref $(git rev-list --count "$new")" >>"$GIT_DIR/pre-receive.log"
	case $ref in */no) echo "this branch is refused" >&2; exit 1 ;; esac
done
END
hook update <<'END'
#!/bin/sh
echo "update saw $1"
case $1 in */half) exit 1 ;; esac
END
hook post-receive <<'END'
#!/bin/sh
while read -r old new ref; do echo "post-receive saw $ref"; done
if cat "$OUTSIDE" 2>/dev/null; then echo "it reads the ledger"; fi
END
sed -i "s#\"\$OUTSIDE\"#$data/gatehouse.db#" "$folder/hooks/post-receive"
cat >>"$folder/hooks/post-receive" <<END
if ls $data/repositories 2>/dev/null; then echo "it sees others"; fi
if echo x 2>/dev/null >$T/other/mark; then echo "it writes elsewhere"; fi
if bash -c 'echo >/dev/tcp/$(printf 127.0.0.1)/22' 2>/dev/null; then echo "it has a network"; fi
if [ -e /proc/self/fd/4 ] || env | grep -q HOOK_FD; then echo "it has the channel"; fi
exit 0
END
if [ -n "$as" ]; then chown -R 65534:65534 "$T/srv"; fi
gate_start
must gate repo adopt "$folder" acme/site --yes
where=$(url ann "$t" acme/site.git)
push() { try git -C "$T/work" push "$where" "HEAD:refs/heads/$1"; }

push before
is "$status" 0 "not allowed, a push goes through"
unlike "$out" "saw" "and no hook runs"
not "really not" test -e "$folder/pre-receive.log"
repo acme/own
try gate repo hooks acme/own allow --yes
like "$out" "only an adopted repository" "a repository made here has none to allow"
try gate repo hooks acme/site allow --dry-run
words hooks-asked "$out"
must gate repo hooks acme/site allow --yes
like "$(gate repo show acme/site)" "hooks +those in it run" "allowed, and shown"

if [ "$(sed -n 's/.*git children: landlock \([a-z]*\),.*/\1/p' "$log" | head -n 1)" != yes ]; then
	push one
	like "$out" "server-fault" "without Landlock a push is refused"
	finish
fi
push one
is "$status" 0 "a push that they like goes through"
like "$out" "remote: pre-receive saw refs/heads/one of ann" "pre-receive ran, and is heard"
like "$out" "remote: update saw refs/heads/one" "update too"
like "$out" "remote: post-receive saw refs/heads/one" "post-receive too"
unlike "$out" "it (reads|sees|writes|has)" "and sees nothing but its repository"
not "nothing was written elsewhere" test -e "$T/other/mark"
is "$(cat "$folder/pre-receive.log")" "refs/heads/one 2" "it used git and wrote into its repository"
push no
not "what pre-receive refuses is refused" test "$status" = 0
like "$out" "remote: this branch is refused" "in its own words"
is "$(served acme/site refs/heads/no)" "" "and is not there"
push half
like "$out" "refs/heads/half|half.*hook declined" "what update refuses is refused"
is "$(served acme/site refs/heads/half)" "" "and is not there either"
must gate repo archive acme/site --yes
push late
unlike "$out" "saw" "what the server itself refuses is not shown to them"
must gate repo unarchive acme/site --yes

# Many refs, more than a pipe holds, and a hook that reads none of them.
rm "$folder/hooks/update" "$folder/hooks/post-receive"
# shellcheck disable=SC2016 # for the hook to expand
printf '#!/bin/sh\ncat >"$GIT_DIR/many.log"\n' >"$folder/hooks/pre-receive"
long=$(printf "%0220d" 0)
seq 1 300 | sed "s#.*#create refs/heads/many/$long-& $(head_of "$T/work")#" | git -C "$T/work" update-ref --stdin
try git -C "$T/work" push -q "$where" 'refs/heads/many/*:refs/heads/many/*'
is "$status" 0 "many refs at once"
is "$(grep -c many/ "$folder/many.log")" 300 "all are told to it"
printf '#!/bin/sh\nexit 0\n' >"$folder/hooks/pre-receive"
try git -C "$T/work" push -q "$where" 'refs/heads/many/*:refs/heads/again/*'
is "$status" 0 "a hook that does not read them is no fault"
printf '#!/no/such/program\n' >"$folder/hooks/pre-receive"
push unstarted
not "a hook that can't be started lets nothing in" test "$status" = 0
chmod 644 "$folder/hooks/pre-receive"
push skipped # nothing there runs now
is "$status" 0 "one that is not executable is none"
must gate repo hooks acme/site forbid --yes
push after
unlike "$out" "saw" "forbidden, they don't run"
ok "fetching ran none of it" git ls-remote "$where"
finish
