#!/bin/sh
# A token gets a new secret while jobs run: the old one lives out its overlap, a
# lost reply locks nobody out, and what comes too late is told (B4).
# shellcheck disable=SC2086 # $as is the words of a command
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
gate_start
history "$T/work"
first=$(token ann ci write:repository --repos ann/site --expires 30d)
must git -C "$T/work" push -q "$(url ann "$first" ann/site.git)" main

rotate() { gate token rotate ci --user ann --quiet "$@"; }
works() {
	try git ls-remote "$(url ann "$2" ann/site.git)"
	is "$status" 0 "$1"
}
refused() {
	try git ls-remote "$(url ann "$2" ann/site.git)"
	like "$out" "\[token-replaced\]" "$1"
}
field() { gate token show ci --user ann --json | sed -nE "s/^  \"$1\": (.*[^,]),?\$/\1/p"; }
before=$(field scopes)$(field repositories)

second=$(rotate --overlap 1h)
works "the new secret works" "$second"
works "and so does the old one, for an hour" "$first"
is "$(field scopes)$(field repositories)" "$before" "scopes and limits stay"
try git clone "$(url ann "$first" ann/site.git)" "$T/noticed"
words b4-notice "$(printf '%s\n' "$out" | grep '^remote:')"
third=$(rotate --overlap 1h) # the reply with the second was lost, say
works "asked again, the first still lives out its overlap" "$first"
works "the lost one lives out its own" "$second"
works "and the newest works" "$third"

fourth=$(rotate --overlap 0s)
refused "no overlap: the old secret is dead at once" "$third"
try git ls-remote "$(url ann "$third" ann/site.git)"
words b4-replaced "$out"
flagged() { gate token show ci --user ann | grep -q 'came again .* from 127.0.0.1: something still uses it'; }
ok "what came too late is flagged to the owner" wait_for 10 flagged
is "$(printf '%s\n' "$out" | grep -c token-unknown)" 0 "and told apart from what is not known"
like "$(gate why "$(reference_of "$out")")" "would be refused again" "and stays refused, says why"

fifth=$(rotate --overlap until-used)
works "until the new one is used the old one works" "$fourth"
works "time and again" "$fourth"
works "then the new one comes" "$fifth"
ended() { git ls-remote "$(url ann "$fourth" ann/site.git)" 2>&1 | grep -q 'token-replaced'; }
ok "and the old one is over" wait_for 10 ended
sixth=$(rotate --overlap until-used)
refused "which a further rotation does not undo" "$fourth"
try gate token rotate ci --user ann --overlap soon
like "$out" "is no overlap" "an overlap that is none is told"
must gate token revoke ci --user ann
try git ls-remote "$(url ann "$sixth" ann/site.git)"
like "$out" "\[token-revoked\]" "a revocation ends the newest"
try git ls-remote "$(url ann "$fifth" ann/site.git)"
like "$out" "\[token-revoked\]" "and the one in its overlap"
try gate token rotate ci --user ann
like "$out" "does not live again" "what is revoked gets no new secret"

# The reply gets lost: nobody reads it, its disk is full, or the command dies on its way.
kept=$(token ann lost write:repository --expires 30d)
lose() { gate token rotate lost --user ann --quiet "$@"; }
try sh -c 'exec "$@" >/dev/full' - $as "$bin/gatehouse" --data "$data" token rotate lost --user ann --quiet
is "$status" 1 "a reply that can't be written is a failure"
for delay in 0.01 0.02 0.03 0.05 0.08 0.13 0.2; do
	timeout -s KILL "$delay" $as "$bin/gatehouse" --data "$data" token rotate lost --user ann --quiet \
		>/dev/null 2>&1
done
works "whatever became of the replies, the old secret lives out its overlap" "$kept"
fresh=$(lose)
works "and asked again, a fresh one works at once" "$fresh"
works "beside the old one" "$kept"

# A rule that has become shorter than the token's life.
must gate workspace create strict --owner ann
repo strict/vault
long=$(token ann long write:repository --repos strict/vault --expires 200d)
must gate workspace edit strict --longest-token-life 90d --yes
try git ls-remote "$(url ann "$long" strict/vault.git)"
like "$out" "\[token-lifetime\]" "a rule shuts out what lives too long"
short=$(gate token rotate long --user ann --quiet)
try git ls-remote "$(url ann "$short" strict/vault.git)"
is "$status" 0 "rotated, it lives as long as the rule allows, and is let in"
like "$(gate token show long --user ann)" "expires .*in (89|90) days" "which is 90 days"

# 64 clients use a token while it is rotated and revoked: none is refused before the
# revocation, and none gets in after the reply to it.
cat >"$T/clients.py" <<'END'
import http.client, subprocess, sys, threading, time

host, turns, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def run(*words):
    done = subprocess.run([*command, "token", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Turn:
    """One token from its making to its end, used by 64 clients."""

    def __init__(self, number):
        self.name = f"many-{number}"
        self.secret = run("create", "--user", "ann", "--name", self.name, "--scopes", "clone", "--quiet")
        self.revoking = self.revoked = None
        self.early, self.late, self.refused, self.used = [], [], 0, 0
        self.lock = threading.Lock()

    def client(self):
        connection = http.client.HTTPConnection(host, timeout=60)
        while True:
            secret, began = self.secret, time.monotonic()
            connection.request("GET", "/ann/site.git/info/refs?service=git-upload-pack",
                               headers={"Authorization": f"Bearer {secret}"})
            answer = connection.getresponse()
            answer.read()
            ended = time.monotonic()
            with self.lock:
                if answer.status == 200:
                    self.used += 1
                    if self.revoked and began > self.revoked:
                        self.late.append(answer.status)
                elif self.revoking and ended > self.revoking:
                    self.refused += 1
                    return
                else:
                    self.early.append(answer.status)
                    return

    def play(self):
        clients = [threading.Thread(target=self.client) for _ in range(64)]
        for client in clients:
            client.start()
        for overlap in ("1h", "until-used", "1h"):
            time.sleep(0.3)
            self.secret = run("rotate", self.name, "--user", "ann", "--overlap", overlap, "--quiet")
        time.sleep(0.3)
        self.revoking = time.monotonic()
        run("revoke", self.name, "--user", "ann")
        self.revoked = time.monotonic()
        for client in clients:
            client.join()
        print(f"used {self.used > 64} early {self.early} late {self.late} refused {self.refused}")


for number in range(turns):
    Turn(number).play()
END
gate_stop
gate_start --connection-limit-per-address 200 --requests-per-credential 0
is "$(python3 "$T/clients.py" "$host" 2 $as "$bin/gatehouse" --data "$data" 2>&1 | sort -u)" \
	"used True early [] late [] refused 64" \
	"64 clients, rotations and a revocation: none refused before, none let in after"
finish
