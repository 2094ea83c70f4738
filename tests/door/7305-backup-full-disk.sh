#!/bin/sh
# needs: root
# A backup that does not fit: said plainly, nothing half-made counts as a backup, the
# ones before stay whole, and with room again the next one needs no hand.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

[ "$(id -u)" = 0 ] || skip_all "only root may mount a small disk"
backups=$T/backups
mkdir "$backups"
mount -t tmpfs -o size=4m,mode=700,uid=65534,gid=65534 small "$backups" 2>/dev/null ||
	skip_all "no small disk can be mounted here"
tear_down() {
	umount "$backups" 2>/dev/null || umount -l "$backups"
	clean_up
}
trap tear_down EXIT

user ann
repo ann/site
t=$(token ann laptop write:repository)
gate_start
where=$(url ann "$t" ann/site.git)
history "$T/work" 3
must git -C "$T/work" push -q "$where" main
whole() { find "$backups" -mindepth 2 -maxdepth 2 -name manifest.json | wc -l; }
room() { mount -o "remount,size=$1" "$backups"; }
ok "the first backup fits" gate backup "$backups"
first=$(find "$backups" -mindepth 1 -maxdepth 1 -name '2*')
listed=$(find "$first" -type f -exec cksum {} + | sort)

# A pack that does not fit.
head -c 6000000 /dev/urandom >"$T/work/large"
must git -C "$T/work" add large
must git -C "$T/work" commit -q -m large
must git -C "$T/work" push -q "$where" main
try gate backup "$backups" --keep 1
is "$status" 1 "one that does not fit fails"
like "$out" "^gatehouse: ann/site: .*No space left|^gatehouse: ann/site: .*full" "and says for which repository there was no room"
unlike "$out" "Made the backup" "and does not say that it was made"
is "$(whole)" 1 "it is not counted as a backup"
is "$(find "$first" -type f -exec cksum {} + | sort)" "$listed" "the one before it is untouched, though one alone was to be kept"
ok "and whole" gate restore --check "$backups"
is "$(gate restore --check "$backups" 2>&1 | grep -c "$(basename "$first")")" 1 "and it is the one that a restore takes"
ok "the server did not notice" git ls-remote "$where"

# The pack fits, the ledger behind it does not.
must room 64m
head -c "$(($(stat -f -c '%a * %S' "$backups") - 6800000))" /dev/zero >"$backups/other"
must gate audit --limit 1
$as python3 - "$data/gatehouse.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("CREATE TABLE padding (t)")
db.execute("INSERT INTO padding VALUES (zeroblob(3000000))")
db.commit()
END
try gate backup "$backups"
is "$status" 1 "one without room for the ledger fails"
like "$out" "space|full" "and says so"
is "$(whole)" 1 "nor is that one counted"

# Not even a folder.
head -c 100000000 /dev/zero >"$backups/filler" 2>/dev/null
try gate backup "$backups"
is "$status" 1 "no room at all: it fails"
like "$out" "space|full" "and says so"
is "$(whole)" 1 "and there is no other"
ok "the first can still be read" gate restore --check "$backups"

# Room again.
rm "$backups/filler" "$backups/other"
try gate backup "$backups"
is "$status" 0 "with room again the next one is made"
is "$(whole)" 2 "beside the first"
is "$(find "$backups" -maxdepth 1 -name '.new-*')" "" "and what was left of the others is gone"
gate_stop
must mv "$data" "$T/lost"
mkdir -m 700 "$data"
chown 65534:65534 "$data"
must gate restore "$backups"
is "$(served ann/site main)" "$(head_of "$T/work")" "a restore from it brings everything back"
finish
