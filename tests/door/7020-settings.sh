#!/bin/sh
# Settings of the server: one key in a file, the environment and flags; what is
# wrong is told with its place, and nothing starts.
# shellcheck disable=SC2086 # $as is the words of a command
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

# serve ARGS: tries to start with these arguments alone, for a moment.
serve() { try $as timeout 20 "$bin/gatehouse" serve "$@"; }

write() { # NAME LINES: a configuration file the server may read
	cat >"$T/$1"
	chmod 644 "$T/$1"
}

write unknown.ini <<INI
[server]
data = $data
http = 127.0.0.1:0
colour = blue
INI
serve --config "$T/unknown.ini"
not "an unknown key in a file: nothing starts" test "$status" = 0
like "$out" "unknown\.ini:4.*colour" "and file, line and key are named"

write malformed.ini <<INI
data = $data
http = 127.0.0.1:0
idle-time = soon
INI
serve --config "$T/malformed.ini"
like "$out" "malformed\.ini:3.*idle-time" "a malformed value: file, line and key are named"

serve --config "$T/none.ini"
like "$out" "none\.ini" "a file that is not there is named"

serve --data "$data" --http 127.0.0.1:0 --idle-time soon
like "$out" "idle-time" "a malformed flag is named"
serve --data "$data" --http 127.0.0.1:0 --colour blue
not "an unknown flag: nothing starts" test "$status" = 0
like "$out" "colour" "and it is named"
try $as env GATEHOUSE_IDLE_TIME=soon timeout 20 "$bin/gatehouse" serve --data "$data" --http 127.0.0.1:0
like "$out" "GATEHOUSE_IDLE_TIME" "a malformed variable is named"
try $as env GATEHOUSE_NO_SUCH=x timeout 20 "$bin/gatehouse" serve --data "$data" --http 127.0.0.1:0
like "$out" "GATEHOUSE_NO_SUCH" "so is an unknown one"
serve --data "$data" --http 127.0.0.1:0 --children 0
like "$out" "children" "and a number out of range"
serve --data "$data"
like "$out" "nothing to listen on" "a server that would listen nowhere does not start"
serve --data "$data" --https 127.0.0.1:0
like "$out" "tls-certificate" "https without a certificate does not start"

write good.ini <<INI
[server]
data = $data
http = 127.0.0.1:0
log-format = json
INI
gate_begin --config "$T/good.ini"
is "$(curl -s -o /dev/null -w '%{http_code}' "$address/")" 200 "a file is enough to start"
ok "and its log-format counts" python3 -c 'import json, sys
[json.loads(line) for line in open(sys.argv[1])]' "$log"

serve --data "$data" --http 127.0.0.1:0
like "$out" "another gatehouse serves" "a second server on the same folder does not start"

finish
