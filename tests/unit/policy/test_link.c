#include "policy/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct link_facts good = {
        .whole = true, .known = true, .end = LINK_LIVES, .expires = 100, .now = 99};

static void a_link_is_good_until_its_last_second(void **state)
{
	struct link_facts f = good;

	(void)state;
	assert_int_equal(policy_link_state(&f), LINK_GOOD);
	f.now = 100;
	assert_int_equal(policy_link_state(&f), LINK_EXPIRED);
}

/* Whatever the other facts are, one that is against it keeps it shut. */
static void nothing_opens_what_one_fact_closes(void **state)
{
	(void)state;
	for (int bits = 0; bits < 64; bits++) {
		struct link_facts f = {.whole = bits & 1,
		                       .known = bits & 2,
		                       .suspended = bits & 4,
		                       .now = bits & 8 ? 100 : 99,
		                       .expires = 100,
		                       .end = (enum link_end)(bits >> 4)};
		bool open = (bits & 3) == 3 && !(bits & 12) && f.end == LINK_LIVES;

		assert_int_equal(policy_link_state(&f) == LINK_GOOD, open);
	}
}

static void its_holder_hears_how_it_ended_before_that_it_is_old(void **state)
{
	static const enum link_state ends[] = {[LINK_USED] = LINK_WAS_USED,
	                                       [LINK_REVOKED] = LINK_WAS_REVOKED,
	                                       [LINK_REPLACED] = LINK_WAS_REPLACED};
	struct link_facts f = good;

	(void)state;
	f.now = 1000;
	f.suspended = true;
	for (int end = LINK_USED; end <= LINK_REPLACED; end++) {
		f.end = (enum link_end)end;
		assert_int_equal(policy_link_state(&f), ends[end]);
	}
	f.end = LINK_LIVES;
	assert_int_equal(policy_link_state(&f), LINK_EXPIRED);
}

static void what_is_not_known_tells_nothing_else(void **state)
{
	struct link_facts f = {.whole = true, .end = LINK_USED, .now = 1000, .suspended = true};

	(void)state;
	assert_int_equal(policy_link_state(&f), LINK_UNKNOWN);
	f.whole = false;
	f.known = true;
	assert_int_equal(policy_link_state(&f), LINK_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_link_is_good_until_its_last_second),
	        cmocka_unit_test(nothing_opens_what_one_fact_closes),
	        cmocka_unit_test(its_holder_hears_how_it_ended_before_that_it_is_old),
	        cmocka_unit_test(what_is_not_known_tells_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
