#!/bin/sh
# dulwich (python3-dulwich), over TLS: it sends its credential unasked and shows
# the ERR packet of info/refs and side band 2; of a 401 or 403 nothing.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/clients.sh
. "$top/tests/lib/clients.sh"
/usr/bin/python3 -c 'import dulwich' 2>/dev/null || skip_all "python3-dulwich is not installed"

client() {
	local secret="$1" verb="$2" place="$3" what="${4:-}"
	[ "$verb" != push ] || what=refs/heads/main:refs/heads/$what
	(
		[ -z "$secret" ] || { CLIENT_TOKEN=$secret && export CLIENT_TOKEN; }
		/usr/bin/python3 "$clients/dulwich.py" "$verb" "$place" ${what:+"$what"}
	)
}
clients_begin gate_start_tls
git config --global http.sslCAInfo "$T/certificate.pem"

clients_work dulwich
clients_noticed dulwich
clients_refused dulwich
like "$out" "\[object-check\]" "and side band 2 has the reason"

try client "$gone" clone "$address/ann/gone.git" "$T/gone"
refused_with token-revoked "dulwich comes with a revoked token"
like "$out" "the laptop was sold" "and with it what its owner may hear"
try client "" clone "$address/ann/none.git" "$T/none"
like "$out" "No valid credentials provided" "without a credential it says that one is needed"

finish
