/* The contract of store.h: grants, and the rights that they give to
 * people and bots.
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
	        test(a_bot_has_every_right_on_what_it_belongs_to_and_none_elsewhere),
	        test(bots_are_found_by_what_they_belong_to),
	        test(the_grants_of_one_subject_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
