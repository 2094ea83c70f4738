/* A child that is asked something and heard to its end. */
#include "git/git_int.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* What does not fit is read and thrown away, so that the child comes to its end.
 * True at the end of the stream. */
static bool hear(int fd, struct buf *out)
{
	char bytes[8192];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n < 0)
		return errno != EINTR && errno != EAGAIN;
	if (n > 0 && out->len + (size_t)n < out->limit)
		(void)buf_add(out, bytes, (size_t)n);
	return n == 0;
}

/* False when the time is over. */
static bool hear_both(struct git_child *c, int64_t until, struct buf *out, struct buf *errors)
{
	struct pollfd p[] = {{c->out, POLLIN, 0}, {c->errors, POLLIN, 0}};

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		int64_t left = until - clock_mono_ms();

		if (left <= 0)
			return false;
		if (poll(p, 2, (int)(left < 1000 ? left : 1000)) <= 0)
			continue;
		if (p[0].revents && hear(p[0].fd, out))
			p[0].fd = -1;
		if (p[1].revents && hear(p[1].fd, errors))
			p[1].fd = -1;
	}
	return true;
}

int git_child_ask(const struct git_host *h, const struct git_plan *plan, int seconds,
                  struct buf *out, struct buf *errors, int *status, struct err *err)
{
	struct git_child c;
	struct pollfd end;
	int rc = git_child_start(h, plan, &c, err);
	bool whole;

	if (rc)
		return rc;
	if (c.in >= 0)
		close(c.in);
	c.in = -1;
	whole = hear_both(&c, clock_mono_ms() + (int64_t)seconds * 1000, out, errors);
	if (!whole)
		git_child_end(&c, true);
	end = (struct pollfd){.fd = c.pidfd, .events = POLLIN};
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	rc = git_child_reap(&c, status, err);
	git_child_close(&c);
	if (!rc && !whole)
		rc = err_set(err, ERR_LIMIT, "git took longer than %d seconds", seconds);
	return rc;
}
