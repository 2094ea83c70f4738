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

# Both know keys in PEM best, and neither knows Ed25519.
must ssh-keygen -q -t ecdsa -m PEM -N '' -C '' -f "$T/pem"
must ssh-keygen -q -t ecdsa -m PEM -N '' -C '' -f "$T/reads"
must gate key add - --user ann --name other-client <"$T/pem.pub"
must gate key add - --repo ann/site --name deploy <"$T/reads.pub"

# told NAME: the words that `try` saw, without what is of this run, nor the places in JGit
# that its program prints behind them.
told() {
	words "$1" "$(printf '%s\n' "$out" | sed -E "/^\tat /,\$d; s#SHA256:[A-Za-z0-9+/]{43}#SHA256:FINGERPRINT#g; s#127\.0\.0\.1:$ssh_port#HOST#g; s#$T/#TMP/#g")"
}
# works NAME: clone, fetch, push and a refusal, by the function `client KEY VERB ARGS`.
works() {
	try client pem clone "$where" "$T/$1"
	is "$status" 0 "$1 clones"
	is "$(head_of "$T/$1" main)" "$(served ann/site main)" "and has what was pushed"
	commit "$T/work" "new for $1"
	must git_by ann -C "$T/work" push -q "$where" main
	try client pem fetch "$T/$1"
	is "$status" 0 "$1 fetches"
	is "$(head_of "$T/$1" origin/main)" "$(head_of "$T/work")" "and has what is new"
	commit "$T/$1" mine
	try client pem push "$T/$1" "of-$1"
	is "$status" 0 "$1 pushes"
	is "$(served ann/site "of-$1")" "$(head_of "$T/$1" main)" "and the server has it"
	ok "in a sound repository" git --git-dir "$(gate repo path ann/site)" fsck --full --strict
	try client reads push "$T/$1" "of-$1-again"
	not "$1 pushes with a key that may only read: refused" test "$status" = 0
	told "ssh-$1-reading-key"
	try client pem clone "$ssh_address/ann/nothing.git" "$T/none-$1"
	not "$1 clones what is not there: refused" test "$status" = 0
	told "ssh-$1-not-there"
}

if /usr/bin/python3 -c 'import pygit2' 2>/dev/null; then
	client() {
		local key="$1" verb="$2" place="$3" what="${4:-}"
		[ "$verb" != push ] || what=refs/heads/main:refs/heads/$what
		timeout 60 env CLIENT_KEY="$T/$key" /usr/bin/python3 "$top/tests/clients/libgit2.py" "$verb" "$place" ${what:+"$what"}
	}
	works libgit2
else
	skip "libgit2" "python3-pygit2 is not installed"
fi

if [ -f /usr/share/java/org.eclipse.jgit.pgm.jar ] && [ -f /usr/share/java/jsch.jar ]; then
	# JSch reads the configuration below the home that Java is told
	client() {
		local jgit="timeout 60 $top/tests/clients/jgit"
		mkdir -p "$HOME/.ssh"
		printf 'Host 127.0.0.1\n IdentityFile %s\n StrictHostKeyChecking no\n' "$T/$1" >"$HOME/.ssh/config"
		case $2 in
		clone) (cd "$T" && $jgit clone "$3" "${4##*/}") ;;
		fetch) $jgit --git-dir "$3/.git" fetch ;;
		push) $jgit --git-dir "$3/.git" push origin "main:$4" ;;
		esac
	}
	works jgit
else
	skip "JGit" "jgit-cli or libjsch-java is not installed"
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
