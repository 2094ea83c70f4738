#!/bin/sh
# `gatehouse check` names what is wrong, says how to mend it, and changes nothing.
# seconds: 600
# shellcheck disable=SC2086 # $as is the words of a command
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

conf=$T/gatehouse.conf
settings() { { printf 'data = %s\n' "$data"; printf '%s\n' "$@"; } >"$conf"; }
check() { try $as "$bin/gatehouse" --config "$conf" check "$@"; }
# What differs from machine to machine is left out.
steady() { printf '%s\n' "$out" | grep -vE '^[a-zA-Z]+ +(clock|git|kernel|disk) ' | sed -E 's/[0-9.]+ (bytes|[KM]iB)/<size>/g; s/, of [a-z0-9:]+$/, of <owner>/; s/schema [0-9]+/schema <n>/'; }
# found TITLE PATTERN: such a line is a fault, and the status says so.
found() {
	is "$status" 1 "$1"
	like "$out" "^FAULT +$2" "… and it says so"
}
trace() { find "$data" ! -name '*-shm' ! -name '*-wal' ! -path "$data" -printf '%p %m %s %T@\n' | sort; }
own() { if [ -n "$as" ]; then chown -R 65534:65534 "$@"; fi; }

user ann
repo ann/site
repo ann/notes
repo ann/empty
t=$(token ann laptop write:repository)
history "$T/work" 40
settings "http = 127.0.0.1:8080" "base-url = http://127.0.0.1:8080"
chmod 644 "$conf"

trace >"$T/before"
check
trace >"$T/after"
is "$status" 0 "a server that is well passes"
words check-well "$(steady)"
is "$(cat "$T/after")" "$(cat "$T/before")" "nothing was changed"
check --json
is "$(printf '%s\n' "$out" | python3 -c 'import json, sys
j = json.load(sys.stdin)
print(j["well"], j["faults"], sum(f["part"] == "repositories" for f in j["findings"]))')" "True 0 1" "as JSON too"
check --quiet
is "$out$status" 0 "--quiet has nothing to say then"
check --hurry
is "$status" 2 "a line that makes no sense is told from a fault"

gate_start
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
must git -C "$T/work" push -q "$(url ann "$t" ann/notes.git)" main
check
is "$status" 0 "it passes while the server runs"
like "$out" "^well +repositories +3, 3 of them read by git fsck" "and read what was pushed"
gate_stop
mkdir "$T/backups"
own "$T/backups"
must gate backup "$T/backups"
backup=$(find "$T/backups" -mindepth 1 -maxdepth 1 -name '2*')

# -- settings --
settings "http = 127.0.0.1:8080" "" "colour = blue"
check
found "a setting that does not exist is found" "settings +$conf:4: no such setting: 'colour'"
like "$out" "^well +git" "and what needs no settings is looked at"
settings "http = 127.0.0.1:8080" "trusted-proxies = 127.0.0.1"
check --quick
found "trusted proxies without an address of one's own are found" "settings +trusted-proxies is given without base-url"
mend=$(printf '%s\n' "$out" | sed -nE 's/ +mend it: +//p')
ok "the line to paste works" sh -c "$mend"
check --quick
is "$status" 0 "and mends it"
settings "http = 127.0.0.1:8080" "base-url = http://git.example.org"
check --quick
like "$out" "(FAULT|note) +settings +base-url is http://git.example.org, but only this machine itself is listened to" \
	"an address that nobody else can reach is found"

# -- the certificate --
certificate() { # NAME DAYS HOST
	must openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$3" \
		-keyout "$T/$1.key" -out "$T/$1.csr"
	printf 'subjectAltName=DNS:%s\n' "$3" >"$T/ext"
	must openssl x509 -req -in "$T/$1.csr" -signkey "$T/$1.key" -days "$2" -extfile "$T/ext" -out "$T/$1.pem"
	chmod 600 "$T/$1.key"
	own "$T/$1.key"
}
tls() { settings "https = 0.0.0.0:8443" "base-url = https://git.example.org:8443" "tls-certificate = $T/$1.pem" "tls-key = $T/$2.key"; }
certificate good 90 git.example.org
certificate old -1 git.example.org
certificate soon 5 git.example.org
certificate other 90 www.example.org
tls good good
check --quick
is "$status" 0 "a good certificate passes"
like "$out" "^well +certificate +(89|90) days left \(until .*\), from CN=git.example.org" "with the days it has left"
like "$out" "^note +certificate +it is signed by itself" "that it is its own authority is noted"
tls old old
check --quick
found "one that ended is found" "certificate +it ended on .*: clients refuse it"
like "$out" "mend it: +certbot renew && systemctl reload gatehouse" "with the command that gets a new one"
tls soon soon
check --quick
found "one that ends soon is found" "certificate +it ends in [45] days, on "
tls other other
check --quick
found "one for another host is found" "certificate +it does not name git.example.org, the host of base-url \(its names: www.example.org\)"
tls good other
check --quick
found "the key of another is found" "certificate +the key .* belongs to another certificate"
tls good good
chmod 644 "$T/good.key"
check --quick
found "a key that everybody reads is found" "certificate +every user of this machine may read the key"
chmod 600 "$T/good.key"
printf 'no certificate\n' >"$T/good.pem"
check --quick
found "what is no certificate is found" "certificate +the certificate can't be read"
must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=Authority \
	-keyout "$T/ca.key" -out "$T/ca.pem"
printf 'subjectAltName=DNS:git.example.org\n' >"$T/ext"
must openssl x509 -req -in "$T/other.csr" -CA "$T/ca.pem" -CAkey "$T/ca.key" -CAcreateserial -days 60 \
	-extfile "$T/ext" -out "$T/leaf.pem"
cat "$T/leaf.pem" "$T/ca.pem" >"$T/chain.pem"
cat "$T/ca.pem" "$T/leaf.pem" >"$T/backwards.pem"
tls chain other
check --quick
is "$status" 0 "a chain passes"
like "$out" "^note +certificate +this machine finds no way from it to an authority it trusts \(issuer: CN=Authority\)" \
	"that nobody knows its authority is noted"
tls backwards other
check --quick
found "a chain in the wrong order is found" "certificate +the chain in .* is in the wrong order"
rm "$T/other.key"
check --quick
found "a key that is not there is found" "certificate +$T/other.key can't be read: No such file"

# -- folders --
settings "http = 127.0.0.1:8080"
chmod 755 "$data"
check --quick
found "a data folder that others may look into is found" "folders +other users may look into $data \(mode 755\)"
ok "the command it gives" sh -c "$(printf '%s\n' "$out" | sed -nE 's/ +mend it: +//p')"
check --quick
is "$status" 0 "mends it"
chmod 644 "$data/gatehouse.db"
check --quick
found "so is a ledger that others may read" "folders +other users may read $data/gatehouse.db"
chmod 600 "$data/gatehouse.db"

# -- git --
mkdir "$T/oldgit"
printf '#!/bin/sh\necho git version 2.20.1\n' >"$T/oldgit/git"
chmod 755 "$T/oldgit/git"
try $as env PATH="$T/oldgit" "$bin/gatehouse" --config "$conf" check
found "a git that is too old is found" "git +git 2.20.1 is too old: 2.36 or newer is needed"
like "$out" "^note +repositories +their objects were not looked at" "and what it could not look at is said"

# -- repositories --
site=$(gate repo path ann/site)
notes=$(gate repo path ann/notes)
pack=$(find "$site/objects/pack" -name '*.pack')
if [ -z "$pack" ]; then
	must git --git-dir "$site" repack -adq
	own "$site"
	must gate backup "$T/backups"
	backup=$(find "$T/backups" -mindepth 1 -maxdepth 1 -name '2*' | sort | tail -n 1)
	pack=$(find "$site/objects/pack" -name '*.pack')
fi
chmod 644 "$pack"
printf 'XXXX' | dd of="$pack" bs=1 seek=400 conv=notrunc status=none
check
found "a pack with a changed byte is found, and its repository named" "repositories +ann/site is damaged \(error: "
unlike "$out" "ann/notes" "the others are not"
check --quick
is "$status" 0 "--quick does not read it"
check
mend=$(printf '%s\n' "$out" | sed -nE 's/ +mend it: +//p' | sed "s#BACKUP#$backup#")
ok "what it says to paste" $as sh -c "$mend"
check
is "$status" 0 "mends it from a backup"

rm -r "$notes"
check
found "a repository without its folder is found" "repositories +ann/notes: its folder $notes is missing"
words check-missing "$(steady | sed -E 's#[0-9a-f]{2}/[0-9a-f]{32}#<id>#g')"
mend=$(printf '%s\n' "$out" | sed -nE 's/ +mend it: +//p' | sed "s#BACKUP#$backup#")
ok "what it says to paste puts it back" $as sh -c "$mend"
check
is "$status" 0 "from a backup"

# -- leftovers --
mkdir -p "$data/repositories/00/.new-abc"
own "$data/repositories/00"
$as cp -r "$site" "$data/repositories/00/00000000000000000000000000000000.git"
touch -d '2 hours ago' "$data/repositories/00/.new-abc" "$data/repositories/00/00000000000000000000000000000000.git"
check --quick
found "a repository of which the ledger knows nothing is found" "leftovers +$data/repositories/00/0{32}.git is a repository of which the ledger knows nothing"
like "$out" "^note +leftovers +1 half-made folders" "a half-made folder is noted"
rm -r "$data/repositories/00"

# -- the decision log, and a disk that the data folder does not lie on --
settings "http = 127.0.0.1:8080" "decision-log = $T/nowhere/decisions"
check --quick
found "a decision log that nothing can be written to is found" "settings +decision-log is $T/nowhere/decisions, and $T/nowhere can't be written \(No such file"
mkdir "$T/decisions"
own "$T/decisions"
settings "http = 127.0.0.1:8080" "decision-log = $T/decisions/log"
check --quick
is "$status" 0 "one that is not there yet is no fault where it can be made"
settings "http = 127.0.0.1:8080"
if [ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$data")" ]; then
	shm=$(mktemp -d /dev/shm/gatehouse-check-XXXXXX)
	trap 'rm -rf "$shm"; clean_up' EXIT
	chmod 755 "$shm"
	for name in old older; do
		must git clone -q --bare "$T/work" "$shm/$name.git"
		own "$shm/$name.git"
		must $as "$bin/gatehouse" --config "$conf" repo adopt "$shm/$name.git" "ann/$name" --yes
	done
	check
	like "$out" "disk +[0-9.]+ [KMGT]iB of [0-9.]+ [KMGT]iB free below $shm/old(er)?.git" "the disk of adopted folders is looked at"
	is "$(printf '%s\n' "$out" | grep -c "^[a-zA-Z]* *disk .*$shm/")" 1 "… once"
	for name in old older; do
		must $as "$bin/gatehouse" --config "$conf" repo disown "ann/$name" --yes
	done
else
	skip "the disk of adopted folders" "there is no second disk here"
fi

# -- the clock --
cat >"$T/later.py" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE audit SET at = at + 900000, last = last + 900000 WHERE id = (SELECT max(id) FROM audit)")
db.commit()
END
ok "an audit row of next week" $as python3 "$T/later.py" "$data/gatehouse.db"
check --quick
found "an audit from the future is found" "clock +the newest row of the audit is of .*, which is to come"

# -- the ledger --
$as cp "$data/gatehouse.db" "$T/data/ledger"
pages=$(($(stat -c %s "$data/gatehouse.db") / 4096))
dd if=/dev/zero of="$data/gatehouse.db" bs=4096 seek=$((pages / 2)) count=1 conv=notrunc status=none
check
found "a damaged ledger is found" "ledger +it is damaged: put it back from the newest backup"
like "$out" "^well +disk" "and the rest is looked at"
head -c 8192 /dev/urandom >"$data/gatehouse.db"
check
found "what is no ledger is found" "ledger +"
rm -f "$data"/gatehouse.db*
check
found "a lost ledger is found" "ledger +there is none at $data/gatehouse.db, but repositories"
like "$out" "mend it: +gatehouse --data $data rebuild --owner NAME" "and how to make one anew"
rm -r "$data"
check
found "a data folder that is not there is found" "folders +there is no data folder $data: No such file"
finish
