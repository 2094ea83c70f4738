#include "base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY INT64_C(86400)
#define LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z: the last that can be typed */

/* The calendar is reckoned here: libc's reads /etc/localtime even for UTC, and
 * a locked process may open no file. */
struct date {
	int64_t year;
	int month, day, hour, minute, second;
};

int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

int64_t clock_mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Days since 1970-01-01 of a date in the Gregorian calendar. The year is taken
 * to begin in March, so that the leap day is its last. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t in_era = y - era * 400;
	int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static struct date date_of(int64_t t)
{
	int64_t rest = (t % DAY + DAY) % DAY;
	int64_t days = (t - rest) / DAY + 719468;
	int64_t era, in_era, year, in_year, month;

	/* t - rest may wrap only below INT64_MIN + DAY; see clock_form. */
	era = (days >= 0 ? days : days - 146096) / 146097;
	in_era = days - era * 146097;
	year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	in_year = in_era - (365 * year + year / 4 - year / 100);
	month = (5 * in_year + 2) / 153;
	return (struct date){
	        .year = year + era * 400 + (month >= 10),
	        .month = (int)(month < 10 ? month + 3 : month - 9),
	        .day = (int)(in_year - (153 * month + 2) / 5 + 1),
	        .hour = (int)(rest / 3600),
	        .minute = (int)(rest / 60 % 60),
	        .second = (int)(rest % 60),
	};
}

static char *clock_form(int64_t t, const char *form, char out[CLOCK_TEXT])
{
	struct date d;

	if (t == CLOCK_NEVER) {
		snprintf(out, CLOCK_TEXT, "never");
		return out;
	}
	d = date_of(t < INT64_MIN + DAY ? INT64_MIN + DAY : t);
	snprintf(out, CLOCK_TEXT, form, d.year, d.month, d.day, d.hour, d.minute, d.second);
	return out;
}

char *clock_text(int64_t t, char out[CLOCK_TEXT])
{
	return clock_form(t, "%04" PRId64 "-%02d-%02d %02d:%02d:%02d UTC", out);
}

char *clock_rfc3339(int64_t t, char out[CLOCK_TEXT])
{
	return clock_form(t, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02dZ", out);
}

char *clock_span(int64_t seconds, char out[CLOCK_TEXT])
{
	static const struct {
		int64_t size;
		const char *name;
	} units[] = {
	        {365 * DAY, "year"}, {DAY, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"},
	};
	int64_t n;
	size_t i = 0;

	if (seconds < 0)
		seconds = seconds == INT64_MIN ? INT64_MAX : -seconds;
	/* what was to last a year lasts one, also when it is looked at seconds later */
	if (seconds >= 60 && seconds < INT64_MAX - 30)
		seconds = (seconds + 30) / 60 * 60;
	while (units[i].size > 1 && seconds < units[i].size)
		i++;
	n = seconds / units[i].size;
	snprintf(out, CLOCK_TEXT, "%" PRId64 " %s%s", n, units[i].name, n == 1 ? "" : "s");
	return out;
}

char *clock_typed(int64_t seconds, char out[CLOCK_TEXT])
{
	static const struct {
		int64_t size;
		char name;
	} units[] = {{DAY, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t i = 0;

	while (units[i].size > 1 && (seconds < units[i].size || seconds % units[i].size))
		i++;
	if (seconds == CLOCK_NEVER)
		snprintf(out, CLOCK_TEXT, "never");
	else
		snprintf(out, CLOCK_TEXT, "%" PRId64 "%c", seconds / units[i].size, units[i].name);
	return out;
}

/* Exactly `width` digits; moves *p behind them. */
static bool digits(const char **p, int width, int least, int most, int *out)
{
	int v = 0;

	for (int i = 0; i < width; i++) {
		char c = (*p)[i];

		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	if (v < least || v > most)
		return false;
	*p += width;
	*out = v;
	return true;
}

static bool literal(const char **p, const char *any_of)
{
	if (**p == '\0' || strchr(any_of, **p) == NULL)
		return false;
	(*p)++;
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* "2026-12-31" at *p, as days since 1970. */
static bool read_date(const char **p, int64_t *out)
{
	int year, month, day;

	if (!digits(p, 4, 0, 9999, &year) || !literal(p, "-") || !digits(p, 2, 1, 12, &month) ||
	    !literal(p, "-") || !digits(p, 2, 1, days_in(year, month), &day))
		return false;
	*out = days_of(year, month, day);
	return true;
}

/* "Z" or "+02:00" at *p, as seconds east of Greenwich. */
static bool read_offset(const char **p, int64_t *out)
{
	int hour, minute, sign = **p == '-' ? -1 : 1;

	*out = 0;
	if (literal(p, "Zz"))
		return true;
	if (!literal(p, "+-") || !digits(p, 2, 0, 23, &hour) || !literal(p, ":") ||
	    !digits(p, 2, 0, 59, &minute))
		return false;
	*out = sign * (hour * 3600 + minute * 60);
	return true;
}

/* "14:03:07", with a fraction that is dropped, at *p, as seconds of the day. */
static bool read_time(const char **p, int64_t *out)
{
	int hour, minute, second, digit;

	if (!digits(p, 2, 0, 23, &hour) || !literal(p, ":") || !digits(p, 2, 0, 59, &minute) ||
	    !literal(p, ":") || !digits(p, 2, 0, 59, &second))
		return false;
	if (literal(p, ".")) {
		if (!digits(p, 1, 0, 9, &digit))
			return false;
		while (digits(p, 1, 0, 9, &digit))
			;
	}
	*out = hour * 3600 + minute * 60 + second;
	return true;
}

static bool read_moment(const char *p, int end_of_day, int64_t *out)
{
	int64_t days, time, offset;

	if (!read_date(&p, &days))
		return false;
	if (*p == '\0') {
		*out = days * DAY + (end_of_day ? DAY - 1 : 0);
		return true;
	}
	if (!literal(&p, "Tt ") || !read_time(&p, &time) || !read_offset(&p, &offset) || *p != '\0')
		return false;
	*out = days * DAY + time - offset;
	return true;
}

static bool read_span(const char *p, int64_t *out)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
	        {'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY}, {'w', 7 * DAY}, {'y', 365 * DAY},
	};
	int64_t n = 0;
	int digit;

	if (*p < '0' || *p > '9')
		return false;
	while (digits(&p, 1, 0, 9, &digit)) {
		/* Stays far above any span that fits, far below overflow. */
		if (n <= LAST)
			n = n * 10 + digit;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (*p == units[i].unit && p[1] == '\0') {
			*out = n > LAST / units[i].seconds ? LAST + 1 : n * units[i].seconds;
			return true;
		}
	}
	return false;
}

int clock_parse(const char *text, int64_t now, int end_of_day, int64_t *out, struct err *err)
{
	int64_t value;

	if (strcmp(text, "never") == 0) {
		*out = CLOCK_NEVER;
		return 0;
	}
	if (read_span(text, &value)) {
		if (now > LAST || now < 0 || value > LAST - now)
			return err_set(err, ERR_INVALID, "that is after the year 9999");
		*out = now + value;
		return 0;
	}
	if (read_moment(text, end_of_day, &value)) {
		*out = value;
		return 0;
	}
	return err_set(err, ERR_INVALID,
	               "not a moment: write \"never\", a span such as 30d or 12h, a date such as "
	               "2026-12-31, or 2026-12-31T18:00:00Z");
}

int clock_parse_past(const char *text, int64_t now, int end_of_day, int64_t *out, struct err *err)
{
	int64_t value;

	if (read_span(text, &value)) {
		*out = value < now ? now - value : 0;
		return 0;
	}
	if (read_moment(text, end_of_day, &value)) {
		*out = value;
		return 0;
	}
	return err_set(err, ERR_INVALID,
	               "not a moment: write an age such as 2h or 7d, a date such as 2026-12-31, or "
	               "2026-12-31T18:00:00Z");
}
