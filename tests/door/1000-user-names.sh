#!/bin/sh
# Every user-name form that DESIGN.md lists, with the real git (A8, A8a, A9, A10, A16).
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
repo ann/site
t=$(token ann laptop write:repository)
other=$(token ann desk read:repository)
gate_start
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
want=$(head_of "$T/work")

# reads TITLE URL [GIT-OPTIONS]: git lists the branch.
reads() {
	local title="$1" where="$2"
	shift 2
	try git "$@" ls-remote "$where" refs/heads/main
	is "$(printf '%s\n' "$out" | cut -f 1)" "$want" "$title"
}

reads "the user's name" "$(url ann "$t" ann/site.git)"
reads "the user's name in other case" "$(url ANN "$t" ann/site.git)"
reads "the e-mail, with its @ encoded" "$(url ann%40example.org "$t" ann/site.git)"
for name in x-bitbucket-api-token-auth x-token-auth oauth2 x-access-token; do
	reads "the static name $name" "$(url $name "$t" ann/site.git)"
done
reads "any other name" "$(url somebody "$t" ann/site.git)"
reads "the token as name, no password" "$(url "$t" "" ann/site.git)"
reads "the token as name, x-oauth-basic as password" "$(url "$t" x-oauth-basic ann/site.git)"
reads "a token as name and another as password: the password decides" "$(url "$other" "$t" ann/site.git)"
reads "a Bearer header sent unasked" "$(url "" "" ann/site.git)" -c "http.extraHeader=Authorization: Bearer $t"
basic=$(printf 'ann:%s' "$t" | base64 -w 0)
reads "a Basic header sent unasked" "$(url "" "" ann/site.git)" -c "http.extraHeader=Authorization: Basic $basic"
reads "no .git behind the name" "$(url ann "$t" ann/site)"
reads "a slash behind the name" "$(url ann "$t" ann/site/)"
reads "another case of the repository's name" "$(url ann "$t" ANN/Site.git)"

printf 'machine 127.0.0.1 login ann password %s\n' "$t" >"$HOME/.netrc"
chmod 600 "$HOME/.netrc"
reads "a line in .netrc" "$(url "" "" ann/site.git)"
rm "$HOME/.netrc"

# A name alone in the URL: git sends it with an empty password first, is told to
# ask, asks, and then the token works (A8a).
printf '#!/bin/sh\necho %s\n' "$t" >"$T/askpass"
chmod +x "$T/askpass"
for name in ann x-token-auth; do
	GIT_ASKPASS=$T/askpass
	export GIT_ASKPASS
	reads "$name@ in the URL, the token typed at the prompt" "$(url $name "" ann/site.git)"
	unset GIT_ASKPASS
done

# White space around a token is no fault (A4).
for around in '%s\n' '%s\r\n' ' %s '; do
	# shellcheck disable=SC2059 # the format is the case
	try curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Basic $(printf "ann:$around" "$t" | base64 -w 0)" \
		"$address/ann/site.git/info/refs?service=git-upload-pack"
	is "$out" 200 "white space around the token: $(printf '%s' "$around" | tr -d '%s')"
done

# Whose session is it? Told when the name misleads, and only then (A8).
try git clone "$(url bob "$t" ann/site.git)" "$T/as-bob"
is "$status" 0 "ann's token under bob's name clones"
words a8-acting "$(printf '%s\n' "$out" | grep '^remote:')"
for name in ann x-token-auth ann%40example.org; do
	try git clone "$(url $name "$t" ann/site.git)" "$T/as-$name"
	unlike "$out" "^remote: .*ann" "no note about who acts under the name $name"
done
commit "$T/work" "for the note"
try git -C "$T/work" push "$(url bob "$t" ann/site.git)" main
like "$out" "^remote: .*ann" "a push under a misleading name is told whom it acts as"

finish
