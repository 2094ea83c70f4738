#!/bin/sh
# What ends a person's way to a repository acts on the next question, and the refusal
# says which of them it was; and each refusal of a token that was made here is kept
# with it: when, from where, why.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
must gate workspace create acme --owner ann
must gate workspace edit acme --add-member bob
must gate project create acme web
must gate group create acme devs
must gate group add acme devs bob
must gate grant add group:devs acme write
for name in site page shop gone; do repo "acme/$name"; done
repo bob/own
a=$(token ann laptop write:repository)
b=$(token bob laptop write:repository)
gate_start
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$a" acme/site.git)" main
must git -C "$T/work" push -q "$(url ann "$a" acme/gone.git)" main

reads() { ok "$1" git ls-remote "$(url bob "$b" "$2.git")"; }
# refused REASON REPOSITORY TITLE: a fetch of bob's; what is said is in $out.
refused() {
	try git ls-remote "$(url bob "$b" "$2.git")"
	like "$out" "\[$1\]" "$3"
}
kept() { gate token show laptop --user bob --json | grep -q "\"last_refused_why\": \"$1\""; }
pushes() { try git -C "$T/work" push "$(url bob "$b" "$1.git")" main:by-bob; }

reads "bob reads by his group" acme/site
must gate user suspend bob --reason "on leave"
refused owner-suspended acme/site "suspended: said so"
like "$out" "The account behind this token is suspended" "that it is the account"
must gate user resume bob
reads "resumed: it works again" acme/site

must gate repo archive acme/site --yes
pushes acme/site
like "$out" "\[repository-archived\]" "archived: said so"
like "$out" "It was archived 20.* by the server's operator" "since when and by whom"
reads "and reading goes on" acme/site
must gate repo unarchive acme/site --yes
pushes acme/site
is "$status" 0 "unarchived: a push works again"

must gate repo delete acme/gone --yes --quiet
refused repository-deleted acme/gone "deleted: said so, to who could read it"
words c6-deleted "$out"
reference=$(reference_of "$out")
like "$(gate why "$reference")" "of a repository that was deleted +<- this one refused" "why says which gate it was"
pushes acme/gone
like "$out" "Nothing was stored" "a push is told that nothing was stored"
try git ls-remote "$(url ann "$a" acme/gone.git)"
like "$out" "\[repository-deleted\]" "its workspace's owner hears it too"
user cleo
c=$(token cleo laptop write:repository)
try git ls-remote "$(url cleo "$c" acme/gone.git)"
like "$out" "\[repository-not-found\]" "who could not read it does not"
gone=$out
try git ls-remote "$(url cleo "$c" acme/none.git)"
is "$(printf '%s' "$gone" | sed 's/acme.gone/X/; s/acme.gone/X/' | mask)" "$(printf '%s' "$out" | sed 's/acme.none/X/; s/acme.none/X/' | mask)" \
	"and hears the same as of one that never was"
must gate repo undelete acme/gone
reads "brought back: it works again" acme/gone
must gate repo delete acme/gone --yes --quiet
repo acme/gone
reads "another one under its name is read" acme/gone

must gate group remove acme devs bob
refused repository-not-found acme/site "out of the group: he sees it no more"
unlike "$out" "no member" "while he is a member of the workspace still"
must gate group add acme devs bob
reads "in the group again: it works again" acme/site
must gate grant remove group:devs acme
refused repository-not-found acme/site "the group's grant is gone: the same"
must gate grant add group:devs acme write
must gate repo edit acme/shop --project web --yes
must gate grant add bob acme/project:web write
must gate grant remove group:devs acme
reads "a grant on the project holds" acme/shop
must gate grant remove bob acme/project:web
refused repository-not-found acme/shop "the project's grant is gone"
must gate grant add group:devs acme write
reads "given again" acme/site

must gate workspace edit acme --remove-member bob --yes --quiet
refused repository-not-found acme/site "no member any more"
words c6-left "$out"
left=$out
refused repository-not-found acme/never "what never was there"
is "$(printf '%s' "$left" | sed 's/acme.site/X/g' | mask)" "$(printf '%s' "$out" | sed 's/acme.never/X/g' | mask)" \
	"is told in the same words"
must gate repo edit acme/page --visibility public --yes
must gate repo rename acme/page open --yes
pushes acme/open
like "$out" "bob is no member of the workspace acme any more, since 20" "a push to what he may read says it as well"
must gate workspace edit acme --add-member bob
refused repository-not-found acme/site "a member again, without a group"
unlike "$out" "no member" "is not told of that time"
must gate group add acme devs bob
reads "and with it all is as it was" acme/site

# -- last refused --

one() { # one FLAGS: another token of bob's
	made=$((${made:-0} + 1))
	x=$(gate token create --user bob --name "t$made" --quiet "$@")
}
why() { gate token show "t$made" --user bob --json | sed -nE 's/^ *"last_refused_why": "(.*)".*/\1/p'; }
is_why() { [ "$(why)" = "$1" ]; }
stamped() { # stamped REASON GIT-ARGS
	local reason="$1"
	shift
	try git "$@"
	like "$out" "\[$reason\]" "refused: $reason"
	ok "and kept with the token" wait_for 10 is_why "$reason"
	is "$(gate token show "t$made" --user bob --json | grep -c '"last_refused_from": "127.0.0.1"')" 1 "with the address"
}
place() { url bob "$x" "$1"; }
one --scopes read:repository
stamped scope-missing -C "$T/work" push "$(place acme/site.git)" main
one --no-scopes
stamped token-without-scopes ls-remote "$(place acme/site.git)"
one --scopes admin:repository
stamped scope-admin-only ls-remote "$(place acme/site.git)"
one --scopes write:repository --repos acme/page
stamped repository-limit ls-remote "$(place acme/site.git)"
one --scopes write:repository --addresses 10.0.0.0/8
stamped address-not-allowed ls-remote "$(place acme/site.git)"
one --scopes write:repository --not-before 1d
stamped token-not-yet-valid ls-remote "$(place acme/site.git)"
one --scopes write:repository
stamped repository-not-found ls-remote "$(place ann/none.git)"
stamped create-not-allowed -C "$T/work" push "$(place acme/new.git)" main
must gate repo delete acme/gone --yes --quiet
stamped repository-deleted ls-remote "$(place acme/gone.git)"
must gate repo archive acme/site --yes
stamped repository-archived -C "$T/work" push "$(place acme/site.git)" main:other
must gate repo unarchive acme/site --yes
must gate grant remove group:devs acme
must gate grant add bob acme/site read
stamped right-missing -C "$T/work" push "$(place acme/site.git)" main:other
must gate workspace edit acme --longest-token-life 1d --yes
stamped token-lifetime ls-remote "$(place acme/site.git)"
must gate user suspend bob
stamped owner-suspended ls-remote "$(place acme/site.git)"
must gate user resume bob
must gate token rotate "t$made" --user bob --overlap 0s
stamped token-replaced ls-remote "$(place acme/site.git)"
one --scopes write:repository
must gate token revoke "t$made" --user bob
stamped token-revoked ls-remote "$(place acme/site.git)"
one --scopes write:repository --expires 1s
sleep 2
stamped token-expired ls-remote "$(place acme/site.git)"
like "$(gate token list --user bob)" "^t$made .*never .*from 127\.0\.0\.1: token-expired" "the list says when, from where and why"
finish
