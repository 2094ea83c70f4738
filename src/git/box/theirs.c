/* Hooks that lie in an adopted repository, where the operator allowed them: git
 * runs the box under their names, and the box runs them. They get what git
 * gives a hook, without the channel to the keeper. */
#include "git/box/box.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_MOST 4352
#define FIRST (64u << 10)
#define MOST (64u << 20) /* bytes of the list of refs */

/* False: there is none, or it can't be run, which git takes for none as well. */
static bool find(const char *name, char path[PATH_MOST])
{
	const char *folder = getenv("GATEHOUSE_HOOKS");
	size_t folder_len = folder ? strlen(folder) : 0, name_len = strlen(name);

	if (!folder_len || folder_len + name_len + 2 > PATH_MOST)
		return false;
	memcpy(path, folder, folder_len);
	path[folder_len] = '/';
	memcpy(path + folder_len + 1, name, name_len + 1);
	return access(path, X_OK) == 0;
}

/* What is ours stays here. */
static void become(char *path, char **argv)
{
	static const char *const ours[] = {"GATEHOUSE_HOOK_FD", "GATEHOUSE_NOTICE", "GATEHOUSE_GIT",
	                                   "GATEHOUSE_HOOKS"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		unsetenv(ours[i]);
	for (int fd = STDERR_FILENO + 1; fd < 16; fd++)
		close(fd);
	argv[0] = path;
	execve(path, argv, environ);
	box_say(path, errno);
}

int box_theirs(const char *name, char **argv)
{
	char path[PATH_MOST];

	if (!find(name, path))
		return 0;
	become(path, argv);
	return 1; /* a hook that can't run lets nothing in */
}

/* -- their pre-receive: it hears the list of refs that ours has read -- */

int box_kept_add(struct box_kept *k, const char *bytes, size_t len)
{
	size_t size = k->size ? k->size : FIRST;

	while (size - k->len < len)
		size *= 2;
	if (size > MOST)
		return -1;
	if (size != k->size) {
		void *more = k->size ? mremap(k->bytes, k->size, size, MREMAP_MAYMOVE)
		                     : mmap(NULL, size, PROT_READ | PROT_WRITE,
		                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (more == MAP_FAILED)
			return -1;
		k->bytes = more;
		k->size = size;
	}
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
	return 0;
}

/* One that does not read them all is no fault. */
static void pour(int fd, const struct box_kept *k)
{
	for (size_t done = 0; done < k->len;) {
		ssize_t n = write(fd, k->bytes + done, k->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	close(fd);
}

static int run_with(char *path, const struct box_kept *k)
{
	char *argv[] = {path, NULL};
	int ends[2], status = 1;

	if (pipe2(ends, 0) < 0)
		return box_say("can't make a pipe for a hook", errno);
	signal(SIGPIPE, SIG_IGN);
	pid_t pid = fork(); /* may fork: one thread, no allocation */
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(ends[0], STDIN_FILENO);
		become(path, argv);
		_exit(1);
	}
	close(ends[0]);
	pour(ends[1], k);
	if (pid < 0)
		return box_say("can't start a hook", errno);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : -1;
}

int box_their_pre_receive(const struct box_kept *k)
{
	char path[PATH_MOST];

	return find("pre-receive", path) ? run_with(path, k) : 0;
}
