#!/bin/sh
# Backups while the server runs, and a server made from one after everything was lost.
# seconds: 600
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

backups=$T/backups
mkdir "$backups"
if [ -n "$as" ]; then chown 65534:65534 "$backups"; fi
user ann
user bob
must gate workspace create acme --owner ann
repo ann/site
repo acme/shop --public
repo acme/empty
must gate grant add bob ann/site read
t=$(token ann laptop write:repository)
b=$(token bob reader read:repository)
gate_start
history "$T/work" 3
must git -C "$T/work" tag -a -m one v1
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main v1
must git -C "$T/work" push -q "$(url ann "$t" acme/shop.git)" main HEAD:refs/heads/topic/a

# refs_of DATA: what is served there, repository by repository.
refs_of() {
	for each in ann/site acme/shop acme/empty; do
		printf '%s\n' "$each"
		git --git-dir "$($as "$bin/gatehouse" --data "$1" repo path "$each")" for-each-ref
	done
}
newest() { find "$backups" -mindepth 1 -maxdepth 1 -name '2*' | sort | tail -n 1; }
files_of() { find "$1" -type f | wc -l; }

try gate backup "$backups"
is "$status" 0 "a backup is made while the server runs"
like "$out" "holds +3 repositories with 4 refs, and the ledger" "and says what it holds"
first=$(newest)
like "$(cat "$first/manifest.json")" '"repositories": 3' "its manifest can be read"
is "$(find "$backups" -type f -perm /077)" "" "nobody else may read a file of it"
for each in "$first"/repositories/*/*.git; do
	(cd "$each" && b2sum -l 256 --quiet --check b2sums) || fail "b2sum reads $each/b2sums"
	ok "git reads a copy as it lies there" git --git-dir "$each" fsck --full --strict --no-dangling
done
like "$(sqlite3 "$first/gatehouse.db" 'PRAGMA journal_mode' 2>/dev/null || echo delete)" delete \
	"the ledger in it is one file"

commit "$T/work" more
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
try gate backup "$backups" --json
is "$status" 0 "a second backup"
printf '%s\n' "$out" >"$T/json"
json() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$T/json" "$1"; }
second=$(json path)
is "$second" "$(newest)" "is the newest"
shared=$(json shared_bytes)
ok "and shares what the first has" test "$shared" -gt 0
pack=$(cd "$first" && find repositories -name '*.pack' | head -n 1)
is "$(stat -c %i "$first/$pack")" "$(stat -c %i "$second/$pack")" "a pack of both is one file"

wanted_refs=$(refs_of "$data")
wanted_audit=$(gate audit --limit 1000 --json | wc -l)
gate_stop

# Everything is lost.
must mv "$data" "$T/lost"
try gate restore "$backups"
is "$status" 0 "a restore makes the data folder"
like "$out" "Restored 3 repositories with 4 refs" "and says what came back"
is "$(refs_of "$data")" "$wanted_refs" "every ref is what it was"
ok "the audit came back" test "$(gate audit --limit 1000 --json | wc -l)" -ge "$((wanted_audit - 2))"
gate_start
ok "a token works as before" git clone -q "$(url ann "$t" ann/site.git)" "$T/back"
is "$(head_of "$T/back")" "$(head_of "$T/work")" "with the same history"
try git -C "$T/work" push "$(url bob "$b" ann/site.git)" HEAD:refs/heads/no
like "$out" "scope-missing" "and rights are as they were"
commit "$T/work" again
ok "a push goes on" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
try gate restore "$backups"
is "$status" 1 "a data folder that is in use is left alone"
like "$out" "not empty" "with the reason"
like "$(gate audit --limit 5)" "ann" "and still works"

# Pushes while backups are made: each backup holds what was acknowledged before it began.
(
	n=0
	while [ ! -e "$T/enough" ]; do
		n=$((n + 1))
		commit "$T/work" "race $n"
		git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main "HEAD:refs/heads/race/$((n % 7))" && head_of "$T/work" >"$T/sure.new" && mv "$T/sure.new" "$T/sure"
	done
) &
racer=$!
wait_for 20 test -s "$T/sure"
for n in 1 2 3 4 5; do
	sure=$(cat "$T/sure")
	ok "backup $n beside pushes" gate backup "$backups" --keep 3
	copy=$(newest)/repositories/$(basename "$(dirname "$(gate repo path ann/site)")")/$(basename "$(gate repo path ann/site)")
	ok "holds what was acknowledged before it" git --git-dir "$copy" merge-base --is-ancestor "$sure" main
	ok "and nothing half" git --git-dir "$copy" fsck --full --strict --no-dangling
done
touch "$T/enough"
wait "$racer"
is "$(find "$backups" -mindepth 1 -maxdepth 1 -name '2*' | wc -l)" 3 "only as many backups stay as asked"

# Cut off in its midst.
last=$(newest)
for wait in 0.02 0.05 0.1 0.2; do
	gate backup "$backups" >/dev/null 2>&1 &
	cut=$!
	sleep "$wait"
	pkill -KILL -P "$cut" 2>/dev/null
	kill -KILL "$cut" 2>/dev/null
	wait "$cut" 2>/dev/null
done
ok "a backup that was killed leaves the one before it whole" gate restore --check "$last"
ok "and the next one needs no hand" gate backup "$backups"
is "$(find "$backups" -maxdepth 1 -name '.new-*')" "" "and takes away what was left"

# What is damaged is copied as it is, and named each time until it is mended.
shop=$(gate repo path acme/shop)
$as sh -c ": >'$shop/refs/heads/torn'"
try gate backup "$backups"
is "$status" 1 "a ref that nobody can read makes the backup one to look at"
like "$out" "acme/shop: the ref refs/heads/torn" "and is named"
like "$out" "Made the backup" "which was made all the same"
$as rm "$shop/refs/heads/torn"
repo ann/broken
must git -C "$T/work" push -q "$(url ann "$t" ann/broken.git)" HEAD:refs/heads/main
broken=$(gate repo path ann/broken)
pack=$(find "$broken" -name '*.pack')
chmod u+w "$pack"
printf 'xxxx' | dd of="$pack" bs=1 seek=60 conv=notrunc 2>/dev/null
try gate backup "$backups"
is "$status" 1 "so does a pack that git can't read"
like "$out" "ann/broken: it is damaged, and so is its copy" "with its repository"
ok "--quick does not look" gate backup "$backups" --quick
must gate repo delete ann/broken --yes

# Two at once, and places where none may lie.
# shellcheck disable=SC2094 # the folder is only locked, not read
(
	flock 9
	try gate backup "$backups"
	printf '%s\n%s\n' "$status" "$out" >"$T/second"
) 9<"$backups"
like "$(cat "$T/second")" "another backup is being written" "two at once do not meet"
try gate backup "$data/backups"
is "$status" 1 "the data folder is no place for a backup"
like "$out" "lies in the data folder" "and it says so"
gate_stop

# Damage is named before anything is made of it.
last=$(newest)
damaged=$(find "$last" -name '*.pack' | head -n 1)
chmod u+w "$damaged"
printf 'x' | dd of="$damaged" bs=1 seek=40 conv=notrunc 2>/dev/null
must mv "$data" "$T/lost2"
try gate restore "$backups"
is "$status" 1 "a damaged backup is not restored"
like "$out" "$(basename "$damaged") is not what it was" "and the file is named"
not "no ledger is left of it" test -e "$data/gatehouse.db"
try gate restore --check "$last"
like "$out" "the backup is damaged: .*$(basename "$damaged")" "--check names it too"
rm -rf "$data"
if [ -n "$as" ]; then mkdir "$data" && chown 65534:65534 "$data"; fi
older=$(find "$backups" -mindepth 1 -maxdepth 1 -name '2*' | sort | head -n 1)
try gate restore "$older"
case $status in
0) pass "an older one can be named and restored" ;;
*) like "$out" "is not what it was" "an older one that shares the damaged file says so" ;;
esac
printf 'rubbish' >"$T/empty-file"
mkdir -p "$T/none"
try gate restore "$T/none"
like "$out" "holds no whole backup" "a folder that is no backup is told apart"
finish
