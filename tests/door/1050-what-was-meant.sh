#!/bin/sh
# What was sent in place of a token, in which header, and by whose account:
# REFUSALS.md A6, A7, A11, A12, B5, C7, C8, C16. Each with the client that meets it.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
must gate workspace create acme --owner ann
for name in a6 a6b a6c a7 link a11 a12 b5 c16; do repo "ann/$name"; done
repo acme/site
repo acme/docs
repo bob/notes
must gate grant add bob acme/site read
t=$(token ann laptop write:repository)
bobs=$(token bob desk write:repository)
later=$(token ann later write:repository --not-before 7d)
office=$(token ann office read:repository --addresses 192.0.2.0/24)
of_site=$(token ann of-site write:repository --repos acme/site)
of_docs=$(token ann of-docs write:repository --repos acme/docs)
gate_start --trusted-proxies 127.0.0.9
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$t" acme/site.git)" main
must git -C "$T/work" push -q "$(url ann "$t" acme/docs.git)" main
must git -C "$T/work" push -q "$(url bob "$bobs" bob/notes.git)" main

# refused NAME LOGIN SECRET REPOSITORY [GIT-OPTIONS]
refused() {
	local name="$1" where
	where=$(url "$2" "$3" "$4.git")
	shift 4
	try git "$@" ls-remote "$where"
	is "$status" 128 "$name: git is refused"
	words "$name" "$out"
}
body() { curl -s -i "$@" | tr -d '\r'; }

# A6: made up, but of the form of real ones.
refused a6-github ann "ghp_0123456789abcdefghijABCDEFGHIJ012345" ann/a6
refused a6-bitbucket x-token-auth "ATCTT3xFfGF0abcdefghij_-%3D0123" ann/a6b
refused a6-forgejo ann "0123456789abcdef0123456789abcdef01234567" ann/a6c
for sent in "github_pat_11ABCDEFG0123456789_abcdefghij GitHub" "glpat-0123456789abcdefghij GitLab" \
	"glcbt-64_0123456789abcdefghij GitLab" "GR13489410123456789abcdefghij GitLab" \
	"ATATT3xFfGF0abcdefghij0123 Bitbucket" "ATBB0123456789abcdefghij Bitbucket" \
	"hf_0123456789abcdefghijABCDEFGHIJ0123 Hugging" "npm_0123456789abcdefghijABCDEFGHIJ012345 npm" \
	"abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst Azure"; do
	try body -u "ann:${sent% *}" "$address/ann/a6.git/info/refs?service=git-upload-pack"
	like "$out" "^This server is not ${sent#* }" "A6: ${sent%"${sent#?????}"}... is told as one of ${sent#* }"
done

# A7: the words are those of any word that is no token, right or wrong.
refused a7-password ann "correct-horse" ann/a7
first=$(printf '%s\n' "$out" | grep -v Reference)
try git ls-remote "$(url ann "another-word" ann/a7.git)"
is "$(printf '%s\n' "$out" | grep -v Reference)" "$first" "A7: another word is answered in the same words"

# A one-time link in place of a token: its secret as the password or as the name,
# the whole address. Nothing is said about whose it is, used up or not.
link=$(gate user invite bob --quiet)
refused a7-link ann "${link##*/}" ann/link
refused a7-link-as-name "${link##*/}" "" ann/link
try body -u "ann:$link" "$address/ann/link.git/info/refs?service=git-upload-pack"
like "$out" "is a one-time link for the web pages, not a token" "A7: a link's whole address is told from a token"
try body -H "Authorization: Bearer ${link##*/}" "$address/ann/link.git/info/refs?service=git-upload-pack"
like "$out" "is a one-time link" "A7: also as Bearer"
unlike "$out" "insufficient_scope|bob" "A7: of which no scope is missing"
is "$(curl -s -o /dev/null -w '%{http_code}' "$link")" 200 "A7: and the link is as good as before"

# A11: as Git's own configuration brings it about, and mended as it says.
git config --global "http.extraHeader" "Authorization: Bearer $t"
git config --global --add "http.extraHeader" "Authorization: Basic $(printf 'ann:%s' "$t" | base64 -w 0)"
refused a11-two-headers "" "" ann/a11
command=$(printf '%s\n' "$out" | sed -n 's/^remote:   \(git config --show-origin.*\)/\1/p')
try sh -c "$command"
is "$(printf '%s\n' "$out" | grep -c 'http.extraheader$')" 2 "A11: the command shows both and where they stand"
unlike "$out" "gth|Basic" "A11: without showing what they hold"
must git config --global --unset-all http.extraHeader
try git ls-remote "$(url ann "$t" ann/a11.git)"
is "$status" 0 "A11: with none left the helper or the address is used again"

# A12: each by curl, one by git.
pair=$(printf 'ann:%s' "$t" | base64 -w 0)
refused a12-wrapped "" "" ann/a12 -c "http.extraHeader=Authorization: Basic $(printf 'ann:%s' "$t" | base64 -w 76 | tr '\n' ' ')"
try body -H "Authorization: Basic ann:$t" "$address/ann/a12.git/info/refs?service=git-upload-pack"
words a12-plain "$out"
for sent in "Basic $t|form for Bearer" "Bearer $pair|form for Basic" "$t|without the word Bearer" \
	"Basic $(printf '%s' nocolon | base64)|no colon" "Digest x|neither Basic nor Bearer"; do
	try body -H "Authorization: ${sent%|*}" "$address/ann/a12.git/info/refs?service=git-upload-pack"
	like "$out" "^What is wrong with it: .*${sent#*|}" "A12: ${sent#*|}"
	unlike "$out" "$t|$pair" "A12: and it is not sent back"
done

# With a line break inside the header libmicrohttpd takes the rest of the base64
# for a header of its own and answers before any of our words can: docs/http.md.
try git -c "http.extraHeader=Authorization: Basic $(printf 'ann:%s' "$t" | base64 -w 76)" ls-remote "$address/ann/a12.git"
is "$status" 128 "A12: a line break inside the header is refused"
like "$out" "The requested URL returned error: 400" "A12: with 400, which is all that git shows"
unlike "$out" "$t|$pair" "A12: and it is not sent back"
try git ls-remote "$(url ann "$t" acme/site.git)"
is "$status" 0 "A12: the server goes on"

# B5
refused b5-not-yet ann "$later" ann/b5

# C7: a token of one repository used on another, and both of the ways that keep them apart.
printf '%s\n' "${address%%://*}://ann:$of_site@$host" >"$HOME/.git-credentials"
git config --global credential.helper store
refused c7-other-repository "" "" acme/docs
is "$(grep -c "$of_site" "$HOME/.git-credentials")" 1 "C7: the helper keeps the token, which is good"
must git config --global credential.useHttpPath true
printf '%s\n' "${address%%://*}://ann:$of_site@$host/acme/site.git" "${address%%://*}://ann:$of_docs@$host/acme/docs.git" >"$HOME/.git-credentials"
for name in site docs; do
	try git ls-remote "$address/acme/$name.git"
	is "$status" 0 "C7: with useHttpPath each has its own: $name"
done
git config --global --unset credential.useHttpPath
printf '%s\n' "${address%%://*}://site:$of_site@$host" "${address%%://*}://docs:$of_docs@$host" >"$HOME/.git-credentials"
for name in site docs; do
	try git ls-remote "$(url $name "" "acme/$name.git")"
	is "$status" 0 "C7: and with a name in the address too: $name"
done

# C8: the helper has ann's, and bob's repository is wanted.
printf '%s\n' "${address%%://*}://ann:$t@$host" >"$HOME/.git-credentials"
refused c8-other-account "" "" bob/notes
printf '%s\n' "${address%%://*}://bob:$bobs@$host" >>"$HOME/.git-credentials"
try git ls-remote "$(url bob "" bob/notes.git)"
is "$status" 0 "C8: with the name in the address the other account is used"
refused c8-name-and-token bob "$t" bob/notes
try git -C "$T/work" push "$(url ann "$bobs" acme/site.git)" main:c8
words c8-push "$out"
rm "$HOME/.git-credentials"
git config --global --unset credential.helper

# C16
refused c16-address ann "$office" ann/c16
gate_stop
gate_start --trusted-proxies 127.0.0.0/8
try git -c "http.extraHeader=X-Forwarded-For: 203.0.113.9" ls-remote "$(url ann "$office" ann/c16.git)"
words c16-behind-a-proxy "$out"
unlike "$out" "192\.0\.2" "C16: the list is not told"
is "$(gate why "$(reference_of "$out")" | sed -nE 's/^  address +CLOSED +(.*[^ ])  +<-.*/\1/p')" "outside the limit" "C16: why knows the gate"
finish
