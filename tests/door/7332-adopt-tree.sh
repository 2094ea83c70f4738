#!/bin/sh
# A whole tree of repositories adopted at once, with a report, and their old
# addresses kept.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
must gate workspace create acme --owner ann
t=$(token ann laptop write:repository)
git config --global --add safe.directory '*' # of this test's own git; the server reads no such file
mkdir "$T/srv"
chmod 755 "$T/srv"
history "$T/work" 2
own() { if [ -n "$as" ]; then chown -R 65534:65534 "$T/srv"; fi; }
for name in site.git team/project.git team/deep/down/tool.git plain 'not a name.git' team-project.git torn.git; do
	must git clone -q --bare "$T/work" "$T/srv/$name"
done
find "$T/srv/torn.git/objects" -type f -size +0 | head -n 1 | xargs rm -f
printf '#!/bin/sh\n' >"$T/srv/site.git/hooks/post-receive"
chmod 755 "$T/srv/site.git/hooks/post-receive"
must git clone -q "$T/work" "$T/srv/checkout"
ln -s site.git "$T/srv/link.git"
mkdir "$T/srv/empty"
own
gate_start

try gate repo adopt --tree "$T/srv" acme --keep-addresses /git/ --dry-run
is "$status" 0 "a dry run"
words adopt-tree-asked "$out"
is "$(gate repo list acme)" "No repositories." "adopts nothing"
try gate repo adopt --tree "$T/srv" acme --keep-addresses /git/
is "$status" 2 "without a person to ask nothing is done"
try gate repo adopt --tree "$T/srv" acme --keep-addresses /git/ --yes --json
is "$status" 0 "adopted"
printf '%s\n' "$out" | sed -n '/^{/,$p' >"$T/json"
is "$(python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
print(sorted(r["full_name"] for r in j["adopted"]), sorted(s["path"] for s in j["skipped"]))' "$T/json")" \
	"['acme/plain', 'acme/site', 'acme/team-deep-down-tool', 'acme/team-project'] ['checkout', 'link.git', 'not a name.git', 'team-project.git', 'torn.git']" \
	"each under its name, or left out"
for path in acme/site acme/plain acme/team-project acme/team-deep-down-tool git/site git/plain git/team/project git/team/deep/down/tool; do
	ok "$path is served" git ls-remote "$(url ann "$t" "$path.git")"
done
ok "pushed to an old address" git -C "$T/work" push -q "$(url ann "$t" git/team/deep/down/tool.git)" HEAD:refs/heads/new
is "$(git --git-dir "$T/srv/team/deep/down/tool.git" rev-parse new)" "$(head_of "$T/work")" "it is in the folder"
try gate repo adopt --tree "$T/srv" acme --yes
is "$status" 1 "once more, there is nothing left to adopt"
like "$out" "left out: site.git. there is a repository acme/site already" "and what is served is told"
ok "what was left out is adopted by its path" gate repo adopt "$T/srv/team-project.git" acme/project --yes
try gate repo adopt --tree "$T/srv/empty" acme --yes
like "$out" "no repository lies below" "a folder without any"
try gate repo adopt --tree "$T/srv/site.git" acme --yes
like "$out" "is a repository itself" "a repository is no tree"
try gate repo adopt --tree "$T/srv" nowhere --yes
like "$out" "no workspace" "a workspace that is not there"
try gate repo adopt "$T/srv/site.git" acme/x --keep-addresses git
is "$status" 2 "addresses are kept of a tree only"
finish
