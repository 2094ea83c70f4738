#!/bin/sh
# A workspace's rule for how long a token may live: it holds for those that live
# already, in its repositories alone, and is told with its remedy (B7).
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

for name in ann bob cleo; do user "$name"; done
must gate workspace create acme --owner ann
for path in acme/site acme/open bob/notes; do repo "$path"; done
must gate repo edit acme/open --visibility public --yes --quiet
must gate grant add bob acme/site write
b=$(token bob laptop write:repository)
short=$(token bob ci write:repository --expires 30d)
a=$(token ann forever write:repository --expires never)
c=$(token cleo desk write:repository)
gate_start
history "$T/work"
for path in acme/site acme/open; do
	must git -C "$T/work" push -q "$(url ann "$a" $path.git)" main
done
rule() { gate workspace edit acme --longest-token-life "$@"; }
# from USER TOKEN PATH: git asks what there is.
from() { try git ls-remote "$(url "$1" "$2" "$3.git")"; }

# Said before it is done.
try rule 90d --dry-run
is "$status" 0 "a dry run says what the rule would mean"
words b7-asked "$out"
try rule 90d
is "$status" 2 "nothing is changed while nobody confirms it"
from bob "$b" acme/site
is "$status" 0 "which is so"
try rule 2y --dry-run
unlike "$out" bob "a looser rule leaves alone those that keep it"
like "$out" '"forever" of ann' "and names those that do not"

must rule 90d --yes --quiet
from bob "$b" acme/site
is "$status" 128 "the very next fetch is refused"
words b7-git "$out"
ref=$(reference_of "$out")
try git -C "$T/work" push "$(url bob "$b" acme/site.git)" main:other
words b7-push "$out"
try curl -si -u "bob:$b" "$address/acme/site.git/info/refs?service=git-upload-pack"
words b7-curl "$out"
is "$(printf '%s\n' "$out" | head -n 1 | tr -d '\r')" "HTTP/1.1 403 Forbidden" "with 403: no helper throws the token away"
from bob "$b" bob/notes
is "$status" 0 "where the rule does not reach, the same token works"
from bob "$short" acme/site
is "$status" 0 "a token within the rule works"
from ann "$a" acme/site
like "$out" "made to live for ever, and 90 days is the most there" "an owner of the workspace is bound too"
from bob "$b" acme/open
is "$status" 0 "what anyone may read is read as anyone does"
from cleo "$c" acme/site
like "$out" "\[repository-not-found\]" "who may not see the repository hears nothing of the rule"
unlike "$out" "live" "not a word"

# A push to a new name makes nothing with a token that is too long.
must gate workspace edit acme --add-member bob --creation members --yes
try git -C "$T/work" push "$(url bob "$b" acme/fresh.git)" main
like "$out" "\[token-lifetime\]" "nor does such a token make a repository"
not "which does not exist then" gate repo show acme/fresh

# The operator.
wait_for 10 gate why "$ref"
try gate why "$ref"
like "$out" "lifetime +CLOSED +lives 365 days, the workspace allows 90 days" "why tells what the gate saw"
line=$(printf '%s\n' "$out" | grep -o 'gatehouse token create .*')
like "$line" "--expires 90d" "and the command that opens it"
gatehouse() { gate "$@"; }
new=$(eval "$line" | grep -oE 'gthu_[0-9A-Za-z]{49}' | head -n 1)
from bob "$new" acme/site
is "$status" 0 "which, typed as it stands, opens it"
try gate may bob/laptop fetch acme/site
like "$out" "token-lifetime" "may says it before anybody tries"
try gate may bob fetch acme/site
is "$status" 0 "of a person without a token in hand no lifetime is asked"
try gate may --who push acme/site
unlike "$out" '"laptop"' "and does not count it among those who could"
like "$(gate token show laptop --user bob)" "too long +it lives longer than these allow: acme \(90 days at most\)" \
	"token show names the workspace"
like "$(gate token show laptop --user bob --json)" '"workspace": "acme"' "for scripts too"
unlike "$(gate token show ci --user bob)" "too long" "and says nothing of one within the rule"
try gate token create --user bob --name more --scopes read:repository --expires 1y
like "$out" "workspace acme allows 90 days at most" "a new one can't live longer"

# Changed while a push is on its way: its hook asks again.
must rule any --yes --quiet
from bob "$b" acme/site
is "$status" 0 "the rule taken back, the token works again"
must git clone -q "$(url bob "$b" acme/site.git)" "$T/copy"
commit "$T/copy" "on its way"
cat >"$T/copy/.git/hooks/pre-push" <<END
#!/bin/sh
$bin/gatehouse --data $data workspace edit acme --longest-token-life 60d --yes --quiet
END
chmod +x "$T/copy/.git/hooks/pre-push"
before=$(served acme/site main)
try git -C "$T/copy" push
like "$out" "\[token-lifetime\]" "a push that had begun is refused too"
is "$(served acme/site main)" "$before" "and stored nothing"
try rule any --dry-run
like "$out" 'shut out by the rule and then open' "a looser rule says whom it lets in"
finish
