# shellcheck shell=sh disable=SC2154
# Types the ```console blocks of a page: each `$ ` line, in one shell, in order.
# A line must succeed; in a block "```console fails" it must fail. What a ```text
# block shows as `remote:` was said by the line before it. Sourced by
# tests/door/7120-papers.sh, which has the scene ready.

# lines_of PAGE: "+ LINE" or "- LINE" for each line that is typed, "= LINE" for
# one that must have been said.
lines_of() {
	awk '/^```console$/ { sign = "+"; next } /^```console fails$/ { sign = "-"; next }
		/^```text$/ { sign = "="; next } /^```/ { sign = ""; next }
		sign == "=" { if (/^remote: /) print sign, $0; next }
		sign && /^\$ / { print sign, substr($0, 3); next }
		sign && NF { print "? " $0 }' "$1"
}

type_page() {
	lines_of "$1" >"$T/lines"
	like "$(wc -l <"$T/lines")" '^ *[1-9]' "$1 has lines to type"
	while IFS= read -r typed <&3; do
		line=${typed#? }
		if [ "$line" = "${typed#= }" ]; then
			ok "it says: $line" grep -qxF "$line" "$T/typed"
			continue
		fi
		status=0
		eval "$line" >"$T/typed" 2>&1 </dev/null || status=$?
		case $typed in
		"+ "*) right=$([ "$status" = 0 ] && echo yes) ;;
		"- "*) right=$([ "$status" = 0 ] || echo yes) ;;
		*) right="" ;;
		esac
		if [ -n "$right" ]; then
			pass "$line"
		else
			fail "$line" "status $status
$(cat "$T/typed")"
		fi
	done 3<"$T/lines"
}
