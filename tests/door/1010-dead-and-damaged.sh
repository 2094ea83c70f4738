#!/bin/sh
# What was presented and what became of it: REFUSALS.md A1 to A5, A9, A10, B1, B2, B6.
# Each refusal's words are golden; each has a path and a dead token of its own,
# since the server remembers for some seconds whom it has challenged where, and
# which dead token has come before.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
for name in a1 a2 a3 a3b a3c a4 a4b a4c a5 a9 a9b a10 a10b a10c b1 b2 b2b b6 good; do repo "ann/$name"; done
t=$(token ann laptop write:repository)
expired=$(token ann short write:repository --expires 1s)
dead() { # dead NAME [FLAGS]: prints a token that was revoked
	local dead_name="$1" dead_token
	shift
	dead_token=$(token ann "$dead_name" write:repository)
	must gate token revoke "$dead_name" --user ann "$@"
	printf '%s' "$dead_token"
}
revoked=$(dead gone --reason "the laptop was sold")
leaked=$(dead lost --leaked)
as_name=$(dead as-name)
bearer=$(dead bearer)
basic=$(dead basic)
netrc=$(dead netrc)
# A token of another Gatehouse: right form, not known here.
unknown=$(stranger_token eve there)
unknown2=$(stranger_token eve there-too)

gate_start
damaged=$(printf '%s' "$t" | sed 's/.$//')
last=$(printf '%s' "$t" | tail -c 1)
swapped=$damaged$(printf '%s' "$last" | tr 'a-zA-Z0-9' 'b-zaB-ZA1-90')
# (the last digit moved on by one: the checksum no longer fits)

curl_body() { curl -s -i "$@" | tr -d '\r'; }

# A1: nobody asked in. git never shows this; curl does.
try curl_body "$address/ann/a1.git/info/refs?service=git-upload-pack"
words a1-no-credential-curl "$out"
try git ls-remote "$(url "" "" ann/a1.git)"
is "$status" 128 "A1: git without a credential fails"
words a1-no-credential-git "$out"
try curl_body "$address/ann/a1-not-there.git/info/refs?service=git-upload-pack"
like "$out" "^HTTP/1.1 401" "A1: what is not there asks for a credential too"

# refused NAME STATUS REPOSITORY LOGIN SECRET
refused() {
	try git ls-remote "$(url "$4" "$5" "ann/$3.git")"
	case $2 in
	401) like "$out" "^fatal: Authentication failed" "$1: answered with 401" ;;
	*) like "$out" "^fatal: .* error: $2" "$1: answered with $2" ;;
	esac
	words "$1" "$out"
}
refused a2-unknown 401 a2 ann "$unknown"
refused a3-cut-short 401 a3 ann "$damaged"
refused a3-checksum 401 a3b ann "$swapped"
refused a3-too-long 401 a3c ann "${t}xy"
refused a4-quoted 401 a4 ann "%22$t%22"
refused a4-header-line 401 a4b ann "Authorization:%20Bearer%20$t"
refused a5-encoded-twice 401 a5 ann "$(printf '%s' "$t" | sed 's/_/%255F/')"

# A9: as user name, dead: said at once, no prompt.
refused a9-dead-as-name 403 a9 "$as_name" ""
refused a9-other-password 401 a9b "$t" "$unknown2"
unlike "$(cat "$log")" "$t" "A9: a token sent as user name does not reach the log"

# A10: sent unasked, dead: 403, so that the reason is seen.
try git -c "http.extraHeader=Authorization: Bearer $bearer" ls-remote "$(url "" "" ann/a10.git)"
words a10-bearer-dead "$out"
try git -c "http.extraHeader=Authorization: Basic $(printf 'ann:%s' "$basic" | base64 -w 0)" \
	ls-remote "$(url "" "" ann/a10b.git)"
words a10-basic-dead "$out"
printf 'machine 127.0.0.1 login ann password %s\n' "$netrc" >"$HOME/.netrc"
try git ls-remote "$(url "" "" ann/a10c.git)"
is "$status" 128 "A10: a dead token in .netrc is refused (git loses the words)"
try git ls-remote "$(url "" "" ann/a10c.git)"
rm "$HOME/.netrc"
words a10-netrc-dead "$out"

# B1, B2
sleep 1.5
refused b1-expired 401 b1 ann "$expired"
refused b2-revoked 401 b2 ann "$revoked"
refused b2-leaked 401 b2b ann "$leaked"
unlike "$out" "sold|owner" "B2: revoked as leaked tells nothing more"

# B6, on the next question.
try git ls-remote "$(url ann "$t" ann/b6.git)"
is "$status" 0 "B6: the token works before its owner is suspended"
must gate user suspend ann --reason "left the house"
refused b6-suspended 403 b6 ann "$t"
must gate user resume ann
try git ls-remote "$(url ann "$t" ann/good.git)"
is "$status" 0 "B6: and again when the owner is resumed"

# What a client sends never comes back raw.
try curl_body -u "ann:$(printf 'gthu_\033[2J<script>')" "$address/ann/good.git/info/refs?service=git-upload-pack"
unlike "$out" "$(printf '\033')|<script>" "no control character and no markup comes back"

finish
