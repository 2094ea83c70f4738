#!/bin/sh
# seconds: 600
# Repositories that others made, served where they lie: by real git, unchanged by
# being adopted, and given back.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

for name in ann bob; do user "$name"; done
must gate workspace create acme --owner ann
t=$(token ann laptop write:repository)
git config --global --add safe.directory '*' # of this test's own git; the server reads no such file
mkdir "$T/srv"
chmod 755 "$T/srv"
own() { if [ -n "$as" ]; then chown -R 65534:65534 "$@"; fi; }
own "$T/srv"
history "$T/work" 3
# bare NAME: a bare repository with that history, of the server's user.
bare() {
	must git clone -q --bare "$T/work" "$T/srv/$1"
	own "$T/srv/$1"
}
# Every file with its content, mode and time.
snapshot() { (cd "$1" && find . -printf '%p %m %u %T@\n' | sort && find . -type f -exec cksum {} + | sort); }
# refuses FOLDER PATTERN TITLE: adopting it is refused for this reason, and nothing is served.
refuses() {
	try gate repo adopt "$1" acme/no --yes
	is "$status" 1 "$3: refused"
	like "$out" "$2" "$3: and why"
	not "$3: nothing is served" gate repo show acme/no
}
adopt() { must gate repo adopt "$@" --yes; }
gate_start

# -- one repository, from the first look to the end --
bare site.git
echo "the shop" >"$T/srv/site.git/description"
git --git-dir "$T/srv/site.git" config core.sshCommand "touch $T/srv/ran"
git --git-dir "$T/srv/site.git" config receive.fsckObjects false
git --git-dir "$T/srv/site.git" config http.receivepack true
own "$T/srv/site.git"
before=$(snapshot "$T/srv/site.git")
try gate repo adopt "$T/srv/site.git" acme/site
is "$status" 2 "without a person to ask nothing is done"
try gate repo adopt "$T/srv/site.git" acme/site --dry-run
is "$status" 0 "a dry run"
words adopt-asked "$(printf '%s\n' "$out" | sed 's/as the user [a-z0-9]*/as the user <user>/')"
try gate repo show acme/site
is "$status" 1 "a dry run adopts nothing"
try gate repo adopt "$T/srv/site.git" acme/site --yes
is "$status" 0 "adopted"
is "$(snapshot "$T/srv/site.git")" "$before" "and not a byte, mode or time in it has changed"
is "$(gate repo path acme/site)" "$T/srv/site.git" "its folder is where it was"
like "$(gate repo show acme/site)" "folder +$T/srv/site.git \(adopted\)" "and shown"
like "$(gate repo show acme/site)" "description +the shop" "its description came along"

where=$(url ann "$t" acme/site.git)
for version in 0 2; do
	ok "cloned, version $version" git -c protocol.version=$version clone -q "$where" "$T/clone$version"
	is "$(head_of "$T/clone$version")" "$(head_of "$T/work")" "with what it held, version $version"
done
commit "$T/clone2" "through the server"
ok "pushed" git -C "$T/clone2" push -q origin HEAD:main
is "$(git --git-dir "$T/srv/site.git" rev-parse main)" "$(head_of "$T/clone2")" "and it is in the folder"
try git ls-remote "$(url bob "$(token bob laptop write:repository)" acme/site.git)"
like "$out" "not found|repository-not-found" "whoever has no grant does not see it"
ok "pushed beside the server" git -C "$T/clone2" push -q "$T/srv/site.git" HEAD:refs/heads/beside
own "$T/srv/site.git"
ok "fetched" git -C "$T/clone0" fetch -q
is "$(head_of "$T/clone0" origin/beside)" "$(head_of "$T/clone2")" "what others wrote into the folder is served at once"
not "no program that its config names has run" test -e "$T/srv/ran"
printf 'tree %s\nauthor A <a@b> 1700000000 +0000\n\nno committer\n' "$(head_of "$T/clone2" 'HEAD^{tree}')" >"$T/object"
bad=$(git -C "$T/clone2" hash-object -t commit -w --literally "$T/object")
try git -C "$T/clone2" push origin "$bad:refs/heads/bad"
like "$out" "object-check" "objects are checked, whatever its config says"

# -- what the rest of the house does with it --
must gate repo rename acme/site shop --yes
ok "renamed, it is served" git ls-remote "$(url ann "$t" acme/shop.git)"
ok "and by the old name" git ls-remote "$where"
must gate repo move acme/shop ann/shop --yes
ok "moved, it is served" git ls-remote "$(url ann "$t" ann/shop.git)"
must gate repo move ann/shop acme/site --yes
must gate repo archive acme/site --yes
try git -C "$T/clone2" push "$where" HEAD:refs/heads/late
like "$out" "archived" "archived, it takes no push"
must gate repo unarchive acme/site --yes
must gate repo edit acme/site --default-branch beside --yes
is "$(git --git-dir "$T/srv/site.git" symbolic-ref HEAD)" refs/heads/beside "the default branch is HEAD, which this command may change"
must gate repo edit acme/site --default-branch main --yes
try gate repo delete acme/site --yes
is "$status" 1 "delete never removes somebody's files"
like "$out" "gatehouse repo disown acme/site" "and names what gives it back"
try gate repo adopt "$T/srv/site.git" acme/twice --yes
is "$status" 1 "the same folder can't be adopted twice"
like "$out" "served already, as acme/site" "and it is told under which name it is served"
try gate check
like "$out" "repositories +1, 1 of them read by git fsck" "check reads it"
ok "and finds nothing wrong" test "$(printf '%s\n' "$out" | grep -c 'acme/site')" = 0

# -- many refs and packs --
bare many.git
head=$(head_of "$T/work")
seq 1 10000 | sed "s#.*#create refs/heads/topic/& $head#" >"$T/refs"
must git --git-dir "$T/srv/many.git" update-ref --stdin <"$T/refs"
own "$T/srv/many.git"
adopt "$T/srv/many.git" acme/many
is "$(git ls-remote "$(url ann "$t" acme/many.git)" 'refs/heads/topic/*' | wc -l)" 10000 "ten thousand loose refs are served"
$as git --git-dir "$T/srv/many.git" pack-refs --all
is "$(git ls-remote "$(url ann "$t" acme/many.git)" 'refs/heads/topic/*' | wc -l)" 10000 "and packed ones"
ok "one is pushed" git -C "$T/work" push -q "$(url ann "$t" acme/many.git)" HEAD:refs/heads/topic/10001

# -- objects borrowed from another --
bare mother.git
must git clone -q --bare --shared "$T/srv/mother.git" "$T/srv/child.git"
own "$T/srv/child.git"
try gate repo adopt "$T/srv/child.git" acme/child --yes
is "$status" 0 "one that borrows objects is adopted"
like "$out" "borrows objects from $T/srv/mother.git/objects" "and it is said from whom"
ok "and cloned" git clone -q "$(url ann "$t" acme/child.git)" "$T/from-child"
must cp -r "$T/srv/child.git" "$T/srv/orphan.git"
echo "$T/srv/gone.git/objects" >"$T/srv/orphan.git/objects/info/alternates"
own "$T/srv/orphan.git"
refuses "$T/srv/orphan.git" "$T/srv/gone.git/objects, which is not there" "borrowing from what is gone"
echo "$(gate repo path acme/many)/refs" >"$T/srv/orphan.git/objects/info/alternates"
refuses "$T/srv/orphan.git" "which is no folder of objects" "borrowing from what is none"
repo acme/own
echo "$(gate repo path acme/own)/objects" >"$T/srv/orphan.git/objects/info/alternates"
refuses "$T/srv/orphan.git" "lie in the server's data folder" "borrowing from the server's own"

# -- what can't be served --
refuses "$T/work" "has a working tree" "a working tree"
refuses "$T/work/.git" "has a working tree" "the .git of one"
mkdir "$T/srv/empty"
refuses "$T/srv/empty" "no Git repository" "a folder that is no repository"
try gate repo adopt "$T/srv/nowhere" acme/no --yes
like "$out" "can't look at $T/srv/nowhere: No such file" "one that is not there"
refuses "$(gate repo path acme/own)" "own data folder" "one of the server's own"
bare linked.git
mv "$T/srv/linked.git/refs" "$T/srv/elsewhere"
ln -s ../elsewhere "$T/srv/linked.git/refs"
refuses "$T/srv/linked.git" "links or no files at all, the first: refs" "refs behind a link"
bare torn.git
find "$T/srv/torn.git/objects" -type f -size +0 | head -n 1 | xargs rm -f
refuses "$T/srv/torn.git" "is damaged" "a damaged one"
ok "which --quick does not look for" gate repo adopt "$T/srv/torn.git" acme/torn --quick --dry-run
bare detached.git
git --git-dir "$T/srv/detached.git" update-ref --no-deref HEAD "$(head_of "$T/work")"
refuses "$T/srv/detached.git" "HEAD names no branch" "a HEAD without branch"
bare partial.git
git --git-dir "$T/srv/partial.git" config extensions.partialClone origin
git --git-dir "$T/srv/partial.git" config core.repositoryFormatVersion 1
own "$T/srv/partial.git"
refuses "$T/srv/partial.git" "partial clone" "a partial clone"
bare broken.git
echo "[broken" >>"$T/srv/broken.git/config"
refuses "$T/srv/broken.git" "git can't read its config" "a config that git can't read"
bare included.git
git --git-dir "$T/srv/included.git" config include.path "$T/srv/elsewhere/none"
own "$T/srv/included.git"
ok "an include that is not there harms nobody" gate repo adopt "$T/srv/included.git" acme/included --dry-run
echo "[core] sshCommand = true" >"$T/srv/elsewhere/there"
git --git-dir "$T/srv/included.git" config include.path "$T/srv/elsewhere/there"
own "$T/srv/included.git"
refuses "$T/srv/included.git" "unable to access .*elsewhere/there" "an include of a file outside"
mkdir "$T/srv/open"
bare open/wide.git
chmod 777 "$T/srv/open"
refuses "$T/srv/open/wide.git" "Everybody may write to $T/srv/open" "a folder that anybody can put another in the place of"
# -- names of folders --
# shellcheck disable=SC2016 # names, not expressions
for name in 'with a blank.git' "it's.git" 'a"quote.git' 'back\slash.git' '$(touch x).git' "$(printf 'b\374cher.git')"; do
	bare "$name"
	try gate repo adopt "$T/srv/$name" acme/odd --yes
	is "$status" 0 "a folder called $(printf '%s' "$name" | tr -cd ' -~') is adopted"
	ok "and cloned" git clone -q "$(url ann "$t" acme/odd.git)" "$T/odd"
	commit "$T/odd" odd
	ok "and pushed to" git -C "$T/odd" push -q origin main
	rm -rf "$T/odd"
	ok "and shown" gate repo show acme/odd --json
	try gate repo disown acme/odd --yes
	is "$status" 0 "and given back"
done
name=$(printf 'two\nlines.git')
bare "$name"
refuses "$T/srv/$name" "line break" "a line break in its name"
ln -s site.git "$T/srv/second-name.git"
try gate repo adopt "$T/srv/second-name.git" acme/second --yes
like "$out" "served already, as acme/site" "a link leads to the folder itself, which is served already"
bare "real.git"
ln -s real.git "$T/srv/link.git"
adopt "$T/srv/link.git" acme/link
is "$(gate repo path acme/link)" "$T/srv/real.git" "and else that is adopted"

# -- the folder goes, and another comes in its place --
mv "$T/srv/real.git" "$T/srv/away.git"
for version in 0 2; do
	try git -c protocol.version=$version ls-remote "$(url ann "$t" acme/link.git)"
	like "$out" "reference" "a folder that is gone is told as the server's fault, version $version"
	unlike "$out" "$T" "without its path"
done
try gate check
is "$status" 1 "check finds it"
like "$out" "acme/link: its folder $T/srv/real.git" "and says what is missing"
like "$out" "gatehouse repo disown acme/link" "and how to give it up"
ln -s "$(gate repo path acme/own)" "$T/srv/real.git"
try git ls-remote "$(url ann "$t" acme/link.git)"
not "a link in its place is not followed" test "$status" = 0
like "$(cat "$log")" "there is a link on the way" "and the log says so"
rm "$T/srv/real.git"
mv "$T/srv/away.git" "$T/srv/real.git"
ok "back again, it is served" git ls-remote "$(url ann "$t" acme/link.git)"

# -- a lost ledger --
gate_stop
mv "$data/gatehouse.db" "$T/lost.db"
rm -f "$data"/gatehouse.db-*
must gate rebuild --owner ann
is "$(gate repo path acme/site)" "$T/srv/site.git" "a lost ledger is rebuilt with what was adopted, where it lies"
gate_start
t=$(token ann after write:repository)
ok "and serves it" git ls-remote "$(url ann "$t" acme/site.git)"

# -- a backup holds it, and a restore puts it into the data folder --
mkdir "$T/backups"
own "$T/backups"
must gate backup "$T/backups"
gate_stop
first=$data
data=$T/second
mkdir -m 700 "$data"
own "$data"
try gate restore "$T/backups"
is "$status" 0 "restored elsewhere"
like "$(gate repo path acme/site)" "^$data/" "what was adopted lies in the data folder then"
like "$(gate repo path acme/child)" "^$data/" "so does what borrowed objects"
mv "$T/srv" "$T/srv-away"
gate_start
t=$(token ann restored write:repository)
ok "and is served with all it had, its old folder gone" git clone -q "$(url ann "$t" acme/site.git)" "$T/again"
ok "with the objects it had borrowed" git clone -q "$(url ann "$t" acme/child.git)" "$T/child-again"
ok "and checked" git -C "$T/child-again" fsck --full
gate_stop
mv "$T/srv-away" "$T/srv"
data=$first

# -- given back --
gate_start
t=$(token ann last write:repository)
before=$(snapshot "$T/srv/site.git")
try gate repo disown acme/site --dry-run
words disown-asked "$(printf '%s\n' "$out" | sed 's/the user [a-z0-9]*:/the user <user>:/')"
must gate repo disown acme/site --yes
is "$(snapshot "$T/srv/site.git")" "$before" "given back, nothing in it has changed"
try git ls-remote "$(url ann "$t" acme/site.git)"
not "it is not served" test "$status" = 0
try gate repo disown acme/own --yes
like "$out" "was not adopted" "one that was made here can't be given back"
ok "its name is free" gate repo create acme/site
adopt "$T/srv/site.git" acme/back
ok "and it can be adopted again" git ls-remote "$(url ann "$t" acme/back.git)"

# -- killed in the middle, whenever that is --
for n in 1 2 3 4 5 6 7 8; do
	bare "killed$n.git"
	$as "$bin/gatehouse" --data "$data" repo adopt "$T/srv/killed$n.git" "acme/killed$n" --yes >/dev/null 2>&1 &
	adopting=$!
	sleep "0.$((n * 7))"
	kill -9 "$adopting" 2>/dev/null
	wait "$adopting" 2>/dev/null
	if gate repo show "acme/killed$n" >/dev/null 2>&1; then
		ok "killed ($n), it is served whole" git ls-remote "$(url ann "$t" "acme/killed$n.git")"
	else
		ok "killed ($n), it can be adopted still" gate repo adopt "$T/srv/killed$n.git" "acme/killed$n" --yes
	fi
done
finish
