#!/bin/sh
# Under a supervisor that holds the listening sockets: a restart lets running
# transfers end, refuses no connection, and says what it does.
# shellcheck disable=SC2086 # $as is the words of a command
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

events=$T/events
says() { grep -qE -- "$1" "$events"; }
count() { grep -cE -- "$1" "$events"; }

user ann
repo ann/site
t=$(token ann laptop write:repository)
: >"$events"
chmod 666 "$events"
$as env TMPDIR="$T/home" python3 "$top/tests/door/7230-supervisor.py" "$events" http:ssh \
	"$bin/gatehouse" --data "$data" serve --stop-time 60s >>"$log" 2>&1 &
supervisor=$!
[ -z "$as" ] || sleep 0.1
stop_supervisor() {
	kill -KILL "$supervisor" 2>/dev/null
	clean_up
}
trap stop_supervisor EXIT
ok "it says READY when it is" wait_for 60 says '^READY=1'
address=http://127.0.0.1:$(sed -n 's/^port http //p' "$events")
host=${address#*://}
is "$(head -n 1 "$data/run/address")" "$address" "its address is the socket's it was given"
like "$(ssh-keyscan -p "$(sed -n 's/^port ssh //p' "$events")" 127.0.0.1 2>/dev/null)" 'ssh-ed25519 ' "and SSH is served at its own"
ok "the watchdog is kept quiet" wait_for 10 says '^WATCHDOG=1'

where=$(url ann "$t" ann/site.git)
git init -q "$T/work"
head -c 24000000 /dev/urandom >"$T/work/noise"
must git -C "$T/work" add noise
must git -C "$T/work" commit -qm noise
ok "a push through the socket" git -C "$T/work" push -q "$where" main

printf '0011command=fetch0001000fno-progress0032want %s\n0009done\n0000' \
	"$(head_of "$T/work")" >"$T/request"
curl -s --limit-rate 1500k -H "Authorization: Bearer $t" -H 'Git-Protocol: version=2' \
	-H 'Content-Type: application/x-git-upload-pack-request' --data-binary "@$T/request" \
	-w '%{http_code} %{size_download}' -o "$T/pack" "$address/ann/site.git/git-upload-pack" >"$T/slow" &
slow=$!
sleep 1
kill -USR1 "$supervisor"
ok "it says STOPPING" wait_for 10 says '^STOPPING=1'
like "$(cat "$events")" '^EXTEND_TIMEOUT_USEC=80000000' "and how long it may take"
ok "what runs goes on" kill -0 "$slow"
ok "who comes now is not refused, but served by the next one" git ls-remote "$where" main
wait "$slow"
like "$(cat "$T/slow")" "^200 24[0-9]{6}$" "the running transfer came whole"
is "$(count '^ended 0')" 1 "the old one ended with 0"
is "$(count '^READY=1')" 2 "a new one is ready"

server=$(pgrep -P "$supervisor" | head -n 1)
kill -HUP "$server"
ok "a reload is told too" wait_for 10 says '^RELOADING=1'
ready_again() { [ "$(count '^READY=1')" = 3 ]; }
ok "and that it is over" wait_for 10 ready_again
ok "and it serves on" git ls-remote "$where" main
server=""
kill -TERM "$supervisor"
status=0
wait "$supervisor" || status=$?
is "$status" 0 "it stops when it is asked to"
log_is_clean "no sanitizer report and no secret is in its log"

# what can't be served is said
: >"$events"
try $as timeout 20 env TMPDIR="$T/home" python3 "$top/tests/door/7230-supervisor.py" "$events" smtp \
	"$bin/gatehouse" --data "$data" serve
like "$out" "named \"smtp\".*must be http, https" "a socket of another name is refused in words"
try $as timeout 20 env TMPDIR="$T/home" python3 "$top/tests/door/7230-supervisor.py" "$events" https \
	"$bin/gatehouse" --data "$data" serve
like "$out" "https needs a certificate" "a socket for https without certificate too"
finish
