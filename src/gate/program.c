#include "gate/program_int.h"

#include "gate/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void hear(int fd, struct buf *out)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			buf_add(out, bytes, (size_t)n);
	explicit_bzero(bytes, sizeof(bytes)); /* it may have been a key */
}

static int start(const char *path, const char *name, const char *argument, int input, int output,
                 pid_t *pid)
{
	char *const args[] = {(char *)name, (char *)argument, NULL};
	char *const env[] = {(char *)"LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	rc = posix_spawn(pid, path, &actions, NULL, args, env);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

int gate_program_run(const char *programs, const char *name, const char *argument, int input,
                     struct buf *out)
{
	char path[SETTINGS_TEXT + 64];
	int ends[2], status = 0, rc;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", programs, name);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	rc = start(path, name, argument, input, ends[1], &pid);
	close(ends[1]);
	if (!rc)
		hear(ends[0], out);
	close(ends[0]);
	while (!rc && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return rc ? rc : status || out->failed ? -1 : 0;
}
