# shellcheck shell=sh disable=SC3043,SC2034,SC2154
#
# What door tests share that use Git over SSH: keys, OpenSSH's client with nothing of
# the machine's settings in the way, and the server's address. Sourced behind gate.sh.

ssh_options="-F /dev/null -o UserKnownHostsFile=$T/known_hosts -o StrictHostKeyChecking=accept-new -o IdentitiesOnly=yes"

# ssh_start [FLAGS]: gate_start, with SSH; $ssh_address is ssh://git@127.0.0.1:PORT.
ssh_start() {
	gate_start --ssh 127.0.0.1:0 "$@"
	ssh_find
}

# ssh_find: the address of a server that runs.
ssh_find() {
	ssh_address=$(head -n 1 "$data/run/ssh-address")
	ssh_port=${ssh_address##*:}
}

# ssh_key FILE [KIND]: makes $T/FILE and $T/FILE.pub.
ssh_key() { must ssh-keygen -q -t "${2:-ed25519}" -N '' -C '' -f "$T/$1"; }

# by KEYS... -- ARGS...: ssh to the server by these keys, in this order.
by() {
	local keys=""
	while [ "$1" != -- ]; do
		keys="$keys -i $T/$1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	timeout "${ssh_seconds:-60}" ssh $ssh_options $keys -p "$ssh_port" "$@"
}

# git_by KEY ARGS...: git, with that key.
git_by() {
	local key="$1"
	shift
	GIT_SSH_COMMAND="ssh $ssh_options -i $T/$key ${ssh_more:-}" timeout "${ssh_seconds:-120}" git "$@"
}

# The process that speaks SSH.
ssh_process() { pgrep -P "$server" gatehouse-ssh | head -n 1; }
