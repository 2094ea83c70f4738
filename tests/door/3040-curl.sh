#!/bin/sh
# curl alone: every form of a credential, a clone, a fetch and a push spelled out
# in requests, and what is answered to a wrong token and a narrow one.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
for name in site gone gone2 sent none; do repo "ann/$name"; done
t=$(token ann laptop write:repository)
reading=$(token ann reading read:repository)
dead() { # dead NAME: prints a token that was revoked
	token ann "$1" write:repository
	must gate token revoke "$1" --user ann
}
gone=$(dead gone)
sent=$(dead sent)
gate_start_tls
history "$T/work" 5
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
site=$address/ann/site.git

# ask ARGS: curl; $out is the answer with its head, $code its status.
ask() {
	code=$(curl -s -o "$T/body" -D "$T/head" -w '%{http_code}' "$@")
	out=$(tr -d '\r' <"$T/head"; tr -d '\0' <"$T/body")
}
refs="info/refs?service=git-upload-pack"
pushing="info/refs?service=git-receive-pack"

# Every form a credential may have.
form() {
	local title="$1"
	shift
	ask "$@" "$site/$refs"
	is "$code" 200 "$title"
}
form "Basic with name and token" -u "ann:$t"
form "Basic with the e-mail as name" -u "ann@example.org:$t"
form "Basic with a static name" -u "x-token-auth:$t"
form "Basic with the token as name" -u "$t:"
form "Basic with the token as name and x-oauth-basic" -u "$t:x-oauth-basic"
form "Basic with the token as name and null, as JGit sends it" -u "$t:null"
ask "$(url ann "$t" "ann/site.git/$refs")"
is "$code" 200 "Basic in the address"
printf 'machine 127.0.0.1 login ann password %s\n' "$t" >"$T/netrc"
form "Basic from a netrc file" --netrc-file "$T/netrc"
form "Basic, asked for first" --anyauth -u "ann:$t"
form "Bearer" --oauth2-bearer "$t"
form "Bearer in a header of one's own" -H "Authorization: Bearer $t"
form "bearer in small letters" -H "authorization: bearer $t"

ask "$site/$refs"
is "$code" 401 "nothing sent: 401"
like "$out" '^WWW-Authenticate: Basic realm="Gatehouse", charset="UTF-8"$' "with a challenge"
unlike "$out" "^WWW-Authenticate: Bearer" "and Bearer is not spoken of"
ask -u ann:null "$site/$refs"
like "$out" "\[no-credential\]" "a name and null is no credential"

# Wrong: asked for, unasked, and as Bearer.
ask --anyauth -u "ann:$gone" "$address/ann/gone.git/$refs"
is "$code" 401 "a revoked token that was asked for: 401"
like "$out" "\[token-revoked\]" "with the reason"
ask -u "ann:$sent" "$address/ann/sent.git/$refs"
is "$code" 403 "one that comes unasked: 403"
like "$out" "\[token-revoked\]" "with the reason"
ask "$address/ann/gone2.git/$refs"
ask --oauth2-bearer "${t}x" "$address/ann/gone2.git/$refs"
is "$code" 401 "a damaged one as Bearer, after a challenge: 401"
like "$out" "\[token-damaged\]" "with the reason"
like "$out" '^WWW-Authenticate: Bearer realm="Gatehouse", error="invalid_token"' \
	"and the challenge names it (RFC 6750)"
ask -H "Authorization: Bearer $t" -H "Authorization: Basic $t" "$site/$refs"
is "$code" 400 "two Authorization headers: 400"

# Too narrow.
ask -u "ann:$reading" "$site/$pushing"
is "$code" 403 "a reading token asks to push: 403"
like "$out" "\[scope-missing\]" "with the reason"
unlike "$out" "^WWW-Authenticate" "and no challenge, since a helper would forget a good token"
ask --oauth2-bearer "$reading" "$site/$pushing"
like "$out" 'error="insufficient_scope", scope="[a-z: ]*write:repository' "to Bearer its scope is named"
ask -u "ann:$reading" "$address/ann/not-there.git/$refs"
is "$code" 404 "what is not there: 404"

# A clone: `want`, `done`, and the pack behind NAK.
line() { printf '%04x%s\n' $((${#1} + 5)) "$1"; }
want() { # want ID [HAVE]
	line "want $1"
	printf 0000
	[ -z "${2:-}" ] || line "have $2"
	line "done"
}
post() { # post SERVICE FILE ARGS
	local service="$1" file="$2"
	shift 2
	ask -H "Content-Type: application/x-git-$service-request" --data-binary "@$file" "$@" \
		"$site/git-$service"
}
tip=$(head_of "$T/work")
want "$tip" >"$T/request"
post upload-pack "$T/request" -u "ann:$t"
is "$code" 200 "curl fetches a pack"
must git init -q --bare "$T/clone.git"
unpack_clone() { tail -c +9 "$T/body" | git --git-dir "$T/clone.git" index-pack --stdin --fix-thin; }
ok "which is whole" unpack_clone
ok "and has the history" git --git-dir "$T/clone.git" rev-list --objects "$tip"

# A fetch of one commit, with a packed request.
commit "$T/work" "one more"
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
before=$tip
tip=$(head_of "$T/work")
want "$tip" "$before" | gzip -c >"$T/request"
post upload-pack "$T/request" --oauth2-bearer "$t" -H "Content-Encoding: gzip"
unpack_fetch() {
	sed -n '1{/^0031ACK /!q1;}' "$T/body" # then the pack
	tail -c +50 "$T/body" | git --git-dir "$T/clone.git" index-pack --stdin --fix-thin
}
ok "curl fetches what is new" unpack_fetch
ok "and has it" git --git-dir "$T/clone.git" rev-list --objects "$tip"

# A push of one branch.
commit "$T/work" "pushed by curl"
new=$(head_of "$T/work")
push_request() { # push_request OLD NEW REF
	printf '%04x%s %s %s\0%s\n' $((${#1} + ${#2} + ${#3} + 2 + 1 + 13 + 5)) "$1" "$2" "$3" report-status
	printf 0000
	printf '%s\n^%s\n' "$2" "$tip" | git -C "$T/work" pack-objects --revs --stdout -q
}
push_request "$(printf '%040d' 0)" "$new" refs/heads/curl >"$T/request"
post receive-pack "$T/request" -u "ann:$reading"
is "$code" 200 "a push with a reading token is answered inside the protocol"
like "$out" "ng refs/heads/curl .*\[scope-missing\]" "its ref comes back with the reason"
is "$(served ann/site curl)" "" "and nothing was stored"
post receive-pack "$T/request" -u "ann:$t"
like "$out" "ok refs/heads/curl" "curl pushes"
is "$(served ann/site curl)" "$new" "and the server has it"

finish
