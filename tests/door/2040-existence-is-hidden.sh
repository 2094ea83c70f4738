#!/bin/sh
# A hidden repository is answered as one that is not there, byte for byte, for
# everyone who may not see it, at every address git uses.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user eve
eves=$(token eve laptop write:repository)
repo ann/own
narrow=$(token ann narrow write:repository --repos ann/own)
gate_start

plain() { # headers and body, but for date and reference
	curl -s -i "$@" | tr -d '\000' | mask
}
ask_all() { # the answers for one path
	for service in git-upload-pack git-receive-pack; do
		plain "$1/info/refs?service=$service"
		plain -u "eve:$eves" "$1/info/refs?service=$service"
		plain -u "ann:$narrow" "$1/info/refs?service=$service"
		plain -H "Authorization: Bearer $eves" "$1/info/refs?service=$service"
		plain -H 'User-Agent: JGit/6.0' -u "eve:$eves" "$1/info/refs?service=$service"
		plain -u "eve:$eves" -H "Content-Type: application/x-$service-request" -H 'Git-Protocol: version=2' \
			--data-binary '0014command=ls-refs
0000' "$1/$service"
	done
	plain "$1"
	plain "$1/HEAD"
	plain -u "eve:$eves" "$1"
	plain -u "eve:$eves" "$1/info/refs"
	plain -u "eve:$eves" -H 'Accept: application/vnd.git-lfs+json' -d '{}' "$1/info/lfs/objects/batch"
}
for path in ann/secret.git ann/secret; do
	ask_all "$address/$path" >"$T/absent-$(basename $path)"
done
repo ann/secret
history "$T/work"
anns=$(token ann laptop write:repository)
must git -C "$T/work" push -q "$(url ann "$anns" ann/secret.git)" main
for path in ann/secret.git ann/secret; do
	ask_all "$address/$path" >"$T/hidden-$(basename $path)"
	ok "$path: hidden and missing are the same bytes" diff "$T/absent-$(basename $path)" "$T/hidden-$(basename $path)"
done
ok "there were answers to compare" grep -q '^HTTP/1.1 404' "$T/hidden-secret.git"
# A workspace that is not there is answered like one the asker may not see.
plain -u "eve:$eves" "$address/ann/secret.git/info/refs?service=git-upload-pack" | sed 's/ann/WORKSPACE/' >"$T/one"
plain -u "eve:$eves" "$address/nob/secret.git/info/refs?service=git-upload-pack" | sed 's/nob/WORKSPACE/' >"$T/two"
ok "so are a workspace that is missing and one that is not the asker's" diff "$T/one" "$T/two"
finish
