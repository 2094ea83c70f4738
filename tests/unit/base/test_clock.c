#include "base/clock.h"

#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1795615387) /* 2026-11-25T14:03:07Z */

static void test_text(void **state)
{
	static const struct {
		int64_t t;
		const char *rfc3339;
	} rows[] = {
	        {0, "1970-01-01T00:00:00Z"},
	        {-1, "1969-12-31T23:59:59Z"},
	        {NOW, "2026-11-25T14:03:07Z"},
	        {951782400, "2000-02-29T00:00:00Z"},
	        {951868800, "2000-03-01T00:00:00Z"},
	        {4107542399, "2100-02-28T23:59:59Z"},
	        {4107542400, "2100-03-01T00:00:00Z"},
	        {INT64_C(253402300799), "9999-12-31T23:59:59Z"},
	        {INT64_C(-62167219200), "0000-01-01T00:00:00Z"},
	        {CLOCK_NEVER, "never"},
	};
	char out[CLOCK_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(clock_rfc3339(rows[i].t, out), rows[i].rfc3339);
	assert_string_equal(clock_text(NOW, out), "2026-11-25 14:03:07 UTC");
	assert_string_equal(clock_text(CLOCK_NEVER, out), "never");
	assert_true(strlen(clock_text(INT64_MAX - 1, out)) < CLOCK_TEXT);
	assert_true(strlen(clock_text(INT64_MIN, out)) < CLOCK_TEXT);
}

static void test_every_day(void **state)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t t = 0;
	char text[CLOCK_TEXT], out[CLOCK_TEXT];

	(void)state;
	for (int year = 1970; year < 2405; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (int month = 1; month <= 12; month++) {
			for (int day = 1; day <= days[month - 1] + (month == 2 && leap); day++) {
				int64_t back = -1;

				snprintf(text, sizeof(text), "%d-%02d-%02d 00:00:00 UTC", year,
				         month, day);
				assert_string_equal(clock_text(t, out), text);
				text[10] = '\0';
				assert_int_equal(clock_parse(text, 0, 0, &back, NULL), 0);
				assert_true(back == t);
				t += 86400;
			}
		}
	}
}

static void test_span(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
	        {0, "0 seconds"},      {1, "1 second"},           {20, "20 seconds"},
	        {59, "59 seconds"},    {60, "1 minute"},          {3599, "1 hour"},
	        {3600, "1 hour"},      {86399, "1 day"},          {86400, "1 day"},
	        {3 * 86400, "3 days"}, {364 * 86400, "364 days"}, {365 * 86400, "1 year"},
	        {-7200, "2 hours"},    {89, "1 minute"},          {90, "2 minutes"},
	        {3569, "59 minutes"},  {86369, "23 hours"},       {365 * 86400 - 31, "364 days"},
	};
	char out[CLOCK_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(clock_span(rows[i].seconds, out), rows[i].text);
	assert_string_equal(clock_span(INT64_MIN, out),
	                    clock_span(INT64_MAX, (char[CLOCK_TEXT]){0}));
}

/* What is made for a year is told as one, at any moment, in any year, when the clock
 * moves on by some seconds between making and telling. */
static void test_span_after_a_moment(void **state)
{
	static const int64_t days[] = {1, 2, 30, 90, 364, 365, 730};
	char told[CLOCK_TEXT], wanted[CLOCK_TEXT], typed[24];
	const int64_t four_years = 1461 * INT64_C(86400);
	int64_t end;

	(void)state;
	for (int64_t now = 1709164799; now < 1709164799 + four_years; now += 86400 * 7 + 3607)
		for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
			for (int64_t late = 0; late <= 30; late++) {
				snprintf(typed, sizeof(typed), "%dd", (int)days[i]);
				assert_int_equal(clock_parse(typed, now, 0, &end, NULL), 0);
				assert_string_equal(clock_span(end - (now + late), told),
				                    clock_span(days[i] * 86400, wanted));
			}
}

static void test_typed(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
	        {0, "0s"},
	        {59, "59s"},
	        {60, "1m"},
	        {90, "90s"},
	        {5400, "90m"},
	        {3600, "1h"},
	        {86400, "1d"},
	        {129600, "36h"},
	        {86401, "86401s"},
	        {90 * 86400, "90d"},
	        {CLOCK_NEVER, "never"},
	};
	char out[CLOCK_TEXT];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(clock_typed(rows[i].seconds, out), rows[i].text);
		assert_int_equal(clock_parse(out, 0, 0, &back, NULL), 0);
		assert_true(back == rows[i].seconds);
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int end_of_day;
		int64_t t;
	} rows[] = {
	        {"never", 0, CLOCK_NEVER},
	        {"0s", 0, NOW},
	        {"10s", 0, NOW + 10},
	        {"45m", 0, NOW + 45 * 60},
	        {"12h", 0, NOW + 12 * 3600},
	        {"30d", 0, NOW + 30 * 86400},
	        {"2w", 0, NOW + 14 * 86400},
	        {"1y", 0, NOW + 365 * 86400},
	        {"007d", 0, NOW + 7 * 86400},
	        {"1970-01-01", 0, 0},
	        {"1970-01-01", 1, 86399},
	        {"2024-02-29", 0, 1709164800},
	        {"2026-11-25T14:03:07Z", 0, NOW},
	        {"2026-11-25t14:03:07z", 1, NOW},
	        {"2026-11-25 14:03:07Z", 0, NOW},
	        {"2026-11-25T14:03:07.25Z", 0, NOW},
	        {"2026-11-25T16:03:07+02:00", 0, NOW},
	        {"2026-11-25T08:33:07-05:30", 0, NOW},
	        {"2026-11-26T00:03:07+10:00", 0, NOW},
	        {"9999-12-31", 1, INT64_C(253402300799)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = {0};
		int64_t t = -77;

		if (clock_parse(rows[i].text, NOW, rows[i].end_of_day, &t, &err) != 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (t != rows[i].t)
			fail_msg("%s gave %lld", rows[i].text, (long long)t);
	}
}

static void test_reject(void **state)
{
	static const char *const bad[] = {
	        "",
	        " ",
	        "Never",
	        "never ",
	        "now",
	        "d",
	        "30",
	        "30 d",
	        " 30d",
	        "30d ",
	        "30D",
	        "30dd",
	        "-3d",
	        "+3d",
	        "1.5d",
	        "3mo",
	        "99999999999999999999d",
	        "9223372036854775807s",
	        "9000y",
	        "999999999999s",
	        "2026-02-29",
	        "2026-02-30",
	        "2026-04-31",
	        "2100-02-29",
	        "2026-00-01",
	        "2026-13-01",
	        "2026-01-00",
	        "2026-01-32",
	        "2026-1-1",
	        "26-01-01",
	        "2026-01-01 ",
	        "2026-01-01x",
	        "2026-01-01T",
	        "2026/01/01",
	        "20260101",
	        "+026-01-01",
	        "2026-01-01T00:00:00",
	        "2026-01-01T00:00Z",
	        "2026-01-01T24:00:00Z",
	        "2026-01-01T00:60:00Z",
	        "2026-01-01T00:00:60Z",
	        "2026-01-01T00:00:00.Z",
	        "2026-01-01T00:00:00Zx",
	        "2026-01-01T00:00:00+2:00",
	        "2026-01-01T00:00:00+02",
	        "2026-01-01T00:00:00+24:00",
	        "2026-01-01T00:00:00+02:60",
	        "2026-01-01T00:00:00+0200",
	        "2026-01-01T00:00:00 Z",
	        "2026-01-01T0:00:00Z",
	        "2026-01-01T00:00:0",
	        "2026-01-01T00:00:00+02:00Z",
	        "10000-01-01",
	        "2026-01-",
	        "2026-",
	        "2026",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err err = {0};
		int64_t t = -77;

		if (clock_parse(bad[i], NOW, 0, &t, &err) != ERR_INVALID)
			fail_msg("'%s' was taken as %lld", bad[i], (long long)t);
		assert_true(t == -77);
		assert_true(err.text[0] != '\0');
	}
}

static void test_past(void **state)
{
	int64_t t = 0;
	struct err err = {0};

	(void)state;
	assert_int_equal(clock_parse_past("2h", NOW, 0, &t, &err), 0);
	assert_int_equal(t, NOW - 7200);
	assert_int_equal(clock_parse_past("9999y", NOW, 0, &t, &err), 0);
	assert_int_equal(t, 0);
	/* what is yet to come stays where it is */
	assert_int_equal(clock_parse_past("9000-01-01", NOW, 1, &t, &err), 0);
	assert_true(t > NOW);
	assert_int_equal(clock_parse_past("1970-01-02", NOW, 1, &t, &err), 0);
	assert_int_equal(t, 2 * 86400 - 1);
	assert_int_equal(clock_parse_past("never", NOW, 0, &t, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "2h"));
}

static void test_now(void **state)
{
	int64_t a = clock_mono_ms(), b = clock_mono_ms();

	(void)state;
	assert_true(b >= a);
	assert_true(clock_now() > INT64_C(1600000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("moments are written as people and RFC 3339 do", test_text),
	        TEST("every day of four centuries reads and writes the same", test_every_day),
	        TEST("a span is said in its largest unit", test_span),
	        TEST("a span is the same a moment later", test_span_after_a_moment),
	        TEST("a span is written as it is typed", test_typed),
	        TEST("all the ways to type a moment are read", test_parse),
	        TEST("anything else is refused and changes nothing", test_reject),
	        TEST("an age is so long ago", test_past),
	        TEST("the monotonic clock does not go back", test_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
