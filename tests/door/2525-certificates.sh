#!/bin/sh
# needs: root
# Certificates of OpenSSH, signed by ssh-keygen and checked by a real sshd, which asks the
# server whom they name: who comes in as whom, how far, and what people hear. On a machine of
# its own, as 2520-openssh.sh.
# shellcheck source=tests/papers/machine.sh
. "$(dirname "$0")/../papers/machine.sh"
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

sshd=$top/build/unpacked/openssh-server/usr/sbin/sshd
"$sshd" -t -f /dev/null -o HostKey=/dev/null 2>&1 | grep -q 'error while loading' && machine_skip "sshd does not run here"
install -m 755 "$bin"/gatehouse* /usr/local/bin
mkdir -p /run/sshd /run/gatehouse /etc/gatehouse /etc/ssh
chown 65534 /run/gatehouse
must useradd --system --no-create-home --home-dir /run/sshd --shell /usr/sbin/nologin sshd
must sh -c "$(sed -n 's/^    sudo useradd/useradd/p' "$top/docs/ssh.md")"
printf 'data = %s\nssh-socket = /run/gatehouse/ssh.sock\nssh-socket-user = git\n' "$data" >/etc/gatehouse/gatehouse.conf

user ann
user bob
user eve
must gate workspace create acme --owner ann
repo acme/site
repo acme/docs
must gate grant add bob acme/site write
for name in host corp readers docs strangers; do ssh_key "$name"; done
for name in ann bob eve key; do ssh_key "$name"; done
ssh_key robot ecdsa
must gate key add - --user ann --name plain <"$T/key.pub"
must gate token create --repo acme/site --name deploy --scopes write:repository --quiet >/dev/null
bot=$(gate token show deploy --repo acme/site --json | jq .id)

# -- authorities --

add() {
	local file="$T/$1"
	shift
	gate authority add - "$@" <"$file"
}
must gate authority add - --name corp <"$T/corp.pub"
must gate authority add - --name readers --scopes read:repository <"$T/readers.pub"
must gate authority add - --name docs --repos acme/docs <"$T/docs.pub"
try add "corp.pub" --name again
like "$out" 'is the authority "corp" already' "a key is one authority"
try add "strangers.pub" --name more --scopes admin:repository
like "$out" "open Git alone" "no authority gets more than Git"
try add "strangers" --name secret
like "$out" "this is a private key" "a private key is not taken"
# sshd trusts one more, which the ledger does not know
{
	gate authority keys
	cat "$T/strangers.pub"
} >/etc/ssh/gatehouse_user_ca.pub
is "$(ssh-keygen -lf /etc/ssh/gatehouse_user_ca.pub | wc -l | tr -d ' ')" 4 "the keys are lines for sshd"
like "$(gate authority list)" "corp +live +SHA256:.* +read:repository, write:repository|corp +live +SHA256:.* +write:repository" \
	"they are listed"

# sign AUTHORITY KEY PRINCIPALS OPTIONS...: a certificate beside the key, which ssh offers.
serial=0
sign() {
	local ca="$1" key="$2" names="$3"
	shift 3
	serial=$((serial + 1))
	rm -f "$T/$key-cert.pub"
	must ssh-keygen -q -s "$T/$ca" -I "$key@laptop" ${names:+-n "$names"} -z "$serial" "$@" "$T/$key.pub"
}

ssh_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
ssh_address=ssh://git@127.0.0.1:$ssh_port
gate_start --ssh-socket /run/gatehouse/ssh.sock --ssh-url "$ssh_address"
where=$ssh_address/acme/site.git
history "$T/work" 2
{
	printf 'Port %s\nListenAddress 127.0.0.1\nHostKey %s\nUsePAM no\nPidFile none\nLogLevel VERBOSE\n' "$ssh_port" "$T/host"
	sed -n '/TrustedUserCAKeys/,/^```$/p' "$top/docs/ssh.md" | sed '1iMatch User git' | grep -v '^```' |
		sed 's/CommandUser gatehouse/CommandUser nobody/'
} >"$T/sshd_config"
"$sshd" -D -e -f "$T/sshd_config" 2>"$T/sshd.log" &
sshd_pid=$!
trap 'kill "$sshd_pid"; clean_up' EXIT
wait_for 20 grep -q 'Server listening' "$T/sshd.log"

# told NAME OUTPUT: golden words.
told() {
	words "$1" "$(printf '%s\n' "$2" | sed -E "s#SHA256:[A-Za-z0-9+/]{43}#SHA256:FINGERPRINT#g; s#127\.0\.0\.1:$ssh_port#HOST#g; s#serial [0-9]+#serial 7#g; s#id:$bot#id:4#g")"
}
who() { by "$1" -- -o BatchMode=yes -T git@127.0.0.1; }

# -- whom they name --

sign corp bob bob -V +8h
ok "a push by a person's certificate" git_by bob -C "$T/work" push -q "$where" HEAD:refs/heads/main
is "$(served acme/site refs/heads/main)" "$(head_of "$T/work")" "is stored"
ok "a clone" git_by bob clone -q "$where" "$T/clone" -b main
is "$(head_of "$T/clone")" "$(head_of "$T/work")" "is whole"
try who bob
told certificate-welcome "$out"
like "$(gate authority show corp)" "last used  .* from 127.0.0.1" "the authority tells when it was used"
like "$(gate audit --actor bob)" "push" "the audit tells what bob did"
like "$(gate audit --actor bob --json)" '"bob@laptop \(serial [0-9]+\) of corp"' "and by which certificate"
try git_by bob ls-remote "$ssh_address/acme/docs.git"
told certificate-hidden "$out"

sign corp bob Bob,ann
like "$(who bob)" "You are bob," "of two principals the first counts, in any case"
sign corp bob root,nobody-here,ann
like "$(who bob)" "You are ann," "one that is nobody here is passed over"
sign corp bob bob@example.org
like "$(who bob)" "You are bob," "an e-mail address names its user"

sign corp robot "id:$bot"
ok "a bot's certificate clones" git_by robot clone -q "$where" "$T/by-bot" -b main
printf more >>"$T/by-bot/more"
must git -C "$T/by-bot" add more
must git -C "$T/by-bot" -c user.name=R -c user.email=r@example.org commit -q -m more
ok "and pushes" git_by robot -C "$T/by-bot" push -q "$where" HEAD:refs/heads/by-bot
try who robot
told certificate-welcome-bot "$out"
sign corp robot "$bot@bots.localhost"
like "$(who robot)" "You are bot deploy," "its e-mail address names it too"
must gate token create --user ann --name laptop --scopes write:repository --quiet >/dev/null
sign corp robot "id:$(gate token show laptop --user ann --json | jq .id)"
try who robot
like "$out" "Permission denied" "the number of a person's token names nobody"

# -- how far --

sign readers bob bob
ok "a certificate of an authority that reads" git_by bob ls-remote "$where"
try git_by bob -C "$T/work" push "$where" HEAD:refs/heads/more
told certificate-only-reads "$out"
must gate authority edit readers --scopes write:repository
ok "it pushes once the authority may" git_by bob -C "$T/work" push -q "$where" HEAD:refs/heads/more
must gate grant add bob acme/docs read
sign docs bob bob
ok "one of an authority for one repository" git_by bob ls-remote "$ssh_address/acme/docs.git"
try git_by bob ls-remote "$where"
told certificate-other-repository "$out"
sign corp bob bob -O source-address=127.0.0.0/8
like "$(who bob)" "You are bob," "from an address that it is for"

# -- what sshd keeps out --

denied() {
	try who "$1"
	like "$out" "Permission denied \(publickey" "$2"
	unlike "$out" "You are" "and nobody is let in"
}
sign corp bob bob -O source-address=192.0.2.0/24
denied bob "not from another address"
sign corp bob bob -V -2h:-1h
denied bob "not when its time is over"
sign corp bob bob -V +1h:+2h
denied bob "not before it begins"
sign corp bob bob -O "force-command=git-upload-pack acme/site"
denied bob "not with another command in it"
sign corp bob bob -O critical:new-option=x
denied bob "not with a critical option that nobody knows"
sign strangers bob bob
denied bob "not by an authority that the ledger does not know"
sign corp bob bob -h
denied bob "not one of a host"
sign corp bob ""
denied bob "not one that names nobody"
sign corp bob "bob x,\"bob\",#bob"
denied bob "not by a name that is no name"
sign corp bob nobody-here
denied bob "not one whose principal is nobody here"
# shellcheck disable=SC2046 # two words
try "$bin/gatehouse" --config /etc/gatehouse/gatehouse.conf ssh principals git $(cut -d ' ' -f 1,2 "$T/bob-cert.pub")
told certificate-names-nobody "$out"
cp "$T/bob" "$T/key-too" # the certificate is of no use: the key goes on
sign corp key nobody-here
like "$(who key)" "You are ann, by the SSH key" "the client goes on with the plain key"
rm "$T/key-cert.pub"

must gate user edit eve --ssh-keys sk
sign corp eve eve
denied eve "not a key in a file, where a security key is asked for"
must gate user edit eve --ssh-keys any
must gate user suspend eve --reason "left"
try git_by eve ls-remote "$where"
told certificate-suspended "$out"
sign corp eve eve,bob
like "$(who eve)" "You are bob," "who is suspended is passed over, where somebody else is named"

# -- its end, while a connection is open --

open_connection() {
	ssh_more="-o ControlMaster=auto -o ControlPath=$T/control-$1 -o ControlPersist=60"
	ok "a connection is kept open by $1" git_by "$1" ls-remote "$where"
}
close_connection() {
	ssh -F /dev/null -o ControlPath="$T/control-$1" -O exit -p "$ssh_port" git@127.0.0.1 2>/dev/null
	ssh_more=
}
sign corp bob bob
gone=$serial
open_connection bob
must gate authority revoke corp --serial "$gone" --reason "lost the laptop"
try git_by bob ls-remote "$where"
told certificate-revoked "$out"
close_connection bob
denied bob "a revoked certificate opens nothing"
try gate authority revoke corp --serial "$gone"
like "$out" "revoked already" "nor is it revoked twice"
try gate authority revoke corp --serial 0
like "$out" "revoke by --key-id" "the serial of all that have none is not revoked"
like "$(gate authority show corp)" "without    serial $gone.*lost the laptop" "which are revoked is shown"
like "$(gate audit --operation "certificate revoke" --json)" "serial $gone: lost the laptop" "and in the audit"

sign corp bob bob -V "-1h:+5s"
open_connection bob
sleep 6
try git_by bob ls-remote "$where"
like "$out" 'The certificate "bob@laptop" \(serial [0-9]+\) has expired. \[token-expired\]' \
	"no connection outlives its certificate"
like "$out" 'Get a new one. Ask whoever signs by the authority "corp".' "who signs is told"
close_connection bob

sign corp robot "id:$bot"
open_connection robot
must gate token revoke deploy --repo acme/site
try git_by robot ls-remote "$where"
told certificate-bot-ended "$out"
close_connection robot

sign readers ann ann
sign corp bob bob
open_connection bob
must gate authority revoke corp --reason "its key leaked"
try git_by bob ls-remote "$where"
told certificate-authority-revoked "$out"
close_connection bob
denied bob "a revoked authority opens nothing, whatever sshd's file says"
like "$(who ann)" "You are ann," "another authority goes on"
like "$(gate authority show corp)" "refused    .* from 127.0.0.1: token-revoked" "its last refusal is shown"
try add "corp.pub" --name corp2
like "$out" "make another" "its key is not taken again"
unlike "$(gate authority keys)" corp "nor is it among those for sshd"

# -- a certificate in the wrong hands --

# shellcheck disable=SC2046 # two words
try setpriv --reuid 12345 --regid 12345 --clear-groups /usr/local/bin/gatehouse-ssh-session \
	/run/gatehouse/ssh.sock $(cut -d ' ' -f 1,2 "$T/ann-cert.pub")
is "$status" 128 "another account of the machine can't ask by it"
unlike "$out" "You are" "and hears nothing"
finish
