/* What code inside wire could still do once it is locked in. Each attempt is
 * made in a process of its own, once unlocked (it must work: the test can fail)
 * and once locked (it must be refused, or kill the process). */
#include "wire/lock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORKED = 10, REFUSED = 11, NOT_LOCKED = 12 };

static char ledger[] = "/tmp/wire-ledger-XXXXXX";
static int listener, port;
static pid_t bystander;

/* Raw calls: the C library must not be what refuses. */
static long open_ledger(void)
{
	return syscall(SYS_openat, AT_FDCWD, ledger, O_RDWR, 0);
}

static long open_passwd(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}

#ifdef SYS_open
static long open_old_way(void)
{
	return syscall(SYS_open, ledger, O_RDONLY, 0);
}
#endif

static long make_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/tmp", O_RDWR | O_TMPFILE, 0600);
}

static long remove_file(void)
{
	return syscall(SYS_unlinkat, AT_FDCWD, ledger, 0);
}

static long list_folder(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0);
}

static long cut_file(void)
{
	return syscall(SYS_truncate, ledger, 0);
}

static long run_program(void)
{
	char *const argv[] = {(char *)(uintptr_t) "/bin/true", NULL};
	char *const env[] = {NULL};

	syscall(SYS_execve, "/bin/true", argv, env);
	return -1;
}

static long start_process(void)
{
	return syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
}

static long trace_other(void)
{
	return syscall(SYS_ptrace, (long)PTRACE_SEIZE, (long)bystander, 0L, 0L);
}

static long kill_other(void)
{
	return syscall(SYS_kill, bystander, 0);
}

static long kill_other_thread(void)
{
	return syscall(SYS_tgkill, bystander, bystander, 0);
}

static long make_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

/* With a socket it already had. */
static int early_socket = -1, early_unix = -1;

static long connect_out(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                        .sin_port = htons((uint16_t)port)};

	return syscall(SYS_connect, early_socket, &a, sizeof(a));
}

static long connect_by_path(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s.sock", ledger);
	return syscall(SYS_connect, early_unix, &a, sizeof(a));
}

static long bind_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return syscall(SYS_bind, early_socket, &a, sizeof(a));
}

static long make_code(void)
{
	void *at = (void *)syscall(SYS_mmap, NULL, 4096L, (long)(PROT_READ | PROT_EXEC),
	                           (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L);

	return at == MAP_FAILED ? -1 : 0;
}

static long read_memory(void)
{
	char byte;
	struct {
		void *base;
		size_t len;
	} here = {&byte, 1}, there = {&bystander, 1};

	return syscall(SYS_process_vm_readv, (long)getppid(), &here, 1L, &there, 1L, 0L);
}

static const struct attempt {
	const char *what;
	long (*make)(void);
	bool root_only; /* needs rights that an ordinary user's test may lack */
} attempts[] = {
        {"open the ledger", open_ledger, false},
        {"open /etc/passwd", open_passwd, false},
#ifdef SYS_open
        {"open the ledger by the old call", open_old_way, false},
#endif
        {"make a file", make_file, false},
        {"list a folder", list_folder, false},
        {"cut a file short", cut_file, false},
        {"run a program", run_program, false},
        {"start a process", start_process, false},
        {"trace a process", trace_other, true},
        {"signal a process", kill_other, false},
        {"signal a process's thread", kill_other_thread, false},
        {"make a socket", make_socket, false},
        {"connect by TCP", connect_out, false},
        {"connect to a Unix socket", connect_by_path, false},
        {"bind a port", bind_port, false},
        {"make code", make_code, false},
        {"read another process's memory", read_memory, true},
        {"remove a file", remove_file, false},
};

static void try(const struct attempt *a, enum lock_program program)
{
	char report[256];
	long result;

	early_socket = socket(AF_INET, SOCK_STREAM, 0);
	early_unix = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (program && lock_process(program, report, sizeof(report), NULL) != 0)
		_exit(NOT_LOCKED);
	result = a->make();
	if (a->make == run_program)
		_exit(REFUSED); /* success does not come back */
	if (a->make == start_process && result == 0)
		_exit(0); /* the new process */
	_exit(result < 0 ? REFUSED : WORKED);
}

/* Under that program's lock; 0: without. Returns WORKED, REFUSED, or 1000 + signal. */
static int outcome(const struct attempt *a, enum lock_program program)
{
	pid_t pid = fork(); /* may fork: each attempt may kill its process */
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		try(a, program);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return 1000 + WTERMSIG(status);
	if (a->make == run_program && WEXITSTATUS(status) == 0)
		return WORKED;
	return WEXITSTATUS(status);
}

static void refuse_everything(enum lock_program program)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		int result = outcome(&attempts[i], program);

		if (result != REFUSED && result != 1000 + SIGSYS)
			fail_msg("locked in, it could %s (%d)", attempts[i].what, result);
	}
}

static void http_refuses_everything(void **state)
{
	(void)state;
	refuse_everything(LOCK_HTTP);
}

static void ssh_refuses_everything(void **state)
{
	(void)state;
	refuse_everything(LOCK_SSH);
}

static void works_unlocked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		if (attempts[i].root_only && getuid() != 0)
			continue;
		if (outcome(&attempts[i], 0) != WORKED)
			fail_msg("even unlocked, it could not %s: this test shows nothing",
			         attempts[i].what);
	}
}

static void says_what_is_locked(void **state)
{
	int ends[2], status;
	char report[256] = "";
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork(); /* may fork: the lock is for good */
	if (pid == 0) {
		char text[256] = "";

		if (lock_process(LOCK_HTTP, text, sizeof(text), NULL) != 0)
			_exit(1);
		_exit(write(ends[1], text, sizeof(text)) == sizeof(text) ? 0 : 2);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], report, sizeof(report)), sizeof(report));
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_non_null(strstr(report, "landlock"));
	assert_non_null(strstr(report, "seccomp"));
}

/* The table is short, and every line says why. */
static void gives_reasons(void **state)
{
	static const char *const never[] = {"open",    "execve", "execveat", "ptrace", "socket",
	                                    "connect", "bind",   "kill",     "fork",   "vfork",
	                                    "unlink",  "rename", "chmod",    "mount",  "bpf"};
	const char *name, *reason;

	(void)state;
	for (unsigned n = 0; (name = lock_call(n, &reason)) != NULL; n++) {
		assert_true(strlen(reason) > 0);
		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			if (strcmp(name, never[i]) == 0 &&
			    strstr(reason, "AddressSanitizer") == NULL)
				fail_msg("%s is in the table", name);
	}
}

static int set_up(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un u = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(a);
	int unix_listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	(void)state;
	if (mkstemp(ledger) < 0)
		return -1;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)(void *)&a, sizeof(a)) != 0 ||
	    listen(listener, 8) != 0 ||
	    getsockname(listener, (struct sockaddr *)(void *)&a, &len) != 0)
		return -1;
	port = ntohs(a.sin_port);
	snprintf(u.sun_path, sizeof(u.sun_path), "%s.sock", ledger);
	if (bind(unix_listener, (struct sockaddr *)(void *)&u, sizeof(u)) != 0 ||
	    listen(unix_listener, 8) != 0)
		return -1;
	bystander = fork(); /* may fork: somebody to be attacked */
	if (bystander == 0)
		for (;;)
			pause();
	return 0;
}

static int tear_down(void **state)
{
	char path[64];

	(void)state;
	kill(bystander, SIGKILL);
	waitpid(bystander, NULL, 0);
	snprintf(path, sizeof(path), "%s.sock", ledger);
	unlink(path);
	unlink(ledger);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"locked in, no file, program, process, signal or connection is left",
	         http_refuses_everything, NULL, NULL, NULL},
	        {"and under the lock of the SSH process neither", ssh_refuses_everything, NULL,
	         NULL, NULL},
	        {"the report names landlock and seccomp", says_what_is_locked, NULL, NULL, NULL},
	        {"every allowed call has a reason, and none of the forbidden is among them",
	         gives_reasons, NULL, NULL, NULL},
	        {"unlocked, every attempt works: the first test can fail", works_unlocked, NULL,
	         NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire: the lock", tests, set_up, tear_down);
}
