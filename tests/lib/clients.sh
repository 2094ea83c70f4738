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

# clients_renamed NAME: by the old name of a repository, with the notice (C18).
clients_renamed() {
	must gate repo rename ann/site page --yes
	commit "$T/work" "under another name"
	must git -C "$T/work" push -q origin main
	try client "$t" fetch "$T/copy"
	is "$status" 0 "$1 fetches by the old name"
	like "$out" "git remote set-url origin .*/ann/page\.git" "and shows the line that follows"
	commit "$T/copy" "mine, by the old name"
	try client "$t" push "$T/copy" mine
	is "$status" 0 "$1 pushes by the old name"
	like "$out" "git remote set-url origin .*/ann/page\.git" "and shows it too"
}
