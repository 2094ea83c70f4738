#include "gate/queue.h"
#include "house.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void stranger_asks(struct house *h, struct gate_queue *q, const char *address,
                          char reference[ACCESS_REFERENCE + 1])
{
	struct gate_session s = {.presented = PRESENTED_UNKNOWN};
	struct gate_ask ask = {
	        .workspace = "acme", .repository = "site", .address = address, .now = clock_now()};
	struct gate_decision d;

	assert_int_equal(gate_authorise(&h->gate, &s, &ask, &d, &h->err), 0);
	assert_int_equal(d.verdict.reason, REASON_TOKEN_UNKNOWN);
	gate_record(q, &s, &ask, &d, "fetch", "git/2.39\033[2J", NULL);
	memcpy(reference, d.reference, sizeof(d.reference));
	gate_decision_clear(&d);
}

static int count_row(void *arg, const struct store_audit *a)
{
	int64_t *sums = arg;

	sums[0] += a->kind == AUDIT_STRANGER;
	sums[1] += a->kind == AUDIT_STRANGER ? a->count : 0;
	return 0;
}

static void refusals_of_strangers_are_added_up_and_none_is_lost(void **state)
{
	struct house *h = *state;
	struct gate_queue *q;
	char first[ACCESS_REFERENCE + 1], again[ACCESS_REFERENCE + 1];
	struct store_audit_filter all = {.most = 1000};
	struct store_audit row;
	int64_t sums[2] = {0, 0};

	assert_int_equal(gate_queue_start(&q, &h->settings, &h->err), 0);
	stranger_asks(h, q, "192.0.2.1", first);
	for (int i = 0; i < 499; i++) {
		stranger_asks(h, q, "192.0.2.1", again);
		assert_string_equal(again, first);
	}
	stranger_asks(h, q, "192.0.2.2", again);
	assert_string_not_equal(again, first);
	/* a host has a /64 of IPv6 to itself */
	stranger_asks(h, q, "2001:db8::1", first);
	stranger_asks(h, q, "2001:db8::ffff:2", again);
	assert_string_equal(again, first);
	gate_queue_stop(q);

	assert_int_equal(store_audit_list(h->gate.store, &all, count_row, sums, &h->err), 0);
	assert_int_equal(sums[0], 3);
	assert_int_equal(sums[1], 503);
	assert_int_equal(store_audit_get(h->gate.store, first, &row, &h->err), 0);
	assert_string_equal(row.object, ""); /* a stranger's wish is kept nowhere */
	assert_null(strchr(row.agent, '\033'));
}

/* Nearly as long as a name can be. */
#define LONG "a-name-of-nearly-one-hundred-characters-is-kept-whole-by-the-audit-to-be-found"

static void a_decision_leaves_a_row_with_every_gate_and_a_stamp(void **state)
{
	struct house *h = *state;
	struct gate_queue *q;
	char token[TOKEN_LEN + 1], header[TOKEN_LEN + 10];
	const char *headers[] = {header};
	struct gate_issue narrow = {
	        .owner.user = "ann", .name = "reading", .scopes = "read:repository"};
	struct gate_ask ask = {.operation = OPERATION_WRITE,
	                       .workspace = "acme",
	                       .repository = LONG,
	                       .address = "192.0.2.1",
	                       .now = clock_now()};
	struct gate_presented p;
	struct gate_session s;
	struct gate_decision d;
	struct store_audit row;
	struct store_credential c;

	house_repository(h, "acme/" LONG, NULL);
	assert_int_equal(gate_issue(&h->gate, &narrow, NULL, token, &h->err), 0);
	snprintf(header, sizeof(header), "Bearer %s", token);
	gate_present(&p, headers, 1);
	assert_int_equal(gate_authenticate(&h->gate, &p, &s, &h->err), 0);
	assert_int_equal(gate_authorise(&h->gate, &s, &ask, &d, &h->err), 0);
	assert_int_equal(gate_queue_start(&q, &h->settings, &h->err), 0);
	gate_record(q, &s, &ask, &d, "push", "git/2.39", NULL);
	gate_queue_stop(q);

	assert_int_equal(store_audit_get(h->gate.store, d.reference, &row, &h->err), 0);
	assert_string_equal(row.reason, "scope-missing");
	assert_string_equal(row.actor, "ann");
	assert_string_equal(row.object, "acme/" LONG);
	assert_non_null(strstr(row.gates, "known\topen\t"));
	assert_non_null(strstr(row.gates, "scope\tclosed\t"));
	assert_non_null(strstr(row.gates, "right\tskipped\t"));
	assert_null(strstr(row.gates, token + 5));
	assert_int_equal(store_credential_get(h->gate.store, s.credential.id, &c, &h->err), 0);
	assert_string_equal(c.refused_why, "scope-missing");
	assert_string_equal(c.refused_from, "192.0.2.1");
	assert_int_equal(c.used, 0);
	gate_decision_clear(&d);
	gate_present_clear(&p);
}

static int add_user(struct gate *g, void *arg, struct err *err)
{
	return gate_user_add(g, arg, "", NULL, false, NULL, err);
}

static void a_use_case_runs_on_the_writer_and_tells_how_it_went(void **state)
{
	struct house *h = *state;
	struct gate_queue *q;
	struct store_user u;
	char eve[] = "eve", bad[] = "x-token-auth";

	assert_int_equal(gate_queue_start(&q, &h->settings, &h->err), 0);
	assert_int_equal(gate_queue_run(q, add_user, eve, &h->err), 0);
	/* durable when it returns: another connection sees it */
	assert_int_equal(store_user_get(h->gate.store, "eve", &u, &h->err), 0);
	assert_true(gate_queue_run(q, add_user, bad, &h->err) < 0);
	assert_true(strlen(h->err.text) > 0);
	assert_true(gate_queue_healthy(q));
	gate_queue_stop(q);
}

#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        HOUSE_TEST(refusals_of_strangers_are_added_up_and_none_is_lost),
	        HOUSE_TEST(a_decision_leaves_a_row_with_every_gate_and_a_stamp),
	        HOUSE_TEST(a_use_case_runs_on_the_writer_and_tells_how_it_went),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
