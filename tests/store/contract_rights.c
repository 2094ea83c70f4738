/* The contract of store.h: grants and rights, credentials and their limits.
 * The same for every backend. */
#include "fixture.h"

#include "base/clock.h"

#define USER(id_) (&(struct store_owner){.kind = OWNER_USER, .id = (id_)})

/* -- rights -- */

/* bob is a plain member; every way to a right is tried on him. */
struct place {
	int64_t ann, bob, acme, web, devs;
	struct store_repository r;
};

static struct place make_place(struct fixture *f)
{
	struct place p = {.ann = add_user(f, "ann"), .bob = add_user(f, "bob")};

	p.acme = add_workspace(f, "acme", p.ann);
	ok(store_member_set(f->s, p.acme, p.bob, MEMBER_MEMBER, &f->err));
	p.web = add_project(f, p.acme, "web");
	p.devs = add_group(f, p.acme, "devs");
	p.r = add_repository(f, p.acme, p.web, "site");
	return p;
}

static enum right right_of(struct fixture *f, int64_t user, const struct store_repository *r)
{
	enum right right = (enum right)99;

	ok(store_right_of_user(f->s, user, r, &right, &f->err));
	return right;
}

static void owners_have_admin_and_membership_alone_gives_none(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);

	assert_int_equal(right_of(f, p.ann, &p.r), RIGHT_ADMIN);
	assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_NONE);
	assert_int_equal(right_of(f, 99, &p.r), RIGHT_NONE);
}

static void a_grant_reaches_down_from_each_place(void **state)
{
	static const enum grant_object objects[] = {GRANT_REPOSITORY, GRANT_PROJECT,
	                                            GRANT_WORKSPACE};
	struct fixture *f = *state;
	struct place p = make_place(f);
	struct store_repository bare = add_repository(f, p.acme, 0, "bare");
	const int64_t ids[] = {0, p.web, p.acme};

	for (int group = 0; group < 2; group++)
		for (int i = 0; i < 3; i++) {
			struct store_grant g = {.subject = group ? GRANT_GROUP : GRANT_USER,
			                        .subject_id = group ? p.devs : p.bob,
			                        .object = objects[i],
			                        .object_id = ids[i],
			                        .right = RIGHT_WRITE};

			if (objects[i] == GRANT_REPOSITORY)
				memcpy(g.repository, p.r.id, sizeof g.repository);
			ok(store_grant_set(f->s, &g, 1, &f->err));
			if (group) {
				assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_NONE);
				ok(store_group_member_set(f->s, p.devs, p.bob, true, &f->err));
			}
			assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_WRITE);
			assert_int_equal(right_of(f, p.bob, &bare),
			                 i == 2 ? RIGHT_WRITE : RIGHT_NONE);
			ok(store_grant_remove(f->s, &g, &f->err));
			assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_NONE);
			if (group)
				ok(store_group_member_set(f->s, p.devs, p.bob, false, &f->err));
		}
}

static void the_highest_right_counts(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);

	ok(store_group_member_set(f->s, p.devs, p.bob, true, &f->err));
	grant(f, GRANT_USER, p.bob, GRANT_REPOSITORY, 0, p.r.id, RIGHT_READ);
	assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_READ);
	grant(f, GRANT_GROUP, p.devs, GRANT_WORKSPACE, p.acme, "", RIGHT_ADMIN);
	assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_ADMIN);
	ok(store_group_remove(f->s, p.devs, &f->err)); /* its grants go too */
	assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_READ);
}

/* Users, groups and credentials have numbers of their own; so have the places.
 * A grant must never count for another kind of thing with the same number. */
static void the_same_number_of_another_kind_gives_nothing(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);
	int64_t same = add_user(f, "carl");
	struct store_credential c;
	enum right right;

	for (unsigned char i = 1; i <= 8; i++) {
		char name[8];

		snprintf(name, sizeof name, "t%d", i);
		c = token(p.ann, name, i);
		ok(store_credential_add(f->s, &c, &f->err));
		if (c.id == same)
			break;
	}
	assert_true(c.id == same);
	grant(f, GRANT_CREDENTIAL, c.id, GRANT_WORKSPACE, p.acme, "", RIGHT_ADMIN);
	assert_int_equal(right_of(f, same, &p.r), RIGHT_NONE);
	ok(store_right_of_credential(f->s, c.id, &p.r, &right, &f->err));
	assert_int_equal(right, RIGHT_ADMIN);
	grant(f, GRANT_USER, p.bob, GRANT_PROJECT, add_project(f, p.acme, "x"), "", RIGHT_ADMIN);
	assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_NONE);
}

static void a_suspension_does_not_change_the_grants(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);
	struct names n = {0}, active = {0};
	struct store_user u;

	grant(f, GRANT_USER, p.bob, GRANT_REPOSITORY, 0, p.r.id, RIGHT_ADMIN);
	ok(store_repository_admins(f->s, &p.r, 5, take_text, &n, &f->err));
	assert_string_equal(n.text, "ann bob ");
	ok(store_user_get_id(f->s, p.bob, &u, &f->err));
	u.suspended = 5;
	ok(store_user_update(f->s, &u, &f->err));
	assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_ADMIN); /* policy closes that gate */
	ok(store_repository_admins(f->s, &p.r, 5, take_text, &active, &f->err));
	assert_string_equal(active.text, "ann "); /* who could help must be active */
}

static void admins_are_named_once_in_order_and_bounded(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);
	int64_t zoe = add_user(f, "zoe"), amy = add_user(f, "amy");
	struct names n = {0}, two = {0}, none = {0};

	ok(store_group_member_set(f->s, p.devs, zoe, true, &f->err));
	ok(store_group_member_set(f->s, p.devs, p.ann, true, &f->err));
	grant(f, GRANT_GROUP, p.devs, GRANT_PROJECT, p.web, "", RIGHT_ADMIN);
	grant(f, GRANT_USER, amy, GRANT_WORKSPACE, p.acme, "", RIGHT_ADMIN);
	grant(f, GRANT_USER, p.bob, GRANT_REPOSITORY, 0, p.r.id, RIGHT_WRITE);
	ok(store_repository_admins(f->s, &p.r, 10, take_text, &n, &f->err));
	assert_string_equal(n.text, "amy ann zoe ");
	ok(store_repository_admins(f->s, &p.r, 2, take_text, &two, &f->err));
	assert_string_equal(two.text, "amy ann ");
	ok(store_repository_admins(f->s, &p.r, 0, take_text, &none, &f->err));
	assert_int_equal(none.count, 0);
}

static int grant_words(void *arg, const struct store_grant *g)
{
	char text[32];

	snprintf(text, sizeof text, "%d%d%d", g->subject, g->object, g->right);
	return take_name(arg, text);
}

static void a_grant_is_one_row_per_subject_and_object(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);
	struct store_grant g = {.subject = GRANT_USER,
	                        .subject_id = p.bob,
	                        .object = GRANT_WORKSPACE,
	                        .object_id = p.acme,
	                        .right = RIGHT_READ};
	struct names n = {0}, gone = {0}, none = {0};
	int64_t id;

	ok(store_grant_set(f->s, &g, 1, &f->err));
	id = g.id;
	g.right = RIGHT_WRITE;
	ok(store_grant_set(f->s, &g, 2, &f->err));
	assert_true(g.id == id && g.created == 1);
	grant(f, GRANT_GROUP, p.devs, GRANT_PROJECT, p.web, "", RIGHT_READ);
	grant(f, GRANT_USER, p.bob, GRANT_REPOSITORY, 0, p.r.id, RIGHT_ADMIN);
	grant(f, GRANT_USER, p.bob, GRANT_WORKSPACE, add_workspace(f, "else", p.ann), "",
	      RIGHT_ADMIN);
	ok(store_grant_list(f->s, p.acme, grant_words, &n, &f->err));
	assert_string_equal(n.text, "112 221 133 ");
	ok(store_grant_remove(f->s, &g, &f->err));
	fails(ERR_NOT_FOUND, store_grant_remove(f->s, &g, &f->err));
	ok(store_repository_remove(f->s, p.r.id, &f->err));
	ok(store_grant_list(f->s, p.acme, grant_words, &gone, &f->err));
	assert_string_equal(gone.text, "221 ");
	ok(store_group_remove(f->s, p.devs, &f->err));
	ok(store_grant_list(f->s, p.acme, grant_words, &none, &f->err));
	assert_string_equal(none.text, "");
}

static void grants_are_listed_from_a_place_on(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);
	struct store_repository other = add_repository(f, p.acme, 0, "A-first");
	const struct store_grant_place before = {GRANT_PROJECT, "web", GRANT_USER, p.bob},
	                               on_site = {GRANT_REPOSITORY, "SITE", GRANT_USER, p.bob},
	                               gone = {GRANT_REPOSITORY, "b", GRANT_CREDENTIAL, 99};
	const struct store_grant at = {
	        .object = GRANT_REPOSITORY, .subject = GRANT_USER, .subject_id = p.ann};
	struct names all = {0}, some = {0}, last = {0}, behind = {0}, one = {0}, stop = {.most = 2};
	struct store_grant only = at;

	grant(f, GRANT_USER, p.ann, GRANT_WORKSPACE, p.acme, "", RIGHT_READ);
	grant(f, GRANT_GROUP, p.devs, GRANT_WORKSPACE, p.acme, "", RIGHT_WRITE);
	grant(f, GRANT_USER, p.bob, GRANT_PROJECT, p.web, "", RIGHT_READ);
	grant(f, GRANT_GROUP, p.devs, GRANT_PROJECT, p.web, "", RIGHT_ADMIN);
	grant(f, GRANT_USER, p.ann, GRANT_REPOSITORY, 0, p.r.id, RIGHT_READ);
	grant(f, GRANT_USER, p.bob, GRANT_REPOSITORY, 0, p.r.id, RIGHT_WRITE);
	grant(f, GRANT_GROUP, p.devs, GRANT_REPOSITORY, 0, p.r.id, RIGHT_ADMIN);
	grant(f, GRANT_USER, p.bob, GRANT_REPOSITORY, 0, other.id, RIGHT_ADMIN);
	ok(store_grant_list(f->s, p.acme, grant_words, &all, &f->err));
	assert_string_equal(all.text, "111 212 121 223 133 131 132 233 ");
	ok(store_grant_page(f->s, p.acme, &before, grant_words, &some, &f->err));
	assert_string_equal(some.text, "223 133 131 132 233 ");
	ok(store_grant_page(f->s, p.acme, &on_site, grant_words, &last, &f->err));
	assert_string_equal(last.text, "233 ");
	ok(store_grant_page(f->s, p.acme, &gone, grant_words, &behind, &f->err));
	assert_string_equal(behind.text, "131 132 233 ");
	memcpy(only.repository, p.r.id, sizeof only.repository);
	ok(store_grant_page_at(f->s, &only, grant_words, &one, &f->err));
	assert_string_equal(one.text, "132 233 ");
	assert_int_equal(store_grant_list(f->s, p.acme, grant_words, &stop, &f->err), 7);
	assert_int_equal(stop.count, 2);
}

static void a_repository_made_anew_under_an_old_id_has_no_old_grants(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);

	grant(f, GRANT_USER, p.bob, GRANT_REPOSITORY, 0, p.r.id, RIGHT_ADMIN);
	assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_ADMIN);
	ok(store_repository_remove(f->s, p.r.id, &f->err));
	ok(store_repository_add(f->s, &p.r, 1, &f->err));
	assert_int_equal(right_of(f, p.bob, &p.r), RIGHT_NONE);
}

static void a_grant_needs_both_ends(void **state)
{
	struct fixture *f = *state;
	struct place p = make_place(f);
	struct store_grant good = {.subject = GRANT_USER,
	                           .subject_id = p.bob,
	                           .object = GRANT_WORKSPACE,
	                           .object_id = p.acme,
	                           .right = RIGHT_READ},
	                   g = good;

	g.subject_id = 99;
	fails(ERR_NOT_FOUND, store_grant_set(f->s, &g, 1, &f->err));
	g = good;
	g.object_id = 99;
	fails(ERR_NOT_FOUND, store_grant_set(f->s, &g, 1, &f->err));
	g = good;
	g.object = GRANT_REPOSITORY;
	fails(ERR_NOT_FOUND, store_grant_set(f->s, &g, 1, &f->err));
	g = good;
	g.right = RIGHT_NONE;
	fails(ERR_INVALID, store_grant_set(f->s, &g, 1, &f->err));
	g = good;
	g.subject = (enum grant_subject)9;
	fails(ERR_INVALID, store_grant_set(f->s, &g, 1, &f->err));
	g = good;
	g.subject = GRANT_GROUP;
	g.subject_id = add_group(f, add_workspace(f, "other", p.ann), "devs");
	fails(ERR_INVALID, store_grant_set(f->s, &g, 1, &f->err));
}

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

static int credential_name(void *arg, const struct store_credential *c)
{
	return take_name(arg, c->name);
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

/* -- bots -- */

static struct store_credential bot(struct fixture *f, enum credential_owner kind, int64_t owner,
                                   const char *repository, unsigned char seed)
{
	struct store_credential c = token(owner, "ci", seed);

	c.kind = (enum credential_kind)kind; /* both are numbered alike */
	c.owner = kind;
	snprintf(c.owner_repository, sizeof c.owner_repository, "%s", repository);
	ok(store_credential_add(f->s, &c, &f->err));
	return c;
}

static enum right right_of_bot(struct fixture *f, const struct store_credential *c,
                               const struct store_repository *r)
{
	enum right right = RIGHT_NONE;

	ok(store_right_of_credential(f->s, c->id, r, &right, &f->err));
	return right;
}

static void a_bot_has_every_right_on_what_it_belongs_to_and_none_elsewhere(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann),
	        beta = add_workspace(f, "beta", ann), web = add_project(f, acme, "web");
	struct store_repository site = add_repository(f, acme, web, "site"),
	                        docs = add_repository(f, acme, 0, "docs"),
	                        other = add_repository(f, beta, 0, "site");
	struct store_credential of_site = bot(f, OWNER_REPOSITORY, 0, site.id, 1),
	                        of_web = bot(f, OWNER_PROJECT, web, "", 2),
	                        of_acme = bot(f, OWNER_WORKSPACE, acme, "", 3),
	                        of_beta = bot(f, OWNER_WORKSPACE, beta, "", 4);
	const struct {
		const struct store_credential *c;
		enum right site, docs, other;
	} cases[] = {{&of_site, RIGHT_ADMIN, RIGHT_NONE, RIGHT_NONE},
	             {&of_web, RIGHT_ADMIN, RIGHT_NONE, RIGHT_NONE},
	             {&of_acme, RIGHT_ADMIN, RIGHT_ADMIN, RIGHT_NONE},
	             {&of_beta, RIGHT_NONE, RIGHT_NONE, RIGHT_ADMIN}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(right_of_bot(f, cases[i].c, &site), cases[i].site);
		assert_int_equal(right_of_bot(f, cases[i].c, &docs), cases[i].docs);
		assert_int_equal(right_of_bot(f, cases[i].c, &other), cases[i].other);
	}
	grant(f, GRANT_CREDENTIAL, of_site.id, GRANT_REPOSITORY, 0, docs.id, RIGHT_READ);
	assert_int_equal(right_of_bot(f, &of_site, &docs), RIGHT_READ);
	assert_int_equal(right_of_bot(f, &of_web, &docs), RIGHT_NONE);
	site.project = 0; /* taken out of the project: what is asked is the row as it is now */
	ok(store_repository_update(f->s, &site, &f->err));
	assert_int_equal(right_of_bot(f, &of_web, &site), RIGHT_NONE);
	assert_int_equal(right_of_bot(f, &of_site, &site), RIGHT_ADMIN);
}

static void bots_are_found_by_what_they_belong_to(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository site = add_repository(f, acme, 0, "site"),
	                        docs = add_repository(f, acme, 0, "docs");
	struct store_credential a = bot(f, OWNER_REPOSITORY, 0, site.id, 1),
	                        b = bot(f, OWNER_REPOSITORY, 0, docs.id, 2), got;
	struct store_owner owner = {.kind = OWNER_REPOSITORY};
	struct names n = {0};

	bot(f, OWNER_WORKSPACE, acme, "", 3);
	memcpy(owner.repository, docs.id, sizeof docs.id);
	ok(store_credential_by_name(f->s, &owner, "CI", &got, &f->err));
	assert_true(got.id == b.id && got.id != a.id);
	ok(store_credential_list(f->s, &owner, credential_name, &n, &f->err));
	assert_string_equal(n.text, "ci ");
	fails(ERR_NOT_FOUND, store_credential_by_name(f->s, USER(acme), "ci", &got, &f->err));
	ok(store_credential_email(f->s, b.id, "2@bots.localhost", &f->err));
	ok(store_credential_get(f->s, b.id, &got, &f->err));
	assert_string_equal(got.bot_email, "2@bots.localhost");
	fails(ERR_NOT_FOUND, store_credential_email(f->s, 99, "x@y", &f->err));
}

static int grant_right(void *arg, const struct store_grant *g)
{
	return take_name(arg, policy_right_name(g->right));
}

static void the_grants_of_one_subject_are_listed(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository site = add_repository(f, acme, 0, "site");
	struct store_credential c = bot(f, OWNER_WORKSPACE, acme, "", 3);
	struct names n = {0};

	grant(f, GRANT_CREDENTIAL, c.id, GRANT_REPOSITORY, 0, site.id, RIGHT_WRITE);
	grant(f, GRANT_CREDENTIAL, c.id, GRANT_WORKSPACE, acme, "", RIGHT_READ);
	grant(f, GRANT_USER, ann, GRANT_WORKSPACE, acme, "", RIGHT_ADMIN);
	ok(store_grant_list_of(f->s, GRANT_CREDENTIAL, c.id, grant_right, &n, &f->err));
	assert_string_equal(n.text, "read write ");
}

/* -- SSH keys -- */

static struct store_credential add_key(struct fixture *f, const struct store_owner *owner,
                                       const char *name, uint8_t mark)
{
	struct store_credential c = {.kind = owner->kind == OWNER_USER ? CREDENTIAL_USER_KEY
	                                                               : CREDENTIAL_ACCESS_KEY,
	                             .owner = owner->kind,
	                             .owner_id = owner->id,
	                             .expires = CLOCK_NEVER,
	                             .revoked = CLOCK_NEVER,
	                             .scopes = SCOPE_READ_REPOSITORY};

	strcpy(c.name, name);
	memcpy(c.owner_repository, owner->repository, sizeof c.owner_repository);
	memset(c.hash, mark, sizeof c.hash);
	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_key_add(f->s, c.id, &mark, 1, &f->err));
	return c;
}

static int keep_repository(void *arg, const char *repository)
{
	return take_name(arg, repository);
}

static void a_key_and_a_token_of_one_name_are_two(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_credential key = add_key(f, USER(ann), "ci", 1), got;
	uint8_t blob[SSH_KEY_BLOB];
	struct names n = {0};
	size_t len = 0;

	fails(ERR_NOT_FOUND, store_credential_by_name(f->s, USER(ann), "ci", &got, &f->err));
	ok(store_key_by_name(f->s, USER(ann), "CI", &got, &f->err));
	assert_int_equal(got.id, key.id);
	ok(store_key_list(f->s, USER(ann), credential_name, &n, &f->err));
	assert_string_equal(n.text, "ci ");
	ok(store_key_blob(f->s, key.id, blob, &len, &f->err));
	assert_true(len == 1 && blob[0] == 1);
	fails(ERR_NOT_FOUND, store_key_blob(f->s, key.id + 1, blob, &len, &f->err));
	fails(ERR_LIMIT, store_key_add(f->s, key.id, blob, SSH_KEY_BLOB + 1, &f->err));
	ok(store_credential_scopes(f->s, key.id, SCOPE_WRITE_REPOSITORY, &f->err));
	ok(store_credential_get(f->s, key.id, &got, &f->err));
	assert_int_equal(got.scopes, SCOPE_WRITE_REPOSITORY);
}

static void a_key_that_is_let_go_can_be_added_again(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	struct store_credential old = add_key(f, USER(ann), "ci", 1), got;
	uint8_t blob[SSH_KEY_BLOB];
	size_t len;

	old.revoked = 50;
	ok(store_credential_revoke(f->s, &old, &f->err));
	ok(store_key_forget(f->s, old.id, &f->err));
	fails(ERR_NOT_FOUND, store_credential_by_hash(f->s, old.hash, &got, &f->err));
	struct store_credential again = add_key(f, USER(bob), "ci", 1);
	ok(store_credential_by_hash(f->s, old.hash, &got, &f->err));
	assert_int_equal(got.id, again.id);
	ok(store_key_blob(f->s, old.id, blob, &len, &f->err)); /* what it was stays known */
	fails(ERR_NOT_FOUND, store_key_forget(f->s, 99, &f->err));
}

static void an_access_key_serves_several_repositories(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository site = add_repository(f, acme, 0, "site"),
	                        docs = add_repository(f, acme, 0, "docs"),
	                        wiki = add_repository(f, acme, 0, "wiki");
	struct store_owner owner = {.kind = OWNER_REPOSITORY}, other = owner;
	struct names served = {0}, of_docs = {0};
	struct store_credential got;

	memcpy(owner.repository, site.id, sizeof site.id);
	memcpy(other.repository, docs.id, sizeof docs.id);
	struct store_credential key = add_key(f, &owner, "deploy", 1);
	assert_int_equal(right_of_bot(f, &key, &docs), RIGHT_NONE);
	ok(store_key_repository_add(f->s, key.id, docs.id, &f->err));
	fails(ERR_EXISTS, store_key_repository_add(f->s, key.id, docs.id, &f->err));
	assert_int_equal(right_of_bot(f, &key, &site), RIGHT_ADMIN);
	assert_int_equal(right_of_bot(f, &key, &docs), RIGHT_ADMIN);
	assert_int_equal(right_of_bot(f, &key, &wiki), RIGHT_NONE);
	ok(store_key_by_name(f->s, &other, "deploy", &got, &f->err));
	assert_int_equal(got.id, key.id);
	ok(store_key_list(f->s, &other, credential_name, &of_docs, &f->err));
	assert_string_equal(of_docs.text, "deploy ");
	ok(store_key_repository_list(f->s, key.id, keep_repository, &served, &f->err));
	assert_non_null(strstr(served.text, docs.id));
	ok(store_repository_remove(f->s, docs.id, &f->err));
	assert_int_equal(right_of_bot(f, &key, &docs), RIGHT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(owners_have_admin_and_membership_alone_gives_none),
	        test(a_grant_reaches_down_from_each_place),
	        test(the_highest_right_counts),
	        test(the_same_number_of_another_kind_gives_nothing),
	        test(a_suspension_does_not_change_the_grants),
	        test(admins_are_named_once_in_order_and_bounded),
	        test(a_grant_is_one_row_per_subject_and_object),
	        test(grants_are_listed_from_a_place_on),
	        test(a_repository_made_anew_under_an_old_id_has_no_old_grants),
	        test(a_grant_needs_both_ends),
	        test(a_credential_is_found_by_its_hash_as_it_was_written),
	        test(a_hash_is_taken_for_ever),
	        test(a_name_is_unique_among_the_living_of_one_owner),
	        test(by_name_prefers_the_living_then_the_last_revoked),
	        test(a_credential_needs_an_owner_and_a_name),
	        test(a_revocation_is_written_and_final),
	        test(stamps_tell_the_last_use_the_last_refusal_and_the_first_exposure),
	        test(limits_are_counted_and_listed),
	        test(what_sessions_are_told_is_kept),
	        test(a_network_is_fresh_once_and_the_first_never),
	        test(the_network_unused_for_longest_is_forgotten),
	        test(a_limit_to_a_repository_outlives_the_repository),
	        test(credentials_are_listed_by_user_or_all),
	        test(a_former_secret_lives_out_its_overlap),
	        test(a_bot_has_every_right_on_what_it_belongs_to_and_none_elsewhere),
	        test(bots_are_found_by_what_they_belong_to),
	        test(the_grants_of_one_subject_are_listed),
	        test(a_key_and_a_token_of_one_name_are_two),
	        test(a_key_that_is_let_go_can_be_added_again),
	        test(an_access_key_serves_several_repositories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
