#!/bin/sh
# A lost ledger is made anew from the repositories; what has no place is named, and
# nobody gets in whom nobody let in.
# seconds: 600
# shellcheck disable=SC2086 # $as is the words of a command
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
must gate workspace create acme --owner ann
repo ann/site --public
repo bob/notes
repo acme/first
repo acme/empty
repo acme/wide --format sha256
must gate repo rename acme/first Shop --yes
must gate workspace rename acme apex --yes
must gate grant add bob apex/shop write
t=$(token ann laptop write:repository)
history "$T/work" 3
gate_start
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main:trunk
must git -C "$T/work" push -q "$(url ann "$t" apex/shop.git)" main
wait_for 10 sh -c "$as '$bin/gatehouse' --data '$data' repo show ann/site | grep -q trunk"

try gate rebuild --owner ann --dry-run
is "$status" 0 "what a rebuild would give can be asked while all is well"
try gate rebuild --owner ann
is "$status" 1 "a ledger that is there is not made anew"
like "$out" "there is a ledger at .*, and it stays as it is" "and that is said"
$as mv "$data/gatehouse.db" "$data/lost"
try gate rebuild --owner ann
like "$out" "a server runs on this folder: stop it first" "nor under a running server"
$as mv "$data/lost" "$data/gatehouse.db"
gate_stop

# -- everything is lost --
kept=$(gate repo list --json | python3 -c 'import json, sys
for r in json.load(sys.stdin): print(r["full_name"], r["id"], r["default_branch"], r["format"])' | sort)
shop=$(gate repo path apex/shop)
rm -f "$data"/gatehouse.db*
: >"$data/gatehouse.db-wal"
if [ -n "$as" ]; then chown 65534:65534 "$data/gatehouse.db-wal"; fi
try gate user list
like "$out" "there is no ledger" "without its ledger the server knows nobody"
try gate rebuild --owner ann --users bob --dry-run
is "$status" 0 "what would be made is told first"
like "$out" "^placed +apex/Shop$" "by the names the repositories have now, after two renames"
not "and nothing is written" test -e "$data/gatehouse.db"
try gate rebuild
is "$status" 2 "an owner must be named"
try gate rebuild --owner ann --users bob
is "$status" 0 "the ledger is made anew"
words rebuild-done "$out"
is "$(gate repo list --json | python3 -c 'import json, sys
for r in json.load(sys.stdin): print(r["full_name"], r["id"], r["default_branch"], r["format"])' | sort)" "$kept" \
	"names, folders, branches and formats are as they were"
is "$(gate repo list --json | grep -c '"visibility": "private"')" 5 "all are private, public ones too"
is "$(gate grant list apex)$(gate token list --user ann --quiet)" "No grants: only owners of the workspace reach its repositories." "no grant and no token came back"
is "$(gate user list --quiet | sort | tr '\n' ' ')" "ann bob " "the users are those that were named"
like "$(gate audit --operation "ledger rebuild" --json)" "5 repositories from their own config" "the audit begins with it"
is "$(find "$data" -maxdepth 1 -name 'gatehouse.db*' ! -name '*.lost' -perm /077)" "" "nobody else may read it"
ok "a log of the lost ledger was moved out of the way" test -e "$data/gatehouse.db-wal.lost"
rm -f "$data/gatehouse.db-wal.lost"
try gate check
is "$status" 0 "the check finds nothing wrong"

# -- and it serves --
gate_start
not "an old token opens nothing" git clone -q "$(url ann "$t" apex/shop.git)" "$T/none"
not "nor does none, what was public" git clone -q "$address/ann/site.git" "$T/none"
t=$(token ann laptop write:repository)
b=$(token bob laptop write:repository)
ok "the owner clones with a new one" git clone -q "$(url ann "$t" apex/shop.git)" "$T/clone"
is "$(head_of "$T/clone")" "$(head_of "$T/work")" "and has what was pushed"
ok "bob has his own workspace" git clone -q "$(url bob "$b" bob/notes.git)" "$T/notes"
not "and nothing of others" git clone -q "$(url bob "$b" apex/shop.git)" "$T/none"
must gate grant add bob apex/shop write
ok "until he is let in again" git clone -q "$(url bob "$b" apex/shop.git)" "$T/bobs"
gate_stop

# -- what has no place --
rm -f "$data"/gatehouse.db*
empty=$(printf '%s\n' "$kept" | sed -nE 's#^apex/empty ([0-9a-f]+) .*#\1#p')
wide=$(printf '%s\n' "$kept" | sed -nE 's#^apex/wide ([0-9a-f]+) .*#\1#p')
site=$(printf '%s\n' "$kept" | sed -nE 's#^ann/site ([0-9a-f]+) .*#\1#p')
folder() { printf '%s/repositories/%.2s/%s.git' "$data" "$1" "$1"; }
must $as git config --file "$(folder "$empty")/config" gatehouse.name SHOP
must $as git config --file "$(folder "$wide")/config" gatehouse.name "not a name.git"
printf '[core\n' >"$(folder "$site")/config"
touch -d '3 days ago' "$(folder "$empty")"/* "$(folder "$empty")"/objects/* "$(folder "$empty")"/refs/*
masked() { printf '%s\n' "$out" | sed -E 's#repositories/[0-9a-f]{2}/#repositories/<shard>/#; s#[0-9a-f]{32}#<id>#g; s#line [0-9]+#line <n>#'; }
try gate rebuild --owner ann
is "$status" 1 "two of one name, a bad name and a broken config have no place"
words rebuild-left "$(masked)"
not "and then nothing is written" test -e "$data/gatehouse.db"
is "$(find "$data" -maxdepth 1 -name 'gatehouse.db*')" "" "nor left behind"
again=$(printf '%s\n' "$out" | sed -nE 's/^  gatehouse --data [^ ]+ (rebuild .*)/\1/p')
try gate $again
is "$status" 1 "a broken config can't be helped by a name"
try gate $again --partial
is "$status" 0 "with the names proposed, and without that one, it is made"
is "$(gate repo list --quiet | sort | tr '\n' ' ')" "apex/SHOP-2 apex/Shop apex/not-a-name bob/notes " "under those names"
is "$($as git config --file "$shop/config" gatehouse.name)" Shop "the one that was pushed to last keeps its name"
gate_start
is "$($as git config --file "$(folder "$wide")/config" gatehouse.name)" not-a-name "the folders are told their new names"
gate_stop

# -- cut off --
rm -f "$data"/gatehouse.db*
printf '[core]\n\tbare = true\n[gatehouse]\n\tworkspace = ann\n\tname = site\n' >"$(folder "$site")/config"
for after in 0.01 0.03 0.05 0.08 0.12; do
	$as setsid "$bin/gatehouse" --data "$data" rebuild --owner ann --users bob >/dev/null 2>&1 &
	pid=$!
	sleep "$after"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	[ ! -e "$data/gatehouse.db" ] || break
done
[ -e "$data/gatehouse.db" ] || must gate rebuild --owner ann --users bob
is "$(gate repo list --quiet | wc -l)" 5 "one that was killed can be run again"
is "$(find "$data" -maxdepth 1 -name '*.rebuilt*')" "" "and nothing of it stays"
finish
