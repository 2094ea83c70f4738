#!/bin/sh
# needs: root
# seconds: 600
# Every command line of the pages for those who come from another server works as it
# stands. The old server is Apache with git-http-backend, under the names of the pages.
# shellcheck source=tests/papers/machine.sh
. "$(dirname "$0")/../papers/machine.sh"
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"
# shellcheck source=tests/papers/type.sh
. "$top/tests/papers/type.sh"

mkdir -p "$T/path" "$T/desk" /etc/gatehouse /home/gitolite/repositories
printf '#!/bin/sh\nexec "$@"\n' >"$T/path/sudo"
ln -s "$bin/gatehouse" "$T/path/gatehouse"
chmod 755 "$T/path/sudo"
PATH=$T/path:$PATH
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start # 443 for an ordinary user
printf '127.0.0.1 localhost git.example.org\n127.0.0.2 old.example.org\n' >/etc/hosts

# One certificate for both.
must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=git.example.org \
	-addext subjectAltName=DNS:git.example.org,DNS:old.example.org \
	-keyout "$T/key.pem" -out "$T/certificate.pem"
chown 65534 "$T/key.pem"
GIT_SSL_CAINFO=$T/certificate.pem CURL_CA_BUNDLE=$T/certificate.pem
export GIT_SSL_CAINFO CURL_CA_BUNDLE

# The old server: what lies in /srv/git is read by anyone under /git/, and under /acme/.
old_repository() {
	must git clone -q --bare "$T/work" "/srv/git/$1.git"
	must git -C "/srv/git/$1.git" update-ref refs/pull/1/head HEAD
}
history "$T/work" 3
must git -C "$T/work" tag v1
must git -C "$T/work" branch topic
mkdir -p /srv/git /etc/apache2
for name in site shop wiki; do old_repository $name; done
printf "bob:one\ncleo:two\n" >/etc/apache2/git.htpasswd
must git init -q --bare /srv/git/attic.git
tree=$(git -C "$T/work" rev-parse 'HEAD^{tree}')
printf 'tree %s\nauthor A <a@b> 1 +9999999\ncommitter A <a@b> 1 +0000\n\nold\n' "$tree" >"$T/commit"
must git -C /srv/git/attic.git fetch -q "$T/work" main
odd=$(git -C /srv/git/attic.git hash-object -t commit -w --literally "$T/commit")
must git -C /srv/git/attic.git update-ref refs/heads/main "$odd"
must cp -r /srv/git/site.git /srv/git/shop.git /home/gitolite/repositories
must cp -r /srv/git/wiki.git /home/gitolite/repositories/handbook.git
{
	printf 'ServerRoot %s\nPidFile %s/apache.pid\nErrorLog %s/apache.log\nServerName old.example.org\n' "$T" "$T" "$T"
	printf 'Listen 127.0.0.2:443\nDefaultRuntimeDir %s\nMutex file:%s\nUser nobody\nGroup nogroup\n' "$T" "$T"
	for module in mpm_event authz_core ssl alias env cgid; do
		printf 'LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n' "$module" "$module"
	done
	printf 'ScriptSock %s/cgid\nSSLEngine on\nSSLCertificateFile %s\nSSLCertificateKeyFile %s\n' \
		"$T" "$T/certificate.pem" "$T/key.pem"
	printf 'SetEnv GIT_PROJECT_ROOT /srv/git\nSetEnv GIT_HTTP_EXPORT_ALL 1\nSetEnv GIT_CONFIG_COUNT 1\n'
	printf 'SetEnv GIT_CONFIG_KEY_0 safe.directory\nSetEnv GIT_CONFIG_VALUE_0 *\n'
	for path in git acme; do printf 'ScriptAlias /%s/ /usr/lib/git-core/git-http-backend/\n' "$path"; done
} >"$T/apache.conf"
apache2 -f "$T/apache.conf" -D FOREGROUND >"$T/apache.out" 2>&1 &
apache=$!
trap 'kill "$apache" 2>/dev/null; clean_up' EXIT
if ! wait_for 20 git ls-remote https://old.example.org/git/site.git; then
	fail "the old server runs" "$(cat "$T/apache.out" "$T/apache.log")"
	finish
fi

# begin: a new server, on which ann is administrator, as docs/operating.md leaves it.
begin() {
	rm -rf "$data" "$T/desk"
	mkdir -m 700 "$data"
	mkdir "$T/desk"
	chown 65534:65534 "$data"
	printf 'data = %s\nbase-url = https://git.example.org\n' "$data" >/etc/gatehouse/gatehouse.conf
	must gatehouse user add ann --email ann@example.org --admin
	gate_begin --https 127.0.0.1:443 --base-url https://git.example.org \
		--tls-certificate "$T/certificate.pem" --tls-key "$T/key.pem"
	cd "$T/desk" || exit 1
}
came() { git --git-dir "$(gatehouse repo path "$1")" for-each-ref --format='%(refname)' | tr '\n' ' '; }

# gatehouse stands in nobody's place, also where ./dev run has made such a user before.
sed -i /^gatehouse:/d /etc/passwd /etc/group
printf 'gatehouse:x:65534:65534::/:/usr/sbin/nologin\n' >>/etc/passwd
printf 'gatehouse:x:65534:\n' >>/etc/group
old_repository handbook
begin
must git clone -q "$T/work" site # somebody's clone
type_page "$top/docs/coming-from.md"
t=$(gatehouse token create --user ann --name last --scopes read:repository --quiet)
ok "a clone finds the new server" env GIT_CONFIG_GLOBAL=/dev/null git -C site ls-remote "https://ann:$t@git.example.org/acme/site.git"
is "$(git ls-remote --get-url git@old.example.org:shop.git)" https://git.example.org/acme/shop.git "an old SSH address leads there"
is "$(git ls-remote --get-url https://old.example.org/git/wiki.git)" https://git.example.org/acme/wiki.git "and an old HTTPS one"
git config --global --unset-all url.https://git.example.org/acme/.insteadOf
is "$(git --git-dir "$(gatehouse repo path acme/attic)" rev-parse main)" "$odd" "an odd old commit came too"
gate_stop

begin
type_page "$top/docs/coming-from-gitolite.md"
is "$(came acme/shop)" "refs/heads/main refs/heads/topic refs/pull/1/head refs/tags/v1 " "gitolite: all refs came"
gate_stop

begin
must gatehouse workspace create acme --owner ann
OLD=secret
export OLD
type_page "$top/docs/coming-from-gitea.md"
is "$(came acme/site)" "refs/heads/main refs/heads/topic refs/tags/v1 " "Gitea: branches and tags came, and nothing else"
gate_stop

begin
rm -r /srv/git/attic.git # needs a laxer check
type_page "$top/docs/coming-from-apache.md"
is "$(came acme/wiki)" "refs/heads/main refs/heads/topic refs/pull/1/head refs/tags/v1 " "Apache: all refs are there"
t=$(gatehouse token create --user bob --name desk --scopes write:repository --quiet)
ok "bob pushes to the address of before" git -C "$T/work" push -q "https://bob:$t@git.example.org/git/wiki.git" HEAD:refs/heads/bob
is "$(git -c safe.directory='*' -C /srv/git/wiki.git rev-parse bob)" "$(head_of "$T/work")" "and it lies where it lay"
ok "bob may push there" gatehouse may bob push acme/wiki
finish
