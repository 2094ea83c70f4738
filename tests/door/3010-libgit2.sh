#!/bin/sh
# libgit2 (python3-pygit2): it shows the ERR packet of info/refs, and hands the
# reasons of refs and side band 2 to its caller; of a 401 or 403 nothing.
# (Debian's is built with mbedTLS, which can't match a certificate for an IP
# address: without TLS here.)
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/clients.sh
. "$top/tests/lib/clients.sh"
/usr/bin/python3 -c 'import pygit2' 2>/dev/null || skip_all "python3-pygit2 is not installed"

client() {
	local secret="$1" verb="$2" place="$3" what="${4:-}"
	[ "$verb" != push ] || what=refs/heads/main:refs/heads/$what
	(
		[ -z "$secret" ] || { CLIENT_TOKEN=$secret && export CLIENT_TOKEN; }
		/usr/bin/python3 "$clients/libgit2.py" "$verb" "$place" ${what:+"$what"}
	)
}
clients_begin gate_start

clients_work libgit2
clients_noticed libgit2
clients_refused libgit2
like "$out" "\[object-check\]" "and side band 2 has the reason"

# Its credential callback answers the first 401 with the same token once more;
# the second answer has the reason.
try client "$gone" clone "$address/ann/gone.git" "$T/gone"
refused_with token-revoked "libgit2 comes with a revoked token"
try client "" clone "$address/ann/none.git" "$T/none"
like "$out" "no other credential is left" "without a credential its caller is asked for one"

finish
