#!/bin/sh
# Renamed and moved: the old name goes on working without a redirect, with a
# notice (C18); what it means for whom is said before it is done.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
user cleo
must gate workspace create acme --owner ann
must gate workspace create beta --owner bob
must gate group create acme devs
must gate group add acme devs cleo
must gate project create acme web
repo acme/site --project web
must gate grant add group:devs acme/site write
t=$(token ann laptop write:repository)
limited=$(token ann ci read:repository --repos acme/site)
b=$(token bob desk write:repository)
c=$(token cleo desk write:repository)
gate_start
history "$T/work" 2
must git -C "$T/work" push -q "$(url ann "$t" acme/site.git)" main
for version in 0 2; do
	must git clone -q "$(url ann "$t" acme/site.git)" "$T/copy$version"
	git -C "$T/copy$version" config protocol.version "$version"
done

try gate repo rename acme/site page
is "$status" 2 "without a terminal and without --yes nothing is renamed"
like "$out" "nothing was changed" "which is said"
try gate repo rename acme/site page --dry-run
words c18-rename-asked "$out"
ok "it is renamed" gate repo rename acme/site page --yes
commit "$T/work" "after the rename"
must git -C "$T/work" push -q "$(url ann "$t" acme/page.git)" main
for version in 0 2; do
	try git -C "$T/copy$version" fetch
	is "$status" 0 "a fetch by the old name works, protocol version $version"
	words c18-fetch "$(printf '%s\n' "$out" | grep 'remote: T')"
	is "$(head_of "$T/copy$version" origin/main)" "$(head_of "$T/work")" "and brings what is new"
done
must git -C "$T/copy2" reset -q --hard origin/main
commit "$T/copy2" "by the old name"
try git -C "$T/copy2" push
is "$status" 0 "a push by the old name works"
words c18-push "$(printf '%s\n' "$out" | grep 'remote: T')"
line=$(printf '%s\n' "$out" | sed -nE 's/^remote: .*To follow: (git remote set-url .*[^ ]) *$/\1/p')
ok "the line that is shown works as it stands" sh -c "cd '$T/copy2' && $line"
like "$(git -C "$T/copy2" remote get-url origin)" "/acme/page\.git$" "and follows"
try git -C "$T/copy2" -c http.extraHeader="Authorization: Bearer $t" fetch
unlike "$out" "still works" "the new name brings no notice"
ok "a token limited to it goes on working" git ls-remote "$(url ann "$limited" acme/site.git)"
try git ls-remote "$(url bob "$b" acme/site.git)"
unlike "$out" "page" "who may not see it does not learn the new name"
try gate repo create acme/site
is "$status" 1 "nobody takes the old name"

try gate repo move acme/page beta/site --dry-run
words c18-move-asked "$out"
ok "it moves" gate repo move acme/page beta/site --yes
try git ls-remote "$(url cleo "$c" acme/site.git)"
like "$out" "\[repository-not-found\]" "who had a right by the old workspace alone has none"
ok "the owner of the new one reads it" git ls-remote "$(url bob "$b" beta/site.git)"
ok "by the old name too" git ls-remote "$(url bob "$b" acme/page.git)"
like "$(gate grant list beta/site)" "[Nn]o" "the group's grant has ended"
like "$(cat "$(gate repo path beta/site)/config")" 'workspace = "beta"' "its own config has the new workspace"
must gate grant add ann beta/site write
try git -C "$T/copy0" pull -q
commit "$T/copy0" "by the oldest name"
try git -C "$T/copy0" push
is "$status" 0 "a push by the oldest name works"
like "$out" "git remote set-url origin .*/beta/site\.git" "and names the address of today"
like "$(gate audit --operation 'repo move')" "acme/page" "the audit has the move"

try gate workspace rename beta gamma --dry-run
words c18-workspace-asked "$out"
ok "a workspace is renamed" gate workspace rename beta gamma --yes
commit "$T/copy0" "by a workspace's old name"
try git -C "$T/copy0" push "$(url bob "$b" beta/site.git)" main
is "$status" 0 "a push by its old name works"
like "$out" "git remote set-url origin .*/gamma/site\.git" "with the notice"
try gate user add beta --email beta@example.org
is "$status" 1 "nobody takes its old name"
try gate workspace rename ann anna --yes
like "$out" "a person's own workspace" "a person's own workspace keeps their name"

# A crash between ledger and folder leaves old names in the folder's config.
config=$(gate repo path gamma/site)/config
sed 's/gamma/beta/' "$config" >"$T/config" && cat "$T/config" >"$config"
gate_stop
gate_start
ok "the server mends it" wait_for 20 grep -q gamma "$config"
finish
