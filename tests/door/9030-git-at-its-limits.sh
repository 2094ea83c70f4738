#!/bin/sh
# A git process at its limits of memory, time and size: it is ended, the person
# is told why, nothing of the push is kept, and the next one is served.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
t=$(token ann laptop write:repository)
gate_start
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
path=$(gate repo path ann/site)
gate_stop

# Little to send, much to unpack.
must git -C "$T/work" checkout -q -b big
head -c 400000000 /dev/zero >"$T/work/zeros"
must git -C "$T/work" add zeros
must git -C "$T/work" commit -q -m "400 MB of zeros"
rm "$T/work/zeros"

clean() { [ -z "$(find "$path" -name 'tmp_*' -o -name '*.lock')" ]; }

# at_limit TITLE WORDS FLAGS...: the push of what is big ends at that limit.
at_limit() {
	local title="$1" words="$2"
	shift 2
	gate_start "$@"
	try git -C "$T/work" push "$(url ann "$t" ann/site.git)" big
	is "$status" 1 "$title: the push fails"
	like "$out" "$words" "and the person is told"
	like "$out" "remote unpack failed" "that nothing was stored"
	is "$(served ann/site big)" "" "nor was it"
	ok "and nothing is left over" wait_for 20 clean
	ok "the next push is served" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
	gate_stop
}

at_limit "a push beyond the memory of a git process" "remote: fatal: Out of memory" --child-memory 100m
at_limit "one beyond its processor time" "remote: .* more than 1 s(econd)? of processor time" --child-cpu-time 1s
at_limit "one beyond the size of a push" "remote: fatal: pack exceeds maximum allowed size" --push-limit 100k
finish
