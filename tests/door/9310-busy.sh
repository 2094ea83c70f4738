#!/bin/sh
# The limits of how many git processes run at a time: of a repository, a token, a
# user, an address, the server (D8). Who has to wait waits for a bounded time, and
# then hears which limit it was and when to come back.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
for path in ann/site ann/docs bob/notes; do repo "$path"; done
must gate grant add bob ann/site write
t=$(token ann laptop write:repository)
t2=$(token ann desk write:repository)
b=$(token bob laptop write:repository)
history "$T/work"
gate_start
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
must git -C "$T/work" push -q "$(url ann "$t" ann/docs.git)" main
must git -C "$T/work" push -q "$(url bob "$b" bob/notes.git)" main
gate_stop

# v0: the first request needs a git process already, and git shows its answer.
asks() { git -c protocol.version=0 ls-remote "$(url "$@")"; }
code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
# held FLAGS...: a server, and a push of ann's token to ann/site that goes on.
held() {
	gate_start "$@"
	rm -f "$T/slow"
	hold_push "$t"
	sleep 1
}
let_go() {
	exec 9>&-
	wait "$holder"
	gate_stop
}
# told NAME USER TOKEN PATH: a real git waits, is refused, and told which limit.
told() {
	try asks "$2" "$3" "$4.git"
	is "$status" 128 "$1: git is refused"
	words "d8-busy-$1" "$out"
}

held --children-per-repository 1 --queue-time 1s
told repository bob "$b" ann/site
like "$(gate why "$(reference_of "$out")")" "server +CLOSED +at its limit: 1 git process on one repository, all busy" \
	"repository: why knows which"
ok "repository: another one is served" asks ann "$t" ann/docs.git
try git ls-remote "$(url bob "$b" ann/site.git)"
like "$out" "^fatal: remote error: The server runs 1 git process on one repository" \
	"repository: a fetch of v2 hears it inside git's protocol"
try git -C "$T/work" push "$(url bob "$b" ann/site.git)" main:other
like "$out" "^remote: The server runs 1 git process on one repository at a time, and it is busy. \[server-overloaded\]" \
	"repository: a push hears it before anything is sent"
try curl -s -i -u "bob:$b" "$address/ann/site.git/info/refs?service=git-receive-pack"
like "$(printf '%s' "$out" | tr -d '\r')" "^HTTP/1.1 503 " "repository: with 503, which no client takes for a wrong password"
like "$(printf '%s' "$out" | tr -d '\r')" "^Retry-After: 5$" "repository: and the time that the words name"
let_go

held --children-per-credential 1 --queue-time 1s
told credential ann "$t" ann/docs
ok "credential: another token of the same user is served" asks ann "$t2" ann/docs.git
let_go

held --children-per-principal 1 --queue-time 1s
told user ann "$t2" ann/docs
ok "user: another one is served" asks bob "$b" bob/notes.git
let_go

held --children-per-address 1 --queue-time 1s
told address bob "$b" bob/notes
is "$(code --interface 127.0.0.2 -u "bob:$b" "$address/bob/notes.git/info/refs?service=git-receive-pack")" 200 \
	"address: the same token is served from elsewhere"
let_go

held --children 1 --queue-time 1s
told server bob "$b" bob/notes
let_go

# The narrowest of several that are full is told: the one its sender can mend.
held --children 1 --children-per-repository 1 --children-per-credential 1 --queue-time 0
try asks ann "$t" ann/site.git
like "$out" "for one credential at a time" "of several limits the narrowest is told"
unlike "$out" "waited" "and no wait that there was not"
let_go

# Who waits is served as soon as a place comes free.
held --children 1 --queue-time 60s
(
	exec 9>&- # the push ends when nobody holds this open any more
	asks bob "$b" bob/notes.git >"$T/waited" 2>&1
) &
waiting=$!
sleep 1
ok "who waits is still waiting" kill -0 "$waiting"
exec 9>&-
wait "$holder"
ok "and served when a place comes free" wait "$waiting"
like "$(cat "$T/waited")" "refs/heads/main" "with what it asked for"
finish
