#include "gate/access.h"
#include "house.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* A token of ann's with these words of gate_issue, presented and looked up. */
static void come_with(struct house *h, const char *token, struct gate_session *s)
{
	char header[TOKEN_LEN + 10];
	const char *headers[] = {header};
	struct gate_presented p;

	snprintf(header, sizeof(header), "Bearer %s", token);
	gate_present(&p, headers, 1);
	assert_int_equal(gate_authenticate(&h->gate, &p, s, &h->err), 0);
	gate_present_clear(&p);
}

static void issue(struct house *h, struct gate_issue ask, char token[TOKEN_LEN + 1])
{
	if (gate_issue(&h->gate, &ask, NULL, token, &h->err))
		fail_msg("%s", h->err.text);
}

static struct gate_issue full(const char *user, const char *name)
{
	return (struct gate_issue){.owner.user = user, .name = name, .scopes = "write:repository"};
}

static enum reason decide(struct house *h, const struct gate_session *s, enum operation operation,
                          const char *workspace, const char *repository, const char *address)
{
	struct gate_ask ask = {.operation = operation,
	                       .workspace = workspace,
	                       .repository = repository,
	                       .address = address,
	                       .now = clock_now()};
	struct gate_decision d;

	assert_int_equal(gate_authorise(&h->gate, s, &ask, &d, &h->err), 0);
	enum reason reason = d.verdict.reason;
	assert_int_equal(strlen(d.reference), ACCESS_REFERENCE);
	gate_decision_clear(&d);
	return reason;
}

static void the_owner_reads_and_writes_and_others_see_nothing(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1];
	struct gate_session ann, bob;

	house_repository(h, "acme/site", NULL);
	issue(h, full("ann", "a"), token);
	come_with(h, token, &ann);
	assert_string_equal(ann.acts_as, "ann");
	issue(h, full("bob", "b"), token);
	come_with(h, token, &bob);
	assert_int_equal(decide(h, &ann, OPERATION_WRITE, "acme", "site", "192.0.2.1"),
	                 REASON_ALLOWED);
	assert_int_equal(decide(h, &ann, OPERATION_READ, "ACME", "Site", "192.0.2.1"),
	                 REASON_ALLOWED);
	assert_int_equal(decide(h, &bob, OPERATION_READ, "acme", "site", "192.0.2.1"),
	                 REASON_NOT_FOUND);
	assert_int_equal(decide(h, &bob, OPERATION_READ, "acme", "none", "192.0.2.1"),
	                 REASON_NOT_FOUND);
	assert_int_equal(decide(h, &bob, OPERATION_WRITE, "acme", "site", "192.0.2.1"),
	                 REASON_NOT_FOUND);
	assert_int_equal(decide(h, &bob, OPERATION_WRITE, "acme", "none", "192.0.2.1"),
	                 REASON_NOT_FOUND);
}

static void a_grant_to_a_group_reaches_its_members_and_no_further(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1];
	struct gate_session bob;

	house_repository(h, "acme/site", NULL);
	issue(h, full("bob", "b"), token);
	come_with(h, token, &bob);
	assert_int_equal(gate_group_add(&h->gate, "acme", "devs", NULL, &h->err), 0);
	assert_int_equal(gate_grant_set(&h->gate, "group:devs", "acme/site", "read", NULL, &h->err),
	                 0);
	assert_int_equal(decide(h, &bob, OPERATION_READ, "acme", "site", "192.0.2.1"),
	                 REASON_NOT_FOUND);
	assert_int_equal(gate_group_member(&h->gate, "acme", "devs", "bob", true, &h->err), 0);
	assert_int_equal(decide(h, &bob, OPERATION_READ, "acme", "site", "192.0.2.1"),
	                 REASON_ALLOWED);
	assert_int_equal(decide(h, &bob, OPERATION_WRITE, "acme", "site", "192.0.2.1"),
	                 REASON_RIGHT_MISSING);
}

static void limits_of_a_token_are_gathered(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1];
	struct gate_session s;
	struct gate_issue ask = full("ann", "narrow");

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/docs", NULL);
	ask.repositories = "acme/docs";
	ask.addresses = "192.0.2.0/24,2001:db8::/32";
	issue(h, ask, token);
	come_with(h, token, &s);
	assert_int_equal(decide(h, &s, OPERATION_READ, "acme", "docs", "192.0.2.77"),
	                 REASON_ALLOWED);
	assert_int_equal(decide(h, &s, OPERATION_READ, "acme", "docs", "2001:db8::1"),
	                 REASON_ALLOWED);
	assert_int_equal(decide(h, &s, OPERATION_READ, "acme", "docs", "198.51.100.1"),
	                 REASON_ADDRESS_NOT_ALLOWED);
	assert_int_equal(decide(h, &s, OPERATION_READ, "acme", "docs", "rubbish"),
	                 REASON_ADDRESS_NOT_ALLOWED);
	assert_int_equal(decide(h, &s, OPERATION_READ, "acme", "site", "192.0.2.77"),
	                 REASON_REPOSITORY_LIMIT);
	assert_int_equal(decide(h, &s, OPERATION_READ, "acme", "none", "192.0.2.77"),
	                 REASON_REPOSITORY_LIMIT);
}

static void a_name_no_repository_can_have_is_looked_up_as_none(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1], overlong[200];
	struct gate_session s;

	house_repository(h, "acme/site", NULL);
	issue(h, full("ann", "a"), token);
	come_with(h, token, &s);
	memset(overlong, 'x', sizeof(overlong) - 1);
	overlong[sizeof(overlong) - 1] = '\0';
	static const char *const bad[] = {"", "..", ".git", "-x", "a/b", "site\n", "a.lock"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(decide(h, &s, OPERATION_READ, "acme", bad[i], "::1"),
		                 REASON_NOT_FOUND);
		/* and a push makes none of that name, for all that ann owns acme */
		assert_int_equal(decide(h, &s, OPERATION_WRITE, "acme", bad[i], "::1"),
		                 REASON_NOT_FOUND);
	}
	assert_int_equal(decide(h, &s, OPERATION_WRITE, "acme", overlong, "::1"), REASON_NOT_FOUND);
	assert_int_equal(decide(h, &s, OPERATION_WRITE, "acme", "new", "::1"), REASON_ALLOWED);
}

static void a_revoked_token_is_known_as_such_on_the_next_question(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1];
	struct gate_session s;

	house_repository(h, "acme/site", NULL);
	issue(h, full("ann", "a"), token);
	come_with(h, token, &s);
	assert_int_equal(gate_revoke(&h->gate, GATE_USER("ann"), "a", "sold", false, NULL, &h->err),
	                 0);
	/* a session that goes on, and one that begins */
	assert_int_equal(gate_renew(&h->gate, &s, &h->err), 0);
	assert_int_equal(decide(h, &s, OPERATION_READ, "acme", "site", "::1"),
	                 REASON_TOKEN_REVOKED);
	come_with(h, token, &s);
	assert_int_equal(decide(h, &s, OPERATION_READ, "acme", "site", "::1"),
	                 REASON_TOKEN_REVOKED);
}

static void a_name_fits_when_it_is_static_or_the_owners(void **state)
{
	static const struct {
		const char *hint;
		bool fits;
	} cases[] = {{"", true},
	             {"ann", true},
	             {"ANN", true},
	             {"oauth2", true},
	             {"x-token-auth", true},
	             {"ann@example.org", true},
	             {"bob", false},
	             {"bob@example.org", false}};
	struct house *h = *state;
	char token[TOKEN_LEN + 1];
	struct gate_session s;

	issue(h, full("ann", "a"), token);
	come_with(h, token, &s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(s.hint, sizeof(s.hint), "%s", cases[i].hint);
		assert_int_equal(gate_hint_fits(&h->gate, &s), cases[i].fits);
	}
}

#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        HOUSE_TEST(the_owner_reads_and_writes_and_others_see_nothing),
	        HOUSE_TEST(a_grant_to_a_group_reaches_its_members_and_no_further),
	        HOUSE_TEST(limits_of_a_token_are_gathered),
	        HOUSE_TEST(a_name_no_repository_can_have_is_looked_up_as_none),
	        HOUSE_TEST(a_revoked_token_is_known_as_such_on_the_next_question),
	        HOUSE_TEST(a_name_fits_when_it_is_static_or_the_owners),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
