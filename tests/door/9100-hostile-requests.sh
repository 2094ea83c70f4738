#!/bin/sh
# Requests that no honest client sends: each is answered once, with a 4xx, in
# words that tell nothing about the machine; the server serves on.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
t=$(token ann laptop write:repository)
gate_start --idle-time 5s --stop-time 3s
history "$T/work" 2
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
before=$(served ann/site refs/heads/main)

python3 "$(dirname "$0")/9100-requests.py" "$host" "$t" "$data" repositories/ gatehouse.db "SQLite format" root:x /src/ \
	>"$T/results" 2>&1 || fail "the requests were sent" "$(tail -n 20 "$T/results")"
while IFS= read -r line; do
	case $line in
	"ok "*) pass "${line#ok }" ;;
	*) fail "${line%% | *}" "$line" ;;
	esac
done <"$T/results"
ok "all of them were sent" test "$(wc -l <"$T/results")" -gt 180

is "$(served ann/site refs/heads/main)" "$before" "the repository is as it was"
ok "it serves on" git ls-remote -q "$(url ann "$t" ann/site.git)"
unlike "$(cat "$log")" "http .pid" "no process was lost"
unlike "$(tr -d '\11\12\40-\176' <"$log" | head -c 100)" "." "the log holds no bytes that a terminal obeys"
finish
