#!/bin/sh
# C18 and old addresses over SSH: what was renamed or lay elsewhere is cloned, fetched and
# pushed to by what it was called, with the notice on standard error; and once it is
# deleted, both doors say so by each of its names, to who could read it.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

user ann
user eve
must gate workspace create acme --owner ann
must gate workspace create firm --owner ann
repo acme/site
for name in ann eve; do
	ssh_key "$name"
	must gate key add "$T/$name.pub" --user "$name" --name laptop --quiet
done
t=$(token ann laptop write:repository)
e=$(token eve laptop write:repository)
ssh_start
history "$T/work" 2
must git -C "$T/work" push -q "$(url ann "$t" acme/site.git)" main
must gate repo rename acme/site page --yes
must gate repo move acme/page firm --yes
must gate repo alias add firm/page /git/team/project.git
must gate repo alias add firm/page project
now="firm/page"

# through PATH: clone, fetch and push over SSH, with the notice.
through() {
	local where="$ssh_address/$1"
	git_by ann clone "$where" "$T/copy" >"$T/out" 2>"$T/err"
	is "$?" 0 "$1 is cloned over SSH"
	like "$(cat "$T/err")" "^This repository is now $now; the old name still works\." \
		"the notice is on standard error"
	is "$(grep -c 'remote set-url' "$T/err")" 1 "with the line that follows it, once"
	commit "$T/copy" "through $1"
	try git_by ann -C "$T/copy" push origin main
	is "$status" 0 "a push goes through $1"
	like "$out" "$ssh_address/$now.git" "told too"
	is "$(served "$now" main)" "$(head_of "$T/copy")" "and arrives"
	must git_by ann -C "$T/work" pull -q "$where" main
	line=$(grep -oE 'git remote set-url origin [^ ]+' "$T/err")
	ok "the line that is shown works as it stands" sh -c "cd '$T/copy' && $line"
	try git_by ann -C "$T/copy" fetch
	unlike "$out" "is now" "and then nothing more is told"
	rm -rf "$T/copy"
}
for path in acme/site acme/page.git git/team/project.git GIT/Team/project project; do
	through "$path"
done
# shellcheck disable=SC2088 # the server reads it
for form in "git/team/project" "/git/team/project.git" "//git//team/project.git/" "~/project"; do
	try by ann -- git@127.0.0.1 "git-upload-pack '$form'" </dev/null
	like "$out" "refs/heads/main" "the form $form"
done

# -- deleted: by each of its names, to who could read it, at both doors --

hidden() { # hidden PATH MISSING: eve hears of one what she hears of the other.
	local path door
	for door in http ssh; do
		for path in "$1" "$2"; do
			case "$door" in
			http) try git ls-remote "$(url eve "$e" "$path.git")" ;;
			ssh) try git_by eve ls-remote "$ssh_address/$path.git" ;;
			esac
			is "$status" 128 "eve is refused $path: $door"
			printf '%s\n' "$out" | sed "s#$path#PATH#g" | mask >"$T/$door.${path##*/}"
		done
		is "$(cat "$T/$door.${1##*/}")" "$(cat "$T/$door.${2##*/}")" "$1 is as if it had never been: $door"
	done
}
id=$(gate repo show firm/page --json | sed -nE 's/.*"id": "(.*)".*/\1/p')
must gate repo delete firm/page --yes --quiet
for path in firm/page acme/site acme/page git/team/project project; do
	try git ls-remote "$(url ann "$t" "$path.git")"
	like "$out" "The repository firm/page was deleted\. \[repository-deleted\]" "$path was deleted: HTTP"
	reference=$(reference_of "$out")
	try git_by ann ls-remote "$ssh_address/$path.git"
	like "$out" "The repository firm/page was deleted\. \[repository-deleted\]" "$path was deleted: SSH"
	like "$(gate why "$reference")" "^ +gatehouse repo undelete $id\$" "why names what brings it back"
done
like "$(gate may ann/laptop fetch acme/site)" "gatehouse repo undelete $id\$" "may does too"
hidden acme/site acme/none
hidden git/team/project git/team/missing
hidden project missing
try git -C "$T/work" push "$(url ann "$t" acme/site.git)" main
is "$status" 0 "whoever may make a repository there takes the name that is free"
line=$(gate why "$reference" | grep -oE 'gatehouse repo undelete .*')
gatehouse() { gate "$@"; }
ok "what why names, typed as it stands, brings it back" eval "$line"
finish
