#!/bin/sh
# An archived repository: read as before, pushed to by nobody, and told so
# (C17, its first part).
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
user cleo
repo ann/site
must gate grant add bob ann/site write
must gate grant add cleo ann/site read
t=$(token ann laptop write:repository)
b=$(token bob ci write:repository)
c=$(token cleo desk write:repository)
gate_start
history "$T/work" 2
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main

try gate repo archive ann/site --dry-run
is "$status" 0 "a dry run says what it would mean"
words c17-archive-asked "$out"
like "$(gate repo show ann/site --json)" '"archived": null' "and changes nothing"
try gate repo archive ann/site
is "$status" 2 "without a terminal and without --yes nothing is changed"
like "$out" "nothing was changed: nobody is here to confirm it" "and it says so"
like "$(gate repo show ann/site --json)" '"archived": null' "which is so"
ok "an answer on a terminal does it" sh -c "printf 'yes\n' |
	script -qec '$bin/gatehouse --data $data repo archive ann/site' /dev/null"
try gate repo archive ann/site --yes
is "$status" 1 "once is enough"

ok "it is cloned as before" git clone -q "$(url bob "$b" ann/site.git)" "$T/copy"
commit "$T/copy" "too late"
try git -C "$T/copy" push
is "$status" 128 "a push is refused before anything is sent"
words c17-archived "$out"
try gate why "$(reference_of "$out")"
words c17-archived-why "$out"
try git -C "$T/copy" push "$(url cleo "$c" ann/site.git)" main
like "$out" "\[repository-archived\]" "who may only read hears that first"
like "$out" "Your right here is read; once it is open again, write is needed" "and what else is missing"
repo ann/hidden
must gate repo archive ann/hidden --yes --quiet
try git -C "$T/copy" push "$(url bob "$b" ann/hidden.git)" main
like "$out" "\[repository-not-found\]" "who may not see it hears nothing of it"

ok "it is opened again" gate repo unarchive ann/site --yes
like "$(cat "$T/ok")" "2 people can push then: ann, bob" "which says who can push then"
ok "and takes pushes" git -C "$T/copy" push -q

# Archived while a push is on its way: its hook asks again.
commit "$T/copy" "on its way"
git -C "$T/copy" config http.proxy ""
cat >"$T/copy/.git/hooks/pre-push" <<EOF
#!/bin/sh
$bin/gatehouse --data $data repo archive ann/site --yes --quiet
EOF
chmod +x "$T/copy/.git/hooks/pre-push"
before=$(served ann/site main)
try git -C "$T/copy" push
like "$out" "\[repository-archived\]" "a push that had begun is refused too"
is "$(served ann/site main)" "$before" "and stored nothing"
like "$(gate audit --operation 'repo archive' --object ann/site)" "repo archive" "the audit has it"
finish
