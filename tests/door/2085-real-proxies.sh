#!/bin/sh
# Behind nginx, Apache and Caddy, set up as packaging/proxies/ says but for the
# ports and names: clones, big pushes, refusals and addresses come through.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
writing=$(token ann writing write:repository)
reading=$(token ann reading read:repository)
far=$(token ann far read:repository --addresses 127.0.0.9)
history "$T/work" 3
must dd if=/dev/urandom of="$T/work/big" bs=1M count=6
must git -C "$T/work" add big
must git -C "$T/work" commit -q -m big

must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
	-subj /CN=git.example.org -addext subjectAltName=DNS:git.example.org \
	-keyout "$T/key.pem" -out "$T/certificate.pem"
GIT_SSL_CAINFO=$T/certificate.pem CURL_CA_BUNDLE=$T/certificate.pem
export GIT_SSL_CAINFO CURL_CA_BUNDLE
gate_start --trusted-proxies 127.0.0.1
inner=$address
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
unpacked=$top/build/unpacked

# snippet NAME: the file as it is shipped, with this test's port, server and names.
snippet() {
	sed -e "s#127\.0\.0\.1:8080#${inner#http://}#g" -e "s#/etc/ssl/git\.example\.org\.pem#$T/certificate.pem#g" \
		-e "s#/etc/ssl/git\.example\.org\.key#$T/key.pem#g" -e "s#\b443\b#$port#g" "$top/packaging/proxies/$1"
}

start_nginx() {
	mkdir -p "$T/nginx"
	{
		printf 'daemon off; pid %s/nginx/pid; error_log stderr; worker_processes 1;\n' "$T"
		printf 'events { worker_connections 64; }\nhttp { access_log off;\n'
		for part in client_body proxy fastcgi uwsgi scgi; do
			printf '%s_temp_path %s/nginx/%s;\n' "$part" "$T" "$part"
		done
		snippet nginx.conf
		printf '}\n'
	} >"$T/nginx.conf"
	"$unpacked/nginx/usr/sbin/nginx" -e stderr -p "$T/nginx" -c "$T/nginx.conf" >"$T/proxy.log" 2>&1 &
}
start_apache() {
	{
		printf 'ServerRoot %s\nPidFile %s/apache.pid\nErrorLog %s/proxy.log\nServerName 127.0.0.1\n' "$T" "$T" "$T"
		printf 'Listen 127.0.0.1:%s\nDefaultRuntimeDir %s\nMutex file:%s\n' "$port" "$T" "$T"
		for module in mpm_event authz_core ssl proxy proxy_http headers env; do
			printf 'LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n' "$module" "$module"
		done
		snippet apache.conf
	} >"$T/apache.conf"
	apache2 -f "$T/apache.conf" -D FOREGROUND >"$T/proxy.log" 2>&1 &
}
start_caddy() {
	{
		printf '{\n admin off\n auto_https disable_redirects\n storage file_system %s/caddy\n}\n' "$T"
		snippet Caddyfile
	} >"$T/Caddyfile"
	XDG_DATA_HOME=$T XDG_CONFIG_HOME=$T "$unpacked/caddy/usr/bin/caddy" run --config "$T/Caddyfile" \
		--adapter caddyfile >"$T/proxy.log" 2>&1 &
}

ask() { curl -s --resolve "git.example.org:$port:127.0.0.1" "$@"; }
answers() { [ "$(ask -o /dev/null -w '%{http_code}' "$1")" = 401 ]; }
for kind in nginx apache caddy; do
	port=$(free_port)
	outer=https://git.example.org:$port
	"start_$kind"
	proxy=$!
	trap 'kill "$proxy" 2>/dev/null; clean_up' EXIT
	refs="ann/site.git/info/refs?service=git-upload-pack"
	if ! wait_for 20 answers "$outer/$refs"; then
		fail "$kind starts" "$(tail -n 20 "$T/proxy.log")"
		continue
	fi
	git config --global http.curloptResolve "git.example.org:$port:127.0.0.1"
	try git -C "$T/work" push "https://ann:$writing@git.example.org:$port/ann/site.git" "HEAD:refs/heads/$kind"
	is "$status" 0 "$kind: a push of 6 MB, in chunks"
	[ "$status" = 0 ] || printf '%s\n' "$out" | sed 's/^/#   /'
	ok "$kind: a clone" git clone -q -b "$kind" "https://ann:$reading@git.example.org:$port/ann/site.git" "$T/clone-$kind"
	is "$(head_of "$T/clone-$kind")" "$(head_of "$T/work")" "$kind: brings what was pushed"
	try git -C "$T/work" push "https://ann:$reading@git.example.org:$port/ann/site.git" HEAD:refs/heads/no
	like "$out" "remote: .*\[scope-missing\]" "$kind: a refusal comes through, with its words"
	like "$(ask "$outer/")" "git clone $outer/" "$kind: the address in them is the one people use"
	is "$(ask -o "$T/body" -w '%{http_code}' -u "ann:$far" "$outer/$refs")" 403 \
		"$kind: an address limit sees the client"
	is "$(ask --interface 127.0.0.9 -o /dev/null -w '%{http_code}' -u "ann:$far" "$outer/$refs")" 200 \
		"$kind: and lets it in from its own"
	is "$(ask -o /dev/null -w '%{http_code}' -u "ann:$far" -H 'X-Forwarded-For: 127.0.0.9' "$outer/$refs")" 403 \
		"$kind: which it can't pretend by a header"
	kill "$proxy"
	wait "$proxy" 2>/dev/null
	trap clean_up EXIT
done
finish
