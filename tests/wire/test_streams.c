#include "fake_keeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define CURL_PARTIAL 18
#define CURL_REFUSED 56 /* or 52: the connection ended in the answer */
#define MUCH 200000000
#define GROWTH 8192 /* KB */

static char out[REPLY_SIZE];

static void pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static void has(const char *text)
{
	if (strstr(out, text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, out);
}

static void whole_streams(void **state)
{
	struct fake *f = fake_start(NULL);

	(void)state;
	assert_int_equal(curl(f, out, sizeof(out), "%U/stream/0", NULL), 0);
	assert_string_equal(out, "start:");
	assert_int_equal(curl(f, out, sizeof(out), "-o", "/dev/null", "-w", "%{size_download}",
	                      "%U/stream/1000000", NULL),
	                 0);
	assert_string_equal(out, "1000006");
	assert_int_equal(curl(f, out, sizeof(out), "-0", "-o", "/dev/null", "-w",
	                      "%{size_download}", "%U/stream/1000000", NULL),
	                 0);
	assert_string_equal(out, "1000006");
	assert_int_equal(curl(f, out, sizeof(out), "-o", "/dev/null", "-w", "%{size_download}",
	                      "%U/file/1000000", NULL),
	                 0);
	assert_string_equal(out, "1000006");
	fake_stop(f);
}

static void right_bytes(void **state)
{
	struct fake *f = fake_start(NULL);

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(curl(f, out, sizeof(out),
		                      i == 0 ? "%U/stream/50000" : "%U/file/50000", "-o",
		                      "/tmp/wire-got", NULL),
		                 0);
		FILE *file = fopen("/tmp/wire-got", "r");
		assert_non_null(file);
		assert_int_equal(fseek(file, 6, SEEK_SET), 0);
		for (uint64_t n = 0; n < 50000; n++)
			assert_int_equal(getc(file), pattern_byte(n));
		assert_int_equal(getc(file), EOF);
		fclose(file);
		unlink("/tmp/wire-got");
	}
	fake_stop(f);
}

static void flat_memory(void **state)
{
	struct fake *f = fake_start(NULL);
	long before, after;
	char name[] = "/tmp/wire-big-XXXXXX", arg[40];
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, MUCH), 0);
	close(fd);
	assert_int_equal(curl(f, out, sizeof(out), "-o", "/dev/null", "%U/stream/1000000", NULL),
	                 0);
	assert_int_equal(curl(f, out, sizeof(out), "-o", "/dev/null", "-d", "x", "-H",
	                      "Transfer-Encoding: chunked", "%U/push", NULL),
	                 0);
	before = fake_memory(f);
	assert_int_equal(curl(f, out, sizeof(out), "-o", "/dev/null", "-w", "%{size_download}",
	                      "%U/stream/200000000", NULL),
	                 0);
	assert_string_equal(out, "200000006");
	after = fake_memory(f);
	if (after > before + GROWTH)
		fail_msg("memory grew from %ld to %ld KB by a download", before, after);
	snprintf(arg, sizeof(arg), "%s", name);
	assert_int_equal(curl(f, out, sizeof(out), "-T", arg, "%U/push", NULL), 0);
	has("200000000 bytes");
	after = fake_memory(f);
	if (after > before + GROWTH)
		fail_msg("memory grew from %ld to %ld KB by an upload", before, after);
	unlink(name);
	fake_stop(f);
}

static void broken_streams(void **state)
{
	struct fake *f = fake_start(NULL);
	int rc;

	(void)state;
	rc = curl(f, out, sizeof(out), "-o", "/dev/null", "%U/broken/3000000", NULL);
	if (rc != CURL_PARTIAL && rc != CURL_REFUSED)
		fail_msg("curl took a broken stream for whole: %d %s", rc, out);
	assert_int_equal(curl(f, out, sizeof(out), "-i", "%U/instead", NULL), 0);
	has("HTTP/1.1 503");
	has("another answer");
	assert_null(strstr(out, "start:"));
	assert_int_equal(curl(f, out, sizeof(out), "-i", "%U/lost", NULL), 0);
	has("HTTP/1.1 502");
	assert_int_equal(curl(f, out, sizeof(out), "%U/hello", NULL), 0);
	assert_string_equal(out, "hello\n");
	fake_stop(f);
}

/* Twenty clients that read nothing; another is served beside them. */
static void slow_readers(void **state)
{
	const char ask[] = "GET /stream/50000000 HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fake *f = fake_start(NULL);
	int fds[20];

	(void)state;
	for (int i = 0; i < 20; i++) {
		fds[i] = fake_connect(f);
		assert_int_equal(send(fds[i], ask, sizeof(ask) - 1, 0), sizeof(ask) - 1);
	}
	assert_true(fake_wait(f, Q_REQUEST, "/stream/50000000", 20));
	assert_int_equal(curl(f, out, sizeof(out), "-o", "/dev/null", "-w", "%{size_download}",
	                      "%U/stream/10000000", NULL),
	                 0);
	assert_string_equal(out, "10000006");
	for (int i = 0; i < 20; i++)
		close(fds[i]);
	assert_true(fake_wait(f, Q_GONE, "/stream/50000000", 20));
	pause_ms(100);
	assert_int_equal(fake_count(f, Q_GONE, "/stream/50000000"), 20);
	fake_stop(f);
}

static void gone_clients(void **state)
{
	/* the keeper is told of all but one that it has told to collect */
	const bool told[] = {true, true, true, false, true};
	const char *const asks[] = {
	        "GET /never HTTP/1.1\r\nHost: x\r\n\r\n",
	        "GET /trickle HTTP/1.1\r\nHost: x\r\n\r\n",
	        "POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
	        "POST /collect/100000000 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
	        "POST /never HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
	};
	struct fake *f = fake_start(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		unsigned before = fake_count(f, Q_GONE, NULL);
		unsigned asked = fake_count(f, Q_REQUEST, NULL);
		int fd = fake_connect(f);

		assert_int_equal(send(fd, asks[i], strlen(asks[i]), 0), strlen(asks[i]));
		assert_true(fake_wait(f, Q_REQUEST, NULL, asked + 1));
		pause_ms(100);
		assert_int_equal(fake_count(f, Q_GONE, NULL), before);
		close(fd);
		if (!fake_wait(f, Q_GONE, NULL, before + told[i]))
			fail_msg("the keeper did not hear that the client of %.20s is gone",
			         asks[i]);
		pause_ms(50);
		assert_int_equal(fake_count(f, Q_GONE, NULL), before + told[i]);
	}
	fake_stop(f);
}

/* First bytes go out before the rest is there. */
static void trickling_streams(void **state)
{
	const char ask[] = "GET /trickle HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fake *f = fake_start(NULL);
	size_t len = 0;
	ssize_t n;
	int fd = fake_connect(f);

	(void)state;
	assert_int_equal(send(fd, ask, sizeof(ask) - 1, 0), sizeof(ask) - 1);
	while (strstr(out, "1\r\na\r\n") == NULL) {
		n = recv(fd, out + len, sizeof(out) - len - 1, 0);
		assert_true(n > 0);
		len += (size_t)n;
		out[len] = '\0';
	}
	fake_release(f);
	while (strstr(out, "1\r\nb\r\n0\r\n\r\n") == NULL) {
		n = recv(fd, out + len, sizeof(out) - len - 1, 0);
		assert_true(n > 0);
		len += (size_t)n;
		out[len] = '\0';
	}
	close(fd);
	fake_stop(f);
}

/* Not one byte may follow the head: it would be taken for the next answer. */
static void head_of_stream(void **state)
{
	const char ask[] = "HEAD /stream/1000000 HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fake *f = fake_start(NULL);
	size_t len = talk(f, ask, sizeof(ask) - 1, out, sizeof(out));

	(void)state;
	has("HTTP/1.1 200");
	has("Connection: close");
	assert_true(len > 4);
	assert_ptr_equal(strstr(out, "\r\n\r\n"), out + len - 4);
	assert_true(fake_wait(f, Q_GONE, "/stream/1000000", 1));
	fake_stop(f);
}

/* Many at once, of every kind, some of them cut: nothing may stick or leak. */
static void many_at_once(void **state)
{
	const struct fake_options o = {.connections = 500, .per_address = 500};
	struct fake *f = fake_start(&o);
	char urls[] = "%U/hello";

	(void)state;
	for (int round = 0; round < 10; round++) {
		int fds[30];

		for (int i = 0; i < 30; i++) {
			const char *ask =
			        i % 3 == 0   ? "GET /stream/3000000 HTTP/1.1\r\nHost: x\r\n\r\n"
			        : i % 3 == 1 ? "POST /push HTTP/1.1\r\nHost: x\r\n"
			                       "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
			                     : "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
			                       "GET /status/404 HTTP/1.1\r\nHost: x\r\n\r\n";

			fds[i] = fake_connect(f);
			assert_int_equal(send(fds[i], ask, strlen(ask), 0), strlen(ask));
		}
		for (int i = 0; i < 30; i++) {
			if (i % 2 == 0 && recv(fds[i], out, 1000, MSG_DONTWAIT) < 0)
				out[0] = '\0';
			close(fds[i]);
		}
	}
	assert_int_equal(curl(f, out, sizeof(out), urls, NULL), 0);
	assert_string_equal(out, "hello\n");
	fake_stop(f); /* ends only when no exchange is left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"streams arrive whole, from pipes and files, in HTTP/1.1 and 1.0", whole_streams,
	         NULL, NULL, NULL},
	        {"streams arrive byte for byte", right_bytes, NULL, NULL, NULL},
	        {"200 MB down and up leave the memory flat", flat_memory, NULL, NULL, NULL},
	        {"a broken stream is seen as broken, or answered otherwise", broken_streams, NULL,
	         NULL, NULL},
	        {"clients that read nothing stop nobody else", slow_readers, NULL, NULL, NULL},
	        {"the keeper hears once of every client that goes away", gone_clients, NULL, NULL,
	         NULL},
	        {"the first bytes of a stream do not wait for the last", trickling_streams, NULL,
	         NULL, NULL},
	        {"HEAD of a stream has a head and not a byte more", head_of_stream, NULL, NULL,
	         NULL},
	        {"many clients of every kind, half of them cut, leave nothing behind", many_at_once,
	         NULL, NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire: streams", tests, NULL, NULL);
}
