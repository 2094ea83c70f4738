#!/bin/sh
# A push that names what no ref may be called: it is told which name and why,
# nothing of it is stored, and others can go on.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
t=$(token ann laptop write:repository)
gate_start
history "$T/work" 2
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
path=$(gate repo path ann/site)
refs() { git --git-dir "$path" for-each-ref --format='%(refname)'; }
commit "$T/work" "one more"
new=$(head_of "$T/work")
git -C "$T/work" rev-list --objects HEAD~1..HEAD | cut -d ' ' -f 1 | git -C "$T/work" pack-objects -q --stdout >"$T/pack"

# A client that looks at no name. Names are written as Python writes bytes.
# push.py make NEW PACK NAMES: a request; push.py read: what a person would see of an answer.
cat >"$T/push.py" <<'PY'
import sys

def make(new, pack, *names):
    out = b""
    for nth, name in enumerate(names):
        line = b"0" * 40 + b" " + new.encode() + b" " + name.encode().decode("unicode_escape").encode("latin-1")
        line += b"\0 report-status side-band-64k" if nth == 0 else b""
        out += b"%04x" % (len(line) + 4) + line
    return out + b"0000" + open(pack, "rb").read()

def packets(data):
    while data and int(data[:4], 16):
        size = int(data[:4], 16)
        yield data[4:size]
        data = data[size:]

def read(data):
    bands = list(packets(data))
    words = b"".join(p[1:] for p in bands if p[0] == 2)
    return words + b"".join(packets(b"".join(p[1:] for p in bands if p[0] == 1)))

sys.stdout.buffer.write(make(*sys.argv[2:]) if sys.argv[1] == "make" else read(sys.stdin.buffer.read()))
PY
# raw NAMES...: $out is what the client would see, as text.
raw() {
	python3 "$T/push.py" make "$new" "$T/pack" "$@" >"$T/body"
	code=$(curl -s --max-time 60 -o "$T/answer" -w '%{http_code}' -u "ann:$t" \
		-H "Content-Type: application/x-git-receive-pack-request" \
		--data-binary @"$T/body" "$address/ann/site.git/git-receive-pack")
	out=$(python3 "$T/push.py" read <"$T/answer")
	shown=$(printf '%s\n' "$out" | sed '/^unpack /,$d') # but for names as they came, which the client wants back
}

long=refs/heads/$(printf '%0300d' 0 | tr 0 a)
while IFS='|' read -r name fault; do
	raw "$name"
	like "$out" "$fault" "$name: $fault"
	like "$out" "^(ng .*|b) pre-receive hook declined" "$name: is reported as not stored"
	unlike "$out" "could not check|$data" "$name: no word of the server's own affairs"
	if printf '%s' "$shown" | LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177]')"; then
		fail "$name: no control byte is shown"
	else
		pass "$name: no control byte is shown"
	fi
done <<NAMES
refs/heads/a..b|^refs/heads/a\.\.b: it holds two dots in a row\$
refs/heads/x.lock|^refs/heads/x\.lock: a part of it ends with \.lock\$
refs/heads/a b|^refs/heads/a b: it holds a blank\$
refs/heads/a\\x1bb|^refs/heads/a.*b: it holds a control byte\$
refs/heads/a\\nb|^b: it stands behind a newline\$
refs/heads/.a|^refs/heads/\.a: a part of it begins with a dot\$
refs/heads//a|^refs/heads//a: a part of it between slashes is empty\$
refs/main|^refs/main: there is no name behind refs/heads/ or refs/tags/\$
HEAD|^HEAD: it does not begin with refs/heads/ or refs/tags/\$
../../../etc/passwd|^\.\./\.\./\.\./etc/passwd: it does not begin with refs/heads/
$long|^refs/heads/a{109}\.\.\.: a part of it is longer than 250 bytes\$
NAMES
raw refs/heads/fine refs/heads/a..b HEAD
is "$code" 200 "several at once are answered inside the protocol"
words ref-names "$out"
is "$(refs)" "refs/heads/main" "nothing of it is stored, not what had a good name either"
like "$(gate why "$(reference_of "$out")")" "ref-name" "the audit knows why"
# shellcheck disable=SC2046 # one word each
raw $(seq -f 'refs/heads/a..%g' 500)
like "$out" "^and 490 more" "of five hundred bad names ten are told"

# What git itself lets through: a name too long for a file.
try git -C "$T/work" push "$(url ann "$t" ann/site.git)" "HEAD:$long"
like "$out" "remote: refs/heads/a+\.\.\.: a part of it is longer than 250 bytes" "git shows what is wrong with the name"
unlike "$out" "$data|File name too long" "and no file of the server's"
ok "250 bytes are fine" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" "HEAD:refs/heads/$(printf '%0250d' 0)"
ok "it goes on" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
finish
