#!/bin/sh
# Addresses from before, of one path part or many, kept for a repository beside its
# name: clone, fetch and push through them, and to whoever may not see it they are
# what a missing repository is.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user eve
must gate workspace create acme --owner ann
repo acme/site
repo acme/other
t=$(token ann laptop write:repository)
reading=$(token ann ci read:repository --repos acme/site)
elsewhere=$(token ann other write:repository --repos acme/other)
eves=$(token eve laptop write:repository)
gate_start
history "$T/work" 2
must git -C "$T/work" push -q "$(url ann "$t" acme/site.git)" main

# -- as people have it with Apache: /git/team/project.git, all below one prefix --

ok "an address of three parts is kept" gate repo alias add acme/site /git/team/project.git
ok "one of one part too" gate repo alias add acme/site project.git
ok "and one of two, which no repository can be called" gate repo alias add acme/site git/project
for path in git/team/project.git GIT/Team/project project.git git/project.git; do
	try git clone "$(url ann "$t" "$path")" "$T/copy"
	is "$status" 0 "/$path is cloned"
	is "$(head_of "$T/copy" origin/main)" "$(head_of "$T/work")" "with all that is there"
	like "$out" "git remote set-url origin $address/acme/site.git" "and the address of today is told"
	commit "$T/copy" "through $path"
	try git -C "$T/copy" push origin main
	is "$status" 0 "a push goes through it"
	is "$(served acme/site main)" "$(head_of "$T/copy")" "to the repository"
	must git -C "$T/work" pull -q "$(url ann "$t" "$path")" main
	ok "and a fetch brings it" git -C "$T/copy" fetch
	rm -rf "$T/copy"
done
for version in 0 1 2; do
	ok "protocol version $version works" git -c protocol.version=$version ls-remote "$(url ann "$t" git/team/project.git)"
done
like "$(gate audit --object git/team/project)" "push: allowed" "the audit has the address that was used"

# -- refused as under the name --

try git ls-remote "$(url ann wrong git/team/project.git)"
like "$out" "\[not-a-token\]" "a wrong token is told that it is none"
ok "a token that is limited to the repository reaches it" git ls-remote "$(url ann "$reading" project.git)"
try git ls-remote "$(url ann "$elsewhere" git/team/project.git)"
like "$out" "\[repository-limit\]" "one that is limited to another does not"
unlike "$out" "acme/site" "and does not learn its name"
try git -C "$T/work" push "$(url ann "$reading" git/team/project.git)" main
like "$out" "\[scope-missing\]" "one that may only read does not push"
must gate grant add eve acme/site read
try git -C "$T/work" push "$(url eve "$eves" git/team/project.git)" main
like "$out" "\[right-missing\]" "who may only read is told so"
must gate grant remove eve acme/site
must gate repo archive acme/site --yes
try git -C "$T/work" push "$(url ann "$t" git/team/project.git)" main
like "$out" "acme/site is archived" "an archived one is told under its name"
must gate repo unarchive acme/site --yes

# -- a missing one under the same prefix, and one that is hidden: the same bytes --

# answer PATH CURL-FLAGS: head and body, but for what varies and the address itself.
answer() {
	local path="$1"
	shift
	curl -s -i "$@" "$address/$path" | tr -d '\r' |
		sed -E -e "s#${path%%.git*}#PATH#g" -e 's/^(Date|Reference): .*/\1/'
}
refs="info/refs?service=git-upload-pack"
unknown=$(stranger_token eve x)
for pair in "git/team/project git/team/missing" "project missing" "git/project git/missing"; do
	for credential in "" "-u eve:$eves" "-u ann:$elsewhere" "-u eve:wrong" "-u eve:$unknown"; do
		for service in "$refs" "info/refs?service=git-receive-pack"; do
			# shellcheck disable=SC2086 # no words, or two
			is "$(answer "${pair% *}.git/$service" $credential)" "$(answer "${pair#* }.git/$service" $credential)" \
				"/${pair% *} hidden and /${pair#* } missing sound alike${credential:+ (${credential%:*})}"
		done
	done
	is "$(answer "${pair% *}.git/git-receive-pack" -u "eve:$eves" -H "Content-Type: application/x-git-receive-pack-request" --data-binary @"$bin/gatehouse")" \
		"$(answer "${pair#* }.git/git-receive-pack" -u "eve:$eves" -H "Content-Type: application/x-git-receive-pack-request" --data-binary @"$bin/gatehouse")" \
		"and so does a push to it"
done
try git ls-remote "$(url ann "$t" git/team/missing.git)"
words address-missing "$out"
like "$(gate why "$(reference_of "$out")")" "git/team/missing" "why knows what was asked for"
try git -C "$T/work" push "$(url ann "$t" git/team/missing.git)" main
like "$out" "\[repository-not-found\]" "a push makes no repository there"

# -- what can't be one --

cannot() {
	try gate repo alias add -- acme/site "$1"
	is "$status" 1 "$1 can't be an old address"
	like "$out" "$2" "which is said"
}
cannot "team/project" "could be the name of a repository one day"
cannot "acme/other" "there is a repository acme/other already"
cannot "git/team/project" "leads to acme/site already"
for path in -/login 2.0/repositories .well-known/git a/../b "a b" a/b/info "$(printf '%0170d' 1)" 1/2/3/4/5/6/7/8/9; do
	cannot "$path" "can't be an old address"
done
ok "an old name in a workspace that is there can be" gate repo alias add acme/site acme/website
ok "and is cloned" git clone -q "$(url ann "$t" acme/website.git)" "$T/website"
try gate repo create acme/website
is "$status" 1 "nobody takes it"
is "$(gate repo alias list acme/site --quiet)" "acme/website
git/project
git/team/project
project" "they are listed"

# -- what becomes of them --

must gate repo rename acme/site page --yes
try git ls-remote "$(url ann "$t" git/team/project.git)"
is "$status" 0 "after a rename they lead to it still"
must gate repo delete acme/page --yes --quiet
try git ls-remote "$(url ann "$t" git/team/project.git)"
like "$out" "acme/page was deleted. \[repository-deleted\]" "with the repository they go"
ok "and are free for another" gate repo alias add acme/other project
must gate repo undelete acme/page
ok "they come back with it" git ls-remote "$(url ann "$t" git/team/project.git)"
is "$(gate repo alias list acme/page --quiet | tr '\n' ' ')" "acme/site acme/website git/project git/team/project " \
	"but for the one that another took"
mkdir "$T/backups"
if [ -n "$as" ]; then chown 65534:65534 "$T/backups"; fi
must gate backup "$T/backups"
gate_stop
find "$data" -mindepth 1 -delete
ok "a backup has them" gate restore "$T/backups"
gate_start
ok "and after a restore they lead there" git ls-remote "$(url ann "$t" git/team/project.git)"
finish
