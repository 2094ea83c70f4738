#!/bin/sh
# as: runner
# ./dev install into a fresh folder: everything is in its place and works there.
# shellcheck disable=SC2086 # $as is the words of a command
tree=${GATEHOUSE_TREE:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

root=$T/root
chmod 755 "$T"
ok "it is installed" "$tree/dev" install /usr "$root"
bin=$root/usr/lib/gatehouse
for file in usr/bin/gatehouse usr/lib/gatehouse/gatehouse-http usr/lib/gatehouse/gatehouse-box \
	usr/lib/systemd/system/gatehouse.service usr/lib/systemd/system/gatehouse-https.socket \
	usr/lib/systemd/system/gatehouse-backup.service usr/lib/systemd/system/gatehouse-backup.timer \
	usr/lib/systemd/system/gatehouse-check.service usr/lib/systemd/system/gatehouse-check.timer \
	usr/lib/sysusers.d/gatehouse.conf usr/lib/tmpfiles.d/gatehouse.conf \
	usr/share/man/man1/gatehouse.1 usr/share/man/man5/gatehouse.conf.5 \
	usr/share/bash-completion/completions/gatehouse etc/gatehouse/gatehouse.conf; do
	ok "$file is there" test -s "$root/$file"
done
ok "and readable" sh -c "[ -z \"\$(find '$root' -type f ! -perm -444)\" ]"
is "$(grep -rl '@[A-Z]*@' "$root/usr/lib/systemd" "$root/etc")" "" "no place is left open in a unit"

# the configuration: as it is, and with every setting uncommented
conf=$root/etc/gatehouse/gatehouse.conf
as_conf() { sed -e "s|^data = .*|data = $data|" "$conf"; }
as_conf >"$T/plain.conf"
as_conf | sed -E 's/^#([a-z-]+ =)/\1/; s/^(http|https|ssh|metrics) = .*/\1 = 127.0.0.1:0/; s/^(run-as|database) = .*//' \
	>"$T/whole.conf"
chmod 644 "$T/plain.conf" "$T/whole.conf"
for key in $($as "$bin/gatehouse" help settings | sed -nE 's/^  ([a-z-]+) .*/\1/p'); do
	grep -qE "^#?$key = " "$conf" || echo "$key"
done >"$T/missing"
is "$(cat "$T/missing")" "" "every setting stands in it"
ok "a command reads it" $as "$bin/gatehouse" --config "$T/plain.conf" user add ann
ok "and every line of it, uncommented" $as "$bin/gatehouse" --config "$T/whole.conf" user list
echo "# mine" >>"$conf"
ok "installed once more" "$tree/dev" install /usr "$root"
is "$(tail -n 1 "$conf")" "# mine" "a configuration that is there is left alone"

# the programs
gate_begin --config "$T/plain.conf" --http 127.0.0.1:0
$as "$bin/gatehouse" --config "$T/plain.conf" repo create ann/site >/dev/null
t=$($as "$bin/gatehouse" --config "$T/plain.conf" token create --user ann --name l --scopes write:repository --quiet)
history "$T/work"
ok "the installed server takes a push" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
ok "and serves a clone" git clone -q "$(url ann "$t" ann/site.git)" "$T/clone"
gate_stop
is "$("$root/usr/bin/gatehouse" version --quiet)" "$("$bin/gatehouse" version --quiet)" "the link in bin leads to it"

# the completion
completed() {
	bash -c '. "$1"; shift; COMP_WORDS=(gatehouse "$@"); COMP_CWORD=$#; _gatehouse
		printf "%s\n" "${COMPREPLY[@]}"' bash "$root/usr/share/bash-completion/completions/gatehouse" "$@"
}
like "$(completed wor)" "^workspace$" "nouns are completed"
is "$(completed user inv | sort | tr '\n' ' ')" "invite invites " "verbs"
is "$(completed --config x user invite --expire)" "--expires" "flags, behind others with a value"
is "$(completed audit --act)" "--actor" "of a command without verb too"
is "$(completed serve --stop)" "--stop-time" "and settings"

# the units
if command -v systemd-analyze >/dev/null; then
	mkdir -p "$T/units"
	cp "$root"/usr/lib/systemd/system/* "$T/units"
	sed -i "s|=/usr/lib|=$root/usr/lib|; s|^Documentation=.*||" "$T/units"/*
	try env SYSTEMD_UNIT_PATH="$T/units:/lib/systemd/system:/usr/lib/systemd/system" \
		systemd-analyze verify "$T"/units/*
	is "$(printf '%s\n' "$out" | grep -i gatehouse)" "" "systemd finds no fault in the units"
	exposure=$(systemd-analyze security --offline=yes "$T/units/gatehouse.service" 2>/dev/null |
		sed -nE 's/.*exposure level.*: ([0-9.]+) .*/\1/p')
	ok "and calls them well protected ($exposure)" sh -c "[ '${exposure%.*}' -lt 3 ]"
else
	skip "systemd finds no fault in the units" "systemd-analyze is missing"
fi
finish
