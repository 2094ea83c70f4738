#include "wire/feed.h"

#include "pack.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define BIG 400000

static char plain[BIG], packed[BIG + 1000], got[BIG + 1000];

static size_t read_ready(int fd, size_t at)
{
	ssize_t n;

	while ((n = read(fd, got + at, sizeof(got) - at)) > 0)
		at += (size_t)n;
	return at;
}

/* Feeds all, reading only when the pipe is full. */
static enum feed_result feed_all(const char *data, size_t len, enum head_coding coding, size_t *out,
                                 unsigned *waits)
{
	enum feed_result result;
	struct feed f;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(feed_open(&f, ends[1], coding));
	*out = 0;
	*waits = 0;
	while ((result = feed_add(&f, &data, &len)) == FEED_WAIT) {
		(*waits)++;
		*out = read_ready(ends[0], *out);
	}
	assert_true(result != FEED_OK || len == 0);
	while (result == FEED_OK && (result = feed_end(&f)) == FEED_WAIT) {
		(*waits)++;
		*out = read_ready(ends[0], *out);
		result = FEED_OK;
	}
	*out = read_ready(ends[0], *out);
	if (result == FEED_OK) { /* closed: the reader sees the end */
		char byte;

		assert_int_equal(read(ends[0], &byte, 1), 0);
	}
	feed_close(&f);
	close(ends[0]);
	return result;
}

static void set_up(void)
{
	for (size_t i = 0; i < BIG; i++)
		plain[i] = (char)(i * 2654435761u >> 13);
}

static void feeds_plain(void **state)
{
	unsigned waits;
	size_t out;

	(void)state;
	set_up();
	assert_int_equal(feed_all(plain, BIG, CODING_NONE, &out, &waits), FEED_OK);
	assert_int_equal(out, BIG);
	assert_memory_equal(got, plain, BIG);
	assert_true(waits > 0);
}

static void feeds_packed(void **state)
{
	unsigned waits;
	size_t out, len;

	(void)state;
	set_up();
	len = pack(plain, BIG, PACK_GZIP, packed, sizeof(packed));
	assert_int_equal(feed_all(packed, len, CODING_ZLIB, &out, &waits), FEED_OK);
	assert_int_equal(out, BIG);
	assert_memory_equal(got, plain, BIG);
	memset(plain, 0, BIG); /* all of it comes from the last input bytes */
	len = pack(plain, BIG, PACK_GZIP, packed, sizeof(packed));
	assert_int_equal(feed_all(packed, len, CODING_ZLIB, &out, &waits), FEED_OK);
	assert_int_equal(out, BIG);
	assert_int_equal(feed_all(packed, len / 2, CODING_ZLIB, &out, &waits), FEED_BROKEN);
	assert_int_equal(feed_all("no gzip at all", 14, CODING_ZLIB, &out, &waits), FEED_BROKEN);
}

static void sees_a_reader_go(void **state)
{
	const char *data = plain;
	size_t len = 10;
	struct feed f;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(feed_open(&f, ends[1], CODING_NONE));
	close(ends[0]);
	assert_int_equal(feed_add(&f, &data, &len), FEED_CLOSED);
	feed_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"a body goes into a pipe that is often full", feeds_plain, NULL, NULL, NULL},
	        {"a packed body is unpacked on the way", feeds_packed, NULL, NULL, NULL},
	        {"a pipe that nobody reads is told apart from a full one", sees_a_reader_go, NULL,
	         NULL, NULL},
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("wire/feed", tests, NULL, NULL);
}
