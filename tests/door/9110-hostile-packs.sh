#!/bin/sh
# Pushes and fetches whose bytes are not what they should be: refused in words,
# nothing of them stored, the server healthy.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

maker="$(dirname "$0")/9110-packs.py"
user ann
repo ann/site
t=$(token ann laptop write:repository)
gate_start --child-memory 400m
history "$T/work" 2
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
folder=$(gate repo path ann/site)
push_type="Content-Type: application/x-git-receive-pack-request"
fetch_type="Content-Type: application/x-git-upload-pack-request"

# Every file of the repository with its size: what is there, and what is left over.
listing() { find "$folder" -printf '%P %s\n' 2>/dev/null | sort; }
before=$(listing)

# post FILE SERVICE [HEADERS]: $code and $out, readable.
post() {
	local file="$1" service="$2"
	shift 2
	code=$(curl -s --max-time 30 -o "$T/answer" -w '%{http_code}' -u "ann:$t" "$@" \
		--data-binary @"$file" "$address/ann/site.git/$service")
	out=$(tr -d '\0' <"$T/answer" | head -c 3000)
}

settled() { [ "$(listing)" = "$before" ]; }

for kind in $(python3 "$maker"); do
	python3 "$maker" "$kind" >"$T/push" || fail "$kind is made"
	post "$T/push" git-receive-pack -H "$push_type"
	case $kind-$code in
	line-one-200) is "$out" "" "$kind: it asks for nothing, and gets nothing" ;;
	*-200) like "$out" "ng refs|ng [^ ]+ |unpack [^o]|ERR |fatal: |error: |rror|protocol" "$kind: refused inside the protocol" ;;
	*) like "$code" "^4" "$kind: refused" ;;
	esac
	unlike "$out" "ok refs|$data|/repositories/" "$kind: nothing said to be stored, no path told"
	ok "$kind: nothing is stored" wait_for 10 settled
done

# Fetches.
want() { # want COUNT ID
	python3 -c '
import sys
line = b"0032want " + sys.argv[2].encode() + b"\n"
sys.stdout.buffer.write(line * int(sys.argv[1]) + b"00000009done\n")' "$1" "$2"
}
want 10000 "$(head_of "$T/work")" >"$T/fetch"
post "$T/fetch" git-upload-pack -H "$fetch_type"
is "$code" 200 "ten thousand wants of what is there are answered"
want 10000 1111111111111111111111111111111111111111 >"$T/fetch"
post "$T/fetch" git-upload-pack -H "$fetch_type"
like "$out" "ERR .*not our ref" "ten thousand wants of what is not there are refused"
n=0
while IFS= read -r line; do
	n=$((n + 1))
	printf '%b' "$line" >"$T/fetch"
	for version in 0 2; do
		post "$T/fetch" git-upload-pack -H "$fetch_type" -H "Git-Protocol: version=$version"
		like "$code" "^(200|4..)$" "fetch body $n, version $version: $code"
		unlike "$out" "^PACK|$data|/repositories/" "fetch body $n, version $version: it yields nothing"
	done
done <<'LINES'
0003
0001000100010001
zzzz
-001abc
ffffabc
0100abc
0014command=ls-refs
0012command=ls-refs\n00010009peel\n0000
0014command=--help\n0000
0018command=object-info\n0000
0032want --upload-pack=touchaaaaaaaaaaaaaaaaaaaaaaaaaaa\n0000
000eshallow -1\n0000
0010deepen -999\n0000
0013filter sparse:oid=x\n0000
LINES

# A gigabyte of zeros, packed into one megabyte.
python3 -c '
import sys, zlib
z = zlib.compressobj(9, zlib.DEFLATED, 31)
for _ in range(1024):
    sys.stdout.buffer.write(z.compress(bytes(1 << 20)))
sys.stdout.buffer.write(z.flush())' >"$T/bomb"
wire=$(children_of "$server" gatehouse-http)
memory() { awk '/VmRSS/ {print $2}' "/proc/$wire/status"; }
was=$(memory)
post "$T/bomb" git-upload-pack -H "$fetch_type" -H 'Content-Encoding: gzip'
is "$code" 413 "a gigabyte of zeros as a fetch is too long"
ok "and does not lie in memory" test "$(($(memory) - was))" -lt 150000
post "$T/bomb" git-receive-pack -H "$push_type" -H 'Content-Encoding: gzip'
like "$code" "^(200|4..)$" "a gigabyte of zeros as a push is no push"
ok "nothing of it is stored" wait_for 10 settled

# Option-like words and ref names through git itself.
try git -C "$T/work" push "$(url ann "$t" ann/site.git)" main -o --upload-pack=touch -o "$(printf 'a\033b')"
is "$status" 0 "push options that look like others are but words"
try git ls-remote "$(url ann "$t" ann/site.git)" --upload-pack=touch
like "$out" "^$|[0-9a-f]{40}|fatal" "ls-remote with an option-like pattern"

no_git() { ! pgrep -P "$server" -f receive-pack >/dev/null; }
ok "no git process is left" wait_for 10 no_git
is "$(listing)" "$before" "the repository is as it was, byte for byte"
# shellcheck disable=SC2086 # words of a command
ok "and whole" $as git --git-dir "$folder" fsck --strict
commit "$T/work" more
ok "an ordinary push is stored" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
unlike "$(cat "$log")" "http .pid" "no process was lost"
finish
