/* The box with a probe in the place of git: once closed, it tries what a
 * taken-over git would try and prints how each went. Test programs only; the
 * shipped box has no such role. */
#include "git/box/box.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char repository[4096];

static void print(const char *name, bool good)
{
	const char *why = good ? "done" : strerrorname_np(errno);

	printf("%s=%s\n", name, why ? why : "?");
}

static const char *near(const char *name)
{
	static char paths[2][5000]; /* two, for calls that take two */
	static unsigned next;
	char *path = paths[next++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", repository, name);
	return path;
}

static void try_open(const char *name, const char *path, int flags)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);

	print(name, fd >= 0);
	if (fd >= 0)
		close(fd);
}

static void try_exec(const char *name, const char *path)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		char *const args[] = {(char *)path, (char *)"-c", (char *)"exit 0", NULL};

		execve(path, args, environ);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	errno = WEXITSTATUS(status);
	print(name, status == 0);
}

static void files(void)
{
	DIR *beside = opendir(near(".."));

	print("list-beside", beside != NULL);
	try_open("open-passwd", "/etc/passwd", O_RDONLY);
	try_open("open-proc-parent", "/proc/self/environ", O_RDONLY);
	try_open("open-ledger", near("../ledger.db"), O_RDONLY);
	try_open("write-ledger", near("../ledger.db"), O_WRONLY);
	try_open("truncate-by-mode-3", near("../ledger.db"), 3 | O_TRUNC);
	try_open("open-other", near("../other.git/HEAD"), O_RDONLY);
	try_open("make-beside", near("../made"), O_WRONLY | O_CREAT);
	try_open("read-own", near("HEAD"), O_RDONLY);
	try_open("make-own", near("objects/made"), O_WRONLY | O_CREAT);
	try_open("open-null", "/dev/null", O_RDWR);
	print("truncate", truncate(near("../ledger.db"), 0) == 0);
	print("chmod", chmod(near("../ledger.db"), 0666) == 0);
	print("chown", syscall(SYS_chown, near("../ledger.db"), 1, 1) == 0);
	print("utimes", utimensat(AT_FDCWD, near("../ledger.db"), NULL, 0) == 0);
	print("symlink", symlink("/etc/passwd", near("objects/link")) == 0);
	print("link-out", link(near("../ledger.db"), near("objects/ledger")) == 0);
	print("rename-out", rename(near("HEAD"), near("../HEAD")) == 0);
	print("memfd", memfd_create("x", 0) >= 0);
}

static void processes(void)
{
	char byte;
	struct iovec own = {&byte, 1}, other = {&byte, 1};
	struct rlimit r;

	print("kill-parent", kill(getppid(), 0) == 0);
	print("tgkill-parent-queue", syscall(SYS_rt_sigqueueinfo, getppid(), 0, &byte) == 0);
	print("ptrace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0);
	print("vm-read", process_vm_readv(getppid(), &own, 1, &other, 1, 0) >= 0);
	print("pidfd", syscall(SYS_pidfd_open, getppid(), 0) >= 0);
	print("setsid", setsid() >= 0);
	print("setpgid", setpgid(0, 0) == 0);
	print("limit-of-parent", prlimit(getppid(), RLIMIT_CPU, NULL, &r) == 0);
	print("own-limit", getrlimit(RLIMIT_NOFILE, &r) == 0);
	try_exec("exec-sh", "/bin/sh");
	try_exec("exec-own", near("evil"));
}

static void kernel(void)
{
	char byte[256] = {0};
	int pair[2];

	print("socket-inet", socket(AF_INET, SOCK_STREAM, 0) >= 0);
	print("socket-unix", socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	print("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	print("unshare", unshare(CLONE_NEWUSER) == 0);
	print("clone-user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) >= 0);
	print("mount", mount("none", "/", "tmpfs", 0, NULL) == 0);
	print("bpf", syscall(SYS_bpf, 0, byte, sizeof(byte)) >= 0);
	print("io-uring", syscall(SYS_io_uring_setup, 1, byte) >= 0);
	print("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0) >= 0);
	print("userfaultfd", syscall(SYS_userfaultfd, 0) >= 0);
	print("perf", syscall(SYS_perf_event_open, byte, 0, -1, -1, 0) >= 0);
	print("unknown-call", syscall(1000) >= 0);
}

static void on_alarm(int signo)
{
	(void)signo;
}

/* What git needs must work: an EPERM in the place of pause made it spin. */
static void needed(void)
{
	signal(SIGALRM, on_alarm);
	alarm(1);
	printf("pause=%s\n", pause() < 0 && errno == EINTR ? "done" : "failed");
}

static void state(void)
{
	struct rlimit core = {1, 1}, data = {1, 1}, file = {1, 1};
	mode_t mask = umask(0);

	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_DATA, &data);
	getrlimit(RLIMIT_FSIZE, &file);
	printf("umask=%03o\n", (unsigned)mask);
	printf("leader=%s\n", getsid(0) == getpid() && getpgrp() == getpid() ? "yes" : "no");
	printf("core-limit=%llu\n", (unsigned long long)core.rlim_max);
	printf("data-limit=%llu\n", (unsigned long long)data.rlim_max);
	printf("file-limit=%llu\n", (unsigned long long)file.rlim_max);
	printf("descriptors=");
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	printf("\n");
}

static void probe(char **program)
{
	char **last = program;

	while (last[1])
		last++;
	snprintf(repository, sizeof(repository), "%s", *last);
	setvbuf(stdout, NULL, _IOLBF, 4096);
	state();
	files();
	processes();
	kernel();
	needed();
	for (char **e = environ; *e; e++)
		printf("env %s\n", *e);
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "run") == 0)
		return box_launch(argc - 2, argv + 2, probe);
	return BOX_FAILED;
}
