#!/bin/sh
# needs: root
# seconds: 900
# Every command line of the operator's papers works as it stands, from the install
# to a lost ledger, on a machine of its own (tests/papers/machine.sh).
# shellcheck disable=SC2016 # for the shell that types them
# shellcheck source=tests/papers/machine.sh
. "$(dirname "$0")/../papers/machine.sh"
tree=${GATEHOUSE_TREE:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/papers/type.sh
. "$top/tests/papers/type.sh"

# What the papers take for granted: sudo, systemctl, certbot's files.
mkdir "$T/path"
printf '#!/bin/sh\nexec "$@"\n' >"$T/path/sudo"
ln -s "$top/tests/papers/systemctl" "$T/path/systemctl"
chmod 755 "$T/path/sudo"
PATH=$T/path:$PATH
live=/etc/letsencrypt/live/git.example.org
mkdir -p "$live" /etc/ssl/private
must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 \
	-subj /CN=git.example.org -addext subjectAltName=DNS:git.example.org \
	-keyout "$live/privkey.pem" -out "$live/fullchain.pem"
chmod 600 "$live/privkey.pem"
GIT_SSL_CAINFO=$live/fullchain.pem CURL_CA_BUNDLE=$live/fullchain.pem
export GIT_SSL_CAINFO CURL_CA_BUNDLE
cd "$tree" || exit 1
ready() { curl -fsS https://git.example.org/-/readyz; }
journal=/run/stand-in/journal

# -- docs/operating.md --
type_page "$top/docs/operating.md"
[ "$failures" = 0 ] || tail -n 40 "$journal" | sed 's/^/# /'
is "$(ready)" ready "after all that the server is ready"
is "$(find /var/lib/gatehouse -user root)" "" "no file of the data belongs to root"
is "$(stat -c '%U %a' /var/lib/gatehouse /var/backups/gatehouse | sort -u)" "gatehouse 700" "and nobody else may look"
t=$(gatehouse token create --user ann --name desk --scopes write:repository --quiet)
history "$T/work" 2
where=https://ann:$t@git.example.org/ann/site.git
ok "ann pushes with her token" git -C "$T/work" push -q "$where" main

# -- docs/backup.md; what was pushed outlives all of it --
type_page "$top/docs/backup.md"
is "$(ready)" ready "it serves again"
not "a token of before does not work after the ledger was lost" git ls-remote "$where"
t=$(gatehouse token create --user ann --name desk --scopes write:repository --quiet)
where=https://ann:$t@git.example.org/ann/site.git
ok "with a new one the repository is there" git clone -q "$where" "$T/clone"
is "$(head_of "$T/clone")" "$(head_of "$T/work")" "with all that was pushed"

# -- docs/trouble.md --
must gatehouse user add eve
reference=$(reference_of "$(curl -s "https://git.example.org/ann/site/info/refs?service=git-upload-pack")")
as_typed() { printf '%s' "$1" | sed "s/REFERENCE/$reference/"; }
type_page "$top/docs/trouble.md"
as_typed() { printf '%s' "$1"; }

# -- docs/proxies.md: nginx as packaging/proxies/ has it --
must systemctl disable gatehouse
must cp /usr/local/share/doc/gatehouse/gatehouse.conf /etc/gatehouse/gatehouse.conf
rm -r /etc/systemd/system/gatehouse.service.d
cp "$live/fullchain.pem" /etc/ssl/git.example.org.pem
cp "$live/privkey.pem" /etc/ssl/git.example.org.key
{
	printf 'daemon off; pid %s/nginx.pid; events { worker_connections 64; }\n' "$T"
	printf 'http { access_log off;\n'
	for part in client_body proxy fastcgi uwsgi scgi; do
		printf '%s_temp_path %s/nginx-%s;\n' "$part" "$T" "$part"
	done
	cat "$top/packaging/proxies/nginx.conf"
	printf '}\n'
} >"$T/nginx.conf"
"$top/build/unpacked/nginx/usr/sbin/nginx" -e stderr -p "$T" -c "$T/nginx.conf" >"$T/nginx.log" 2>&1 &
nginx=$!
type_page "$top/docs/proxies.md"
is "$(ready)" ready "the proxy passes on"
ok "a clone through it" git clone -q "$where" "$T/through"
kill "$nginx"
must systemctl disable gatehouse

# -- README.md, where it sets up without systemd --
cp "$live/fullchain.pem" "$T/cert.pem"
cp "$live/privkey.pem" "$T/key.pem"
cd "$T" || exit 1
as_typed() {
	printf '%s' "$1"
	case $1 in *" serve "*) printf ' & server=$!; wait_for 20 test -s /srv/git/data/run/address' ;; esac
}
log=$T/typed
type_page "$top/README.md"
is "$(ready)" ready "what the README sets up is ready"
is "$(ps -o user= -p "$server")" git "and does not run as root"
finish
