#!/bin/sh
# Whom a request comes from: the connection says so, unless the operator trusts
# the proxy at its other end. What a client writes into the header itself never counts.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
t=$(token ann office read:repository --addresses 192.0.2.0/24)
refs="ann/site.git/info/refs?service=git-upload-pack"

# ask [HEADER]: the status, with the body in $T/body
ask() {
	curl -s -o "$T/body" -w '%{http_code}' -u "ann:$t" ${1:+-H "$1"} "$address/$refs"
}

gate_start
is "$(ask 'X-Forwarded-For: 192.0.2.7')" 403 "nobody's word is believed by default"
like "$(cat "$T/body")" "127\.0\.0\.1" "the address of the connection is the one seen"
gate_stop

gate_start --trusted-proxies 127.0.0.0/8
is "$(ask 'X-Forwarded-For: 192.0.2.7')" 200 "a trusted proxy tells who comes"
is "$(ask)" 403 "without the header the proxy itself is the client"
is "$(ask 'X-Forwarded-For: 192.0.2.7, 203.0.113.9')" 403 "what stands before an untrusted hop is not believed"
like "$(cat "$T/body")" "203\.0\.113\.9" "the last hop that is not trusted is the client"
like "$(cat "$T/body")" "X-Forwarded-For" "and the header it was read from is named"
is "$(ask 'X-Forwarded-For: 203.0.113.9, 192.0.2.7')" 200 "the nearest hop counts"
is "$(ask 'X-Forwarded-For: 192.0.2.7, 127.0.0.5')" 200 "a chain of trusted proxies is followed"
is "$(ask 'X-Forwarded-For: rubbish')" 403 "what is no address is not taken for one"
unlike "$(cat "$T/body")" "rubbish" "and is not echoed"

# Behind a proxy, words name the address that people use.
proxied() { curl -s -H 'X-Forwarded-Proto: https' -H "Host: $1" "$address/"; }
like "$(proxied git.example.org)" "git clone https://git\.example\.org/" "a trusted proxy tells what its client used"
unlike "$(proxied 'git.example.org/<b>')" "<b>" "a host that is none is not shown"
gate_stop
gate_start
like "$(proxied git.example.org)" "git clone http://127\.0\.0\.1" "others are not believed about it"
gate_stop
free=127.0.0.1:${address##*:} # the address told is no longer the one listened on
gate_begin --http "$free" --trusted-proxies 127.0.0.0/8 --base-url https://git.example.com
address=http://$free
like "$(proxied git.example.org)" "git clone https://git\.example\.com/" "an address that was set stands"

finish
