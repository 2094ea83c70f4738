#include "unit.h"

#include "base/size.h"

static void a_size_is_told_in_the_largest_unit_that_fits(void **state)
{
	char out[SIZE_TEXT];

	(void)state;
	assert_string_equal(size_text(0, out), "0 bytes");
	assert_string_equal(size_text(1023, out), "1023 bytes");
	assert_string_equal(size_text(1024, out), "1.0 KiB");
	assert_string_equal(size_text(INT64_C(3) << 29, out), "1.5 GiB");
	assert_string_equal(size_text(INT64_MAX, out), "8388608.0 TiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_size_is_told_in_the_largest_unit_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
