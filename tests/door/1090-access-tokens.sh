#!/bin/sh
# Access tokens: of a repository, a project, a workspace. Each acts as a bot of
# its own, reaches what it belongs to, and outlives who made it (C7, C6, A8).
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user eve
must gate workspace create acme --owner ann
must gate workspace create beta --owner eve
must gate project create acme web
repo acme/site --project web
repo acme/docs
repo acme/wiki --internal
repo acme/open --public
repo beta/site
gate_start
history "$T/work"
first=$(token ann first write:repository)
for name in site docs wiki open; do
	must git -C "$T/work" push -q "$(url ann "$first" "acme/$name.git")" main
done
want=$(head_of "$T/work")

# access NAME SCOPES FLAGS: prints a new access token.
access() {
	local name="$1" scopes="$2"
	shift 2
	gate token create --name "$name" --scopes "$scopes" --quiet "$@"
}
r=$(access ci write:repository --repo acme/site)
p=$(access ci read:repository --project acme/web)
w=$(access ci write:repository --workspace acme)
reader=$(access reader read:repository --repo acme/site)
like "$r" "^gthr_" "a repository's token says so in its prefix"
like "$p" "^gthp_" "and so does a project's"
like "$w" "^gthw_" "and a workspace's"

# reads TITLE LOGIN TOKEN REPOSITORY
reads() {
	try git ls-remote "$(url "$2" "$3" "$4.git")" refs/heads/main
	is "$(printf '%s\n' "$out" | cut -f 1)" "$want" "$1"
}
# refused TITLE REASON TOKEN REPOSITORY
refused() {
	try git ls-remote "$(url x-token-auth "$3" "$4.git")"
	like "$out" "\[$2\]" "$1"
}
reads "a repository's token reads it" x-token-auth "$r" acme/site
reads "under any user name" somebody "$r" acme/site
reads "also as the user name alone" "$r" "" acme/site
try git -c "http.extraHeader=Authorization: Bearer $r" ls-remote "$address/acme/site.git"
is "$status" 0 "and as a Bearer header"
commit "$T/work" "by the bot"
try git -C "$T/work" push "$(url x-token-auth "$r" acme/site.git)" main
is "$status" 0 "and it pushes there"
want=$(head_of "$T/work")
reads "a project's token reads a repository of the project" x-token-auth "$p" acme/site
try git -C "$T/work" push "$(url x-token-auth "$p" acme/site.git)" main:other
like "$out" "\[scope-missing\]" "and goes no further than its scopes"
try git -C "$T/work" push "$(url x-token-auth "$w" acme/docs.git)" main
is "$status" 0 "a workspace's token pushes to a repository of the workspace"
reads "and reads one that is internal" x-token-auth "$w" acme/docs

# Outside of it: one answer, whatever is there (C6, C7).
try git ls-remote "$(url x-token-auth "$r" acme/docs.git)"
is "$status" 128 "a repository's token opens no other one"
words c7-repository-token "$out"
hidden=$(printf '%s\n' "$out" | mask)
try git ls-remote "$(url x-token-auth "$r" acme/none.git)"
is "$(printf '%s\n' "$out" | mask | sed 's#acme/none#acme/docs#g')" "$hidden" \
	"C6: a hidden repository and none are told in the same bytes"
try git ls-remote "$(url x-token-auth "$r" acme/wiki.git)"
is "$(printf '%s\n' "$out" | mask | sed 's#acme/wiki#acme/docs#g')" "$hidden" \
	"and so is an internal one: bots may not read it"
code() { curl -s -o /dev/null -w '%{http_code} %{size_download}' -H "Authorization: Bearer $1" "$address/$2.git/info/refs?service=git-upload-pack"; }
is "$(code "$r" acme/docs)" "$(code "$r" acme/nope)" "with the same status and length"
try git ls-remote "$(url x-token-auth "$p" acme/docs.git)"
words c7-project-token "$out"
try git ls-remote "$(url x-token-auth "$w" beta/site.git)"
words c7-workspace-token "$out"
refused "a name that is none in its own workspace is told as that" repository-not-found "$w" acme/none
try git -C "$T/work" push "$(url x-token-auth "$w" acme/new.git)" main
like "$out" "\[repository-not-found\]" "a bot makes no repository by pushing"
as_bearer() { git -c "http.extraHeader=Authorization: Bearer $r" ls-remote "$address/$1.git"; }
ok "what is public it reads as anyone does" as_bearer acme/open
try git -C "$T/work" push "$(url x-token-auth "$r" acme/open.git)" main:other
words c7-pushes-to-public "$out"

# What the operator sees.
try gate why "$(reference_of "$out")"
like "$out" "bot ci" "why names the bot as the actor"
number=$(gate token show ci --repo acme/site --json | sed -nE 's/^  "id": ([0-9]+),/\1/p')
email=$(gate token show ci --repo acme/site --json | sed -nE 's/^  "email": "(.*)",/\1/p')
is "$email" "$number@bots.localhost" "the bot has an address with its number"
must gate --base-url https://git.example.org token create --name mailed --scopes read:repository --repo acme/site
like "$(gate token show mailed --repo acme/site --json)" '"email": "[0-9]+@bots.git.example.org"' \
	"of the domain that goes with the server's"
like "$(gate token show ci --repo acme/site)" "access token \"ci\" of the repository acme/site: live" "show says what it belongs to"
like "$(gate token list --project acme/web)" "^ci " "a project's tokens are listed"
is "$(gate token list --repo acme/docs --quiet)" "" "and another repository's are apart"
pushed() { gate audit --actor "bot ci" --object acme/site --json | grep -q '"actor": "bot ci"'; }
ok "the audit names the bot" wait_for 10 pushed
try gate token list
is "$status" 2 "whose tokens are meant must be said"
try gate token create --name x --scopes read:repository --repo acme/site --user ann
is "$status" 2 "and just one owner"
try gate token create --name x --scopes read:repository --repo acme/site --repos acme/docs
like "$out" "does not belong to acme/site" "a limit outside of it is refused"

# may, and what would open it.
like "$(gate may "id:$number" push acme/site)" "belongs to the repository acme/site" "may says why it may"
try gate may "id:$number" fetch acme/docs
like "$out" "gatehouse grant add id:$number acme/docs read" "and what would let it in elsewhere"
like "$(gate may --who push acme/site)" "bot ci \(id:$number\)" "may --who lists bots"
unlike "$(gate may --who push beta/site)" "bot ci" "and none where they may not"

# Granted rights like a person.
must gate grant add "id:$number" acme/docs read
reads "a bot that was granted a right elsewhere reads there" x-token-auth "$r" acme/docs
try git -C "$T/work" push "$(url x-token-auth "$r" acme/docs.git)" main:other
like "$out" "\[right-missing\]" "as far as the right goes"
like "$(gate grant list acme/docs)" "id:$number \(bot ci\)" "the grant is listed with the bot's name"
must gate grant remove "$email" acme/docs
refused "and no longer once it was taken back" token-elsewhere "$r" acme/docs
laptop=$(gate token show first --user ann --json | sed -nE 's/^  "id": ([0-9]+),/\1/p')
try gate grant add "id:$laptop" acme/docs read
like "$out" "acts as a user" "a person's token gets no grant of its own"

# It outlives who made it, and lives with what it belongs to.
must gate user suspend ann
reads "who made it may be suspended" x-token-auth "$r" acme/site
try git ls-remote "$(url ann "$first" acme/site.git)"
like "$out" "\[owner-suspended\]" "while the person's own token is refused"
must gate user resume ann
must gate repo rename acme/site home --yes
reads "it follows a rename, under the new name" x-token-auth "$r" acme/home
try git ls-remote "$(url x-token-auth "$r" acme/docs.git)"
like "$out" "belongs to the repository acme/home " "and is told under it"
must gate repo edit acme/home --project none --yes
refused "a project's token loses what leaves the project" token-elsewhere "$p" acme/home
must gate repo move acme/home beta/home --yes
reads "a move takes a repository's token along" x-token-auth "$r" beta/home
refused "and leaves the old workspace's behind" token-elsewhere "$w" beta/home
refused "also under the old name, as for none" repository-not-found "$w" acme/home
must gate repo archive beta/home --yes
try git -C "$T/work" push "$(url x-token-auth "$r" beta/home.git)" main:other
like "$out" "\[repository-archived\]" "archived, it takes no push of its bot"
must gate repo unarchive beta/home --yes
id=$(basename "$(gate repo path beta/home)" .git)
must gate repo delete beta/home --yes
try git ls-remote "$(url x-token-auth "$r" beta/home.git)"
words b-owner-deleted "$(printf '%s\n' "$out" | sed "s/$id/<id>/")"
try as_bearer acme/open
like "$out" "\[owner-deleted\]" "then it opens nothing, not even what is public"
like "$(gate may "id:$number" fetch beta/home)" "gatehouse repo undelete $id" "may says what would bring it back"
must gate repo undelete "$id"
reads "brought back, its token is too" x-token-auth "$r" beta/home
must gate token revoke ci --repo beta/home --reason "job is gone"
try git ls-remote "$(url x-token-auth "$r" beta/home.git)"
words b2-revoked-bot "$out"
like "$(code "$reader" beta/home)" "^200" "its neighbour lives on"

# What is printed once: all of it works as it stands.
try gate token create --name "deploy bot" --scopes write:repository --repo beta/home
new=$(printf '%s\n' "$out" | grep -oE 'gthr_[0-9A-Za-z]{49}')
words made-bot "$(printf '%s\n' "$out" | sed -E 's/[0-9]+@bots/<id>@bots/')"
is "$(printf '%s\n' "$out" | grep -c "$new")" 1 "the secret stands in no command"
made=$out
(
	mkdir "$T/job" && cd "$T/job" || exit 1
	GATE_TOKEN=$new
	export GATE_TOKEN
	printf '%s\n' "$made" | grep -A 3 '^    export GIT_CONFIG_COUNT' >"$T/shell"
	sh -e "$T/shell"
) >"$T/ok" 2>&1
is "$(head_of "$T/job/home" 2>/dev/null)" "$want" "the lines for a shell clone with it"
(
	cd "$T/job/home" || exit 1
	printf '%s\n' "$made" | grep '^    git config user' >"$T/who"
	unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
	sh -e "$T/who" && git commit -q --allow-empty -m "by the bot" && git log -1 --format='%an %ae' | sed 's/[0-9]*@/<id>@/'
) >"$T/ok" 2>&1
is "$(cat "$T/ok")" "deploy bot <id>@bots.localhost" "the lines for who commits name the bot"
# the lines for CI systems, read and run as each would
for system in github gitlab jenkins; do
	mkdir "$T/$system"
	(cd "$T/$system" && GATE_TOKEN=$new python3 "$top/tests/papers/ci-job" "$system" "$made") >"$T/ok" 2>&1
	is "$(head_of "$T/$system/home" 2>/dev/null || cat "$T/ok")" "$want" "so do those for $system"
done

# What it could do, before it is made: the same decision as a request's.
try gate token create --name dry --scopes clone --repo beta/home --dry-run
is "$status" 0 "a dry run says what a token could do"
words made-dry-run "$out"
not "and makes none" gate token show dry --repo beta/home
try gate token show ci --workspace acme
like "$out" "opens +acme/docs: read, push; its scopes leave out admin" "show says it of one that there is"
try gate token show ci --workspace acme --limit 1 --after acme/docs
like "$out" "opens +acme/open: read, push" "from a name on"
like "$out" "and more: --after acme/open" "a page at a time"
like "$(gate token show ci --workspace acme --json)" '"cut_by_scopes": "admin"' "and as JSON"
try gate token create --name none --repo beta/home --scopes ""
like "$out" "opens nothing" "a token without scopes is an error that says why"
try gate token create --name none --repo beta/home
is "$status" 2 "so is saying nothing of scopes"
ok "a switch allows it" gate token create --name none --repo beta/home --no-scopes --quiet

# A person with the bot's address would be mistaken for it.
must gate user add mallory
try gate user edit mallory --add-email 7@bots.localhost
like "$out" "bots" "nobody takes an address in the bots' domain"
finish
