#include "keeper/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void any_free_port_is_told(void **state)
{
	char shown[128];
	struct err err = {0};
	int fd = -1;

	(void)state;
	assert_int_equal(listen_open("127.0.0.1:0", &fd, shown, sizeof(shown), &err), 0);
	assert_memory_equal(shown, "127.0.0.1:", 10);
	assert_string_not_equal(shown, "127.0.0.1:0");
	close(fd);
}

static void a_taken_port_is_an_error_that_names_it(void **state)
{
	char shown[128], again[128];
	struct err err = {0};
	int fd = -1, second = -1;

	(void)state;
	assert_int_equal(listen_open("127.0.0.1:0", &fd, shown, sizeof(shown), &err), 0);
	assert_true(listen_open(shown, &second, again, sizeof(again), &err) < 0);
	assert_int_equal(second, -1);
	assert_non_null(strstr(err.text, shown));
	close(fd);
}

static void what_is_no_address_is_refused_in_words(void **state)
{
	static const char *const bad[] = {
	        "",        "127.0.0.1",       "127.0.0.1:",     "::1:80",
	        "[::1:80", "host.example:80", "127.0.0.1:http", "127.0.0.1:70000x"};
	char shown[128];
	int fd = -1;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err err = {0};
		assert_true(listen_open(bad[i], &fd, shown, sizeof(shown), &err) < 0);
		assert_true(strlen(err.text) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(any_free_port_is_told),
	        cmocka_unit_test(a_taken_port_is_an_error_that_names_it),
	        cmocka_unit_test(what_is_no_address_is_refused_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
