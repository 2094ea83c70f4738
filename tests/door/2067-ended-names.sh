#!/bin/sh
# C18's end: an old name or address that was ended serves no more. Who may read the
# repository is told where it is; to everybody else there never was one.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user eve
must gate workspace create acme --owner ann
must gate workspace edit acme --add-member eve --creation members --yes
for name in site open; do
	repo "acme/$name"
	must gate repo rename "acme/$name" "$name-now" --yes
done
must gate repo edit acme/open-now --visibility public --yes
must gate repo alias add acme/site-now git/team/project
t=$(token ann laptop write:repository)
reading=$(token ann ci read:repository)
eves=$(token eve laptop write:repository)
gate_start
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$t" acme/site-now.git)" main
must git -C "$T/work" push -q "$(url ann "$t" acme/open-now.git)" main
must git clone -q "$(url ann "$t" acme/site.git)" "$T/copy"

try gate repo alias remove acme/site-now acme/site
is "$status" 2 "without a terminal and without --yes nothing is ended"
try gate repo alias remove acme/site-now acme/site --dry-run
words c18-end-asked "$out"
ok "it serves still" git ls-remote "$(url ann "$t" acme/site.git)"
try gate repo alias remove acme/site-now acme/open
is "$status" 1 "one that leads elsewhere is not ended so"
ok "an old name is ended" gate repo alias remove acme/site-now acme/site --yes
ok "an address too" gate repo alias remove acme/site-now git/team/project.git --yes
must gate repo alias remove acme/open-now acme/open --yes --quiet
is "$(gate repo alias list acme/site-now --quiet)" "" "none is left"

# -- who may read it --

try git -C "$T/copy" fetch
is "$status" 128 "a fetch by the old name is refused"
words c18-end-fetch "$out"
like "$(gate why "$(reference_of "$out")")" "request +CLOSED .*was ended" "why knows the gate"
commit "$T/copy" "by the old name"
try git -C "$T/copy" push
like "$out" "\[moved\]" "a push is too, though it could make a repository of that name"
is "$(gate repo list acme --quiet | tr '\n' ' ')" "acme/open-now acme/site-now " "and none is made"
for path in acme/site git/team/project; do
	curl -s -o "$T/answer" -u "ann:$t" -H "Content-Type: application/x-git-receive-pack-request" \
		--data-binary "0000" "$address/$path.git/git-receive-pack"
	try git ls-remote "$(url ann "$reading" "$path.git")"
	like "$out" "^remote:   git remote set-url origin $address/acme/site-now.git" "who may read is told today's address of $path"
done
try git -C "$T/copy" fetch
line=$(printf '%s\n' "$out" | sed -nE 's/^remote: +(git remote set-url .*[^ ]) *$/\1/p')
ok "the line that is shown works as it stands" sh -c "cd '$T/copy' && $line"
like "$(git -C "$T/copy" remote get-url origin)" "/acme/site-now\.git$" "and follows"
try git ls-remote "$(url eve "$eves" acme/open.git)"
like "$out" "git remote set-url origin $address/acme/open-now.git" "of a public one every token's holder is told"

try git ls-remote "$(url eve wrong acme/none.git)" # a wrong one that came before: 403

# -- everybody else: the bytes of a missing one --

answer() {
	local path="$1"
	shift
	curl -s -i "$@" "$address/$path" | tr -d '\r' |
		sed -E -e "s#${path%%.git*}#PATH#g" -e 's/^(Date|Reference): .*/\1/'
}
limited=$(token ann other write:repository --repos acme/open-now)
for pair in "acme/site acme/none" "acme/open acme/none" "git/team/project git/team/missing"; do
	for credential in "" "-u eve:$eves" "-u ann:$limited" "-u eve:wrong"; do
		case "$pair $credential" in *open*eve:g* | *open*ann*) continue ;; esac # who may read it
		for service in upload receive; do
			query="info/refs?service=git-$service-pack"
			# shellcheck disable=SC2086 # no words, or two
			is "$(answer "${pair% *}.git/$query" $credential)" "$(answer "${pair#* }.git/$query" $credential)" \
				"ended and hidden, or missing: $service${credential:+ (${credential%:*})}"
		done
	done
done
try git -C "$T/work" push "$(url eve "$eves" acme/site.git)" main
is "$status" 0 "who may make repositories there takes the name that is free"
ok "and the new one wins" git ls-remote "$(url eve "$eves" acme/site.git)"
try git ls-remote "$(url ann "$t" acme/site.git)"
is "$status" 0 "for everybody"
unlike "$out" "moved" "and nobody is sent elsewhere"
log_is_clean "nothing was amiss"
finish
