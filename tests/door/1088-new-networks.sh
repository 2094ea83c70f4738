#!/bin/sh
# What a token's sessions are told is a choice of its owner, and so are alerts: a
# first use from a new network is in the audit and in `token show`, and told to who
# asked for it, elsewhere than there (B8).
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
gate_start --trusted-proxies 127.0.0.0/8
history "$T/work"
t=$(token ann laptop write:repository --expires 10d --alerts on)
other=$(token ann quiet write:repository --expires 10d --notices off)

# from ADDRESS TOKEN GIT-ARGS: as the proxy says.
from() {
	local where="$1" secret="$2"
	shift 2
	try git -c http.extraHeader="X-Forwarded-For: $where" -c http.extraHeader="Authorization: Bearer $secret" "$@"
}
place() { printf '%s/ann/site.git' "$address"; }
clone_from() {
	rm -rf "$T/copy"
	from "$1" "$2" clone "$(place)" "$T/copy"
	is "$status" 0 "a clone from $1"
}
networks() { gate token show "$1" --user ann --json | sed -nE 's/^ *"network": "(.*)".*/\1/p' | sort | tr '\n' ' '; }
noted() { [ "$(networks "$1")" = "$2" ]; }
rows() { gate audit --operation "token network" --quiet --limit 100 | grep -c .; }

# -- the first network is where it is at home --

from 198.51.100.7 "$t" -C "$T/work" push "$(place)" main
is "$status" 0 "a push from home"
ok "home is noted" wait_for 10 noted laptop "198.51.100.0/24 "
clone_from 198.51.100.200 "$t"
unlike "$out" "first used" "next door nothing is told"
clone_from ::ffff:198.51.100.201 "$t"
unlike "$out" "first used" "nor for the same written in the other way"
is "$(rows)" 0 "and nothing is in the audit"
unlike "$(gate token show laptop --user ann)" "^ +new " "nor in show"

# -- then it comes from elsewhere --

clone_from 203.0.113.9 "$t"
unlike "$out" "first used" "whoever is there is not told"
ok "the network is noted" wait_for 10 noted laptop "198.51.100.0/24 203.0.113.0/24 "
is "$(rows)" 1 "with a row in the audit"
row=$(gate audit --operation "token network" --json)
like "$row" '"actor": ?"ann".*"credential_name": ?"laptop".*"address": ?"203\.0\.113\.9"' "which says whose and from where"
like "$row" '"note": ?"laptop; first used from 203\.0\.113\.0/24"' "and what is new"
like "$(gate token show laptop --user ann)" "^ +new +first used from 203\.0\.113\.0/24 on 20" "show tells it"
like "$(gate token list --user ann)" "^laptop .*203\.0\.113\.0/24" "and list"
like "$(gate token show laptop --user ann --json)" '"new_network": "203\.0\.113\.0/24"' "and JSON"
clone_from 198.51.100.7 "$t"
told() { printf '%s\n' "$out" | grep '^remote: T' | sed -E 's/in [0-9]+ days/in <span>/; s/ +$//'; }
words b8-alert "$(told)"
commit "$T/work" "more"
from 198.51.100.7 "$t" -C "$T/work" push "$(place)" main
like "$out" "^remote: .*was first used from 203\.0\.113\.0/24 .*gatehouse token revoke laptop --user ann" "a push from home is told too"
clone_from 203.0.113.77 "$t"
unlike "$out" "first used" "there it stays silent"
is "$(rows)" 1 "and is not new a second time"

# -- IPv6: a site is a /48 --

clone_from 2001:db8:1:2::1 "$t"
clone_from 2001:db8:1:ffff::9 "$t"
ok "two hosts of a site are one network" wait_for 10 noted laptop "198.51.100.0/24 2001:db8:1::/48 203.0.113.0/24 "
clone_from 198.51.100.7 "$t"
like "$out" "first used from 2001:db8:1::/48" "the newest is the one that is told"

# -- who did not ask is told nothing; who wants nothing, nothing at all --

clone_from 198.51.100.7 "$other"
unlike "$out" "^remote: The token" "notices off: not even that it ends soon"
clone_from 203.0.113.9 "$other"
ok "its networks are noted all the same" wait_for 10 noted quiet "198.51.100.0/24 203.0.113.0/24 "
must gate token edit quiet --user ann --notices on
clone_from 198.51.100.7 "$other"
like "$out" "^remote: The token \"quiet\" expires" "notices on: told that it ends soon"
unlike "$out" "first used" "and without alerts nothing of networks"
must gate token edit laptop --user ann --alerts off
clone_from 198.51.100.7 "$t"
unlike "$out" "first used" "alerts off: told no more"
try gate token edit laptop --user ann --notices off --alerts on
is "$out" "Changed the token laptop: notices off, alerts on." "an edit says what is now"
like "$(gate audit --operation 'token edit' --json --limit 1)" "token laptop, notices off, alerts on" "and is in the audit"
like "$(gate token show laptop --user ann)" "^ +told +notices off, alerts on" "and in show"
try gate token edit laptop --user ann --notices perhaps
like "$out" "notices are on or off" "a word that is neither is told"
try gate token edit laptop --user ann
is "$status" 2 "an edit of nothing is a mistake"

# -- a refusal is no use; what is kept is bounded --

reader=$(token ann reader read:repository --addresses 198.51.100.0/24)
from 192.0.2.1 "$reader" ls-remote "$(place)"
like "$out" "\[address-not-allowed\]" "refused elsewhere"
refusal() { gate token list --user ann | grep -q '^reader .*never .*from 192\.0\.2\.1: address-not-allowed'; }
ok "list has when, from where and why it was refused" wait_for 10 refusal
is "$(networks reader)" "" "and the network is not one it was used from"
for n in $(seq 1 40); do
	curl -s -o /dev/null -H "X-Forwarded-For: 10.0.$n.1" -H "Authorization: Bearer $other" \
		-H "Content-Type: application/x-git-upload-pack-request" -H "Git-Protocol: version=2" \
		--data-binary '0014command=ls-refs
0000' "$(place)/git-upload-pack"
done
last() { networks quiet | grep -q '10\.0\.40\.0/24'; }
ok "many networks" wait_for 10 last
is "$(networks quiet | wc -w)" 32 "are kept up to a bound"
like "$(gate token show quiet --user ann)" "and 27 more" "and show names the last few"
finish
