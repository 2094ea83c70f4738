#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Four rows beside those that the setup left (changes of the operator), old
 * enough that --since 1d leaves them out. */
static const struct store_audit rows[] = {
        {.reference = "aaaaaaaaaa",
         .kind = AUDIT_DECISION,
         .at = 1764082987,
         .reason = "allowed",
         .actor = "ann",
         .credential = 3,
         .credential_name = "laptop",
         .operation = "push",
         .object = "acme/site",
         .address = "192.0.2.7"},
        {.reference = "bbbbbbbbbb",
         .kind = AUDIT_DECISION,
         .at = 1764082988,
         .reason = "scope-missing",
         .actor = "bob",
         .credential = 4,
         .credential_name = "ci",
         .operation = "advertise push",
         .object = "acme/docs",
         .address = "2001:db8::9",
         .agent = "odd \xff\xfe \" \\ \xe2\x80\xa8 \x1b[31m agent"},
        {.reference = "cccccccccc",
         .kind = AUDIT_STRANGER,
         .at = 1764082989,
         .count = 37,
         .reason = "token-unknown",
         .operation = "advertise fetch",
         .address = "198.51.100.4"},
        {.reference = "dddddddddd",
         .kind = AUDIT_CHANGE,
         .at = 1764082990,
         .reason = "token create",
         .actor = "operator root",
         .credential = 3,
         .credential_name = "laptop",
         .object = "ann"},
};

static int setup(void **state)
{
	int failed = run_setup_ann(state);

	for (size_t i = 0; !failed && i < sizeof(rows) / sizeof(rows[0]); i++)
		run_audit_row(*state, &rows[i]);
	return failed;
}

/* The references that come, by their first letters, of the four. */
static void finds(struct run *r, const char *flags, const char *want)
{
	char line[300], got[16] = "";
	size_t n = 0;

	snprintf(line, sizeof(line), "audit --until 2025-11-25 --quiet %s", flags);
	run_fine(r, line);
	for (const char *p = r->out; *p && n < sizeof(got) - 1; p += strcspn(p, "\n") + 1)
		got[n++] = *p;
	got[n] = 0;
	if (strcmp(got, want))
		fail_msg("%s: %s instead of %s", line, got, want);
}

static void each_flag_narrows_and_all_of_them_combine(void **state)
{
	struct run *r = *state;

	finds(r, "", "abcd");
	finds(r, "--actor ann", "a");
	finds(r, "--actor operator~root", "d");
	finds(r, "--credential laptop", "ad");
	finds(r, "--credential ann/laptop", "ad");
	finds(r, "--credential bob/laptop", "");
	finds(r, "--credential id:4", "b");
	finds(r, "--operation push", "ab");
	finds(r, "--operation advertise", "bc");
	finds(r, "--operation token", "d");
	finds(r, "--operation token~create", "d");
	finds(r, "--object acme", "ab");
	finds(r, "--object acme/docs", "b");
	finds(r, "--address 192.0.2.0/24", "a");
	finds(r, "--address 2001:db8::/32", "b");
	finds(r, "--verdict allowed", "a");
	finds(r, "--verdict refused", "bc");
	finds(r, "--reason token-unknown", "c");
	finds(r, "--reason token~create", "d");
	finds(r, "--kind strangers", "c");
	finds(r, "--kind change", "d");
	finds(r, "--since 2025-11-25T15:03:09Z", "cd");
	finds(r, "--since 2025-11-25T15:03:08Z --limit 1", "d");
	finds(r, "--limit 2", "cd");
	finds(r, "--operation push --verdict refused --object acme", "b");
	finds(r, "--operation push --verdict refused --object acme --actor ann", "");
	run_fine(r, "audit --since 1d --quiet");
	assert_null(strstr(r->out, "aaaaaaaaaa"));
	run_fine(r, "audit --until 1d --quiet");
	assert_string_equal(r->out, "aaaaaaaaaa\nbbbbbbbbbb\ncccccccccc\ndddddddddd\n");
}

static void a_word_that_makes_no_sense_is_told_with_what_would(void **state)
{
	static const struct {
		const char *line, *word;
	} wrong[] = {
	        {"audit --reason scope-mising", "did you mean \"scope-missing\"?"},
	        {"audit --reason xyzzy-plugh-nothing", "gatehouse help refusals"},
	        {"audit --verdict refuse", "did you mean \"refused\"?"},
	        {"audit --verdict 17", "such as \"allowed\""},
	        {"audit --kind chanes", "did you mean \"change\"?"},
	        {"audit --operation psh", "did you mean \"push\"?"},
	        {"audit --operation token~creat", "did you mean \"token create\"?"},
	        {"audit --credential id:x", "id:12"},
	        {"audit --credential ann/", "ann/laptop"},
	        {"audit --address here", "192.0.2.7, 10.0.0.0/8"},
	        {"audit --address 10.0.0.1/8", "10.0.0.0/8"},
	        {"audit --since yesterday", "an age such as 2h"},
	        {"audit --until never", "2026-12-31T18:00:00Z"},
	        {"audit --since 1d --until 2d", "--since lies behind --until"},
	        {"audit --limit 0", "1 to 99999"},
	};
	struct run *r = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		run_fails(r, wrong[i].line, 2, wrong[i].word);
}

static void json_is_one_object_a_line_whatever_the_rows_hold(void **state)
{
	struct run *r = *state;
	size_t lines = 0;

	run_fine(r, "audit --json");
	for (char *p = r->out; *p; lines++) {
		char *end = strchr(p, '\n');
		assert_non_null(end);
		*end = 0;
		json_t *json = json_loads(p, 0, NULL);
		if (!json)
			fail_msg("no JSON: %s", p);
		assert_int_equal(strlen(json_text(json, "reference")), 10);
		if (!strcmp(json_text(json, "reference"), "bbbbbbbbbb")) {
			assert_string_equal(json_text(json, "at"), "2025-11-25T15:03:08Z");
			assert_non_null(strstr(json_text(json, "user_agent"), "agent"));
		}
		json_decref(json);
		p = end + 1;
	}
	assert_true(lines > 4);
}

static void a_list_is_cut_and_says_so(void **state)
{
	struct run *r = *state;
	struct store_audit row = rows[0];

	for (int i = 0; i < 120; i++) {
		snprintf(row.reference, sizeof(row.reference), "m%09d", i);
		row.at++;
		run_audit_row(r, &row);
	}
	run_fine(r, "audit --actor ann");
	assert_non_null(strstr(r->complaints, "the newest 50"));
	assert_null(strstr(r->out, "m000000069"));
	char *first = strstr(r->out, "m000000070"), *last = strstr(r->out, "m000000119");
	assert_true(first && last && first < last);
	run_fine(r, "audit --actor ann --limit 3");
	assert_string_equal(r->complaints, "");
	run_fine(r, "audit --actor ann --limit 9999 --quiet");
	assert_int_equal(strlen(r->out), 11 * 121);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, run_teardown)
	const struct CMUnitTest tests[] = {
	        T(each_flag_narrows_and_all_of_them_combine),
	        T(a_word_that_makes_no_sense_is_told_with_what_would),
	        T(json_is_one_object_a_line_whatever_the_rows_hold),
	        T(a_list_is_cut_and_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
