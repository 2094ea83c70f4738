#include "gate/access.h"
#include "house.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static const char plain[] =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL63uf97eLmVRNFtpO9v6xHUsNpcrVRrQyt5jfb9jVZA ann"
        "@laptop";
static const char other[] =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMKTzHRFYG+R"
        "2JCBaKfrrKUW1p1jKAuum8bGDLU+WPsxigARAaFLP5h4I7Xq6FYEZR4jPL8eDSNnq0uxIXncKgI= ann@lap"
        "top";
static const char hardware[] =
        "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIL63uf97eLmVR"
        "NFtpO9v6xHUsNpcrVRrQyt5jfb9jVZAAAAABHNzaDo= ann@key";

static const struct ssh_key *key(const char *line)
{
	static struct ssh_key keys[8];
	static size_t at;
	struct ssh_key *k = &keys[at++ % 8];

	assert_null(policy_ssh_key_parse(line, strlen(line), k));
	return k;
}

#define KEY(line_, name_, ...)                                                                     \
	&(struct gate_issue)                                                                       \
	{                                                                                          \
		.key = key(line_), .name = (name_), __VA_ARGS__                                    \
	}
#define ANN .owner.user = "ann"
#define OF(path_)                                                                                  \
	(&(struct gate_whose){                                                                     \
	        .repository = (path_),                                                             \
	})

static void add(struct house *h, const struct gate_issue *ask, struct store_credential *out)
{
	if (gate_issue(&h->gate, ask, out, NULL, &h->err))
		fail_msg("%s", h->err.text);
}

static void refused(struct house *h, const struct gate_issue *ask, int code, const char *word)
{
	assert_int_equal(gate_issue(&h->gate, ask, NULL, NULL, &h->err), code);
	if (!strstr(h->err.text, word))
		fail_msg("\"%s\" does not say \"%s\"", h->err.text, word);
}

/* The session of whoever offers it, and what policy says to this operation. */
static enum reason ask(struct house *h, const char *line, const char *repository,
                       enum operation operation)
{
	const struct ssh_key *k = key(line);
	struct gate_session s;
	struct gate_decision d;
	struct gate_ask question = {.operation = operation,
	                            .workspace = "acme",
	                            .repository = repository,
	                            .address = "192.0.2.7",
	                            .server = SERVER_READY,
	                            .now = clock_now()};

	assert_int_equal(gate_authenticate_key(&h->gate, k->blob, k->len, &s, &h->err), 0);
	assert_int_equal(gate_authorise(&h->gate, &s, &question, &d, &h->err), 0);
	enum reason reason = d.verdict.reason;
	gate_decision_clear(&d);
	return reason;
}

static void a_key_of_a_user_signs_in_as_the_user(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	struct gate_session s;
	const struct ssh_key *k = key(plain);

	house_repository(h, "acme/site", NULL);
	add(h, KEY(plain, "laptop", ANN), &c);
	assert_int_equal(c.kind, CREDENTIAL_USER_KEY);
	assert_int_equal(c.expires, CLOCK_NEVER);
	assert_int_equal(gate_authenticate_key(&h->gate, k->blob, k->len, &s, &h->err), 0);
	assert_int_equal(s.presented, PRESENTED_GENUINE);
	assert_string_equal(s.acts_as, "ann");
	assert_string_equal(s.fingerprint, "SHA256:P+IP3JnjoPxQHK8MY2wJfyOhyUGqZ8kRK05jdiloiek");
	assert_int_equal(ask(h, plain, "site", OPERATION_WRITE), REASON_ALLOWED);
	assert_int_equal(ask(h, other, "site", OPERATION_READ), REASON_TOKEN_UNKNOWN);
	/* renewed with each question: what ended ends there */
	assert_int_equal(
	        gate_key_revoke(&h->gate, GATE_USER("ann"), "laptop", NULL, false, NULL, &h->err),
	        0);
	assert_int_equal(gate_renew(&h->gate, &s, &h->err), 0);
	assert_true(s.credential.revoked != CLOCK_NEVER);
	assert_int_equal(ask(h, plain, "site", OPERATION_READ), REASON_TOKEN_REVOKED);
}

static void a_key_is_registered_once_and_nobody_learns_where(void **state)
{
	struct house *h = *state;
	struct store_credential first, second;
	struct store_audit before, after;

	house_repository(h, "acme/site", NULL);
	add(h, KEY(plain, "laptop", ANN), &first);
	house_last_audit(h, &before);
	refused(h, KEY(plain, "again", ANN), ERR_EXISTS, "under the name \"laptop\"");
	refused(h, KEY(plain, "laptop", .owner.user = "bob"), ERR_EXISTS,
	        "registered on this server already");
	assert_null(strstr(h->err.text, "ann"));
	refused(h, KEY(plain, "laptop", .owner.repository = "acme/site"), ERR_EXISTS, "already");
	refused(h, KEY(other, "laptop", ANN), ERR_EXISTS, "living key \"laptop\"");
	house_last_audit(h, &after);
	assert_int_equal(before.id, after.id);

	/* revoked, it can be registered again, elsewhere too … */
	assert_int_equal(
	        gate_key_revoke(&h->gate, GATE_USER("ann"), "laptop", NULL, false, NULL, &h->err),
	        0);
	add(h, KEY(plain, "laptop", .owner.user = "bob"), &second);
	assert_true(first.id != second.id);
	struct ssh_key was;
	assert_int_equal(gate_key_of(&h->gate, &first, &was, &h->err), 0);
	/* … but not after it leaked */
	assert_int_equal(
	        gate_key_revoke(&h->gate, GATE_USER("bob"), "laptop", NULL, true, NULL, &h->err),
	        0);
	refused(h, KEY(plain, "laptop", .owner.user = "bob"), ERR_INVALID, "leaked");
}

static void an_access_key_reads_and_serves_what_it_is_made_for(void **state)
{
	struct house *h = *state;
	struct store_credential c, found;
	struct buf reach;

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/docs", NULL);
	house_repository(h, "acme/wiki", NULL);
	add(h,
	    KEY(plain, "laptop", .owner.repository = "acme/site", .served = "acme/docs,acme/site"),
	    &c);
	assert_int_equal(c.kind, CREDENTIAL_ACCESS_KEY);
	assert_non_null(strstr(c.bot_email, "@"));
	assert_int_equal(ask(h, plain, "site", OPERATION_READ), REASON_ALLOWED);
	assert_int_equal(ask(h, plain, "docs", OPERATION_READ), REASON_ALLOWED);
	assert_int_equal(ask(h, plain, "wiki", OPERATION_READ), REASON_TOKEN_ELSEWHERE);
	assert_int_equal(ask(h, plain, "docs", OPERATION_WRITE), REASON_SCOPE_MISSING);
	buf_init(&reach, 400);
	assert_int_equal(gate_credential_reach(&h->gate, &c, &reach, &h->err), 0);
	assert_string_equal(buf_str(&reach), "the repository acme/site, acme/docs");
	buf_clear(&reach);

	/* found by any of them, and its name is taken in each */
	assert_int_equal(gate_key_find(&h->gate, OF("acme/docs"), "LAPTOP", &found, &h->err), 0);
	assert_int_equal(found.id, c.id);
	refused(h, KEY(other, "laptop", .owner.repository = "acme/wiki", .served = "acme/docs"),
	        ERR_EXISTS, "acme/docs has a living key");
	assert_int_equal(gate_key_write(&h->gate, OF("acme/docs"), "laptop", true, NULL, &h->err),
	                 0);
	assert_int_equal(ask(h, plain, "site", OPERATION_WRITE), REASON_ALLOWED);
	assert_int_equal(gate_key_write(&h->gate, OF("acme/docs"), "laptop", false, NULL, &h->err),
	                 0);
	assert_int_equal(ask(h, plain, "site", OPERATION_WRITE), REASON_SCOPE_MISSING);
}

/* One of several repositories goes, and the key lives on in the others. */
static void an_access_key_outlives_one_of_its_repositories(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/docs", NULL);
	add(h, KEY(plain, "laptop", .owner.repository = "acme/site", .served = "acme/docs"), NULL);
	add(h, KEY(other, "alone", .owner.repository = "acme/site"), NULL);
	assert_int_equal(gate_repository_delete(&h->gate, "acme/site", NULL, &h->err), 0);
	assert_int_equal(ask(h, plain, "docs", OPERATION_READ), REASON_ALLOWED);
	assert_int_equal(ask(h, plain, "site", OPERATION_READ), REASON_TOKEN_ELSEWHERE);
	assert_int_equal(ask(h, other, "docs", OPERATION_READ), REASON_OWNER_DELETED);
	assert_int_equal(gate_repository_delete(&h->gate, "acme/docs", NULL, &h->err), 0);
	assert_int_equal(ask(h, plain, "docs", OPERATION_READ), REASON_OWNER_DELETED);
}

static void an_account_may_ask_for_keys_of_a_security_key(void **state)
{
	struct house *h = *state;
	const struct gate_user_edit only = {.ssh_keys = "sk", .server_admin = -1},
	                            nonsense = {.ssh_keys = "few", .server_admin = -1};
	struct store_user u;

	house_repository(h, "acme/site", NULL);
	add(h, KEY(plain, "laptop", ANN), NULL);
	add(h, KEY(hardware, "token", ANN), NULL);
	assert_int_equal(gate_user_edit(&h->gate, "ann", &only, &u, &h->err), 0);
	assert_true(u.hardware_keys);
	assert_int_equal(ask(h, plain, "site", OPERATION_READ), REASON_SK_KEY_NEEDED);
	assert_int_equal(ask(h, hardware, "site", OPERATION_READ), REASON_ALLOWED);
	refused(h, KEY(other, "third", ANN), ERR_INVALID, "security key");
	assert_int_equal(gate_user_edit(&h->gate, "ann", &nonsense, NULL, &h->err), ERR_INVALID);
}

static void tokens_and_keys_are_two_lists(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1];

	add(h, KEY(plain, "laptop", ANN), NULL);
	assert_int_equal(gate_credential_find(&h->gate, GATE_USER("ann"), "laptop", NULL, &h->err),
	                 ERR_NOT_FOUND);
	assert_int_equal(
	        gate_revoke(&h->gate, GATE_USER("ann"), "laptop", NULL, false, NULL, &h->err),
	        ERR_NOT_FOUND);
	assert_int_equal(gate_issue(&h->gate,
	                            &(struct gate_issue){ANN, .name = "laptop", .scopes = "clone"},
	                            NULL, token, &h->err),
	                 0);
	assert_int_equal(gate_key_find(&h->gate, GATE_USER("ann"), "none", NULL, &h->err),
	                 ERR_NOT_FOUND);
	assert_non_null(strstr(h->err.text, "has no key"));
}

static void limits_of_a_key_are_those_of_any_credential(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/docs", NULL);
	add(h,
	    KEY(plain, "laptop", ANN, .repositories = "acme/site", .addresses = "192.0.2.0/24",
	        .scopes = "read:repository"),
	    NULL);
	assert_int_equal(ask(h, plain, "site", OPERATION_READ), REASON_ALLOWED);
	assert_int_equal(ask(h, plain, "docs", OPERATION_READ), REASON_REPOSITORY_LIMIT);
	assert_int_equal(ask(h, plain, "site", OPERATION_WRITE), REASON_SCOPE_MISSING);
	add(h, KEY(other, "far", ANN, .addresses = "198.51.100.1"), NULL);
	assert_int_equal(ask(h, other, "site", OPERATION_READ), REASON_ADDRESS_NOT_ALLOWED);
	refused(h, KEY(hardware, "late", ANN, .expires = "2001-01-01"), ERR_INVALID,
	        "the key would have expired");
}

#define test(function) cmocka_unit_test_setup_teardown(function, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(a_key_of_a_user_signs_in_as_the_user),
	        test(a_key_is_registered_once_and_nobody_learns_where),
	        test(an_access_key_reads_and_serves_what_it_is_made_for),
	        test(an_access_key_outlives_one_of_its_repositories),
	        test(an_account_may_ask_for_keys_of_a_security_key),
	        test(tokens_and_keys_are_two_lists),
	        test(limits_of_a_key_are_those_of_any_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
