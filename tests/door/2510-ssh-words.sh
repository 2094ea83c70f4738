#!/bin/sh
# What people are told over SSH, by Git and by ssh itself (C9 to C11, D4 to D6, and what of
# A to C can be met there).
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

user ann
user bob
must gate workspace create acme --owner ann
repo acme/site
repo acme/docs
repo acme/closed
repo acme/old
for name in ann deploy other bob strange gone late; do ssh_key "$name"; done
# add FILE FLAGS: registers it.
add() {
	local file="$1"
	shift
	must gate key add - "$@" <"$T/$file.pub"
}
add ann --user ann --name laptop
add bob --user bob --name desk --expires 30d
add deploy --repo acme/site --repo acme/docs --name deploy
add other --repo acme/docs --name docs-ci --write
ssh_start
where=$ssh_address/acme/site.git
history "$T/work" 1

# words over SSH hold fingerprints, and ports
# shellcheck disable=SC2034 # mask reads it
told() {
	words "$1" "$(printf '%s\n' "$2" | sed -E "s#SHA256:[A-Za-z0-9+/]{43}#SHA256:FINGERPRINT#g; s#127\.0\.0\.1:$ssh_port#HOST#g")"
}
# refused NAME KEY COMMAND…: what git shows, in version 0 and 2 alike.
refused() {
	local name="$1" key="$2"
	shift 2
	try git_by "$key" "$@"
	told "$name" "$out"
	unlike "$out" "Could not read from remote|Please make sure" "$name: Git prints our sentence alone"
}
must git_by ann -C "$T/work" push -q "$where" HEAD:refs/heads/main

# -- keys --

refused c9-access-key-pushes deploy -C "$T/work" push "$where" HEAD:refs/heads/main
try git_by deploy -c protocol.version=0 ls-remote "$where" refs/heads/main
is "$status" 0 "the access key reads one of its repositories"
try git_by deploy ls-remote "$ssh_address/acme/docs.git"
is "$status" 0 "and the other"
id=$(gate key show deploy --repo acme/site --json | jq -r .id)
must gate key edit deploy --repo acme/site --write yes
ok "made read-write, as it was told, it pushes" git_by deploy -C "$T/work" push -q "$where" HEAD:refs/heads/bot
must gate key edit deploy --repo acme/site --write no

refused c10-key-of-another other ls-remote "$where"
hidden=$(printf '%s\n' "$out" | sed 's/acme.site/NAME/g' | mask)
try git_by other ls-remote "$ssh_address/acme/none.git"
is "$(printf '%s\n' "$out" | sed 's/acme.none/NAME/g' | mask)" "$hidden" "a hidden repository is told as one that is not there"
try git_by other -c protocol.version=0 ls-remote "$where"
like "$out" "\[token-elsewhere\]" "in version 0 too"
try by deploy ann -- -o BatchMode=yes -T git@127.0.0.1
like "$out" "deploy" "the first key that is known counts"

try by strange gone -- -o BatchMode=yes -T git@127.0.0.1
told c11-unknown-first "$out"
try by strange gone -- -o BatchMode=yes -T git@127.0.0.1
told c11-unknown "$out"
# a certificate, which this server's library would not check; the plain key is offered too
ssh_key authority
must gate authority add - --name corp <"$T/authority.pub"
ssh_key signed
must ssh-keygen -q -s "$T/authority" -I ann@laptop -n ann "$T/signed.pub"
try by signed -- -o BatchMode=yes -T git@127.0.0.1
unlike "$out" "You are" "nobody comes in by a certificate here"
try by signed -- -o BatchMode=yes -T git@127.0.0.1
told c11-certificate "$out"
add signed --user ann --name signed
like "$(by signed -- -o BatchMode=yes -T git@127.0.0.1)" "by the SSH key \"signed\"" \
	"its key does, once it is registered"
must gate key revoke signed --user ann
add gone --user ann --name old-laptop
add late --repo acme/site --name late --expires 1s
must gate key revoke old-laptop --user ann --reason "sold it"
try by gone -- -o BatchMode=yes -T git@127.0.0.1
told c11-revoked "$out"
sleep 1.1
try by late -- -o BatchMode=yes -T git@127.0.0.1
told c11-expired "$out"
try by gone ann -- -o BatchMode=yes -T git@127.0.0.1
like "$out" "You are ann" "a dead key does not keep the next one out"
must gate user edit ann --ssh-keys sk
try by ann -- -o BatchMode=yes -T git@127.0.0.1
told c11-key-in-a-file "$out"
must gate user edit ann --ssh-keys any

# -- sessions --

try by ann -- -T git@127.0.0.1
is "$status" 0 "ssh -T is answered"
told d4-welcome "$out"
try by deploy -- -T git@127.0.0.1
told d4-welcome-access-key "$out"
try by bob -- -T git@127.0.0.1
like "$out" "It expires 20" "and when a key ends"
try by ann -- git@127.0.0.1 uname -a
is "$status" 1 "another command is not run"
told d4-command "$out"
try by deploy -- -s git@127.0.0.1 sftp
like "$out" "copies no files" "nor a subsystem"
try by ann -- -T root@127.0.0.1
like "$out" "You are ann" "any user name will do (D5)"
try by ann -- git@127.0.0.1 "git-lfs-authenticate acme/site.git upload"
like "$out" "\[lfs-not-here\]" "LFS is told of"
# shellcheck disable=SC2088 # for the server, not for this shell
for form in "acme/site" "/acme/site.git" "~/acme/site.git" "/~/acme/site" "//acme//site.git/" "ACME/Site.git"; do
	try by ann -- git@127.0.0.1 "git-upload-pack '$form'" </dev/null
	like "$out" "refs/heads/main" "D6: $form"
done

# -- what of A to C there is --

refused c6-ssh-hidden bob ls-remote "$where"
must gate grant add bob acme/site read
refused c5-ssh-right bob -C "$T/work" push "$where" HEAD:refs/heads/x
must gate repo archive acme/closed --yes
refused c17-ssh-archived ann -C "$T/work" push "$ssh_address/acme/closed.git" HEAD:refs/heads/main
must gate user suspend bob
refused b6-ssh-suspended bob ls-remote "$where"
must gate user resume bob
must gate repo rename acme/old renewed --yes
try git_by ann -C "$T/work" push "$ssh_address/acme/old.git" HEAD:refs/heads/main
is "$status" 0 "an old name works"
like "$out" "This repository is now acme/renewed.*$ssh_address/acme/renewed.git" "with a notice on standard error"
try gate why "$(reference_of "$(git_by other ls-remote "$where" 2>&1)")"
like "$out" "docs-ci" "why knows what was refused over SSH"
try gate key show deploy --repo acme/site
like "$out" "used +20" "a key knows when it was last used"
like "$out" "refused +20.*scope-missing" "and last refused"
[ -n "$id" ] || exit 1
finish
