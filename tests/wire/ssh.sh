#!/bin/sh
# ssh.sh GATEHOUSE_SSH
#
# The program that speaks SSH, alone, before a scripted keeper (ssh_keeper.py): OpenSSH's
# client, and sockets that are no client.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

program=$1
here=$(cd "$(dirname "$0")" && pwd)
keeper=""

# keeper_start [LIMIT=N...]: on a new port, in $port; its folder is $T/keeper.
keeper_start() {
	rm -f "$T/stdin" "$T/port"
	: >"$T/keeper/asked"
	mkfifo "$T/stdin"
	env "$@" python3 "$here/ssh_keeper.py" "$program" "$T/keeper" "$T/known" "$T/dead.pub" \
		<"$T/stdin" >"$T/port" 2>"$log" &
	keeper=$!
	exec 8>"$T/stdin"
	wait_for 60 test -s "$T/port" || fail "it starts" "$(cat "$log")"
	port=$(cat "$T/port")
	pid=$(pgrep -P "$keeper" -f gatehouse-ssh | head -n 1)
}

keeper_stop() {
	exec 8>&-
	wait "$keeper"
	like "$(tail -n 1 "$T/keeper/asked")" '^status (0|256)$' "${1:-it ends} when its keeper does"
}

options="-F /dev/null -o UserKnownHostsFile=$T/known_hosts -o StrictHostKeyChecking=accept-new -o IdentitiesOnly=yes"
# by KEYS... -- ARGS...: ssh by these keys, in this order.
by() {
	local keys=""
	while [ "$1" != -- ]; do
		keys="$keys -i $T/$1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	timeout 60 ssh $options $keys -p "$port" "$@"
}
# A client whose process can be ended: $! is ssh itself.
# shellcheck disable=SC2086
direct() { exec ssh $options -i "$T/user-ed25519" -p "$port" git@127.0.0.1 "$@"; }
# git's own, by a key.
# shellcheck disable=SC2089,SC2090
export GIT_SSH_COMMAND="ssh $options -i $T/user-ed25519"

asked() { grep -c "^$1" "$T/keeper/asked"; }
memory() { awk "/^$1:/ { print \$2 }" "/proc/$pid/status"; }

mkdir "$T/keeper"
for kind in ed25519 ecdsa rsa; do
	ssh-keygen -q -t "$kind" -N '' -C '' -f "$T/keeper/host-$kind"
	ssh-keygen -q -t "$kind" -N '' -C '' -f "$T/user-$kind"
done
for name in strange other dead third fourth; do ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/$name"; done
cat "$T"/user-*.pub >"$T/known"

keeper_start
like "$(cat "$T/keeper/asked")" '^ready (landlock|no landlock).*seccomp' "it says what is locked"

# -- keys --

for kind in ed25519 ecdsa rsa; do
	try by "user-$kind" -- git@127.0.0.1 hello
	like "$out" '^out: hello$' "$kind: a key that is known comes in"
	is "$status" 3 "$kind: the exit status arrives"
	rm -f "$T/known_hosts"
	try by user-rsa -- -o HostKeyAlgorithms="$(ssh-keygen -y -f "$T/keeper/host-$kind" | sed 's/^ssh-rsa /rsa-sha2-512 /; s/ .*//')" git@127.0.0.1 hello
	is "$status" 3 "$kind: and as a host key"
	rm -f "$T/known_hosts"
done
try by user-rsa -- -o PubkeyAcceptedAlgorithms=ssh-rsa -o HostKeyAlgorithms=ssh-rsa git@127.0.0.1 hello
is "$status" 255 "what rests on SHA-1 is not spoken"

try by strange -- -o BatchMode=yes git@127.0.0.1 hello
like "$out" '^Not known: this one, number 1$' "an unknown key is told so, also in a batch"
like "$out" 'Permission denied \(publickey' "and refused"
try by dead -- git@127.0.0.1 hello
like "$out" '^This key has ended\.$' "a dead key hears of its end once it is proved"
is "$(grep -c '^key signed' "$T/keeper/asked" | tr -d ' ')" "$(($(asked 'key signed')))" "a key is asked about twice: offered, and signed"
try by other third fourth strange -- git@127.0.0.1 hello
like "$out" '^Not known: this one, number 4$' "when all keys are unknown, all are named at the end"
is "$(printf '%s\n' "$out" | grep -c '^Not known: ED25519 SHA256:')" 3 "each by its fingerprint"
try by other third fourth strange user-rsa -- git@127.0.0.1 hello
like "$out" '^out: hello$' "the fifth of five keys comes in"
try by other third fourth strange user-rsa -- git@127.0.0.1 hello
unlike "$out" 'Not known' "and the next time nothing is said about the others"

# -- what is no key --

if /usr/bin/python3 -c 'import paramiko' 2>/dev/null; then
	ssh-keygen -q -t ecdsa -m PEM -N '' -C '' -f "$T/pem"
	cat "$T/pem.pub" >>"$T/known"
	# offers OFFER...: how a connection goes on which these are made, in one line.
	offers() { /usr/bin/python3 "$here/ssh_offers.py" "$port" "$T/pem" "$@" 2>&1 | sed 's/after [0-9] s/soon/' | tr '\n' ','; }
	keeper_again() {
		keeper_stop "before another"
		keeper_start "$@"
	}
	keeper_again TRIES=10
	is "$(offers none kind garbage cut key)" "refused,refused soon,refused soon,refused soon,in," \
		"a key that can't be read is refused like any other, and the next one comes in"
	is "$(offers none signed key)" "refused,refused soon,in," "so is a signature that is wrong"
	like "$(offers garbage)" '^closed: .*a key of a kind that is not known.* soon,$' "when nothing else was asked before, the end comes soon"
	is "$(offers ignored ignored key)" "refused,refused,in," "a packet without meaning is none"
	like "$(offers 'right*500')" '^40 answers, then closed: .*too many keys' "a key that is offered over and over is counted"
	like "$(offers 'none*500')" '^40 answers, then closed: .*too many keys' "so is what is no key"
	keeper_again TRIES=1
	like "$(offers none 'kind*500')" '^refused,3 answers, then closed: .*too many keys' "and what can't be read"
	keeper_again
else
	skip "what is no key" "python3-paramiko is not installed"
fi

# -- what is asked for --

try by user-ed25519 -- -T git@127.0.0.1
like "$out" 'Only git runs here' "a session without a command is answered"
like "$(cat "$T/keeper/asked")" '^session 0 0' "as one that asks for a shell"
try by user-ed25519 -- -o SetEnv="GIT_PROTOCOL=version=2 LC_ALL=de_DE GIT_TRACE=1" git@127.0.0.1 'a; b | c'
like "$(cat "$T/keeper/asked")" '^session 1 0 version=2 a; b \| c$' "GIT_PROTOCOL arrives, and the line as it was typed"
try by user-ed25519 -- -s git@127.0.0.1 sftp
like "$out" 'Only git runs here' "a subsystem is answered in words"
try by user-ed25519 -- -A -X -R 0:127.0.0.1:9 git@127.0.0.1 hello
like "$out" '^out: hello$' "forwarding that is refused does no harm"
by user-ed25519 -- git@127.0.0.1 flood >"$T/out" 2>"$T/err"
is "$?:$(wc -c <"$T/out"):$(wc -c <"$T/err")" 7:40000:10000 "long words arrive whole, on both streams"
try by user-ed25519 -- git@127.0.0.1 "$(head -c 20000 /dev/zero | tr '\0' x)"
like "$out" 'too long' "a line that is too long is refused in words"
try by user-ed25519 -- -W 127.0.0.1:9 git@127.0.0.1
is "$status" 255 "no connection is made for anybody"

# -- git --

history "$T/work" 3
head -c 20000000 /dev/urandom >"$T/work/large"
git -C "$T/work" add large
git -C "$T/work" commit -q -m large
git init -q --bare "$T/keeper/repo.git"
base=ssh://git@127.0.0.1:$port
ok "a push" timeout 200 git -C "$T/work" push -q "$base/repo.git" main
ok "is whole" git -C "$T/keeper/repo.git" fsck --strict
ok "a clone" timeout 200 git clone -q "$base/repo.git" "$T/c1"
is "$(git -C "$T/c1" rev-parse HEAD)" "$(git -C "$T/work" rev-parse HEAD)" "is what was pushed"
ok "by version 0" timeout 60 git -c protocol.version=0 ls-remote "$base/repo.git"
git init -q --bare "$T/keeper/again.git"
ok "a push that exchanges keys every MB" env GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o RekeyLimit=1M" \
	timeout 200 git -C "$T/work" push -q "$base/again.git" main
ok "loses nothing" git -C "$T/keeper/again.git" fsck --strict
ok "a clone that does" env GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o RekeyLimit=1M" \
	timeout 200 git clone -q "$base/again.git" "$T/c2"
ok "loses nothing either" git -C "$T/c2" fsck --strict

# -- many at once, in one connection --

direct -o ControlMaster=yes -o ControlPath="$T/mux" -N &
master=$!
wait_for 30 test -S "$T/mux"
jobs=""
for i in 1 2 3 4 5 6 7 8 9 10; do
	GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o ControlPath=$T/mux" timeout 200 \
		git clone -q "$base/repo.git" "$T/mux$i" 2>"$T/mux$i.log" &
	jobs="$jobs $!"
done
bad=0
for job in $jobs; do wait "$job" || bad=$((bad + 1)); done
is "$bad" 0 "ten clones at once over one connection"
is "$(for i in 1 2 3 4 5 6 7 8 9 10; do git -C "$T/mux$i" rev-parse HEAD; done | sort -u)" \
	"$(git -C "$T/work" rev-parse HEAD)" "are whole"
kill "$master"
wait "$master" 2>/dev/null

# -- clients that go, or do not read --

direct silence 2>/dev/null &
silent=$!
wait_for 30 grep -q silence "$T/keeper/asked"
kill -9 "$silent"
ok "the keeper hears of a client that vanished" wait_for 30 grep -q '^gone' "$T/keeper/asked"
before=$(asked gone)
sleep 60 | direct "git-upload-pack '/repo.git'" >"$T/refs" 2>/dev/null &
fetching=$!
wait_for 30 test -s "$T/refs"
kill -9 "$fetching"
ok "also where git runs for it" wait_for 30 sh -c "test \$(grep -c '^gone' '$T/keeper/asked') -gt $before"
is "$(pgrep -P "$keeper" git | wc -l | tr -d ' ')" 0 "and that has ended"

for i in 1 2; do by user-ed25519 -- git@127.0.0.1 hello >/dev/null 2>&1; done
before=$(memory VmRSS)
# shellcheck disable=SC2216 # who reads nothing
{
	printf '0050want %s ofs-delta agent=x\n00000009done\n' "$(git -C "$T/work" rev-parse HEAD)"
	sleep 60
} | direct "git-upload-pack '/repo.git'" 2>/dev/null | sleep 30 &
sleep 4
is "$(($(memory VmRSS) - before < 4000))" 1 "a client that does not read makes nothing grow" # kB
by user-ed25519 -- git@127.0.0.1 hello >/dev/null 2>&1
is "$?" 3 "others are served meanwhile"
keeper_stop "after all this it ends well"

# -- those who never come in --

keeper_start STRANGERS=50 LOGIN_TIME=5 TRIES=3 SESSIONS=2 CONNECTIONS=100
python3 "$here/../lib/ssh_strangers.py" "$port" 3000 "" >"$T/strangers" &
strangers=$!
sleep 2
try by user-ed25519 -- git@127.0.0.1 hello
is "$status" 3 "who has a key comes in while thousands come who have none"
wait "$strangers"
is "$(cat "$T/strangers")" 3000 "those are cut off, sooner or later"
is "$(python3 "$here/../lib/ssh_strangers.py" "$port" 20 "GET / HTTP/1.0\r\n\r\n")" 20 "who speaks another protocol is cut off"
is "$(python3 "$here/../lib/ssh_strangers.py" "$port" 20 "$(head -c 300 /dev/zero | tr '\0' x)")" 20 "and a line without an end"
try by strange other third fourth user-rsa -- git@127.0.0.1 hello
like "$out" 'too many keys' "keys are counted, and the person is told"
direct -o ControlMaster=yes -o ControlPath="$T/mux" -N &
master=$!
wait_for 30 test -S "$T/mux"
for i in 1 2; do
	by user-ed25519 -- -o ControlPath="$T/mux" git@127.0.0.1 silence 2>/dev/null &
done
wait_for 30 sh -c "test \$(grep -c silence '$T/keeper/asked') = 2"
not "sessions of one connection are counted" by user-ed25519 -- -o ControlPath="$T/mux" -o BatchMode=yes \
	-o ProxyCommand=false git@127.0.0.1 hello
kill "$master"
wait "$master" 2>/dev/null
keeper_stop "then too it ends well"

keeper_start PER_ADDRESS=2
direct -N 2>/dev/null &
first=$!
direct -N 2>/dev/null &
second=$!
wait_for 30 sh -c "test \$(grep -c '^key signed' '$T/keeper/asked') = 2"
not "a third connection from one address is too many" by user-ed25519 -- git@127.0.0.1 hello 2>/dev/null
kill "$first"
wait "$first" 2>/dev/null
in_again() { by user-ed25519 -- git@127.0.0.1 hello 2>/dev/null | grep -q hello; }
ok "until one of the two has gone" wait_for 20 in_again
kill "$second"
wait "$second" 2>/dev/null
keeper_stop "and it ends well"

finish
