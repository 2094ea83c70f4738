#include "keeper/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_full_counter_gives_no_place_and_takes_none_elsewhere(void **state)
{
	struct tally *t = tally_new();
	const struct tally_claim both[] = {{"s", 5}, {"a192.0.2.1", 1}};
	const struct tally_claim other[] = {{"s", 5}, {"a192.0.2.2", 1}};

	(void)state;
	assert_true(tally_take(t, both, 2));
	assert_false(tally_take(t, both, 2));
	assert_int_equal(tally_count(t, "s"), 1);
	assert_int_equal(tally_count(t, "a192.0.2.1"), 1);
	assert_true(tally_take(t, other, 2));
	assert_int_equal(tally_count(t, "s"), 2);
	tally_give(t, both, 2);
	assert_true(tally_take(t, both, 2));
	tally_free(t);
}

static void what_is_given_back_is_forgotten(void **state)
{
	struct tally *t = tally_new();
	const struct tally_claim one[] = {{"r1", 2}};

	(void)state;
	assert_true(tally_take(t, one, 1));
	tally_give(t, one, 1);
	tally_give(t, one, 1); /* once too often: stays at none */
	assert_int_equal(tally_count(t, "r1"), 0);
	tally_set(t, "w", 7);
	assert_int_equal(tally_count(t, "w"), 7);
	tally_set(t, "w", 0);
	assert_int_equal(tally_count(t, "w"), 0);
	tally_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_full_counter_gives_no_place_and_takes_none_elsewhere),
	        cmocka_unit_test(what_is_given_back_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
