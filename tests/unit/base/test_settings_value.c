#include "base/settings.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct err err;

static int read_number(enum setting_kind kind, const char *text, int64_t *out)
{
	const struct setting s = {"n", kind, 0, 0, 0, NULL, NULL, SETTING_LIVE};

	return settings_value(&s, out, text, "here", true, &err);
}

static void test_numbers(void **state)
{
	static const struct {
		enum setting_kind kind;
		const char *text;
		int64_t value;
	} rows[] = {
	        {SETTING_COUNT, "0", 0},
	        {SETTING_COUNT, "0042", 42},
	        {SETTING_COUNT, "9223372036854775807", INT64_MAX},
	        {SETTING_BYTES, "17", 17},
	        {SETTING_BYTES, "17b", 17},
	        {SETTING_BYTES, "2k", 2048},
	        {SETTING_BYTES, "2KB", 2048},
	        {SETTING_BYTES, "3m", 3 << 20},
	        {SETTING_BYTES, "3Mb", 3 << 20},
	        {SETTING_BYTES, "5g", INT64_C(5) << 30},
	        {SETTING_BYTES, "8589934591gb", INT64_C(8589934591) << 30},
	        {SETTING_TIME, "9", 9},
	        {SETTING_TIME, "9s", 9},
	        {SETTING_TIME, "2m", 120},
	        {SETTING_TIME, "2h", 7200},
	        {SETTING_TIME, "1d", 86400},
	        {SETTING_TIME, "1w", 604800},
	        {SETTING_TIME, "1y", 31536000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t n = -1;

		if (read_number(rows[i].kind, rows[i].text, &n) != 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_true(n == rows[i].value);
	}
}

static void test_bad_numbers(void **state)
{
	static const struct {
		enum setting_kind kind;
		const char *text;
	} rows[] = {
	        {SETTING_COUNT, ""},
	        {SETTING_COUNT, "-1"},
	        {SETTING_COUNT, "+1"},
	        {SETTING_COUNT, "1k"},
	        {SETTING_COUNT, " 1"},
	        {SETTING_COUNT, "1 "},
	        {SETTING_COUNT, "0x10"},
	        {SETTING_COUNT, "1.5"},
	        {SETTING_COUNT, "9223372036854775808"},
	        {SETTING_BYTES, "k"},
	        {SETTING_BYTES, "1t"},
	        {SETTING_BYTES, "1kk"},
	        {SETTING_BYTES, "1 kb"},
	        {SETTING_BYTES, "8589934592g"},
	        {SETTING_TIME, "1month"},
	        {SETTING_TIME, "1h30m"},
	        {SETTING_TIME, "never"},
	        {SETTING_TIME, "99999999999999999999s"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t n = -1;

		err.text[0] = '\0';
		if (read_number(rows[i].kind, rows[i].text, &n) != ERR_INVALID)
			fail_msg("'%s' was taken", rows[i].text);
		assert_true(n == -1);
		assert_memory_equal(err.text, "here: n ", 8);
	}
}

static void test_bounds(void **state)
{
	const struct setting least = {"n", SETTING_COUNT, 0, 5, 0, NULL, NULL, SETTING_LIVE};
	const struct setting both = {"n", SETTING_COUNT, 0, 5, 9, NULL, NULL, SETTING_LIVE};
	int64_t n = -1;

	(void)state;
	assert_int_equal(settings_value(&least, &n, "4", "here", true, &err), ERR_INVALID);
	assert_int_equal(settings_value(&least, &n, "99999", "here", true, &err), 0);
	assert_int_equal(settings_value(&both, &n, "5", "here", true, &err), 0);
	assert_int_equal(settings_value(&both, &n, "9", "here", true, &err), 0);
	assert_int_equal(settings_value(&both, &n, "10", "here", true, &err), ERR_INVALID);
	assert_string_equal(err.text, "here: n must be at most 9");
	assert_true(n == 9);
}

static void test_bool(void **state)
{
	static const char *const yes[] = {"yes", "true", "on", "1", "YES"};
	static const char *const no[] = {"no", "false", "off", "0", "Off"};
	static const char *const bad[] = {"", "y", "2", "yes ", "enabled"};
	const struct setting s = {"b", SETTING_BOOL, 0, 0, 0, NULL, NULL, SETTING_LIVE};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		bool a = false, b = true;

		assert_int_equal(settings_value(&s, &a, yes[i], "here", true, &err), 0);
		assert_int_equal(settings_value(&s, &b, no[i], "here", true, &err), 0);
		assert_true(a && !b);
		assert_int_equal(settings_value(&s, &a, bad[i], "here", true, &err), ERR_INVALID);
		assert_true(a);
	}
}

static void test_text(void **state)
{
	const struct setting s = {"t", SETTING_TEXT, 0, 0, 0, NULL, NULL, SETTING_LIVE};
	char out[SETTINGS_TEXT] = "old", text[SETTINGS_TEXT + 1];

	(void)state;
	assert_int_equal(settings_value(&s, out, "a\tb \xc3\xa9", "here", true, &err), 0);
	assert_string_equal(out, "a\tb \xc3\xa9");
	assert_int_equal(settings_value(&s, out, "a\nb", "here", true, &err), ERR_INVALID);
	assert_int_equal(settings_value(&s, out, "a\x7f", "here", true, &err), ERR_INVALID);
	assert_string_equal(out, "a\tb \xc3\xa9");
	memset(text, 'x', SETTINGS_TEXT);
	text[SETTINGS_TEXT] = '\0';
	assert_int_equal(settings_value(&s, out, text, "here", true, &err), ERR_INVALID);
	text[SETTINGS_TEXT - 1] = '\0';
	assert_int_equal(settings_value(&s, out, text, "here", true, &err), 0);
	assert_string_equal(out, text);
}

static void test_path(void **state)
{
	const struct setting s = {"p", SETTING_PATH, 0, 0, 0, NULL, NULL, SETTING_LIVE};
	char out[SETTINGS_TEXT], here[512], expected[600], text[SETTINGS_TEXT];

	(void)state;
	assert_int_equal(settings_value(&s, out, "/a/b", "here", true, &err), 0);
	assert_string_equal(out, "/a/b");
	assert_int_equal(settings_value(&s, out, "", "here", true, &err), 0);
	assert_string_equal(out, "");
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(expected, sizeof(expected), "%s/a/b", here);
	assert_int_equal(settings_value(&s, out, "a/b", "here", true, &err), 0);
	assert_string_equal(out, expected);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(settings_value(&s, out, text, "here", true, &err), ERR_INVALID);
	assert_string_equal(out, expected);
}

static int read_list(struct settings_list *list, const char *text, bool first)
{
	const struct setting s = {"l", SETTING_LIST, 0, 0, 0, NULL, NULL, SETTING_LIVE};

	return settings_value(&s, list, text, "here", first, &err);
}

static void test_list(void **state)
{
	struct settings_list list = {0};

	(void)state;
	assert_int_equal(read_list(&list, " a ,\tb c ,d", true), 0);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0], "a");
	assert_string_equal(list.items[1], "b c");
	assert_string_equal(list.items[2], "d");
	assert_int_equal(read_list(&list, "e", false), 0);
	assert_int_equal(list.count, 4);
	assert_int_equal(read_list(&list, "f", true), 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0], "f");
	assert_int_equal(read_list(&list, "", true), 0);
	assert_int_equal(list.count, 0);
}

static void test_bad_lists(void **state)
{
	static const char *const bad[] = {
	        ",", "a,", ",a", "a,,b", "a, ,b", " ", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
	};
	struct settings_list list = {.count = 1, .items = {"kept"}};
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (read_list(&list, bad[i], false) != ERR_INVALID)
			fail_msg("'%s' was taken", bad[i]);
	}
	snprintf(text, sizeof(text), "%0256d", 1);
	assert_int_equal(read_list(&list, text, true), ERR_INVALID);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0], "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("numbers, sizes and times are read with their units", test_numbers),
	        TEST("what is no number is refused and changes nothing", test_bad_numbers),
	        TEST("bounds hold, and no upper bound is none", test_bounds),
	        TEST("yes and no have four spellings each", test_bool),
	        TEST("text is kept whole, without control characters", test_text),
	        TEST("a path is made absolute", test_path),
	        TEST("a list is split at commas, adds and replaces", test_list),
	        TEST("a malformed list is refused and changes nothing", test_bad_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
