#!/bin/sh
# The commands on the server's own machine, with the server running and not.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

json() { # json TITLE COMMAND...: prints JSON
	local title="$1"
	shift
	try "$@"
	printf '%s\n' "$out" >"$T/json"
	ok "$title" python3 -m json.tool "$T/json"
}
with() { # with NAME=VALUE ARGS...: a command with that variable set
	(
		# shellcheck disable=SC2163 # the assignment is the argument
		export "$1"
		shift
		gate "$@"
	)
}
both() { # all of it, whether the server runs or not; $1 is put into names
	ok "$2: user add" gate user add "ann$1" --email "ann$1@example.org"
	ok "$2: user add, a second" gate user add "bob$1" --email "bob$1@example.org"
	ok "$2: workspace create" gate workspace create "acme$1" --owner "ann$1"
	ok "$2: repo create" gate repo create "acme$1/site" --public
	try gate repo path "acme$1/site"
	ok "$2: repo path names a bare repository" git --git-dir "$out" rev-parse --is-bare-repository
	ok "$2: group" gate group create "acme$1" devs
	ok "$2: grant add" gate grant add "bob$1" "acme$1/site" write
	json "$2: grant list --json" gate grant list "acme$1" --json
	try gate token create --user "ann$1" --name laptop --scopes read:repository,write:repository \
		--repos "acme$1/site" --addresses 127.0.0.0/8,::1 --expires 30d --quiet
	like "$out" "^gthu_[0-9A-Za-z]{49}$" "$2: token create --quiet prints the token alone"
	try gate token create --user "ann$1" --name desk --scopes repository:write --expires 2030-01-01
	like "$out" "gthu_[0-9A-Za-z]{49}" "$2: token create shows the token"
	like "$out" "git clone http" "$2: and the clone line"
	like "$out" "credential.helper" "$2: and the line that makes git remember it"
	json "$2: token show --json" gate token show laptop --user "ann$1" --json
	unlike "$out" "gthu_[0-9A-Za-z]{20}" "$2: token show never shows the secret"
	json "$2: token list --json" gate token list --user "ann$1" --json
	json "$2: user list --json" gate user list --json
	json "$2: user show --json" gate user show "ann$1" --json
	json "$2: workspace list --json" gate workspace list --json
	json "$2: workspace show --json" gate workspace show "acme$1" --json
	json "$2: repo list --json" gate repo list --json
	json "$2: repo show --json" gate repo show "acme$1/site" --json
	json "$2: audit --json" gate audit --json --limit 1
	ok "$2: token revoke" gate token revoke laptop --user "ann$1"
	like "$(gate token show laptop --user "ann$1" --json)" "revoked" "$2: a revoked token says so"
	ok "$2: user suspend" gate user suspend "bob$1"
	ok "$2: user resume" gate user resume "bob$1"
}
both 1 "without a server"
gate_start
both 2 "with the server running"

# What is wrong is told in words, with a non-zero status.
wrong() {
	local title="$1" pattern="$2"
	shift 2
	try gate "$@"
	not "$title: fails" test "$status" = 0
	like "$out" "$pattern" "$title: says why"
}
wrong "a name that is taken" "ann1" user add ann1 --email else@example.org
wrong "a name with other case" "[Aa][Nn][Nn]1" user add ANN1 --email else@example.org
wrong "a reserved name" "reserved" user add oauth2 --email o@example.org
wrong "a name with a dot" "name" user add a.b --email o@example.org
wrong "a name that climbs" "name" repo create ann1/..
wrong "an unknown scope" "no:such" token create --user ann1 --name x --scopes no:such
wrong "no scopes" "scope" token create --user ann1 --name x --scopes ""
wrong "an unknown repository" "ann1/nope" token create --user ann1 --name x --scopes read:repository --repos ann1/nope
must gate repo create ann1/own
wrong "a repository they can't see" "grant add bob1 ann1/own read" token create --user bob1 --name x \
	--scopes read:repository --repos ann1/own
wrong "a bad network" "10.0.0.0" token create --user ann1 --name x --scopes read:repository --addresses 10.0.0.0/99
wrong "an expiry in the past" "." token create --user ann1 --name x --scopes read:repository --expires 2001-01-01
wrong "an unknown command" "frobnicate" frobnicate
wrong "an unknown verb" "frobnicate" user frobnicate
wrong "an unknown flag" "frobnicate" user list --frobnicate
wrong "an unknown user" "nobody-here" user show nobody-here
ok "help is printed" gate help
for word in user workspace group project repo grant token why audit serve; do
	like "$(gate help)" "$word" "help names $word"
done
gate_stop

# Who types a command is written down; only root's word about SUDO_USER counts.
must with SUDO_USER=cleo user add posing --quiet
if [ "$(id -u)" = 0 ]; then
	skip "an ordinary user can't pose as another" "started by root alone: tests/run starts it as an ordinary user"
else
	is "$(gate audit --actor 'operator cleo' --quiet)" "" "an ordinary user can't pose as another"
	like "$(gate audit --json --limit 1)" '"actor": "operator ' "and is named as who they are"
fi
finish
