#!/bin/sh
# Lists of ten thousand: in pages, and whole in little memory; what is added
# meanwhile makes no row come twice.
# shellcheck disable=SC2086 # $as is the words of a command
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

many=10000
user ann
user bob

# The program's own ledger, filled in one go: what the rows hold is what it writes.
must $as python3 - "$data/gatehouse.db" "$many" <<'PYTHON'
import sqlite3, sys
ledger, many = sqlite3.connect(sys.argv[1]), int(sys.argv[2])
never = 2**63 - 1
for n in range(many):
    name = f"n{n:05d}"
    user = ledger.execute("INSERT INTO users (name, display, admin, created, suspended, suspend_reason)"
                          " VALUES (?, '', 0, 1, ?, '')", (name, never)).lastrowid
    ledger.execute("INSERT INTO names (name, user, workspace, alias) VALUES (?, ?, NULL, 0)", (name, user))
    place = ledger.execute("SELECT id FROM workspaces WHERE name = ?", ("ann" if n % 2 else "bob",)).fetchone()[0]
    ledger.execute("INSERT INTO repositories (id, workspace, name, description, visibility, default_branch,"
                   " format, object_check, created) VALUES (?, ?, ?, '', 0, '', 'sha1', 0, 1)",
                   (f"{n:032x}", place, name))
    ledger.execute("INSERT INTO repository_names (workspace, name, repository, alias) VALUES (?, ?, ?, 0)",
                   (place, name, f"{n:032x}"))
    gone = f"{many + n:032x}"
    ledger.execute("INSERT INTO repositories (id, workspace, name, description, visibility, default_branch,"
                   " format, object_check, created, deleted, deleted_by, deleted_name, kept_until)"
                   " VALUES (?, ?, ?, '', 0, '', 'sha1', 0, 1, ?, 'operator', ?, ?)",
                   (gone, place, f"-{gone}", 1000 + n // 7, name, never))
    ledger.execute("INSERT INTO credentials (kind, owner, owner_id, owner_repository, name, hash, scopes,"
                   " created, not_before, expires, created_by, revoked, revoked_by, revoke_reason, leaked,"
                   " used, used_from, refused, refused_from, refused_why, bot_email)"
                   " VALUES (1, 1, 1, '', ?, ?, 1, 1, 0, ?, '', ?, '', '', 0, 0, '', 0, '', '', '')",
                   (name, n.to_bytes(32, "big"), never, never))
    ledger.execute("INSERT INTO audit (reference, kind, at, last, count, reason, actor, credential,"
                   " credential_name, operation, object, address, agent, gates, note)"
                   " VALUES (?, 2, ?, ?, 1, 'user add', 'operator', 0, '', '', ?, '', '', '', '')",
                   (f"ref{n:05d}", 1000 + n // 7, 1000 + n // 7, name))
place = ledger.execute("SELECT id FROM workspaces WHERE name = 'bob'").fetchone()[0]
for n in range(many):
    ledger.execute("INSERT INTO teams (workspace, name, created) VALUES (?, ?, 1)", (place, f"n{n:05d}"))
    ledger.execute("INSERT INTO projects (workspace, name, description, created) VALUES (?, ?, '', 1)",
                   (place, f"n{n:05d}"))
    user = ledger.execute("SELECT id FROM users WHERE name = ?", (f"n{n:05d}",)).fetchone()[0]
    at = (1, place, "") if n % 2 else (3, 0, f"{n // 4 * 4:032x}")
    ledger.execute("INSERT INTO grants (object, object_id, repository, subject, subject_id, level, created)"
                   " VALUES (?, ?, ?, 1, ?, 1, 1)", (*at, user))
ledger.commit()
PYTHON

# pages WORDS: the list of these words, 3000 at a time; a user and a token are added
# between two pages.
pages() {
	local after="" turn=0
	while :; do
		turn=$((turn + 1))

		$as "$release/gatehouse" --data "$data" "$@" --limit 3000 ${after:+--after "$after"} \
			>"$T/page" 2>"$T/more"
		tail -n +2 "$T/page" | awk '{ print $1 }'
		after=$(sed -n 's/^there are more: --after //p' "$T/more")
		if [ -z "$after" ] || [ "$turn" -gt 9 ]; then break; fi
		must gate user add "n0000$turn-$1-$#"
		token ann "n0000$turn-$1-$#" clone >/dev/null
	done
}
once() {
	is "$(grep -E '^([a-z]+/)?n[0-9]{5}$' "$2" | sort | uniq | wc -l)" "$many" "$1: all come"
	is "$(sort "$2" | uniq -d | head -n 3)" "" "$1: and each once"
}
pages user list >"$T/users"
once "users" "$T/users"
pages workspace list >"$T/workspaces"
is "$(sort "$T/workspaces" | uniq -d)" "" "workspaces: each once"
pages repo list >"$T/repositories"
once "repositories" "$T/repositories"
pages repo list --deleted >"$T/deleted"
once "deleted repositories" "$T/deleted"
is "$(gate repo list --deleted --limit 1 --quiet)" "$(printf %032x 19999)" "the last deleted comes first"
is "$(gate repo list --deleted --limit 1 --quiet --after "$(printf %032x 19999)")" "$(printf %032x 19998)" \
	"the deleted go on behind an id"
like "$(gate repo list --deleted --limit 1 2>&1)" \
	"there are more: --after 1970-01-01T00:40:28Z/$(printf %032x 19999)" "what comes next is told of them"
try gate repo list --deleted --after ann/n00001
is "$status" 1 "a name is no place among them: it comes again"
like "$out" "is no place in this list" "in words"
for what in group project; do
	pages "$what" list bob >"$T/$what"
	once "$what" "$T/$what"
	is "$(gate "$what" list bob --limit 1 --quiet --after n00002)" n00003 "${what}s from a name on"
done
is "$(gate group list bob --after zzz)" "Nothing is behind that one." "their end is told"
pages grant list bob >"$T/grants"
once "grants" "$T/grants"
must gate grant add n00002 bob/n00000 write
site=$(gate grant list bob/n00000 --limit 1 2>&1 | sed -n 's/^there are more: --after //p')
like "$site" "^bob/n00000:user:[0-9]+$" "where the grants on a repository go on is told"
must gate grant remove n00000 bob/n00000
is "$(gate grant list bob/n00000 --quiet --after "$site")" "$(printf 'n00002\tbob/n00000\twrite')" \
	"and holds when the grant there was removed"
must gate grant add n00000 bob/n00000 read
try gate grant list bob --after n00000
is "$status" 1 "what is no place among grants is refused"
pages token list --user ann >"$T/tokens"
once "tokens" "$T/tokens"
is "$(gate repo list bob --limit 1 --quiet --after bob/n00002)" bob/n00004 "one workspace, from a place on"
like "$(gate token list --user ann --limit 1 2>&1)" "there are more: --after id:1" "what comes next is told"
is "$(gate user list --after zzz)" "Nothing is behind that one." "the end is told"
is "$(gate user list --after zzz --json)" "[]" "as JSON too"
try gate token list --user ann --after laptop
is "$status" 1 "what is no place is refused"
like "$out" "wanted: id:12" "in words"
try gate token list
is "$status" 2 "a list of nobody's is no list"
try gate user list --limit 0
is "$status" 2 "a page of nothing is no page"
gate user list --json >"$T/json"
is "$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)) >= 10002)' <"$T/json")" True \
	"all of them are one list of JSON"
is "$(gate user list --json --limit 2)" "$(gate user list --json --limit 2 | python3 -m json.tool --indent 2)" \
	"laid out as ever"

like "$(gate audit --after ref00010 --limit 2 --quiet | tr '\n' ' ')" "^ref00011 ref00012 $" \
	"the audit goes on behind a reference"
like "$(gate audit --after ref00010 --limit 2 2>&1)" "there are more: --after ref00012" "and tells what comes next"
is "$(gate audit --json --after ref00010 --until "$(date -u -d @5000 +%Y-%m-%dT%H:%M:%SZ)" | wc -l)" 9989 \
	"all of it, where nobody says how many"
try gate audit --after ref00010 --follow
is "$status" 2 "what was and what comes are two things"

# most COMMAND: its peak memory in KB
most() {
	$as python3 - "$@" <<'PYTHON'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PYTHON
}
for words in "user list" "workspace list" "repo list" "group list bob" "project list bob" \
	"repo list --deleted" "grant list bob" "token list --user ann" "audit"; do
	short=$(most "$release/gatehouse" --data "$data" $words --limit 100 --json)
	long=$(most "$release/gatehouse" --data "$data" $words --json)
	ok "$words: ten thousand need no more memory than a hundred ($short and $long KB)" \
		test "$long" -lt $((short + 10000))
done
finish
