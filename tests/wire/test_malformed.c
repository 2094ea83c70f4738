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

#define TEXT(t) t, sizeof(t) - 1

/* status 0: closed without an answer is fine too (the library's own way). */
static const struct {
	const char *what, *text;
	size_t len;
	int status;
} cases[] = {
        {"two Content-Length",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
              "Content-Length: 3\r\n\r\nabc"),
         400},
        {"Content-Length and Transfer-Encoding",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
         400},
        {"a list in Content-Length",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc"), 400},
        {"a signed Content-Length",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc"), 400},
        {"Transfer-Encoding gzip",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc"), 400},
        {"Transfer-Encoding twice",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
         400},
        {"Transfer-Encoding in HTTP/1.0",
         TEXT("POST /hello HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
         400},
        {"two Host", TEXT("GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), 400},
        {"no Host", TEXT("GET /hello HTTP/1.1\r\n\r\n"), 400},
        {"a space before the colon", TEXT("GET /hello HTTP/1.1\r\nHost: x\r\nX-Y : 1\r\n\r\n"),
         400},
        {"Content-Length with a space",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc"), 400},
        {"a NUL in the target", TEXT("GET /hello\0x HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"a control byte in the target", TEXT("GET /hel\x01lo HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"a tab in the target", TEXT("GET /hel\tlo HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"a space in the target", TEXT("GET /hel lo HTTP/1.1\r\nHost: x\r\n\r\n"), 0},
        {"a target that is a star", TEXT("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"a target without a slash", TEXT("GET hello HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"a target of another scheme", TEXT("GET ftp://x/hello HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"a target with a user", TEXT("GET http://u@x/hello HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"no target", TEXT("GET\r\nHost: x\r\n\r\n"), 0},
        {"a control byte in a header", TEXT("GET /hello HTTP/1.1\r\nHost: x\r\nX: a\x02z\r\n\r\n"),
         400},
        {"a carriage return in a header",
         TEXT("GET /hello HTTP/1.1\r\nHost: x\r\nX: a\rHost: y\r\n\r\n"), 400},
        {"a header without a colon", TEXT("GET /hello HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n"),
         400},
        {"TRACE", TEXT("TRACE /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 405},
        {"CONNECT", TEXT("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"), 405},
        {"an unknown method", TEXT("BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 501},
        {"a lower-case method", TEXT("get /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 501},
        {"an unknown Expect", TEXT("GET /hello HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n"), 417},
        {"an unknown Content-Encoding",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: "
              "3\r\n\r\nabc"),
         415},
        {"two Content-Encoding",
         TEXT("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip, gzip\r\nContent-Length: "
              "3\r\n\r\nabc"),
         415},
        {"HTTP/2.0 as a version", TEXT("GET /hello HTTP/2.0\r\nHost: x\r\n\r\n"), 0},
};

static void refused(void **state)
{
	struct fake *f = fake_start(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char start[32];

		talk(f, cases[i].text, cases[i].len, out, sizeof(out));
		snprintf(start, sizeof(start), "HTTP/1.1 %d ", cases[i].status);
		if (cases[i].status != 0 && strncmp(out, start, strlen(start)) != 0)
			fail_msg("%s: not %d but: %s", cases[i].what, cases[i].status, out);
		if (cases[i].status == 0 && strncmp(out, "HTTP/1.1 2", 10) == 0)
			fail_msg("%s: was served", cases[i].what);
		if (cases[i].status != 0 && strcasestr(out, "Connection: close") == NULL)
			fail_msg("%s: the connection is kept: %s", cases[i].what, out);
		if (fake_count(f, Q_REQUEST, NULL) != 0)
			fail_msg("%s: the keeper was asked", cases[i].what);
	}
	fake_stop(f);
}

/* In the middle of a body the exchange has begun: it ends, once. */
static void broken_chunks(void **state)
{
	static const char *const paths[] = {"/push", "/collect/1000", "/never"};
	static const unsigned gone[] = {1, 0, 1}; /* A_COLLECT leaves no question open */
	struct fake *f = fake_start(NULL);
	char text[200];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		unsigned before = fake_count(f, Q_GONE, NULL);
		int len =
		        snprintf(text, sizeof(text),
		                 "POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		                 "3\r\nabc\r\nzz\r\n",
		                 paths[i]);

		if (i == 2) { /* sleeping: it ends when the client goes */
			int fd = fake_connect(f);

			assert_int_equal(send(fd, text, (size_t)len, 0), len);
			assert_true(fake_wait(f, Q_REQUEST, paths[i], 1));
			close(fd);
		} else {
			talk(f, text, (size_t)len, out, sizeof(out));
			assert_null(strstr(out, "200 OK"));
		}
		assert_true(fake_wait(f, Q_GONE, NULL, before + gone[i]));
		assert_int_equal(fake_count(f, Q_GONE, NULL), before + gone[i]);
	}
	fake_stop(f);
}

/* A second request hidden in the first must not be served. */
static void not_smuggled(void **state)
{
	struct fake *f = fake_start(NULL);
	const char text[] = "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 44\r\n"
	                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	                    "GET /status/418 HTTP/1.1\r\nHost: x\r\n\r\n";

	(void)state;
	talk(f, text, sizeof(text) - 1, out, sizeof(out));
	assert_null(strstr(out, "418"));
	assert_int_equal(fake_count(f, Q_REQUEST, NULL), 0);
	fake_stop(f);
}

static void long_heads(void **state)
{
	struct fake *f = fake_start(NULL);
	char *text = malloc(200000);
	size_t len;

	(void)state;
	len = (size_t)snprintf(text, 200000, "GET /hello HTTP/1.1\r\nHost: x\r\nX-Long: ");
	memset(text + len, 'a', 100000);
	len += 100000;
	len += (size_t)snprintf(text + len, 200000 - len, "\r\n\r\n");
	talk(f, text, len, out, sizeof(out));
	assert_null(strstr(out, "hello"));
	len = (size_t)snprintf(text, 200000, "GET /");
	memset(text + len, 'b', 100000);
	len += 100000;
	len += (size_t)snprintf(text + len, 200000 - len, " HTTP/1.1\r\nHost: x\r\n\r\n");
	talk(f, text, len, out, sizeof(out));
	assert_null(strstr(out, "200 OK"));
	assert_int_equal(fake_count(f, Q_REQUEST, NULL), 0);
	free(text);
	fake_stop(f);
}

static void unusual_but_right(void **state)
{
	struct fake *f = fake_start(NULL);
	const char absolute[] = "GET http://other.example:81/hello?a=b HTTP/1.1\r\nHost: "
	                        "x\r\nConnection: close\r\n\r\n";
	const char two[] = "GET /hello HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YQ==\r\n"
	                   "authorization: Bearer b\r\nX-Forwarded-For: 1.2.3.4\r\n"
	                   "x-forwarded-for: 5.6.7.8\r\nVia: 1.1 p\r\nConnection: close\r\n\r\n";
	const char escaped[] =
	        "GET /hello/%2e%2e/%00?a=%20+ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	const char old[] = "GET /hello HTTP/1.0\r\n\r\n";

	(void)state;
	talk(f, absolute, sizeof(absolute) - 1, out, sizeof(out));
	assert_non_null(strstr(out, "200 OK"));
	assert_string_equal(fake_field(f, TAG_HOST, 0), "other.example:81");
	assert_string_equal(fake_field(f, TAG_TARGET, 0), "/hello?a=b");
	talk(f, two, sizeof(two) - 1, out, sizeof(out));
	assert_non_null(strstr(out, "200 OK"));
	assert_string_equal(fake_field(f, TAG_AUTHORIZATION, 0), "Basic YQ==");
	assert_string_equal(fake_field(f, TAG_AUTHORIZATION, 1), "Bearer b");
	assert_string_equal(fake_field(f, TAG_FORWARDED_FOR, 0), "1.2.3.4, 5.6.7.8");
	assert_string_not_equal(fake_field(f, TAG_FORWARDED_OTHER, 0), "");
	talk(f, escaped, sizeof(escaped) - 1, out, sizeof(out));
	assert_string_equal(fake_field(f, TAG_TARGET, 0), "/hello/%2e%2e/%00?a=%20+");
	talk(f, old, sizeof(old) - 1, out, sizeof(out));
	assert_non_null(strstr(out, "200 OK"));
	fake_stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"malformed requests are refused, closed, and never asked about", refused, NULL,
	         NULL, NULL},
	        {"a request hidden behind two lengths is not served", not_smuggled, NULL, NULL,
	         NULL},
	        {"a broken chunk ends its exchange, once", broken_chunks, NULL, NULL, NULL},
	        {"a head longer than its limit is refused", long_heads, NULL, NULL, NULL},
	        {"unusual but right requests arrive as they came", unusual_but_right, NULL, NULL,
	         NULL},
	};

	return cmocka_run_group_tests_name("wire: malformed requests", tests, NULL, NULL);
}
