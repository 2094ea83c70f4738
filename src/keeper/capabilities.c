/* Protocol v2's capabilities: the same for every repository of one object
 * format, so git is asked once, at start, and each fetch saves a process. */
#include "keeper/keeper_int.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAPABILITIES_MOST 8000
#define PATIENCE_MS 20000

static int read_all(int fd, struct buf *out, struct err *err)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	char bytes[4096];

	for (;;) {
		if (poll(&readable, 1, PATIENCE_MS) <= 0)
			return err_set(err, ERR_BUSY, "git does not tell its capabilities");
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? err_system(err, errno, "git's capabilities") : 0;
		if (buf_add(out, bytes, (size_t)n))
			return err_set(err, ERR_LIMIT, "git's capabilities are too long");
	}
}

int capabilities_read(const struct git_host *host, const char *repository, struct buf *out,
                      struct err *err)
{
	const struct git_plan plan = {.service = GIT_UPLOAD_PACK,
	                              .advertise = true,
	                              .path = repository,
	                              .protocol = "version=2",
	                              .body = -1};
	struct git_child child;
	struct pollfd ended;
	int status = -1;

	buf_init(out, CAPABILITIES_MOST);
	int code = git_child_start(host, &plan, &child, err);
	if (code)
		return code;
	code = read_all(child.out, out, err);
	if (code)
		git_child_end(&child, true);
	ended = (struct pollfd){.fd = child.pidfd, .events = POLLIN};
	if (poll(&ended, 1, PATIENCE_MS) <= 0)
		git_child_end(&child, true);
	(void)poll(&ended, 1, PATIENCE_MS);
	if (git_child_reap(&child, &status, code ? NULL : err) && !code)
		code = ERR_BUSY;
	git_child_close(&child);
	if (!code && (!WIFEXITED(status) || WEXITSTATUS(status) || !out->len))
		code = err_set(err, ERR_IO, "git does not serve from its box (status %d)", status);
	if (code)
		buf_clear(out);
	return code;
}
