#!/bin/sh
# One-time links: made by the operator, looked at over HTTP, ended.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
gate_start

link() { gate user "$@" --quiet; }
look() { curl -s -i "$1"; }
status_of() { curl -s -o /dev/null -w '%{http_code}' "$@"; }

try gate user invite bob
is "$status" 0 "an invitation is made"
words link-made "$out"
first=$(printf '%s\n' "$out" | grep -o 'http.*gthi_[0-9A-Za-z]*')
words link-good "$(look "$first")"
is "$(status_of "$first")" 200 "looking again shows the same: nothing is used up"
is "$(status_of -I "$first")" 200 "HEAD too"
is "$(status_of -X POST "$first")" 405 "and POST does nothing yet"
second=$(link reset bob)
words link-replaced "$(curl -s "$first")"
is "$(status_of "$first")" 410 "a newer link ends the older one"
is "$(status_of "$second")" 200 "and lives itself"

try gate user invites
like "$out" "^bob +reset +lives" "the list names who, what and how it is"
unlike "$out" "gthi_" "and no secret"
must gate user uninvite bob
words link-revoked "$(curl -s "$second")"
try gate user uninvite bob
words link-none "$out"

known=$(status_of "$address/-/invite/${second##*/}x")
damaged=$(curl -s "$address/-/invite/${second##*/}x")
like "$damaged" "damaged" "a broken paste is told"
is "$known" 404 "with 404"
foreign=$(printf '%s' "$second" | sed 's/.*gthi_/gthi_/' | python3 -c '
import sys, zlib
digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
text = "gthi_" + "0" * 43
n, tail = zlib.crc32(text.encode()), ""
for _ in range(6): n, tail = n // 62, digits[n % 62] + tail
print(text + tail)')
words link-unknown "$(curl -s "$address/-/invite/$foreign")"

must gate user suspend ann
try gate user reset ann
like "$out" "gatehouse user resume ann" "a suspended person gets none, and is told why"
invited=$(link invite new@example.org --expires 2h)
like "$(curl -s "$invited")" "new@example.org.*make an account" "an address without account can be invited"
try gate user reset new@example.org
not "but not reset" test "$status" = 0
try gate user invite nobody
like "$out" "gatehouse user add NAME" "a name without account: what to do is told"

# a link opens no repository
repo bob/site
must gate user resume ann
try git ls-remote "$(url bob "${invited##*/}" bob/site.git)"
not "a link opens no repository" test "$status" = 0

try gate user admin bob
is "$out" "bob is an administrator of the server now." "an administrator is made"
like "$(gate user list)" "^bob .*administrator" "and listed"
try gate user admin bob --off
words no-administrator "$out"
like "$(gate audit)" "link make.*new@example.org" "links are in the audit"
unlike "$(gate audit --json)" "gthi_[0-9A-Za-z]{20}" "without their secrets"
finish
