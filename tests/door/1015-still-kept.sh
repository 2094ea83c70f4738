#!/bin/sh
# A token that was removed and is still kept somewhere (A15): its holder is told when
# and by whom, and the line that makes Git forget it, which works as it stands.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
for name in helper path mail header own gone; do repo "ann/$name"; done
gate_start
live=$(token ann live write:repository)
dead() { # dead NAME: prints a token that was revoked
	local dead_token
	dead_token=$(token ann "$1" write:repository)
	must gate token revoke "$1" --user ann --reason "the laptop was sold"
	printf '%s' "$dead_token"
}

# keep NAME SECRET PATH: git's helper holds it, beside one of bob's.
keep() {
	printf '%s\n' "$(url "$1" "$2" "$3")" "$(url bob other "$3")" >"$T/kept"
	git config --global credential.helper "store --file $T/kept"
}
line() { printf '%s\n' "$out" | sed -nE 's/^remote:   (printf .* \| git credential reject) *$/\1/p'; }
# forgets TITLE LEFT: the line of the refusal that `try` saw, typed as it stands, leaves so many entries.
forgets() {
	like "$(line)" "git credential reject" "$1: the refusal has a line to type"
	ok "it works as it stands" sh -c "$(line)"
	is "$(grep -c . "$T/kept")" "$2" "and forgets that one alone"
	like "$(cat "$T/kept")" "//bob:" "not another person's"
	git config --global --unset credential.helper
}

secret=$(dead helper)
try git ls-remote "$(url ann "$secret" ann/helper.git)"
words a15-revoked "$out"
like "$out" "Revoked 20.* by an administrator" "told when, and by whom"
keep ann "$secret" ""
forgets "a helper" 1

secret=$(dead path)
try git ls-remote "$(url ann "$secret" ann/path.git)"
keep ann "$secret" ann/path.git
git config --global credential.useHttpPath true
forgets "a helper with a token for each repository" 1
git config --global --unset credential.useHttpPath

secret=$(dead mail)
try git ls-remote "$(url ann%40example.org "$secret" ann/mail.git)"
keep ann%40example.org "$secret" ""
forgets "an e-mail address as name" 1

# git does it by itself where the token came from its helper
secret=$(dead own)
keep ann "$secret" ""
try git ls-remote "$(url ann "" ann/own.git)"
like "$out" "\[token-revoked\]" "one that a helper gave is told the same"
unlike "$(cat "$T/kept")" "$secret" "and git's helper forgets it by itself"
git config --global --unset credential.helper

# no helper gave what came without a name
secret=$(dead header)
git config --global http.extraHeader "Authorization: Bearer $secret"
try git ls-remote "$address/ann/header.git"
words a15-header "$out"
line=$(printf '%s\n' "$out" | sed -nE "s/^remote:   (git config --show-origin .*[^ ]) *\$/\1/p")
like "$(sh -c "$line")" "\.gitconfig.http\.extraheader" "the line shows where it stands"
unlike "$(sh -c "$line")" "$secret" "and not what it is"
git config --global --unset http.extraHeader

# what belonged to a repository that is gone for good
must gate token revoke live --user ann
bot=$(gate token create --repo ann/gone --name ci --scopes write:repository --quiet)
must gate --deleted-kept 0 repo delete ann/gone --yes
gone() { git ls-remote "$(url ci "$bot" ann/gone.git)" 2>&1 | grep -q "gone for good"; }
gate_stop
gate_start
ok "a repository is removed for good" wait_for 30 gone
try git ls-remote "$(url ci "$bot" ann/gone.git)"
words a15-gone "$out"
keep ci "$bot" ""
forgets "the token of a repository that is gone" 1
unlike "$out" "$live" "no secret is shown"
finish
