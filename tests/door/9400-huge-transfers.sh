#!/bin/sh
# A big push and clone, and a large file that is changed: both kinds of process
# stay small. GATEHOUSE_BIG=1: 2 GB and a file of 300 MB, else 160 MB and 40 MB.
# seconds: 900
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

pieces=4 piece=40 large=40
if [ -n "${GATEHOUSE_BIG:-}" ]; then pieces=16 piece=128 large=300; fi
unset GATEHOUSE_BIG
most=65536 # KB
# Memory as it is: the sanitizers take several times as much.
if [ -x "$release/gatehouse" ]; then bin=$release; fi

# peak TITLE: the most memory that each kind of process ever had.
peak() {
	local name pid kb
	for name in keeper http; do
		pid=$server
		if [ "$name" = http ]; then pid=$(children_of "$server" gatehouse-http); fi
		kb=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status")
		printf '# %s: %s KB at most\n' "$name" "$kb"
		ok "$1: $name had less than 64 MB ($kb KB)" test "${kb:-$most}" -lt "$most"
	done
}

# took COMMAND...: like try; says how long it took.
took() {
	local begun
	begun=$(date +%s)
	try "$@"
	printf '# %s s: %s\n' "$(($(date +%s) - begun))" "$took_what"
}

user ann
t=$(token ann laptop write:repository)
gate_start

# Random bytes: nothing is saved by packing them.
must git init -q "$T/big"
must git -C "$T/big" config core.compression 0
must git -C "$T/big" config core.bigFileThreshold 1m
n=0
while [ "$n" -lt "$pieces" ]; do
	n=$((n + 1))
	head -c $((piece << 20)) /dev/urandom >"$T/big/piece$n"
done
must git -C "$T/big" add .
must git -C "$T/big" commit -q -m "$((pieces * piece)) MB"
took_what="push of $((pieces * piece)) MB"
took git -C "$T/big" push -q "$(url ann "$t" ann/big.git)" main
is "$status" 0 "a push of $((pieces * piece)) MB is stored"
peak "after that push"
rm -f "$T"/big/piece*
took_what="clone of $((pieces * piece)) MB"
took git -c core.compression=0 clone -q --bare "$(url ann "$t" ann/big.git)" "$T/back"
is "$status" 0 "it can be cloned"
is "$(head_of "$T/back" main)" "$(head_of "$T/big" main)" "the clone has that commit"
ok "and all of its bytes" git -C "$T/back" fsck --full --no-dangling --no-progress
peak "after that clone"
rm -rf "$T/big" "$T/back"

# A large file, and a change in its middle: git finds the difference, and both
# sides have to put the file together again.
must git init -q "$T/file"
head -c $(((large << 20) / 2)) /dev/urandom | od -An -tx1 -v | head -c $((large << 20)) >"$T/file/file"
must git -C "$T/file" add file
must git -C "$T/file" commit -q -m "a large file"
took_what="push of a file of $large MB"
took git -C "$T/file" push -q "$(url ann "$t" ann/file.git)" main
is "$status" 0 "a file of $large MB is stored"
printf 'a change' | dd of="$T/file/file" bs=1M seek=$((large / 2)) conv=notrunc status=none
must git -C "$T/file" commit -q -a -m "its middle is changed"
took_what="push of the change"
took git -C "$T/file" push -q "$(url ann "$t" ann/file.git)" main
is "$status" 0 "a change in its middle is stored"
is "$(served ann/file main)" "$(head_of "$T/file")" "and is what is served"
took_what="clone of both"
took git clone -q "$(url ann "$t" ann/file.git)" "$T/back"
is "$status" 0 "both can be cloned"
ok "byte for byte" cmp "$T/file/file" "$T/back/file"
peak "at the end"
is "$(find "$(gate repo path ann/file)" -name 'tmp_*' -o -name '*.lock')" "" "no half-made file is left"
finish
