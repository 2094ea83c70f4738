#!/bin/sh
# hostile-wire.sh HOSTILE_WIRE
#
# The keeper with a process at the network that was taken over: each attack ends
# that process (or is refused), another takes its place, ordinary work goes on.
# tests/keeper/hostile_wire.c is that process and knows the attacks.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/siege.sh
. "$(dirname "$0")/../lib/siege.sh"

siege_begin http "$1"
user ann
repo ann/site
t=$(token ann laptop write:repository)
printf '%s\n' "$t" >"$programs/token"
history "$T/work" 2

# still_serves TITLE: a push and a clone.
still_serves() {
	commit "$T/work" "after $1"
	ok "$1: then a push is stored" timeout 60 git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
	is "$(served ann/site refs/heads/main)" "$(head_of "$T/work")" "$1: as it was sent"
	rm -rf "$T/clone"
	ok "$1: and a clone works" timeout 60 git clone -q "$(url ann "$t" ann/site.git)" "$T/clone"
	gate_stop
}

besiege <<'PLAN'
garbage
empty
half
left-over
wrong-magic
long-field
reserved
many-fields
oversized
PLAN
cut_off garbage "wrong magic"
cut_off empty "channel closed"
cut_off half "passes the end|cut off"
cut_off left-over "left over"
cut_off wrong-magic "wrong magic"
cut_off long-field "passes the end"
cut_off reserved "reserved"
cut_off many-fields "too many"
cut_off oversized "longer than"
still_serves "messages that are none"

besiege <<'PLAN'
type 101
type 102
type 103
type 104
type 105
type 106
type 20
type 0
type 65535
PLAN
for type in 101 102 103 104 105 106 20 0 65535; do
	cut_off "type $type" "its role may not"
done
still_serves "answers sent as questions, and unknown types"

besiege <<'PLAN'
id-zero
at-once
after-answer
while-running
ready-twice
no-body
two-bodies
unclaimed
gone-with-file
PLAN
cut_off id-zero "under no number"
cut_off at-once "twice under one number"
saw after-answer "status 200"
saw after-answer "again 404"
cut_off while-running "twice under one number"
cut_off ready-twice "ready a second time"
cut_off no-body "do not fit"
cut_off two-bodies "do not fit"
cut_off unclaimed "do not fit"
cut_off gone-with-file "do not fit"
still_serves "numbers used twice"

besiege <<'PLAN'
body directory
body path
body zero
body file
body unsealed
body pipe
body socket
body channel
files 5
PLAN
for kind in directory path zero file unsealed pipe socket channel; do
	cut_off "body $kind" "do not fit"
done
cut_off "files 5" "more than 4 descriptors"
still_serves "descriptors of the wrong kind"

# What would hold up who closes it.
besiege <<'PLAN'
lingering gone
lingering body
lingering behind
files 60
PLAN
cut_off "lingering gone" "do not fit"
cut_off "lingering body" "do not fit"
cut_off "lingering behind" "bytes are none"
cut_off "files 60" "more than 4 descriptors"
touch "$programs/over"
still_serves "sockets that linger"

besiege --connection-limit 300 <<'PLAN'
flood
deaf
dying
restless
PLAN
cut_off flood "more at once than it may have connections"
cut_off deaf "does not read its answers"
like "$(cat "$log")" "died of signal 6" "dying: it died with pushes under way"
saw restless "answered at the end"
nothing_left
still_serves "too much at once"

besiege <<'PLAN'
strangers
bare
mixed
PLAN
saw strangers "status 200"
saw strangers "again 200"
saw bare "nothing 400"
saw bare "NUL 400"
saw bare "long 400"
saw bare "body 77 400"
saw bare "none 400"
saw bare "escapes 400"
saw mixed "1000 answers, 0 wrong"
unlike "$(cat "$programs/report")" "an answer for" "no number gets another's answer"
unlike "$(cat "$log")" "$(printf '\033')" "no escape of theirs reaches the log"
still_serves "questions that are odd"

# Two at once: one drains, with a transfer under way; the other knows its numbers.
besiege <<'PLAN'
real
meddling
PLAN
mkfifo "$T/slow"
curl -s -N -o "$T/report" -w '%{http_code}' -u "ann:$t" -T "$T/slow" -X POST -H 'Expect:' \
	-H 'Content-Type: application/x-git-receive-pack-request' \
	"$address/ann/site.git/git-receive-pack" >"$T/code" &
transfer=$!
exec 9>"$T/slow"
printf '00' >&9
running() { pgrep -f "receive-pack .*$(gate repo path ann/site)" >/dev/null || children_of "$server" receive-pack | grep -q .; }
ok "a push is under way" wait_for 20 running
kill -HUP "$server"
meddled() { grep -q '^meddling: ' "$programs/report"; }
ok "another process meddles with its number" wait_for 30 meddled
saw meddling "199 answers, 0 wrong"
printf '00' >&9
exec 9>&-
wait "$transfer"
is "$(cat "$T/code")" 200 "and the push ends as if nothing had been"
still_serves "another's numbers"

finish
