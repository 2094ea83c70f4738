#!/bin/sh
# At its limits (D8): a request waits a bounded time, then is told so.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
t=$(token ann laptop write:repository)
gate_start --children 1 --queue-time 1s
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
# Somebody holds the only git process: a push whose body does not end.
hold_push "$t"
sleep 1
try git -c protocol.version=0 ls-remote "$(url ann "$t" ann/site.git)"
is "$status" 128 "D8: beyond the cap a request is refused"
words d8-overloaded "$out"
try curl -s -i -u "ann:$t" "$address/ann/site.git/info/refs?service=git-receive-pack"
like "$(printf '%s' "$out" | tr -d '\r')" "^Retry-After: [0-9]+$" "D8: with a time to come back"
exec 9>&-
wait "$holder"
again() { git -c protocol.version=0 ls-remote "$(url ann "$t" ann/site.git)"; }
ok "D8: and served again when the other has ended" wait_for 20 again

# A stranger who knocks a thousand times adds one row, not a thousand.
rows() { gate audit --json | grep -c token-unknown; }
n=0
set --
while [ "$n" -lt 100 ]; do
	n=$((n + 1))
	set -- "$@" "$address/ann/site.git/info/refs?service=git-upload-pack"
done
unknown=$(stranger_token eve there)
curl -s -o /dev/null -u "eve:$unknown" "$@" >/dev/null
heard() { [ "$(rows)" -ge 1 ]; }
ok "a stranger's tries are in the audit" wait_for 10 heard
sleep 1
ok "added up" test "$(rows)" -le 10

# Heads and connections have their limits.
try curl -s -o /dev/null -w '%{http_code}' -H "X-Long: $(head -c 100000 /dev/zero | tr '\0' a)" "$address/ann/site.git/info/refs?service=git-upload-pack"
like "$out" "^(4..|000)" "a head beyond its limit is refused"
ok "and the server goes on" again
finish
