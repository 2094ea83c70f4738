# shellcheck shell=sh disable=SC2154
# A machine of one's own for the operator's papers: mounts, network and processes of
# its own, in which /etc, /home, /usr/local, /var, /run and /srv may be written as the papers
# say, and ports 80 and 443 are free. What is written is gone at the end. systemctl and
# sudo are stand-ins; nothing else is. Sourced first by tests that need it, before
# gate.sh: it starts the test anew inside. As root only.

machine_skip() {
	printf '1..0 # skip %s\n' "$1"
	exit 0
}

if [ -z "${GATEHOUSE_MACHINE:-}" ]; then
	[ "$(id -u)" = 0 ] || machine_skip "only root can make a machine of its own"
	unshare --mount --net --pid --fork true 2>/dev/null || machine_skip "no namespaces can be made here"
	GATEHOUSE_MACHINE=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-machine-XXXXXX")
	export GATEHOUSE_MACHINE
	status=0
	unshare --mount --net --pid --fork --kill-child --mount-proc sh "$0" || status=$?
	rmdir "$GATEHOUSE_MACHINE"
	exit "$status"
fi
machine=$GATEHOUSE_MACHINE
unset GATEHOUSE_MACHINE

# Over each folder a layer that takes what is written.
machine_layers() {
	mount -t tmpfs -o mode=755 layers "$machine" || return 1
	for folder in /etc /home /usr/local /var /run /srv; do
		layer=$machine/layers$folder
		mkdir -p "$layer" "$machine/work$folder"
		mount -t overlay -o "lowerdir=$folder,upperdir=$layer,workdir=$machine/work$folder" overlay \
			"$folder" || return 1
	done
}
machine_layers 2>/dev/null || machine_skip "no layer can be put over /etc here"
ip link set lo up
printf '127.0.0.1 localhost git.example.org\n' >/etc/hosts
rm -rf /etc/gatehouse /var/lib/gatehouse /var/backups/gatehouse
