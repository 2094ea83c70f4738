# shellcheck shell=sh disable=SC3043,SC2034,SC3045,SC2154
#
# (`local` and `ulimit -c` are in dash, busybox and bash alike.)
#
# What door tests share: results in TAP, a server of one's own on a free port,
# git and curl with nothing of the machine's settings in the way, and golden
# words. Sourced first by every tests/door/*.sh; `finish` is the last line there.
#
# $T is the test's folder and is removed at the end. $out and $status are what
# `try` saw. $address is the running server's base URL.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
if [ -n "${GATEHOUSE_STAGE:-}" ]; then
	bin=$GATEHOUSE_STAGE/bin
	release=$GATEHOUSE_STAGE/release
else
	bin=$top/build/test/bin
	release=$top/build/release/bin
fi
words_folder=$top/tests/words
words_update=${GATEHOUSE_WORDS_UPDATE:-}
# The programs take GATEHOUSE_* for settings.
unset GATEHOUSE_WORDS_UPDATE GATEHOUSE_STAGE GATEHOUSE_TREE

T=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-door-XXXXXX")
data=$T/data
log=$T/log
server=""
address=""
out=""
status=0
results=0
failures=0
# No core files, and leaks are looked for by the unit tests: the locked-in
# processes may not be traced, as the leak checker would.
ulimit -c 0
ASAN_OPTIONS="${ASAN_OPTIONS:-exitcode=99}:detect_leaks=0"
export ASAN_OPTIONS
mkdir "$T/home"

as=""
if [ "$(id -u)" = 0 ]; then # the server does not run as root
	chmod 755 "$T"
	mkdir "$data"
	chmod 700 "$data"
	chown 65534:65534 "$data"
	as="setpriv --reuid 65534 --regid 65534 --clear-groups --"
fi

PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
HOME=$T/home
LC_ALL=C
GIT_CONFIG_NOSYSTEM=1
GIT_TERMINAL_PROMPT=0
GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org
GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.org
GIT_AUTHOR_DATE="1700000000 +0000" GIT_COMMITTER_DATE="1700000000 +0000"
export PATH HOME LC_ALL GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL \
	GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_DATE
unset XDG_CONFIG_HOME GIT_ASKPASS SSH_ASKPASS GIT_DIR GIT_TRACE LANGUAGE http_proxy https_proxy \
	HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY GIT_SSL_CAINFO GIT_SSL_NO_VERIFY SSL_CERT_FILE SSL_CERT_DIR
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global gc.auto 0
git config --global maintenance.auto false

# -- results --

pass() {
	results=$((results + 1))
	printf 'ok %d - %s\n' "$results" "$1"
}

# fail TITLE [LINES]
fail() {
	results=$((results + 1))
	failures=$((failures + 1))
	printf 'not ok %d - %s\n' "$results" "$1"
	if [ -n "${2:-}" ]; then printf '%s\n' "$2" | sed 's/^/#   /'; fi
}

# skip TITLE WHY
skip() {
	results=$((results + 1))
	printf 'ok %d - %s # skip %s\n' "$results" "$1" "$2"
}

# skip_all WHY: the whole file.
skip_all() {
	printf '1..0 # skip %s\n' "$1"
	exit 0
}

# ok TITLE COMMAND...: the command succeeds.
ok() {
	local title="$1"
	shift
	if "$@" >"$T/ok" 2>&1; then pass "$title"; else fail "$title" "$* failed:
$(cat "$T/ok")"; fi
}

# not TITLE COMMAND...: the command fails.
not() {
	local title="$1"
	shift
	if "$@" >"$T/ok" 2>&1; then fail "$title" "$* succeeded:
$(cat "$T/ok")"; else pass "$title"; fi
}

# is GOT WANTED TITLE
is() {
	if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "got:    $1
wanted: $2"; fi
}

# like TEXT PATTERN TITLE: some line of TEXT matches the extended expression.
like() {
	if printf '%s\n' "$1" | grep -qE -- "$2"; then pass "$3"; else fail "$3" "no line matches /$2/ in:
$1"; fi
}

unlike() {
	if printf '%s\n' "$1" | grep -qE -- "$2"; then fail "$3" "a line matches /$2/ in:
$1"; else pass "$3"; fi
}

# try COMMAND...: runs it; $out (both streams) and $status tell how it went.
try() {
	status=0
	out=$("$@" 2>&1 </dev/null) || status=$?
}

# The plan, and the end.
finish() {
	if [ -n "$server" ]; then gate_stop; fi
	printf '1..%d\n' "$results"
	[ "$failures" = 0 ]
	exit $?
}

# must COMMAND...: something the test needs; without it there is no test.
must() {
	"$@" >"$T/must" 2>&1 || {
		fail "needed: $*" "$(cat "$T/must")"
		exit 1
	}
}

clean_up() {
	if [ -n "$server" ]; then
		kill -9 "$server" 2>/dev/null
		sleep 0.2 # its children see that it is gone and end
	fi
	if [ -n "${KEEP:-}" ]; then echo "# kept: $T"; else rm -rf "$T"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# -- the server --

# gate ARGS: a command on the server's data.
gate() {
	$as "$bin/gatehouse" --data "$data" "$@"
}

# gate_begin FLAGS: starts `serve` with these flags alone and waits for its
# address; fails when it does not come.
gate_begin() {
	local waited=0
	rm -f "$data/run/address"
	# shellcheck disable=SC2086 # words of a command
	$as setpriv --pdeathsig KILL "$bin/gatehouse" --data "$data" serve "$@" >>"$log" 2>&1 &
	server=$!
	while [ ! -s "$data/run/address" ]; do
		waited=$((waited + 1))
		if ! kill -0 "$server" 2>/dev/null || [ "$waited" -gt 600 ]; then
			fail "the server starts" "$(tail -n 40 "$log")"
			server=""
			exit 1
		fi
		sleep 0.05
	done
	address=$(head -n 1 "$data/run/address")
	address=${address%/}
	host=${address#*://}
}

# gate_start [FLAGS]: over plain HTTP on a free port.
gate_start() { gate_begin --http 127.0.0.1:0 "$@"; }

# gate_start_tls [FLAGS]: over TLS, with a certificate that git and curl trust.
gate_start_tls() {
	must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$T/key.pem" -out "$T/certificate.pem"
	if [ -n "$as" ]; then chown 65534 "$T/key.pem"; fi
	GIT_SSL_CAINFO=$T/certificate.pem CURL_CA_BUNDLE=$T/certificate.pem
	export GIT_SSL_CAINFO CURL_CA_BUNDLE
	gate_begin --https 127.0.0.1:0 --tls-certificate "$T/certificate.pem" \
		--tls-key "$T/key.pem" "$@"
}

# log_is_clean TITLE: neither a sanitizer's report nor a secret stands in the log.
log_is_clean() {
	local found
	found=$(grep -nE 'Sanitizer|runtime error:|gth[uprwaofi]_[0-9A-Za-z]{20,}' "$log")
	is "$found" "" "$1"
}

# gate_stop: asks it to stop; it does, with 0, and its log is clean.
gate_stop() {
	local code=0
	kill -TERM "$server" 2>/dev/null
	wait "$server" || code=$?
	server=""
	is "$code" 0 "the server stops when it is asked to"
	log_is_clean "no sanitizer report and no secret is in its log"
}

# Process ids of the server's children with this program name.
children_of() {
	pgrep -P "$1" 2>/dev/null | while read -r pid; do
		case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) in *"$2"*) echo "$pid" ;; esac
	done
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local left=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# -- people, repositories, tokens --

user() { must gate user add "$1" --email "$1@example.org"; }
repo() { must gate repo create "$@"; }

# token USER NAME SCOPES [FLAGS]: prints the token.
token() {
	local who="$1" name="$2" scopes="$3"
	shift 3
	gate token create --user "$who" --name "$name" --scopes "$scopes" --quiet "$@"
}

# stranger_token USER NAME: prints one in good form that nobody knows here: another
# server made it.
stranger_token() {
	local data="$T/other"
	if [ ! -d "$data" ]; then
		mkdir -m 700 "$data"
		if [ -n "$as" ]; then chown 65534 "$data"; fi
	fi
	gate user show "$1" >/dev/null 2>&1 || user "$1"
	token "$1" "$2" write:repository
}

# slow_push TOKEN REF: two megabytes on their way to ann/site at 400 KB/s; $sending
# is the process, $T/answer what it hears.
slow_push() {
	git init -q "$T/large"
	head -c 2000000 /dev/urandom >"$T/large/noise"
	must git -C "$T/large" add noise
	must git -C "$T/large" commit -qm noise
	{
		printf '%040d %s %s' 0 "$(head_of "$T/large")" "$2"
		printf '\000 report-status side-band-64k object-format=sha1'
	} >"$T/command"
	{
		printf '%04x' $(($(wc -c <"$T/command") + 4)) # the length counts itself
		cat "$T/command"
		printf '0000'
		git -C "$T/large" pack-objects --all --stdout -q </dev/null
	} >"$T/body"
	curl -s --limit-rate 400k -H "Authorization: Bearer $1" -H "Transfer-Encoding: chunked" \
		-H "Content-Type: application/x-git-receive-pack-request" -H "Expect:" \
		--data-binary "@$T/body" "$address/ann/site.git/git-receive-pack" -o "$T/answer" &
	sending=$!
	sleep 1.5
}

# hold_push TOKEN: a push to ann/site whose body does not end until `exec 9>&-`;
# $holder is the process.
hold_push() {
	mkfifo "$T/slow"
	curl -s -N -o /dev/null -u "ann:$1" -T "$T/slow" -X POST \
		-H 'Content-Type: application/x-git-receive-pack-request' "$address/ann/site.git/git-receive-pack" &
	holder=$!
	exec 9>"$T/slow"
	printf '00' >&9
}

# url NAME SECRET PATH: an address with a credential in it. `url NAME "" PATH`
# has the name alone.
url() {
	local login="$1${2:+:$2}"
	printf '%s' "${address%%://*}://$login${login:+@}$host/$3"
}

# -- histories --

# history FOLDER [COMMITS]: a repository with that many commits on main.
history() {
	local n=0
	must git init -q "$1"
	while [ "$n" -lt "${2:-1}" ]; do
		n=$((n + 1))
		printf 'line %d\n' "$n" >>"$1/file"
		must git -C "$1" add file
		must git -C "$1" commit -q -m "commit $n"
	done
}

# commit FOLDER TEXT: one more commit.
commit() {
	printf '%s\n' "$2" >>"$1/file"
	must git -C "$1" add file
	must git -C "$1" commit -q -m "$2"
}

head_of() { git -C "$1" rev-parse "${2:-HEAD}"; }

# What the server holds: the id of a ref.
served() { git --git-dir "$(gate repo path "$1")" rev-parse -q --verify "$2" 2>/dev/null; }

# -- words --

# What varies from run to run, put aside.
mask() {
	tr -d '\r' | sed -E \
		-e "s#$T#<folder>#g" \
		-e 's#gth[a-z]_[0-9A-Za-z]{49}#<token>#g' \
		-e 's#https?://([^/ @]*@)?127\.0\.0\.1:[0-9]+#<url>#g' \
		-e 's#127\.0\.0\.1:[0-9]+#<host>#g' \
		-e 's#([Rr]eference:? +)[0-9a-z]{8,16}#\1<reference>#g' \
		-e 's#(gatehouse why )[0-9a-z]{8,16}#\1<reference>#g' \
		-e 's#[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}( UTC|Z)#<time>#g' \
		-e 's#^[0-9a-z]{10}: (refused|allowed)#<reference>: \1#' \
		-e 's#\bgit/[0-9]+\.[0-9.]+[0-9]#git/<version>#g' \
		-e 's#^(Date: ).*#\1<time>#' \
		-e 's#[0-9]+ (second|minute|hour|day)s? ago#<span> ago#g' \
		-e 's#\b[0-9a-f]{40}([0-9a-f]{24})?\b#<object>#g' \
		-e 's#\b[0-9a-f]{7,12}\.\.\.?[0-9a-f]{7,12}\b#<objects>#g' \
		-e 's#[[:space:]]+$##'
}

# words NAME TEXT: TEXT is what tests/words/NAME.txt says, but for what varies.
words() {
	local golden="$words_folder/$1.txt" now="$T/words"
	printf '%s\n' "$2" | mask >"$now"
	if [ -n "$words_update" ]; then cat "$now" >"$golden"; fi
	if [ ! -f "$golden" ]; then
		fail "$1: the words are those of tests/words/$1.txt" "there is no such file; the words are:
$(cat "$now")"
	elif diff -u "$golden" "$now" >"$T/diff"; then
		pass "$1: the words are those of tests/words/$1.txt"
	else
		fail "$1: the words are those of tests/words/$1.txt" "$(cat "$T/diff")"
	fi
}

# The reference that a refusal ends with.
reference_of() {
	printf '%s\n' "$1" | sed -nE 's/.*[Rr]eference:? +([0-9a-z]{8,16}).*/\1/p' | tail -n 1
}
