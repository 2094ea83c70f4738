#!/bin/sh
# Many at once: pushes to different repositories, a race for one ref, clones
# beside pushes. GATEHOUSE_BIG=1: 200 pushes, 64 clones beside 8 pushes, else
# 24, and 12 beside 3. The race is between 20 either way.
# seconds: 900
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

pushes=24 clones=12 pushers=3 each=4 racers=20
if [ -n "${GATEHOUSE_BIG:-}" ]; then pushes=200 clones=64 pushers=8 each=8; fi
unset GATEHOUSE_BIG
if [ -x "$release/gatehouse" ]; then bin=$release; fi

took() { printf '# %s s: %s\n' "$(($(date +%s) - begun))" "$1"; }
# all PIDS: waits for them.
all() {
	local pid
	for pid; do wait "$pid"; done
}

user ann
t=$(token ann laptop write:repository)
# The machine may have other things to do: who waits for a place is not to be
# told that the server is busy.
gate_start --queue-time 600s

# To different repositories, each made by its push.
history "$T/base" 3
begun=$(date +%s)
pids=""
n=0
while [ "$n" -lt "$pushes" ]; do
	n=$((n + 1))
	git -C "$T/base" push -q "$(url ann "$t" "ann/own$n.git")" main >"$T/push$n" 2>&1 || echo "failed" >>"$T/push$n" &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # one word each
all $pids
took "$pushes pushes at once"
is "$(cat "$T"/push*)" "" "$pushes pushes at once, each to a repository of its own, are all stored"
n=0
while [ "$n" -lt "$pushes" ]; do
	n=$((n + 1))
	served "ann/own$n" main || echo "ann/own$n has none"
done | sort -u >"$T/heads"
is "$(cat "$T/heads")" "$(head_of "$T/base")" "and each is what was pushed"
is "$(gate repo list ann --json | grep -c '"name": *"own')" "$pushes" "all of them are listed"

# A race for one ref: every racer has heard the old value before any of them
# sends. Their pre-push hooks wait for one another.
must git -C "$T/base" push -q "$(url ann "$t" ann/race.git)" main
mkdir "$T/line"
n=0
while [ "$n" -lt "$racers" ]; do
	n=$((n + 1))
	must git clone -q "$T/base" "$T/racer$n"
	commit "$T/racer$n" "racer $n"
	cat >"$T/racer$n/.git/hooks/pre-push" <<-HOOK
		#!/bin/sh
		: >"$T/line/$n"
		while [ ! -e "$T/go" ]; do sleep 0.05; done
	HOOK
	chmod +x "$T/racer$n/.git/hooks/pre-push"
done
pids=""
n=0
while [ "$n" -lt "$racers" ]; do
	n=$((n + 1))
	(
		code=0
		git -C "$T/racer$n" push "$(url ann "$t" ann/race.git)" main >"$T/race$n" 2>&1 || code=$?
		echo "$code" >"$T/code$n"
	) &
	pids="$pids $!"
done
in_line() { [ "$(find "$T/line" -type f | wc -l)" = "$racers" ]; }
ok "$racers racers know the old value and wait" wait_for 120 in_line
begun=$(date +%s)
: >"$T/go"
# shellcheck disable=SC2086
all $pids
took "a race of $racers"
winners=$(grep -lx 0 "$T"/code* | sed 's/.*code//')
is "$(printf '%s\n' "$winners" | grep -c .)" 1 "exactly one wins"
is "$(served ann/race main)" "$(head_of "$T/racer${winners:-1}")" "its commit is what is served"
told=0
n=0
while [ "$n" -lt "$racers" ]; do
	n=$((n + 1))
	[ "$n" = "$winners" ] && continue
	if grep -q '\[remote rejected\] main -> main (somebody else changed it' "$T/race$n"; then
		told=$((told + 1))
	else
		sed 's/^/# /' "$T/race$n"
	fi
	loser=$n
done
is "$told" "$((racers - 1))" "every other one is told that somebody else was faster"
words race-lost "$(cat "$T/race$loser")"
ok "the repository is sound" git --git-dir "$(gate repo path ann/race)" fsck --full --strict --no-dangling --no-progress
is "$(find "$(gate repo path ann/race)" -name 'tmp_*' -o -name '*.lock')" "" "no half-made file is left"
# What the words say to do.
rm -f "$T/racer$loser/.git/hooks/pre-push"
must git -C "$T/racer$loser" pull -q --no-rebase -X ours "$(url ann "$t" ann/race.git)" main
ok "who pulls and pushes again is let in" git -C "$T/racer$loser" push -q "$(url ann "$t" ann/race.git)" main
is "$(served ann/race main)" "$(head_of "$T/racer$loser")" "with both commits"

# Clones beside pushes, to one repository: a clone is whole and shows a moment.
must git -C "$T/base" push -q "$(url ann "$t" ann/busy.git)" main
begun=$(date +%s)
pids=""
n=0
while [ "$n" -lt "$pushers" ]; do
	n=$((n + 1))
	must git clone -q "$T/base" "$T/pusher$n"
	(
		i=0
		while [ "$i" -lt "$each" ]; do
			i=$((i + 1))
			printf '%s\n' "pusher $n, $i" >"$T/pusher$n/mine$n"
			git -C "$T/pusher$n" add "mine$n" && git -C "$T/pusher$n" commit -q -m "$n $i"
			if git -C "$T/pusher$n" push -q "$(url ann "$t" ann/busy.git)" "HEAD:refs/heads/p$n" "HEAD:refs/tags/p$n-$i"; then
				git -C "$T/pusher$n" rev-parse HEAD >>"$T/acknowledged"
			else
				echo "a push failed" >>"$T/failed"
			fi
		done
	) >>"$T/failed" 2>&1 &
	pids="$pids $!"
done
n=0
while [ "$n" -lt "$clones" ]; do
	n=$((n + 1))
	(
		git clone -q --bare "$(url ann "$t" ann/busy.git)" "$T/clone$n" &&
			git -C "$T/clone$n" fsck --no-dangling --no-progress &&
			git -C "$T/clone$n" rev-parse -q --verify main >/dev/null || echo "clone $n failed"
	) >>"$T/failed" 2>&1 &
	pids="$pids $!"
done
# shellcheck disable=SC2086
all $pids
took "$clones clones beside $pushers pushers"
is "$(cat "$T/failed")" "" "$clones clones beside $pushers pushers all work"
is "$(wc -l <"$T/acknowledged")" "$((pushers * each))" "every push is acknowledged"
busy=$(gate repo path ann/busy)
missing=$(while read -r id; do git --git-dir "$busy" cat-file -e "$id^{tree}" || echo "$id"; done <"$T/acknowledged")
is "$missing" "" "every acknowledged commit is there"
git --git-dir "$busy" for-each-ref --format='%(objectname)' refs/tags | sort >"$T/tags"
sort "$T/acknowledged" >"$T/told"
ok "under its tag" cmp "$T/told" "$T/tags"
ok "the repository is sound" git --git-dir "$busy" fsck --full --strict --no-dangling --no-progress
finish
