#!/bin/sh
# needs: root
# Adopted repositories of another user than the server's: refused with what would
# let the server in, and served with the rights they have.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

user ann
must gate workspace create acme --owner ann
t=$(token ann laptop write:repository)
git config --global --add safe.directory '*' # of this test's own git; the server reads no such file
mkdir "$T/srv"
chmod 755 "$T/srv"
history "$T/work" 3
gate_start
folder=$T/srv/foreign.git
must git clone -q --bare "$T/work" "$folder"
chmod -R go-rwx "$folder"
# refused PATTERN TITLE
refused() {
	try gate repo adopt "$folder" acme/no --yes
	is "$status" 1 "$2: refused"
	like "$out" "$1" "$2: and why"
}
refused "can't (read|look)|no Git repository" "one that the server's user can't look into"
chmod -R go+rX "$folder"
refused "can't write to [0-9]+ of its folders, the first: \..*setfacl" "one it can't write to"
chmod go-r "$folder/config"
refused "can't read 1 of its files and folders, the first: config" "one with a file it can't read"
chgrp -R 65534 "$folder"
chmod -R g+rwX,o+rX "$folder"
find "$folder" -type d -exec chmod g+s {} +
must gate repo adopt "$folder" acme/foreign --yes
ok "one of another user and a common group is pushed to" git -C "$T/work" push -q "$(url ann "$t" acme/foreign.git)" HEAD:refs/heads/shared/one
is "$(find "$folder/refs/heads/shared" -printf '%m\n' | sort -u | tr '\n' ' ')" "2775 664 " "and what the push brought has the rights of what was there"
is "$(gate repo edit acme/foreign --default-branch shared/one --yes >/dev/null && stat -c %a "$folder/HEAD")" 664 "so has a new HEAD"
chmod 755 "$folder/refs/heads"
try gate check --quick
like "$out" "acme/foreign: the server's user can't read and write $folder/refs/heads" "check tells when they are taken away"
finish
