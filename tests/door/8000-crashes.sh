#!/bin/sh
# as: runner
# seconds: 600
# A sample of ./dev soak: kill -9 of every kind of process, at random moments.
# shellcheck source=tests/lib/gate.sh
tree=${GATEHOUSE_TREE:-}
. "$(dirname "$0")/../lib/gate.sh"

soak=${tree:-$top}/tests/soak/soak.py
programs=$release
[ -x "$programs/gatehouse" ] || programs=$bin
ASAN_OPTIONS=detect_leaks=0 try python3 "$soak" --until "${SOAK_KILLS:-2}" --seconds 480 "$programs"
is "$status" 0 "nothing acknowledged is lost, nothing half-made is seen, no start and no push needs a hand"
like "$out" "^[0-9]+ passed, 0 failed$" "every look after a kill found what it should"
for kind in wire keeper "git child" "token create" "schema step"; do
	like "$out" "^ *[1-9][0-9]*  $kind killed$" "among what was killed in its work: $kind"
done
like "$out" "pushes acknowledged" "pushes went through"
printf '%s\n' "$out" | sed 's/^/# /'
finish
