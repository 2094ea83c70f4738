#!/bin/sh
# needs: root
# A full disk: what does not fit is refused and not stored, reading goes on, and
# room alone is enough to go on.
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
gate_start
try gate check --quick
like "$out" "^FAULT +disk +.* free below .*: pushes will soon be refused" "the check finds that there is little room"
where=$(url ann "$t" ann/site.git)
history "$T/work" 3
must git -C "$T/work" push -q "$where" main
stored=$(served ann/site main)
path=$(gate repo path ann/site)

# fill LEFT: until so many KiB are left; 0: nothing at all.
fill() {
	local free
	free=$(($(stat -f -c '%a * %S / 1024' "$data")))
	if [ "$1" = 0 ]; then
		head -c $((free * 1024 + 1000000)) /dev/zero >"$data/filler" 2>/dev/null
	else
		head -c $(((free - $1) * 1024)) /dev/zero >"$data/filler"
	fi
}

# Room for some, but not for this.
fill 1500
head -c 5000000 /dev/urandom >"$T/work/large"
must git -C "$T/work" add large
must git -C "$T/work" commit -q -m large
try git -C "$T/work" push "$where" main
not "a push that does not fit fails" test "$status" = 0
like "$out" "No space left|disk is full|disk-full|unpack" "and its client is told why"
is "$(served ann/site main)" "$stored" "nothing of it is seen"
ok "the server still runs" kill -0 "$server"
ok "a clone goes on" git clone -q "$where" "$T/clone1"
rm "$data/filler"
pushes() { git -C "$T/work" push -q "$where" main; }
ok "with room again the same push goes, without a restart" wait_for 15 pushes
stored=$(served ann/site main)
is "$stored" "$(head_of "$T/work")" "and is stored"
is "$(find "$path" -name 'tmp_*' -o -name '*.lock')" "" "nothing is left over of the one that did not fit"

# No room at all: not even for the ledger's row.
fill 0
commit "$T/work" "one line more"
try git -C "$T/work" push "$where" main
not "no room at all: a small push fails" test "$status" = 0
try git -C "$T/work" push "$where" main
like "$out" "disk is full|disk-full|No space left" "and says that the disk is full"
is "$(served ann/site main)" "$stored" "nothing of it is seen"
try curl -s -i -u "ann:$t" "$address/ann/site.git/info/refs?service=git-receive-pack"
like "$out" "^HTTP/1.1 503" "a push is answered 503"
like "$out" "^Retry-After: [0-9]+" "with a time to come back"
like "$out" "disk is full|disk-full" "and a sentence"
words d8-disk-full "$(printf '%s\n' "$out" | sed '1,/^\r*$/d')"
try git -C "$T/work" push "$(url ann "$t" ann/another.git)" main
not "a repository that a push would make is not made" test "$status" = 0
try gate repo path ann/another
not "not even in part" test "$status" = 0
is "$(find "$data/repositories" -name '.new-*')" "" "and leaves no folder"
ok "a fetch goes on" git ls-remote "$where"
ok "so does a clone" git clone -q "$where" "$T/clone2"
is "$(head_of "$T/clone2")" "$stored" "of all that was stored"
try gate token create --user ann --name late --scopes read:repository --quiet
not "a command that needs room fails" test "$status" = 0
like "$out" "space" "and says so"
unlike "$out" "gthu_" "without a token"
ok "the server still runs" kill -0 "$server"
rm "$data/filler"
ok "with room again the push goes, without a restart" wait_for 15 pushes
is "$(served ann/site main)" "$(head_of "$T/work")" "and is stored"
ok "a repository is made by a push again" git -C "$T/work" push -q "$(url ann "$t" ann/another.git)" main
try token ann late read:repository
is "$status" 0 "the token that could not be made is made"
is "$(find "$data/repositories" -name 'tmp_*' -o -name '*.lock' -o -name '.new-*')" "" "nothing is left over"
# shellcheck disable=SC2086 # words of a command
ok "the repository is sound" $as git --git-dir "$path" fsck --full --strict
finish
