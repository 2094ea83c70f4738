#include "base/secret.h"

#include "base/err.h"
#include "unit.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_set(void **state)
{
	struct secret s;

	(void)state;
	assert_int_equal(secret_set(&s, "a longer secret", 15), 0);
	assert_int_equal(secret_set(&s, "short", 5), 0);
	assert_int_equal(s.len, 5);
	assert_string_equal(s.bytes, "short");
	for (size_t i = 5; i < sizeof(s.bytes); i++)
		assert_int_equal(s.bytes[i], 0);
	assert_int_equal(secret_set(&s, s.bytes + 1, 3), 0);
	assert_string_equal(s.bytes, "hor");
}

static void test_limit(void **state)
{
	char text[SECRET_MAX + 1];
	struct secret s;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(secret_set(&s, text, SECRET_MAX), 0);
	assert_int_equal(strlen(s.bytes), SECRET_MAX);
	assert_int_equal(secret_set(&s, text, SECRET_MAX + 1), ERR_LIMIT);
	assert_int_equal(s.len, 0);
	assert_string_equal(s.bytes, "");
}

static void test_clear(void **state)
{
	static const struct secret empty;
	struct secret s;
	char memory[4] = "abc";

	(void)state;
	secret_set(&s, "something", 9);
	secret_clear(&s);
	assert_memory_equal(&s, &empty, sizeof(s));
	secret_wipe(memory, sizeof(memory));
	assert_memory_equal(memory, "\0\0\0\0", 4);
}

static void test_equal(void **state)
{
	struct secret a, b;

	(void)state;
	secret_set(&a, "same", 4);
	secret_set(&b, "same", 4);
	assert_true(secret_equal(&a, &b));
	secret_set(&b, "sama", 4);
	assert_false(secret_equal(&a, &b));
	secret_set(&b, "same\0", 5);
	assert_false(secret_equal(&a, &b));
	secret_set(&a, NULL, 0);
	secret_set(&b, NULL, 0);
	assert_true(secret_equal(&a, &b));
}

static void test_lock(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct rlimit core;
		bool fine = secret_lock_process() == 0;

		fine = fine && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
		fine = fine && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0;
		_exit(fine ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("a new secret leaves nothing of the old one", test_set),
	        TEST("a secret that is too long leaves an empty one", test_limit),
	        TEST("clear and wipe leave zeros", test_clear),
	        TEST("secrets are equal when length and bytes are", test_equal),
	        TEST("a locked process dumps no core", test_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
