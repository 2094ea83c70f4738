#!/bin/sh
# D2: what comes over plain HTTP where TLS is required is refused before anybody
# is asked for a secret; a secret that was sent so is marked for its owner.
# 127.0.0.1 stands for another machine where a trusted proxy says what its client used.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
repo ann/open --public
t=$(token ann laptop write:repository)
other=$(token ann desk write:repository)
unknown=$(stranger_token eve there)
refs="info/refs?service=git-upload-pack"
plain="X-Forwarded-Proto: http"

gate_start --trusted-proxies 127.0.0.0/8 --require-tls yes
try git -c "http.extraHeader=$plain" ls-remote "$(url "" "" ann/site.git)"
is "$status" 128 "without TLS git is refused"
words d2-nothing-sent "$out"
is "$(gate token show laptop --user ann --json | grep -c '"exposed": null')" 1 "nothing is marked yet"
try git -c "http.extraHeader=$plain" -c "http.extraHeader=Authorization: Bearer $t" ls-remote "$(url "" "" ann/site.git)"
is "$status" 128 "with a secret too"
words d2-secret-sent "$out"
said=$(printf '%s\n' "$out" | grep -v Reference)
try git -c "http.extraHeader=$plain" -c "http.extraHeader=Authorization: Bearer $unknown" ls-remote "$(url "" "" ann/site.git)"
is "$(printf '%s\n' "$out" | grep -v Reference)" "$said" "an unknown secret hears the very same"
is "$(curl -s -o /dev/null -w '%{http_code}' -H "$plain" "$address/ann/open.git/$refs")" 403 "a public repository is not read without TLS either"
marked() { gate token show laptop --user ann | grep -q '^  exposed '; }
ok "the genuine one is marked for its owner" wait_for 10 marked
like "$(gate token list --user ann)" "^laptop +live, exposed" "in the list of tokens too"
like "$(gate token list --user ann)" "^desk +live  " "and no other one"
like "$(gate audit --reason tls-required)" "ann .*ann/site" "the audit has it"
like "$(gate why "$(gate audit --reason tls-required --actor ann --quiet | head -n 1)")" "transport +CLOSED +plain HTTP" "and why knows the gate"

# What counts as TLS.
is "$(curl -s -o /dev/null -w '%{http_code}' -H 'X-Forwarded-Proto: https' -u "ann:$other" "$address/ann/site.git/$refs")" 200 "a trusted proxy says that its client used TLS"
is "$(curl -s -o /dev/null -w '%{http_code}' -u "ann:$other" "$address/ann/site.git/$refs")" 200 "what never left this machine needs none"
gate_stop
gate_start --trusted-proxies 127.0.0.0/8
is "$(curl -s -o /dev/null -w '%{http_code}' -H "$plain" -u "ann:$other" "$address/ann/site.git/$refs")" 200 "a server without https requires none by itself"
gate_stop
gate_start_tls --trusted-proxies 127.0.0.0/8
is "$(curl -s -o /dev/null -w '%{http_code}' -H "$plain" -u "ann:$other" "$address/ann/site.git/$refs")" 200 "over TLS of our own a header says nothing"
gate_stop
http=127.0.0.1:${address##*:} # free again
gate_begin --http "$http" --https 127.0.0.1:0 --tls-certificate "$T/certificate.pem" \
	--tls-key "$T/key.pem" --trusted-proxies 127.0.0.0/8
is "$(curl -s -o /dev/null -w '%{http_code}' -H "$plain" -u "ann:$other" "http://$http/ann/site.git/$refs")" 403 "a server with https requires it by itself"
finish
