/* A new secret for a credential: what stays, how long it lives, what the old one
 * may meanwhile. */
#include "house.h"

#include "base/clock.h"
#include "gate/access.h"
#include "gate/retire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define DAY INT64_C(86400)

static void ok(struct house *h, int rc)
{
	if (rc)
		fail_msg("%s", h->err.text);
}

static void make(struct house *h, const struct gate_issue *ask, struct store_credential *out,
                 char token[TOKEN_LEN + 1])
{
	ok(h, gate_issue(&h->gate, ask, out, token, &h->err));
}

static void rotate(struct house *h, const struct gate_rotate *ask, struct store_credential *out,
                   char token[TOKEN_LEN + 1])
{
	struct store_former old;

	ok(h, gate_rotate(&h->gate, ask, out, &old, token, &h->err));
}

static void rule(struct house *h, const char *workspace, const char *most)
{
	const struct gate_workspace_edit edit = {.token_lifetime = most};

	ok(h, gate_workspace_edit(&h->gate, workspace, &edit, NULL, &h->err));
}

static bool opens(struct house *h, const char *token, const char *workspace, const char *repository,
                  int64_t at)
{
	const struct gate_ask ask = {.operation = OPERATION_READ,
	                             .workspace = workspace,
	                             .repository = repository,
	                             .address = "192.0.2.1",
	                             .server = SERVER_READY,
	                             .now = at};
	char header[96];
	const char *headers[] = {header};
	struct gate_presented p;
	struct gate_session s;
	struct gate_decision d;

	snprintf(header, sizeof(header), "Bearer %s", token);
	gate_present(&p, headers, 1);
	ok(h, gate_authenticate(&h->gate, &p, &s, &h->err));
	gate_present_clear(&p);
	ok(h, gate_authorise(&h->gate, &s, &ask, &d, &h->err));
	bool allowed = d.verdict.reason == REASON_ALLOWED;
	gate_decision_clear(&d);
	return allowed;
}

static const struct gate_rotate again = {.owner = {.user = "ann"}, .name = "ci", .overlap = "1d"};

static void a_rotation_keeps_the_length_of_the_life(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];
	int64_t now = clock_now();

	make(h,
	     &(struct gate_issue){
	             .owner = {.user = "ann"}, .name = "ci", .scopes = "clone", .expires = "30d"},
	     NULL, token);
	rotate(h, &again, &c, token);
	assert_in_range(c.expires - now, 30 * DAY, 30 * DAY + 60);
}

static void the_servers_rule_of_today_shortens_it(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];
	int64_t now = clock_now();

	make(h,
	     &(struct gate_issue){
	             .owner = {.user = "ann"}, .name = "ci", .scopes = "clone", .expires = "never"},
	     NULL, token);
	rotate(h, &again, &c, token);
	assert_int_equal(c.expires, CLOCK_NEVER);
	h->settings.token_lifetime = 7 * DAY;
	rotate(h, &again, &c, token);
	assert_in_range(c.expires - now, 7 * DAY, 7 * DAY + 60);
}

static void so_does_that_of_a_workspace_it_reaches(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];
	int64_t now = clock_now();

	make(h, &(struct gate_issue){.owner = {.user = "ann"}, .name = "ci", .scopes = "clone"},
	     NULL, token);
	ok(h, gate_workspace_add(&h->gate, "strict", "ann", NULL, NULL, &h->err));
	rule(h, "strict", "90d");
	rotate(h, &again, &c, token);
	assert_in_range(c.expires - now, 90 * DAY, 90 * DAY + 60);
	rule(h, "strict", "any");
	rotate(h, &again, &c, token);
	assert_in_range(c.expires - now, 90 * DAY, 90 * DAY + 60);
}

static void one_it_is_not_limited_to_does_not(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];
	int64_t now = clock_now();
	struct store_deleted gone;

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/gone", NULL);
	make(h,
	     &(struct gate_issue){.owner = {.user = "ann"},
	                          .name = "ci",
	                          .scopes = "clone",
	                          .repositories = "acme/site,acme/gone",
	                          .expires = "100d"},
	     NULL, token);
	ok(h, gate_workspace_add(&h->gate, "strict", "ann", NULL, NULL, &h->err));
	ok(h, gate_repository_delete(&h->gate, "acme/gone", &gone, &h->err));
	rule(h, "strict", "10d");
	rotate(h, &again, &c, token);
	assert_in_range(c.expires - now, 100 * DAY, 100 * DAY + 60);
	rule(h, "acme", "20d");
	rotate(h, &again, &c, token);
	assert_in_range(c.expires - now, 20 * DAY, 20 * DAY + 60);
	assert_true(opens(h, token, "acme", "site", now));
}

static void a_bots_own_workspace_rules_it(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];
	int64_t now = clock_now();
	const struct gate_rotate bot = {.owner = {.workspace = "acme"}, .name = "ci"};

	make(h,
	     &(struct gate_issue){.owner = {.workspace = "acme"}, .name = "ci", .scopes = "clone"},
	     NULL, token);
	rule(h, "acme", "30d");
	rotate(h, &bot, &c, token);
	assert_in_range(c.expires - now, 30 * DAY, 30 * DAY + 60);
}

static void a_lost_reply_locks_nobody_out(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char first[TOKEN_LEN + 1], lost[TOKEN_LEN + 1], last[TOKEN_LEN + 1];
	int64_t now = clock_now();

	house_repository(h, "acme/site", NULL);
	make(h, &(struct gate_issue){.owner = {.user = "ann"}, .name = "ci", .scopes = "clone"},
	     NULL, first);
	rotate(h, &again, &c, lost);
	rotate(h, &again, &c, last);
	for (int64_t at = now; at < now + DAY; at += DAY / 4) {
		assert_true(opens(h, first, "acme", "site", at));
		assert_true(opens(h, lost, "acme", "site", at));
		assert_true(opens(h, last, "acme", "site", at));
	}
	assert_false(opens(h, first, "acme", "site", now + DAY + 60));
	assert_false(opens(h, lost, "acme", "site", now + DAY + 60));
	assert_true(opens(h, last, "acme", "site", now + DAY + 60));
}

/* Rotating lets the new secret in where a rule bars the old one, and it alone. */
static void the_old_secret_stays_barred_where_it_was(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char first[TOKEN_LEN + 1], second[TOKEN_LEN + 1], third[TOKEN_LEN + 1];
	int64_t now = clock_now();

	house_repository(h, "acme/site", NULL);
	make(h,
	     &(struct gate_issue){
	             .owner = {.user = "ann"}, .name = "ci", .scopes = "clone", .expires = "200d"},
	     NULL, first);
	rule(h, "acme", "90d");
	assert_false(opens(h, first, "acme", "site", now));
	rotate(h, &again, &c, second);
	assert_true(opens(h, second, "acme", "site", now));
	assert_false(opens(h, first, "acme", "site", now));
	rotate(h, &again, &c, third);
	assert_true(opens(h, third, "acme", "site", now));
	assert_true(opens(h, second, "acme", "site", now));
	assert_false(opens(h, first, "acme", "site", now));
}

/* fails(…, WORDS): nothing was rotated, and the complaint has the words. */
static void fails(struct house *h, const char *words)
{
	struct store_credential c = {.name = "as it was"};
	struct store_former old;
	char token[TOKEN_LEN + 1] = "none";

	assert_int_equal(gate_rotate(&h->gate, &again, &c, &old, token, &h->err), ERR_INVALID);
	if (!strstr(h->err.text, words))
		fail_msg("no \"%s\" in: %s", words, h->err.text);
	assert_string_equal(token, "none");
	assert_string_equal(c.name, "as it was");
}

static void what_is_revoked_does_not_live_again(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1];

	make(h, &(struct gate_issue){.owner = {.user = "ann"}, .name = "ci", .scopes = "clone"},
	     NULL, token);
	ok(h, gate_revoke(&h->gate, &again.owner, "ci", NULL, false, NULL, &h->err));
	fails(h, "was revoked at");
	fails(h, "make another in its place: gatehouse token create --user ann --name ci --scopes "
	         "read:repository");
}

static void what_was_retired_gets_no_new_secret(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];
	struct gate_retire ask = {.name = "endless",
	                          .kind = "api-token",
	                          .without_expiry = true,
	                          .notice = "2026-01-01",
	                          .end = "1d"};
	struct store_retirement r;

	make(h,
	     &(struct gate_issue){
	             .owner = {.user = "ann"}, .name = "ci", .scopes = "clone", .expires = "never"},
	     NULL, token);
	ok(h, gate_retire_create(&h->gate, &ask, &r, &h->err));
	rotate(h, &again, &c, token); /* before its end it works */
	ask = (struct gate_retire){.name = "endless", .end = "now"};
	ok(h, gate_retire_edit(&h->gate, &ask, &r, &h->err));
	fails(h, "the retirement endless ended \"ci\" at ");
	fails(h, "gatehouse token create --user ann --name ci-2 --scopes read:repository");

	/* with an end of its own it is none of those that the retirement chooses */
	h->settings.token_lifetime = 7 * DAY;
	rotate(h, &again, &c, token);
	house_repository(h, "acme/site", NULL);
	assert_true(opens(h, token, "acme", "site", clock_now()));
}

static void app_passwords_that_are_off_get_none(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];

	h->settings.app_passwords = true;
	make(h,
	     &(struct gate_issue){.owner = {.user = "ann"},
	                          .name = "ci",
	                          .scopes = "repository",
	                          .app_password = true},
	     NULL, token);
	rotate(h, &again, &c, token);
	h->settings.app_passwords = false;
	fails(h, "app passwords are turned off here");
	fails(h, "gatehouse token create --user ann --name ci-2");
}

static void only_push_stays(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];

	house_repository(h, "acme/site", NULL);
	make(h, &(struct gate_issue){.owner = {.user = "ann"}, .name = "ci", .only = "push"}, &c,
	     token);
	assert_int_equal(c.scopes, SCOPE_WRITE_REPOSITORY | SCOPE_EXACT);
	rotate(h, &again, &c, token);
	assert_int_equal(c.scopes, SCOPE_WRITE_REPOSITORY | SCOPE_EXACT);
	assert_false(opens(h, token, "acme", "site", clock_now()));
}

static void a_failed_rotation_changes_nothing(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	struct store_former old;
	char first[TOKEN_LEN + 1], token[TOKEN_LEN + 1] = "";
	struct gate_rotate wrong = again;

	house_repository(h, "acme/site", NULL);
	make(h, &(struct gate_issue){.owner = {.user = "ann"}, .name = "ci", .scopes = "clone"},
	     NULL, first);
	wrong.overlap = "91d";
	assert_int_equal(gate_rotate(&h->gate, &wrong, &c, &old, token, &h->err), ERR_INVALID);
	wrong.overlap = "soon";
	assert_int_not_equal(gate_rotate(&h->gate, &wrong, &c, &old, token, &h->err), 0);
	assert_string_equal(token, "");
	assert_true(opens(h, first, "acme", "site", clock_now() + 2 * DAY));
}

#define test(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(a_rotation_keeps_the_length_of_the_life),
	        test(the_servers_rule_of_today_shortens_it),
	        test(so_does_that_of_a_workspace_it_reaches),
	        test(one_it_is_not_limited_to_does_not),
	        test(a_bots_own_workspace_rules_it),
	        test(a_lost_reply_locks_nobody_out),
	        test(the_old_secret_stays_barred_where_it_was),
	        test(what_is_revoked_does_not_live_again),
	        test(what_was_retired_gets_no_new_secret),
	        test(app_passwords_that_are_off_get_none),
	        test(only_push_stays),
	        test(a_failed_rotation_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
