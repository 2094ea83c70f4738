#include "test_policy.h"

#include "base/clock.h"
#include "policy/retire.h"

#include <stdio.h>
#include <string.h>

#define HOUR INT64_C(3600)
#define DAY RETIRE_DAY
/* 2026-06-01 00:00:00 UTC, the notice; a midnight */
#define START INT64_C(1780272000)

/* Notice at once, from the ninth day on 15 minutes, from the sixteenth on an hour, four
 * times a day, the end after 57 days. */
static const struct retirement classic = {
        .kinds = 1u << CREDENTIAL_APP_PASSWORD,
        .made_before = CLOCK_NEVER,
        .notice = START,
        .end = START + 57 * DAY,
        .ntimes = 4,
        .times = {0, 6 * HOUR, 12 * HOUR, 18 * HOUR},
        .nphases = 2,
        .phases = {{START + 8 * DAY, 15 * 60}, {START + 15 * DAY, HOUR}},
};

static struct retire_state at(const struct retirement *r, int64_t now)
{
	struct retire_state s;

	policy_retire_at(r, now, &s);
	return s;
}

static void the_stages_follow_one_another(void **state)
{
	struct retire_state s;

	(void)state;
	assert_null(policy_retire_fault(&classic));
	s = at(&classic, START - 1);
	assert_int_equal(s.stage, STANDING_ALLOWED);
	assert_true(s.next == START + 8 * DAY && s.until == CLOCK_NEVER);
	assert_int_equal(at(&classic, START).stage, STANDING_NOTICE);
	assert_int_equal(at(&classic, START + 8 * DAY - 1).stage, STANDING_NOTICE);
	s = at(&classic, START + 8 * DAY);
	assert_int_equal(s.stage, STANDING_BROWNOUT);
	assert_true(s.until == START + 8 * DAY + 900 && s.next == START + 8 * DAY + 6 * HOUR);
	assert_int_equal(at(&classic, START + 8 * DAY + 899).stage, STANDING_BROWNOUT);
	s = at(&classic, START + 8 * DAY + 900);
	assert_int_equal(s.stage, STANDING_NOTICE);
	assert_true(s.next == START + 8 * DAY + 6 * HOUR);
	/* the last short one, and the first long one */
	assert_true(at(&classic, START + 14 * DAY + 18 * HOUR).until ==
	            START + 14 * DAY + 18 * HOUR + 900);
	assert_true(at(&classic, START + 15 * DAY + 1800).until == START + 15 * DAY + HOUR);
	s = at(&classic, START + 56 * DAY + 18 * HOUR);
	assert_int_equal(s.stage, STANDING_BROWNOUT);
	assert_true(s.next == CLOCK_NEVER);
	assert_int_equal(at(&classic, START + 57 * DAY - 1).stage, STANDING_NOTICE);
	s = at(&classic, START + 57 * DAY);
	assert_int_equal(s.stage, STANDING_ENDED);
	assert_true(s.next == CLOCK_NEVER && s.until == CLOCK_NEVER);
}

static void a_day_begins_by_the_offset(void **state)
{
	struct retirement r = classic;

	(void)state;
	r.offset = 2 * HOUR; /* its 06:00 is 04:00 UTC */
	assert_int_equal(at(&r, START + 9 * DAY + 4 * HOUR).stage, STANDING_BROWNOUT);
	assert_int_equal(at(&r, START + 9 * DAY + 6 * HOUR).stage, STANDING_NOTICE);
	assert_int_equal(at(&r, START + 9 * DAY + 22 * HOUR).stage, STANDING_BROWNOUT);
	r.offset = -(5 * HOUR + 1800);
	assert_int_equal(at(&r, START + 9 * DAY + 5 * HOUR + 1800).stage, STANDING_BROWNOUT);
	assert_true(at(&r, START + 9 * DAY).next == START + 9 * DAY + 5 * HOUR + 1800);
}

static void a_window_goes_on_over_midnight_and_no_further_than_the_end(void **state)
{
	struct retirement r = classic;

	(void)state;
	r.ntimes = 1;
	r.times[0] = 23 * HOUR;
	r.phases[1].length = 10 * HOUR;
	r.end = START + 20 * DAY + HOUR;
	assert_null(policy_retire_fault(&r));
	assert_true(at(&r, START + 17 * DAY + 8 * HOUR).until == START + 17 * DAY + 9 * HOUR);
	assert_int_equal(at(&r, START + 17 * DAY + 9 * HOUR).stage, STANDING_NOTICE);
	assert_true(at(&r, START + 20 * DAY).until == r.end);
	assert_true(at(&r, START + 20 * DAY).next == CLOCK_NEVER);
}

static void without_an_end_it_goes_on(void **state)
{
	struct retirement r = classic;

	(void)state;
	r.end = CLOCK_NEVER;
	assert_null(policy_retire_fault(&r));
	assert_int_equal(at(&r, START + 4000 * DAY + 30 * 60).stage, STANDING_BROWNOUT);
	r.ntimes = r.nphases = 0;
	assert_null(policy_retire_fault(&r));
	assert_int_equal(at(&r, START + 4000 * DAY).stage, STANDING_NOTICE);
	assert_true(at(&r, START).next == CLOCK_NEVER);
}

/* From each moment's own `next` and `until` the stages are found again: the answers of
 * all moments agree, and each second has just one. */
static void what_is_told_of_the_next_stage_comes_true(void **state)
{
	struct retirement r = classic;
	size_t windows = 0;
	int64_t now = START - DAY, seconds = 0;

	(void)state;
	r.offset = 3 * HOUR;
	while (at(&r, now).stage != STANDING_ENDED) {
		struct retire_state s = at(&r, now);

		if (s.stage == STANDING_BROWNOUT) {
			assert_int_equal(at(&r, s.until - 1).stage, STANDING_BROWNOUT);
			assert_int_not_equal(at(&r, s.until).stage, STANDING_BROWNOUT);
			seconds += s.until - now;
			windows++;
			now = s.until;
		} else if (s.next == CLOCK_NEVER) {
			now = r.end;
		} else {
			assert_int_not_equal(at(&r, s.next - 1).stage, STANDING_BROWNOUT);
			now = s.next;
		}
	}
	/* 49 days of four; the first one of days that begin three hours earlier is lost to
	 * the date, which is a midnight of UTC */
	assert_int_equal(windows, 49 * 4);
	assert_true(seconds == (7 * 4) * 900 + (42 * 4) * HOUR);
}

/* Nothing that a broken ledger could hold makes it run on, or over the edge. */
static void any_numbers_have_an_answer(void **state)
{
	static const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, -DAY,     -1, 0, 1, DAY, START,
	                                DAY * DAY, INT64_MAX - 1, INT64_MAX};
	const size_t count = sizeof edges / sizeof *edges;
	struct retirement r;

	(void)state;
	for (size_t a = 0; a < count; a++)
		for (size_t b = 0; b < count; b++)
			for (size_t c = 0; c < count; c++) {
				memset(&r, 0, sizeof r);
				r.notice = edges[b];
				r.end = edges[c];
				r.offset = edges[b];
				r.made_before = edges[a];
				r.ntimes = r.nphases = 7777;
				for (int i = 0; i < RETIRE_TIMES; i++)
					r.times[i] = edges[(a + (size_t)i) % count];
				for (int i = 0; i < RETIRE_PHASES; i++)
					r.phases[i] = (struct retire_phase){
					        edges[(b + (size_t)i) % count],
					        edges[(c + (size_t)i) % count]};
				(void)at(&r, edges[a]);
				assert_non_null(policy_retire_fault(&r));
			}
}

static void later_is_never_milder(void **state)
{
	/* past the notice nothing is as it was, past the end nothing opens */
	(void)state;
	for (int64_t t = START; t < START + 60 * DAY; t += 127) {
		enum standing s = at(&classic, t).stage;

		assert_true(s != STANDING_ALLOWED && s != STANDING_OFF);
		assert_int_equal(s == STANDING_ENDED, t >= classic.end);
	}
}

static void it_chooses_by_kind_end_and_age(void **state)
{
	struct retirement r = {.kinds = policy_retire_kinds("any"), .made_before = CLOCK_NEVER};

	(void)state;
	for (int kind = CREDENTIAL_API_TOKEN; kind <= CREDENTIAL_ACCESS_KEY; kind++)
		assert_int_equal(policy_retire_chooses(&r, (enum credential_kind)kind, 5, 9),
		                 kind != CREDENTIAL_OAUTH_ACCESS &&
		                         kind != CREDENTIAL_OAUTH_REFRESH);
	assert_false(policy_retire_chooses(&r, (enum credential_kind)0, 5, 9));
	assert_false(policy_retire_chooses(&r, (enum credential_kind)99, 5, 9));
	r.kinds = policy_retire_kinds("api-token");
	assert_true(policy_retire_chooses(&r, CREDENTIAL_API_TOKEN, 5, 9));
	assert_false(policy_retire_chooses(&r, CREDENTIAL_APP_PASSWORD, 5, 9));
	r.without_expiry = true;
	assert_false(policy_retire_chooses(&r, CREDENTIAL_API_TOKEN, 5, 9));
	assert_true(policy_retire_chooses(&r, CREDENTIAL_API_TOKEN, 5, CLOCK_NEVER));
	r.made_before = 5;
	assert_false(policy_retire_chooses(&r, CREDENTIAL_API_TOKEN, 5, CLOCK_NEVER));
	assert_true(policy_retire_chooses(&r, CREDENTIAL_API_TOKEN, 4, CLOCK_NEVER));
	assert_int_equal(policy_retire_kinds("token"), 0);
	assert_string_equal(policy_retire_kinds_word(policy_retire_kinds("access-token")),
	                    "access-token");
	assert_string_equal(policy_retire_kinds_word(6), "");
}

static void it_is_told_in_words(void **state)
{
	struct retirement r = {.kinds = policy_retire_kinds("api-token"),
	                       .without_expiry = true,
	                       .made_before = START};
	struct buf b;

	(void)state;
	buf_init(&b, 300);
	policy_retire_words(&r, &b);
	assert_string_equal(buf_str(&b),
	                    "API tokens that never expire, made before 2026-06-01 00:00:00 UTC");
	buf_reset(&b);
	policy_retire_words(&classic, &b);
	assert_string_equal(buf_str(&b), "app passwords");
	buf_clear(&b);
}

static void fault_of(struct retirement r, const char *part)
{
	const char *fault = policy_retire_fault(&r);

	if (!fault || !strstr(fault, part))
		fail_msg("wanted '%s', got '%s'", part, fault ? fault : "none");
}

#define WRONG(part, ...)                                                                           \
	do {                                                                                       \
		struct retirement r = classic;                                                     \
		__VA_ARGS__;                                                                       \
		fault_of(r, part);                                                                 \
	} while (0)

static void what_makes_no_sense_is_told(void **state)
{
	(void)state;
	WRONG("no kind", r.kinds = 0);
	WRONG("no kind", r.kinds = 1u << CREDENTIAL_LINK);
	WRONG("made in their place", r.kinds = policy_retire_kinds("any"));
	WRONG("after the notice", r.end = r.notice);
	WRONG("after the notice", r.notice = CLOCK_NEVER);
	WRONG("a day or more", r.offset = DAY);
	WRONG("a day or more", r.offset = -DAY);
	WRONG("outside the day", r.times[3] = DAY);
	WRONG("not in order", r.times[1] = 0);
	WRONG("want both", r.ntimes = 0);
	WRONG("want both", r.nphases = 0);
	WRONG("a minute at least", r.phases[0].length = 59);
	WRONG("before the next", r.phases[1].length = 6 * HOUR);
	WRONG("before the next", r.times[3] = 23 * HOUR + 1800);
	WRONG("between the notice and the end", r.phases[0].from = START - 1);
	WRONG("between the notice and the end", r.phases[1].from = r.end);
	WRONG("order of their dates", r.phases[1].from = r.phases[0].from);
	WRONG("grow", r.phases[1].length = 899);
	WRONG("too many brownouts", r.ntimes = RETIRE_TIMES + 1);
	WRONG("too many lengths", r.nphases = RETIRE_PHASES + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_stages_follow_one_another),
	        cmocka_unit_test(a_day_begins_by_the_offset),
	        cmocka_unit_test(a_window_goes_on_over_midnight_and_no_further_than_the_end),
	        cmocka_unit_test(without_an_end_it_goes_on),
	        cmocka_unit_test(what_is_told_of_the_next_stage_comes_true),
	        cmocka_unit_test(any_numbers_have_an_answer),
	        cmocka_unit_test(later_is_never_milder),
	        cmocka_unit_test(it_chooses_by_kind_end_and_age),
	        cmocka_unit_test(it_is_told_in_words),
	        cmocka_unit_test(what_makes_no_sense_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
