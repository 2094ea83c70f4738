#!/bin/sh
# HTTP as curl sees it: the probe, packed and chunked bodies, 100-continue,
# HEAD, keep-alive, headers of answers, and what is no request of git's.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
repo ann/open --public
t=$(token ann laptop write:repository)
gate_start
history "$T/work" 3
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
must git -C "$T/work" push -q "$(url ann "$t" ann/open.git)" main
site=$address/ann/site.git
fetch_type="Content-Type: application/x-git-upload-pack-request"
push_type="Content-Type: application/x-git-receive-pack-request"
printf '0014command=ls-refs\n0000' >"$T/ls-refs"

code() { curl -s -o "$T/body" -w '%{http_code}' "$@"; }

is "$(printf 0000 | code -H "$push_type" --data-binary @- "$site/git-receive-pack")" 200 "the 0000 probe is answered without a credential"
is "$(wc -c <"$T/body" | tr -d ' ')" 0 "and its answer is empty"

is "$(code -u "ann:$t" -H "$fetch_type" -H 'Git-Protocol: version=2' --data-binary @"$T/ls-refs" "$site/git-upload-pack")" 200 "a plain body"
like "$(tr -d '\0' <"$T/body")" "refs/heads/main" "is answered"
gzip -c "$T/ls-refs" >"$T/ls-refs.gz"
is "$(code -u "ann:$t" -H "$fetch_type" -H 'Git-Protocol: version=2' -H 'Content-Encoding: gzip' --data-binary @"$T/ls-refs.gz" "$site/git-upload-pack")" 200 "a packed body"
like "$(tr -d '\0' <"$T/body")" "refs/heads/main" "is answered alike"
is "$(code -u "ann:$t" -H "$fetch_type" -H 'Git-Protocol: version=2' -H 'Transfer-Encoding: chunked' --data-binary @"$T/ls-refs" "$site/git-upload-pack")" 200 "a chunked body"
like "$(tr -d '\0' <"$T/body")" "refs/heads/main" "is answered alike too"
printf 'not gzip at all' >"$T/bad.gz"
like "$(code -u "ann:$t" -H "$fetch_type" -H 'Git-Protocol: version=2' -H 'Content-Encoding: gzip' --data-binary @"$T/bad.gz" "$site/git-upload-pack")" "^4" "a body that claims to be packed and is not is refused"

try curl -s -v -o "$T/body" -u "ann:$t" -H "$fetch_type" -H 'Git-Protocol: version=2' -H 'Expect: 100-continue' --data-binary @"$T/ls-refs" "$site/git-upload-pack"
like "$out" "HTTP/1.1 100" "Expect: 100-continue is answered with 100"
like "$out" "HTTP/1.1 200" "and then with the answer"

try curl -s -I "$address/"
like "$out" "^HTTP/1.1 [2-4]" "HEAD of the root is answered"
try curl -s -I -u "ann:$t" "$site/info/refs?service=git-upload-pack"
like "$out" "^HTTP/1.1 200" "HEAD of info/refs is answered as GET is"

try curl -s -v -u "ann:$t" "$site/info/refs?service=git-upload-pack" "$site/info/refs?service=git-upload-pack" -o /dev/null -o /dev/null
like "$out" "Re-using existing connection" "a connection serves more than one request"
try curl -s -v -o /dev/null -o /dev/null "$site/info/refs?service=git-upload-pack" "$site/info/refs?service=git-upload-pack"
like "$out" "Re-using existing connection" "also after a 401"

try curl -s -i -u "ann:$t" "$site/info/refs?service=git-upload-pack" --output "$T/refs"
like "$(tr -d '\0\r' <"$T/refs")" "^Content-Type: application/x-git-upload-pack-advertisement$" "the advertisement has its media type"
like "$(tr -d '\0\r' <"$T/refs")" "^Cache-Control: .*no-(cache|store)" "and is not to be kept"

try curl -s -i "$site/info/refs?service=git-upload-pack"
out=$(printf '%s' "$out" | tr -d '\r')
like "$out" '^WWW-Authenticate: Basic realm="[^"]+", charset="UTF-8"$' "a 401 challenges with Basic"
is "$(printf '%s\n' "$out" | grep -ci '^www-authenticate')" 1 "and with nothing else"
like "$out" "^Content-Type: text/plain; charset=utf-8$" "its body is what git prints"
try curl -s -i -H "Authorization: Bearer gthu_$(printf '%049d' 0)" "$site/info/refs?service=git-upload-pack"
like "$out" 'Bearer .*error="invalid_token"' "who sent a bad Bearer is told so in its terms too"

# Public: no credential needed to read, one needed to write.
is "$(code "$address/ann/open.git/info/refs?service=git-upload-pack")" 200 "a public repository is read without a credential"
is "$(code "$address/ann/open.git/info/refs?service=git-receive-pack")" 401 "but not written"

# What is no request of git's.
like "$(code -u "ann:$t" "$site/info/refs")" "^4" "the dumb protocol is refused"
like "$(code -u "ann:$t" "$site/info/refs?service=git-upload-archive")" "^4" "an unknown service is refused"
like "$(code -u "ann:$t" "$site/HEAD")" "^4" "a file of the repository is not served"
like "$(code --path-as-is -u "ann:$t" "$address/ann/../../etc/passwd")" "^4" "a path that climbs is refused"
like "$(code -u "ann:$t" "$address/ann/%2e%2e%2fsite.git/info/refs?service=git-upload-pack")" "^4" "also when it is encoded"
like "$(code -X DELETE -u "ann:$t" "$site/info/refs?service=git-upload-pack")" "^4" "another method is refused"
is "$(code -H "Authorization: Bearer $t" -H "Authorization: Bearer $t" "$site/info/refs?service=git-upload-pack")" 400 "two Authorization headers are refused (A11)"
like "$(cat "$T/body")" "\[two-authorization-headers\]" "and the words say so"

# A fetch request that was refused is told inside git's own protocol.
try curl -s -u "ann:${t}x" -H "$fetch_type" -H 'Git-Protocol: version=2' --data-binary @"$T/ls-refs" -w '%{http_code}' "$site/git-upload-pack"
like "$out" "ERR .*\[token-damaged\]" "a POST with a dead credential is answered in git's protocol"
like "$out" "200$" "with status 200"

# LFS is not here yet, and says so in the way its client prints.
try curl -s -i -u "ann:$t" -H 'Accept: application/vnd.git-lfs+json' -H 'Content-Type: application/vnd.git-lfs+json' \
	-d '{"operation":"download","objects":[]}' "$site/info/lfs/objects/batch"
out=$(printf '%s' "$out" | tr -d '\r')
like "$out" "^Content-Type: application/(vnd.git-lfs\+)?json" "the answer to LFS is JSON"
printf '%s\n' "$out" | sed '1,/^$/d' >"$T/lfs"
ok "whose message says that LFS is not served" python3 -c '
import json, sys
assert "LFS" in json.load(open(sys.argv[1]))["message"]' "$T/lfs"
words lfs-not-here "$(sed 's/,"/,\n"/g' "$T/lfs")"

finish
