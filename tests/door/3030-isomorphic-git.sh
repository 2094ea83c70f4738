#!/bin/sh
# isomorphic-git (npm), over TLS: an error has the answer's status and body, and
# the reasons of refs. `./dev test` installs it into build/npm.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/lib/clients.sh
. "$top/tests/lib/clients.sh"
[ -d "$top/build/npm/node_modules/isomorphic-git" ] ||
	skip_all "isomorphic-git is not in build/npm: ./dev test installs it where npm reaches a registry"

client() {
	local secret="$1"
	shift
	(
		[ -z "$secret" ] || { CLIENT_TOKEN=$secret && export CLIENT_TOKEN; }
		NODE_PATH=$top/build/npm/node_modules NODE_EXTRA_CA_CERTS=$T/certificate.pem \
			node "$clients/isomorphic/client.cjs" "$@"
	)
}
clients_begin gate_start_tls

clients_work isomorphic-git
clients_noticed isomorphic-git
clients_refused isomorphic-git
like "$out" "GitPushError|object-check" "and it says that the push failed"

try client "$gone" clone "$address/ann/gone.git" "$T/gone"
refused_with token-revoked "isomorphic-git comes with a revoked token"
like "$out" "^HttpError: HTTP Error: 401 Unauthorized" "as the body of a 401"
try client "$gone" clone "$address/ann/gone.git" "$T/gone"
like "$out" "^HttpError: HTTP Error: 403 Forbidden" "and of a 403 when it comes back"
try client "" clone "$address/ann/none.git" "$T/none"
like "$out" "^UserCanceledError" "without a credential its caller is asked for one"

finish
