#include "gate/link.h"
#include "house.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define USERS 8

static void make(struct house *h, enum link_kind kind, const char *who, struct store_link *out,
                 char secret[TOKEN_LEN + 1])
{
	struct gate_link_ask ask = {.kind = kind, .who = who};

	if (gate_link_make(&h->gate, &ask, out, secret, NULL, &h->err))
		fail_msg("%s", h->err.text);
}

static enum link_state look(struct house *h, const char *secret)
{
	struct gate_link l;

	assert_int_equal(gate_link_look(&h->gate, secret, strlen(secret), &l, &h->err), 0);
	return l.state;
}

static enum link_state use(struct house *h, const char *secret)
{
	struct gate_link l;

	assert_int_equal(gate_link_use(&h->gate, secret, strlen(secret), NULL, NULL, &l, &h->err),
	                 0);
	return l.state;
}

static void a_link_is_looked_at_as_often_as_one_likes_and_used_once(void **state)
{
	struct house *h = *state;
	struct store_link l;
	struct store_audit row;
	char secret[TOKEN_LEN + 1];

	make(h, LINK_INVITE, "bob", &l, secret);
	assert_memory_equal(secret, "gthi_", 5);
	assert_string_equal(l.user_name, "bob");
	house_last_audit(h, &row);
	assert_string_equal(row.reason, "link make");
	assert_string_equal(row.object, "bob");
	assert_null(strstr(row.note, secret));
	for (int i = 0; i < 3; i++)
		assert_int_equal(look(h, secret), LINK_GOOD);
	assert_int_equal(use(h, secret), LINK_GOOD);
	house_last_audit(h, &row);
	assert_string_equal(row.reason, "link use");
	assert_int_equal(use(h, secret), LINK_WAS_USED);
	assert_int_equal(look(h, secret), LINK_WAS_USED);
}

static void a_newer_link_ends_the_older_one_of_the_same_person_alone(void **state)
{
	struct house *h = *state;
	char first[TOKEN_LEN + 1], second[TOKEN_LEN + 1], others[TOKEN_LEN + 1];
	struct gate_link_ask ask = {.kind = LINK_RESET, .who = "bob"};
	bool replaced = false;

	make(h, LINK_INVITE, "bob", NULL, first);
	make(h, LINK_INVITE, "ann", NULL, others);
	assert_int_equal(gate_link_make(&h->gate, &ask, NULL, second, &replaced, &h->err), 0);
	assert_true(replaced);
	assert_int_equal(look(h, first), LINK_WAS_REPLACED);
	assert_int_equal(use(h, first), LINK_WAS_REPLACED);
	assert_int_equal(look(h, others), LINK_GOOD);
	assert_int_equal(use(h, second), LINK_GOOD);
}

static void a_link_ends_when_its_time_is_over(void **state)
{
	struct house *h = *state;
	struct store_link l;
	char secret[TOKEN_LEN + 1], other[TOKEN_LEN + 1];
	int64_t hour = clock_now() - 3600;
	uint8_t bytes[TOKEN_RANDOM] = {7};

	make(h, LINK_RESET, "bob", &l, secret);
	assert_in_range(l.expires - clock_now(), 3 * 86400 - 5, 3 * 86400);
	/* its time moved into the past, as nobody can wait for three days */
	assert_int_equal(store_begin(h->gate.store, &h->err), 0);
	l.how = LINK_REPLACED;
	l.ended = hour;
	assert_int_equal(store_link_end(h->gate.store, &l, &h->err), 0);
	l.expires = hour;
	policy_token_write(CREDENTIAL_LINK, bytes, other);
	gate_secret_hash(other, TOKEN_LEN, l.hash);
	assert_int_equal(store_link_add(h->gate.store, &l, &h->err), 0);
	assert_int_equal(store_commit(h->gate.store, &h->err), 0);
	assert_int_equal(look(h, other), LINK_EXPIRED);
	assert_int_equal(use(h, other), LINK_EXPIRED);
	assert_int_equal(look(h, other), LINK_EXPIRED);
}

static void an_unknown_or_broken_secret_tells_nothing(void **state)
{
	struct house *h = *state;
	struct gate_link l;
	uint8_t bytes[TOKEN_RANDOM] = {1};
	char secret[TOKEN_LEN + 1];

	policy_token_write(CREDENTIAL_LINK, bytes, secret);
	assert_int_equal(gate_link_look(&h->gate, secret, TOKEN_LEN, &l, &h->err), 0);
	assert_int_equal(l.state, LINK_UNKNOWN);
	assert_int_equal(l.link.id, 0);
	secret[10] = secret[10] == 'a' ? 'b' : 'a';
	assert_int_equal(look(h, secret), LINK_DAMAGED);
	assert_int_equal(look(h, ""), LINK_DAMAGED);
	policy_token_write(CREDENTIAL_API_TOKEN, bytes, secret);
	assert_int_equal(look(h, secret), LINK_DAMAGED);
}

static void a_revoked_link_and_a_suspended_owner_open_nothing(void **state)
{
	struct house *h = *state;
	struct gate_link_ask ask = {.kind = LINK_RESET, .who = "bob"};
	char secret[TOKEN_LEN + 1];

	make(h, LINK_RESET, "bob", NULL, secret);
	assert_int_equal(gate_user_suspend(&h->gate, "bob", true, NULL, NULL, &h->err), 0);
	assert_int_equal(use(h, secret), LINK_SUSPENDED);
	assert_int_equal(gate_link_make(&h->gate, &ask, NULL, secret, NULL, &h->err), ERR_INVALID);
	assert_int_equal(gate_user_suspend(&h->gate, "bob", false, NULL, NULL, &h->err), 0);
	assert_int_equal(look(h, secret), LINK_GOOD);
	assert_int_equal(gate_link_revoke(&h->gate, "bob", NULL, &h->err), 0);
	assert_int_equal(use(h, secret), LINK_WAS_REVOKED);
	assert_int_equal(gate_link_revoke(&h->gate, "bob", NULL, &h->err), ERR_NOT_FOUND);
}

static void an_address_without_account_can_be_invited_but_not_reset(void **state)
{
	struct house *h = *state;
	struct gate_link_ask ask = {.kind = LINK_RESET, .who = "new@example.org"};
	struct store_link l;
	char secret[TOKEN_LEN + 1], again[TOKEN_LEN + 1];

	assert_int_equal(gate_link_make(&h->gate, &ask, NULL, secret, NULL, &h->err),
	                 ERR_NOT_FOUND);
	make(h, LINK_INVITE, "new@example.org", &l, secret);
	assert_int_equal(l.user, 0);
	assert_string_equal(gate_link_who(&l), "new@example.org");
	make(h, LINK_INVITE, "NEW@example.org", NULL, again);
	assert_int_equal(look(h, secret), LINK_WAS_REPLACED);
	assert_int_equal(gate_link_revoke(&h->gate, "new@example.org", NULL, &h->err), 0);
	ask = (struct gate_link_ask){.kind = LINK_INVITE, .who = "nobody"};
	assert_int_equal(gate_link_make(&h->gate, &ask, NULL, secret, NULL, &h->err),
	                 ERR_NOT_FOUND);
	assert_non_null(strstr(h->err.text, "gatehouse user add"));
}

static void a_life_beyond_a_month_or_in_the_past_is_refused(void **state)
{
	struct house *h = *state;
	static const char *const bad[] = {"31d", "never", "2020-01-01", "soon"};
	char secret[TOKEN_LEN + 1];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct gate_link_ask ask = {LINK_INVITE, "bob", bad[i]};
		assert_true(gate_link_make(&h->gate, &ask, NULL, secret, NULL, &h->err) < 0);
	}
}

static int fails(struct gate *g, const struct store_link *l, void *arg, struct err *err)
{
	(void)g;
	(void)l;
	*(int *)arg += 1;
	return err_set(err, ERR_INVALID, "the password is too short");
}

static void a_link_whose_purpose_failed_lives_on(void **state)
{
	struct house *h = *state;
	struct gate_link l;
	char secret[TOKEN_LEN + 1];
	int tried = 0;

	make(h, LINK_RESET, "bob", NULL, secret);
	assert_int_equal(gate_link_use(&h->gate, secret, TOKEN_LEN, fails, &tried, &l, &h->err),
	                 ERR_INVALID);
	assert_int_equal(tried, 1);
	assert_int_equal(look(h, secret), LINK_GOOD);
	assert_int_equal(use(h, secret), LINK_GOOD);
	assert_int_equal(gate_link_use(&h->gate, secret, TOKEN_LEN, fails, &tried, &l, &h->err), 0);
	assert_int_equal(tried, 1);
}

struct crowd {
	const struct gate_settings *settings;
	const char *secret;
	pthread_barrier_t start;
	_Atomic int good, used, failed;
};

static void *one_of_many(void *arg)
{
	struct crowd *c = arg;
	struct gate g;
	struct gate_link l;
	struct err err = {0};

	bool open = gate_open(&g, c->settings, STORE_WRITE, &err) == 0;
	pthread_barrier_wait(&c->start);
	if (!open || gate_link_use(&g, c->secret, TOKEN_LEN, NULL, NULL, &l, &err))
		c->failed++;
	else if (l.state == LINK_GOOD)
		c->good++;
	else if (l.state == LINK_WAS_USED)
		c->used++;
	if (open)
		gate_close(&g);
	return NULL;
}

static void of_many_at_the_same_time_one_uses_it(void **state)
{
	struct house *h = *state;
	char secret[TOKEN_LEN + 1];
	struct crowd c = {.settings = &h->settings, .secret = secret};
	pthread_t threads[USERS];

	make(h, LINK_INVITE, "bob", NULL, secret);
	pthread_barrier_init(&c.start, NULL, USERS);
	for (int i = 0; i < USERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, one_of_many, &c), 0);
	for (int i = 0; i < USERS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&c.start);
	assert_int_equal(c.failed, 0);
	assert_int_equal(c.good, 1);
	assert_int_equal(c.used, USERS - 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	        T(a_link_is_looked_at_as_often_as_one_likes_and_used_once),
	        T(a_newer_link_ends_the_older_one_of_the_same_person_alone),
	        T(a_link_ends_when_its_time_is_over),
	        T(an_unknown_or_broken_secret_tells_nothing),
	        T(a_revoked_link_and_a_suspended_owner_open_nothing),
	        T(an_address_without_account_can_be_invited_but_not_reset),
	        T(a_life_beyond_a_month_or_in_the_past_is_refused),
	        T(a_link_whose_purpose_failed_lives_on),
	        T(of_many_at_the_same_time_one_uses_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
