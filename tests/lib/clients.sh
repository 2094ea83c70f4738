# shellcheck shell=sh disable=SC3043,SC2034,SC2154
#
# What the tests of foreign Git clients share. Sourced after gate.sh by files
# that define `client TOKEN VERB ARGS` (TOKEN may be ""), VERB one of
#   clone URL FOLDER | fetch FOLDER | push FOLDER BRANCH
# which pushes FOLDER's main to BRANCH, and prints what its caller would see.

clients=$top/tests/clients

# clients_begin: people, repositories, tokens, a server, a first history.
clients_begin() {
	user ann
	for name in site gone sent none; do repo "ann/$name"; done
	t=$(token ann laptop write:repository)
	reading=$(token ann reading read:repository)
	gone=$(token ann gone write:repository)
	must gate token revoke gone --user ann --reason "the laptop was sold"
	"$@"
	history "$T/work" 5
	git -C "$T/work" remote add origin "$(url ann "$t" ann/site.git)"
	must git -C "$T/work" push -q origin main
}

# refused_with REASON TITLE: what `try` saw is a failure that names it.
refused_with() {
	not "$2: refused" test "$status" = 0
	like "$out" "\[$1\]" "$2: and the reason is shown"
}

# clients_work NAME: clone, fetch, push.
clients_work() {
	try client "$t" clone "$address/ann/site.git" "$T/copy"
	is "$status" 0 "$1 clones"
	is "$(head_of "$T/copy" main 2>&1)" "$(head_of "$T/work")" "and has what was pushed"
	commit "$T/work" "one more"
	must git -C "$T/work" push -q origin main
	try client "$t" fetch "$T/copy"
	is "$status" 0 "$1 fetches"
	is "$(head_of "$T/copy" origin/main 2>&1)" "$(head_of "$T/work")" "and has what is new"
	commit "$T/copy" "mine"
	try client "$t" push "$T/copy" mine
	is "$status" 0 "$1 pushes"
	is "$(served ann/site mine)" "$(head_of "$T/copy" main)" "and the server has it"
	ok "in a sound repository" git --git-dir "$(gate repo path ann/site)" fsck --full --strict
}

# clients_refused NAME: too narrow, not there, a push with a malformed object.
clients_refused() {
	commit "$T/copy" "too much"
	try client "$reading" push "$T/copy" mine
	refused_with scope-missing "$1 pushes with a reading token"
	like "$out" "Missing: write:repository" "and the missing scope"
	like "$out" "^ *gatehouse token create" "and what to do"
	is "$(served ann/site mine)" "$(head_of "$T/copy" main~1)" "and nothing was stored"
	try client "$reading" clone "$address/ann/not-there.git" "$T/not-there"
	refused_with repository-not-found "$1 clones what is not there"
	must git -C "$T/copy" update-ref refs/heads/main "$(two_authors "$T/copy")"
	try client "$t" push "$T/copy" mine
	not "$1 pushes a malformed commit: refused" test "$status" = 0
}

# two_authors FOLDER: a commit that the server's object check refuses, and that
# no client looks at closely.
two_authors() {
	git -C "$1" cat-file commit main |
		sed 's/^author .*/&\n&/' |
		git -C "$1" hash-object -t commit -w --literally --stdin
}

# clients_noticed NAME: by the old name of a repository (C18), with a secret that a
# newer one replaced (B4) and a token that ends soon (B3): three notices in each stream.
clients_noticed() {
	local before
	before=$(token ann soon write:repository --expires 10d)
	must gate token rotate soon --user ann --overlap 1d
	must gate repo rename ann/site page --yes
	try client "$before" clone "$address/ann/site.git" "$T/noticed"
	is "$status" 0 "$1 clones with three notices in the stream"
	[ "$1" = JGit ] || notices_shown "$1" # its clone shows progress alone
	is "$(head_of "$T/noticed" main 2>&1)" "$(head_of "$T/work")" "and has all of it"
	commit "$T/work" "under another name"
	must git -C "$T/work" push -q origin main
	try client "$before" fetch "$T/noticed"
	is "$status" 0 "$1 fetches with three notices in the stream"
	notices_shown "$1"
	is "$(head_of "$T/noticed" origin/main 2>&1)" "$(head_of "$T/work")" "and has what is new"
	commit "$T/noticed" "mine, by the old name"
	try client "$before" push "$T/noticed" noticed
	is "$status" 0 "$1 pushes with three notices in the stream"
	notices_shown "$1"
	is "$(served ann/page noticed)" "$(head_of "$T/noticed" main)" "and the server has it"
}

# notices_shown NAME: the three stand in what `try` saw, each whole.
notices_shown() {
	like "$out" 'The token "soon" has a newer secret since .*; this one works until ' "$1 shows that the secret was replaced"
	like "$out" 'The token "soon" expires .*gatehouse token rotate soon --user ann' "$1 shows that the token ends soon"
	like "$out" "git remote set-url origin $address/ann/page\\.git" "$1 shows the line that follows the name"
}
