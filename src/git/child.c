/* Starting, ending and reaping the children. */
#include "git/git_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MEMORY (256u << 10)
#define PIPE_WANTED (256 << 10)
#define FILTER_AT 3
#define HOOK_AT 4
#define LOWEST 10 /* above every number the child gets */

/* Both sides of everything; -1 where there is nothing. */
struct ends {
	int in_ours, in_theirs, out_ours, out_theirs, err_ours, err_theirs, hook_ours, hook_theirs;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int busy_or(struct err *err, int errnum, const char *what)
{
	if (errnum == EAGAIN || errnum == ENOMEM || errnum == EMFILE || errnum == ENFILE ||
	    errnum == ENOBUFS)
		return err_set(err, ERR_BUSY, "%s: the system has none to give", what);
	return err_system(err, errnum, "%s", what);
}

/* Numbers below LOWEST are where the child's go: none of ours may lie there. */
static int lift(int *fd)
{
	int high;

	if (*fd < 0 || *fd >= LOWEST)
		return 0;
	high = fcntl(*fd, F_DUPFD_CLOEXEC, LOWEST);
	if (high < 0)
		return -1;
	close(*fd);
	*fd = high;
	return 0;
}

static int make_pipe(int *reading, int *writing)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	*reading = fds[0];
	*writing = fds[1];
	return lift(reading) < 0 ? -1 : lift(writing);
}

static int make_hook_channel(struct ends *e)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	e->hook_ours = fds[0];
	e->hook_theirs = fds[1];
	return lift(&e->hook_ours) < 0 ? -1 : lift(&e->hook_theirs);
}

static void close_ends(struct ends *e, bool ours)
{
	close_fd(&e->in_theirs);
	close_fd(&e->out_theirs);
	close_fd(&e->err_theirs);
	close_fd(&e->hook_theirs);
	if (!ours)
		return;
	close_fd(&e->in_ours);
	close_fd(&e->out_ours);
	close_fd(&e->err_ours);
	close_fd(&e->hook_ours);
}

static int make_input(const struct git_plan *plan, struct ends *e)
{
	if (plan->advertise)
		return 0; /* /dev/null, see file_actions */
	if (plan->body < 0)
		return make_pipe(&e->in_theirs, &e->in_ours);
	e->in_theirs = fcntl(plan->body, F_DUPFD_CLOEXEC, LOWEST);
	return e->in_theirs < 0 ? -1 : 0;
}

static int make_ends(const struct git_plan *plan, bool hook, struct ends *e, struct err *err)
{
	*e = (struct ends){-1, -1, -1, -1, -1, -1, -1, -1};
	if (make_input(plan, e) < 0 || make_pipe(&e->out_ours, &e->out_theirs) < 0 ||
	    make_pipe(&e->err_ours, &e->err_theirs) < 0 || (hook && make_hook_channel(e) < 0) ||
	    fcntl(e->err_ours, F_SETFL, O_NONBLOCK) < 0) {
		int rc = busy_or(err, errno, "can't make the pipes of a git process");

		close_ends(e, true);
		return rc;
	}
	/* Fewer wake-ups while a pack flows; a user's pipes are bounded, so that
	 * a smaller one is no failure. */
	if (plan->service == GIT_UPLOAD_PACK && !plan->advertise)
		fcntl(e->out_ours, F_SETPIPE_SZ, PIPE_WANTED);
	return 0;
}

/* Close-on-exec keeps everything else out; what is named here is copied. */
static int file_actions(const struct git_host *h, const struct ends *e, int filter,
                        posix_spawn_file_actions_t *a)
{
	int rc = e->in_theirs >= 0 ? posix_spawn_file_actions_adddup2(a, e->in_theirs, STDIN_FILENO)
	                           : posix_spawn_file_actions_addopen(a, STDIN_FILENO, "/dev/null",
	                                                              O_RDONLY, 0);

	if (!rc)
		rc = posix_spawn_file_actions_adddup2(a, e->out_theirs, STDOUT_FILENO);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(a, e->err_theirs, STDERR_FILENO);
	if (!rc && h->filter_fd >= 0)
		rc = posix_spawn_file_actions_adddup2(a, filter, FILTER_AT);
	if (!rc && e->hook_theirs >= 0)
		rc = posix_spawn_file_actions_adddup2(a, e->hook_theirs, HOOK_AT);
	return rc;
}

/* A session of its own is there before posix_spawn returns, so that ending the
 * group always finds it; no signal is blocked or ignored in it. */
static int attributes(posix_spawnattr_t *a)
{
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	rc = posix_spawnattr_setflags(
	        a, (short)(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
	if (!rc)
		rc = posix_spawnattr_setsigmask(a, &none);
	return rc ? rc : posix_spawnattr_setsigdefault(a, &all);
}

static int spawn(const struct git_host *h, const struct ends *e, struct plan_words *words,
                 pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int filter = h->filter_fd, rc;

	if (filter >= 0 && filter < LOWEST) {
		filter = fcntl(filter, F_DUPFD_CLOEXEC, LOWEST);
		if (filter < 0)
			return errno;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	rc = file_actions(h, e, filter, &actions);
	if (!rc)
		rc = attributes(&attr);
	if (!rc)
		rc = posix_spawn(pid, h->box, &actions, &attr, (char *const *)words->args,
		                 (char *const *)words->env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (filter != h->filter_fd)
		close(filter);
	return rc;
}

/* git takes a hook that is missing for permission: look before each push. */
static int check_hook(const char *folder, struct err *err)
{
	char path[GIT_PATH + 32];

	snprintf(path, sizeof(path), "%s/pre-receive", folder);
	if (access(path, X_OK) < 0)
		return err_system(err, errno, "the hook %s is gone", path);
	return 0;
}

static int open_pidfd(struct git_child *c, struct err *err)
{
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (c->pidfd >= 0)
		return 0;
	int rc = busy_or(err, errno, "can't watch a git process"), status;

	git_child_end(c, true);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return rc;
}

int git_child_start(const struct git_host *h, const struct git_plan *plan, struct git_child *out,
                    struct err *err)
{
	bool hook = plan->hook && plan->service == GIT_RECEIVE_PACK && !plan->advertise;
	struct git_child c = {.pidfd = -1};
	struct plan_words words;
	struct arena a;
	struct ends e;
	int rc = hook ? check_hook(plan->hooks ? h->theirs : h->hooks, err) : 0;

	if (rc)
		return rc;
	arena_init(&a, WORDS_MEMORY);
	rc = plan_words(h, plan, getpid(), hook, &a, &words, err);
	if (!rc)
		rc = make_ends(plan, hook, &e, err);
	if (!rc) {
		int errnum = spawn(h, &e, &words, &c.pid);

		rc = errnum ? busy_or(err, errnum, "can't start a git process")
		            : open_pidfd(&c, err);
		close_ends(&e, rc != 0);
	}
	arena_reset(&a);
	if (rc)
		return rc;
	c.in = e.in_ours;
	c.out = e.out_ours;
	c.errors = e.err_ours;
	c.hook = e.hook_ours;
	*out = c;
	return 0;
}

void git_child_end(const struct git_child *c, bool at_once)
{
	/* 0 and 1 would be our own group and everybody's. */
	if (c->pid > 1)
		kill(-c->pid, at_once ? SIGKILL : SIGTERM);
}

int git_child_reap(struct git_child *c, int *status, struct err *err)
{
	siginfo_t info = {0};
	int rc;

	if (c->pid <= 1)
		return err_set(err, ERR_NOT_FOUND, "there is no child to reap");
	/* First a look that leaves it unreaped: while it is, its number, which is
	 * also the group's, belongs to nobody else. */
	while ((rc = waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT)) < 0 &&
	       errno == EINTR)
		;
	if (rc < 0)
		return err_system(err, errno, "can't reap a git process");
	if (info.si_pid == 0)
		return err_set(err, ERR_BUSY, "the child still runs");
	kill(-c->pid, SIGKILL); /* what it started may still run */
	while (waitpid(c->pid, status, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	return 0;
}

void git_child_close(struct git_child *c)
{
	close_fd(&c->pidfd);
	close_fd(&c->in);
	close_fd(&c->out);
	close_fd(&c->errors);
	close_fd(&c->hook);
}
