/* Two directions, each by a process of its own: neither waits for the other, and a slow
 * reader makes nothing grow. */
#include "ssh/forced/forced.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PART 65536

void forced_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t wrote = write(fd, data, len);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return;
		data += wrote;
		len -= (size_t)wrote;
	}
}

void forced_say(const char *text)
{
	forced_write(STDERR_FILENO, text, strlen(text));
}

/* True when anything came. A peer that is gone ends this process (SIGPIPE). */
static bool copy(int from, int to)
{
	static char part[PART];
	bool any = false;

	for (;;) {
		ssize_t got = read(from, part, sizeof(part));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return any;
		any = true;
		forced_write(to, part, (size_t)got);
	}
}

/* What the client sends, and its end. */
static pid_t start_sending(int in, int out)
{
	pid_t pid = fork(); /* may fork: one thread, and nothing to be started */

	if (pid != 0)
		return pid;
	close(out);
	close(STDOUT_FILENO);
	(void)copy(STDIN_FILENO, in);
	_exit(0);
}

bool forced_carry(int in, int out)
{
	pid_t sender = start_sending(in, out);
	bool any;

	close(in);
	if (sender < 0)
		forced_say("gatehouse: no process can be started.\n");
	any = copy(out, STDOUT_FILENO);
	close(out);
	if (sender > 0) { /* it may wait for a client that says nothing more */
		kill(sender, SIGKILL);
		waitpid(sender, NULL, 0);
	}
	return any;
}
