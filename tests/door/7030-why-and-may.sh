#!/bin/sh
# A reference explained to the operator and to users, the commands that open
# what was closed, and the same decision without the deed.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

for name in ann bob cleo; do user "$name"; done
must gate workspace create acme --owner ann
must gate workspace edit acme --add-member cleo
repo acme/site
repo acme/docs
repo acme/secret
must gate grant add bob acme/docs write
must gate grant add bob acme/site read
history "$T/work"
gate_start

# As it is pasted.
gatehouse() { gate "$@"; }

# explained REFERENCE [FLAGS]: waits for the row; $out is what `why` says.
explained() {
	wait_for 10 gate why "$@"
	try gate why "$@"
}
# told NAME TEXT: the golden words, but for the gates that opened: every new gate
# would change them all, and 1040 has a whole list.
told() { words "$1" "$(printf '%s\n' "$2" | sed '/^The gates/,$ { /^The gates/b; /CLOSED/!d; }')"; }
# The commands under "To open it:".
commands() { printf '%s\n' "$1" | sed -n '/^To open it:/,/^$/s/^  //p'; }
# refused NAME USER TOKEN-SECRET fetch|push PATH: a real git is refused; $ref is
# the reference.
refused() {
	if [ "$4" = push ]; then
		try git -C "$T/work" push -q "$(url "$2" "$3" "$5")" HEAD:refs/heads/main
	else
		try git ls-remote "$(url "$2" "$3" "$5")"
	fi
	not "$1: git is refused" test "$status" = 0
	ref=$(reference_of "$out")
}
# opened NAME USER TOKEN OPERATION PATH: what `why` names opens it: its commands
# are run as they stand, and git gets through with the token that came out of it,
# or the one it had.
opened() {
	local fresh="$3" line new
	refused "$@"
	explained "$ref"
	told "why-$1" "$out"
	commands "$out" >"$T/commands"
	ok "$1: a command is named" test -s "$T/commands"
	while read -r line; do
		case $line in *unarchive* | *--creation*) line="$line --yes" ;; esac # it asks; nobody sits here
		new=$(eval "$line" 2>&1) || fail "$1: it runs as it stands" "$line: $new"
		new=$(printf '%s\n' "$new" | grep -oE 'gthu_[0-9A-Za-z]{49}' | head -n 1)
		fresh=${new:-$fresh}
	done <"$T/commands"
	if [ "$4" = push ]; then
		ok "$1: then git gets through" git -C "$T/work" push -q "$(url "$2" "$fresh" "$5")" HEAD:refs/heads/main
	else
		ok "$1: then git gets through" git ls-remote "$(url "$2" "$fresh" "$5")"
	fi
	explained "$ref"
	like "$out" "^  today +the same request would be (allowed|refused)" "$1: and why tells what is so today"
}

wide=$(token bob wide write:repository)
opened right bob "$wide" push acme/site
opened hidden bob "$wide" fetch acme/secret
opened missing bob "$wide" fetch acme/nowhere
opened no-workspace bob "$wide" push nowhere/new
opened scopes bob "$(token bob reads read:repository)" push acme/docs
opened limit bob "$(token bob "only docs" read:repository --repos acme/docs)" fetch acme/site
opened address bob "$(token bob far write:repository --addresses 192.0.2.0/24)" push acme/docs
opened creation cleo "$(token cleo all write:repository)" push acme/cleos
dead=$(token bob dead write:repository)
must gate token revoke dead --user bob
opened revoked bob "$dead" push acme/docs
must gate repo archive acme/docs --yes
opened archived bob "$wide" push acme/docs
must gate user suspend bob
opened suspended bob "$wide" fetch acme/docs

# What a user would be shown: the same for a hidden repository and none, and
# of what is not theirs nothing.
repo acme/other
narrow=$(token cleo narrow read:repository --expires never)
shown() {
	refused "cleo at $1" cleo "$narrow" fetch "acme/$1"
	explained "$ref" --as cleo
	told why-as-owner "$(printf '%s\n' "$out" | sed -e "s#acme/$1#acme/NAME#")"
}
shown other
hidden=$ref
shown never
unlike "$out" "grant add|repo create|private" "the owner is told no command and no visibility"
try gate why "$hidden" --as bob
is "$status" 1 "another user gets nothing"
other=$(printf '%s\n' "$out" | sed "s/$hidden/0000000000/")
try gate why 0000000000 --as bob
is "$out" "$other" "in the words of a reference that does not exist"
try gate why "$hidden" --as nobody
like "$out" 'no user "nobody"' "and the operator who mistypes the user hears it"

# Strangers, added up.
for n in 1 2 3; do
	refused "stranger $n" x gthu_0000000000000000000000000000000000000000000xxxxxx fetch acme/site
done
explained "$ref"
wait_for 20 sh -c "$as '$bin/gatehouse' --data '$data' why '$ref' | grep -q ' 3 times'"
try gate why "$ref"
told why-strangers "$out"
try gate why "$ref" --as bob
is "$status" 1 "strangers are the operator's alone"

# may: the words, the status, and that it is what git meets.
must gate workspace edit acme --creation owners --yes
try gate may ann push acme/site
is "$status" 0 "yes is 0"
told may-yes "$out"
try gate may cleo/narrow fetch acme/site --from 127.0.0.1
is "$status" 1 "no is 1"
told may-no "$out"
for wrong in "ann eat acme/site" "nobody push acme/site" "ann push acme" "ann push" \
	"ann push acme/site a b" "ann push acme/site --from here" "id:0 push acme/site" \
	"--who ann push acme/site x" "ann push acme/site --limit 3"; do
	# shellcheck disable=SC2086 # words of a command
	try gate may $wrong
	is "$status" 2 "may $wrong: 2"
done
far=$(token bob far-3 read:repository --addresses 192.0.2.0/24)
must gate repo edit acme/docs --visibility public --yes
for who in cleo/all cleo/narrow bob/wide bob/far-3 anyone; do
	for path in acme/site acme/docs acme/secret acme/never; do
		case $who in
		cleo/all) secret=$(gate token create --user cleo --name "all-$path" --scopes write:repository --quiet) ;;
		cleo/narrow) secret=$narrow ;;
		bob/wide) secret=$wide ;;
		bob/far-3) secret=$far ;;
		anyone) secret= ;;
		esac
		wanted=no
		if git ls-remote "$(url "${secret:+x-token-auth}" "$secret" "$path")" >/dev/null 2>&1; then wanted=yes; fi
		is "$(gate may "$who" fetch "$path" --from 127.0.0.1 | sed -n '1s/:.*//p')" "$wanted" "$who fetches $path: $wanted, as git meets it"
	done
done
is "$(gate may bob/far-3 fetch acme/site | sed -n '1s/:.*//p')" yes "without --from, an address that the token allows is taken"
try gate may ann/none push acme/site
is "$status" 2 "a token that does not exist can't be asked about"
try gate may bob/wide push acme/site refs/heads/main --at 10y
told may-later "$out"
is "$(gate may bob push acme/site --json | jq -r '.allowed, .actor, .credential, .how')" "true
bob
null
write, by a grant on acme/site" "may as JSON"
is "$(gate may cleo push acme/site --json | jq -r '.closed, .open[0]')" "create
gatehouse grant add cleo acme/site write" "no as JSON"

# who
try gate may --who push acme/site
words may-who "$(printf '%s\n' "$out" | sed -E 's/id:[0-9]+/id:<n>/')"
like "$(gate may --who fetch acme/docs)" "anyone, without a credential: read" "anyone is one of them"
try gate may --who fetch acme/never
is "$status" 1 "nobody is a no"
like "$(gate may --who fetch acme/docs --limit 1)" "and 2 more" "the rest is counted"
is "$(gate may --who push acme/site refs/heads/main --json | jq -r '[.could[].name] | join(" ")')" "ann bob" "who as JSON"
finish
