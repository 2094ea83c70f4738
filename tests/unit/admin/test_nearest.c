
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/admin_int.h"

static const char *next(void *arg)
{
	const char *const **words = arg;
	return **words ? *(*words)++ : NULL;
}

static const char *nearest(const char *typed)
{
	static const char *const words[] = {"create", "list", "show", "revoke", "edit", NULL};
	const char *const *at = words;
	return admin_nearest(typed, next, &at);
}

static void slips_are_understood(void **state)
{
	(void)state;
	assert_string_equal(nearest("crate"), "create");
	assert_string_equal(nearest("craete"), "create");
	assert_string_equal(nearest("lst"), "list");
	assert_string_equal(nearest("revok"), "revoke");
	assert_string_equal(nearest("shows"), "show");
	assert_string_equal(nearest("creation"), "create");
}

static void what_looks_like_nothing_gets_no_guess(void **state)
{
	char *word = calloc(1, 5000);
	(void)state;

	assert_null(nearest("frobnicate"));
	assert_null(nearest(""));
	assert_null(nearest("zz"));
	memset(word, 'c', 4999);
	assert_null(nearest(word));
	free(word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(slips_are_understood),
	        cmocka_unit_test(what_looks_like_nothing_gets_no_guess),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
