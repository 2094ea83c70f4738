/* The contract of store.h: what ended and is remembered, for those whom it concerned. */
#include "fixture.h"

#include "base/clock.h"

/* -- repositories that were deleted -- */

static void a_deleted_repository_is_found_by_its_number_and_its_name(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	int64_t apex = add_workspace(f, "apex", ann);
	struct store_repository r = add_repository(f, acme, 0, "Site");
	struct store_deleted got = {.at = 77};

	fails(ERR_NOT_FOUND, store_deleted_get(f->s, r.id, &got, &f->err));
	fails(ERR_NOT_FOUND, store_deleted_find(f->s, acme, "Site", &got, &f->err));
	assert_int_equal(got.at, 77);
	ok(store_repository_delete(f->s, r.id, "ann", 5, 50, &f->err));
	ok(store_deleted_get(f->s, r.id, &got, &f->err));
	assert_string_equal(got.was.name, "Site");
	assert_string_equal(got.was.workspace_name, "acme");
	assert_int_equal(got.at, 5);
	assert_int_equal(got.until, 50);
	assert_string_equal(got.by, "ann");
	memset(&got, 0, sizeof got);
	ok(store_deleted_find(f->s, acme, "sITE", &got, &f->err));
	assert_string_equal(got.was.id, r.id);
	assert_false(got.was.by_alias);
	fails(ERR_NOT_FOUND, store_deleted_find(f->s, apex, "Site", &got, &f->err));
	fails(ERR_NOT_FOUND, store_deleted_find(f->s, acme, "Site2", &got, &f->err));
	ok(store_repository_remove(f->s, r.id, &f->err));
	fails(ERR_NOT_FOUND, store_deleted_get(f->s, r.id, &got, &f->err));
	fails(ERR_NOT_FOUND, store_deleted_find(f->s, acme, "Site", &got, &f->err));
}

static void of_several_of_one_name_the_last_deleted_is_found(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r[3];
	const int64_t when[] = {20, 30, 10};
	struct store_deleted got;

	for (int i = 0; i < 3; i++) {
		r[i] = add_repository(f, acme, 0, "site");
		ok(store_repository_delete(f->s, r[i].id, "ann", when[i], 99, &f->err));
	}
	ok(store_deleted_find(f->s, acme, "site", &got, &f->err));
	assert_string_equal(got.was.id, r[1].id);
	ok(store_repository_undelete(f->s, r[1].id, "site", &f->err));
	ok(store_deleted_find(f->s, acme, "site", &got, &f->err));
	assert_string_equal(got.was.id, r[0].id);
}

static int deleted_name(void *arg, const struct store_deleted *d)
{
	return take_name(arg, d->was.name);
}

static void the_deleted_are_listed_from_a_place_on(void **state)
{
	struct fixture *f = *state;
	int64_t acme = add_workspace(f, "acme", add_user(f, "ann"));
	static const struct {
		const char *name;
		int64_t at, until;
	} made[] = {{"a", 10, 20}, {"b", 30, 40}, {"c", 30, 50}, {"d", 40, 90}};
	struct store_repository r[4];
	struct names all = {0}, over = {0}, rest = {0}, gone = {0};

	for (int i = 0; i < 4; i++) {
		r[i] = add_repository(f, acme, 0, made[i].name);
		ok(store_repository_delete(f->s, r[i].id, "ann", made[i].at, made[i].until,
		                           &f->err));
	}
	bool b_first = strcmp(r[1].id, r[2].id) > 0; /* both in one second */
	struct store_repository *first = b_first ? &r[1] : &r[2];

	ok(store_deleted_list(f->s, CLOCK_NEVER, deleted_name, &all, &f->err));
	assert_string_equal(all.text, b_first ? "d b c a " : "d c b a ");
	ok(store_deleted_list(f->s, 40, deleted_name, &over, &f->err));
	assert_string_equal(over.text, "b a ");
	ok(store_deleted_page(f->s, 30, first->id, deleted_name, &rest, &f->err));
	assert_string_equal(rest.text, b_first ? "c a " : "b a ");
	ok(store_repository_undelete(f->s, first->id, "back", &f->err));
	ok(store_deleted_page(f->s, 30, first->id, deleted_name, &gone, &f->err));
	assert_string_equal(gone.text, rest.text);
}

static void a_deleted_repository_is_found_by_what_led_to_it(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "page");
	struct store_repository other = add_repository(f, acme, 0, "other");
	struct store_deleted got;

	ok(store_alias_add(f->s, acme, "site", r.id, &f->err));
	ok(store_alias_add(f->s, acme, "ended", r.id, &f->err));
	ok(store_alias_end(f->s, acme, "ended", r.id, &f->err));
	ok(store_address_set(f->s, "git/team/project", r.id, &f->err));
	fails(ERR_NOT_FOUND, store_deleted_find(f->s, acme, "site", &got, &f->err));
	fails(ERR_NOT_FOUND, store_deleted_find(f->s, acme, "ended", &got, &f->err));
	fails(ERR_NOT_FOUND, store_deleted_address(f->s, "git/team/project", &got, &f->err));
	ok(store_repository_delete(f->s, r.id, "ann", 5, 50, &f->err));
	ok(store_deleted_find(f->s, acme, "SITE", &got, &f->err));
	assert_string_equal(got.was.id, r.id);
	assert_string_equal(got.was.name, "page");
	assert_true(got.was.by_alias);
	ok(store_deleted_find(f->s, acme, "ended", &got, &f->err));
	assert_string_equal(got.was.id, r.id);
	ok(store_deleted_address(f->s, "GIT/team/project", &got, &f->err));
	assert_string_equal(got.was.name, "page");
	assert_string_equal(got.by, "ann");

	/* an address that another one took meanwhile is that one's */
	ok(store_address_set(f->s, "git/team/project", other.id, &f->err));
	fails(ERR_NOT_FOUND, store_deleted_address(f->s, "git/team/project", &got, &f->err));
	ok(store_repository_undelete(f->s, r.id, "page", &f->err));
	fails(ERR_NOT_FOUND, store_deleted_find(f->s, acme, "site", &got, &f->err));
}

static void its_own_name_goes_before_an_old_one(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository old = add_repository(f, acme, 0, "page"), own;
	struct store_deleted got;

	ok(store_alias_add(f->s, acme, "site", old.id, &f->err));
	ok(store_repository_delete(f->s, old.id, "ann", 90, 99, &f->err));
	own = add_repository(f, acme, 0, "site");
	ok(store_repository_delete(f->s, own.id, "ann", 5, 50, &f->err));
	ok(store_deleted_find(f->s, acme, "site", &got, &f->err));
	assert_string_equal(got.was.id, own.id);
}

/* -- who was a member -- */

static void who_left_is_remembered_until_they_come_again(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	int64_t acme = add_workspace(f, "acme", ann), apex = add_workspace(f, "apex", ann);
	int64_t when = 77;

	ok(store_member_set(f->s, acme, bob, MEMBER_MEMBER, &f->err));
	fails(ERR_NOT_FOUND, store_member_former(f->s, acme, bob, &when, &f->err));
	ok(store_member_set(f->s, acme, bob, MEMBER_NONE, &f->err));
	ok(store_member_left(f->s, acme, bob, 5, &f->err));
	assert_int_equal(when, 77);
	ok(store_member_former(f->s, acme, bob, &when, &f->err));
	assert_int_equal(when, 5);
	fails(ERR_NOT_FOUND, store_member_former(f->s, apex, bob, &when, &f->err));
	fails(ERR_NOT_FOUND, store_member_former(f->s, acme, ann, &when, &f->err));
	ok(store_member_set(f->s, acme, bob, MEMBER_MEMBER, &f->err));
	fails(ERR_NOT_FOUND, store_member_former(f->s, acme, bob, &when, &f->err));
	ok(store_member_set(f->s, acme, bob, MEMBER_NONE, &f->err));
	ok(store_member_left(f->s, acme, bob, 9, &f->err)); /* the last time counts */
	ok(store_member_former(f->s, acme, bob, &when, &f->err));
	assert_int_equal(when, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(a_deleted_repository_is_found_by_its_number_and_its_name),
	        test(of_several_of_one_name_the_last_deleted_is_found),
	        test(the_deleted_are_listed_from_a_place_on),
	        test(a_deleted_repository_is_found_by_what_led_to_it),
	        test(its_own_name_goes_before_an_old_one),
	        test(who_left_is_remembered_until_they_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
