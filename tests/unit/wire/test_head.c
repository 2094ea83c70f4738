#include "wire/head.h"

#include "base/question.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct field {
	const char *name, *value;
};

static unsigned judge(const struct field *fields, const char *method, const char *target,
                      const char *version, struct head *h)
{
	const struct head_refusal *refusal;

	memset(h, 0, sizeof(*h));
	for (; fields->name != NULL; fields++)
		head_field(h, fields->name, strlen(fields->name), fields->value,
		           strlen(fields->value));
	refusal = head_check(h, method, target, version);
	return refusal == NULL ? 0 : refusal->status;
}

#define MOST_FIELDS 12

static const struct {
	const char *what;
	struct field fields[MOST_FIELDS];
	unsigned status;
} rows[] = {
        {"one length", {{"Host", "x"}, {"Content-Length", "12"}}, 0},
        {"the same length twice",
         {{"Host", "x"}, {"Content-Length", "1"}, {"content-length", "1"}},
         400},
        {"an empty length", {{"Host", "x"}, {"Content-Length", ""}}, 400},
        {"a negative length", {{"Host", "x"}, {"Content-Length", "-1"}}, 400},
        {"a hexadecimal length", {{"Host", "x"}, {"Content-Length", "0x1"}}, 400},
        {"a length beyond all numbers",
         {{"Host", "x"}, {"Content-Length", "99999999999999999999999"}},
         400},
        {"a length with blanks behind", {{"Host", "x"}, {"Content-Length", "1 \t"}}, 0},
        {"chunked", {{"Host", "x"}, {"Transfer-Encoding", "Chunked"}}, 0},
        {"chunked and a length",
         {{"Host", "x"}, {"Transfer-Encoding", "chunked"}, {"Content-Length", "1"}},
         400},
        {"gzip, chunked", {{"Host", "x"}, {"Transfer-Encoding", "gzip, chunked"}}, 400},
        {"identity as transfer", {{"Host", "x"}, {"Transfer-Encoding", "identity"}}, 400},
        {"chunked twice",
         {{"Host", "x"}, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
         400},
        {"two hosts", {{"Host", "x"}, {"host", "x"}}, 400},
        {"no host", {{"Accept", "*/*"}}, 400},
        {"an empty name", {{"Host", "x"}, {"", "y"}}, 400},
        {"a blank in a name", {{"Host", "x"}, {"X Y", "y"}}, 400},
        {"a non-ASCII name", {{"Host", "x"}, {"X\xc3\xa4", "y"}}, 400},
        {"a newline in a value", {{"Host", "x"}, {"X", "a\nb"}}, 400},
        {"a tab in a value", {{"Host", "x"}, {"X", "a\tb"}}, 0},
        {"UTF-8 in a value", {{"Host", "x"}, {"X", "\xc3\xa4"}}, 0},
        {"gzip", {{"Host", "x"}, {"Content-Encoding", "GZIP"}}, 0},
        {"identity", {{"Host", "x"}, {"Content-Encoding", "identity"}}, 0},
        {"zstd", {{"Host", "x"}, {"Content-Encoding", "zstd"}}, 415},
        {"gzip twice",
         {{"Host", "x"}, {"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}},
         415},
        {"identity and br",
         {{"Host", "x"}, {"Content-Encoding", "identity"}, {"Content-Encoding", "br"}},
         415},
        {"expecting to go on", {{"Host", "x"}, {"Expect", "100-Continue"}}, 0},
        {"expecting more", {{"Host", "x"}, {"Expect", "200-ok"}}, 417},
        {"nine forwarded",
         {{"Host", "x"},
          {"X-Forwarded-For", "1"},
          {"X-Forwarded-For", "2"},
          {"X-Forwarded-For", "3"},
          {"X-Forwarded-For", "4"},
          {"X-Forwarded-For", "5"},
          {"X-Forwarded-For", "6"},
          {"X-Forwarded-For", "7"},
          {"X-Forwarded-For", "8"},
          {"X-Forwarded-For", "9"}},
         400},
};

static void judges_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct head h;
		unsigned status = judge(rows[i].fields, "POST", "/a", "HTTP/1.1", &h);

		if (status != rows[i].status)
			fail_msg("%s: %u, not %u", rows[i].what, status, rows[i].status);
	}
}

static void judges_targets(void **state)
{
	static const struct {
		const char *target;
		unsigned status;
		const char *becomes, *host;
	} targets[] = {
	        {"/", 0, "/", "x"},
	        {"/a%00b?c#d", 0, "/a%00b?c#d", "x"},
	        {"//a", 0, "//a", "x"},
	        {"http://h:1/a?b", 0, "/a?b", "h:1"},
	        {"HTTPS://h", 0, "/", "h"},
	        {"http://h?a", 400, NULL, NULL},
	        {"http:///a", 400, NULL, NULL},
	        {"http://u:p@h/a", 400, NULL, NULL},
	        {"ftp://h/a", 400, NULL, NULL},
	        {"*", 400, NULL, NULL},
	        {"", 400, NULL, NULL},
	        {"a", 400, NULL, NULL},
	        {"/a\x7f", 400, NULL, NULL},
	        {"/a\x1f", 400, NULL, NULL},
	        {"/a b", 400, NULL, NULL},
	        {"/\xff\xfe", 0, "/\xff\xfe", "x"},
	        {NULL, 400, NULL, NULL},
	};
	const struct field fields[] = {{"Host", "x"}, {NULL, NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct head h;
		unsigned status = judge(fields, "GET", targets[i].target, "HTTP/1.1", &h);

		if (status != targets[i].status)
			fail_msg("%s: %u", targets[i].target, status);
		if (status != 0)
			continue;
		assert_string_equal(h.target, targets[i].becomes);
		assert_int_equal(h.kept[KEPT_HOST].len, strlen(targets[i].host));
		assert_memory_equal(h.kept[KEPT_HOST].data, targets[i].host,
		                    strlen(targets[i].host));
	}
}

static void judges_methods_and_versions(void **state)
{
	const struct field none[] = {{NULL, NULL}}, host[] = {{"Host", "x"}, {NULL, NULL}},
	                   chunked[] = {
	                           {"Host", "x"}, {"Transfer-Encoding", "chunked"}, {NULL, NULL}};
	struct head h;

	(void)state;
	assert_int_equal(judge(host, "GET", "/", "HTTP/1.1", &h), 0);
	assert_int_equal(judge(host, "PATCH", "/", "HTTP/1.1", &h), 0);
	assert_int_equal(judge(host, "get", "/", "HTTP/1.1", &h), 501);
	assert_int_equal(judge(host, "GETS", "/", "HTTP/1.1", &h), 501);
	assert_int_equal(judge(host, "", "/", "HTTP/1.1", &h), 501);
	assert_int_equal(judge(host, "TRACE", "/", "HTTP/1.1", &h), 405);
	assert_int_equal(judge(none, "GET", "/", "HTTP/1.0", &h), 0);
	assert_int_equal(judge(none, "GET", "/", "HTTP/1.1", &h), 400);
	assert_int_equal(judge(chunked, "POST", "/", "HTTP/1.0", &h), 400);
}

static void knows_bodies(void **state)
{
	const struct field none[] = {{"Host", "x"}, {NULL, NULL}},
	                   zero[] = {{"Host", "x"}, {"Content-Length", "0"}, {NULL, NULL}},
	                   some[] = {{"Host", "x"}, {"Content-Length", "5"}, {NULL, NULL}},
	                   chunked[] = {
	                           {"Host", "x"}, {"Transfer-Encoding", "chunked"}, {NULL, NULL}};
	struct head h;

	(void)state;
	judge(none, "POST", "/", "HTTP/1.1", &h);
	assert_false(head_has_body(&h));
	judge(zero, "POST", "/", "HTTP/1.1", &h);
	assert_false(head_has_body(&h));
	judge(some, "GET", "/", "HTTP/1.1", &h);
	assert_true(head_has_body(&h));
	assert_int_equal(h.length, 5);
	judge(chunked, "GET", "/", "HTTP/1.1", &h);
	assert_true(head_has_body(&h));
}

static void tells_the_keeper(void **state)
{
	const struct field fields[] = {{"Host", "x"},
	                               {"Authorization", "Basic a"},
	                               {"Authorization", "Basic b"},
	                               {"Authorization", "Basic c"},
	                               {"X-Forwarded-For", "1.1.1.1"},
	                               {"X-Forwarded-For", "2.2.2.2"},
	                               {"Cookie", "secret"},
	                               {"User-Agent", "git/2"},
	                               {"User-Agent", "other"},
	                               {"Content-Length", "7"},
	                               {NULL, NULL}};
	struct msg *m = malloc(sizeof(*m));
	char text[64];
	struct head h;

	(void)state;
	assert_int_equal(judge(fields, "GET", "/a", "HTTP/1.1", &h), 0);
	msg_start(m, Q_REQUEST, 1);
	head_write(&h, m);
	assert_int_equal(m->failed, 0);
	assert_int_equal(msg_parse(m, m->len, NULL), 0);
	assert_true(msg_str(m, TAG_FORWARDED_FOR, text, sizeof(text)));
	assert_string_equal(text, "1.1.1.1, 2.2.2.2");
	assert_true(msg_str(m, TAG_USER_AGENT, text, sizeof(text)));
	assert_string_equal(text, "git/2");
	assert_int_equal(msg_u64(m, TAG_CONTENT_LENGTH, 0), 7);
	assert_non_null(msg_find(m, TAG_AUTHORIZATION, 1));
	assert_null(msg_find(m, TAG_AUTHORIZATION, 2)); /* two are enough to refuse */
	assert_null(memmem(m->bytes, m->len, "secret", 6));
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"headers that could be read in two ways are refused", judges_headers, NULL, NULL,
	         NULL},
	        {"targets are a path, or lose their authority", judges_targets, NULL, NULL, NULL},
	        {"methods are the known ones, versions 1.0 and 1.1", judges_methods_and_versions,
	         NULL, NULL, NULL},
	        {"a body is there when a length above 0 or chunks say so", knows_bodies, NULL, NULL,
	         NULL},
	        {"the keeper is told what it needs and no more", tells_the_keeper, NULL, NULL,
	         NULL},
	};

	return cmocka_run_group_tests_name("wire/head", tests, NULL, NULL);
}
