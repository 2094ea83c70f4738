#!/bin/sh
# Scopes and rights: REFUSALS.md C1 to C6 and C20.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
user eve
must gate workspace create acme --owner ann
must gate workspace edit acme --add-member bob
repo acme/site
repo acme/docs
must gate grant add bob acme/site read
# The commands refuse to make a token without scopes; older ledgers may hold one.
none=$(token ann none read:repository)
# shellcheck disable=SC2086 # words of a command
must $as python3 -c '
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1], timeout=5)
ledger.execute("UPDATE credentials SET scopes = 0 WHERE name = ?", ("none",))
ledger.commit()' "$data/gatehouse.db"
admin=$(token ann settings admin:repository)
reading=$(token ann reading read:repository)
person=$(token ann person read:user)
t=$(token ann laptop write:repository)
narrow=$(token ann narrow write:repository --repos acme/docs)
bobs=$(token bob laptop write:repository)
eves=$(token eve laptop write:repository)
gate_start
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$t" acme/site.git)" main
commit "$T/work" more

# pushes NAME LOGIN SECRET REPOSITORY: git pushes and is refused with golden words.
pushes() {
	try git -C "$T/work" push "$(url "$2" "$3" "$4.git")" main
	not "$1: the push fails" test "$status" = 0
	words "$1" "$out"
}
pulls() {
	try git ls-remote "$(url "$2" "$3" "$4.git")"
	is "$status" 128 "$1: the fetch fails"
	words "$1" "$out"
}
pulls c1-no-scopes ann "$none" acme/site
pulls c2-admin-only-fetch ann "$admin" acme/site
pushes c2-admin-only-push ann "$admin" acme/site
pushes c3-reading-pushes ann "$reading" acme/site
pushes c4-several-missing ann "$person" acme/site
like "$out" "read:repository" "C4: the first missing scope is named"
like "$out" "write:repository" "C4: and the second"
pushes c5-right-missing bob "$bobs" acme/site
pulls c6-invisible eve "$eves" acme/site
pulls c6-limited ann "$narrow" acme/site
is "$(served acme/site main)" "$(head_of "$T/work" HEAD~1)" "none of the refused pushes changed anything"

# C20: a push to a name that does not exist yet.
try git -C "$T/work" push "$(url ann "$t" acme/made.git)" main
is "$status" 0 "C20: an owner makes a repository by pushing"
is "$(served acme/made main)" "$(head_of "$T/work")" "C20: and it holds what was pushed"
pushes c20-member bob "$bobs" acme/other
pushes c20-stranger eve "$eves" acme/other2
pushes c20-limited ann "$narrow" acme/other3
pushes c20-no-workspace ann "$t" nowhere/at-all
not "C20: nothing was made by the refused ones" gate repo show acme/other
must gate workspace edit acme --creation members --yes
try git -C "$T/work" push "$(url bob "$bobs" acme/other.git)" main
is "$status" 0 "C20: a member makes one where the workspace lets members"
try git -C "$T/work" push "$(url bob "$bobs" acme/other.git)" main:again
is "$status" 0 "C20: who made a repository may push to it again"
must gate workspace edit acme --creation off --yes
pushes c20-off ann "$t" acme/last

finish
