#!/bin/sh
# A deleted repository: gone at the next question, also for a push that is under
# way; its name free; brought back; removed when its time is over.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
repo ann/site
must gate grant add bob ann/site write
t=$(token ann laptop write:repository)
b=$(token bob ci write:repository --repos ann/site)
gate_start
history "$T/work" 2
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
old=$(gate repo path ann/site)

try gate repo delete ann/site
is "$status" 2 "without a terminal and without --yes nothing is deleted"
try gate repo delete ann/site --dry-run
words repo-delete-asked "$out"
ok "it is there still" git ls-remote "$(url bob "$b" ann/site.git)"

# While a push is under way: two megabytes at 400 KB/s.
slow_push "$t" refs/heads/large
must gate repo delete ann/site --yes --quiet
repo ann/site # somebody else's, under the name that is free
wait "$sending"
like "$(tr -d '\000' <"$T/answer")" "repository-deleted" "a push under way is refused when its repository goes"
not "and its ref is not in the old one" git --git-dir "$old" rev-parse -q --verify refs/heads/large
is "$(served ann/site large)" "" "nor in the new one of that name"
try git ls-remote "$(url bob "$b" ann/site.git)"
like "$out" "\[repository-limit\]" "a token limited to the old one does not reach the new one"
like "$(gate repo list --deleted)" "ann/site +[0-9a-f]{32} .*operator" "it is listed among the deleted"

try gate repo undelete ann/site
is "$status" 1 "its name is taken"
like "$out" "gatehouse repo undelete [0-9a-f]{32} --as NAME" "which is told with the way out"
ok "it comes back under another name" gate repo undelete ann/site --as page
ok "with its grants, and within the token's limit" git ls-remote "$(url bob "$b" ann/page.git)"
is "$(served ann/page main)" "$(head_of "$T/work")" "and with what was pushed"
like "$(cat "$old/config")" "name = \"page\"" "its own config has the new name"
is "$(gate repo list --deleted --quiet)" "" "none is kept now"

# Its time is over: removed by the server, the folder too.
must gate --deleted-kept 0 repo delete ann/page --yes --quiet
gate_stop
gate_start
gone() { ! [ -e "$old" ] && [ "$(gate repo list --deleted --quiet)" = "" ]; }
ok "the server removes it when its time is over" wait_for 20 gone
nothing_left() { ! ls "$data/trash/"*.gone; }
ok "and its folder" wait_for 20 nothing_left
like "$(gate audit --operation 'repo expire')" "ann/page" "which stands in the audit"
finish
