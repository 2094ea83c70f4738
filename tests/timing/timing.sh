#!/bin/sh
# What must not be told apart, by bytes or by time: an unknown user and a known
# one with a wrong token; a hidden repository and a missing one, with a good
# token and without any. The one test that looks at times (tests/timing/measure.py
# says how it keeps calm on a busy machine), and the leak of a millisecond that
# it must find.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

here=$(dirname "$0")
refs="info/refs?service=git-upload-pack"
tab=$(printf '\t')
user ann
user eve
repo ann/site
repo ann/hidden
good=$(token eve laptop write:repository)
# Genuine in form, known to nobody: made by another server.
unknown=$(stranger_token ann laptop)
# Many of each, so that a search through them would show.
n=0
while [ "$n" -lt 20 ]; do
	n=$((n + 1))
	gate token create --user ann --name "t$n" --scopes read:repository --quiet >/dev/null
done
# Limits of how often have a run of their own below.
off="--failures-per-address 0 --failures-per-owner 0 --requests-per-credential 0"
# shellcheck disable=SC2086 # words of a command
gate_start $off

basic() { printf 'Basic %s' "$(printf '%s' "$1:$2" | base64 -w0)"; }
row() { printf '%s\t%s\t%s\t%s\n' "$@"; }
# Three quarters: so that a whole millisecond is found, and none that is not there.
measure() { python3 "$here/measure.py" "$1" 0.75; }

# alike TITLE: the rows on standard input are alike.
alike() {
	out=$(measure "$host" <"$T/rows" 2>&1)
	like "$out" "^bytes: equal$" "$1: the same bytes"
	like "$out" "^times: alike" "$1: the same time"
	printf '%s\n' "$out" | sed -n 's/^times: /# /p'
}

{
	row unknown-user "/ann/hidden.git/$refs" "$(basic nobody-here "$unknown")" nobody-here
	row known-user "/ann/hidden.git/$refs" "$(basic ann "$unknown")" "ann:"
	row other-user "/ann/hidden.git/$refs" "$(basic eve "$unknown")" "eve:"
	row wrong-and-missing "/ann/nothin.git/$refs" "$(basic ann "$unknown")" "ann:"
} >"$T/rows"
alike "a token that nobody knows, whoever sends it and wherever to"
cp "$T/rows" "$T/nobodys"

{
	row hidden "/ann/hidden.git/$refs" "$(basic eve "$good")" hidden
	row missing "/ann/nothin.git/$refs" "$(basic eve "$good")" nothin
	row nowhere "/bob/hidden.git/$refs" "$(basic eve "$good")" bob/hidden
} >"$T/rows"
sed -i "s/${tab}hidden\$/${tab}ann\\/hidden/; s/${tab}nothin\$/${tab}ann\\/nothin/" "$T/rows"
alike "a hidden repository and a missing one, with a good token"

{
	row hidden "/ann/hidden.git/$refs" - ann/hidden
	row missing "/ann/nothin.git/$refs" - ann/nothin
	row nowhere "/bob/hidden.git/$refs" - bob/hidden
} >"$T/rows"
alike "a private repository and a missing one, without a credential"

# A millisecond that is planted.
python3 "$here/slow-proxy.py" "$host" ann/hidden 1 >"$T/proxy" &
proxy=$!
ok "a proxy stands between" wait_for 20 test -s "$T/proxy"
# Noise of the machine can hide it once.
for _ in 1 2 3; do
	out=$(measure "$(cat "$T/proxy")" <"$T/rows" 2>&1)
	case $out in *"times: apart"*) break ;; esac
done
like "$out" "^times: apart" "a leak is found when it is planted"
printf '%s\n' "$out" | sed -n 's/^times: /# /p'
kill "$proxy"
gate_stop

# Beyond the limit of failed tries nobody learns more.
gate_start --failures-per-address 1 --failures-per-owner 1
curl -s -o /dev/null -u "zoe:$unknown" "$address/ann/hidden.git/$refs"
cp "$T/nobodys" "$T/rows"
alike "an address that is over its limit, whoever's name it sends"
finish
