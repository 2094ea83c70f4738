#include "base/question.h"

#include "unit.h"

static void test_table(void **state)
{
	(void)state;
	assert_true(question_allowed(ROLE_HTTP, Q_READY));
	assert_true(question_allowed(ROLE_HTTP, Q_REQUEST));
	assert_true(question_allowed(ROLE_HTTP, Q_GONE));
	assert_true(question_allowed(ROLE_HTTP, Q_COUNTS));
	assert_true(question_allowed(ROLE_SSH, Q_READY));
	assert_true(question_allowed(ROLE_SSH, Q_KEY));
	assert_true(question_allowed(ROLE_SSH, Q_EXEC));
	assert_true(question_allowed(ROLE_SSH, Q_GONE));
	assert_true(question_allowed(ROLE_SSH, Q_COUNTS));
	assert_true(question_allowed(ROLE_COMMAND, Q_EXEC));
	assert_true(question_allowed(ROLE_COMMAND, Q_GONE));
	assert_true(question_allowed(ROLE_HOOK, Q_PRE_RECEIVE));
}

static void test_nothing_else(void **state)
{
	unsigned http = 0, ssh = 0, command = 0, hook = 0, none = 0;

	(void)state;
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		http += question_allowed(ROLE_HTTP, (uint16_t)type);
		ssh += question_allowed(ROLE_SSH, (uint16_t)type);
		command += question_allowed(ROLE_COMMAND, (uint16_t)type);
		hook += question_allowed(ROLE_HOOK, (uint16_t)type);
		none += question_allowed(ROLE_COUNT, (uint16_t)type);
	}
	assert_int_equal(http, 4);
	assert_int_equal(ssh, 5);
	assert_int_equal(command, 2);
	assert_int_equal(hook, 1);
	assert_int_equal(none, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("each role may ask its own questions", test_table),
	        TEST("no role may ask anything else", test_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
