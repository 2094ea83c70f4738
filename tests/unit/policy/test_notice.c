/* What a session hears although nothing was refused. */
#include "explain_scene.h"

#include "policy/notice.h"

#include <stdlib.h>
#include <string.h>

static const struct verdict allowed = {.reason = REASON_ALLOWED, .genuine = true};

/* The lines; they stay until the next are asked for. */
static const char *notices(const struct policy_facts *f, const struct policy_story *s)
{
	static struct buf b;

	buf_clear(&b);
	buf_init(&b, NOTICE_ROOM);
	assert_int_equal(policy_notices(&b, f, &allowed, s), 0);
	check_clean(buf_str(&b));
	return buf_str(&b);
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static struct policy_story soon(int64_t seconds)
{
	struct policy_story s = friendly;

	s.notice_window = 14 * DAY;
	s.expires = NOW + seconds;
	return s;
}

static void where_nothing_is_to_be_said_nothing_is(void **state)
{
	(void)state;
	assert_string_equal(notices(&sound, &friendly), "");
}

static void what_is_on_its_way_out_is_told_with_its_end_and_what_goes_in_its_place(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.standing = STANDING_NOTICE;
	s.kind = CREDENTIAL_APP_PASSWORD;
	s.retires = NOW + 30 * DAY;
	s.brownout_next = NOW + DAY;
	s.replacement = "gatehouse token create --user ann --name laptop-2 --scopes clone";
	assert_string_equal(
	        notices(&f, &s),
	        "The app password \"laptop\" ends 2026-12-25 14:03:07 UTC, with hours without it "
	        "from "
	        "2026-11-26 14:03:07 UTC on. In its place, on the server: gatehouse token create "
	        "--user ann --name laptop-2 --scopes clone\n");
	s.retires = s.brownout_next = CLOCK_NEVER;
	s.replacement = NULL;
	assert_string_equal(
	        notices(&f, &s),
	        "The app password \"laptop\" is on its way out. Ask an administrator of the "
	        "server for what goes in its place.\n");
	f.standing = STANDING_ALLOWED;
	assert_string_equal(notices(&f, &s), "");
}

static void an_end_within_the_window_is_told_with_the_command(void **state)
{
	struct policy_story s = soon(6 * DAY + 5);

	(void)state;
	assert_string_equal(
	        notices(&sound, &s),
	        "The token \"laptop\" expires 2026-12-01 14:03:12 UTC, in 6 days. For a "
	        "new secret, on the server: gatehouse token rotate laptop --user ann\n");
	s = soon(14 * DAY);
	assert_int_equal(lines(notices(&sound, &s)), 1);
	s = soon(14 * DAY + 1);
	assert_string_equal(notices(&sound, &s), "");
	s.expires = NOW;
	assert_string_equal(notices(&sound, &s), "");
	s = soon(5);
	s.notice_window = 0;
	assert_string_equal(notices(&sound, &s), "");
	s = soon(5);
	s.credential_name = "two words";
	holds(notices(&sound, &s), "gatehouse token rotate NAME --user ann\n");
}

static void a_bots_token_is_rotated_by_what_it_belongs_to(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = soon(DAY);

	(void)state;
	f.is_bot = true;
	s.kind = CREDENTIAL_REPOSITORY_TOKEN;
	s.acts_as = "bot laptop";
	s.owner = "acme/site";
	holds(notices(&f, &s), "gatehouse token rotate laptop --repo acme/site\n");
	s.kind = CREDENTIAL_ACCESS_KEY;
	holds(notices(&f, &s), "The key \"laptop\" expires");
	holds(notices(&f, &s), ". Register another key before then.\n");
}

static void a_replaced_secret_is_told_until_when_it_works(void **state)
{
	struct policy_story s = friendly;

	(void)state;
	s.replaced = NOW - 2 * DAY;
	s.replaced_until = NOW + DAY;
	assert_string_equal(
	        notices(&sound, &s),
	        "The token \"laptop\" has a newer secret since 2026-11-23 14:03:07 UTC; "
	        "this one works until 2026-11-26 14:03:07 UTC.\n");
	s.replaced_until = CLOCK_NEVER;
	holds(notices(&sound, &s), "; this one works until the newer one is used.\n");
}

static void a_new_network_is_told_with_the_command_that_ends_it(void **state)
{
	struct policy_story s = friendly;

	(void)state;
	s.new_network = "203.0.113.0/24";
	s.new_network_since = NOW - DAY;
	assert_string_equal(
	        notices(&sound, &s),
	        "The token \"laptop\" was first used from 203.0.113.0/24 on 2026-11-24 "
	        "14:03:07 UTC. If that was not you: gatehouse token revoke laptop --user "
	        "ann\n");
	s.kind = CREDENTIAL_USER_KEY;
	holds(notices(&sound, &s), "If that was not you: gatehouse key revoke laptop --user ann\n");
}

static void an_old_name_is_told_todays_and_the_line_that_follows(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	s.by_old_name = true;
	assert_string_equal(
	        notices(&sound, &s),
	        "This repository is now acme/site; the old name still works. To follow: "
	        "git remote set-url origin https://git.example.org/acme/site.git\n");
	/* also to who comes without a credential */
	f.presented = PRESENTED_NOTHING;
	s.kind = (enum credential_kind)0;
	s.credential_name = s.acts_as = s.user_hint = NULL;
	holds(notices(&f, &s), "git remote set-url origin");
}

static void whom_the_session_acts_as_is_told_when_the_name_is_anothers(void **state)
{
	struct policy_story s = friendly;

	(void)state;
	s.user_hint = "bob";
	assert_string_equal(
	        notices(&sound, &s),
	        "This session acts as ann, whose token it is; the user name bob was not used.\n");
	s.hint_fits = true;
	assert_string_equal(notices(&sound, &s), "");
	s.hint_fits = false;
	s.user_hint = "x-token-auth";
	assert_string_equal(notices(&sound, &s), "");
	s.user_hint = "ANN";
	assert_string_equal(notices(&sound, &s), "");
	s.user_hint = NULL;
	assert_string_equal(notices(&sound, &s), "");
}

static void the_three_most_urgent_are_told(void **state)
{
	struct policy_story s = soon(DAY);
	const char *text, *second;

	(void)state;
	s.user_hint = "bob";
	s.by_old_name = true;
	s.replaced = NOW - DAY;
	s.replaced_until = NOW + 60;
	text = notices(&sound, &s);
	assert_int_equal(lines(text), NOTICE_LINES);
	holds(text, "has a newer secret");
	second = strchr(text, '\n') + 1;
	assert_memory_equal(second, "The token \"laptop\" expires", 26);
	holds(second, "\nThis repository is now");
	holds_not(text, "acts as");
	s.replaced = 0;
	holds(notices(&sound, &s), "acts as ann");
}

static void a_refusal_has_words_of_its_own(void **state)
{
	struct verdict v = refused(REASON_SCOPE_MISSING, true);
	struct policy_story s = soon(DAY);
	struct buf b;

	(void)state;
	buf_init(&b, NOTICE_ROOM);
	assert_int_equal(policy_notices(&b, &sound, &v, &s), 0);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

static void hostile_names_stay_harmless_and_in_their_line(void **state)
{
	struct policy_story s;
	const char *text;

	(void)state;
	fill_hostile(&s);
	s.expires = INT64_MAX - 1;
	s.now = INT64_MAX - 1 - DAY;
	s.acts_as = "ann";
	holds_not(notices(&sound, &s), "gatehouse token revoke " MARK);
	s.new_network = NULL;
	text = notices(&sound, &s);
	assert_int_equal(lines(text), NOTICE_LINES);
	holds_not(text, "gatehouse token rotate " MARK);
	holds_not(text, "set-url");
}

static void a_full_buffer_is_an_error(void **state)
{
	struct policy_story s = soon(DAY);
	struct buf b;

	(void)state;
	buf_init(&b, 9);
	assert_int_not_equal(policy_notices(&b, &sound, &allowed, &s), 0);
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(where_nothing_is_to_be_said_nothing_is),
	        cmocka_unit_test(
	                what_is_on_its_way_out_is_told_with_its_end_and_what_goes_in_its_place),
	        cmocka_unit_test(an_end_within_the_window_is_told_with_the_command),
	        cmocka_unit_test(a_bots_token_is_rotated_by_what_it_belongs_to),
	        cmocka_unit_test(a_replaced_secret_is_told_until_when_it_works),
	        cmocka_unit_test(a_new_network_is_told_with_the_command_that_ends_it),
	        cmocka_unit_test(an_old_name_is_told_todays_and_the_line_that_follows),
	        cmocka_unit_test(whom_the_session_acts_as_is_told_when_the_name_is_anothers),
	        cmocka_unit_test(the_three_most_urgent_are_told),
	        cmocka_unit_test(a_refusal_has_words_of_its_own),
	        cmocka_unit_test(hostile_names_stay_harmless_and_in_their_line),
	        cmocka_unit_test(a_full_buffer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
