# shellcheck shell=sh disable=SC3043,SC2034,SC2154
#
# What the tests of the keeper under a process that was taken over share
# (tests/keeper/). Sourced behind gate.sh.

# siege_begin KIND HOSTILE: programs to start the server from, where HOSTILE stands in
# the place of gatehouse-KIND.
siege_begin() {
	siege_kind=$1
	programs=$T/programs
	mkdir "$programs"
	cp "$bin"/gatehouse* "$programs"
	mv "$programs/gatehouse-$siege_kind" "$programs/real"
	cp "$2" "$programs/gatehouse-$siege_kind"
	chmod -R a+rX "$programs"
	chmod a+rwx "$programs"
}

# besiege [FLAGS]: starts the server with the plan on standard input, and waits
# until the plan is over and the real program serves.
besiege() {
	cat >"$programs/plan"
	echo 0 >"$programs/turn"
	: >"$programs/report"
	: >"$log"
	chmod a+rw "$programs"/turn "$programs"/report
	export GATEHOUSE_PROGRAMS="$programs"
	gate_start "$@"
	unset GATEHOUSE_PROGRAMS
	wait_for 120 grep -q '^real ' "$programs/report" || fail "the real program has its turn" "$(tail -n 20 "$log")"
}

# cut_off ATTACK PATTERN: that process was cut off, for this reason.
cut_off() {
	local pid why
	pid=$(sed -nE "s/^$1 ([0-9]+)\$/\\1/p" "$programs/report")
	why=$(sed -nE "s/.*$siege_kind \(pid ${pid:-none}\) is cut off: //p" "$log")
	like "${why:-not cut off}" "$2" "$1: it is cut off"
}

# saw ATTACK WORDS
saw() { like "$(grep -F -- "$1: " "$programs/report")" "^$1: $2\$" "$1: $2"; }

# nothing_left: of all that was begun.
no_children() { ! pgrep -P "$server" -f 'git-receive-pack|receive-pack' >/dev/null; }
descriptors() {
	# as root: the process lets nobody of its own user look
	find "/proc/$server/fd" -type l 2>/dev/null | wc -l
}
nothing_left() {
	ok "no git process of theirs is left" wait_for 20 no_children
	if [ -n "$as" ]; then
		ok "nor descriptors" test "$(descriptors)" -lt 60
	else
		skip "nor descriptors" "only root may look"
	fi
}
