#!/bin/sh
# needs: root
# Every reason for which readyz says no, and that it says yes again by itself: nobody
# else comes meanwhile, as a load balancer sends nobody.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

[ "$(id -u)" = 0 ] || skip_all "only root may mount a small disk"
mount -t tmpfs -o size=24m,mode=700,uid=65534,gid=65534 small "$data" 2>/dev/null ||
	skip_all "no small disk can be mounted here"
tear_down() {
	if [ -n "$server" ]; then
		kill -9 "$server" 2>/dev/null
		wait "$server" 2>/dev/null
		sleep 0.2
	fi
	umount "$data" 2>/dev/null || umount -l "$data"
	server=""
	clean_up
}
trap tear_down EXIT

user ann
repo ann/site
t=$(token ann laptop write:repository)
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
gate_start --stop-time 5s --metrics "127.0.0.1:$port"
# asks: the status and the sentence.
asks() { curl -s -w ' %{http_code}' "$address/-/readyz" | tr -d '\n'; }
says() { [ "$(asks)" = "$1 $2" ]; }
alive() { is "$(curl -s -o /dev/null -w '%{http_code}' "$address/-/healthz")" 200 "it is alive all the same"; }
number_ready() { curl -s "http://127.0.0.1:$port/-/metrics" | sed -n 's/^gatehouse_ready //p'; }
refused() { curl -s -o /dev/null -u "ann:wrong" "$address/ann/site.git/info/refs?service=git-upload-pack"; }
ok "it is ready" says ready 200
is "$(number_ready)" 1 "and so say the metrics"

# -- the disk --
head -c 30000000 /dev/zero >"$data/filler" 2>/dev/null
ok "a full disk: 503" says "The disk is full." 503
is "$(curl -s -o /dev/null -w '%{http_code}' -I "$address/-/readyz")" 503 "HEAD too"
is "$(number_ready)" 0 "and so say the metrics"
alive
curl -s -o /dev/null -u "ann:$t" "$address/ann/site.git/info/refs?service=git-receive-pack" # can't be recorded
rm "$data/filler"
ok "with room again it is ready, though nobody came" wait_for 20 says ready 200
marks() { [ "$(gate audit --actor server | grep -c "audit resume")" = "$1" ]; }
ok "and the audit marks the gap" wait_for 20 marks 1

# -- another program that does not let go of the ledger --
cat >"$T/hold.py" <<'END'
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(60)
END
# shellcheck disable=SC2086 # words of a command
$as python3 "$T/hold.py" "$data/gatehouse.db" >"$T/held" &
holder=$!
wait_for 10 grep -q held "$T/held"
ok "a ledger that is held for a moment: ready" says ready 200
refused # is to be recorded
ok "held on and on: 503" wait_for 20 says "The ledger is held by another program." 503
is "$(number_ready)" 0 "and so say the metrics"
alive
ok "a clone goes on meanwhile" git ls-remote "$(url ann "$t" ann/site.git)"
kill "$holder"
wait "$holder" 2>/dev/null
ok "let go, it is ready, though nobody came" wait_for 20 says ready 200
ok "and the audit marks the gap" wait_for 20 marks 2

# -- and again, while people come all the time: somebody's row is the first after it --
# shellcheck disable=SC2086 # words of a command
$as python3 "$T/hold.py" "$data/gatehouse.db" >"$T/held" &
holder=$!
wait_for 10 grep -q held "$T/held"
while :; do
	curl -s -o /dev/null -u "ann:$t" "$address/ann/none.git/info/refs?service=git-upload-pack"
done &
people=$!
ok "held on and on: 503" wait_for 20 says "The ledger is held by another program." 503
kill "$holder"
wait "$holder" 2>/dev/null
ok "let go, it is ready" wait_for 20 says ready 200
sleep 1
kill "$people"
wait "$people" 2>/dev/null
ok "and the audit marks this gap too" wait_for 20 marks 3

# -- stopping, while a push is still on its way --
cat >"$T/ask.py" <<'END'
import socket, sys
host, port = sys.argv[1].split(":")
s = socket.create_connection((host, int(port)), timeout=10)
s.sendall(b"GET /-/readyz HTTP/1.1\r\nHost: x\r\n")
print("half", flush=True)
sys.stdin.readline()
s.sendall(b"\r\n")
answer = s.recv(4096).decode()
print(answer.split()[1], answer.split("\r\n\r\n")[1].strip(), flush=True)
END
mkfifo "$T/go"
python3 "$T/ask.py" "$host" <"$T/go" >"$T/answers" 2>&1 &
asker=$!
exec 8>"$T/go"
wait_for 10 grep -q half "$T/answers"
hold_push "$t"
sleep 1
kill -TERM "$server"
sleep 1
echo now >&8
ok "a server that stops, to who was asking already: 503" wait_for 10 grep -qx "503 The server is stopping." "$T/answers"
exec 8>&- 9>&-
wait "$asker" "$holder"
code=0
wait "$server" || code=$?
server=""
is "$code" 0 "and ends"
log_is_clean "no sanitizer report and no secret is in its log"

# -- a ledger that was destroyed under it --
rm -rf "${data:?}"/*
user ann
gate_start
ok "another server is ready" says ready 200
user bob # what the server had read before is old now
: >"$data/gatehouse.db"
: >"$data/gatehouse.db-wal"
ok "a ledger that can't be read: 503" wait_for 10 says "The ledger can't be read." 503
alive
finish
