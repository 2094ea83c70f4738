#!/bin/sh
# SIGHUP: what changed takes effect or is named, what is broken changes nothing,
# and whoever is in the middle of something notices nothing.
# shellcheck disable=SC2086 # $as is the words of a command
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

write() {
	{
		printf '[server]\nhttp = 127.0.0.1:0\n'
		cat
	} >"$T/gatehouse.ini"
	chmod 644 "$T/gatehouse.ini"
}
lines_with() { grep -c "$1" "$log"; }
# reload WORDS: asks for one, waits until the log says these words once more.
reload() {
	local before
	before=$(lines_with "$1")
	kill -HUP "$server"
	more() { [ "$(lines_with "$1")" -gt "$before" ]; }
	wait_for 20 more "$1"
}

user ann
repo ann/site --public
t=$(token ann laptop write:repository)
write </dev/null
gate_begin --config "$T/gatehouse.ini"
where=$(url ann "$t" ann/site.git)
git init -q "$T/work"
head -c 30000000 /dev/urandom >"$T/work/noise"
must git -C "$T/work" add noise
must git -C "$T/work" commit -qm noise
must git -C "$T/work" push -q "$where" main

# A fetch of 30 MB at 1.2 MB/s runs through the reloads.
printf '0011command=fetch0001000fno-progress0032want %s\n0009done\n0000' \
	"$(head_of "$T/work")" >"$T/request"
curl -s --limit-rate 1200k -H 'Git-Protocol: version=2' \
	-H 'Content-Type: application/x-git-upload-pack-request' --data-binary "@$T/request" \
	-w '%{http_code} %{size_download}' -o "$T/pack" "$address/ann/site.git/git-upload-pack" >"$T/slow" &
slow=$!
sleep 1
write <<INI
anonymous-reading = no
INI
ok "a reload takes effect" reload "keeper: reloaded"
like "$(cat "$log")" "anonymous-reading: yes -> no" "what changed is told"
is "$(curl -s -o /dev/null -w '%{http_code}' "$address/ann/site.git/info/refs?service=git-upload-pack")" 401 \
	"and acts on the next request"
write <<INI
push-limit = 1k
workers = 7
audit-age = 30d
metrics = 127.0.0.1:9
INI
ok "another reload takes effect" reload "keeper: reloaded"
like "$(cat "$log")" "workers: 4 -> 7 takes effect at a restart only" "what needs a restart is named"
like "$(cat "$log")" "audit-age: 365d -> 30d takes effect" "one by one, with both values"
like "$(cat "$log")" "metrics: \(none\) -> 127.0.0.1:9 takes effect" "listening addresses too"
unlike "$(grep 'restart only' "$log")" "push-limit|anonymous" "and nothing else is"
commit "$T/work" more
head -c 30000 /dev/urandom >"$T/work/more"
must git -C "$T/work" add more
must git -C "$T/work" commit -qm more
not "a new limit acts on the next push" git -C "$T/work" push -q "$where" main
{
	printf 'push-limit = 0\n'
	printf 'idle-time = soon\n'
} | write
ok "a broken file is no reload" reload "not reloaded"
like "$(grep 'not reloaded' "$log")" "gatehouse\.ini:4.*idle-time" "file and line are named"
not "and the old limit stays" git -C "$T/work" push -q "$where" main
write </dev/null
ok "a mended one is" reload "keeper: reloaded"
like "$(cat "$log")" "push-limit: 1k -> 0" "and sets the limit back"
ok "the push goes through" git -C "$T/work" push -q "$where" main
ok "the slow fetch was not done before" kill -0 "$slow"
wait "$slow"
like "$(cat "$T/slow")" "^200 30[0-9]{6}$" "it came whole through all of it"
ok "and is a pack" sh -c "grep -q PACK '$T/pack'"
finish
