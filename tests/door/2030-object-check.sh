#!/bin/sh
# The object check (C16a): a defect of old histories is refused in words, and
# the repository's check can be lowered.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/old
t=$(token ann laptop write:repository)
gate_start
history "$T/work"
tree=$(git -C "$T/work" rev-parse 'HEAD^{tree}')
bad=$(printf 'tree %s\nauthor Ann <ann@example.org> 1700000000 +051800\ncommitter Ann <ann@example.org> 1700000000 +051800\n\nold\n' "$tree" |
	git -C "$T/work" hash-object -t commit -w --stdin --literally)
must git -C "$T/work" update-ref refs/heads/old "$bad"
try git -C "$T/work" push "$(url ann "$t" ann/old.git)" old
not "C16a: the push is refused" test "$status" = 0
words c16a-object-check "$out"
is "$(served ann/old old)" "" "C16a: nothing was stored"
must gate repo edit ann/old --check lenient
ok "C16a: with the check lowered the same push is accepted" git -C "$T/work" push -q "$(url ann "$t" ann/old.git)" old
is "$(served ann/old old)" "$bad" "C16a: and stored"
finish
