#!/bin/sh
# SSH keys of people and access keys of repositories, projects, workspaces: put
# into the ledger, shown, changed, ended. Who signs in by them is in 1600-….
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
user bob
must gate workspace create acme --owner ann
must gate project create acme web
repo acme/site --project web
repo acme/docs
repo acme/wiki

# make NAME TYPE [BITS]: a key, readable by whoever runs the commands.
make() {
	must ssh-keygen -q -t "$2" ${3:+-b "$3"} -N '' -C "$1@laptop" -f "$T/$1"
	chmod 644 "$T/$1.pub"
}
# fingerprint FILE
fingerprint() { ssh-keygen -lf "$1" | cut -d ' ' -f 2; }

make ann ed25519
make ec ecdsa 384
make rsa rsa 2048
make small rsa 1024
make deploy ed25519
must cp "$T/ann" "$T/private" # as the commands' user may read it
chmod 644 "$T/private"

try gate key add "$T/ann.pub" --user ann --name laptop
is "$status" 0 "a person's key is registered"
like "$out" "$(fingerprint "$T/ann.pub" | sed 's/[+]/[+]/g')" "and shown with the fingerprint that ssh-keygen shows"
like "$out" "acme/site: read, push" "and with what it can do"
for name in ec rsa; do
	ok "one of the kind $name too" gate key add "$T/$name.pub" --user ann --name "$name"
	is "$(gate key show "$name" --user ann --json | jq -r .fingerprint)" \
		"$(fingerprint "$T/$name.pub")" "by its fingerprint"
done
try gate key list --user ann
like "$out" "laptop +live +ssh-ed25519 +SHA256:" "they are listed"
is "$(gate token list --user ann)" "No tokens." "apart from tokens"

# What is no key is told for what it is, and nothing of it is shown.
try gate key add "$T/private" --user bob --name oops
is "$status" 1 "a private key is not taken"
like "$out" "this is a private key" "and told so"
unlike "$out" "$(sed -n 3p "$T/ann" | cut -c 1-12 | sed 's/[+]/[+]/g')" "nothing of it is shown"
try gate key add "$T/small.pub" --user bob --name small
like "$out" "at least 2048 bits" "a short RSA key is told what is wanted"
must ssh-keygen -q -s "$T/ann" -I bob -n bob "$T/deploy.pub"
try gate key add "$T/deploy-cert.pub" --user bob --name cert
like "$out" "this is a certificate" "a certificate is told for what it is"
try gate key add "$T/none.pub" --user bob --name none
like "$out" "No such file" "a file that is not there, too"

# Registered once; where, nobody learns.
try gate key add "$T/ann.pub" --user ann --name again
like "$out" 'under the name "laptop"' "its owner hears its name"
try gate key add "$T/ann.pub" --user bob --name mine
like "$out" "registered on this server already" "everybody else that it is taken"
unlike "$out" "ann has|laptop\"" "and not by whom"

# An access key of two repositories.
try sh -c "'$bin/gatehouse' --help >/dev/null; cat '$T/deploy.pub'"
must gate key add - --repo acme/site --repo acme/docs --name deploy <"$T/deploy.pub"
try gate key show deploy --repo acme/docs
like "$out" "acts as +bot deploy" "an access key acts as a bot"
like "$out" "acme/docs: read" "it reads one repository"
like "$out" "acme/site: read" "and the other"
unlike "$out" "acme/wiki" "and no third"
id=$(gate key show deploy --repo acme/site --json | jq -r .id)
try gate may "id:$id" fetch acme/docs
is "$status" 0 "may knows it"
try gate may "id:$id" push acme/docs
is "$status" 1 "and that it does not push"
like "$out" "gatehouse key edit deploy --repo acme/site --write yes" "and what would let it"
must gate key edit deploy --repo acme/site --write yes
try gate may "id:$id" push acme/docs
is "$status" 0 "which does"
try gate may "id:$id" fetch acme/wiki
like "$out" "token-elsewhere" "elsewhere it opens nothing"
must gate repo delete acme/site --yes
try gate may "id:$id" fetch acme/docs
is "$status" 0 "it outlives one of its repositories"
must gate repo undelete acme/site
try gate may --who push acme/docs
like "$out" "deploy" "who could push names it"

# Scopes, and the rule for keys of a security key.
try gate key add "$T/ec.pub" --user bob --name x --write
is "$status" 2 "--write is for access keys"
must gate user edit ann --ssh-keys sk
try gate may ann/laptop push acme/docs
like "$out" "sk-key-needed" "an account may ask for keys of a security key"
like "$out" "gatehouse user edit ann --ssh-keys any" "and may says what ends that"
must gate user edit ann --ssh-keys any

# Ended, and registered again; leaked, never.
try gate key revoke laptop --user ann --reason "sold it"
is "$status" 0 "a key is revoked"
try gate may ann/laptop fetch acme/docs
like "$out" "token-revoked" "and opens nothing"
ok "it can be registered again, by another account too" gate key add "$T/ann.pub" --user bob --name mine
must gate key revoke mine --user bob --leaked
try gate key add "$T/ann.pub" --user bob --name mine
like "$out" "revoked as leaked" "but not when it leaked"
try gate audit --operation key
like "$out" "key add" "the audit has it all"
like "$out" "key revoke" "to the end"
finish
