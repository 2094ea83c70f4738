#!/bin/sh
# The audit of a running server: chosen by every flag, followed, exported, and
# passed on to a file and to the journal.
tree=${GATEHOUSE_TREE:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
repo ann/site
must gate grant add bob ann/site read
history "$T/work"
mkdir "$T/logs"
if [ -n "$as" ]; then chown 65534 "$T/logs"; fi
decisions=$T/logs/decisions.jsonl
gate_start --decision-log "$decisions"
laptop=$(token ann laptop write:repository)
reads=$(token bob reads read:repository)
fetched() { # NAME TOKEN: a real fetch, which makes a row
	rm -rf "$T/copy"
	must git clone -q --bare "$(url "$1" "$2" ann/site)" "$T/copy"
}
must git -C "$T/work" push -q "$(url ann "$laptop" ann/site)" HEAD:refs/heads/main
fetched bob "$reads"
try git -C "$T/work" push "$(url bob "$reads" ann/site)" HEAD:refs/heads/no
ref=$(reference_of "$out")
odd=$(printf 'odd \377\376 "agent" \\ \342\200\250')
curl -s -o /dev/null -A "$odd" "$address/ann/site/info/refs?service=git-upload-pack"
wait_for 10 gate why "$ref"

# -- chosen --

# found WANTED FLAGS...: how many rows of decisions these flags find (yes: some).
found() {
	local wanted="$1" got
	shift
	got=$(gate audit --quiet "$@" | wc -l)
	[ "$got" = 0 ] || got=yes
	is "$got" "$wanted" "audit $*: $wanted"
}
is "$(gate audit --actor bob --verdict refused --quiet)" "$ref" "one refusal is found by who and how it ended"
found yes --credential bob/reads --operation push --reason scope-missing --object ann --since 1h
found 0 --credential bob/laptop
found yes --address 127.0.0.0/8 --verdict allowed
found 0 --address 192.0.2.0/24
found yes --kind strangers --reason no-credential
found 0 --until 1h
found yes --operation token --kind change
try gate audit --reason scope-mising
is "$status" 2 "a mistyped reason makes no sense"
like "$out" 'did you mean "scope-missing"' "and is answered with the nearest"
if [ -r "$tree/src/gate/history.c" ]; then
	grep -rhoE '"(user|workspace|group|project|repo|alias|grant|token|link|ledger) [a-z]+"' "$tree"/src/gate/*.c |
		grep -v lifetime | tr -d '"' | sort -u >"$T/verbs"
	while read -r verb; do gate audit --quiet --operation "$verb" >/dev/null 2>&1 || echo "$verb"; done <"$T/verbs" >"$T/unknown"
	is "$(cat "$T/unknown")" "" "every change that is made can be asked for"
	ok "and there are some" test "$(wc -l <"$T/verbs")" -gt 20
else
	skip "every change that is made can be asked for" "the sources can't be read by $(id -un)"
fi

# -- exported --
gate audit --json >"$T/export"
is "$(jq -r .reference "$T/export" | wc -l)" "$(wc -l <"$T/export")" "each line is JSON, whatever agents send"
is "$(jq -r 'select(.reason == "scope-missing") | .closed' "$T/export")" scope "with the gate that closed"

# -- followed --
$as setpriv --pdeathsig KILL "$bin/gatehouse" --data "$data" audit -f --json --actor bob --limit 1 >"$T/followed" 2>&1 &
follower=$!
seen() { [ "$(wc -l <"$T/followed")" -ge "$1" ]; }
ok "the newest row of those that were is shown" wait_for 20 seen 1
fetched bob "$reads"
ok "and a row that comes" wait_for 10 seen 2
fetched ann "$laptop"
gate_stop
gate_start --decision-log "$decisions"
before=$(wc -l <"$T/followed")
fetched bob "$reads"
ok "also after the server was started again" wait_for 10 seen $((before + 1))
is "$(jq -r .actor "$T/followed" | sort -u)" bob "of those that were asked for"
kill -INT "$follower"
code=0
wait "$follower" || code=$?
is "$code" 0 "it ends when it is interrupted"
try sh -c "timeout 20 $as '$bin/gatehouse' --data '$data' audit --follow --quiet | head -n 1"
is "$status" 0 "and when nobody reads any more"

# -- the decision log --
logged() { grep -q "\"reference\": \"$1\"" "$decisions"; }
ok "a refusal is in the file" wait_for 10 logged "$ref"
change=$(gate audit --operation "token create" --limit 1 --quiet)
ok "and a change that a command made" wait_for 10 logged "$change"
is "$(stat -c %a "$decisions")" 600 "which is the operator's alone"
jq -c '[.reference, .kind, .at, .count]' "$decisions" | sort >"$T/logged"
is "$(uniq -d "$T/logged")" "" "no row came twice over the restart"
unlike "$(cat "$decisions")" 'gth[a-z]_[0-9A-Za-z]{20}' "no secret is in it"
mv "$decisions" "$decisions.1"
kill -HUP "$server"
wait_for 20 grep -q 'keeper: reloaded' "$log"
fetched ann "$laptop"
ok "it is opened anew on SIGHUP" wait_for 10 test -s "$decisions"
gate_stop

# What can't be written waits, and stops nobody.
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
gate_start --decision-log "$T/nowhere/log" --metrics "127.0.0.1:$port"
must git -C "$T/work" push -q "$(url ann "$laptop" ann/site)" HEAD:refs/heads/other
late=$(gate audit --operation push --limit 1 --quiet)
sleep 2
is "$(grep -c 'decision log stands still' "$log")" 1 "a log that can't be written is told once"
like "$(curl -s "http://127.0.0.1:$port/-/metrics")" "^gatehouse_decision_log_failing 1" "and counted"
mkdir "$T/nowhere"
if [ -n "$as" ]; then chown 65534 "$T/nowhere"; fi
decisions=$T/nowhere/log
ok "when it can, what waited is written" wait_for 10 logged "$late"
gate_stop

# A full disk, where one can be made.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	mkdir "$T/small"
	must mount -t tmpfs -o size=16k none "$T/small"
	if [ -n "$as" ]; then chown 65534 "$T/small"; fi
	gate_start --decision-log "$T/small/log"
	n=0
	while [ "$n" -lt 12 ]; do
		n=$((n + 1))
		rm -rf "$T/copy"
		git clone -q --bare "$(url ann "$laptop" ann/site)" "$T/copy" 2>/dev/null || break
	done
	is "$n" 12 "a full disk behind the log refuses nobody"
	sleep 1
	is "$(jq -r .reference "$T/small/log" | wc -l)" "$(wc -l <"$T/small/log")" "and leaves no half of a line"
	gate_stop
	must umount "$T/small"
fi

# The journal, as a program that listens where it would.
cat >"$T/journal.py" <<'END'
import json, os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
while True:
    data, entry = s.recv(1 << 20), {}
    while data:
        name, data = data.split(b"\n", 1)
        (size,) = struct.unpack("<Q", data[:8])
        entry[name.decode()] = data[8:8 + size].decode()
        data = data[9 + size:]
    print(json.dumps(entry), flush=True)
END
setpriv --pdeathsig KILL python3 "$T/journal.py" "$T/logs/socket" >"$T/journal" &
journal=$!
wait_for 10 test -S "$T/logs/socket"
gate_start --decision-log "journal:$T/logs/socket"
try git -C "$T/work" push "$(url bob "$reads" ann/site)" HEAD:refs/heads/no
ref=$(reference_of "$out")
heard() { grep -q "$ref" "$T/journal"; }
ok "the journal hears of a refusal" wait_for 10 heard
is "$(jq -r "select(.GATEHOUSE_REFERENCE == \"$ref\") | .PRIORITY, .SYSLOG_IDENTIFIER, .GATEHOUSE_REASON, .GATEHOUSE_ACTOR" "$T/journal")" \
	"5
gatehouse
scope-missing
bob" "with its fields"
like "$(jq -r .MESSAGE "$T/journal")" "^bob: .*push on ann/site from 127.0.0.1: scope-missing \[$ref\]" "and a sentence"
kill "$journal"
gate_stop

# A million rows: the memory stays where it was for a thousand.
cat >"$T/fill.py" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
with db:
    db.execute("""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT INTO audit (reference, kind, at, last, count, reason, actor, credential, credential_name,
        operation, object, address, agent, gates, note) SELECT printf('m%09d', i), 1, 1600000000 + i,
        1600000000 + i, 1, 'allowed', 'mass', 0, '', 'fetch', 'ann/site', '192.0.2.7', '', '', '' FROM n""",
        (int(sys.argv[2]),))
END
peak() { # peak FLAGS...: kilobytes of memory at most
	ASAN_OPTIONS=quarantine_size_mb=1:detect_leaks=0 $as python3 -c '
import os, resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$release/gatehouse" --data "$data" audit "$@"
}
if [ -x "$release/gatehouse" ]; then
	rows=${GATEHOUSE_BIG:+1000000}
	rows=${rows:-30000}
	# shellcheck disable=SC2086 # words of a command
	must $as python3 "$T/fill.py" "$data/gatehouse.db" "$rows"
	few=$(peak --json --limit 2000)
	many=$(peak --json)
	ok "$rows rows take no more memory than 2000 ($many and $few KB)" test "$many" -lt $((few + 4000))
	is "$(gate audit --json --actor mass | wc -l)" "$rows" "and all of them come"
fi
finish
