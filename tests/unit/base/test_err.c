#include "base/err.h"

#include "unit.h"

#include <errno.h>
#include <string.h>

static void test_set(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(err_set(&e, ERR_EXISTS, "there is %s already", "tools"), ERR_EXISTS);
	assert_int_equal(e.code, ERR_EXISTS);
	assert_string_equal(e.text, "there is tools already");
	assert_int_equal(err_set(NULL, ERR_IO, "nobody cares"), ERR_IO);
}

static void test_long(void **state)
{
	struct err e;
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&e, ERR_LIMIT, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	err_prefix(&e, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	err_system(&e, ENOENT, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void test_system(void **state)
{
	static const struct {
		int errnum, code;
	} rows[] = {
	        {ENOSPC, ERR_FULL},   {EDQUOT, ERR_FULL},   {ENOENT, ERR_NOT_FOUND},
	        {EEXIST, ERR_EXISTS}, {EACCES, ERR_DENIED}, {EPERM, ERR_DENIED},
	        {ENOMEM, ERR_MEMORY}, {EAGAIN, ERR_BUSY},   {EBUSY, ERR_BUSY},
	        {EIO, ERR_IO},        {EPIPE, ERR_IO},
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(err_system(&e, rows[i].errnum, "x"), rows[i].code);
		assert_int_equal(e.code, rows[i].code);
		assert_int_equal(err_system(NULL, rows[i].errnum, "x"), rows[i].code);
	}
	err_system(&e, ENOENT, "cannot open %s", "a file");
	assert_string_equal(e.text, "cannot open a file: No such file or directory");
}

static void test_prefix(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_BUSY, "it is locked");
	assert_int_equal(err_prefix(&e, "step %d", 3), ERR_BUSY);
	assert_string_equal(e.text, "step 3: it is locked");
	assert_int_equal(err_prefix(NULL, "step"), ERR_IO);
}

static void test_own_text(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_IO, "inner");
	err_set(&e, ERR_LIMIT, "outer (%s)", e.text);
	assert_string_equal(e.text, "outer (inner)");
	err_prefix(&e, "%s again", e.text);
	assert_string_equal(e.text, "outer (inner) again: outer (inner)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("an error holds its code and its words", test_set),
	        TEST("a long text is cut and ends with NUL", test_long),
	        TEST("a failed system call gives code and meaning", test_system),
	        TEST("a prefix stands before the text that was there", test_prefix),
	        TEST("the arguments may be the error's own text", test_own_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
