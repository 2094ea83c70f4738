#!/bin/sh
# A kind of credential goes out of use: notice in clone and push (A13), brownouts and
# the end (A14), told with what goes in its place; who still uses it; and back again.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

for name in ann bob; do user "$name"; done
for path in ann/site ann/docs; do repo "$path"; done
must gate repo edit ann/docs --visibility public --yes --quiet
old() { gate --app-passwords yes token create --app-password --quiet "$@"; }
ide=$(old --user ann --name ide --scopes repository:write --repos ann/site --addresses 127.0.0.0/8)
robot=$(old --user bob --name robot --scopes repository)
bobs=$(token bob laptop clone)
gate_start --app-passwords yes
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$ide" ann/site.git)" main
must git -C "$T/work" push -q "$(url ann "$(token ann desk write:repository)" ann/docs.git)" main
used() { gate token show ide --user ann --json | grep -q '"last_used_from": "127'; }
wait_for 10 used
where=$(url ann "$ide" ann/site.git)
retire() { gate retire "$@"; }
# so MINUTES: the time of the day so many minutes from now.
so() { date -u -d "now $1 minutes" +%H:%M; }

# -- said before it is done --
try retire create apps --kind app-password --notice 2026-01-01 \
	--brownouts 2026-01-01=15m,2099-06-16=1h --at 06:00,18:00 --end 2099-07-28 --dry-run
is "$status" 0 "a dry run says what it would mean"
words retire-asked "$out"
try retire create apps --kind app-password --end 2099-07-28
is "$status" 2 "nothing is done while nobody confirms it"
is "$(retire show)" "Nothing is on its way out." "which is so"
# wrong PATTERN FLAGS: they are refused, with these words.
wrong() {
	local pattern="$1"
	shift
	try retire create wrong --yes "$@"
	like "$out" "$pattern" "refused: $*"
}
wrong 'is no kind' --kind tokens
wrong 'would also end what is made in their place' --kind api-token
wrong 'the end comes after the notice' --kind app-password --notice 2030-01-01 --end 2029-01-01
wrong 'is over before the next' --kind app-password --brownouts 1d=2h --at 00:00,01:00 --end 30d
wrong 'a later length is no shorter' --kind app-password --brownouts 1d=2h,2d=1h --at 00:00 --end 30d
wrong 'want both' --kind app-password --brownouts 1d=2h --end 30d
wrong 'between the notice and the end' --kind app-password --brownouts 31d=2h --at 00:00 --end 30d
wrong 'is no time of a day' --kind app-password --brownouts 1d=2h --at 24:00 --end 30d
wrong 'is no brownout' --kind app-password --brownouts 2h --at 23:00 --end 30d
wrong 'is no offset' --kind app-password --offset Berlin --end 30d

# -- notice --
must retire create apps --kind app-password --notice 2026-01-01 --end 2099-07-28 --yes --quiet
try git clone "$where" "$T/noticed"
is "$status" 0 "until then it works"
words a13-clone "$(printf '%s\n' "$out" | grep '^remote:')"
try git -C "$T/work" push "$where" main:other
is "$status" 0 "a push too"
words a13-push "$(printf '%s\n' "$out" | grep '^remote:')"
try git clone "$(url bob "$bobs" ann/docs.git)" "$T/quiet"
unlike "$out" '^remote:.*(ends|way out)' "other kinds are not told"
try old --user ann --name late --scopes repository
words retire-made "$out"
try retire create apps --kind app-password --yes
like "$out" 'a retirement "apps" already' "a name is taken once"

like "$(gate token show ide --user ann)" '^  retires +2099-07-28 00:00:00 UTC, by the retirement apps \(notice\)$' \
	"token show names the end"
like "$(gate token show ide --user ann --json)" '"retires": "2099-07-28T00:00:00Z"' "JSON too"

# -- who still uses it --
try retire status
words retire-status "$out"
# shellcheck disable=SC2016
ok "status --json is JSON" sh -c 'printf "%s" "$1" | python3 -m json.tool' - "$(retire status apps --json)"
is "$(retire status apps --limit 1 --quiet)" "$(retire status apps --quiet | head -n 1)" "a page of one"
like "$(retire status apps --limit 1)" "and more: gatehouse retire status apps --after id:1" "names the next"
is "$(retire status apps --limit 1 --after "$(retire status apps --limit 1 --quiet)" --quiet)" \
	"$(retire status apps --quiet | tail -n 1)" "which begins behind it"
gatehouse() { gate "$@"; }
line=$(retire status apps | sed -n 's/^    instead  //p' | head -n 1)
new=$(eval "$line" | grep -oE 'gthu_[0-9A-Za-z]{49}' | head -n 1)
ok "what goes in its place, typed as it stands, works" git ls-remote "$(url ann "$new" ann/site.git)"
reach() { gate token show "$1" --user ann --json | python3 -c 'import json, sys
t = json.load(sys.stdin)
print([t[k] for k in ("scopes", "repositories", "addresses", "preview")])'; }
is "$(reach ide-2)" "$(reach ide)" "and has the same reach"
like "$(retire status apps)" "name ide-3 " "asked again, it names one that is free"

# -- a brownout --
cat >"$T/helper" <<'END'
#!/bin/sh
echo "$1" >>"${0%/*}/asked"
cat >/dev/null
[ "$1" = get ] && cat "${0%/*}/secret"
exit 0
END
chmod +x "$T/helper"
printf 'username=ann\npassword=%s\n' "$ide" >"$T/secret"
# asked TITLE WANTED: what a helper that has the app password is asked by a fetch.
asked() {
	: >"$T/asked"
	try git -c credential.helper="$T/helper" ls-remote "$(url "" "" ann/site.git)"
	is "$(sort -u "$T/asked" | tr '\n' ' ')" "$2 " "$1"
}
must retire edit apps --brownouts 2026-01-01=30m --at "$(so -1)" --yes
asked "in a brownout it is refused, and the helper keeps it" get
words a14-brownout "$out"
ref=$(reference_of "$out")
try git -C "$T/work" push "$where" main:third
like "$out" '\[retirement-brownout\]' "a push as well"
try git -c http.extraHeader="Authorization: Bearer $ide" ls-remote "$address/ann/docs.git"
like "$out" '\[retirement-brownout\]' "and what anyone may read, so that it is noticed"
ok "while other kinds work" git ls-remote "$(url ann "$new" ann/site.git)"
like "$(gate --app-passwords yes token list --user ann)" '^ide +brownout' "the list of tokens says so"
wait_for 10 gate why "$ref"
try gate --app-passwords yes why "$ref"
like "$out" 'retirement +CLOSED +its kind is on its way out, and this is a brownout' "why tells what the gate saw"
like "$out" 'gatehouse token create --user ann --name ide-3' "and what opens it"
try gate --app-passwords yes may ann/ide fetch ann/site
like "$out" 'retirement-brownout' "may says it before anybody tries"
ok "and that it works in an hour" gate --app-passwords yes may ann/ide fetch ann/site --at 1h
not "and not tomorrow at this time" gate --app-passwords yes may ann/ide fetch ann/site --at 1d
must retire edit apps --brownouts 2026-01-01=1m --at "$(so 0)" --yes
again() { git ls-remote "$where"; }
ok "a minute's brownout is over within a minute, by itself" wait_for 70 again
try git clone "$where" "$T/between"
like "$out" 'with hours without it from 2' "between brownouts the notice tells of the next"

# -- the end --
must retire edit apps --end now --yes --quiet
asked "after the end it is refused, and the helper forgets it" "erase get"
words a14-ended "$out"
try git -c http.extraHeader="Authorization: Bearer $ide" ls-remote "$address/ann/site.git"
words a14-ended-header "$out"
line=$(printf '%s\n' "$out" | grep -o 'gatehouse token create .*')
new=$(eval "$line" | grep -oE 'gthu_[0-9A-Za-z]{49}' | head -n 1)
ok "the line it tells, typed as it stands, opens it" git ls-remote "$(url ann "$new" ann/site.git)"
is "$(reach ide-3)" "$(reach ide)" "with the same reach"
like "$(retire show apps)" '^apps: ended' "show says so"
try gate --app-passwords yes token rotate ide --user ann
is "$status" 1 "it gets no new secret, which would be refused"
words a14-rotate "$out"
must gate token revoke ide --user ann --reason "replaced"
try gate --app-passwords yes token rotate ide --user ann
like "$out" "was revoked at .*; make another in its place: gatehouse token create --user ann --name ide " "revoked, the same"
try git ls-remote "$where"
like "$out" '\[token-revoked\]' "what was revoked is told so"

# -- and back --
try retire cancel apps --dry-run
words retire-cancel-asked "$out"
must retire cancel apps --yes
ok "cancelled, what was ended works again" git ls-remote "$(url bob "$robot" ann/docs.git)"
like "$(gate audit --operation retire)" 'retire cancel' "the audit has it all"
try retire show apps
is "$status" 1 "and it is forgotten"

# -- any kind: tokens that never expire --
forever=$(token ann forever write:repository --expires never)
must gate token create --repo ann/site --name bot --scopes clone --expires never --quiet
must retire create endless --kind any --without-expiry --end 2099-01-01 --offset +02:00 --yes
try git clone "$(url ann "$forever" ann/site.git)" "$T/forever"
words a13-forever "$(printf '%s\n' "$out" | grep '^remote:')"
try git clone "$(url ann "$new" ann/site.git)" "$T/mortal"
unlike "$out" '^remote:.*(ends|way out)' "one with an end is none of them"
try gate token create --user ann --name endless --scopes clone --expires never
like "$out" 'give it an end \(--expires\)' "no new one is made without an end"
is "$(retire status endless --quiet | wc -l)" 3 "status knows those of each kind"
like "$(retire status endless)" 'gatehouse token create --repo ann/site --name bot-2 --scopes read:repository$' \
	"and what goes in a bot's place"

finish
