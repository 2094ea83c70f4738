#!/bin/sh
# What needs root to be seen: the refusal to serve as root, becoming another
# user, the idle memory of all processes (release build, TLS on).
# needs: root
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

[ "$(id -u)" = 0 ] || skip_all "root is needed to start as root and to read the memory of locked processes"
try "$bin/gatehouse" --data "$T/roots" serve --http 127.0.0.1:0
not "started as root without being told whom to become, it stops" test "$status" = 0
like "$out" "run-as" "and says what is wanted"

[ -x "$release/gatehouse" ] || skip_all "there is no release build"
bin=$release
user ann
repo ann/site
t=$(token ann laptop write:repository)
as_before=$as
as="" # root starts it, and it becomes the other itself
gate_start_tls --run-as nobody
as=$as_before
is "$(ps -o uid= -p "$server" | tr -d ' ')" "$(id -u nobody)" "told whom to become, it does"
history "$T/work"
ok "and serves" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
sleep 2
total=0
for pid in $server $(pgrep -P "$server"); do
	size=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
	echo "# $(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c 1-60): $size KB"
	total=$((total + size))
done
echo "# idle, all processes: $total KB"
ok "the idle server takes less than 16 MB" test "$total" -lt 16384
finish
