/* The contract of store.h: credentials and their limits, what becomes of them,
 * and from where they are used.
 * The same for every backend. */
#include "fixture.h"

#include "base/clock.h"

#define USER(id_) (&(struct store_owner){.kind = OWNER_USER, .id = (id_)})

/* -- credentials -- */

/* Field by field: a copy need not keep what lies between the fields. */
static void same_credential(const struct store_credential *a, const struct store_credential *b)
{
	assert_string_equal(a->owner_repository, b->owner_repository);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->created_by, b->created_by);
	assert_string_equal(a->revoked_by, b->revoked_by);
	assert_string_equal(a->revoke_reason, b->revoke_reason);
	assert_string_equal(a->used_from, b->used_from);
	assert_string_equal(a->refused_from, b->refused_from);
	assert_string_equal(a->refused_why, b->refused_why);
	assert_string_equal(a->bot_email, b->bot_email);
	assert_memory_equal(a->hash, b->hash, sizeof a->hash);
	assert_memory_equal(a->limits, b->limits, sizeof a->limits);
	assert_true(a->id == b->id);
	assert_true(a->kind == b->kind);
	assert_true(a->owner == b->owner);
	assert_true(a->owner_id == b->owner_id);
	assert_true(a->scopes == b->scopes);
	assert_true(a->created == b->created);
	assert_true(a->not_before == b->not_before);
	assert_true(a->expires == b->expires);
	assert_true(a->revoked == b->revoked);
	assert_true(a->leaked == b->leaked);
	assert_true(a->used == b->used);
	assert_true(a->refused == b->refused);
}

static void a_credential_is_found_by_its_hash_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_credential c = token(ann, "laptop", 7), got;

	c.scopes = SCOPE_WRITE_REPOSITORY | SCOPE_READ_USER;
	c.not_before = 10;
	c.expires = 20;
	snprintf(c.created_by, sizeof c.created_by, "operator root");
	snprintf(c.bot_email, sizeof c.bot_email, "1@bots.example.org");
	ok(store_credential_add(f->s, &c, &f->err));
	assert_true(c.id > 0);
	ok(store_credential_by_hash(f->s, c.hash, &got, &f->err));
	same_credential(&got, &c);
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	same_credential(&got, &c);
	c.hash[31] ^= 1;
	fails(ERR_NOT_FOUND, store_credential_by_hash(f->s, c.hash, &got, &f->err));
	fails(ERR_NOT_FOUND, store_credential_get(f->s, 99, &got, &f->err));
}

static void a_hash_is_taken_for_ever(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_credential c = token(ann, "one", 7), d = token(ann, "two", 7);

	ok(store_credential_add(f->s, &c, &f->err));
	fails(ERR_EXISTS, store_credential_add(f->s, &d, &f->err));
	c.revoked = 5;
	ok(store_credential_revoke(f->s, &c, &f->err));
	fails(ERR_EXISTS, store_credential_add(f->s, &d, &f->err));
}

static void a_name_is_unique_among_the_living_of_one_owner(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	struct store_credential c = token(ann, "CI", 1), same = token(ann, "ci", 2);
	struct store_credential other = token(bob, "ci", 3), key = token(ann, "ci", 4), got;

	ok(store_credential_add(f->s, &c, &f->err));
	fails(ERR_EXISTS, store_credential_add(f->s, &same, &f->err));
	ok(store_credential_add(f->s, &other, &f->err));
	key.kind = CREDENTIAL_USER_KEY; /* keys and secrets are apart */
	ok(store_credential_add(f->s, &key, &f->err));
	c.revoked = 50;
	ok(store_credential_revoke(f->s, &c, &f->err));
	ok(store_credential_add(f->s, &same, &f->err));
	ok(store_credential_by_name(f->s, USER(bob), "CI", &got, &f->err));
	assert_true(got.id == other.id);
	fails(ERR_NOT_FOUND, store_credential_by_name(f->s, USER(bob), "none", &got, &f->err));
}

static void by_name_prefers_the_living_then_the_last_revoked(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_credential a = token(ann, "ci", 1), b = token(ann, "ci", 2),
	                        c = token(ann, "ci", 3), got;

	ok(store_credential_add(f->s, &a, &f->err));
	a.revoked = 90;
	ok(store_credential_revoke(f->s, &a, &f->err));
	ok(store_credential_add(f->s, &b, &f->err));
	b.revoked = 80;
	ok(store_credential_revoke(f->s, &b, &f->err));
	ok(store_credential_by_name(f->s, USER(ann), "ci", &got, &f->err));
	assert_true(got.id == a.id);
	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_credential_by_name(f->s, USER(ann), "CI", &got, &f->err));
	assert_true(got.id == c.id);
}

static void a_credential_needs_an_owner_and_a_name(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site");
	struct store_credential c = token(99, "ci", 1), got;

	fails(ERR_NOT_FOUND, store_credential_add(f->s, &c, &f->err));
	c = token(ann, "", 1);
	fails(ERR_INVALID, store_credential_add(f->s, &c, &f->err));
	c = token(ann, "ci", 1);
	c.owner = (enum credential_owner)0;
	fails(ERR_INVALID, store_credential_add(f->s, &c, &f->err));
	c = token(ann, "ci", 1);
	c.kind = (enum credential_kind)10;
	fails(ERR_INVALID, store_credential_add(f->s, &c, &f->err));
	c = token(0, "ci", 1);
	c.kind = CREDENTIAL_REPOSITORY_TOKEN;
	c.owner = OWNER_REPOSITORY;
	memcpy(c.owner_repository, r.id, sizeof r.id);
	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_string_equal(got.owner_repository, r.id);
	c = token(acme, "ci", 2);
	c.kind = CREDENTIAL_WORKSPACE_TOKEN;
	c.owner = OWNER_WORKSPACE;
	ok(store_credential_add(f->s, &c, &f->err));
}

static void a_revocation_is_written_and_final(void **state)
{
	struct fixture *f = *state;
	struct store_credential c = token(add_user(f, "ann"), "ci", 1), got;

	ok(store_credential_add(f->s, &c, &f->err));
	c.revoked = 77;
	c.leaked = true;
	snprintf(c.revoked_by, sizeof c.revoked_by, "ann");
	snprintf(c.revoke_reason, sizeof c.revoke_reason, "was in a log");
	ok(store_credential_revoke(f->s, &c, &f->err));
	ok(store_credential_by_hash(f->s, c.hash, &got, &f->err)); /* it can still be explained */
	assert_true(got.revoked == 77 && got.leaked);
	assert_string_equal(got.revoked_by, "ann");
	assert_string_equal(got.revoke_reason, "was in a log");
	c.revoked = CLOCK_NEVER;
	fails(ERR_INVALID, store_credential_revoke(f->s, &c, &f->err));
	c.id = 99;
	c.revoked = 1;
	fails(ERR_NOT_FOUND, store_credential_revoke(f->s, &c, &f->err));
}

static void stamps_tell_the_last_use_the_last_refusal_and_the_first_exposure(void **state)
{
	struct fixture *f = *state;
	struct store_credential c = token(add_user(f, "ann"), "ci", 1), got;
	char from[NET_TEXT + 1];

	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_true(got.used == 0 && got.refused == 0);
	ok(store_credential_stamp(f->s, c.id, c.hash, 100, "192.0.2.1", NULL, &f->err));
	ok(store_credential_stamp(f->s, c.id, c.hash, 200, "192.0.2.2", "scope-missing", &f->err));
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_true(got.used == 100 && got.refused == 200);
	assert_string_equal(got.used_from, "192.0.2.1");
	assert_string_equal(got.refused_from, "192.0.2.2");
	assert_string_equal(got.refused_why, "scope-missing");
	assert_int_equal(got.exposed, 0);
	ok(store_credential_expose(f->s, c.id, 300, &f->err));
	ok(store_credential_expose(f->s, c.id, 400, &f->err));
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_int_equal(got.exposed, 300);
	fails(ERR_NOT_FOUND, store_credential_expose(f->s, 99, 1, &f->err));
	fails(ERR_NOT_FOUND, store_credential_stamp(f->s, 99, c.hash, 1, "x", NULL, &f->err));
	memset(from, '1', NET_TEXT);
	from[NET_TEXT] = 0;
	fails(ERR_LIMIT, store_credential_stamp(f->s, c.id, c.hash, 1, from, NULL, &f->err));
}

static void limits_are_counted_and_listed(void **state)
{
	struct fixture *f = *state;
	struct store_credential c = token(add_user(f, "ann"), "ci", 1), got;
	struct names n = {0};

	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_limit_add(f->s, c.id, LIMIT_ADDRESS, "192.0.2.0/24", &f->err));
	ok(store_limit_add(f->s, c.id, LIMIT_ADDRESS, "10.0.0.0/8", &f->err));
	ok(store_limit_add(f->s, c.id, LIMIT_REF, "refs/heads/x", &f->err));
	fails(ERR_EXISTS, store_limit_add(f->s, c.id, LIMIT_REF, "refs/heads/x", &f->err));
	fails(ERR_NOT_FOUND, store_limit_add(f->s, 99, LIMIT_REF, "refs/heads/x", &f->err));
	fails(ERR_INVALID, store_limit_add(f->s, c.id, (enum limit_kind)9, "x", &f->err));
	ok(store_credential_by_hash(f->s, c.hash, &got, &f->err));
	assert_int_equal(got.limits[LIMIT_REPOSITORY], 0);
	assert_int_equal(got.limits[LIMIT_REF], 1);
	assert_int_equal(got.limits[LIMIT_PATH], 0);
	assert_int_equal(got.limits[LIMIT_ADDRESS], 2);
	ok(store_limit_list(f->s, c.id, LIMIT_ADDRESS, take_text, &n, &f->err));
	assert_string_equal(n.text, "10.0.0.0/8 192.0.2.0/24 ");
}

static void a_limit_to_a_repository_outlives_the_repository(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site");
	struct store_credential c = token(ann, "ci", 1), got;

	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_limit_add(f->s, c.id, LIMIT_REPOSITORY, r.id, &f->err));
	ok(store_repository_remove(f->s, r.id, &f->err));
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_int_equal(got.limits[LIMIT_REPOSITORY], 1);
}

static void credentials_are_listed_by_user_or_all(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	struct store_credential a = token(ann, "z", 1), b = token(bob, "y", 2),
	                        c = token(ann, "x", 3);
	struct names one = {0}, all = {0};

	ok(store_credential_add(f->s, &a, &f->err));
	ok(store_credential_add(f->s, &b, &f->err));
	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_credential_list(f->s, USER(ann), credential_name, &one, &f->err));
	assert_string_equal(one.text, "z x ");
	ok(store_credential_list(f->s, NULL, credential_name, &all, &f->err));
	assert_string_equal(all.text, "z y x ");
}

/* -- what is told, and networks -- */

static void what_sessions_are_told_is_kept(void **state)
{
	struct fixture *f = *state;
	struct store_credential c = token(add_user(f, "ann"), "ci", 1), got;

	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_true(!got.quiet && !got.alerts);
	c.alerts = true;
	ok(store_credential_tell(f->s, &c, &f->err));
	ok(store_credential_by_hash(f->s, c.hash, &got, &f->err));
	assert_true(!got.quiet && got.alerts);
	c.id = 99;
	fails(ERR_NOT_FOUND, store_credential_tell(f->s, &c, &f->err));
}

static int network_text(void *arg, const struct store_network *n)
{
	char text[100];

	snprintf(text, sizeof text, "%s:%d-%d%s", n->network, (int)n->first, (int)n->last,
	         n->fresh ? "f" : "");
	return take_name(arg, text);
}

static bool noted(struct fixture *f, int64_t credential, const char *network, int64_t when)
{
	bool fresh = false;

	ok(store_network_note(f->s, credential, network, when, &fresh, &f->err));
	return fresh;
}

static void a_network_is_fresh_once_and_the_first_never(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_credential c = token(ann, "ci", 1), other = token(ann, "x", 2);
	struct store_network n;
	struct names all = {0};
	bool fresh;

	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_credential_add(f->s, &other, &f->err));
	assert_false(noted(f, c.id, "192.0.2.0/24", 100));
	assert_false(noted(f, c.id, "192.0.2.0/24", 200));
	fails(ERR_NOT_FOUND, store_network_fresh(f->s, c.id, 0, "", &n, &f->err));
	assert_true(noted(f, c.id, "10.0.0.0/24", 300));
	assert_false(noted(f, c.id, "10.0.0.0/24", 301));
	assert_false(noted(f, c.id, "192.0.2.0/24", 9000)); /* an hour later it is written */
	assert_false(noted(f, other.id, "10.0.0.0/24", 400));
	ok(store_network_list(f->s, c.id, network_text, &all, &f->err));
	assert_string_equal(all.text, "192.0.2.0/24:100-9000 10.0.0.0/24:300-300f ");
	ok(store_network_fresh(f->s, c.id, 300, "", &n, &f->err));
	assert_true(n.first == 300 && n.fresh && !strcmp(n.network, "10.0.0.0/24"));
	fails(ERR_NOT_FOUND, store_network_fresh(f->s, c.id, 301, "", &n, &f->err));
	fails(ERR_NOT_FOUND, store_network_fresh(f->s, c.id, 0, "10.0.0.0/24", &n, &f->err));
	fails(ERR_NOT_FOUND, store_network_note(f->s, 99, "::/48", 1, &fresh, &f->err));
}

static int count_network(void *arg, const struct store_network *n)
{
	(void)n;
	++*(int *)arg;
	return 0;
}

static void the_network_unused_for_longest_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct store_credential c = token(add_user(f, "ann"), "ci", 1);
	char network[NET_TEXT];
	int all = 0;

	ok(store_credential_add(f->s, &c, &f->err));
	for (int i = 0; i < STORE_NETWORKS + 3; i++) {
		snprintf(network, sizeof network, "10.%d.0.0/24", i);
		(void)noted(f, c.id, network, 100 + i);
	}
	ok(store_network_list(f->s, c.id, count_network, &all, &f->err));
	assert_int_equal(all, STORE_NETWORKS);
	assert_true(noted(f, c.id, "10.0.0.0/24", 1000)); /* and is new again */
}

/* -- rotation -- */

static int former_text(void *arg, const struct store_former *f)
{
	char text[80];

	snprintf(text, sizeof text, "%d:%d/%lld%s", f->hash[0], (int)f->replaced,
	         f->until == CLOCK_NEVER ? -1LL : (long long)f->until, f->until_used ? "u" : "");
	return take_name(arg, text);
}

static void rotate(struct fixture *f, struct store_credential *c, unsigned char seed, int64_t now,
                   int64_t until, bool until_used)
{
	struct store_former old = {
	        .credential = c->id, .replaced = now, .until = until, .until_used = until_used};

	ok(store_credential_get(f->s, c->id, c, &f->err));
	memcpy(old.hash, c->hash, sizeof old.hash);
	memset(c->hash, seed, sizeof c->hash);
	c->secret_made = now;
	c->expires = now + 1000;
	ok(store_credential_rotate(f->s, c, &old, &f->err));
}

static void a_former_secret_lives_out_its_overlap(void **state)
{
	struct fixture *f = *state;
	struct store_credential c = token(add_user(f, "ann"), "ci", 1), got;
	struct store_former former;
	struct names n = {0}, later = {0};
	uint8_t first[STORE_HASH];

	ok(store_credential_add(f->s, &c, &f->err));
	memcpy(first, c.hash, sizeof first);
	rotate(f, &c, 2, 100, 150, false);
	fails(ERR_NOT_FOUND, store_credential_by_hash(f->s, first, &got, &f->err));
	ok(store_former_by_hash(f->s, first, &former, &f->err));
	assert_true(former.credential == c.id && former.until == 150 && former.late == 0);
	ok(store_credential_by_hash(f->s, c.hash, &got, &f->err));
	assert_true(got.secret_made == 100 && got.secret_used == 0 && got.expires == 1100);
	/* a stamp of the old secret is no use of the new one, and only its first counts */
	ok(store_credential_stamp(f->s, c.id, first, 110, "::1", NULL, &f->err));
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_true(got.used == 110 && got.secret_used == 0);
	ok(store_credential_stamp(f->s, c.id, c.hash, 120, "::1", NULL, &f->err));
	ok(store_credential_stamp(f->s, c.id, c.hash, 130, "::1", NULL, &f->err));
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_true(got.used == 130 && got.secret_used == 120);
	ok(store_former_late(f->s, first, 200, "192.0.2.1", &f->err));
	ok(store_former_by_hash(f->s, first, &former, &f->err));
	assert_true(former.late == 200 && !strcmp(former.late_from, "192.0.2.1"));
	fails(ERR_NOT_FOUND, store_former_late(f->s, c.hash, 1, "::1", &f->err));
	/* what ended with a first use does not live again with the next rotation */
	rotate(f, &c, 3, 300, CLOCK_NEVER, true);
	rotate(f, &c, 4, 310, CLOCK_NEVER, true);
	ok(store_former_list(f->s, c.id, former_text, &n, &f->err));
	assert_string_equal(n.text, "3:310/-1u 2:300/-1u 1:100/150 ");
	ok(store_credential_stamp(f->s, c.id, c.hash, 320, "::1", NULL, &f->err));
	rotate(f, &c, 5, 330, 340, false);
	ok(store_former_list(f->s, c.id, former_text, &later, &f->err));
	assert_string_equal(later.text, "4:330/340 3:310/320 2:300/320 1:100/150 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(a_credential_is_found_by_its_hash_as_it_was_written),
	        test(a_hash_is_taken_for_ever),
	        test(a_name_is_unique_among_the_living_of_one_owner),
	        test(by_name_prefers_the_living_then_the_last_revoked),
	        test(a_credential_needs_an_owner_and_a_name),
	        test(a_revocation_is_written_and_final),
	        test(stamps_tell_the_last_use_the_last_refusal_and_the_first_exposure),
	        test(limits_are_counted_and_listed),
	        test(a_limit_to_a_repository_outlives_the_repository),
	        test(credentials_are_listed_by_user_or_all),
	        test(what_sessions_are_told_is_kept),
	        test(a_network_is_fresh_once_and_the_first_never),
	        test(the_network_unused_for_longest_is_forgotten),
	        test(a_former_secret_lives_out_its_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
