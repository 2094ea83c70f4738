/* What a verdict holds besides its reason; the reasons are in tests/policy. */
#include "test_policy.h"

#include "base/clock.h"

#include <string.h>

static const struct policy_facts sound = {
        .presented = PRESENTED_GENUINE,
        .now = 1000,
        .expires = CLOCK_NEVER,
        .revoked = CLOCK_NEVER,
        .scopes = SCOPE_WRITE_REPOSITORY,
        .right = RIGHT_WRITE,
        .exists = true,
        .anonymous_reading = true,
};

static struct verdict decide(const struct policy_facts *f)
{
	struct verdict v;

	memset(&v, 0xA5, sizeof v); /* it must be filled wholly */
	policy_decide(f, &v);
	return v;
}

static void a_push_needs_both_scopes_and_all_that_are_missing_are_listed(void **state)
{
	struct policy_facts f = sound;
	struct verdict v;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.scopes = SCOPE_READ_USER;
	v = decide(&f);
	assert_int_equal(v.reason, REASON_SCOPE_MISSING);
	assert_int_equal(v.needed, SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY);
	assert_int_equal(v.present, SCOPE_READ_USER);
	assert_int_equal(v.missing, SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY);
	f.scopes = SCOPE_READ_REPOSITORY;
	assert_int_equal(decide(&f).missing, SCOPE_WRITE_REPOSITORY);
	f.scopes = SCOPE_WRITE_REPOSITORY;
	assert_int_equal(decide(&f).missing, 0);
	assert_int_equal(decide(&f).present, SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY);
}

static void the_right_is_told_only_to_who_sees_the_repository(void **state)
{
	struct policy_facts f = sound;
	struct verdict v;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.right = RIGHT_READ;
	v = decide(&f);
	assert_int_equal(v.reason, REASON_RIGHT_MISSING);
	assert_int_equal(v.right_needed, RIGHT_WRITE);
	assert_int_equal(v.right_present, RIGHT_READ);
	f.right = RIGHT_NONE;
	f.visibility = VISIBILITY_INTERNAL;
	assert_int_equal(decide(&f).right_present, RIGHT_READ);
	f.right = RIGHT_ADMIN;
	f.scopes = SCOPE_READ_USER;
	v = decide(&f);
	assert_int_equal(v.right_present, RIGHT_NONE);
}

static void the_trace_tells_which_gates_were_asked(void **state)
{
	struct policy_facts f = sound;
	struct verdict v = decide(&f);

	(void)state;
	for (int g = GATE_REQUEST; g <= GATE_RIGHT; g++)
		assert_int_equal(v.trace[g], GATE_OPEN);
	assert_int_equal(v.trace[GATE_CREATE], GATE_SKIPPED);
	assert_int_equal(v.trace[GATE_CONTENT], GATE_SKIPPED);
	f.expires = f.now;
	v = decide(&f);
	assert_int_equal(v.trace[GATE_KNOWN], GATE_OPEN);
	assert_int_equal(v.trace[GATE_ALIVE], GATE_CLOSED);
	assert_int_equal(v.trace[GATE_OWNER], GATE_SKIPPED);
}

static void reading_as_anyone_leaves_out_the_gates_of_the_credential(void **state)
{
	struct policy_facts f = sound;
	struct verdict v;

	(void)state;
	f.visibility = VISIBILITY_PUBLIC;
	f.scopes = 0;
	f.right = RIGHT_NONE;
	v = decide(&f);
	assert_true(v.as_anyone);
	assert_true(v.genuine);
	assert_int_equal(v.trace[GATE_ADDRESS], GATE_OPEN);
	assert_int_equal(v.trace[GATE_SCOPE], GATE_SKIPPED);
	assert_int_equal(v.trace[GATE_VISIBLE], GATE_OPEN);
	f.presented = PRESENTED_NOTHING;
	v = decide(&f);
	assert_true(v.as_anyone);
	assert_int_equal(v.trace[GATE_CREDENTIAL], GATE_OPEN);
	assert_int_equal(v.trace[GATE_ALIVE], GATE_SKIPPED);
	assert_int_equal(v.trace[GATE_RIGHT], GATE_OPEN);
}

static void making_a_repository_skips_what_it_does_not_have_yet(void **state)
{
	struct policy_facts f = sound;
	struct verdict v;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.exists = false;
	f.workspace_seen = true;
	f.creation = CREATION_MEMBERS;
	v = decide(&f);
	assert_true(v.create);
	assert_int_equal(v.trace[GATE_VISIBLE], GATE_SKIPPED);
	assert_int_equal(v.trace[GATE_RIGHT], GATE_SKIPPED);
	assert_int_equal(v.trace[GATE_CREATE], GATE_OPEN);
}

static void a_later_gate_turns_a_yes_into_a_no(void **state)
{
	struct policy_facts f = sound;
	struct verdict v;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.exists = false;
	f.workspace_seen = true;
	f.creation = CREATION_MEMBERS;
	v = decide(&f);
	policy_refuse(&v, REASON_OBJECT_CHECK);
	assert_int_equal(v.reason, REASON_OBJECT_CHECK);
	assert_int_equal(v.trace[GATE_CONTENT], GATE_CLOSED);
	assert_int_equal(v.trace[GATE_CREATE], GATE_OPEN);
	assert_false(v.create);
	assert_true(v.genuine);
	policy_refuse(&v, REASON_OVERLOADED);
	assert_int_equal(v.reason, REASON_OBJECT_CHECK);
	v = decide(&f);
	policy_refuse(&v, REASON_OVERLOADED);
	assert_int_equal(v.trace[GATE_SERVER], GATE_CLOSED);
	assert_int_equal(v.trace[GATE_CREDENTIAL], GATE_SKIPPED);
	v = decide(&f);
	policy_refuse(&v, REASON_ALLOWED);
	assert_int_equal(v.reason, REASON_ALLOWED);
	assert_true(v.create);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_push_needs_both_scopes_and_all_that_are_missing_are_listed),
	        cmocka_unit_test(the_right_is_told_only_to_who_sees_the_repository),
	        cmocka_unit_test(the_trace_tells_which_gates_were_asked),
	        cmocka_unit_test(reading_as_anyone_leaves_out_the_gates_of_the_credential),
	        cmocka_unit_test(making_a_repository_skips_what_it_does_not_have_yet),
	        cmocka_unit_test(a_later_gate_turns_a_yes_into_a_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
