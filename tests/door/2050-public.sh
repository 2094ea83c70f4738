#!/bin/sh
# Public and internal repositories, credentials that do not reach them, and
# anonymous reading switched off.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
repo ann/open --public
repo ann/house --internal
repo ann/closed
t=$(token ann laptop write:repository)
bobs=$(token bob laptop write:repository)
settings=$(token ann settings admin:repository)
gone=$(token ann gone write:repository)
must gate token revoke gone --user ann
gate_start
history "$T/work"
for name in open house closed; do must git -C "$T/work" push -q "$(url ann "$t" "ann/$name.git")" main; done
ok "a public repository is cloned without a credential" git clone -q "$(url "" "" ann/open.git)" "$T/open"
try git -C "$T/work" push "$(url "" "" ann/open.git)" main:other
not "but not pushed to" test "$status" = 0
ok "by any user" git clone -q "$(url bob "$bobs" ann/open.git)" "$T/open-bob"
ok "by a live credential that does not reach it, as anyone may" git -c "http.extraHeader=Authorization: Bearer $settings" clone -q "$(url "" "" ann/open.git)" "$T/open-settings"
try git -c "http.extraHeader=Authorization: Bearer $gone" ls-remote "$(url "" "" ann/open.git)"
like "$out" "\[token-revoked\]" "a dead credential is refused with the reason, also here"
try git -C "$T/work" push "$(url bob "$bobs" ann/open.git)" main:other
like "$out" "\[right-missing\]" "who may read but not write is told so"
ok "an internal one is read by any user" git ls-remote "$(url bob "$bobs" ann/house.git)"
try git ls-remote "$(url "" "" ann/house.git)"
not "but not without a credential" test "$status" = 0
try git ls-remote "$(url bob "$bobs" ann/closed.git)"
like "$out" "\[repository-not-found\]" "a private one is seen by its own people only"
try gate repo edit ann/open --visibility private --dry-run
words visibility-narrower-asked "$out"
try gate repo edit ann/closed --visibility public --default-branch trunk --dry-run
words visibility-wider-asked "$out"
try gate repo edit ann/open --visibility private
is "$status" 2 "where nobody is there to confirm it, nothing is changed"
ok "so it stays open" git ls-remote "$(url "" "" ann/open.git)"
ok "a description is changed without asking: nobody will notice" gate repo edit ann/open --description "Open to all"
must gate repo edit ann/open --visibility private --yes
try git ls-remote "$(url "" "" ann/open.git)"
not "made private, it is closed on the next question" test "$status" = 0
must gate repo edit ann/open --visibility public --yes
gate_stop
gate_start --anonymous-reading no
try git ls-remote "$(url "" "" ann/open.git)"
not "with anonymous reading off, a public one wants a credential" test "$status" = 0
ok "and any user's will do" git ls-remote "$(url bob "$bobs" ann/open.git)"
finish
