#include "../policy/made.h"
#include "gate/access.h"
#include "gate/queue.h"
#include "house.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct ssh_certificate cert;

static const struct ssh_certificate *certificate(const struct made *m)
{
	uint8_t blob[MADE_ROOM];
	size_t len;

	made_blob(m, blob, &len);
	assert_null(policy_ssh_certificate_read(blob, len, &cert));
	return &cert;
}

#define CERTIFICATE(...) certificate(&(struct made){__VA_ARGS__})

static void authority(struct house *h, uint8_t number, const struct gate_authority_new *like)
{
	struct gate_authority_new n = *like;
	struct ssh_key key;

	made_authority(number, &key);
	n.key = &key;
	if (gate_authority_add(&h->gate, &n, NULL, &h->err))
		fail_msg("%s", h->err.text);
}

#define CORP(h_) authority(h_, 0, &(struct gate_authority_new){.name = "corp"})

static void session(struct house *h, const struct ssh_certificate *c, struct gate_session *out)
{
	assert_int_equal(gate_authenticate_certificate(&h->gate, c, out, &h->err), 0);
}

static const char *who(struct house *h, const struct ssh_certificate *c)
{
	static struct gate_session s;

	session(h, c, &s);
	return s.presented == PRESENTED_GENUINE ? s.acts_as : NULL;
}

static enum reason ask_from(struct house *h, const struct ssh_certificate *c, const char *address,
                            const char *repository, enum operation operation)
{
	struct gate_session s;
	struct gate_decision d;
	struct gate_ask question = {.operation = operation,
	                            .workspace = "acme",
	                            .repository = repository,
	                            .address = address,
	                            .server = SERVER_READY,
	                            .now = clock_now()};

	session(h, c, &s);
	assert_int_equal(gate_authorise(&h->gate, &s, &question, &d, &h->err), 0);
	enum reason reason = d.verdict.reason;
	gate_decision_clear(&d);
	return reason;
}

static enum reason ask(struct house *h, const struct ssh_certificate *c, enum operation operation)
{
	return ask_from(h, c, "192.0.2.7", "site", operation);
}

static bool lets_in(struct house *h, const struct ssh_certificate *c)
{
	const char *principal;
	struct buf why;
	bool in;

	buf_init(&why, 8000);
	assert_int_equal(gate_certificate_lets_in(&h->gate, c, &principal, &in, &why, &h->err), 0);
	assert_int_equal(in, why.len == 0);
	buf_clear(&why);
	return in;
}

static void bot(struct house *h, const char *scopes, const char *expires,
                struct store_credential *out)
{
	const struct gate_issue n = {.operator= true,
	                             .name = "deploy",
	                             .owner.repository = "acme/site",
	                             .scopes = scopes,
	                             .expires = expires};

	assert_int_equal(gate_issue(&h->gate, &n, out, NULL, &h->err), 0);
}

static void it_acts_as_the_first_principal_that_is_somebody(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	assert_null(who(h, CERTIFICATE(.names = {"ann"}))); /* nobody signs yet */
	CORP(h);
	assert_string_equal(who(h, CERTIFICATE(.names = {"ann"})), "ann");
	assert_string_equal(who(h, CERTIFICATE(.names = {"BOB", "ann"})), "bob");
	assert_string_equal(who(h, CERTIFICATE(.names = {"root", "a b", "\"ann\"", "ann"})), "ann");
	assert_null(who(h, CERTIFICATE(.names = {"root", "acme"})));
	assert_null(who(h, CERTIFICATE(.names = {""})));
	assert_null(who(h, CERTIFICATE(.id = "ann")));
	assert_null(who(h, CERTIFICATE(.names = {"ann"}, .signer = 1)));
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}), OPERATION_WRITE), REASON_ALLOWED);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"bob"}), OPERATION_READ), REASON_NOT_FOUND);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"root"}), OPERATION_READ),
	                 REASON_TOKEN_UNKNOWN);
	assert_true(lets_in(h, CERTIFICATE(.names = {"ann"})));
	assert_false(lets_in(h, CERTIFICATE(.names = {"root"})));
	assert_false(lets_in(h, CERTIFICATE(.names = {"ann"}, .signer = 1)));
}

static void who_is_suspended_counts_when_nobody_else_is_named(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	CORP(h);
	assert_int_equal(gate_user_suspend(&h->gate, "ann", true, NULL, NULL, &h->err), 0);
	assert_string_equal(who(h, CERTIFICATE(.names = {"ann", "bob"})), "bob");
	assert_string_equal(who(h, CERTIFICATE(.names = {"ann", "root"})), "ann");
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}), OPERATION_READ),
	                 REASON_OWNER_SUSPENDED);
	/* let in, to hear that */
	assert_true(lets_in(h, CERTIFICATE(.names = {"ann"})));
}

static void a_bot_acts_within_its_own_row(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char number[32], later[32];

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/docs", NULL);
	CORP(h);
	bot(h, "read:repository", NULL, &c);
	snprintf(number, sizeof(number), "id:%lld", (long long)c.id);
	assert_string_equal(who(h, CERTIFICATE(.names = {number})), "bot deploy");
	assert_string_equal(who(h, CERTIFICATE(.names = {c.bot_email})), "bot deploy");
	assert_int_equal(ask(h, CERTIFICATE(.names = {number}), OPERATION_READ), REASON_ALLOWED);
	assert_int_equal(ask(h, CERTIFICATE(.names = {number}), OPERATION_WRITE),
	                 REASON_SCOPE_MISSING);
	assert_int_equal(
	        ask_from(h, CERTIFICATE(.names = {number}), "192.0.2.7", "docs", OPERATION_READ),
	        REASON_TOKEN_ELSEWHERE);
	assert_int_equal(gate_revoke(&h->gate, &(struct gate_whose){.repository = "acme/site"},
	                             "deploy", NULL, false, NULL, &h->err),
	                 0);
	assert_null(who(h, CERTIFICATE(.names = {number})));

	/* what only pushes does not begin to read */
	const struct gate_issue drop = {
	        .operator= true, .name = "drop", .owner.repository = "acme/site", .only = "push"};
	assert_int_equal(gate_issue(&h->gate, &drop, &c, NULL, &h->err), 0);
	snprintf(number, sizeof(number), "id:%lld", (long long)c.id);
	assert_int_equal(ask(h, CERTIFICATE(.names = {number}), OPERATION_WRITE), REASON_ALLOWED);
	assert_int_equal(ask(h, CERTIFICATE(.names = {number}), OPERATION_READ),
	                 REASON_SCOPE_MISSING);

	/* a person's token is no bot */
	const struct gate_issue own = {
	        .name = "laptop", .owner.user = "ann", .scopes = "write:repository"};
	assert_int_equal(gate_issue(&h->gate, &own, &c, NULL, &h->err), 0);
	snprintf(later, sizeof(later), "id:%lld", (long long)c.id);
	assert_null(who(h, CERTIFICATE(.names = {later})));
}

static void its_own_limits_are_asked_once_more(void **state)
{
	struct house *h = *state;
	uint64_t now = (uint64_t)clock_now();

	house_repository(h, "acme/site", NULL);
	CORP(h);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .before = now - 1), OPERATION_READ),
	                 REASON_TOKEN_EXPIRED);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .after = now + 60), OPERATION_READ),
	                 REASON_TOKEN_NOT_YET);
	assert_int_equal(ask(h,
	                     CERTIFICATE(.names = {"ann"}, .after = now - 60, .before = now + 60),
	                     OPERATION_READ),
	                 REASON_ALLOWED);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .source = "10.0.0.0/8,192.0.2.0/24"),
	                     OPERATION_READ),
	                 REASON_ALLOWED);
	static const char *const closed[] = {"10.0.0.0/8", "", "nonsense", "192.0.2", "::/0"};
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		assert_int_equal(
		        ask(h, CERTIFICATE(.names = {"ann"}, .source = closed[i]), OPERATION_READ),
		        REASON_ADDRESS_NOT_ALLOWED);
	/* an address that nobody knows is inside of nothing */
	assert_int_equal(ask_from(h, CERTIFICATE(.names = {"ann"}, .source = "0.0.0.0/0"),
	                          "unknown", "site", OPERATION_READ),
	                 REASON_ADDRESS_NOT_ALLOWED);
}

static void an_authority_narrows_all_that_it_signs(void **state)
{
	struct house *h = *state;
	const struct gate_authority_new readers = {.name = "readers", .scopes = "read:repository"};
	const struct gate_authority_new docs = {
	        .name = "docs", .repositories = "acme/docs", .addresses = "192.0.2.0/24"};

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/docs", NULL);
	authority(h, 1, &readers);
	authority(h, 2, &docs);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .signer = 1), OPERATION_READ),
	                 REASON_ALLOWED);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .signer = 1), OPERATION_WRITE),
	                 REASON_SCOPE_MISSING);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .signer = 2), OPERATION_READ),
	                 REASON_REPOSITORY_LIMIT);
	assert_int_equal(ask_from(h, CERTIFICATE(.names = {"ann"}, .signer = 2), "192.0.2.7",
	                          "docs", OPERATION_READ),
	                 REASON_ALLOWED);
	assert_int_equal(ask_from(h, CERTIFICATE(.names = {"ann"}, .signer = 2), "10.0.0.1", "docs",
	                          OPERATION_READ),
	                 REASON_ADDRESS_NOT_ALLOWED);
	/* inside of the one, outside of the other */
	assert_int_equal(
	        ask_from(h, CERTIFICATE(.names = {"ann"}, .signer = 2, .source = "10.0.0.0/8"),
	                 "192.0.2.7", "docs", OPERATION_READ),
	        REASON_ADDRESS_NOT_ALLOWED);
	assert_int_equal(
	        ask_from(h, CERTIFICATE(.names = {"ann"}, .signer = 2, .source = "10.0.0.0/8"),
	                 "10.0.0.1", "docs", OPERATION_READ),
	        REASON_ADDRESS_NOT_ALLOWED);
	assert_int_equal(
	        gate_authority_edit(&h->gate, "readers", "write:repository", NULL, &h->err), 0);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .signer = 1), OPERATION_WRITE),
	                 REASON_ALLOWED);
}

static void what_is_revoked_ends_with_the_next_question(void **state)
{
	struct house *h = *state;
	struct gate_session s;

	house_repository(h, "acme/site", NULL);
	CORP(h);
	assert_int_equal(
	        gate_certificate_revoke(&h->gate, "corp", "7", NULL, "lost", NULL, &h->err), 0);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .serial = 8), OPERATION_READ),
	                 REASON_ALLOWED);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .serial = 7), OPERATION_READ),
	                 REASON_TOKEN_REVOKED);
	assert_false(lets_in(h, CERTIFICATE(.names = {"ann"}, .serial = 7)));
	assert_int_equal(
	        gate_certificate_revoke(&h->gate, "corp", NULL, "bob@laptop", NULL, NULL, &h->err),
	        0);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .id = "bob@laptop"), OPERATION_READ),
	                 REASON_TOKEN_REVOKED);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .id = "BOB@laptop"), OPERATION_READ),
	                 REASON_ALLOWED);
	assert_int_equal(gate_certificate_revoke(&h->gate, "corp", "0", NULL, NULL, NULL, &h->err),
	                 ERR_INVALID);
	assert_int_equal(gate_certificate_revoke(&h->gate, "corp", "18446744073709551616", NULL,
	                                         NULL, NULL, &h->err),
	                 ERR_INVALID);
	assert_int_equal(gate_certificate_revoke(&h->gate, "corp", "7", NULL, NULL, NULL, &h->err),
	                 ERR_EXISTS);

	session(h, CERTIFICATE(.names = {"ann"}), &s);
	assert_int_equal(gate_authority_revoke(&h->gate, "corp", "leaked", NULL, &h->err), 0);
	assert_int_equal(gate_renew(&h->gate, &s, &h->err), 0);
	assert_true(s.authority_revoked);
	assert_true(s.credential.revoked != CLOCK_NEVER);
	assert_false(lets_in(h, CERTIFICATE(.names = {"ann"})));
	/* its key does not come back, its name may */
	struct ssh_key key;
	made_authority(0, &key);
	assert_int_equal(
	        gate_authority_add(&h->gate,
	                           &(struct gate_authority_new){.name = "again", .key = &key}, NULL,
	                           &h->err),
	        ERR_EXISTS);
	authority(h, 5, &(struct gate_authority_new){.name = "corp"});
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .signer = 5), OPERATION_READ),
	                 REASON_ALLOWED);
}

static void who_asks_for_security_keys_gets_them(void **state)
{
	struct house *h = *state;
	const struct gate_user_edit edit = {.server_admin = -1, .ssh_keys = "sk"};

	house_repository(h, "acme/site", NULL);
	CORP(h);
	assert_int_equal(gate_user_edit(&h->gate, "ann", &edit, NULL, &h->err), 0);
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}), OPERATION_READ),
	                 REASON_SK_KEY_NEEDED);
	assert_false(lets_in(h, CERTIFICATE(.names = {"ann"})));
	assert_int_equal(ask(h, CERTIFICATE(.names = {"ann"}, .hardware = true), OPERATION_READ),
	                 REASON_ALLOWED);
}

static void an_authority_is_checked_before_it_is_taken(void **state)
{
	struct house *h = *state;
	struct store_audit before, after;
	struct ssh_key key;
	const struct gate_authority_new wrong[] = {
	        {.name = ""},
	        {.name = "x", .scopes = "admin:repository"},
	        {.name = "x", .scopes = ""},
	        {.name = "x", .scopes = "write:repository,read:user"},
	        {.name = "x", .repositories = "acme/none"},
	        {.name = "x", .repositories = ","},
	        {.name = "x", .addresses = "nowhere"},
	        {.name = "CORP"},
	};

	CORP(h);
	house_last_audit(h, &before);
	assert_string_equal(before.reason, "authority add");
	made_authority(9, &key);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct gate_authority_new n = wrong[i];

		n.key = &key;
		if (!gate_authority_add(&h->gate, &n, NULL, &h->err))
			fail_msg("%zu is taken", i);
	}
	house_last_audit(h, &after);
	assert_int_equal(before.id, after.id);
	assert_int_equal(gate_authority_edit(&h->gate, "none", "read:repository", NULL, &h->err),
	                 ERR_NOT_FOUND);
	assert_int_equal(gate_authority_edit(&h->gate, "corp", "write:user", NULL, &h->err),
	                 ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(it_acts_as_the_first_principal_that_is_somebody,
	                                        house_setup, house_teardown),
	        cmocka_unit_test_setup_teardown(who_is_suspended_counts_when_nobody_else_is_named,
	                                        house_setup, house_teardown),
	        cmocka_unit_test_setup_teardown(a_bot_acts_within_its_own_row, house_setup,
	                                        house_teardown),
	        cmocka_unit_test_setup_teardown(its_own_limits_are_asked_once_more, house_setup,
	                                        house_teardown),
	        cmocka_unit_test_setup_teardown(an_authority_narrows_all_that_it_signs, house_setup,
	                                        house_teardown),
	        cmocka_unit_test_setup_teardown(what_is_revoked_ends_with_the_next_question,
	                                        house_setup, house_teardown),
	        cmocka_unit_test_setup_teardown(who_asks_for_security_keys_gets_them, house_setup,
	                                        house_teardown),
	        cmocka_unit_test_setup_teardown(an_authority_is_checked_before_it_is_taken,
	                                        house_setup, house_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
