#include "fake_keeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static char out[REPLY_SIZE];

/* told: the keeper still has a question open, and hears of the end. */
static void cut(struct fake *f, const char *text, const char *path, bool told)
{
	unsigned gone = fake_count(f, Q_GONE, path);
	unsigned asked = fake_count(f, Q_REQUEST, path);
	int fd = fake_connect(f);

	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	assert_true(fake_wait(f, Q_REQUEST, path, asked + 1));
	close(fd);
	assert_true(fake_wait(f, Q_GONE, path, gone + told));
}

/* Under AddressSanitizer the program ends with an error when memory is left. */
static void everything_once(bool tls)
{
	const struct fake_options o = {.tls = tls, .program = GATEHOUSE_UNLOCKED};
	struct fake *f = fake_start(&o);

	curl(f, out, sizeof(out), "%U/hello", "%U/status/404", "%U/stream/100000", "%U/file/1000",
	     "%U/broken/100000", "%U/instead", "%U/lost", "-o", "/dev/null", NULL);
	curl(f, out, sizeof(out), "-I", "%U/stream/100000", NULL);
	curl(f, out, sizeof(out), "-d", "abc", "%U/hello", "%U/collect/100", NULL);
	curl(f, out, sizeof(out), "-d", "abc", "-H", "Transfer-Encoding: chunked", "%U/push",
	     "%U/collect/100", "%U/collect/1", "%U/rest/1", "%U/dying", "%U/chatty",
	     "%U/instead-push", "%U/status/403", NULL);
	curl(f, out, sizeof(out), "-d", "abc", "-H", "Content-Encoding: gzip", "%U/hello", NULL);
	curl(f, out, sizeof(out), "-d", "abc", "-H", "Content-Encoding: gzip", "-H",
	     "Transfer-Encoding: chunked", "%U/push", "%U/collect/10", NULL);
	curl(f, out, sizeof(out), "-H", "Host: a", "-H", "Host: b", "-X", "BREW", "%U/hello", NULL);
	if (!tls) {
		cut(f, "GET /never HTTP/1.1\r\nHost: x\r\n\r\n", "/never", true);
		cut(f, "GET /trickle HTTP/1.1\r\nHost: x\r\n\r\n", "/trickle", true);
		cut(f, "POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc",
		    "/push", true);
		cut(f,
		    "POST /push HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
		    "Content-Length: 100000\r\n\r\n",
		    "/push", true);
		cut(f,
		    "POST /collect/9 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
		    "chunked\r\n\r\n3\r\nabc\r\n",
		    "/collect/9", false);
	}
	assert_int_equal(curl(f, out, sizeof(out), "%U/hello", NULL), 0);
	assert_string_equal(out, "hello\n");
	fake_stop(f);
}

static void plain(void **state)
{
	(void)state;
	everything_once(false);
}

static void over_tls(void **state)
{
	(void)state;
	everything_once(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"nothing is left after one exchange of every kind", plain, NULL, NULL, NULL},
	        {"nothing is left after the same over TLS", over_tls, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire: leaks", tests, NULL, NULL);
}
