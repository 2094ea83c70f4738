#!/bin/sh
# Many refs and many files in one push. GATEHOUSE_BIG=1: 20,000 refs and ten
# thousand files, else a tenth of that.
# seconds: 900
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

refs=2000 files=1000
if [ -n "${GATEHOUSE_BIG:-}" ]; then refs=20000 files=10000; fi
unset GATEHOUSE_BIG
if [ -x "$release/gatehouse" ]; then bin=$release; fi

# took TITLE COMMAND...: it succeeds; says how long it took.
took() {
	local begun title="$1"
	shift
	begun=$(date +%s)
	try "$@"
	printf '# %s s: %s\n' "$(($(date +%s) - begun))" "$title"
	is "$status" 0 "$title"
}

# make_of_feed FOLDER: the history in $T/feed.
make_of_feed() { git -C "$1" fast-import --quiet <"$T/feed"; }

user ann
t=$(token ann laptop write:repository)
gate_start

# Every tenth ref is an annotated tag, every tenth a plain one; the others are
# branches in folders.
must git init -q "$T/refs"
awk -v refs="$refs" 'BEGIN {
	for (n = 1; n <= refs; n++) {
		printf "commit refs/%s\nmark :%d\ncommitter Ann <ann@example.org> %d +0000\ndata 0\n", \
			(n % 10 == 1 ? "tags/w" n : n % 10 == 0 ? "heads/release" n : "heads/team" n % 50 "/topic" n), \
			n, 1700000000 + n
		if (n > 1) printf "from :%d\n", (n > 40 ? n - 40 : 1)
		printf "M 100644 inline file%d\ndata %d\n%s\n", n % 7, length(n), n
		if (n % 10 == 0) printf "tag v%d\nfrom :%d\ntagger Ann <ann@example.org> %d +0000\ndata 1\nv\n", n, n, n
	}
}' >"$T/feed"
ok "a history with many refs is made" make_of_feed "$T/refs"
mine() { git -C "$T/refs" for-each-ref --format='%(objectname) %(refname)'; }
count=$(mine | wc -l)
took "a push of $count refs is stored" git -C "$T/refs" push -q --mirror "$(url ann "$t" ann/refs.git)"
mine >"$T/mine"
took "ls-remote shows them" git ls-remote -q "$(url ann "$t" ann/refs.git)" 'refs/heads/*' 'refs/tags/*'
printf '%s\n' "$out" | grep -v '\^{}$' | tr '\t' ' ' | sort -k 2 >"$T/shown"
sort -k 2 "$T/mine" >"$T/sorted"
ok "each of them, with its object" cmp "$T/sorted" "$T/shown"
took "a clone of them" git clone -q --mirror "$(url ann "$t" ann/refs.git)" "$T/mirror"
is "$(git -C "$T/mirror" for-each-ref | wc -l)" "$count" "has them all"
must git -C "$T/refs" update-ref refs/heads/one-more "$(git -C "$T/refs" rev-parse refs/heads/release10)"
took "one more ref beside them" git -C "$T/refs" push -q "$(url ann "$t" ann/refs.git)" one-more
# git writes all packed refs anew for each that is deleted: a hundred are enough.
git -C "$T/refs" for-each-ref --format='delete %(refname)' --count=100 'refs/heads/team*/*' >"$T/some"
sed 's/^delete /:/' "$T/some" | tr '\n' '\0' >"$T/gone"
push_gone() { xargs -0 git -C "$T/refs" push -q "$(url ann "$t" ann/refs.git)" <"$T/gone"; }
is "$(wc -l <"$T/some")" 100 "there are a hundred"
took "a hundred are deleted by one push" push_gone
must git -C "$T/refs" update-ref --stdin <"$T/some"
mine >"$T/mine"
git --git-dir "$(gate repo path ann/refs)" for-each-ref --format='%(objectname) %(refname)' >"$T/shown"
ok "and are gone, and no other" cmp "$T/mine" "$T/shown"
ok "the repository is sound" git --git-dir "$(gate repo path ann/refs)" fsck --full --strict --no-dangling --no-progress

# Files: in folders, each different.
must git init -q "$T/files"
awk -v files="$files" 'BEGIN {
	printf "commit refs/heads/main\ncommitter Ann <ann@example.org> 1700000000 +0000\ndata 0\n"
	for (n = 1; n <= files; n++)
		printf "M 100644 inline folder%d/part%d/file%d\ndata %d\nfile %d\n", n % 40, n % 7, n, length(n) + 5, n
}' >"$T/feed"
ok "a commit with $files files is made" make_of_feed "$T/files"
took "it is pushed" git -C "$T/files" push -q "$(url ann "$t" ann/files.git)" main
took "and cloned" git clone -q "$(url ann "$t" ann/files.git)" "$T/back"
is "$(find "$T/back" -name 'file*' -type f | wc -l)" "$files" "all files are there"
is "$(git -C "$T/back" status --porcelain)" "" "as they were"
is "$(head_of "$T/back")" "$(head_of "$T/files" main)" "under the same commit"
finish
