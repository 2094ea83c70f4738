# shellcheck shell=sh disable=SC2154
# Types the ```console blocks of a page: each `$ ` line, in one shell, in order.
# A line must succeed; in a block "```console fails" it must fail. What a ```text
# block shows as `remote:` was said by the line before it. A block "```ini FILE" is
# added to that file. Lines in tests/papers/not-typed are left out, each for the
# reason given there. Sourced by the tests that have a scene ready.

# lines_of PAGE: "+ LINE" or "- LINE" for each line that is typed, "= LINE" for
# one that must have been said, "> FILE" and "| LINE" for what is put into files.
lines_of() {
	awk '/^```console$/ { sign = "+"; next } /^```console fails$/ { sign = "-"; next }
		/^```text$/ { sign = "="; next }
		/^```ini \// { sign = "|"; print ">", $2; next } /^```/ { sign = ""; next }
		sign == "|" { print sign, $0; next }
		sign == "=" { if (typed && /^remote: /) print sign, $0; next }
		sign && /^\$ / { typed = 1; print sign, substr($0, 3); next }
		sign && NF { print "? " $0 }' "$1"
}

# left_out PAGE LINE: the reason, if it is one that is not typed.
left_out() {
	awk -F '\t' -v page="${1#"$top"/}" -v line="$2" \
		'$1 == page && $2 == line { print $3; found = 1 } END { exit !found }' "$top/tests/papers/not-typed"
}

# What is typed may be put right for the scene: a reference, a port.
as_typed() { printf '%s' "$1"; }

type_line() {
	status=0
	eval "$(as_typed "$2")" >"$T/typed" 2>&1 </dev/null || status=$?
	case $1 in
	+) right=$([ "$status" = 0 ] && echo yes) ;;
	-) right=$([ "$status" = 0 ] || echo yes) ;;
	*) right="" ;;
	esac
	if [ -n "$right" ]; then
		pass "$2"
	else
		fail "$2" "status $status
$(cat "$T/typed")"
	fi
}

type_page() {
	lines_of "$1" >"$T/lines"
	like "$(wc -l <"$T/lines")" '^ *[1-9]' "$1 has lines to type"
	while IFS= read -r typed <&3; do
		line=${typed#??}
		case $typed in
		"> "*)
			file=$line
			mkdir -p "$(dirname "$file")"
			;;
		"| "*) printf '%s\n' "$line" >>"$file" ;;
		"= "*) ok "it says: $line" grep -qxF "$line" "$T/typed" ;;
		*)
			if why=$(left_out "$1" "$line"); then
				printf '# not typed: %s: %s\n' "$line" "$why"
			else
				type_line "${typed%"${typed#?}"}" "$line"
			fi
			;;
		esac
	done 3<"$T/lines"
}
