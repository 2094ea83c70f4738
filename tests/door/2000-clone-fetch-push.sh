#!/bin/sh
# Clone, fetch and push in all their forms, with the real git.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
repo ann/site
t=$(token ann laptop write:repository)
gate_start
where=$(url ann "$t" ann/site.git)
history "$T/work" 30
git -C "$T/work" remote add origin "$where"

# An empty repository.
try git clone "$where" "$T/empty"
is "$status" 0 "an empty repository is cloned"
try git ls-remote "$where"
is "$out" "" "and lists nothing"

ok "a first push" git -C "$T/work" push -q -u origin main
is "$(served ann/site main)" "$(head_of "$T/work")" "the server holds what was pushed"
ok "clone" git clone -q "$where" "$T/clone"
is "$(head_of "$T/clone")" "$(head_of "$T/work")" "the clone is what was pushed"
is "$(git -C "$T/clone" symbolic-ref --short HEAD)" main "and stands on its branch"
commit "$T/work" "one more"
ok "push of one commit" git -C "$T/work" push -q
ok "fetch of one commit" git -C "$T/clone" fetch -q
is "$(head_of "$T/clone" origin/main)" "$(head_of "$T/work")" "the fetch brought it"
ok "a fetch with nothing new" git -C "$T/clone" fetch -q

for version in 0 1 2; do
	ok "clone with protocol v$version" git -c protocol.version=$version clone -q "$where" "$T/v$version"
	is "$(head_of "$T/v$version")" "$(head_of "$T/work")" "protocol v$version brought all"
	ok "push with protocol v$version" git -c protocol.version=$version -C "$T/work" push -q origin main:v$version
done
seen=$(GIT_TRACE_PACKET=1 git -c protocol.version=2 ls-remote "$where" 2>&1)
like "$seen" "version 2" "protocol v2 is spoken when it is asked for"
seen=$(GIT_TRACE_PACKET=1 git -c protocol.version=1 ls-remote "$where" 2>&1)
like "$seen" "version 1" "protocol v1 is spoken when it is asked for"

ok "a shallow clone" git clone -q --depth 1 "$where" "$T/shallow"
is "$(git -C "$T/shallow" rev-list --count HEAD)" 1 "has one commit"
ok "a shallow clone is deepened" git -C "$T/shallow" fetch -q --deepen 3
is "$(git -C "$T/shallow" rev-list --count HEAD)" 4 "by as many as asked"
commit "$T/shallow" "from a shallow clone"
ok "a push from a shallow clone" git -C "$T/shallow" push -q origin HEAD:from-shallow
ok "a shallow clone is made whole" git -C "$T/shallow" fetch -q --unshallow
is "$(git -C "$T/shallow" rev-list --count origin/main)" 31 "and has everything"

for filter in blob:none tree:0; do
	ok "a partial clone, $filter" git clone -q --no-checkout --filter=$filter "$where" "$T/partial-$filter"
	missing=$(git -C "$T/partial-$filter" rev-list --objects --missing=print --all | grep -c '^?')
	not "leaves objects out, $filter" test "$missing" = 0
	ok "and gets them when they are needed, $filter" git -C "$T/partial-$filter" checkout -q main
	is "$(cat "$T/partial-$filter/file")" "$(cat "$T/work/file")" "the file is whole, $filter"
done

ok "push options are taken" git -C "$T/work" push -q -o ci.skip -o reason=test origin main:options
ok "an atomic push of two branches" git -C "$T/work" push -q --atomic origin main:one main:two
is "$(served ann/site one)" "$(served ann/site two)" "stores both"
commit "$T/clone" "elsewhere"
must git -C "$T/clone" push -q -f origin HEAD:one
commit "$T/work" "behind"
try git -C "$T/work" push --atomic origin main:one main:three
not "an atomic push with one branch that can't go fails" test "$status" = 0
is "$(served ann/site three)" "" "and stores none"

ok "a tag is pushed" sh -c "git -C '$T/work' tag -a -m one v1 && git -C '$T/work' push -q origin v1"
ok "a branch is deleted" git -C "$T/work" push -q origin :two
is "$(served ann/site two)" "" "and is gone"
ok "a forced push rewinds a branch" git -C "$T/work" push -q -f origin main~5:one
is "$(served ann/site one)" "$(head_of "$T/work" main~5)" "to where it was sent"
try git -C "$T/work" push origin main~10:main
like "$out" "rejected" "a push that would lose commits is refused by git without force"

# Big enough to leave the first buffer: chunked, after the 0000 probe.
head -c 3000000 /dev/urandom >"$T/work/large"
must git -C "$T/work" add large
must git -C "$T/work" commit -q -m large
seen=$(GIT_TRACE_CURL=1 GIT_TRACE_CURL_NO_DATA=1 git -C "$T/work" push origin main:large 2>&1)
like "$seen" "Transfer-Encoding: chunked" "a push above 1 MB goes in chunks"
is "$(served ann/site large)" "$(head_of "$T/work")" "and is stored"

# Many haves: git packs the request.
must git -C "$T/clone" checkout -q --orphan apart
n=0
while [ "$n" -lt 120 ]; do
	n=$((n + 1))
	GIT_COMMITTER_DATE="1800000000 +0000" must git -C "$T/clone" commit -q --allow-empty -m "apart $n"
done
seen=$(GIT_TRACE_CURL=1 GIT_TRACE_CURL_NO_DATA=1 git -C "$T/clone" fetch origin large 2>&1)
like "$seen" "Content-Encoding: gzip" "a fetch with many haves is sent packed"
is "$(head_of "$T/clone" FETCH_HEAD)" "$(head_of "$T/work")" "and is answered"

# The format of ids is the repository's own.
repo ann/wide --format sha256
must git init -q --object-format=sha256 "$T/wide"
commit "$T/wide" wide
ok "a push of a sha256 history" git -C "$T/wide" push -q "$(url ann "$t" ann/wide.git)" main
ok "and its clone" git clone -q "$(url ann "$t" ann/wide.git)" "$T/wide-clone"
is "$(head_of "$T/wide-clone")" "$(head_of "$T/wide")" "which is the same"

ok "the repository is sound" git --git-dir "$(gate repo path ann/site)" fsck --full --strict
finish
