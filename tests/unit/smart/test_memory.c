#include "smart/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PATH "/ann/site.git/info/refs?service=git-upload-pack"

static void a_challenge_counts_once_for_its_address_and_path(void **state)
{
	struct smart_memory *m = smart_memory_new();

	(void)state;
	smart_memory_challenged(m, "192.0.2.1", PATH, 1000);
	assert_false(smart_memory_was_challenged(m, "192.0.2.2", PATH, 1001));
	assert_false(smart_memory_was_challenged(m, "192.0.2.1", "/other", 1001));
	assert_true(smart_memory_was_challenged(m, "192.0.2.1", PATH, 1001));
	assert_false(smart_memory_was_challenged(m, "192.0.2.1", PATH, 1001));
	smart_memory_free(m);
}

static void a_challenge_is_forgotten_after_a_while(void **state)
{
	struct smart_memory *m = smart_memory_new();

	(void)state;
	smart_memory_challenged(m, "192.0.2.1", PATH, 1000);
	assert_false(smart_memory_was_challenged(m, "192.0.2.1", PATH, 2000));
	smart_memory_free(m);
}

static void a_dead_credential_that_comes_back_is_known(void **state)
{
	struct smart_memory *m = smart_memory_new();

	(void)state;
	assert_false(smart_memory_came_back(m, "192.0.2.1", "dead", 4, 1000));
	assert_true(smart_memory_came_back(m, "192.0.2.1", "dead", 4, 1100));
	assert_false(smart_memory_came_back(m, "192.0.2.1", "other", 5, 1100));
	assert_false(smart_memory_came_back(m, "192.0.2.9", "dead", 4, 1100));
	assert_false(smart_memory_came_back(m, "192.0.2.1", "dead", 4, 9000));
	smart_memory_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_challenge_counts_once_for_its_address_and_path),
	        cmocka_unit_test(a_challenge_is_forgotten_after_a_while),
	        cmocka_unit_test(a_dead_credential_that_comes_back_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
