#include "gate/queue.h"
#include "house.h"

#include "base/clock.h"
#include "policy/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* A token of ann's that ends within the window, made with these choices. */
static void make(struct house *h, const char *notices, const char *alerts, struct gate_session *s)
{
	struct gate_issue ask = {.owner.user = "ann",
	                         .name = "laptop",
	                         .scopes = "write:repository",
	                         .expires = "10d",
	                         .told = {notices, alerts}};
	struct store_credential c;
	char token[TOKEN_LEN + 1];

	h->settings.expiry_notice = 14 * INT64_C(86400);
	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_issue(&h->gate, &ask, &c, token, &h->err), 0);
	assert_int_equal(gate_session_credential(&h->gate, &c, s, &h->err), 0);
}

static void decide(struct house *h, struct gate_session *s, const char *address,
                   enum operation operation, struct gate_ask *ask, struct gate_decision *d)
{
	*ask = (struct gate_ask){.operation = operation,
	                         .workspace = "acme",
	                         .repository = "site",
	                         .address = address,
	                         .server = SERVER_READY,
	                         .now = clock_now()};
	assert_int_equal(gate_renew(&h->gate, s, &h->err), 0);
	assert_int_equal(gate_authorise(&h->gate, s, ask, d, &h->err), 0);
}

/* A fetch from there, written down. */
static void use(struct house *h, struct gate_session *s, const char *address)
{
	struct gate_queue *q;
	struct gate_ask ask;
	struct gate_decision d;

	assert_int_equal(gate_queue_start(&q, &h->settings, &h->err), 0);
	decide(h, s, address, OPERATION_READ, &ask, &d);
	gate_record(q, s, &ask, &d, NULL, NULL, NULL);
	gate_queue_stop(q);
	gate_decision_clear(&d);
}

/* What is told there; it stays until the next is asked for. */
static const char *told(struct house *h, struct gate_session *s, const char *address)
{
	static struct buf text;
	struct gate_ask ask;
	struct gate_decision d;

	buf_clear(&text);
	buf_init(&text, NOTICE_ROOM);
	decide(h, s, address, OPERATION_READ, &ask, &d);
	assert_int_equal(gate_notices(&h->gate, s, &ask, &d, &text, &h->err), 0);
	gate_decision_clear(&d);
	return buf_str(&text);
}

static void what_ends_soon_is_told_unless_the_owner_wants_none(void **state)
{
	struct house *h = *state;
	struct gate_session s;
	struct store_audit row;

	make(h, NULL, NULL, &s);
	assert_non_null(strstr(told(h, &s, "192.0.2.1"), "\"laptop\" expires"));
	assert_int_equal(gate_credential_edit(&h->gate, GATE_USER("ann"), "laptop",
	                                      &(struct gate_credential_edit){.notices = "off"},
	                                      NULL, &h->err),
	                 0);
	assert_string_equal(told(h, &s, "192.0.2.1"), "");
	house_last_audit(h, &row);
	assert_string_equal(row.reason, "token edit");
	assert_string_equal(row.object, "ann");
	assert_string_equal(row.note, "token laptop, notices off");
}

static void only_on_and_off_are_understood(void **state)
{
	struct house *h = *state;
	struct gate_session s;

	make(h, NULL, NULL, &s);
	assert_int_equal(gate_credential_edit(&h->gate, GATE_USER("ann"), "laptop",
	                                      &(struct gate_credential_edit){.alerts = "yes"}, NULL,
	                                      &h->err),
	                 ERR_INVALID);
	assert_non_null(strstr(h->err.text, "alerts are on or off, not \"yes\""));
	assert_int_equal(gate_credential_edit(&h->gate, GATE_USER("ann"), "none",
	                                      &(struct gate_credential_edit){.alerts = "on"}, NULL,
	                                      &h->err),
	                 ERR_NOT_FOUND);
}

static void a_new_network_is_told_elsewhere_to_who_asked(void **state)
{
	struct house *h = *state;
	struct gate_session s;
	struct store_audit row;

	make(h, NULL, "on", &s);
	use(h, &s, "192.0.2.1");
	use(h, &s, "::ffff:192.0.2.200");
	house_last_audit(h, &row);
	assert_string_equal(row.reason, "token create");
	use(h, &s, "198.51.100.9");
	house_last_audit(h, &row);
	assert_string_equal(row.reason, "token network");
	assert_int_equal(row.kind, AUDIT_CHANGE);
	assert_string_equal(row.actor, "ann");
	assert_string_equal(row.object, "ann");
	assert_string_equal(row.credential_name, "laptop");
	assert_string_equal(row.address, "198.51.100.9");
	assert_string_equal(row.note, "laptop; first used from 198.51.100.0/24");
	assert_non_null(strstr(told(h, &s, "192.0.2.1"), "first used from 198.51.100.0/24 on "));
	assert_null(strstr(told(h, &s, "198.51.100.77"), "first used"));
	assert_non_null(strstr(told(h, &s, "2001:db8::1"), "first used"));
}

static void a_refusal_is_no_use_of_a_network(void **state)
{
	struct house *h = *state;
	struct gate_session s;
	struct gate_queue *q;
	struct gate_ask ask;
	struct gate_decision d;
	struct store_network n;
	struct store_credential c;

	make(h, NULL, "on", &s);
	use(h, &s, "192.0.2.1");
	assert_int_equal(
	        gate_revoke(&h->gate, GATE_USER("ann"), "laptop", NULL, false, &c, &h->err), 0);
	assert_int_equal(gate_queue_start(&q, &h->settings, &h->err), 0);
	decide(h, &s, "198.51.100.9", OPERATION_READ, &ask, &d);
	assert_int_equal(d.verdict.reason, REASON_TOKEN_REVOKED);
	gate_record(q, &s, &ask, &d, "fetch", NULL, NULL);
	gate_queue_stop(q);
	gate_decision_clear(&d);
	assert_int_equal(gate_network_fresh(&h->gate, &c, NULL, &n, &h->err), ERR_NOT_FOUND);
}

#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        HOUSE_TEST(what_ends_soon_is_told_unless_the_owner_wants_none),
	        HOUSE_TEST(only_on_and_off_are_understood),
	        HOUSE_TEST(a_new_network_is_told_elsewhere_to_who_asked),
	        HOUSE_TEST(a_refusal_is_no_use_of_a_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
