#!/bin/sh
# What a session is told although nothing was refused: at most three lines, before
# the pack or the push report, and never where no side band carries them
# (A8, B3, B4, C18).
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
must gate workspace create acme --owner ann
repo acme/site
gate_start
history "$T/work" 4
soon=$(token ann soon write:repository --expires 10d)
long=$(token ann long write:repository --expires 60d)
must git -C "$T/work" push -q "$(url ann "$long" acme/site.git)" main
place=$(gate repo path acme/site)

told() { printf '%s\n' "$out" | grep '^remote: ' | sed -E 's/in [0-9]+ days/in <span>/; s/ +$//'; }
quiet() { unlike "$out" "expires|newer secret|still works|acts as" "$1"; }

# -- one at a time --

try git clone "$(url ann "$long" acme/site.git)" "$T/long"
quiet "a token with sixty days to go says nothing"
try git clone "$(url ann "$soon" acme/site.git)" "$T/soon"
words b3-soon "$(told)"
bot=$(gate token create --repo acme/site --name deploy --scopes write:repository --expires 1d --quiet)
try git clone "$(url bob "$bot" acme/site.git)" "$T/bot"
words b3-a8-bot "$(told)"
try git ls-remote "$(url ann "$soon" acme/site.git)"
quiet "a list of refs carries none"
try git -C "$T/soon" fetch
quiet "nor does a fetch with nothing new"
try git -C "$T/soon" push
quiet "nor a push with nothing new"
try git ls-remote "$(url ann "$soon" acme/nothing.git)"
quiet "a refusal has words of its own"

# -- three, for every way to fetch --

must gate token rotate soon --user ann --overlap 1h
must gate repo rename acme/site page --yes
old=$(url bob "$soon" acme/site.git) # bob's name as well: the least urgent is left out

# fetched TITLE ARGS: a clone from the old address.
fetched() {
	local title="$1" copy="$T/copy"
	shift
	rm -rf "$copy"
	try git "$@" "$old" "$copy"
	is "$status" 0 "$title"
	is "$(head_of "$copy")" "$(git --git-dir "$place" rev-parse main)" "and is whole"
	ok "which git finds sound" git -C "$copy" fsck --strict
	is "$(told | grep -v '^remote: [CE]')" "$(cat "$T/three")" "with the three lines"
}
try git clone "$old" "$T/first"
told | grep -v '^remote: [CE]' >"$T/three"
words b3-three "$(cat "$T/three")"
is "$(wc -l <"$T/three")" 3 "which are three"
for version in 0 1 2; do
	fetched "a clone by protocol version $version" -c protocol.version=$version clone
	fetched "a shallow one, version $version" -c protocol.version=$version clone --depth 1
	fetched "a partial one, version $version" -c protocol.version=$version clone --filter=blob:none --no-checkout
	fetched "a quiet one, version $version" -c protocol.version=$version clone -q
done

# -- pushes --

commit "$T/work" "for the report"
try git -C "$T/work" push "$old" main main:other
is "$status" 0 "a push"
words b3-three-push "$(told)"
is "$(served acme/page other)" "$(head_of "$T/work")" "is stored"
try git -C "$T/work" push "$old" :other
is "$status" 0 "a deletion"
like "$out" "^remote: .*expires" "is told too"
try git -C "$T/work" push --porcelain --atomic "$old" main:a main:b
is "$status" 0 "an atomic one"
is "$(printf '%s\n' "$out" | grep -c '^remote: ')" 3 "has three lines"

# -- where no side band goes, none --

head=$(git --git-dir "$place" rev-parse main)
auth="Authorization: Basic $(printf 'bob:%s' "$soon" | base64 -w 0)"
ask() {
	curl -s -H "$auth" -H "Content-Type: application/x-git-$1-request" --data-binary @- \
		"$address/acme/site.git/git-$1"
}
printf '0032want %s\n00000009done\n' "$head" | ask upload-pack >"$T/plain"
is "$(head -c 12 "$T/plain" | tr -d '\0')" "0008NAK
PACK" "a client without side band gets the pack alone"
ok "which is whole" sh -c "tail -c +9 '$T/plain' >'$T/plain.pack' && git index-pack --strict '$T/plain.pack'"
must git -C "$T/work" fetch -q "$(url ann "$long" acme/page.git)"
{
	line="0000000000000000000000000000000000000000 $head refs/heads/plain"
	printf '%04x%s\000 report-status\n0000' $((4 + ${#line} + 16)) "$line"
	git -C "$T/work" pack-objects --stdout -q </dev/null
} | ask receive-pack >"$T/report"
is "$(tr -d '\n' <"$T/report")" "000eunpack ok0018ok refs/heads/plain0000" "nor does its push report hold any"
is "$(served acme/page plain)" "$head" "and it is stored"

# -- the stream behind them is the one without them --

cat >"$T/bands.py" <<'END'
"""Takes an answer to `fetch` apart: prints its text of band 2, writes band 1."""
import sys

data, at, packs, texts = open(sys.argv[1], "rb").read(), 0, b"", b""
flowing = False
while at < len(data):
    size = int(data[at:at + 4], 16)
    packet = data[at + 4:at + size]
    at += max(size, 4)
    if packet == b"packfile\n" or packet == b"NAK\n":
        flowing = True
    elif flowing and packet[:1] == b"\1":
        packs += packet[1:]
    elif flowing and packet[:1] == b"\2":
        texts += packet[1:]
        if packs:
            print("after the pack began:", packet)
sys.stdout.write(texts.decode())
open(sys.argv[2], "wb").write(packs)
END
printf '0011command=fetch0001000fno-progress0032want %s\n0009done\n0000' "$head" >"$T/ask2"
ask0=" side-band-64k no-progress ofs-delta"
printf "%04xwant %s%s\n00000009done\n" $((4 + 5 + 40 + ${#ask0} + 1)) "$head" "$ask0" >"$T/ask0"
for version in 0 2; do
	fetch() {
		curl -s -H "Authorization: Basic $(printf 'ann:%s' "$1" | base64 -w 0)" -H "Git-Protocol: version=$version" \
			-H "Content-Type: application/x-git-upload-pack-request" --data-binary "@$T/ask$version" \
			"$address/acme/$2.git/git-upload-pack"
	}
	fetch "$soon" site >"$T/with"
	fetch "$long" page >"$T/without"
	is "$(python3 "$T/bands.py" "$T/without" "$T/pack.without")" "" "version $version: without notices band 2 is silent"
	is "$(python3 "$T/bands.py" "$T/with" "$T/pack.with" | wc -l)" 3 "with them it holds three lines, before the pack"
	ok "and the pack is the same, byte for byte" cmp "$T/pack.with" "$T/pack.without"
done

# -- the window is a setting --

gate_stop
gate_start --expiry-notice 1d
try git clone "$(url ann "$bot" acme/page.git)" "$T/bot-again"
like "$out" "expires" "within a smaller window it is told"
try git clone "$(url ann "$soon" acme/page.git)" "$T/soon-again"
unlike "$out" "expires" "and outside of it not"
gate_stop
gate_start --expiry-notice 0
try git clone "$(url ann "$bot" acme/page.git)" "$T/bot-more"
unlike "$out" "expires" "0: never"
finish
