#!/bin/sh
# Every command line in the papers works as it stands: a server named
# git.example.org, and a person who types the lines one after another.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/papers/type.sh
. "$(dirname "$0")/../papers/type.sh"

# What the papers take for granted: gatehouse in the PATH, and its data.
mkdir "$T/path" "$T/desk"
printf '#!/bin/sh\nexec %s "%s" --data "%s" --app-passwords yes "$@"\n' "$as" "$bin/gatehouse" "$data" >"$T/path/gatehouse"

# A server with a certificate, on a port that stands for 443.
must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
	-subj /CN=git.example.org -addext subjectAltName=DNS:git.example.org \
	-keyout "$T/key.pem" -out "$T/certificate.pem"
if [ -n "$as" ]; then chown 65534 "$T/key.pem"; fi
user ann
user bob
must gate workspace create acme --owner ann
repo acme/site
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
gate_begin --https "127.0.0.1:$port" --base-url https://git.example.org \
	--tls-certificate "$T/certificate.pem" --tls-key "$T/key.pem" --app-passwords yes
chmod 755 "$T/path/gatehouse"
GIT_SSL_CAINFO=$T/certificate.pem CURL_CA_BUNDLE=$T/certificate.pem
export GIT_SSL_CAINFO CURL_CA_BUNDLE
PATH=$T/path:$PATH
setpriv --pdeathsig KILL python3 "$(dirname "$0")/../papers/connect.py" "$port" "$T/proxy" &
proxy=$!
trap 'kill "$proxy"; clean_up' EXIT
wait_for 20 test -s "$T/proxy"
https_proxy=http://127.0.0.1:$(cat "$T/proxy")
export https_proxy
history "$T/work" 2
must git -C "$T/work" push -q "https://ann:$(token ann first write:repository)@git.example.org/acme/site.git" HEAD:main
cd "$T/desk" || exit 1
type_page "$top/docs/audit.md"
type_page "$top/docs/tokens.md"
type_page "$top/docs/keys.md"
type_page "$top/docs/ssh.md"
type_page "$top/docs/retire.md"
is "$(python3 "$top/tests/papers/command-lines" "$top" "$bin/gatehouse")" "" \
	"no command line of the papers is left untyped, and none is of a command that is not there"
finish
