#!/bin/sh
# How often (D1): failed tries from an address and for a user, requests of one
# token. Who is refused hears when to come back; a good token works all along.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
repo ann/site
repo ann/open --public
t=$(token ann laptop write:repository)
bobs=$(token bob laptop write:repository)
busy=$(token ann busy read:repository)
old=$(token ann old read:repository)
must gate token revoke old --user ann
unknown=$(stranger_token eve there)
refs="info/refs?service=git-upload-pack"
code() { curl -s -o "$T/body" -w '%{http_code}' "$@"; }
spans() { printf '%s\n' "$out" | sed -E 's/[0-9]+ (minutes?|hours?)/<span>/g'; }
repeat() { # repeat N COMMAND...: runs it N times, printing all on one line
	local left="$1" said=""
	shift
	while [ "$left" -gt 0 ]; do
		left=$((left - 1))
		said="$said $("$@")"
	done
	printf '%s' "${said# }"
}

# What git asks on its way to a prompt is no failed try (A1, A8a).
gate_start --failures-per-address 3 --failures-per-owner 1000 --failure-time 1h
is "$(repeat 5 code "$address/ann/site.git/$refs")" "401 401 401 401 401" "no credential is no failed try"
is "$(repeat 5 code -u ann: "$address/ann/site.git/$refs")" "401 401 401 401 401" "nor is a name with an empty password"
is "$(repeat 5 code -u "eve:$t" "$address/ann/site.git/$refs")" "200 200 200 200 200" "nor a good token under another name"
is "$(repeat 5 code -u "bob:$bobs" "$address/ann/site.git/$refs")" "404 404 404 404 404" "nor a good one that may too little"

# An address: three tries, then it is closed, for what is not known.
like "$(repeat 4 code -u "zoe:$unknown" "$address/ann/site.git/$refs")" "^40[13] 40[13] 40[13] 503$" "after three failed tries an address is closed"
try curl -s -i -u "zoe:$unknown" "$address/ann/site.git/$refs"
like "$(printf '%s' "$out" | tr -d '\r')" "^Retry-After: (3[0-9]{3}|3600)$" "with the time that is left"
try git ls-remote "$(url zoe "$unknown" ann/site.git)"
is "$status" 128 "D1: git is refused"
words d1-address "$(spans)"
why=$(gate why "$(reference_of "$out")")
like "$why" "rate +CLOSED +the limit of failed tries is reached" "why knows the gate"
is "$(code -u "zoe:a-password" "$address/ann/site.git/$refs")" 503 "any other guess from there is refused too"
is "$(code -u "zoe:$unknown" "$address/ann/open.git/$refs")" 503 "also on a public repository"
is "$(code "$address/ann/open.git/$refs")" 200 "which is read without one all the same"
try git ls-remote "$(url ann "$t" ann/site.git)"
is "$status" 0 "a good token works from that very address"
like "$(code -u "ann:$old" "$address/ann/site.git/$refs")" "^40[13]$" "and a dead one still hears why"
like "$(cat "$T/body")" "\[token-revoked\]" "in its own words"
try curl -s -o /dev/null -w '%{http_code}' --interface 127.0.0.2 -u "zoe:$unknown" "$address/ann/site.git/$refs"
like "$out" "^40[13]$" "another address is not closed"
try curl -s -o /dev/null -w '%{http_code}' --interface 127.0.0.2 -u "ann:$t" "$address/ann/site.git/$refs"
is "$out" 200 "and a good token works from there"
printf '0014command=ls-refs\n0000' >"$T/ls-refs"
try curl -s -u "zoe:$unknown" -H 'Git-Protocol: version=2' -H 'Content-Type: application/x-git-upload-pack-request' \
	--data-binary @"$T/ls-refs" -w '%{http_code}' "$address/ann/site.git/git-upload-pack"
like "$out" "ERR Too many failed tries" "a POST hears it inside git's protocol"
is "$(gate token show laptop --user ann --json | grep -c '"last_refused": null')" 1 "the good token has no mark of it"
gate_stop

# It is over when the time is.
gate_start --failures-per-address 2 --failure-time 2s
like "$(repeat 3 code -u "zoe:$unknown" "$address/ann/site.git/$refs")" "^40[13] 40[13] 503$" "closed again"
opened() { [ "$(code -u "zoe:$unknown" "$address/ann/site.git/$refs")" != 503 ]; }
ok "and open again after the time that was told" wait_for 20 opened
gate_stop

# A user: dead tokens and wrong guesses, from wherever they come.
gate_start --failures-per-address 0 --failures-per-owner 3 --failure-time 1h
like "$(repeat 4 code -u "ann:$old" "$address/ann/site.git/$refs")" "^40[13] 40[13] 40[13] 503$" "a user's dead token is told three times"
try git ls-remote "$(url ann "$old" ann/site.git)"
words d1-owner "$(spans)"
is "$(code --interface 127.0.0.2 -u "ann:$old" "$address/ann/site.git/$refs")" 503 "from every address"
is "$(code -u "ann:$t" "$address/ann/site.git/$refs")" 200 "the user's living tokens work all along"
is "$(code --interface 127.0.0.3 -u "ann:$t" "$address/ann/site.git/$refs")" 200 "from every address too"
for name in ann nobody-here; do
	like "$(repeat 4 code -u "$name:$unknown" "$address/ann/site.git/$refs")" "^40[13] 40[13] 40[13] 503$" "guesses for $name are counted by the name, be there such a user or not"
done
gate_stop

# Requests of one token.
gate_start --requests-per-credential 3 --request-time 1h
is "$(repeat 4 code -u "ann:$busy" "$address/ann/site.git/$refs")" "200 200 200 503" "a token that is used too often has to wait"
try git ls-remote "$(url ann "$busy" ann/site.git)"
words d1-requests "$(spans)"
why=$(gate why "$(reference_of "$out")")
like "$why" "^  who +ann, by the credential \"busy\"" "why says whose it is"
is "$(code -u "ann:$t" "$address/ann/site.git/$refs")" 200 "another token of the same user does not"
repeat 20 code -u "ann:$busy" "$address/ann/site.git/$refs" >/dev/null
is "$(gate audit --reason too-many-requests --json | grep -c '"reference"')" 1 "many refusals of it are one row of the audit"
gate_stop

# The git processes of one token, whoever else is at work.
gate_start --children-per-credential 1 --queue-time 0
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
hold_push "$t"
taken() { [ "$(code -u "ann:$t" "$address/ann/site.git/info/refs?service=git-receive-pack")" = 503 ]; }
ok "while a push of a token runs, a second process of it has to wait" wait_for 20 taken
busy2=$(token ann second write:repository)
is "$(code -u "ann:$busy2" "$address/ann/site.git/info/refs?service=git-receive-pack")" 200 "another token of the same user has its own"
exec 9>&-
wait "$holder"
finish
