#include "wire/ssh/addresses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_counted_apart(void **state)
{
	struct addresses a = {0};

	(void)state;
	assert_true(addresses_take(&a, "192.0.2.1", 2));
	assert_true(addresses_take(&a, "192.0.2.1", 2));
	assert_false(addresses_take(&a, "192.0.2.1", 2));
	assert_true(addresses_take(&a, "2001:db8::1", 2));
	addresses_give(&a, "192.0.2.1");
	assert_true(addresses_take(&a, "192.0.2.1", 2));
	addresses_give(&a, "192.0.2.1");
	addresses_give(&a, "192.0.2.1");
	addresses_give(&a, "2001:db8::1");
	assert_null(a.tree);
}

static void test_none(void **state)
{
	struct addresses a = {0};

	(void)state;
	assert_false(addresses_take(&a, "192.0.2.1", 0));
	addresses_give(&a, "192.0.2.1");
	assert_null(a.tree);
}

/* As a flood would have it: nothing stays behind. */
static void test_many(void **state)
{
	struct addresses a = {0};
	char text[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		assert_true(addresses_take(&a, text, 1));
		assert_false(addresses_take(&a, text, 1));
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		addresses_give(&a, text);
	}
	assert_null(a.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"each address has its own count", test_counted_apart, NULL, NULL, NULL},
	        {"none may come where none may", test_none, NULL, NULL, NULL},
	        {"twenty thousand come and go", test_many, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
