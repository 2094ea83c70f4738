#!/bin/sh
# Taking a member out, and another rule for making repositories, say first what they
# mean for whom; and that is what happens then.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

for name in ann bob cleo; do user "$name"; done
must gate workspace create acme --owner ann
must gate workspace edit acme --add-member bob --add-owner cleo
for path in acme/site acme/docs acme/wiki; do repo "$path"; done
must gate group create acme devs
must gate group add acme devs bob
must gate grant add group:devs acme/site write
must gate grant add group:devs acme/docs read
must gate grant add bob acme/wiki read
t=$(token bob laptop write:repository)
gate_start
edit() { gate workspace edit acme "$@"; }
reads() { git ls-remote "$(url bob "$t" "$1.git")" >/dev/null 2>&1; }

try edit --remove-member bob,cleo --creation members --dry-run
is "$status" 0 "a dry run says what it means"
words workspace-edit-asked "$out"
try edit --remove-member bob
is "$status" 2 "nothing is done while nobody confirms it"
like "$out" "bob is no member of acme any more" "and it is said what would be"
ok "which is so" reads acme/site
try edit --remove-member ann,cleo --dry-run
is "$status" 1 "what can't be done is told before"
like "$out" owner "the last owner stays"
try edit --remove-member eve --dry-run
like "$out" 'no user "eve"' "as is who is not there"

must edit --remove-member bob --yes --quiet
not "then the group's rights are gone" reads acme/site
not "all of them" reads acme/docs
ok "and what was granted to bob alone is there" reads acme/wiki

try edit --creation off
is "$status" 2 "another rule is asked about"
words workspace-creation-asked "$out"
ok "the same rule is not" edit --creation owners
ok "nor is a title" edit --display "All of it"
must edit --creation off --yes
like "$(gate workspace show acme)" 'push to create +off' "confirmed, it holds"
# shellcheck disable=SC2016
ok "JSON says it too" sh -c 'printf "%s" "$1" | grep -q "\"dry_run\": true"' - "$(edit --creation members --dry-run --json)"

finish
