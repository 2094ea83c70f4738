#!/bin/sh
# 50 MB there and back, and eight pushes at once.
# seconds: 600
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/big
t=$(token ann laptop write:repository)
gate_start
must git init -q "$T/big"
head -c 52428800 /dev/urandom >"$T/big/data"
must git -C "$T/big" config core.compression 0
must git -C "$T/big" add data
must git -C "$T/big" commit -q -m "fifty megabytes"
ok "a push of 50 MB" git -C "$T/big" push -q "$(url ann "$t" ann/big.git)" main
ok "its clone" git clone -q "$(url ann "$t" ann/big.git)" "$T/back"
ok "is the same, byte for byte" cmp "$T/big/data" "$T/back/data"
# Nothing of a transfer stays behind.
is "$(find "$(gate repo path ann/big)" -name 'tmp_*' -o -name '*.lock' | head)" "" "no half-made file is left"
rm -rf "$T/big" "$T/back"

history "$T/work"
for n in 1 2 3 4 5 6 7 8; do
	(git -C "$T/work" push -q "$(url ann "$t" "ann/r$n.git")" main >"$T/push$n" 2>&1 || echo "push $n failed" >>"$T/push$n") &
	pids="${pids:-} $!"
done
# shellcheck disable=SC2086 # one word each
wait $pids
is "$(cat "$T"/push?)" "" "eight pushes at once, each making its repository, all succeed"
for n in 1 2 3 4 5 6 7 8; do served "ann/r$n" main; done | sort -u >"$T/heads"
is "$(cat "$T/heads")" "$(head_of "$T/work")" "and all are stored"
finish
