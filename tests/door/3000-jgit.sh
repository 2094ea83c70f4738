#!/bin/sh
# JGit (Debian's jgit-cli): it shows the ERR packet of info/refs, the reasons of
# refs, and side band 2; of a 401 or 403 nothing.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/clients.sh
. "$top/tests/lib/clients.sh"
[ -f /usr/share/java/org.eclipse.jgit.pgm.jar ] || skip_all "jgit-cli is not installed"

# It takes credentials from .netrc, after a 401.
client() {
	rm -f "$HOME/.netrc"
	[ -z "$1" ] || printf 'machine 127.0.0.1 login ann password %s\n' "$1" >"$HOME/.netrc"
	case $2 in
	clone) (cd "$T" && "$clients/jgit" clone "$3" "${4##*/}") ;;
	fetch) "$clients/jgit" --git-dir "$3/.git" fetch ;;
	push) "$clients/jgit" --git-dir "$3/.git" push origin "main:$4" ;;
	*) "$clients/jgit" "$2" "$3" ;;
	esac
}
clients_begin gate_start

clients_work JGit
clients_noticed JGit
clients_refused JGit
like "$out" "\[object-check\]" "and the reason is shown"

try client "$gone" ls-remote "$address/ann/gone.git"
refused_with token-revoked "JGit comes with a revoked token"
like "$out" "the laptop was sold" "and with it what its owner may hear"

# An address with a name alone: JGit sends `name:null` before it asks anybody.
try client "$t" ls-remote "$(url ann "" ann/site.git)"
is "$status" 0 "JGit with a user name in the address"
try client "$t" ls-remote "$(url ann "" ann/site.git)"
is "$status" 0 "and once more"
try client "" ls-remote "$(url "$t" "" ann/site.git)"
is "$status" 0 "JGit with the token as user name"

finish
