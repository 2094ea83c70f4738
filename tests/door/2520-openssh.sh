#!/bin/sh
# needs: root
# Git over the system's own sshd, which asks the server about each key and session: the
# same verdicts and the same words as from the embedded one. On a machine of its own, since
# it needs an account, /etc and /usr/local/bin.
# shellcheck source=tests/papers/machine.sh
. "$(dirname "$0")/../papers/machine.sh"
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

sshd=$top/build/unpacked/openssh-server/usr/sbin/sshd
"$sshd" -t -f /dev/null -o HostKey=/dev/null 2>&1 | grep -q 'error while loading' && machine_skip "sshd does not run here"
install -m 755 "$bin"/gatehouse* /usr/local/bin
mkdir -p /run/sshd /run/gatehouse /etc/gatehouse
chown 65534 /run/gatehouse
must useradd --system --no-create-home --home-dir /run/sshd --shell /usr/sbin/nologin sshd
ok "the account is made as docs/ssh.md has it" sh -c "$(sed -n 's/^    sudo useradd/useradd/p' "$top/docs/ssh.md")"
must useradd --create-home --shell /bin/sh --password '*' carl # an ordinary login of the machine
printf 'data = %s\nssh-socket = /run/gatehouse/ssh.sock\nssh-socket-user = git\n' "$data" >/etc/gatehouse/gatehouse.conf

user ann
must gate workspace create acme --owner ann
repo acme/site
repo acme/docs
for name in ann deploy other strange gone host carl; do ssh_key "$name"; done
for name in ann other; do
	case $name in ann) whose="--user ann" ;; other) whose="--repo acme/docs" ;; esac
	# shellcheck disable=SC2086 # words
	must gate key add - $whose --name "$name" <"$T/$name.pub"
done
must gate key add - --repo acme/site --name deploy <"$T/deploy.pub"
must gate key add - --user ann --name gone <"$T/gone.pub"
must gate key revoke gone --user ann

ssh_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
ssh_address=ssh://git@127.0.0.1:$ssh_port
gate_start --ssh-socket /run/gatehouse/ssh.sock --ssh-url "$ssh_address"
where=$ssh_address/acme/site.git
history "$T/work" 2

# sshd_config as docs/ssh.md has it, for the account git alone
{
	printf 'Port %s\nListenAddress 127.0.0.1\nHostKey %s\nUsePAM no\nPidFile none\n' "$ssh_port" "$T/host"
	sed '/^## Certificates/,$d' "$top/docs/ssh.md" | sed -n '/^Match User git$/,/^```$/p' | grep -v '^```' |
		sed 's/AuthorizedKeysCommandUser gatehouse/AuthorizedKeysCommandUser nobody/'
} >"$T/sshd_config"
"$sshd" -D -e -f "$T/sshd_config" 2>"$T/sshd.log" &
sshd_pid=$!
trap 'kill "$sshd_pid"; clean_up' EXIT
wait_for 20 grep -q 'Server listening' "$T/sshd.log"

ok "a push by a person's key" git_by ann -C "$T/work" push -q "$where" HEAD:refs/heads/main
is "$(served acme/site refs/heads/main)" "$(head_of "$T/work")" "is stored"
ok "a clone" git_by deploy clone -q "$where" "$T/clone" -b main
is "$(head_of "$T/clone")" "$(head_of "$T/work")" "is whole"
like "$(GIT_TRACE_PACKET=1 git_by ann ls-remote "$where" 2>&1)" 'version 2' "version 2 is spoken"
ok "and version 0" git_by ann -c protocol.version=0 ls-remote "$where"
is "$(git_by ann archive --remote="$where" main | tar t | wc -l | tr -d ' ')" \
	"$(git -C "$T/clone" ls-files | wc -l | tr -d ' ')" "an archive has every file"

# the same words as by the embedded server: the same golden files
told() {
	words "$1" "$(printf '%s\n' "$2" | sed -E "s#SHA256:[A-Za-z0-9+/]{43}#SHA256:FINGERPRINT#g; s#127\.0\.0\.1:$ssh_port#HOST#g; s#\"other\"#\"docs-ci\"#; s#bot other#bot docs-ci#; s#id:[0-9]+#id:4#; s#\"ann\" of#\"laptop\" of#")"
}
try git_by deploy -C "$T/work" push "$where" HEAD:refs/heads/main
told c9-access-key-pushes "$out"
try git_by other ls-remote "$where"
told c10-key-of-another "$out"
try by ann -- git@127.0.0.1 uname -a
is "$status" 1 "another command is not run"
told d4-command "$out"
try by ann -- -T git@127.0.0.1
told d4-welcome "$out"
try by ann -- -s git@127.0.0.1 sftp
unlike "$out" "sftp>|Connected" "there are no files to fetch"
try by ann -- git@127.0.0.1 "git-upload-pack 'acme/site'; touch /tmp/shell"
not "no shell reads the command" test -e /tmp/shell
try by strange -- -o BatchMode=yes -T git@127.0.0.1
like "$out" "Permission denied \(publickey" "an unknown key does not come in"
try by gone -- -o BatchMode=yes -T git@127.0.0.1
like "$out" "Permission denied \(publickey" "nor does a dead one"
# a security key, in an agent: whether it was touched is looked at here
for how in touched untouched; do
	/usr/bin/python3 "$top/tests/lib/ssh_sk_agent.py" "$T/agent-$how" "$T/$how.pub" "$how" ed25519 &
	agents="${agents:-} $!"
	wait_for 20 test -s "$T/$how.pub"
	must gate key add - --user ann --name "$how" <"$T/$how.pub"
done
# by_agent HOW ARGS...: by the key on the security key alone.
by_agent() {
	# shellcheck disable=SC2086 # words
	SSH_AUTH_SOCK=$T/agent-$1 timeout 60 ssh ${ssh_options%-o IdentitiesOnly=yes} \
		-o IdentityFile=none -o BatchMode=yes -p "$ssh_port" -T git@127.0.0.1
}
try by_agent touched
like "$out" 'You are ann, by the SSH key "touched"' "a security key comes in"
try by_agent untouched
like "$out" "Permission denied" "but not when nobody touched it"
# shellcheck disable=SC2086 # words
kill $agents
try by strange gone ann -- -o BatchMode=yes -T git@127.0.0.1
like "$out" "You are ann" "and neither keeps the next one out"
must gate key revoke deploy --repo acme/site
try git_by deploy ls-remote "$where"
like "$out" "Permission denied" "a revocation acts at once"

# many in one connection, as many as sshd allows (MaxSessions 10)
# shellcheck disable=SC2086 # words
ssh $ssh_options -i "$T/ann" -p "$ssh_port" -o ControlMaster=yes -o ControlPath="$T/mux" -N git@127.0.0.1 &
master=$!
wait_for 30 test -S "$T/mux"
jobs=""
for i in 1 2 3 4 5 6 7 8; do
	ssh_more="-o ControlPath=$T/mux" git_by ann clone -q -b main "$where" "$T/mux$i" 2>"$T/mux$i.log" &
	jobs="$jobs $!"
done
bad=0
for job in $jobs; do wait "$job" || bad=$((bad + 1)); done
is "$bad" 0 "eight clones at once over one connection"
is "$(for i in 1 2 3 4 5 6 7 8; do head_of "$T/mux$i"; done | sort -u)" "$(head_of "$T/work")" "are whole"
kill "$master"
wait "$master" 2>/dev/null

# who may ask
# shellcheck disable=SC2046 # two words
try setpriv --reuid carl --regid carl --clear-groups /usr/local/bin/gatehouse-ssh-session \
	/run/gatehouse/ssh.sock $(cut -d ' ' -f 1,2 <"$T/ann.pub")
is "$status" 128 "another account of the machine can't ask in somebody's name"
unlike "$out" "You are" "and hears nothing"
try by carl -- -o BatchMode=yes -T carl@127.0.0.1
like "$out" "Permission denied" "other accounts are sshd's own affair"
mkdir -p /home/carl/.ssh && cp "$T/carl.pub" /home/carl/.ssh/authorized_keys && chown -R carl /home/carl/.ssh
chmod 700 /home/carl/.ssh
try by carl -- -T carl@127.0.0.1 id -un
is "$out" carl "an ordinary login works beside it"

# the server is away
gate_stop
try git_by ann ls-remote "$where"
like "$out" "does not run" "a server that does not run is told as such"
finish
