#include "wire/exchange_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

void out_open(struct exchange *ex, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	ex->out = fd;
	/* A file has an offset, and others may share it: read it by position. */
	ex->out_file = lseek(fd, 0, SEEK_CUR) >= 0;
	if (!ex->out_file && flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void out_close(struct exchange *ex)
{
	if (ex->out < 0)
		return;
	if (ex->out_watched)
		pump_unwatch(ex->wire, ex->out);
	ex->out_watched = false;
	close(ex->out);
	ex->out = -1;
}

static ssize_t read_some(struct exchange *ex, char *buffer, size_t size)
{
	ssize_t n;

	do {
		n = ex->out_file ? pread(ex->out, buffer, size, (off_t)ex->out_at)
		                 : read(ex->out, buffer, size);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		ex->out_at += (uint64_t)n;
	return n;
}

/* A pipe that can't be watched or read is broken. */
static void out_broken(struct exchange *ex)
{
	out_close(ex);
	ex->ended = true;
	ex->whole = false;
}

static void watch(struct exchange *ex)
{
	ex->out_watched = true;
	if (!pump_watch(ex->wire, ex->out, EPOLLIN, ex->node.key, EVENT_OUT))
		out_broken(ex);
}

static bool grow(struct exchange *ex, size_t most)
{
	size_t size = ex->spool_size == 0 ? WIRE_FIRST : ex->spool_size * 2;
	char *spool;

	if (ex->spool_len < ex->spool_size)
		return true;
	if (size > most)
		size = most;
	if (size <= ex->spool_len)
		return false;
	spool = realloc(ex->spool, size);
	if (spool == NULL)
		return false;
	ex->spool = spool;
	ex->spool_size = size;
	return true;
}

void out_fill(struct exchange *ex, size_t most)
{
	while (ex->out >= 0 && ex->spool_len < most && grow(ex, most)) {
		ssize_t n =
		        read_some(ex, ex->spool + ex->spool_len, ex->spool_size - ex->spool_len);

		if (n > 0) {
			ex->spool_len += (size_t)n;
		} else if (n == 0) {
			out_close(ex);
		} else if (errno == EAGAIN) {
			watch(ex);
			return;
		} else {
			out_broken(ex);
		}
	}
}

bool out_ready(struct exchange *ex)
{
	if (!ex->answer.stream)
		return true;
	if (ex->spool_len == 0 && ex->out >= 0)
		out_fill(ex, WIRE_FIRST);
	return ex->spool_len > 0 || (ex->out < 0 && ex->ended);
}

static size_t take(const char *from, size_t *at, size_t len, char *buffer, size_t size)
{
	size_t n = len - *at < size ? len - *at : size;

	memcpy(buffer, from + *at, n);
	*at += n;
	return n;
}

/* What lies in memory: the text before the stream, then the spool. */
static size_t take_ready(struct exchange *ex, char *buffer, size_t size)
{
	struct answer *a = &ex->answer;
	size_t n;

	if (a->prefix_at < a->prefix_len)
		return take(a->prefix, &a->prefix_at, a->prefix_len, buffer, size);
	if (ex->spool == NULL)
		return 0;
	n = take(ex->spool, &ex->spool_at, ex->spool_len, buffer, size);
	if (ex->spool_at == ex->spool_len) {
		free(ex->spool);
		ex->spool = NULL;
	}
	return n;
}

/* libmicrohttpd 0.9.75 forgets a connection that ends inside its reader: it
 * would be closed only when something else wakes that thread. One with a time
 * limit of its own is looked at again in any case. */
static ssize_t out_last(struct exchange *ex, ssize_t result)
{
	if (result == MHD_CONTENT_READER_END_WITH_ERROR || ex->old)
		MHD_set_connection_option(ex->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
	return result;
}

/* Nothing to read now: the end, or sleep. */
static ssize_t out_wait(struct exchange *ex)
{
	struct wire *w = ex->wire;
	ssize_t result = 0;

	pthread_mutex_lock(&w->lock);
	if (ex->dead || (ex->ended && !ex->whole)) {
		result = MHD_CONTENT_READER_END_WITH_ERROR;
	} else if (ex->out < 0 && ex->ended) {
		result = MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		exchange_no_deadline(ex);
		exchange_sleep(ex);
		if (ex->out >= 0)
			watch(ex);
		if (ex->ended && !ex->whole)
			exchange_wake(ex);
	}
	pthread_mutex_unlock(&w->lock);
	return result == 0 ? 0 : out_last(ex, result);
}

static bool out_cut(struct exchange *ex)
{
	bool cut;

	pthread_mutex_lock(&ex->wire->lock);
	cut = ex->dead || (ex->ended && !ex->whole);
	pthread_mutex_unlock(&ex->wire->lock);
	return cut;
}

static ssize_t next_piece(struct exchange *ex, char *buffer, size_t size)
{
	ssize_t n = 0;

	exchange_progress(ex);
	if (out_cut(ex))
		return out_last(ex, MHD_CONTENT_READER_END_WITH_ERROR);
	n = (ssize_t)take_ready(ex, buffer, size);
	if (n > 0)
		return n;
	if (ex->out >= 0) {
		n = read_some(ex, buffer, size);
		if (n > 0)
			return n;
		if (n == 0)
			out_close(ex);
		else if (errno != EAGAIN)
			return out_last(ex, MHD_CONTENT_READER_END_WITH_ERROR);
	}
	return out_wait(ex);
}

ssize_t out_read(void *arg, uint64_t at, char *buffer, size_t size)
{
	struct exchange *ex = arg;
	ssize_t n = next_piece(ex, buffer, size);

	(void)at;
	if (n > 0)
		count(ex->wire, COUNT_BYTES_OUT, (uint64_t)n);
	return n;
}
