#!/bin/sh
# D3: git is given an address that is no repository's: a page's, one with a
# prefix or a slash too many. Who may see the repository hears the right one.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user eve
repo ann/Site
repo ann/open --public
t=$(token ann laptop write:repository)
eves=$(token eve laptop write:repository)
gate_start
history "$T/work"
must git -C "$T/work" push -q "$(url ann "$t" ann/Site.git)" main

try git clone "$(url ann "$t" ann/site/src/branch/main)" "$T/copy"
is "$status" 128 "a page's address is no repository's"
words d3-page "$out"
like "$(gate why "$(reference_of "$out")")" "request +CLOSED" "why knows the gate"
command=$(printf '%s\n' "$out" | sed -n 's/^remote:   git clone //p')
is "$command" "$address/ann/Site.git" "the address told is spelled as the repository is"
try git clone "$(url ann "$t" "${command#"$address"/}")" "$T/copy"
is "$status" 0 "and works"
for path in ann/site/tree/main ann/site/-/tree/main ann/site/blob/main/file ann//site.git /ann/site.git \
	git/ann/site.git scm/ann/site.git ann/_git/site projects/ann/repos/site/browse; do
	try git ls-remote "$(url ann "$t" "$path")"
	like "$out" "^remote:   git clone $address/ann/Site.git$" "/$path is told the right address"
done

# Nobody else is told anything: a hidden repository and none sound alike.
try git ls-remote "$(url eve "$eves" ann/site/src/branch/main)"
hidden=$(printf '%s\n' "$out" | grep '^remote' | grep -v Reference)
like "$hidden" "\[repository-not-found\]" "who may not see it is told of no repository"
try git ls-remote "$(url eve "$eves" ann/none/src/branch/main)"
is "$(printf '%s\n' "$out" | grep '^remote' | grep -v Reference | sed 's/none/site/g')" "$hidden" "in the words for one that does not exist"
try curl -s -o /dev/null -w '%{http_code}' "$address/ann/site/src/branch/main/info/refs?service=git-upload-pack"
is "$out" 401 "who has sent nothing is asked for a credential"
try git ls-remote "$address/ann/open/tree/main"
like "$out" "git clone $address/ann/open.git" "a public one is told to anybody"

try git ls-remote "$(url ann "$t" site.git)"
words d3-own "$out"
try git ls-remote "$(url ann "$t" none.git)"
words d3-one-part "$out"
like "$(gate why "$(reference_of "$out")")" " none" "and why knows what was asked for"
try git ls-remote "$(url eve "$eves" site.git)"
unlike "$out" "ann/Site" "one part names nobody else's repository"
try curl -s -o /dev/null -w '%{http_code}' "$address/site.git/info/refs?service=git-upload-pack"
is "$out" 401 "and who has sent nothing is asked for a credential"
try curl -s "$address/ann/site.git/info/refs?service=git-upload-archive"
like "$out" "clone first" "git archive is told what to do instead"
try env GIT_SMART_HTTP=0 git ls-remote "$(url ann "$t" ann/site.git)"
like "$out" "smart HTTP" "the dumb protocol is told that it is"
finish
