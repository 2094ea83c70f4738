#!/bin/sh
# as: runner
# A sample of ./dev soak: kill -9 of every kind of process, at random moments.
# shellcheck source=tests/lib/gate.sh
tree=${GATEHOUSE_TREE:-}
. "$(dirname "$0")/../lib/gate.sh"

soak=${tree:-$top}/tests/soak/soak.py
programs=$release
[ -x "$programs/gatehouse" ] || programs=$bin
ASAN_OPTIONS=detect_leaks=0 try python3 "$soak" --seconds "${SOAK_SECONDS:-25}" "$programs"
is "$status" 0 "nothing acknowledged is lost, nothing half-made is seen, no start and no push needs a hand"
like "$out" "^[0-9]+ passed, 0 failed$" "every look after a kill found what it should"
like "$out" "pushes acknowledged|pushes cut off" "pushes were under way when processes were killed"
like "$out" "keeper in (an upgrade|its first start)" "so were first starts and upgrades"
like "$out" "in token create" "and tokens being made"
printf '%s\n' "$out" | sed 's/^/# /'
finish
