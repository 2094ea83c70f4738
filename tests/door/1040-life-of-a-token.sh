#!/bin/sh
# A token's life: revocation, expiry, a changed grant act on the next question,
# also when another process made the change. Stamps, limits, `why`.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
repo ann/site
repo ann/docs
gate_start
history "$T/work"
t=$(token ann laptop write:repository)
where=$(url ann "$t" ann/site.git)
ok "a token made while the server runs works at once" git -C "$T/work" push -q "$where" main
must gate token revoke laptop --user ann
try git ls-remote "$where"
like "$out" "\[token-revoked\]" "revoked by another process: refused on the next question"

short=$(token ann short read:repository --expires 3s)
try git ls-remote "$(url ann "$short" ann/site.git)"
is "$status" 0 "a token with seconds to live works"
sleep 3.2
try git ls-remote "$(url ann "$short" ann/docs.git)"
like "$out" "\[token-expired\]" "and is refused when they are over"

later=$(token ann later read:repository --not-before 1h)
try git ls-remote "$(url ann "$later" ann/site.git)"
like "$out" "\[token-not-yet-valid\]" "a token before its time is refused"

bobs=$(token bob laptop write:repository)
try git ls-remote "$(url bob "$bobs" ann/site.git)"
like "$out" "\[repository-not-found\]" "without a grant bob sees nothing"
must gate grant add bob ann/site read
try git ls-remote "$(url bob "$bobs" ann/site.git)"
is "$status" 0 "a grant acts on the next question"
must gate grant remove bob ann/site
try git ls-remote "$(url bob "$bobs" ann/site.git)"
like "$out" "\[repository-not-found\]" "and so does its removal"

only=$(token ann only write:repository --repos ann/docs)
try git ls-remote "$(url ann "$only" ann/docs.git)"
is "$status" 0 "a token limited to a repository opens it"
try git ls-remote "$(url ann "$only" ann/site.git)"
not "and no other" test "$status" = 0

away=$(token ann away read:repository --addresses 192.0.2.0/24)
try git ls-remote "$(url ann "$away" ann/site.git)"
like "$out" "\[address-not-allowed\]" "a token limited to other addresses is refused"
like "$out" "127\.0\.0\.1" "and the address seen is told"
unlike "$out" "192\.0\.2" "but not the list"
here=$(token ann here read:repository --addresses 127.0.0.0/8)
try git ls-remote "$(url ann "$here" ann/site.git)"
is "$status" 0 "a token limited to this address works"

# The operator's view of a refusal.
reading=$(token ann reading read:repository)
try git -C "$T/work" push "$(url ann "$reading" ann/site.git)" main:other
reference=$(reference_of "$out")
like "$reference" "^[0-9a-z]+$" "a refusal carries a reference"
wait_for 10 gate why "$reference"
try gate why "$reference"
words why-scope-missing "$out"
unlike "$out" "$reading" "why holds no secret"
try gate why "$reference" --json
ok "why --json is JSON" python3 -m json.tool <<EOF
$out
EOF
try gate why 0000000000
not "why of an unknown reference fails" test "$status" = 0

used() { gate token show here --user ann --json | grep -q '127\.0\.0\.1'; }
ok "the use of a token is stamped with its address" wait_for 10 used
refused() { gate token show reading --user ann --json | grep -q 'scope-missing'; }
ok "the refusal of a token is stamped with its reason" wait_for 10 refused
refused_in_audit() { gate audit --json | grep -q 'scope-missing'; }
ok "the audit holds the refusal" wait_for 10 refused_in_audit
unlike "$(gate audit --json; gate token list --user ann --json)" 'gth[a-z]_[0-9A-Za-z]{20}' "neither audit nor list holds a secret"

finish
