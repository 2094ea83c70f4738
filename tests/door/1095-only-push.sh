#!/bin/sh
# A token that pushes and does not read: git pushes with it, and can't clone or
# fetch; what it is, and isn't, is said before it is made and afterwards.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
repo ann/open --public
both=$(token ann both write:repository)
try gate token create --user ann --name drop --scopes write:repository --only push --dry-run
like "$out" "scopes +write:repository \(without read:repository\)" "the preview says what is left out"
like "$out" "ann/site: push; its scopes leave out read" "repository by repository"
drop=$(gate token create --user ann --name drop --only push --quiet)
like "$drop" "^gthu_" "no scope need be named"
like "$(gate token show drop --user ann)" "reaches +what ann may push to" "and what it is stays known"
like "$(gate token show drop --user ann --json)" '"only_push": true' "as JSON too"
like "$(gate token show both --user ann)" "which brings read:repository" "where another one says what write brings"
made=$(gate token create --user ann --name drop2 --only push)
like "$made" "git push http.*HEAD" "it is shown with a push"
unlike "$made" "git clone" "and with no clone"

gate_start
history "$T/work" 2
where=$(url ann "$drop" ann/site.git)
ok "git pushes with it" git -C "$T/work" push -q "$where" main
is "$(served ann/site main)" "$(head_of "$T/work")" "and what it pushed is there"
commit "$T/work" more
ok "once more, on what is there" git -C "$T/work" push -q "$where" main
ok "and makes a repository by pushing" git -C "$T/work" push -q "$(url ann "$drop" ann/fresh.git)" main
for protocol in 0 2; do
	try git -c protocol.version=$protocol clone -q "$where" "$T/clone$protocol"
	like "$out" "\[scope-missing\]" "protocol $protocol: it clones nothing"
	like "$out" "read:repository" "protocol $protocol: and is told what lacks"
done
try git -C "$T/work" fetch "$where"
like "$out" "\[scope-missing\]" "it fetches nothing"
asked=$(printf '0032want %s\n00000009done\n' "$(head_of "$T/work")" |
	curl -s -u "ann:$drop" -H 'Content-Type: application/x-git-upload-pack-request' \
		--data-binary @- "$address/ann/site.git/git-upload-pack" | tr -d '\000')
like "$asked" "\[scope-missing\]" "nor with the advertisement left out"
unlike "$asked" "PACK" "and no pack comes"
ok "what is public it reads as anyone may" git ls-remote "$(url ann "$drop" ann/open.git)"
like "$(gate may ann/drop push ann/site)" "may" "may says that it may push"
try gate may ann/drop fetch ann/site
like "$out" "scope" "and that it may not fetch, and why"
turned=$(gate token rotate drop --user ann --quiet)
try git clone -q "$(url ann "$turned" ann/site.git)" "$T/turned"
like "$out" "\[scope-missing\]" "rotated, it is what it was"
commit "$T/work" last
ok "and pushes" git -C "$T/work" push -q "$(url ann "$turned" ann/site.git)" main
must gate token revoke drop --user ann
try git -C "$T/work" push "$(url ann "$turned" ann/site.git)" main
like "$out" "token create .*--only push" "a new one in its place pushes only, too"
ok "another token reads as ever" git clone -q "$(url ann "$both" ann/site.git)" "$T/read"

refused() {
	local title="$1" word="$2"
	shift 2
	try gate token create --user ann --name x "$@"
	not "$title is refused" test "$status" = 0
	like "$out" "$word" "$title: says why"
}
refused "only to fetch" "What can be had alone is push" --only fetch
refused "reading and not" "leaves read:repository out" --scopes read:repository,write:repository --only push
refused "pushing without the scope" "goes with write:repository" --scopes read:user --only push
refused "no scopes but one" "exclude each other" --no-scopes --only push
finish
