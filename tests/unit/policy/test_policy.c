#include "test_policy.h"

#include <string.h>

static void every_reason_has_a_name_of_its_own_and_words(void **state)
{
	(void)state;
	for (int r = 0; r < REASON_COUNT; r++) {
		const char *name = policy_reason_name((enum reason)r);

		assert_int_equal(policy_reason_by_name(name), r);
		assert_in_range(strlen(name), 1, 47); /* the ledger keeps 48 bytes */
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		assert_true(*policy_reason_means((enum reason)r));
		assert_true(*policy_reason_todo((enum reason)r));
		assert_int_equal(policy_reason_gate((enum reason)r) == GATE_NONE,
		                 r == REASON_ALLOWED);
	}
}

static void unknown_names_and_numbers_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(policy_reason_by_name("no-such-reason"), REASON_COUNT);
	assert_int_equal(policy_reason_by_name(""), REASON_COUNT);
	assert_string_equal(policy_reason_name(REASON_COUNT), "unknown");
	assert_string_equal(policy_reason_means(REASON_COUNT), "");
	assert_string_equal(policy_reason_todo(REASON_COUNT), "");
	assert_int_equal(policy_reason_gate(REASON_COUNT), GATE_NONE);
	assert_string_equal(policy_gate_name(GATE_COUNT), "unknown");
	assert_string_equal(policy_right_name((enum right)9), "unknown");
	assert_string_equal(policy_visibility_name((enum visibility)9), "unknown");
	assert_string_equal(policy_creation_name((enum creation_rule)9), "unknown");
}

static void every_gate_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a < GATE_COUNT; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(policy_gate_name((enum policy_gate)a),
			                        policy_gate_name((enum policy_gate)b));
	assert_string_equal(policy_gate_name(GATE_SCOPE), "scope");
}

static void words_are_read_as_they_are_written(void **state)
{
	enum right right;
	enum visibility visibility;
	enum creation_rule creation;

	(void)state;
	for (int r = RIGHT_NONE; r <= RIGHT_ADMIN; r++) {
		assert_true(policy_right_parse(policy_right_name((enum right)r), &right));
		assert_int_equal(right, r);
	}
	for (int v = VISIBILITY_PRIVATE; v <= VISIBILITY_PUBLIC; v++) {
		assert_true(policy_visibility_parse(policy_visibility_name((enum visibility)v),
		                                    &visibility));
		assert_int_equal(visibility, v);
	}
	for (int c = CREATION_OFF; c <= CREATION_MEMBERS; c++) {
		assert_true(policy_creation_parse(policy_creation_name((enum creation_rule)c),
		                                  &creation));
		assert_int_equal(creation, c);
	}
	assert_false(policy_right_parse("owner", &right));
	assert_false(policy_visibility_parse("secret", &visibility));
	assert_false(policy_creation_parse("", &creation));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_reason_has_a_name_of_its_own_and_words),
	        cmocka_unit_test(unknown_names_and_numbers_are_told_apart),
	        cmocka_unit_test(every_gate_has_a_name_of_its_own),
	        cmocka_unit_test(words_are_read_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
