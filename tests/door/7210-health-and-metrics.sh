#!/bin/sh
# Is the server alive, is it ready, and what are its numbers: as a probe and
# Prometheus ask.
# seconds: 600
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/ssh.sh
. "$(dirname "$0")/../lib/ssh.sh"

free_port() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
# number NAME{labels}: what the metrics say, read by Prometheus' own parser.
cat >"$T/number.py" <<'PY'
import sys, urllib.request
from prometheus_client.parser import text_string_to_metric_families
with urllib.request.urlopen(sys.argv[1]) as answer:
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"), answer.headers
    text = answer.read().decode()
assert text.endswith("\n")
seen = {}
for family in text_string_to_metric_families(text):
    assert family.documentation and family.type != "unknown", family.name
    for sample in family.samples:
        key = sample.name + "".join("," + "=".join(l) for l in sorted(sample.labels.items()))
        assert key not in seen, "twice: " + key
        seen[key] = sample.value
for name in sys.argv[2:]:
    value = seen.get(name, 0)
    print(int(value) if value == int(value) else value)
if len(sys.argv) == 2:
    print(len(seen))
PY
python3 -c 'import prometheus_client' 2>/dev/null || skip_all "python3-prometheus-client is missing"
number() { python3 "$T/number.py" "http://127.0.0.1:$port/-/metrics" "$@"; }

user ann
repo ann/site
t=$(token ann laptop write:repository)
port=$(free_port)
gate_start --metrics "127.0.0.1:$port" --ssh 127.0.0.1:0
status_of() { curl -s -o "$T/body" -w '%{http_code}' "$@"; }

is "$(status_of "$address/-/healthz")" 200 "healthz answers"
is "$(cat "$T/body")" alive "in a word"
is "$(status_of "$address/-/readyz")" 200 "readyz too"
is "$(cat "$T/body")" ready "in a word"
is "$(status_of -I "$address/-/readyz")" 200 "HEAD as well"
is "$(status_of -X POST "$address/-/healthz")" 405 "and nothing else"
is "$(status_of "$address/-/nothing")" 404 "what does not exist is 404"
words nothing-below "$(cat "$T/body")"
is "$(status_of "$address/-/metrics")" 404 "the public address tells no numbers"
like "$(cat "$T/body")" "metrics = 127" "but how to get them"
is "$(status_of "http://127.0.0.1:$port/-/healthz")" 200 "the address for metrics tells of health"
is "$(status_of "http://127.0.0.1:$port/ann/site.git/info/refs?service=git-upload-pack")" 404 \
	"and serves no Git"

ok "Prometheus' parser reads all of it" number
where=$(url ann "$t" ann/site.git)
pushes=$(number gatehouse_push_duration_seconds_count)
history "$T/work"
must git -C "$T/work" push -q "$where" main
must git clone -q "$where" "$T/clone"
is "$(number gatehouse_push_duration_seconds_count)" $((pushes + 1)) "a push is in the histogram"
is "$(number 'gatehouse_push_duration_seconds_bucket,le=+Inf')" $((pushes + 1)) "and in its last bucket"
is "$(number 'gatehouse_children_started_total,service=git-receive-pack')" \
	"$(number 'gatehouse_children_ended_total,cause=done,service=git-receive-pack')" \
	"every push's child was started and ended well"
is "$(number 'gatehouse_requests_total,kind=push,status=200')" 1 "the push is counted as a request"
not "so are the clone's" test "$(number 'gatehouse_requests_total,kind=fetch,status=200')" = 0
not "and the decisions" test "$(number 'gatehouse_decisions_total,operation=read,reason=allowed')" = 0
in=$(number gatehouse_received_bytes_total,transport=http)
sent=$(number gatehouse_sent_bytes_total,transport=http)
head -c 300000 /dev/urandom >"$T/work/large"
must git -C "$T/work" add large
commit "$T/work" large
must git -C "$T/work" push -q "$where" main
must git -C "$T/clone" pull -q
ok "300 kB came in" test "$(number gatehouse_received_bytes_total,transport=http)" -ge $((in + 300000))
ok "and went out" test "$(number gatehouse_sent_bytes_total,transport=http)" -ge $((sent + 300000))


# over SSH: counted apart
ssh_find
ssh_key ann
ssh_key strange
must gate key add - --user ann --name laptop <"$T/ann.pub"
answered=$(number 'gatehouse_requests_total,kind=push,status=200')
must git_by ann -C "$T/work" push -q "$ssh_address/ann/site.git" HEAD:refs/heads/other
must git_by ann clone -q "$ssh_address/ann/site.git" "$T/over-ssh"
try git_by ann ls-remote "$ssh_address/ann/nothing.git"
try by strange -- -o BatchMode=yes -T git@127.0.0.1
for kind in push fetch words; do
	is "$(number "gatehouse_sessions_total,kind=$kind,transport=ssh")" 1 "a session is counted: $kind"
done
told() { [ "$(number gatehouse_connections_accepted_total,transport=ssh)" = 4 ]; }
ok "so are connections over SSH" wait_for 10 told # once a second
is "$(number gatehouse_keys_total,verdict=accepted)" 6 "and keys, offered and proved"
is "$(number gatehouse_keys_total,verdict=rejected)" 1 "and those that are not known"
ok "and bytes, both ways" test "$(number gatehouse_received_bytes_total,transport=ssh)" -gt 0
ok "300 kB of them" test "$(number gatehouse_sent_bytes_total,transport=ssh)" -ge 300000
is "$(number 'gatehouse_requests_total,kind=push,status=200')" "$answered" "HTTP's requests don't count them"

refused=$(number 'gatehouse_decisions_total,operation=read,reason=not-a-token')
try git ls-remote "$(url ann wrong ann/site.git)"
not "a refusal is counted by its reason" test \
	"$(number 'gatehouse_decisions_total,operation=read,reason=not-a-token')" = "$refused"
unlike "$(curl -s "http://127.0.0.1:$port/-/metrics")" "ann|site|laptop|127\.0" "no name and no address stands in the numbers"
is "$(number gatehouse_children_running,service=git-upload-pack)" 0 "nothing runs at rest"
is "$(number gatehouse_ready)" 1 "it says that it is ready"

# what was counted outlives a reload, and the death of a wire
count=$(number 'gatehouse_requests_total,kind=push,status=200')
bytes=$(number gatehouse_received_bytes_total,transport=http)
kill -HUP "$server"
reloaded() { [ "$(number gatehouse_reloads_total)" = 1 ]; }
ok "a reload is counted" wait_for 20 reloaded
is "$(number 'gatehouse_requests_total,kind=push,status=200')" "$count" "requests outlive a reload"
ok "and so do the bytes" test "$(number gatehouse_received_bytes_total,transport=http)" -ge "$bytes"
one_wire() { [ "$(children_of "$server" gatehouse-http | wc -w)" = 1 ]; }
ok "one wire is left" wait_for 30 one_wire
kill -9 "$(children_of "$server" gatehouse-http)"
restarted() { [ "$(number gatehouse_wire_restarts_total 2>/dev/null)" = 1 ]; }
ok "a wire that was killed is counted" wait_for 20 restarted

# a slow request is seen while it runs
{ printf '00a0000'; sleep 20; } | curl -s -N -o /dev/null -u "ann:$t" -T - -X POST \
	-H 'Content-Type: application/x-git-receive-pack-request' "$address/ann/site.git/git-receive-pack" &
slow=$!
runs() { [ "$(number gatehouse_children_running,service=git-receive-pack)" = 1 ]; }
ok "a running child is seen" wait_for 10 runs
ok "and its connection" test "$(number gatehouse_connections_open,transport=http)" -ge 2
kill "$slow" 2>/dev/null
wait "$slow" 2>/dev/null
gone() { [ "$(number gatehouse_children_running,service=git-receive-pack)" = 0 ]; }
ok "and that it has ended" wait_for 10 gone

finish
