#include "wire/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void feed_init(struct feed *f)
{
	memset(f, 0, sizeof(*f));
	f->fd = -1;
}

bool feed_open(struct feed *f, int fd, enum head_coding coding)
{
	int flags = fcntl(fd, F_GETFL);

	feed_init(f);
	f->fd = fd;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		feed_close(f);
		return false;
	}
	if (coding != CODING_ZLIB)
		return true;
	f->unpack = unpack_new();
	f->block = malloc(FEED_BLOCK);
	if (f->unpack != NULL && f->block != NULL)
		return true;
	feed_close(f);
	return false;
}

static enum feed_result put(int fd, const char **data, size_t *len)
{
	while (*len > 0) {
		ssize_t n = write(fd, *data, *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? FEED_WAIT : FEED_CLOSED;
		*data += n;
		*len -= (size_t)n;
	}
	return FEED_OK;
}

/* What was unpacked and did not go in. */
static enum feed_result put_waiting(struct feed *f)
{
	const char *at = f->block + f->at;
	size_t left = f->len - f->at;
	enum feed_result result = put(f->fd, &at, &left);

	f->at = f->len - left;
	return result;
}

enum feed_result feed_add(struct feed *f, const char **data, size_t *len)
{
	enum feed_result result;

	if (f->unpack == NULL)
		return put(f->fd, data, len);
	for (;;) {
		result = put_waiting(f);
		if (result != FEED_OK || (*len == 0 && f->len < FEED_BLOCK))
			return result;
		f->at = 0;
		f->len = 0;
		if (!unpack_some(f->unpack, data, len, f->block, FEED_BLOCK, &f->len))
			return FEED_BROKEN;
	}
}

enum feed_result feed_end(struct feed *f)
{
	const char *nothing = "";
	size_t none = 0;
	enum feed_result result = feed_add(f, &nothing, &none);

	if (result != FEED_OK)
		return result;
	if (f->unpack != NULL && !unpack_ended(f->unpack))
		return FEED_BROKEN;
	feed_close(f);
	return FEED_OK;
}

void feed_close(struct feed *f)
{
	if (f->fd >= 0)
		close(f->fd);
	unpack_free(f->unpack);
	free(f->block);
	feed_init(f);
}
