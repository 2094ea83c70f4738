#!/bin/sh
# A kernel without Landlock, or without seccomp: the server runs, and its log
# says which lock is missing. A filter answers as such a kernel does.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

cat >"$T/kernel.py" <<'PYTHON'
import ctypes, errno, os, sys

class Is(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64),
                ("b", ctypes.c_uint64)]

lib = ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
ALLOW, FAIL, EQUAL, PR_GET_SECCOMP = 0x7fff0000, 0x50000, 4, 21
filter = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(ALLOW)))

def fails(call, error, *args):
    number = lib.seccomp_syscall_resolve_name(call.encode())
    number = {"landlock_create_ruleset": 444}.get(call, number)
    if lib.seccomp_rule_add_array(filter, ctypes.c_uint32(FAIL | error), number, len(args),
                                  (Is * len(args))(*args)):
        sys.exit(f"no rule for {call}")

if sys.argv[1] == "landlock":
    fails("landlock_create_ruleset", errno.ENOSYS)
else:
    fails("seccomp", errno.ENOSYS)
    fails("prctl", errno.EINVAL, Is(0, EQUAL, PR_GET_SECCOMP, 0))
if lib.seccomp_load(filter):
    sys.exit("the filter can't be loaded")
os.execvp(sys.argv[2], sys.argv[2:])
PYTHON

user ann
t=$(token ann laptop write:repository)
history "$T/work"
plain=$as

# without LOCK: a server on a kernel without it, which a push and a clone use.
without() {
	: >"$log"
	as="$plain python3 $T/kernel.py $1"
	gate_start
	as=$plain
	commit "$T/work" "without $1"
	ok "without $1 a push is stored" git -C "$T/work" push -q "$(url ann "$t" ann/site.git)" main
	ok "and a clone works" git clone -q --bare "$(url ann "$t" ann/site.git)" "$T/$1"
	is "$(head_of "$T/$1" main)" "$(head_of "$T/work")" "of what was pushed"
}

without landlock
like "$(cat "$log")" "locked in: http: no landlock \(this kernel has none\), seccomp [0-9]+ calls" \
	"the log says that wire has no Landlock"
like "$(cat "$log")" "git children: landlock missing in this kernel, seccomp yes" "nor git's processes"
gate_stop
without seccomp
like "$(cat "$log")" "locked in: http: .*landlock.*, no seccomp \(this kernel has none\)" \
	"the log says that wire has no seccomp"
like "$(cat "$log")" "git children: landlock [a-z ]+, seccomp missing in this kernel" "nor git's processes"
finish
