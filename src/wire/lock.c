#include "wire/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* -- Landlock: no right on any path, no port, no way to others -- */

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif
#define LANDLOCK_VERSION 1U

/* The newest form of the kernel's structure; older kernels take its start. */
struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scoped;
};

static const struct {
	int abi; /* the first that knows it */
	struct ruleset adds;
	size_t size;
} landlock_steps[] = {
        {1, {0x1fff, 0, 0}, 8},    /* execute, write, read, lists, make, remove */
        {2, {1U << 13, 0, 0}, 8},  /* link and rename across folders */
        {3, {1U << 14, 0, 0}, 8},  /* truncate */
        {4, {0, 3, 0}, 16},        /* bind and connect TCP */
        {5, {1U << 15, 0, 0}, 16}, /* ioctl on devices */
        {6, {0, 0, 3}, 24},        /* abstract Unix sockets, signals */
};

static int landlock_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
}

static int close_landlock(int abi, struct err *err)
{
	struct ruleset rules = {0, 0, 0};
	size_t size = 0;
	int fd, rc;

	for (size_t i = 0; i < sizeof(landlock_steps) / sizeof(landlock_steps[0]); i++) {
		if (landlock_steps[i].abi > abi)
			break;
		rules.files |= landlock_steps[i].adds.files;
		rules.network |= landlock_steps[i].adds.network;
		rules.scoped |= landlock_steps[i].adds.scoped;
		size = landlock_steps[i].size;
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0U);
	if (fd < 0)
		return err_system(err, errno, "landlock: cannot make the rules");
	rc = (int)syscall(SYS_landlock_restrict_self, fd, 0U);
	if (rc != 0)
		rc = err_system(err, errno, "landlock: cannot lock");
	close(fd);
	return rc;
}

/* -- seccomp -- */

enum action {
	ALLOW,
	REFUSE_ENOENT, /* libraries ask for a file and live without it */
	REFUSE_ENOSYS, /* libraries fall back to an older call */
	REFUSE_ENOPROTOOPT,
	ONLY_SELF, /* first argument: this process */
	ONLY_FCNTL,
	ONLY_IOCTL,
	ONLY_PRCTL,
	ONLY_DATA,  /* third argument: no PROT_EXEC */
	ONLY_THREAD /* a thread, never a process */
};

#define HTTP LOCK_HTTP
#define SSH LOCK_SSH
#define BOTH (LOCK_HTTP | LOCK_SSH)

static const struct call {
	const char *name;
	unsigned who; /* which programs: bits of enum lock_program */
	enum action action;
	const char *reason;
} calls[] = {
        {"read", BOTH, ALLOW, "answers' pipes, eventfd"},
        {"write", BOTH, ALLOW, "bodies' pipes and files, the log, eventfd"},
        {"pread64", HTTP, ALLOW, "cached answers"},
        {"lseek", HTTP, ALLOW, "memory files; tells a file from a pipe"},
        {"close", BOTH, ALLOW, "descriptors"},
        {"recvfrom", BOTH, ALLOW, "clients"},
        {"sendto", BOTH, ALLOW, "clients"},
        {"recvmsg", BOTH, ALLOW, "the channel; TLS"},
        {"sendmsg", BOTH, ALLOW, "the channel; clients"},
        {"writev", HTTP, ALLOW, "clients"},
        {"sendfile", HTTP, ALLOW, "the HTTP library"},
        {"poll", SSH, ALLOW, "the SSH library, which never waits there"},
        {"accept4", BOTH, ALLOW, "new clients"},
        {"shutdown", BOTH, ALLOW, "clients that are too slow; end of a connection"},
        {"getsockopt", BOTH, ALLOW, "the HTTP library"},
        {"setsockopt", BOTH, REFUSE_ENOPROTOOPT,
         "listeners were set before; the HTTP library would with each answer"},
        {"getsockname", HTTP, ALLOW, "the HTTP library"},
        {"getpeername", HTTP, ALLOW, "the HTTP library"},
        {"fcntl", BOTH, ONLY_FCNTL, "non-blocking, duplicates, seals"},
        {"ioctl", BOTH, ONLY_IOCTL, "non-blocking"},
        {"memfd_create", HTTP, ALLOW, "collected bodies"},
        {"epoll_create1", HTTP, ALLOW, "the HTTP library's loops"},
        {"epoll_ctl", BOTH, ALLOW, "loops"},
        {"epoll_wait", BOTH, ALLOW, "loops"},
        {"epoll_pwait", BOTH, ALLOW, "loops, where the C library prefers it"},
        {"eventfd2", HTTP, ALLOW, "the HTTP library's threads"},
        {"mmap", BOTH, ONLY_DATA, "memory, thread stacks"},
        {"mprotect", BOTH, ONLY_DATA, "heaps of threads"},
        {"munmap", BOTH, ALLOW, "memory"},
        {"mremap", BOTH, ALLOW, "memory"},
        {"madvise", BOTH, ALLOW, "memory given back"},
        {"brk", BOTH, ALLOW, "memory"},
        {"clone", HTTP, ONLY_THREAD, "the HTTP library's threads"},
        {"clone3", HTTP, REFUSE_ENOSYS, "its flags cannot be seen: clone is used instead"},
        {"set_robust_list", HTTP, ALLOW, "a thread's start"},
        {"rseq", HTTP, ALLOW, "a thread's start"},
        {"prctl", HTTP, ONLY_PRCTL, "a thread's name"},
        {"futex", BOTH, ALLOW, "locks"},
        {"sched_yield", HTTP, ALLOW, "locks"},
        {"sched_getaffinity", HTTP, ALLOW, "the number of processors"},
        {"rt_sigprocmask", BOTH, ALLOW, "a thread's start, abort"},
        {"rt_sigaction", BOTH, ALLOW, "abort"},
        {"rt_sigreturn", BOTH, ALLOW, "signals"},
        {"restart_syscall", BOTH, ALLOW, "a call that was stopped and goes on"},
        {"tgkill", BOTH, ONLY_SELF, "abort"},
        {"getpid", BOTH, ALLOW, "abort; TLS notices a fork"},
        {"gettid", BOTH, ALLOW, "abort"},
        {"getuid", HTTP, ALLOW, "TLS"},
        {"getrusage", HTTP, ALLOW, "TLS"},
        {"getrandom", BOTH, ALLOW, "TLS"},
        {"clock_gettime", BOTH, ALLOW, "where the vdso has no clock"},
        {"clock_getres", HTTP, ALLOW, "the HTTP library"},
        {"gettimeofday", BOTH, ALLOW, "where the vdso has no clock"},
        {"time", BOTH, ALLOW, "where the vdso has no clock"},
        {"sysinfo", HTTP, ALLOW, "sorting asks how much memory there is"},
        {"fstat", BOTH, ALLOW, "a descriptor's kind"},
        {"openat", BOTH, REFUSE_ENOENT, "the heap asks for a kernel setting before it shrinks"},
        {"newfstatat", HTTP, REFUSE_ENOENT, "TLS looks for a newer configuration"},
        {"exit", BOTH, ALLOW, "a thread's end"},
        {"exit_group", BOTH, ALLOW, "the end"},
#ifdef SANITIZED
        {"sigaltstack", BOTH, ALLOW, "AddressSanitizer: a thread's start"},
        {"prlimit64", BOTH, ALLOW, "AddressSanitizer: the size of a stack"},
        {"open", BOTH, REFUSE_ENOENT, "AddressSanitizer: a report, without names"},
        {"access", BOTH, REFUSE_ENOENT, "AddressSanitizer: a report, without names"},
        {"readlink", BOTH, REFUSE_ENOENT, "AddressSanitizer: a report, without names"},
        {"readlinkat", BOTH, REFUSE_ENOENT, "AddressSanitizer: a report, without names"},
        {"stat", BOTH, REFUSE_ENOENT, "AddressSanitizer: a report, without names"},
        {"pipe", BOTH, REFUSE_ENOSYS, "AddressSanitizer: is this memory readable"},
        {"pipe2", BOTH, REFUSE_ENOSYS, "AddressSanitizer: is this memory readable"},
        {"getcwd", BOTH, REFUSE_ENOSYS, "AddressSanitizer: a report"},
        {"kill", BOTH, ONLY_SELF, "AddressSanitizer: its own end"},
        {"nanosleep", BOTH, ALLOW, "AddressSanitizer: a report of another thread"},
        {"clock_nanosleep", BOTH, ALLOW, "AddressSanitizer: a report of another thread"},
#endif
};

#define NCALLS (sizeof(calls) / sizeof(calls[0]))

const char *lock_call(unsigned n, const char **reason)
{
	if (n >= NCALLS)
		return NULL;
	*reason = calls[n].reason;
	return calls[n].name;
}

/* Allows number only when argument arg is one of the values. */
static int allow_values(scmp_filter_ctx filter, int number, unsigned arg, const uint64_t *values,
                        size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct scmp_arg_cmp is = {arg, SCMP_CMP_EQ, values[i], 0};

		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &is);
	}
	return rc;
}

/* Allows number only when argument arg, cut by mask, is value. */
static int allow_masked(scmp_filter_ctx filter, int number, unsigned arg, uint64_t mask,
                        uint64_t value)
{
	struct scmp_arg_cmp is = {arg, SCMP_CMP_MASKED_EQ, mask, value};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &is);
}

static int add_call(scmp_filter_ctx filter, int number, enum action action)
{
	static const uint64_t fcntls[] = {
	        F_GETFD,     F_SETFD,    F_GETFL, F_SETFL, 1030 /* F_DUPFD_CLOEXEC */,
	        F_ADD_SEALS, F_GET_SEALS};
	static const uint64_t ioctls[] = {FIONBIO, FIONREAD};
	static const uint64_t prctls[] = {PR_SET_NAME};
	const uint64_t self = (uint64_t)getpid();

	switch (action) {
	case ALLOW:
		return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 0, NULL);
	case REFUSE_ENOENT:
		return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOENT), number, 0, NULL);
	case REFUSE_ENOSYS:
		return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0, NULL);
	case REFUSE_ENOPROTOOPT:
		return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOPROTOOPT), number, 0, NULL);
	case ONLY_SELF:
		return allow_values(filter, number, 0, &self, 1);
	case ONLY_FCNTL:
		return allow_values(filter, number, 1, fcntls, sizeof(fcntls) / sizeof(fcntls[0]));
	case ONLY_IOCTL:
		return allow_values(filter, number, 1, ioctls, sizeof(ioctls) / sizeof(ioctls[0]));
	case ONLY_PRCTL:
		return allow_values(filter, number, 0, prctls, sizeof(prctls) / sizeof(prctls[0]));
	case ONLY_DATA:
		return allow_masked(filter, number, 2, PROT_EXEC, 0);
	case ONLY_THREAD:
		return allow_masked(filter, number, 0, CLONE_THREAD | CLONE_VM,
		                    CLONE_THREAD | CLONE_VM);
	}
	return -EINVAL;
}

static bool is_refused(enum action action)
{
	return action == REFUSE_ENOENT || action == REFUSE_ENOSYS || action == REFUSE_ENOPROTOOPT;
}

/* *count: how many calls are left open. A name that this machine does not have
 * (time on arm64) is passed over. */
static int fill_filter(scmp_filter_ctx filter, enum lock_program program, unsigned *count)
{
	*count = 0;
	for (size_t i = 0; i < NCALLS; i++) {
		int number = seccomp_syscall_resolve_name(calls[i].name), rc;

		if (!(calls[i].who & program) || number == __NR_SCMP_ERROR || number < 0)
			continue;
		rc = add_call(filter, number, calls[i].action);
		if (rc != 0)
			return rc;
		if (!is_refused(calls[i].action))
			(*count)++;
	}
	return 0;
}

static int close_seccomp(enum lock_program program, unsigned *count, struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (filter == NULL)
		return err_set(err, ERR_MEMORY, "seccomp: no memory");
	rc = fill_filter(filter, program, count);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0 ? 0 : err_system(err, -rc, "seccomp: cannot lock");
}

static bool has_seccomp(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

static int close_memory(struct err *err)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_system(err, errno, "cannot give up new privileges");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		return err_system(err, errno, "cannot forbid core files");
	return 0;
}

int lock_process(enum lock_program program, char *report, size_t size, struct err *err)
{
	char files[64], sentences[64];
	int abi = landlock_version(), rc;
	unsigned count = 0;

	rc = close_memory(err);
	if (rc == 0 && abi >= 1)
		rc = close_landlock(abi, err);
	if (rc == 0 && has_seccomp())
		rc = close_seccomp(program, &count, err);
	if (rc != 0)
		return rc;
	if (abi >= 1)
		snprintf(files, sizeof(files), "landlock %d%s", abi,
		         abi < 4 ? " (files only)" : "");
	else
		snprintf(files, sizeof(files), "no landlock (this kernel has none)");
	if (count > 0)
		snprintf(sentences, sizeof(sentences), "seccomp %u calls", count);
	else
		snprintf(sentences, sizeof(sentences), "no seccomp (this kernel has none)");
	snprintf(report, size, "%s, %s", files, sentences);
	return 0;
}
