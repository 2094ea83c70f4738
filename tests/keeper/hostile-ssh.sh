#!/bin/sh
# hostile-ssh.sh HOSTILE_SSH
#
# The keeper with a gatehouse-ssh that was taken over: as hostile-wire.sh, with questions
# about keys and sessions. tests/keeper/hostile_ssh.c is that process and knows the attacks.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"
# shellcheck source=tests/lib/siege.sh
. "$(dirname "$0")/../lib/siege.sh"

siege_begin ssh "$1"
user ann
user bob
repo ann/site
for name in ann bob dead strange; do
	ssh_key "$name"
	cut -d ' ' -f 2 "$T/$name.pub" | base64 -d >"$programs/$name"
done
must gate key add - --user ann --name laptop <"$T/ann.pub"
must gate key add - --user bob --name desk <"$T/bob.pub"
must gate key add - --user ann --name old <"$T/dead.pub"
must gate key revoke old --user ann
history "$T/work" 2

# still_serves TITLE: a push and a clone.
still_serves() {
	ssh_find
	commit "$T/work" "after $1"
	ok "$1: then a push is stored" git_by ann -C "$T/work" push -q "$ssh_address/ann/site.git" main
	is "$(served ann/site refs/heads/main)" "$(head_of "$T/work")" "$1: as it was sent"
	rm -rf "$T/clone"
	ok "$1: and a clone works" git_by ann clone -q "$ssh_address/ann/site.git" "$T/clone"
	gate_stop
}

besiege --ssh 127.0.0.1:0 <<'PLAN'
bare-key
bare-session
key connection
key port
key nul
key blob
key offered
session command
session shell
session protocol
session kind
PLAN
for what in bare-key "key connection" "key port" "key nul" "key blob" "key offered"; do
	cut_off "$what" "malformed question about a key"
done
for what in bare-session "session command" "session shell" "session protocol" "session kind"; do
	cut_off "$what" "malformed question of a session"
done
still_serves "questions that are none"

besiege --ssh 127.0.0.1:0 <<'PLAN'
type 2
type 20
type 102
type 104
type 105
type 110
type 0
id-zero
while-running
PLAN
for type in 2 20 102 104 105 110 0; do
	cut_off "type $type" "its role may not"
done
cut_off id-zero "under no number"
cut_off while-running "twice under one number"
still_serves "other roles' questions, and numbers used twice"

besiege --ssh 127.0.0.1:0 <<'PLAN'
file key
file session
file body
file gone
pipes
PLAN
for what in "file key" "file session" "file body" "file gone" pipes; do
	cut_off "$what" "do not fit"
done
still_serves "descriptors, which none may bring"

# It has checked the signature, and is believed in this alone: a key is worth what the
# ledger says at this moment, whatever was asked before.
besiege --ssh 127.0.0.1:0 <<'PLAN'
unasked strange
unasked dead
unasked bob
borrowed
offered
mixed
many-keys
odd-words
PLAN
saw "unasked strange" "exit 1, in words of Git"
saw "unasked dead" "exit 1, in words of Git"
saw "unasked bob" "exit 1, in words of Git"
saw borrowed "the connection of ann, the key of bob: bob"
saw borrowed "the key of nobody: nobody"
saw offered "offered 1, without a word"
saw offered "proved 0, with its end"
saw mixed "1000 answers, 0 wrong"
saw many-keys "10000 answers, 5000 may sign"
saw odd-words "no escape comes back"
saw odd-words "exit 1"
unlike "$(cat "$programs/report")" "an answer for" "no number gets another's answer"
unlike "$(cat "$log")" "$(printf '\033')" "no escape of theirs reaches the log"
still_serves "keys that were never proved here"

besiege --ssh 127.0.0.1:0 --connection-limit 300 <<'PLAN'
flood
deaf
dying
PLAN
cut_off flood "more at once than it may have connections"
cut_off deaf "does not read its answers"
like "$(cat "$log")" "died of signal 6" "dying: it died with pushes under way"
nothing_left
still_serves "too much at once"

# Two at once: one drains, with a push under way; the other knows its numbers.
besiege --ssh 127.0.0.1:0 <<'PLAN'
real
meddling
PLAN
ssh_find
mkfifo "$T/slow"
by ann -- git@127.0.0.1 "git-receive-pack 'ann/site.git'" <"$T/slow" >"$T/refs" 2>"$T/slow.log" &
transfer=$!
exec 9>"$T/slow"
ok "a push is under way" wait_for 20 test -s "$T/refs"
kill -HUP "$server"
meddled() { grep -q '^meddling: ' "$programs/report"; }
ok "another process meddles with its number" wait_for 30 meddled
saw meddling "199 answers, 0 wrong"
printf '0000' >&9
exec 9>&-
wait "$transfer"
is "$?" 0 "and the push ends as if nothing had been"
still_serves "another's numbers"

finish
