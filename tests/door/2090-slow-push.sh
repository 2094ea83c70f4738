#!/bin/sh
# A push that git works on for so long that it sends signs of life meanwhile:
# they are no report. What is to be true before the report (all synced, HEAD on
# the first branch) is not done too early because of them.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
gate_start
t=$(token ann laptop write:repository)
path=$(gate repo path ann/site)
$as git config --file "$path/config" receive.keepAlive 1

# The keeper is held while the rest of the push flows past it, so that git's
# hook waits for its answer.
git init -q -b trunk "$T/work"
head -c 1000000 /dev/urandom >"$T/work/noise"
must git -C "$T/work" add noise
must git -C "$T/work" commit -qm noise
id=$(head_of "$T/work")
{
	printf '%040d %s refs/heads/trunk' 0 "$id"
	printf '\000 report-status side-band-64k object-format=sha1'
} >"$T/command"
{
	printf '%04x' $(($(wc -c <"$T/command") + 4))
	cat "$T/command"
	printf '0000'
	git -C "$T/work" pack-objects --all --stdout -q </dev/null
} >"$T/body"
curl -s --limit-rate 400k -H "Authorization: Bearer $t" -H "Transfer-Encoding: chunked" -H "Expect:" \
	-H "Content-Type: application/x-git-receive-pack-request" \
	--data-binary "@$T/body" "$address/ann/site.git/git-receive-pack" -o "$T/answer" &
sending=$!
sleep 1
kill -STOP "$server"
sleep 5
kill -CONT "$server"
wait "$sending"
tr '\000\001' '@#' <"$T/answer" >"$T/text"
like "$(head -c 5 "$T/text")" "^0005#" "git sent a sign of life before its report"
like "$(cat "$T/text")" "ok refs/heads/trunk" "the report came"
is "$(cat "$path/HEAD")" "ref: refs/heads/trunk" "and what precedes a report was done after the refs had moved"
is "$(gate repo show ann/site --json | grep -c '"default_branch": "trunk"')" 1 "the ledger knows the branch"

finish
