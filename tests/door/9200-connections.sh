#!/bin/sh
# as: runner
# Many connections that are slow or idle while ordinary work goes on; the limit
# of one address; the time for a head, a body and an answer that nobody reads.
# GATEHOUSE_BIG=1 takes ten thousand connections instead of a thousand.
# shellcheck disable=SC3045 # ulimit -n is in every sh that we meet
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

hold="$(dirname "$0")/9200-connections.py"
count=1000
if [ -n "${GATEHOUSE_BIG:-}" ]; then count=10000; fi
unset GATEHOUSE_BIG
ulimit -n 30000 2>/dev/null || ulimit -n "$(ulimit -H -n)"
if [ "$(ulimit -n)" -lt $((count + 200)) ]; then count=$(($(ulimit -n) - 200)); fi

user ann
repo ann/site
t=$(token ann laptop write:repository)
history "$T/work" 3
gate_start --connection-limit 12000 --connection-limit-per-address 12000 --head-time 60s --idle-time 60s
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main

mkfifo "$T/go"
python3 "$hold" "$host" "$count" 120 <"$T/go" >"$T/held" 2>&1 &
holder=$!
exec 9>"$T/go"
stands() { grep -q '^held' "$T/held"; }
ok "the connections stand" wait_for 60 stands
is "$(cat "$T/held")" "held $count" "$count of them"
n=0
while [ "$n" -lt 5 ]; do
	n=$((n + 1))
	commit "$T/work" "beside $n"
	ok "a push beside them is stored ($n)" timeout 60 git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
	rm -rf "$T/clone"
	ok "a clone beside them works ($n)" timeout 60 git clone -q "$(url ann "$t" ann/site.git)" "$T/clone"
done
exec 9>&-
wait "$holder"
is "$(tail -n 1 "$T/held")" "alive $count" "none of them was cut before its time"
wire=$(children_of "$server" gatehouse-http)
if [ -r "/proc/$wire/fd" ]; then
	few() { [ "$(find "/proc/$wire/fd" -type l 2>/dev/null | wc -l)" -lt 100 ]; }
	ok "they leave no descriptors behind" wait_for 30 few
fi
gate_stop

# Limits of one address and in all.
gate_start --connection-limit 100 --connection-limit-per-address 10
sleep 5 | python3 "$hold" "$host" 30 5 >"$T/held" 2>&1
alive=$(sed -n 's/^alive //p' "$T/held")
ok "one address gets its ten connections and no more ($alive)" test "$alive" -le 10 -a "$alive" -ge 7
ok "and is served again when they have gone" wait_for 20 git ls-remote "$(url ann "$t" ann/site.git)"
gate_stop

# Time.
gate_start --head-time 1s --idle-time 2s
mkfifo "$T/go2"
python3 "$hold" "$host" 40 8 <"$T/go2" >"$T/held" 2>&1 &
holder=$!
exec 9>"$T/go2"
wait "$holder"
exec 9>&-
is "$(tail -n 1 "$T/held")" "alive 0" "who is silent or slow with a head is cut"

# A body that stops, and an answer that nobody reads. The other end sees an end.
head -c 20000000 /dev/urandom >"$T/work/large"
must git -C "$T/work" add large
must git -C "$T/work" commit -q -m large
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
cat >"$T/stuck.py" <<'PY'
import base64, socket, sys, time
host, port = sys.argv[1].rsplit(":", 1)
auth = b"Authorization: Basic " + base64.b64encode(b"ann:" + sys.argv[2].encode()) + b"\r\n"
want = b"0032want " + sys.argv[3].encode() + b"\n00000009done\n"
kinds = {
    "body": b"POST /ann/site.git/git-upload-pack HTTP/1.1\r\nHost: a\r\n" + auth +
        b"Content-Type: application/x-git-upload-pack-request\r\nContent-Length: 5000\r\n\r\n0032",
    "push": b"POST /ann/site.git/git-receive-pack HTTP/1.1\r\nHost: a\r\n" + auth +
        b"Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 5000000\r\n\r\n00",
    "answer": b"POST /ann/site.git/git-upload-pack HTTP/1.1\r\nHost: a\r\n" + auth +
        b"Content-Type: application/x-git-upload-pack-request\r\nContent-Length: %d\r\n\r\n" % len(want) + want,
}
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect((host, int(port)))
s.sendall(kinds[sys.argv[4]])
if sys.argv[4] == "answer":
    time.sleep(7)
s.settimeout(30)
got = 0
try:
    while more := s.recv(65536):
        got += len(more)
except ConnectionError:
    pass
except socket.timeout:
    sys.exit("the connection still stands")
if got > 19000000:
    sys.exit("all of it came")
PY
for kind in body push answer; do
	ok "time is up for a $kind that stands still" python3 "$T/stuck.py" "$host" "$t" "$(head_of "$T/work")" "$kind"
done
no_git() { ! pgrep -P "$server" -f 'receive-pack|upload-pack' >/dev/null; }
ok "their git processes have ended" wait_for 20 no_git
ok "it serves on" git ls-remote "$(url ann "$t" ann/site.git)"
unlike "$(cat "$log")" "http .pid" "no process was lost"
finish
