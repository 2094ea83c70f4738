#include "gate/queue.h"
#include "gate/why.h"
#include "house.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void issue(struct house *h, struct gate_issue ask)
{
	char token[TOKEN_LEN + 1];

	if (gate_issue(&h->gate, &ask, NULL, token, &h->err))
		fail_msg("%s", h->err.text);
}

static struct gate_may_ask asks(const char *who, const char *operation, const char *path)
{
	return (struct gate_may_ask){
	        .who = who, .operation = operation, .path = path, .now = clock_now()};
}

/* The reason, or the commands that would open it. */
static enum reason may(struct house *h, struct gate_may_ask ask, const char *opens)
{
	struct gate_may m;

	if (gate_may(&h->gate, &ask, &m, &h->err))
		fail_msg("%s", h->err.text);
	enum reason reason = m.decision.verdict.reason;
	if (opens)
		assert_string_equal(buf_str(&m.opens), opens);
	assert_true((reason == REASON_ALLOWED) == (m.how.len > 0));
	gate_may_clear(&m);
	return reason;
}

static void grant(struct house *h, const char *subject, const char *object, const char *right)
{
	if (gate_grant_set(&h->gate, subject, object, right, NULL, &h->err))
		fail_msg("%s", h->err.text);
}

static void may_is_the_decision_without_the_deed(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	issue(h,
	      (struct gate_issue){.owner.user = "ann", .name = "r", .scopes = "read:repository"});
	assert_int_equal(may(h, asks("ann", "push", "acme/site"), ""), REASON_ALLOWED);
	assert_int_equal(may(h, asks("ann/r", "fetch", "ACME/Site"), ""), REASON_ALLOWED);
	assert_int_equal(may(h, asks("ann/r", "push", "acme/site"),
	                     "gatehouse token create --user ann --name r-2 --scopes "
	                     "write:repository\n"),
	                 REASON_SCOPE_MISSING);
	assert_int_equal(may(h, asks("id:1", "clone", "acme/site"), ""), REASON_ALLOWED);
	assert_int_equal(may(h, asks("bob", "fetch", "acme/site"),
	                     "gatehouse grant add bob acme/site read\n"),
	                 REASON_NOT_FOUND);
	assert_int_equal(may(h, asks("anyone", "push", "acme/site"), ""), REASON_NO_CREDENTIAL);
}

static void a_later_moment_and_another_address_can_be_asked_about(void **state)
{
	struct house *h = *state;
	struct gate_may_ask ask = asks("ann/t", "push", "acme/site");

	house_repository(h, "acme/site", NULL);
	issue(h, (struct gate_issue){.owner.user = "ann",
	                             .name = "t",
	                             .scopes = "write:repository",
	                             .addresses = "192.0.2.0/24",
	                             .expires = "30d"});
	assert_int_equal(may(h, ask, ""), REASON_ALLOWED); /* from an address it allows */
	ask.address = "198.51.100.7";
	assert_int_equal(may(h, ask,
	                     "gatehouse token create --user ann --name t-2 --scopes "
	                     "write:repository --addresses 192.0.2.0/24,198.51.100.7\n"),
	                 REASON_ADDRESS_NOT_ALLOWED);
	ask.address = "192.0.2.9";
	ask.now += 31 * 86400;
	assert_int_equal(may(h, ask, NULL), REASON_TOKEN_EXPIRED);
}

static void all_that_lacks_is_listed_in_the_order_to_run(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/docs", NULL);
	grant(h, "bob", "acme/docs", "read");
	issue(h, (struct gate_issue){.owner.user = "bob",
	                             .name = "bob's",
	                             .scopes = "read:repository",
	                             .repositories = "acme/docs"});
	assert_int_equal(gate_user_suspend(&h->gate, "bob", true, NULL, NULL, &h->err), 0);
	assert_int_equal(may(h, asks("bob/bob's", "push", "acme/site"),
	                     "gatehouse user resume bob\n"
	                     "gatehouse grant add bob acme/site write\n"
	                     "gatehouse token create --user bob --name 'bob'\\''s-2' --scopes "
	                     "write:repository --repos acme/docs,acme/site\n"),
	                 REASON_OWNER_SUSPENDED);
}

static void a_command_never_widens_what_it_can_not_say(void **state)
{
	struct house *h = *state;
	struct store_credential c;

	house_repository(h, "acme/old", NULL);
	house_repository(h, "acme/site", NULL);
	issue(h, (struct gate_issue){.owner.user = "ann",
	                             .name = "old",
	                             .scopes = "write:repository",
	                             .repositories = "acme/old",
	                             .expires = "1d"});
	issue(h, (struct gate_issue){
	                 .owner.user = "ann", .name = "refs", .scopes = "read:repository"});
	assert_int_equal(gate_credential_find(&h->gate, GATE_USER("ann"), "refs", &c, &h->err), 0);
	assert_int_equal(store_begin(h->gate.store, &h->err), 0);
	assert_int_equal(store_limit_add(h->gate.store, c.id, LIMIT_REF, "main", &h->err), 0);
	assert_int_equal(store_commit(h->gate.store, &h->err), 0);
	/* no flag of `token create` keeps the limit of refs */
	assert_int_equal(may(h, asks("ann/refs", "push", "acme/site"), ""), REASON_SCOPE_MISSING);
	/* all it named was deleted: a list of none would be no limit */
	assert_int_equal(gate_repository_delete(&h->gate, "acme/old", NULL, &h->err), 0);
	struct gate_may_ask ask = asks("ann/old", "push", "acme/site");
	assert_int_equal(may(h, ask,
	                     "gatehouse token create --user ann --name old-2 --scopes "
	                     "write:repository --repos acme/site\n"),
	                 REASON_REPOSITORY_LIMIT);
	ask.path = "acme/old";
	ask.now += 2 * 86400;
	assert_int_equal(may(h, ask, NULL), REASON_TOKEN_EXPIRED);
}

static void questions_that_make_no_sense_are_answered_in_words(void **state)
{
	static const struct gate_may_ask bad[] = {
	        {.who = "nobody", .operation = "push", .path = "acme/site"},
	        {.who = "ann/nope", .operation = "push", .path = "acme/site"},
	        {.who = "id:99", .operation = "push", .path = "acme/site"},
	        {.who = "id:9x", .operation = "push", .path = "acme/site"},
	        {.who = "id:", .operation = "push", .path = "acme/site"},
	        {.who = "ann", .operation = "eat", .path = "acme/site"},
	        {.who = "ann", .operation = "push", .path = "acme"},
	        {.who = "ann", .operation = "push", .path = "acme/.."},
	        {.who = "ann", .operation = "push", .path = "acme/site", .address = "here"},
	        {.who = "ann", .operation = "push", .path = "acme/site", .address = "10.0.0.0/8"},
	};
	struct house *h = *state;
	struct gate_may m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		h->err.text[0] = '\0';
		assert_int_not_equal(gate_may(&h->gate, &bad[i], &m, &h->err), 0);
		assert_true(strlen(h->err.text) > 10);
	}
}

/* -- who -- */

static int could(void *arg, const struct gate_could *c)
{
	struct buf *b = arg;

	return buf_addf(b, "%s%s: %s\n", c->kind == MAY_CREDENTIAL ? "  " : "",
	                c->kind == MAY_ANYONE ? "anyone" : c->name, c->how);
}

static void could_is(struct house *h, const char *operation, const char *path, size_t most,
                     size_t more, const char *wanted)
{
	struct gate_may_ask ask = asks(NULL, operation, path);
	struct buf b;
	size_t others = 99;

	buf_init(&b, 10000);
	if (gate_may_who(&h->gate, &ask, most, could, &b, &others, &h->err))
		fail_msg("%s", h->err.text);
	assert_string_equal(buf_str(&b), wanted);
	assert_int_equal(others, more);
	buf_clear(&b);
}

static void who_could_is_listed_with_the_way_to_it(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_user_add(&h->gate, "cleo", "", NULL, false, NULL, &h->err), 0);
	assert_int_equal(gate_group_add(&h->gate, "acme", "devs", NULL, &h->err), 0);
	assert_int_equal(gate_group_member(&h->gate, "acme", "devs", "bob", true, &h->err), 0);
	grant(h, "group:devs", "acme", "write");
	grant(h, "bob", "acme/site", "read");
	issue(h, (struct gate_issue){
	                 .owner.user = "bob", .name = "reads", .scopes = "read:repository"});
	issue(h, (struct gate_issue){.owner.user = "bob",
	                             .name = "ci",
	                             .scopes = "write:repository",
	                             .addresses = "192.0.2.0/24",
	                             .repositories = "acme/site",
	                             .expires = "never"});
	could_is(h, "push", "acme/site", 10, 0,
	         "ann: admin, as an owner of the workspace acme\n"
	         "bob: write, by a grant to group:devs on acme\n"
	         "  ci: only from 192.0.2.0/24; only on 1 named repository\n");
	could_is(h, "push", "acme/site", 1, 1, "ann: admin, as an owner of the workspace acme\n");
	could_is(
	        h, "push", "acme/new", 10, 0,
	        "ann: the push makes it: an owner of acme may (its rule for creation is owners)\n");
	could_is(h, "fetch", "acme/none", 10, 0, "");
	struct gate_repository_edit edit = {.visibility = "internal"};
	assert_int_equal(gate_repository_edit(&h->gate, "acme/site", &edit, NULL, &h->err), 0);
	assert_int_equal(gate_user_suspend(&h->gate, "bob", true, NULL, NULL, &h->err), 0);
	could_is(h, "fetch", "acme/site", 10, 0,
	         "ann: admin, as an owner of the workspace acme\n"
	         "cleo: read, since the repository is internal\n");
	edit.visibility = "public";
	assert_int_equal(gate_repository_edit(&h->gate, "acme/site", &edit, NULL, &h->err), 0);
	could_is(h, "fetch", "acme/site", 1, 1,
	         "anyone: read, as anyone may: the repository is public\n"
	         "ann: admin, as an owner of the workspace acme\n");
}

/* -- why, for whom -- */

/* Has the credential ask, as a server does; gives the reference. */
static void record(struct house *h, const char *user, const char *name, enum operation operation,
                   const char *repository, char reference[ACCESS_REFERENCE + 1])
{
	struct gate_ask ask = {.operation = operation,
	                       .workspace = "acme",
	                       .repository = repository,
	                       .address = "192.0.2.1"};
	struct store_credential c;
	struct gate_session s;
	struct gate_decision d;
	struct gate_queue *q;

	assert_int_equal(gate_credential_find(&h->gate, GATE_USER(user), name, &c, &h->err), 0);
	ask.now = c.created + 1; /* stands in the words: the same for all of a token */
	assert_int_equal(gate_session_credential(&h->gate, &c, &s, &h->err), 0);
	assert_int_equal(gate_authorise(&h->gate, &s, &ask, &d, &h->err), 0);
	assert_int_equal(gate_queue_start(&q, &h->settings, &h->err), 0);
	gate_record(q, &s, &ask, &d, operation == OPERATION_READ ? "fetch" : "push", "git", NULL);
	gate_queue_stop(q);
	memcpy(reference, d.reference, sizeof(d.reference));
	gate_decision_clear(&d);
}

static int why(struct house *h, const char *reader, const char *reference, struct gate_why *out)
{
	struct store_user u;

	if (reader)
		assert_int_equal(gate_user_find(&h->gate, reader, &u, &h->err), 0);
	return gate_why(&h->gate, reader ? &u : NULL, reference, out, &h->err);
}

static void hidden_and_missing_are_told_alike_to_the_owner(void **state)
{
	static const char *const scopes[] = {"write:repository", "read:repository"};
	struct house *h = *state;
	char hidden[ACCESS_REFERENCE + 1], missing[ACCESS_REFERENCE + 1];
	struct gate_workspace_edit edit = {.add_member = "bob", .creation = "off"};
	struct gate_why a, b;

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/docs", NULL);
	grant(h, "bob", "acme/docs", "read");
	issue(h, (struct gate_issue){.owner.user = "bob", .name = "all", .scopes = scopes[0]});
	issue(h, (struct gate_issue){.owner.user = "bob",
	                             .name = "some",
	                             .scopes = scopes[0],
	                             .repositories = "acme/docs"});
	/* a repository it is limited to that its owner may see no longer */
	grant(h, "bob", "acme/site", "read");
	issue(h, (struct gate_issue){.owner.user = "bob",
	                             .name = "site",
	                             .scopes = scopes[0],
	                             .repositories = "acme/site"});
	assert_int_equal(gate_grant_remove(&h->gate, "bob", "acme/site", &h->err), 0);
	for (int round = 0; round < 12; round++) {
		const char *token = (const char *[]){"all", "some", "site"}[round % 3];
		enum operation operation = round / 3 % 2 ? OPERATION_WRITE : OPERATION_READ;
		if (round == 6) /* a member who could make none */
			assert_int_equal(
			        gate_workspace_edit(&h->gate, "acme", &edit, NULL, &h->err), 0);
		record(h, "bob", token, operation, "site", hidden);
		record(h, "bob", token, operation, "gone", missing);
		assert_int_equal(why(h, "bob", hidden, &a), 0);
		assert_int_equal(why(h, "bob", missing, &b), 0);
		assert_string_equal(a.row.gates, b.row.gates);
		assert_string_equal(a.row.reason, b.row.reason);
		assert_string_equal(a.row.note, b.row.note);
		assert_int_equal(a.today, b.today);
		assert_string_equal(buf_str(&a.opens), "");
		assert_string_equal(buf_str(&b.opens), "");
		gate_why_clear(&a);
		gate_why_clear(&b);
		/* the operator sees the difference, where the gate did */
		assert_int_equal(why(h, NULL, hidden, &a), 0);
		assert_int_equal(why(h, NULL, missing, &b), 0);
		if (round % 3 != 1)
			assert_string_not_equal(a.row.gates, b.row.gates);
		assert_true(a.opens.len > 0);
		gate_why_clear(&a);
		gate_why_clear(&b);
	}
}

static void others_hear_the_words_of_a_missing_reference(void **state)
{
	struct house *h = *state;
	char reference[ACCESS_REFERENCE + 1], none[512];
	struct store_audit row = {.reference = "stranger00",
	                          .kind = AUDIT_STRANGER,
	                          .at = 100,
	                          .last = 100,
	                          .count = 1,
	                          .reason = "token-unknown"};
	struct gate_why w;

	house_repository(h, "acme/site", NULL);
	issue(h,
	      (struct gate_issue){.owner.user = "bob", .name = "all", .scopes = "read:repository"});
	record(h, "bob", "all", OPERATION_READ, "site", reference);
	assert_int_equal(why(h, "ann", reference, &w), ERR_NOT_FOUND);
	snprintf(none, sizeof(none), "%s", h->err.text);
	memcpy(strstr(none, reference), "0000000000", ACCESS_REFERENCE);
	assert_int_equal(why(h, "ann", "0000000000", &w), ERR_NOT_FOUND);
	assert_string_equal(h->err.text, none);
	assert_int_equal(store_begin(h->gate.store, &h->err), 0);
	assert_int_equal(store_audit_add(h->gate.store, &row, &h->err), 0);
	assert_int_equal(store_commit(h->gate.store, &h->err), 0);
	assert_int_equal(why(h, "bob", "stranger00", &w), ERR_NOT_FOUND);
	assert_int_equal(why(h, NULL, "stranger00", &w), 0);
	gate_why_clear(&w);
	/* a change that concerns no credential of theirs */
	house_last_audit(h, &row);
	assert_int_equal(why(h, "ann", row.reference, &w), ERR_NOT_FOUND);
}

static void the_owner_is_not_told_who_administers(void **state)
{
	struct house *h = *state;
	struct store_audit row;
	struct gate_why w;

	issue(h,
	      (struct gate_issue){.owner.user = "bob", .name = "all", .scopes = "read:repository"});
	house_last_audit(h, &row);
	assert_string_equal(row.actor, "operator test");
	assert_int_equal(why(h, "bob", row.reference, &w), 0);
	assert_string_equal(w.row.actor, "an administrator");
	gate_why_clear(&w);
	assert_int_equal(why(h, "ann", row.reference, &w), ERR_NOT_FOUND);
}

static void what_was_refused_is_decided_again_today(void **state)
{
	struct house *h = *state;
	char reference[ACCESS_REFERENCE + 1];
	struct gate_why w;

	house_repository(h, "acme/site", NULL);
	grant(h, "bob", "acme/site", "read");
	issue(h, (struct gate_issue){
	                 .owner.user = "bob", .name = "all", .scopes = "write:repository"});
	record(h, "bob", "all", OPERATION_WRITE, "site", reference);
	assert_int_equal(why(h, NULL, reference, &w), 0);
	assert_int_equal(w.today, REASON_RIGHT_MISSING);
	assert_string_equal(buf_str(&w.opens), "gatehouse grant add bob acme/site write\n");
	gate_why_clear(&w);
	grant(h, "bob", "acme/site", "write");
	assert_int_equal(why(h, NULL, reference, &w), 0);
	assert_int_equal(w.today, REASON_ALLOWED);
	assert_string_equal(buf_str(&w.opens), "");
	gate_why_clear(&w);
}

#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        HOUSE_TEST(may_is_the_decision_without_the_deed),
	        HOUSE_TEST(a_later_moment_and_another_address_can_be_asked_about),
	        HOUSE_TEST(all_that_lacks_is_listed_in_the_order_to_run),
	        HOUSE_TEST(a_command_never_widens_what_it_can_not_say),
	        HOUSE_TEST(questions_that_make_no_sense_are_answered_in_words),
	        HOUSE_TEST(who_could_is_listed_with_the_way_to_it),
	        HOUSE_TEST(hidden_and_missing_are_told_alike_to_the_owner),
	        HOUSE_TEST(others_hear_the_words_of_a_missing_reference),
	        HOUSE_TEST(the_owner_is_not_told_who_administers),
	        HOUSE_TEST(what_was_refused_is_decided_again_today),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
