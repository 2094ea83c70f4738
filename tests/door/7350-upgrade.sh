#!/bin/sh
# Ledgers that earlier programs wrote (tests/upgrade): the server opens them, git
# works with their tokens as before, and what was dead stays dead.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

upgrade=$(dirname "$0")/../upgrade

# restore SCHEMA: as the ledger of a data folder of its own, with a folder for
# acme/site, all the repository there is.
restore() {
	data=$T/data$1
	must mkdir -m 700 "$data"
	id=$(python3 - "$upgrade/$1.sql" "$data/gatehouse.db" <<-'PYTHON'
		import sqlite3, sys
		ledger = sqlite3.connect(sys.argv[2])
		with open(sys.argv[1], encoding="utf-8") as file:
		    ledger.executescript(file.read())
		print(ledger.execute("SELECT id FROM repositories WHERE name = 'site'").fetchone()[0])
	PYTHON
	)
	short=$(printf %.2s "$id")
	must git init -q --bare "$data/repositories/$short/$id.git"
	chmod 600 "$data/gatehouse.db"
	if [ -n "$as" ]; then chown -R 65534:65534 "$data"; fi
}

# secret SCHEMA NAME
secret() { awk -v name="$2" '$1 == "credential" && $2 == name { print $3 }' "$upgrade/$1.answers"; }

served=$T/served
history "$served" 2
seen=0
for file in "$upgrade"/*.sql; do
	n=$(basename "$file" .sql)
	restore "$n"
	gate_start
	t=$(secret "$n" ann:write)
	try git -C "$served" push -q "$(url ann "$t" acme/site.git)" main
	is "$status" 0 "schema $n: a token pushes as before"
	try git clone -q "$(url cleo "$(secret "$n" cleo:read)" acme/site.git)" "$T/clone$n"
	is "$status" 0 "schema $n: another one clones as before"
	try git ls-remote "$(url ann "$(secret "$n" ann:ended)" acme/site.git)"
	like "$out" "The token .*ended.* was revoked" "schema $n: a revoked one hears so"
	try git ls-remote "$(url dora "$(secret "$n" dora:write)" acme/site.git)"
	like "$out" "suspended" "schema $n: one of who is suspended hears so"
	try git ls-remote "$(url ann "$(secret "$n" ann:far)" acme/site.git)"
	like "$out" "127.0.0.1" "schema $n: a limit to other addresses holds"
	try git ls-remote "$(url bob "$(secret "$n" bob:write)" acme/site.git)"
	like "$out" "not found|no repository" "schema $n: what was hidden stays hidden"
	gate_stop
	seen=$((seen + 1))
done
ok "there are ledgers of several schemas" test "$seen" -ge 8
finish
