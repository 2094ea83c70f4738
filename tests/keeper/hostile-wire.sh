#!/bin/sh
# hostile-wire.sh HOSTILE_WIRE
#
# The keeper with a process at the network that was taken over: each attack ends
# that process (or is refused), another takes its place, ordinary work goes on.
# tests/keeper/hostile_wire.c is that process and knows the attacks.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

programs=$T/programs
mkdir "$programs"
cp "$1" "$programs/gatehouse-http"
cp "$bin/gatehouse-http" "$programs/real"
cp "$bin/gatehouse-box" "$bin/gatehouse" "$programs"
chmod -R a+rX "$programs"
chmod a+rwx "$programs"
user ann
repo ann/site
t=$(token ann laptop write:repository)
printf '%s\n' "$t" >"$programs/token"
history "$T/work" 2

# besiege [FLAGS]: starts the server with the plan on standard input, and waits
# until the plan is over and the real program serves.
besiege() {
	cat >"$programs/plan"
	echo 0 >"$programs/turn"
	: >"$programs/report"
	: >"$log"
	chmod a+rw "$programs"/turn "$programs"/report
	export GATEHOUSE_PROGRAMS="$programs"
	gate_start "$@"
	unset GATEHOUSE_PROGRAMS
	wait_for 120 grep -q '^real ' "$programs/report" || fail "the real program has its turn" "$(tail -n 20 "$log")"
}

# still_serves TITLE: a push and a clone.
still_serves() {
	commit "$T/work" "after $1"
	ok "$1: then a push is stored" timeout 60 git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
	is "$(served ann/site refs/heads/main)" "$(head_of "$T/work")" "$1: as it was sent"
	rm -rf "$T/clone"
	ok "$1: and a clone works" timeout 60 git clone -q "$(url ann "$t" ann/site.git)" "$T/clone"
	gate_stop
}

# cut ATTACK PATTERN: that process was cut off, for this reason.
cut() {
	local pid why
	pid=$(sed -nE "s/^$1 ([0-9]+)\$/\\1/p" "$programs/report")
	why=$(sed -nE "s/.*http \(pid ${pid:-none}\) is cut off: //p" "$log")
	like "${why:-not cut off}" "$2" "$1: it is cut off"
}

# saw ATTACK WORDS
saw() { like "$(grep -F -- "$1: " "$programs/report")" "^$1: $2\$" "$1: $2"; }

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
cut garbage "wrong magic"
cut empty "channel closed"
cut half "passes the end|cut off"
cut left-over "left over"
cut wrong-magic "wrong magic"
cut long-field "passes the end"
cut reserved "reserved"
cut many-fields "too many"
cut oversized "longer than"
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
	cut "type $type" "its role may not"
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
cut id-zero "under no number"
cut at-once "twice under one number"
saw after-answer "status 200"
saw after-answer "again 404"
cut while-running "twice under one number"
cut ready-twice "ready a second time"
cut no-body "do not fit"
cut two-bodies "do not fit"
cut unclaimed "do not fit"
cut gone-with-file "do not fit"
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
	cut "body $kind" "do not fit"
done
cut "files 5" "more than 4 descriptors"
still_serves "descriptors of the wrong kind"

# What would hold up who closes it.
besiege <<'PLAN'
lingering gone
lingering body
lingering behind
files 60
PLAN
cut "lingering gone" "do not fit"
cut "lingering body" "do not fit"
cut "lingering behind" "bytes are none"
cut "files 60" "more than 4 descriptors"
touch "$programs/over"
still_serves "sockets that linger"

besiege --connection-limit 300 <<'PLAN'
flood
deaf
dying
restless
PLAN
cut flood "more at once than it may have connections"
cut deaf "does not read its answers"
like "$(cat "$log")" "died of signal 6" "dying: it died with pushes under way"
saw restless "answered at the end"
no_children() { ! pgrep -P "$server" -f 'git-receive-pack|receive-pack' >/dev/null; }
ok "no git process of theirs is left" wait_for 20 no_children
descriptors() {
	# as root: the process lets nobody of its own user look
	find "/proc/$server/fd" -type l 2>/dev/null | wc -l
}
if [ -n "$as" ]; then
	ok "nor descriptors" test "$(descriptors)" -lt 60
else
	skip "nor descriptors" "only root may look"
fi
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
