/* The system calls that a git child may make. Landlock says which files; this
 * says that there is no network, no other process, and no way around Landlock
 * (what it does not cover: chmod, chown, xattrs, times, and at its older ABIs
 * truncation and signals).
 *
 * What is unknown to the list answers ENOSYS, so that a newer libc falls back
 * to an older call; what a taken-over child would try first answers EPERM.
 */
#include "git/git_int.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The first version of Landlock that keeps signals within the box. */
#define LANDLOCK_SIGNALS 6

static const char *const allowed[] = {
        /* memory: any program */
        "brk",
        "mmap",
        "munmap",
        "mremap",
        "mprotect",
        "madvise",
        "msync",
        /* what libc does at start and for threads (index-pack and pack-objects have some) */
        "arch_prctl",
        "set_tid_address",
        "set_robust_list",
        "get_robust_list",
        "rseq",
        "futex",
        "gettid",
        "getpid",
        "getppid",
        "getpgrp",
        "getpgid",
        "getsid",
        "getuid",
        "geteuid",
        "getgid",
        "getegid",
        "getresuid",
        "getresgid",
        "getgroups",
        "sched_yield",
        "sched_getaffinity",
        "getrandom",
        "uname",
        "sysinfo",
        "getrlimit",
        "getrusage",
        "times",
        "umask",
        "getcpu",
        "restart_syscall",
        "exit",
        "exit_group",
        /* descriptors: pipes between git's own processes, files */
        "read",
        "write",
        "readv",
        "writev",
        "pread64",
        "pwrite64",
        "preadv",
        "pwritev",
        "lseek",
        "_llseek",
        "close",
        "close_range",
        "dup",
        "dup2",
        "dup3",
        "pipe",
        "pipe2",
        "poll",
        "ppoll",
        "select",
        "_newselect",
        "pselect6",
        /* the hook's channel, which it inherits: there is no call to make a new one */
        "sendmsg",
        "recvmsg",
        /* files: within what Landlock opens */
        "creat",
        "stat",
        "stat64",
        "lstat",
        "lstat64",
        "fstat",
        "fstat64",
        "newfstatat",
        "fstatat64",
        "statx",
        "statfs",
        "statfs64",
        "fstatfs",
        "fstatfs64",
        "access",
        "faccessat",
        "faccessat2",
        "readlink",
        "readlinkat",
        "getdents",
        "getdents64",
        "getcwd",
        "chdir",
        "fchdir",
        "mkdir",
        "mkdirat",
        "rmdir",
        "unlink",
        "unlinkat",
        "rename",
        "renameat",
        "renameat2",
        "link",
        "linkat",
        "ftruncate",
        "ftruncate64",
        "fallocate",
        "fchmod",
        "flock",
        "fsync",
        "fdatasync",
        "sync_file_range",
        "fadvise64",
        "fadvise64_64",
        /* time: progress, keep-alive, time-outs */
        "time",
        "gettimeofday",
        "clock_gettime",
        "clock_gettime64",
        "clock_getres",
        "nanosleep",
        "clock_nanosleep",
        "alarm",
        "setitimer",
        "getitimer",
        /* signals a process takes */
        "rt_sigaction",
        "rt_sigprocmask",
        "rt_sigreturn",
        "rt_sigpending",
        "rt_sigsuspend",
        "rt_sigtimedwait",
        "sigaltstack",
        "sigreturn",
        "pause",
        /* its own children: git runs git, receive-pack runs its hook */
        "fork",
        "vfork",
        "execve",
        "wait4",
        "waitid",
        "waitpid",
};

static const char *const forbidden[] = {
        /* network, local sockets included (Landlock does not stop connecting by path) */
        "socket",
        "socketpair",
        "connect",
        "bind",
        "listen",
        "accept",
        "accept4",
        "setsockopt",
        "socketcall",
        /* other processes: all of them belong to one user */
        "ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "process_madvise",
        "kcmp",
        "pidfd_open",
        "pidfd_getfd",
        "pidfd_send_signal",
        "rt_sigqueueinfo",
        "rt_tgsigqueueinfo",
        "setpriority",
        "sched_setaffinity",
        "sched_setscheduler",
        "sched_setparam",
        "sched_setattr",
        "ioprio_set",
        "setrlimit",
        "migrate_pages",
        "move_pages",
        /* leaving the group by which the keeper ends a child */
        "setsid",
        "setpgid",
        /* the kernel's larger doors */
        "bpf",
        "perf_event_open",
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
        "userfaultfd",
        "keyctl",
        "add_key",
        "request_key",
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "move_mount",
        "open_tree",
        "fsopen",
        "fsmount",
        "fsconfig",
        "fspick",
        "mount_setattr",
        "unshare",
        "setns",
        "open_by_handle_at",
        "name_to_handle_at",
        "init_module",
        "finit_module",
        "delete_module",
        "kexec_load",
        "reboot",
        "swapon",
        "quotactl",
        "personality",
        "execveat",
        "memfd_create",
        "fanotify_init",
        "inotify_init",
        "inotify_init1",
        /* identity */
        "setuid",
        "setgid",
        "setreuid",
        "setregid",
        "setresuid",
        "setresgid",
        "setgroups",
        "setfsuid",
        "setfsgid",
        "capset",
        /* what Landlock does not cover: these reach any file of this user by its path */
        "chmod",
        "fchmodat",
        "fchmodat2",
        "chown",
        "lchown",
        "fchown",
        "fchownat",
        "setxattr",
        "lsetxattr",
        "fsetxattr",
        "removexattr",
        "lremovexattr",
        "fremovexattr",
        "utime",
        "utimes",
        "futimesat",
        "utimensat",
        "truncate",
        "truncate64",
        /* a bare repository needs none, and the keeper must not meet one */
        "symlink",
        "symlinkat",
        "mknod",
        "mknodat",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int add_names(scmp_filter_ctx f, uint32_t action, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int nr = seccomp_syscall_resolve_name(names[i]), rc;

		if (nr < 0) /* another machine's, or newer than the library */
			continue;
		rc = seccomp_rule_add(f, action, nr, 0);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* One argument, under a mask, must be one of the values. */
static int add_values(scmp_filter_ctx f, int nr, unsigned arg, uint64_t mask,
                      const uint64_t *values, size_t count)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++) {
		struct scmp_arg_cmp c = {arg, SCMP_CMP_MASKED_EQ, mask, values[i]};

		rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, nr, 1, &c);
	}
	return rc;
}

static int add_arguments(scmp_filter_ctx f)
{
	/* Access mode 3 asks for no right that Landlock knows, yet O_TRUNC works. */
	static const uint64_t modes[] = {O_RDONLY, O_WRONLY, O_RDWR};
	/* No new namespace, and no child that is the keeper's. */
	static const uint64_t plain[] = {0};
	static const uint64_t ioctls[] = {TCGETS, TIOCGWINSZ, FIONREAD};
	/* Not F_SETOWN (signals to others), F_SETLEASE, F_NOTIFY. */
	static const uint64_t fcntls[] = {F_DUPFD,  F_DUPFD_CLOEXEC, F_GETFD,     F_SETFD,
	                                  F_GETFL,  F_SETFL,         F_GETLK,     F_SETLK,
	                                  F_SETLKW, F_OFD_GETLK,     F_OFD_SETLK, F_OFD_SETLKW};
	static const uint64_t prctls[] = {15 /* PR_SET_NAME */};
	const uint64_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
	                        CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_PARENT;
	struct scmp_arg_cmp own[] = {{0, SCMP_CMP_EQ, 0, 0}, {2, SCMP_CMP_EQ, 0, 0}};
	int rc = add_values(f, SCMP_SYS(open), 1, O_ACCMODE, modes, COUNT(modes));

	if (!rc)
		rc = add_values(f, SCMP_SYS(openat), 2, O_ACCMODE, modes, COUNT(modes));
	if (!rc)
		rc = add_values(f, SCMP_SYS(clone), 0, spaces, plain, COUNT(plain));
	if (!rc)
		rc = add_values(f, SCMP_SYS(ioctl), 1, 0xffffffff, ioctls, COUNT(ioctls));
	if (!rc)
		rc = add_values(f, SCMP_SYS(fcntl), 1, 0xffffffff, fcntls, COUNT(fcntls));
	if (!rc)
		rc = add_values(f, SCMP_SYS(prctl), 0, 0xffffffff, prctls, COUNT(prctls));
	/* Limits may be read, those of this process. */
	return rc ? rc : seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, own);
}

/* Where Landlock keeps signals in the box, git may end its own children. Where
 * it does not, a process that sends itself a signal (raise, abort) wants to
 * end: that is what it gets. */
static int add_signals(scmp_filter_ctx f, int landlock)
{
	static const char *const to_process[] = {"kill"};
	static const char *const to_thread[] = {"tkill", "tgkill"};
	bool scoped = landlock >= LANDLOCK_SIGNALS;
	int rc = add_names(f, scoped ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM), to_process, 1);

	return rc ? rc
	          : add_names(f, scoped ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS, to_thread, 2);
}

static int fill(scmp_filter_ctx f, int landlock)
{
	int rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	if (!rc)
		rc = add_names(f, SCMP_ACT_ALLOW, allowed, COUNT(allowed));
	if (!rc)
		rc = add_names(f, SCMP_ACT_ERRNO(EPERM), forbidden, COUNT(forbidden));
	if (!rc)
		rc = add_arguments(f);
	return rc ? rc : add_signals(f, landlock);
}

bool filter_possible(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int filter_make(int landlock, int *fd, struct err *err)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int file = memfd_create("gatehouse-filter", MFD_CLOEXEC | MFD_ALLOW_SEALING), rc;

	rc = !f ? -ENOMEM : file < 0 ? -errno : fill(f, landlock);
	if (!rc)
		rc = seccomp_export_bpf(f, file);
	if (!rc &&
	    fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		rc = -errno;
	if (f)
		seccomp_release(f);
	if (rc) {
		if (file >= 0)
			close(file);
		return err_system(err, -rc, "can't make the system call filter of git's children");
	}
	*fd = file;
	return 0;
}
