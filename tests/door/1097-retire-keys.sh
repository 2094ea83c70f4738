#!/bin/sh
# SSH keys go out of use like any kind: the notice on standard error (A13), a brownout and
# the end told to OpenSSH's client (A14), and who still uses one, with the command that
# registers another of the same reach.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

user ann
for path in ann/site ann/docs ann/more; do repo "$path"; done
for key in old new bot bot2; do ssh_key "$key"; done
must gate key add "$T/old.pub" --user ann --name laptop --scopes read:repository --repos ann/site,ann/docs --quiet
must gate key add "$T/bot.pub" --repo ann/site --repo ann/docs --name deploy --write --addresses 127.0.0.0/8 --quiet
t=$(token ann desk write:repository)
ssh_start
history "$T/work"
for path in ann/site ann/docs ann/more; do must git -C "$T/work" push -q "$(url ann "$t" "$path.git")" main; done
where="$ssh_address/ann/site.git"
retire() { gate retire "$@"; }
so() { date -u -d "now $1 minutes" +%H:%M; }
# told: what the last session wrote on standard error that is about the end.
told() { grep -E 'ends|way out' "$T/err"; }
clones() { # clones KEY
	rm -rf "$T/copy"
	git_by "$1" clone -q "$where" "$T/copy" >"$T/out" 2>"$T/err"
}

# -- notice --
clones old
is "$(told)" "" "while nothing is retired nothing is told"
must retire create keys --kind ssh-key --without-expiry --notice 2026-01-01 --end 2099-07-28 --yes --quiet
must retire create bots --kind access-key --made-before 2099-01-01 --notice 2026-01-01 --end 2099-07-28 --yes --quiet
ok "until then a key clones" clones old
words a13-ssh-clone "$(told)"
is "$(cat "$T/out")" "" "and nothing but standard error says it"
git_by bot -C "$T/work" push "$where" main:other >"$T/out" 2>"$T/err"
is "$?" 0 "an access key pushes"
words a13-ssh-push "$(told)"

# -- who still uses one --
used() { retire status "$1" --json | grep -q '"last_used_from": "127'; }
wait_for 10 used keys
wait_for 10 used bots
words retire-status-keys "$(retire status keys; retire status bots)"
# instead RETIREMENT NEW: types what status says, with the file of another key.
gatehouse() { gate "$@"; }
instead() {
	line=$(retire status "$1" | sed -n 's/^    instead  //p' | head -n 1 | sed "s#FILE\.pub#$T/$2.pub#")
	ok "what goes in the place of one of $1 is registered, typed as it stands" eval "$line"
}
reach() { gate key show "$@" --json | python3 -c 'import json, sys
k = json.load(sys.stdin)
print([k.get(n) for n in ("scopes", "repositories", "addresses", "preview", "opens")])'; }
instead keys new
is "$(reach laptop-2 --user ann)" "$(reach laptop --user ann)" "with the same reach"
ok "it reads" git_by new ls-remote "$where"
not "what the old one did not reach it does not" git_by new ls-remote "$ssh_address/ann/more.git"
must retire edit bots --end never --yes --quiet
line=$(retire status bots | sed -n 's/^    instead  //p' | head -n 1)
like "$line" "^gatehouse key add FILE\.pub --repo ann/site,ann/docs --name deploy-2 --write --addresses 127\.0\.0\.0/8\$" \
	"an access key's is one for all that it opens"
must retire cancel bots --yes --quiet
line=$(printf '%s\n' "$line" | sed "s#FILE\.pub#$T/bot2.pub#")
ok "typed as it stands it is registered" eval "$line"
is "$(reach deploy-2 --repo ann/site)" "$(reach deploy --repo ann/site)" "with the same reach"
ok "it pushes to the second too" git_by bot2 -C "$T/work" push "$ssh_address/ann/docs.git" main:other

# -- a brownout --
must retire edit keys --brownouts 2026-01-01=30m --at "$(so -1)" --yes --quiet
try git_by old ls-remote "$where"
is "$status" 128 "in a brownout a key is refused"
words a14-ssh-brownout "$out"
reference=$(reference_of "$out")
like "$(gate why "$reference")" "gatehouse key add FILE\.pub --user ann --name laptop-3 .*--repos ann/docs,ann/site --expires 1y" \
	"why names what goes in its place"
try git_by old -C "$T/work" push "$where" main:third
like "$out" "\[retirement-brownout\]" "a push as well"
ok "while the new one, which ends by itself, works" git_by new ls-remote "$where"

# -- the end --
must retire edit keys --brownouts none --at none --end now --yes --quiet
try git_by old ls-remote "$where"
is "$status" 128 "after the end it is refused"
words a14-ssh-ended "$out"
must retire cancel keys --yes --quiet
ok "cancelled, it works again" git_by old ls-remote "$where"
finish
