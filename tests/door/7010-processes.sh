#!/bin/sh
# The processes: what the death of one means to the others; stopping; TLS.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
t=$(token ann laptop write:repository)
gate_start_tls --stop-time 2s
history "$T/work"
where=$(url ann "$t" ann/site.git)
ok "push over TLS" git -C "$T/work" push -q "$where" main
ok "clone over TLS" git clone -q "$where" "$T/clone"
like "$(cat "$log")" "seccomp|[Ll]andlock" "the log says what is locked"

wire=$(children_of "$server" gatehouse-http)
like "$wire" "^[0-9]+$" "one wire process runs for HTTP"
keeper=$server
must kill -9 "$wire"
answers() { git ls-remote "$where"; }
ok "wire killed: it is started again" wait_for 15 answers
another=$(children_of "$server" gatehouse-http)
not "as another process" test "$wire" = "$another"
ok "and the keeper is unharmed" kill -0 "$keeper"
commit "$T/work" after
ok "a push works as before" git -C "$T/work" push -q "$where" main

# The certificate is read again on SIGHUP.
serial() { openssl s_client -connect "$host" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
before=$(serial)
must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$T/key.pem" -out "$T/certificate.pem"
if [ -n "$as" ]; then chown 65534 "$T/key.pem"; fi
kill -HUP "$server"
renewed() { [ -n "$(serial)" ] && [ "$(serial)" != "$before" ]; }
ok "a new certificate is served after SIGHUP" wait_for 15 renewed
ok "and git goes on" answers
for _ in $(seq 30); do
	kill -HUP "$server"
	sleep 0.1
done
ok "thirty more reloads do no harm" wait_for 15 answers
unlike "$(cat "$log")" "not reloaded" "and each is taken"
one_wire() { [ "$(children_of "$server" gatehouse-http | wc -w)" = 1 ]; }
ok "and one wire is left" wait_for 30 one_wire

# A transfer that never ends does not hold the stop for longer than its time.
{ printf '0000'; sleep 30; } | curl -s -N -o /dev/null -u "ann:$t" -T - -X POST \
	-H 'Content-Type: application/x-git-receive-pack-request' "$address/ann/site.git/git-receive-pack" &
hanging=$!
sleep 0.5
gate_stop
like "$(tail -n 1 "$log")" "keeper: stopped" "the last word of a stop that was asked for says so"
kill "$hanging" 2>/dev/null
wait "$hanging" 2>/dev/null

# The keeper killed: nothing of it goes on.
gate_start
where=$(url ann "$t" ann/site.git)
ok "the data serve a new start" answers
commit "$T/work" last
ok "a push is acknowledged" git -C "$T/work" push -q "$where" main
wire=$(children_of "$server" gatehouse-http)
kill -9 "$server"
wait "$server" 2>/dev/null
server=""
gone() { ! kill -0 "$wire" 2>/dev/null; }
ok "keeper killed: wire ends too" wait_for 10 gone
gate_start
where=$(url ann "$t" ann/site.git)
try git ls-remote "$where" refs/heads/main
is "$(printf '%s\n' "$out" | cut -f 1)" "$(head_of "$T/work")" "what was acknowledged is there after the next start"

# One data folder, one server.
try gate serve --http 127.0.0.1:0
not "a second server on the same data does not start" test "$status" = 0
finish
