#!/bin/sh
# Git over SSH with other clients, and when the keeper dies in mid-push.
# seconds: 400
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

user ann
repo ann/site
ssh_key ann
must gate key add - --user ann --name laptop <"$T/ann.pub"
ssh_start
where=$ssh_address/ann/site.git
history "$T/work" 3
must git_by ann -C "$T/work" push -q "$where" main

if /usr/bin/python3 -c 'import pygit2' 2>/dev/null; then
	# libssh2 knows RSA and ECDSA keys in PEM best
	must ssh-keygen -q -t ecdsa -m PEM -N '' -C '' -f "$T/pem"
	must gate key add - --user ann --name libgit2 <"$T/pem.pub"
	libgit2() { timeout 60 env CLIENT_KEY="$T/pem" /usr/bin/python3 "$top/tests/clients/libgit2.py" "$@"; }
	try libgit2 clone "$where" "$T/libgit2"
	is "$status" 0 "libgit2 clones"
	is "$(head_of "$T/libgit2" main)" "$(head_of "$T/work")" "and has what was pushed"
	commit "$T/libgit2" mine
	try libgit2 push "$T/libgit2" refs/heads/main:refs/heads/mine
	is "$status" 0 "libgit2 pushes"
	is "$(served ann/site mine)" "$(head_of "$T/libgit2" main)" "and the server has it"
else
	skip "libgit2" "python3-pygit2 is not installed"
fi

head -c 40000000 /dev/urandom >"$T/work/large"
git -C "$T/work" add large
must git -C "$T/work" commit -q -m large
git_by ann -C "$T/work" push -q "$where" HEAD:refs/heads/cut >/dev/null 2>&1 &
cut=$!
begun() { [ -n "$(find "$data/repositories" -name 'tmp_*' -size +200k)" ]; }
ok "a push has begun" wait_for 60 begun
$as kill -9 "$server"
not "it fails when the keeper is killed" wait "$cut"
server=""
ssh_start
where=$ssh_address/ann/site.git
is "$(served ann/site refs/heads/cut)" "" "it has stored nothing"
ok "the repository is sound" git --git-dir "$(gate repo path ann/site)" fsck --strict
ok "the same push is then stored" git_by ann -C "$T/work" push -q "$where" HEAD:refs/heads/cut
ok "and nothing is left over" sh -c "! find '$data/repositories' -name 'tmp_*' | grep -q ."
finish
