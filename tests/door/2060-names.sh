#!/bin/sh
# Names: push to create, HEAD of a new repository, old names after a rename.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
t=$(token ann laptop write:repository)
gate_start
history "$T/work"
must git -C "$T/work" branch -m trunk
try git ls-remote "$(url ann "$t" ann/fresh.git)"
is "$status" 128 "what does not exist is not listed"
ok "a push makes it" git -C "$T/work" push -q "$(url ann "$t" ann/fresh.git)" trunk
ok "it is cloned" git clone -q "$(url ann "$t" ann/fresh.git)" "$T/fresh"
is "$(git -C "$T/fresh" symbolic-ref --short HEAD)" trunk "HEAD follows the first branch pushed"
like "$(gate repo show ann/fresh --json)" '"private"' "it is private"
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" trunk:main trunk:zebra
must gate repo edit ann/site --name page --yes
ok "the new name works" git ls-remote "$(url ann "$t" ann/page.git)"
try git clone "$(url ann "$t" ann/site.git)" "$T/old"
is "$status" 0 "the old name works too"
commit "$T/work" later
ok "and is pushed to" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" trunk:main
is "$(served ann/page main)" "$(head_of "$T/work")" "which lands in the renamed one"
try gate repo create ann/site
not "nobody takes the old name while it leads on" test "$status" = 0
ok "a repository is deleted" gate repo delete ann/page --yes
try git ls-remote "$(url ann "$t" ann/page.git)"
like "$out" "\[repository-deleted\]" "and is gone on the next question"
finish
