#!/bin/sh
# A repository that git itself can't read: the person is told, in the words of
# their client, that the fault is the server's; and it is back when it is mended.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
gate_start
history "$T/work"
t=$(token ann laptop write:repository)
where=$(url ann "$t" ann/site.git)
must git -C "$T/work" push -q "$where" main
path=$(gate repo path ann/site)
cp -p "$path/config" "$T/config"
$as sh -c "echo '[broken' >>'$path/config'"

try git -c protocol.version=2 ls-remote "$where"
like "$out" "\[server-fault\]" "version 2: a repository git can't read is told as the server's fault"
unlike "$out" "gatehouse-door" "and no path of the server is shown"
try git -c protocol.version=0 ls-remote "$where"
like "$out" "\[server-fault\]" "version 0: the same"
try git -C "$T/work" push "$where" main:other
like "$out" "\[server-fault\]" "a push: the same"
unlike "$out" "up-to-date" "and nothing claims that all is well"
like "$(cat "$log")" "bad config" "git's own complaint is in the log"

$as cp "$T/config" "$path/config"
try git -C "$T/work" push "$where" main:other
is "$status" 0 "mended, it is served again without a restart"

finish
