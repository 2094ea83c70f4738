#!/bin/sh
# Git over SSH, with OpenSSH's client: from the first clone to what a hostile one tries.
# seconds: 600
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

user ann
repo ann/site
for kind in ed25519 ecdsa rsa; do
	ssh_key "$kind" "$kind"
	must gate key add - --user ann --name "$kind" <"$T/$kind.pub"
done
for name in strange1 strange2 strange3 strange4; do ssh_key "$name"; done
ssh_start
history "$T/work" 3
where=$ssh_address/ann/site.git

# -- the server's keys --

known=$(gate ssh fingerprints)
is "$(curl -s "$address/.well-known/ssh-known-hosts")" "$known" "the server's keys are shown over HTTP as on its machine"
printf '%s\n' "$known" >"$T/known_hosts"
must chmod 600 "$T/known_hosts"
for kind in ssh-ed25519 ecdsa-sha2-nistp256 rsa-sha2-512; do
	ok "and a client that knows them trusts it by $kind" by ed25519 -- -o StrictHostKeyChecking=yes \
		-o HostKeyAlgorithms=$kind -T git@127.0.0.1
done
is "$(find "$data/ssh" -type f -perm 600 | wc -l | tr -d ' ')" 3 "they are readable for the server alone"

# -- Git --

for kind in ed25519 ecdsa rsa; do
	ok "$kind: a push" git_by "$kind" -C "$T/work" push -q "$where" "HEAD:refs/heads/$kind"
	is "$(served ann/site "refs/heads/$kind")" "$(head_of "$T/work")" "$kind: is stored"
done
ok "a clone" git_by ed25519 clone -q "$where" "$T/clone" -b ed25519
is "$(head_of "$T/clone")" "$(head_of "$T/work")" "is whole"
ssh_more="-p $ssh_port"
# shellcheck disable=SC2088 # for the server, not for this shell
for form in ann/site /ann/site.git '~/ann/site' '/~/ann/site.git'; do
	ok "by the short form: $form" git_by ed25519 ls-remote "git@127.0.0.1:$form"
done
ssh_more=""
ok "and with ~ in the long one" git_by ed25519 ls-remote "$ssh_address/~/ann/site.git"
ok "with another user name" git_by ed25519 ls-remote "$(printf '%s' "$where" | sed 's/git@/ann@/')"
ok "by version 0" git_by ed25519 -c protocol.version=0 ls-remote "$where"
like "$(GIT_TRACE_PACKET=1 git_by ed25519 ls-remote "$where" 2>&1)" 'version 2' "by version 2"
ok "a shallow clone" git_by ed25519 clone -q --depth 1 "$where" "$T/shallow" -b ed25519
is "$(git -C "$T/shallow" rev-list --count HEAD)" 1 "is shallow"
ok "a partial clone" git_by ed25519 clone -q --filter=blob:none --no-checkout "$where" "$T/partial" -b ed25519
like "$(git -C "$T/partial" rev-list --objects --all --missing=print)" '^\?' "is partial"
commit "$T/work" "more"
ok "push options" git_by ed25519 -C "$T/work" push -q -o ci.skip "$where" HEAD:refs/heads/options
ok "an atomic push" git_by ed25519 -C "$T/work" push -q --atomic "$where" HEAD:refs/heads/a HEAD:refs/heads/b
ok "a branch is deleted" git_by ed25519 -C "$T/work" push -q "$where" :refs/heads/a
is "$(served ann/site refs/heads/a)" "" "and gone"
ok "a repository made by a push" git_by ed25519 -C "$T/work" push -q "$ssh_address/ann/fresh.git" HEAD:refs/heads/main
is "$(served ann/fresh refs/heads/main)" "$(head_of "$T/work")" "holds it"
is "$(git_by ed25519 archive --remote="$where" ed25519 | tar t | wc -l | tr -d ' ')" \
	"$(git -C "$T/clone" ls-files | wc -l | tr -d ' ')" "an archive has every file"

# -- who comes in --

try by strange1 -- -o BatchMode=yes -T git@127.0.0.1
like "$out" "$(ssh-keygen -lf "$T/strange1.pub" | cut -d ' ' -f 2 | sed 's/+/[+]/g')" "an unknown key is named, also in a batch"
like "$out" 'Permission denied \(publickey' "and refused"
try by strange1 strange2 strange3 strange4 rsa -- -T git@127.0.0.1
like "$out" ann "the fifth of five keys comes in"
try by strange1 strange2 strange3 strange4 rsa -- -T git@127.0.0.1
unlike "$out" SHA256:.*SHA256 "and hears nothing of the four others the next time"
eval "$(ssh-agent -s)" >/dev/null
for key in strange1 strange2 strange3 strange4 ecdsa; do ssh-add -q "$T/$key"; done
# shellcheck disable=SC2086 # words
ok "an agent with five keys" env GIT_SSH_COMMAND="ssh ${ssh_options%-o IdentitiesOnly=yes}" timeout 60 git ls-remote "$where"
kill "$SSH_AGENT_PID"
unset SSH_AGENT_PID SSH_AUTH_SOCK

# -- what is not Git --

# shellcheck disable=SC2016 # it is meant as it stands
for line in 'ls /' 'git-upload-pack ann/site.git; id' 'git-upload-pack $(id)' 'sh -c id' \
	'git-upload-pack --help' 'git-receive-pack ../../etc' 'scp -f /etc/passwd'; do
	try by ed25519 -- git@127.0.0.1 "$line"
	unlike "$out" 'uid=|root:|usage:' "not run: $line"
	is "$((status != 0))" 1 "and not called done"
done
try by ed25519 -- -T git@127.0.0.1
like "$out" ann "ssh -T says who one is"
try by ed25519 -- -s git@127.0.0.1 sftp
like "$out" 'Git' "a subsystem is refused in words"
try by ed25519 -- -tt -A -X -R 0:127.0.0.1:9 -L "$T/sock:127.0.0.1:9" git@127.0.0.1
unlike "$out" 'uid=' "no terminal, no forwarding"
for flag in -R0:127.0.0.1:9 -R"$T/sock:127.0.0.1:9"; do
	try by ed25519 -- -o ExitOnForwardFailure=yes "$flag" -T git@127.0.0.1
	is "$status" 255 "what is listened for on the server is refused: $flag"
done
try by ed25519 -- -W 127.0.0.1:9 git@127.0.0.1
like "$out" 'prohibited|refused' "and what the server would connect to"
try by ed25519 -- -o SetEnv="GIT_TRACE=/tmp/x LD_PRELOAD=/x GIT_DIR=/ LC_ALL=C" git@127.0.0.1 "git-upload-pack 'ann/site.git'" </dev/null
like "$out" 'refs/heads/ed25519' "variables that are not taken do no harm"
unlike "$out" 'trace|preload' "and nothing else"
# shellcheck disable=SC2086 # words
try timeout 60 scp -O $ssh_options -i "$T/ed25519" -P "$ssh_port" git@127.0.0.1:/etc/passwd "$T/passwd"
like "$out" 'copies no files' "scp is told that it is in the wrong place"
not "and gets nothing" test -s "$T/passwd"

# -- many in one connection --

# shellcheck disable=SC2086 # words
ssh $ssh_options -i "$T/ed25519" -p "$ssh_port" -o ControlMaster=yes -o ControlPath="$T/mux" -N git@127.0.0.1 &
master=$!
wait_for 30 test -S "$T/mux"
jobs=""
for i in 1 2 3 4 5 6 7 8 9 10; do
	ssh_more="-o ControlPath=$T/mux" git_by ed25519 clone -q -b ed25519 "$where" "$T/mux$i" 2>"$T/mux$i.log" &
	jobs="$jobs $!"
done
bad=0
for job in $jobs; do wait "$job" || bad=$((bad + 1)); done
is "$bad" 0 "ten clones at once over one connection"
kill "$master"
wait "$master" 2>/dev/null

# -- interrupted --

head -c 40000000 /dev/urandom >"$T/work/large"
git -C "$T/work" add large
must git -C "$T/work" commit -q -m large
ssh_more="-o RekeyLimit=4M"
ok "a large push that exchanges keys on its way" git_by ed25519 -C "$T/work" push -q "$where" HEAD:refs/heads/large
ok "and comes back whole" git_by ed25519 clone -q -b large "$where" "$T/large"
ok "to its last object" git -C "$T/large" fsck --strict
ssh_more=""
old=$(ssh_process)
git -C "$T/work" commit -q --amend -m "large again"
head -c 40000000 /dev/urandom >"$T/work/larger"
git -C "$T/work" add larger
must git -C "$T/work" commit -q -m larger
git_by ed25519 -C "$T/work" push -q "$where" HEAD:refs/heads/cut >/dev/null 2>&1 &
cut=$!
wait_for 60 sh -c "find '$data/repositories' -name 'tmp_*' -size +100k | grep -q ." || true
$as kill -9 "$old"
not "a push whose process was killed fails" wait "$cut"
is "$(served ann/site refs/heads/cut)" "" "and stores nothing"
ok "another process takes its place" wait_for 30 by ed25519 -- -T git@127.0.0.1
ok "the same push is then stored" git_by ed25519 -C "$T/work" push -q "$where" HEAD:refs/heads/cut
ok "and the repository is sound" git --git-dir "$(gate repo path ann/site)" fsck --strict

# -- settings --

must gate ssh host-key ed25519 --quiet
like "$(gate audit --operation "ssh host-key" --json | jq -r .note)" \
	"$(ssh-keygen -lf "$data/ssh/host_ed25519" | cut -d ' ' -f 2 | sed 's/+/[+]/g')" "the audit tells of a new host key"
kill -HUP "$server"
fresh() { ssh-keyscan -t ed25519 -p "$ssh_port" 127.0.0.1 2>/dev/null | grep -qF "$(gate ssh fingerprints | sed -n 's/.*ssh-ed25519 //p')"; }
ok "a new host key is shown after a reload" wait_for 30 fresh
gate_stop
python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)' >"$T/taken" &
taker=$!
wait_for 30 test -s "$T/taken"
try gate serve --http 127.0.0.1:0 --ssh "127.0.0.1:$(cat "$T/taken")"
like "$out" "127.0.0.1:$(cat "$T/taken") can.t be listened on" "a port that is taken is named"
kill "$taker"
finish
