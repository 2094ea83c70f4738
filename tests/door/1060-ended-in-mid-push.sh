#!/bin/sh
# A token that ends while its push is under way: between the question and the
# answer, and while the pack flows. Nothing gets in, and the reason is told.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
gate_start
history "$T/work"
path=$(gate repo path ann/site)

# After git has asked (info/refs) and before it sends: its own pre-push hook
# ends the token. A POST's error body is shown by no client, so the reason comes
# inside the protocol, ref by ref.
t=$(token ann first write:repository)
cat >"$T/work/.git/hooks/pre-push" <<HOOK
#!/bin/sh
$as $bin/gatehouse --data $data token revoke first --user ann --quiet
HOOK
chmod +x "$T/work/.git/hooks/pre-push"
try git -C "$T/work" push "$(url ann "$t" ann/site.git)" main
not "a push whose token ended after the first question fails" test "$status" = 0
like "$out" "^remote: .*was revoked" "its reason is shown"
like "$out" "remote rejected.*token-revoked" "and stands beside the ref"
unlike "$out" "up-to-date" "nothing claims that all is well"
words a10-ended-before-the-post "$out"
rm "$T/work/.git/hooks/pre-push"

# While the pack flows: two megabytes at 400 KB/s, and the token ends meanwhile.
t=$(token ann second write:repository)
slow_push "$t" refs/heads/main
must gate token revoke second --user ann
wait "$sending"
like "$(tr -d '\000' <"$T/answer")" "token-revoked" "a token that ends while the pack flows: the answer says so"
like "$(tr -d '\000' <"$T/answer")" "ng refs/heads/main" "and reports the ref as refused"
not "the ref is not there" test -e "$path/refs/heads/main"
is "$(find "$path/objects" -name '*.pack' -o -name 'tmp_objdir*' | wc -l)" 0 "and nothing of the pack stays"

# The same body with a live token is taken: the test above failed for its reason.
t=$(token ann third write:repository)
curl -s -H "Authorization: Bearer $t" -H "Transfer-Encoding: chunked" -H "Expect:" \
	-H "Content-Type: application/x-git-receive-pack-request" \
	--data-binary "@$T/body" "$address/ann/site.git/git-receive-pack" -o "$T/answer"
like "$(tr -d '\000' <"$T/answer")" "ok refs/heads/main" "the same push with a live token is taken"
is "$(cat "$path/refs/heads/main" 2>/dev/null)" "$(head_of "$T/large")" "and its ref is there"

finish
