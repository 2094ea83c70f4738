#!/bin/sh
# Much over SSH: a large push and clone with new keys in the middle, many connections that
# do nothing, very many in which nobody comes in. GATEHOUSE_BIG=1: 300 MB, new keys
# after 64 MB, 10,000 strangers; else a tenth of that.
# seconds: 600
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

size=30 rekey=6M strangers=1000
if [ -n "${GATEHOUSE_BIG:-}" ]; then size=300 rekey=64M strangers=10000; fi
unset GATEHOUSE_BIG
# Memory and time as they are: the sanitizers take several times as much.
if [ -x "$release/gatehouse" ]; then bin=$release; fi
ssh_seconds=600

memory() { sed -n "s/^$1:[^0-9]*\([0-9]*\) kB\$/\1/p" "/proc/$(ssh_process)/status"; }
# worked: milliseconds of processor time that the process at the network has taken so far.
worked() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000 / hz) }' "/proc/$(ssh_process)/stat"; }
# took TITLE COMMAND...: that it succeeds; how fast it was, and could be with one processor.
took() {
	local title="$1" begun before
	shift
	begun=$(date +%s%N) before=$(worked)
	ok "$title" "$@"
	begun=$(((($(date +%s%N) - begun) / 1000000) + 1)) before=$(($(worked) - before + 1))
	printf '# %s: %s MB/s; %s MB for a second of gatehouse-ssh\n' "$title" \
		"$((size * 1000 / begun))" "$((size * 1000 / before))"
}

user ann
ssh_key ann
must gate key add - --user ann --name laptop <"$T/ann.pub"
ssh_start --connection-limit-per-address 400 --ssh-login-time 5s
where=$ssh_address/ann/big.git

must git init -q "$T/big"
must git -C "$T/big" config core.compression 0
must git -C "$T/big" config core.bigFileThreshold 1m
head -c $((size << 20)) /dev/urandom >"$T/big/random"
must git -C "$T/big" add .
must git -C "$T/big" commit -q -m "$size MB"
took "a push of $size MB" git_by ann -C "$T/big" push -q "$where" HEAD:refs/heads/main
took "a clone of $size MB" git_by ann clone -q --bare "$where" "$T/back"
is "$(head_of "$T/back" main)" "$(head_of "$T/big")" "has what was pushed"
rm -rf "$T/back"
ssh_more="-o RekeyLimit=$rekey"
took "a push with new keys after $rekey" git_by ann -C "$T/big" push -q "$ssh_address/ann/again.git" HEAD:refs/heads/main
took "a clone with new keys after $rekey" git_by ann clone -q --bare "$ssh_address/ann/again.git" "$T/back"
ok "loses nothing" git -C "$T/back" fsck --full --no-dangling --no-progress
ssh_more=""
# shellcheck disable=SC2086 # words
like "$(ssh $ssh_options -i "$T/ann" -p "$ssh_port" -v -o RekeyLimit=$rekey git@127.0.0.1 \
	"git-upload-archive '/ann/again.git'" 2>&1 >/dev/null </dev/null | grep -c 'rekey in')" '^[1-9]' "the client does ask for new keys"
ok "the process stayed small: $(memory VmHWM) KB" test "$(memory VmHWM)" -lt 65536

# -- idle --

before=$(memory VmRSS)
idle=""
for n in $(seq 200); do
	# shellcheck disable=SC2086 # words
	ssh $ssh_options -i "$T/ann" -p "$ssh_port" -N git@127.0.0.1 2>>"$T/idle.log" &
	idle="$idle $!"
	[ $((n % 20)) != 0 ] || sleep 1
done
counted() { [ "$(find "/proc/$(ssh_process)/fd" -type l -lname 'socket:*' 2>/dev/null | wc -l)" -ge 201 ]; }
[ -z "$as" ] || ok "two hundred are connected" wait_for 60 counted
sleep 1
each=$((($(memory VmRSS) - before) / 200))
printf '# %s KB for each of 200 idle connections\n' "$each"
ok "each takes less than 1 MB: $each KB" test "$each" -lt 1024
ok "another one comes in" by ann -- -T git@127.0.0.1
# shellcheck disable=SC2086 # words
kill $idle
# shellcheck disable=SC2086 # words
wait $idle 2>/dev/null

# -- strangers --

python3 "$top/tests/lib/ssh_strangers.py" "$ssh_port" "$strangers" "" >"$T/strangers" &
flood=$!
commit "$T/big" small
good=0 bad=0
begun=$(date +%s)
while kill -0 "$flood" 2>/dev/null && [ $(($(date +%s) - begun)) -lt 100 ]; do
	if git_by ann ls-remote "$where" >/dev/null 2>>"$T/bad.log"; then good=$((good + 1)); else bad=$((bad + 1)); fi
done
printf '# %s ls-remote meanwhile, in %s s\n' "$good" "$(($(date +%s) - begun))"
is "$bad" 0 "work goes on while $strangers come who have no key"
ok "some of it" test "$good" -gt 0
ok "also a push" git_by ann -C "$T/big" push -q "$where" HEAD:refs/heads/main
wait "$flood"
ok "all strangers are cut off but those there is room for" test "$(cat "$T/strangers")" -ge $((strangers - 256))
finish
