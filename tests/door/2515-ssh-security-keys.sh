#!/bin/sh
# Keys on security keys, by OpenSSH's client: an agent stands in for the hardware.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"
/usr/bin/python3 -c 'import cryptography' 2>/dev/null || skip_all "python3-cryptography is not installed"

# agent HOW KIND: from now on ssh asks this one; its public key is $T/HOW-KIND.pub.
agents=""
agent() {
	/usr/bin/python3 "$top/tests/lib/ssh_sk_agent.py" "$T/agent-$1-$2" "$T/$1-$2.pub" "$1" "$2" &
	agents="$agents $!"
	wait_for 20 test -s "$T/$1-$2.pub"
	with "$1-$2"
}
with() {
	SSH_AUTH_SOCK=$T/agent-$1
	export SSH_AUTH_SOCK
}
# shellcheck disable=SC2154
trap 'kill $agents 2>/dev/null; clean_up' EXIT
# by_agent ARGS...: ssh by what the agent has, and nothing else.
# shellcheck disable=SC2086 # words
by_agent() { timeout 60 ssh ${ssh_options%-o IdentitiesOnly=yes} -o IdentityFile=none -o BatchMode=yes -p "$ssh_port" "$@"; }

user ann
repo ann/site
ssh_key file
must gate key add - --user ann --name file <"$T/file.pub"
ssh_start
history "$T/work" 2

for kind in ed25519 ecdsa; do
	agent touched "$kind"
	must gate key add - --user ann --name "touched-$kind" <"$T/touched-$kind.pub"
	try by_agent -T git@127.0.0.1
	is "$status" 0 "$kind: a security key comes in"
	like "$out" "by the SSH key \"touched-$kind\" of ann" "$kind: and is known by its name"
	agent wrong "$kind"
	must gate key add - --user ann --name "wrong-$kind" <"$T/wrong-$kind.pub"
	try by_agent -T git@127.0.0.1
	is "$status" 255 "$kind: with a signature that is wrong it does not"
	# shellcheck disable=SC2086 # words
	try timeout 60 ssh ${ssh_options%-o IdentitiesOnly=yes} -i "$T/file" -p "$ssh_port" -T git@127.0.0.1
	like "$out" 'You are ann, by the SSH key "file"' "$kind: and the next key is tried"
	agent untouched "$kind"
	must gate key add - --user ann --name "untouched-$kind" <"$T/untouched-$kind.pub"
	try by_agent -T git@127.0.0.1
	# the library does not look at that; OpenSSH does: docs/operating.md says so, 2520 shows it
	is "$status" 0 "$kind: whether somebody was there is not asked"
done

with touched-ed25519
# shellcheck disable=SC2086 # words
ok "Git pushes by it" env GIT_SSH_COMMAND="ssh ${ssh_options%-o IdentitiesOnly=yes}" timeout 60 \
	git -C "$T/work" push -q "$ssh_address/ann/site.git" HEAD:refs/heads/main
is "$(served ann/site refs/heads/main)" "$(head_of "$T/work")" "and it is stored"
must gate user edit ann --ssh-keys sk
try by_agent -T git@127.0.0.1
is "$status" 0 "whose owner wants security keys alone comes in by one"
unset SSH_AUTH_SOCK
try by file -- -o BatchMode=yes -T git@127.0.0.1
like "$out" "Permission denied" "and not by a key in a file"
finish
