#include "fake_keeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char out[REPLY_SIZE];

static void has(const char *text)
{
	if (strstr(out, text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, out);
}

/* A file with the first bytes of the pattern; the name is the caller's. */
static void make_file(char *name, uint64_t bytes)
{
	FILE *file;
	int fd;

	snprintf(name, 32, "/tmp/wire-body-XXXXXX");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	for (uint64_t i = 0; i < bytes; i++)
		putc(pattern_byte(i), file);
	assert_int_equal(fclose(file), 0);
}

static void says_sum(const char *before, uint64_t bytes)
{
	char expected[160];

	snprintf(expected, sizeof(expected), "%s%llu bytes, sum %llu\n", before,
	         (unsigned long long)bytes, (unsigned long long)pattern_sum(bytes));
	has(expected);
}

static void get_and_head(void **state)
{
	struct fake *f = fake_start(NULL);
	struct seen seen;

	(void)state;
	assert_int_equal(curl(f, out, sizeof(out), "-i", "-H", "Git-Protocol: version=2", "-u",
	                      "ann:pw", "%U/hello?x=%2f%00", NULL),
	                 0);
	has("HTTP/1.1 200");
	has("hello\n");
	has("Content-Length: 6");
	assert_true(fake_last(f, "/hello?x=%2f%00", &seen));
	assert_int_equal(seen.body, BODY_NONE);
	assert_string_equal(fake_field(f, TAG_METHOD, 0), "GET");
	assert_string_equal(fake_field(f, TAG_GIT_PROTOCOL, 0), "version=2");
	assert_string_equal(fake_field(f, TAG_AUTHORIZATION, 0), "Basic YW5uOnB3");
	assert_string_equal(fake_field(f, TAG_ADDRESS, 0), "127.0.0.1");
	assert_int_equal(curl(f, out, sizeof(out), "-I", "%U/hello", NULL), 0);
	has("HTTP/1.1 200");
	has("Content-Length: 6");
	assert_null(strstr(out, "hello"));
	/* a whole answer was the last word */
	assert_int_equal(fake_count(f, Q_GONE, NULL), 0);
	fake_stop(f);
}

static void keeps_connections(void **state)
{
	struct fake *f = fake_start(NULL);

	(void)state;
	assert_int_equal(curl(f, out, sizeof(out), "-w", "<%{num_connects}>", "%U/hello",
	                      "%U/status/401", "%U/status/404", "%U/stream/100000", "-o",
	                      "/dev/null", "-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null",
	                      NULL),
	                 0);
	assert_string_equal(out, "<1><0><0><0>");
	assert_int_equal(curl(f, out, sizeof(out), "-w", "<%{num_connects}>", "-d", "0000",
	                      "%U/collect/10", "%U/collect/10", "-o", "/dev/null", "-o",
	                      "/dev/null", NULL),
	                 0);
	assert_string_equal(out, "<1><0>");
	assert_int_equal(curl(f, out, sizeof(out), "-w", "<%{num_connects}>", "-d", "0000", "-H",
	                      "Transfer-Encoding: chunked", "%U/collect/10", "%U/push", "-o",
	                      "/dev/null", "-o", "/dev/null", NULL),
	                 0);
	assert_string_equal(out, "<1><0>");
	fake_stop(f);
}

static void small_bodies(void **state)
{
	struct fake *f = fake_start(NULL);
	struct seen seen;
	char name[32], arg[40];

	(void)state;
	make_file(name, 60000);
	snprintf(arg, sizeof(arg), "@%s", name);
	assert_int_equal(curl(f, out, sizeof(out), "--data-binary", arg, "%U/hello", NULL), 0);
	says_sum("", 60000);
	assert_true(fake_last(f, "/hello", &seen));
	assert_int_equal(seen.body, BODY_WHOLE);
	assert_int_equal(fake_count(f, Q_REQUEST, "/hello"), 1);
	unlink(name);
	fake_stop(f);
}

static void large_bodies(void **state)
{
	struct fake *f = fake_start(NULL);
	char name[32], arg[40];

	(void)state;
	make_file(name, 3000000);
	snprintf(arg, sizeof(arg), "@%s", name);
	assert_int_equal(
	        curl(f, out, sizeof(out), "--data-binary", arg, "%U/collect/4000000", NULL), 0);
	says_sum("", 3000000);
	assert_int_equal(curl(f, out, sizeof(out), "-H", "Transfer-Encoding: chunked",
	                      "--data-binary", arg, "%U/push", NULL),
	                 0);
	says_sum("", 3000000);
	assert_int_equal(curl(f, out, sizeof(out), "-H", "Expect: 100-continue", "--data-binary",
	                      arg, "%U/push", NULL),
	                 0);
	says_sum("", 3000000);
	assert_int_equal(curl(f, out, sizeof(out), "--data-binary", arg, "%U/rest/1000", NULL), 0);
	says_sum("start of ", 1000);
	assert_int_equal(curl(f, out, sizeof(out), "--data-binary", arg, "%U/rest/4000000", NULL),
	                 0);
	says_sum("", 3000000);
	unlink(name);
	fake_stop(f);
}

static void too_long_bodies(void **state)
{
	struct fake *f = fake_start(NULL);
	char name[32], arg[40];

	(void)state;
	make_file(name, 3000000);
	snprintf(arg, sizeof(arg), "@%s", name);
	assert_int_equal(
	        curl(f, out, sizeof(out), "-i", "--data-binary", arg, "%U/collect/1000", NULL), 0);
	has("HTTP/1.1 413");
	assert_int_equal(curl(f, out, sizeof(out), "-i", "-H", "Transfer-Encoding: chunked",
	                      "--data-binary", arg, "%U/collect/1000", NULL),
	                 0);
	has("HTTP/1.1 413");
	has("too long");
	assert_int_equal(fake_count(f, Q_GONE, NULL), 0);
	unlink(name);
	fake_stop(f);
}

static void packed_bodies(void **state)
{
	struct fake *f = fake_start(NULL);
	char name[32], arg[64], zipped[48], command[160];
	char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", command, NULL};

	(void)state;
	make_file(name, 400000);
	snprintf(zipped, sizeof(zipped), "%s.gz", name);
	snprintf(arg, sizeof(arg), "@%s", zipped);
	snprintf(command, sizeof(command), "gzip -9 -c %s > %s", name, zipped);
	assert_int_equal(run(argv, out, sizeof(out)), 0);
	assert_int_equal(curl(f, out, sizeof(out), "-H", "Content-Encoding: gzip", "--data-binary",
	                      arg, "%U/hello", NULL),
	                 0);
	says_sum("", 400000);
	assert_int_equal(curl(f, out, sizeof(out), "-H", "Content-Encoding: gzip", "-H",
	                      "Transfer-Encoding: chunked", "--data-binary", arg, "%U/push", NULL),
	                 0);
	says_sum("", 400000);
	assert_int_equal(curl(f, out, sizeof(out), "-H", "Content-Encoding: gzip", "-H",
	                      "Transfer-Encoding: chunked", "--data-binary", arg,
	                      "%U/collect/500000", NULL),
	                 0);
	says_sum("", 400000);
	assert_int_equal(curl(f, out, sizeof(out), "-i", "-H", "Content-Encoding: gzip", "-H",
	                      "Transfer-Encoding: chunked", "--data-binary", arg,
	                      "%U/collect/300000", NULL),
	                 0);
	has("HTTP/1.1 413");
	assert_int_equal(curl(f, out, sizeof(out), "-i", "-H", "Content-Encoding: gzip", "-d",
	                      "this is not packed", "%U/hello", NULL),
	                 0);
	has("HTTP/1.1 400");
	unlink(name);
	unlink(zipped);
	fake_stop(f);
}

static void refuses_unread(void **state)
{
	struct fake *f = fake_start(NULL);
	char name[32], arg[40];

	(void)state;
	make_file(name, 30000000);
	snprintf(arg, sizeof(arg), "@%s", name);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(curl(f, out, sizeof(out), "-i", "-H", "Transfer-Encoding: chunked",
		                      "-H", "Expect:", "--data-binary", arg, "%U/status/403", NULL),
		                 0);
		has("HTTP/1.1 403");
		has("a refusal");
	}
	assert_int_equal(curl(f, out, sizeof(out), "-i", "-H", "Expect: 100-continue",
	                      "--data-binary", arg, "%U/status/401", NULL),
	                 0);
	has("HTTP/1.1 401");
	assert_null(strstr(out, "100 Continue"));
	unlink(name);
	fake_stop(f);
}

/* The child says more than its pipe holds before it reads: a server that is
 * busy with the body alone would wait for ever. */
static void chatty_children(void **state)
{
	struct fake *f = fake_start(NULL);
	char name[32], arg[40];

	(void)state;
	make_file(name, 3000000);
	snprintf(arg, sizeof(arg), "@%s", name);
	assert_int_equal(curl(f, out, sizeof(out), "-H", "Transfer-Encoding: chunked",
	                      "--data-binary", arg, "-o", "/dev/null", "-w",
	                      "%{http_code} %{size_download}", "%U/chatty", NULL),
	                 0);
	assert_string_equal(out, "200 300000");
	unlink(name);
	fake_stop(f);
}

static void dying_children(void **state)
{
	struct fake *f = fake_start(NULL);
	char name[32], arg[40];

	(void)state;
	make_file(name, 3000000);
	snprintf(arg, sizeof(arg), "@%s", name);
	assert_int_equal(curl(f, out, sizeof(out), "--data-binary", arg, "%U/dying", NULL), 0);
	assert_string_equal(out, "died\n");
	assert_int_equal(
	        curl(f, out, sizeof(out), "-i", "--data-binary", arg, "%U/instead-push", NULL), 0);
	has("HTTP/1.1 503");
	has("another answer");
	unlink(name);
	fake_stop(f);
}

static void bounded_memory(void **state)
{
	const struct fake_options o = {.memory = 100000};
	struct fake *f = fake_start(&o);
	char name[32], arg[40];

	(void)state;
	make_file(name, 3000000);
	snprintf(arg, sizeof(arg), "@%s", name);
	assert_int_equal(
	        curl(f, out, sizeof(out), "-i", "--data-binary", arg, "%U/collect/4000000", NULL),
	        0);
	has("HTTP/1.1 503");
	assert_int_equal(curl(f, out, sizeof(out), "-d", "small", "%U/hello", NULL), 0);
	has("5 bytes");
	unlink(name);
	fake_stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"GET and HEAD reach the keeper as they came and are answered", get_and_head, NULL,
	         NULL, NULL},
	        {"connections are kept after answers, refusals, streams and collected bodies",
	         keeps_connections, NULL, NULL, NULL},
	        {"a small body comes with the first question in a sealed file", small_bodies, NULL,
	         NULL, NULL},
	        {"a large body is collected or streamed as the keeper says", large_bodies, NULL,
	         NULL, NULL},
	        {"a body longer than the keeper's limit is refused with 413", too_long_bodies, NULL,
	         NULL, NULL},
	        {"gzip'd bodies are unpacked within the limit", packed_bodies, NULL, NULL, NULL},
	        {"a refusal reaches a client that is still sending", refuses_unread, NULL, NULL,
	         NULL},
	        {"a child that speaks before it reads does not stop the upload", chatty_children,
	         NULL, NULL, NULL},
	        {"a child that dies in the upload still gives its answer", dying_children, NULL,
	         NULL, NULL},
	        {"all collected bodies together stay within their memory", bounded_memory, NULL,
	         NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire: requests", tests, NULL, NULL);
}
