#include "wire/answer.h"

#include "base/question.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ssize_t never_read(void *arg, uint64_t at, char *buffer, size_t size)
{
	(void)arg;
	(void)at;
	(void)buffer;
	(void)size;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static int read_one(uint64_t status, const char *header, size_t header_len, bool stream,
                    struct answer *a)
{
	struct msg *m = malloc(sizeof(*m));
	int rc;

	msg_start(m, A_ANSWER, 1);
	if (status != 0)
		msg_add_u64(m, TAG_STATUS, status);
	if (header != NULL)
		msg_add(m, TAG_HEADER, header, header_len);
	msg_add_str(m, TAG_TEXT, "text");
	if (stream)
		msg_add_u64(m, TAG_STREAM, 1);
	assert_int_equal(msg_parse(m, m->len, NULL), 0);
	rc = answer_read(m, never_read, NULL, a, NULL);
	free(m);
	return rc;
}

static void reads_answers(void **state)
{
	struct answer a;

	(void)state;
	assert_int_equal(read_one(401, "X-A:  b c", 9, false, &a), 0);
	assert_int_equal(a.status, 401);
	assert_string_equal(MHD_get_response_header(a.response, "X-A"), "b c");
	assert_false(a.stream);
	answer_close_after(&a);
	assert_string_equal(MHD_get_response_header(a.response, "Connection"), "close");
	answer_clear(&a);
	assert_int_equal(a.status, 0);
	assert_int_equal(read_one(200, NULL, 0, true, &a), 0);
	assert_true(a.stream);
	assert_int_equal(a.prefix_len, 4);
	assert_memory_equal(a.prefix, "text", 4);
	answer_clear(&a);
}

static void refuses_what_splits(void **state)
{
	static const struct {
		uint64_t status;
		const char *header;
		size_t len;
	} rows[] = {
	        {0, NULL, 0},         {100, NULL, 0},
	        {600, NULL, 0},       {200, "X: a\r\nY: b", 10},
	        {200, "X: a\nY", 6},  {200, "X: a\0b", 6},
	        {200, "no colon", 8}, {200, ": value", 7},
	        {200, "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct answer a = {.status = 7};

		assert_int_equal(read_one(rows[i].status, rows[i].header, rows[i].len, false, &a),
		                 ERR_INVALID);
		assert_int_equal(a.status, 7); /* untouched */
	}
}

static void makes_its_own(void **state)
{
	struct answer a;

	(void)state;
	assert_int_equal(answer_text(405, "no\n", true, &a), 0);
	assert_string_equal(MHD_get_response_header(a.response, "Content-Type"),
	                    "text/plain; charset=utf-8");
	assert_string_equal(MHD_get_response_header(a.response, "Connection"), "close");
	assert_non_null(strstr(MHD_get_response_header(a.response, "Allow"), "POST"));
	answer_clear(&a);
	assert_int_equal(answer_text(502, "no\n", false, &a), 0);
	assert_null(MHD_get_response_header(a.response, "Connection"));
	answer_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"an answer keeps its status, headers and text", reads_answers, NULL, NULL, NULL},
	        {"a header that could split the head, or no status, is refused",
	         refuses_what_splits, NULL, NULL, NULL},
	        {"wire's own answers are plain text", makes_its_own, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire/answer", tests, NULL, NULL);
}
