#!/bin/sh
# App passwords, the old way: made and used only where the operator turned them on,
# by a user's name or e-mail address, for what their permissions say.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
repo ann/docs
must gate repo edit ann/docs --visibility public --yes --quiet

# old NAME PERMISSIONS [FLAGS]: makes one of ann's.
old() {
	local name="$1" permissions="$2"
	shift 2
	gate --app-passwords yes token create --user ann --app-password --name "$name" \
		--scopes "$permissions" "$@"
}

# Off unless the operator turns them on.
try gate token create --user ann --app-password --name ide --scopes repository
is "$status" 1 "none is made where they are turned off"
words app-password-off-made "$out"
must old ide repository:write --quiet
ide=$(sed -n 1p "$T/must")
like "$ide" '^gtha_[0-9A-Za-z]{49}$' "where they are on one is made, with a prefix of its own"
reading=$(old reading repository,account --quiet)
away=$(old away repository --addresses 192.0.2.0/24 --quiet)
gone=$(old gone repository --quiet)
must gate token revoke gone --user ann --reason "the old phone"

try old shown "repository:write pullrequest:write issue" --dry-run
words app-password-asked "$out"
try old bitbucket "repository:read"
like "$out" 'there is no scope "repository:read"' "a permission that is none is told"
try old nothing pullrequest:write
like "$out" "opens nothing" "permissions for what is not here open nothing"
try gate --app-passwords yes token create --repo ann/site --app-password --name bot --scopes clone
like "$out" "belongs to a user" "a repository has none"
out=$(old idle "repository pullrequest,issue:write" 2>"$T/idle")
like "$out" "Made the app password \"idle\" of ann\." "one with permissions for what is not here is made"
is "$(cat "$T/idle")" "There is nothing here that these permissions would open: pullrequest, issue:write." \
	"and it is said which"
must gate token revoke idle --user ann

gate_start --app-passwords yes
history "$T/work"
ok "it pushes, by the user's name" git -C "$T/work" push -q "$(url ann "$ide" ann/site.git)" main
ok "and clones, by an e-mail address" git clone -q "$(url ann%40example.org "$ide" ann/site.git)" "$T/clone"
ok "and by the static names" git ls-remote "$(url x-token-auth "$ide" ann/site.git)"
try git -C "$T/work" push "$(url ann "$reading" ann/site.git)" main:other
words app-password-reads "$out"
try git ls-remote "$(url ann "$away" ann/site.git)"
like "$out" "\[address-not-allowed\]" "its limits hold"
try git ls-remote "$(url ann "$gone" ann/site.git)"
words a15-app-password "$out"
# Looked after as any token is.
like "$(gate token list --user ann)" "^ide +turned off +app password" \
	"the list names its kind, and what the settings of the one who asks mean for it"
like "$(gate --app-passwords yes token list --user ann)" "^ide +live +app password +never" "and with theirs turned on"
try gate --app-passwords yes token show ide --user ann
like "$out" "^app password \"ide\" of ann: live" "so does show"
like "$out" "ann/site: read, push" "with what it can do"
like "$(gate token show ide --user ann --json)" '"kind": "app password"' "and JSON"
try gate token rotate ide --user ann --overlap 1h
is "$status" 1 "while they are off none gets a new secret"
like "$out" "are turned off here .*; make another in its place: gatehouse token create --user ann" "and what goes in its place is told"
fresh=$(gate --app-passwords yes token rotate ide --user ann --overlap 1h --quiet)
like "$fresh" '^gtha_' "a new secret is one of its kind"
ok "which works" git ls-remote "$(url ann "$fresh" ann/site.git)"
like "$(gate audit --operation "token create" --json)" '"credential_name": ?"ide"' "the audit knows who made it"

# Turned off while it is used.
gate_stop
gate_start
try git ls-remote "$(url ann "$fresh" ann/site.git)"
is "$status" 128 "turned off, it is refused"
words app-password-off "$out"
ref=$(reference_of "$out")
try git -c http.extraHeader="Authorization: Bearer $fresh" ls-remote "$address/ann/docs.git"
like "$out" "\[app-passwords-off\]" "also where anyone may read, so that it is noticed"
try git -C "$T/work" push "$(url ann "$fresh" ann/site.git)" main:other
like "$out" "\[app-passwords-off\]" "and when it pushes"
try git ls-remote "$(url ann "$gone" ann/site.git)"
like "$out" "\[token-revoked\]" "what is dead is told so"
try curl -si -u "ann:$fresh" "$address/ann/site.git/info/refs?service=git-upload-pack"
is "$(printf '%s\n' "$out" | head -n 1 | tr -d '\r')" "HTTP/1.1 403 Forbidden" "with 403: no helper throws it away"
wait_for 10 gate why "$ref"
try gate why "$ref"
like "$out" "retirement +CLOSED +an app password, and they are turned off" "why tells what the gate saw"
line=$(printf '%s\n' "$out" | grep -o 'gatehouse token create .*')
like "$line" "--user ann --name ide-2 --scopes write:repository" "and the command for a token with the same reach"
gatehouse() { gate "$@"; }
new=$(eval "$line" | grep -oE 'gthu_[0-9A-Za-z]{49}' | head -n 1)
ok "which, typed as it stands, opens it" git ls-remote "$(url ann "$new" ann/site.git)"
try gate may ann/ide fetch ann/site
like "$out" "app-passwords-off" "may says it before anybody tries"
try gate may --who push ann/site
unlike "$out" '"ide"' "and does not count it among those who could"

# And on again, at a reload.
gate_stop
gate_start --app-passwords yes
ok "turned on again it works again" git ls-remote "$(url ann "$fresh" ann/site.git)"

finish
