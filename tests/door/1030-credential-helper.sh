#!/bin/sh
# What a credential helper is told: a good credential is kept, a dead one dropped.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user eve
repo ann/site
t=$(token ann laptop write:repository)
reading=$(token ann reading read:repository)
gone=$(token ann gone write:repository)
eves=$(token eve laptop write:repository)
must gate token revoke gone --user ann
gate_start
history "$T/work"

cat >"$T/helper" <<'EOF'
#!/bin/sh
# Records what git asks; answers with what lies in $T/secret.
echo "$1" >>"${0%/*}/asked"
cat >/dev/null
[ "$1" = get ] && cat "${0%/*}/secret"
exit 0
EOF
chmod +x "$T/helper"
git config --global credential.helper "$T/helper"

# asked TITLE WANTED USER SECRET COMMAND...
asked() {
	local title="$1" wanted="$2"
	printf 'username=%s\npassword=%s\n' "$3" "$4" >"$T/secret"
	shift 4
	: >"$T/asked"
	try "$@"
	is "$(sort -u "$T/asked" | tr '\n' ' ')" "$wanted " "$title"
}
where=$(url "" "" ann/site.git)
asked "a good token is stored" "get store" ann "$t" git -C "$T/work" push "$where" main
is "$status" 0 "and its push is accepted"
asked "a revoked one is erased" "erase get" ann "$gone" git ls-remote "$where"
like "$out" "\[token-revoked\]" "and the person is told why"
asked "one that may only read is not erased when it pushes" "get" ann "$reading" git -C "$T/work" push "$where" main:other
like "$out" "\[scope-missing\]" "and the person is told why"
asked "one that can't see the repository is not erased" "get" eve "$eves" git ls-remote "$where"
like "$out" "\[repository-not-found\]" "and the person is told so"
asked "a damaged one is erased" "erase get" ann "${t}x" git ls-remote "$where"
like "$out" "\[token-damaged\]" "and the person is told why"

finish
