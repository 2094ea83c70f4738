#include "base/random.h"

#include "unit.h"

#include <string.h>

static void test_bytes(void **state)
{
	unsigned char a[4096] = {0};
	unsigned seen[256] = {0}, kinds = 0;

	(void)state;
	random_bytes(a, sizeof(a) - 1);
	assert_int_equal(a[sizeof(a) - 1], 0);
	for (size_t i = 0; i < sizeof(a); i++)
		seen[a[i]]++;
	for (int i = 0; i < 256; i++)
		kinds += seen[i] > 0;
	/* All 256 are expected; fewer than 200 in 4095 draws does not happen. */
	assert_true(kinds > 200);
	random_bytes(a, 0);
}

static void test_reference(void **state)
{
	char out[301], seen[256] = {0};
	unsigned kinds = 0;

	(void)state;
	out[300] = 'x';
	random_reference(out, 300);
	assert_int_equal(strlen(out), 300);
	assert_int_equal(strspn(out, "0123456789abcdefghjkmnpqrstvwxyz"), 300);
	for (int i = 0; i < 300; i++)
		seen[(unsigned char)out[i]] = 1;
	for (int i = 0; i < 256; i++)
		kinds += (unsigned)seen[i];
	assert_true(kinds > 20);
	random_reference(out, 0);
	assert_string_equal(out, "");
}

static void test_id(void **state)
{
	char a[33], b[33];

	(void)state;
	random_id(a);
	random_id(b);
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("random bytes fill what was asked and no more", test_bytes),
	        TEST("a reference has only letters that are hard to confuse", test_reference),
	        TEST("an id is 32 hex digits and never the same", test_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
