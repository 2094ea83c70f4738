/* The contract of store.h: people, workspaces, groups and projects. The same
 * for every backend. */
#include "fixture.h"

#include "base/clock.h"

#define LONG_61 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg"

static int user_name(void *arg, const struct store_user *u)
{
	return take_name(arg, u->name);
}

static int workspace_name(void *arg, const struct store_workspace *w)
{
	return take_name(arg, w->name);
}

static int group_name(void *arg, const struct store_group *g)
{
	return take_name(arg, g->name);
}

static int project_name(void *arg, const struct store_project *p)
{
	return take_name(arg, p->name);
}

static int member_name(void *arg, const struct store_user *u, enum member_role role)
{
	char text[80];

	snprintf(text, sizeof text, "%s:%d", u->name, role);
	return take_name(arg, text);
}

/* -- people -- */

static void a_user_is_found_by_name_id_and_email(void **state)
{
	struct fixture *f = *state;
	struct store_user u = {.name = "Ann",
	                       .display = "Ann Archer",
	                       .email = "Ann@Example.org",
	                       .server_admin = true};
	struct store_user got;

	ok(store_user_add(f->s, &u, 1234, &f->err));
	assert_true(u.id > 0);
	assert_true(u.created == 1234 && u.suspended == CLOCK_NEVER);
	ok(store_user_get(f->s, "aNN", &got, &f->err));
	assert_string_equal(got.name, "Ann");
	assert_string_equal(got.display, "Ann Archer");
	assert_string_equal(got.email, "Ann@Example.org");
	assert_true(got.server_admin && got.id == u.id && got.created == 1234);
	assert_true(got.suspended == CLOCK_NEVER);
	ok(store_user_get_id(f->s, u.id, &got, &f->err));
	assert_string_equal(got.name, "Ann");
	ok(store_user_by_email(f->s, "ann@example.ORG", &got, &f->err));
	assert_true(got.id == u.id);
}

static void a_missing_user_is_not_found_and_results_stay_untouched(void **state)
{
	struct fixture *f = *state;
	struct store_user got = {.id = 77};

	fails(ERR_NOT_FOUND, store_user_get(f->s, "nobody", &got, &f->err));
	fails(ERR_NOT_FOUND, store_user_get(f->s, LONG_61 LONG_61 LONG_61, &got, &f->err));
	fails(ERR_NOT_FOUND, store_user_get_id(f->s, 5, &got, &f->err));
	fails(ERR_NOT_FOUND, store_user_by_email(f->s, "x@y", &got, &f->err));
	fails(ERR_NOT_FOUND, store_user_by_email(f->s, "", &got, &f->err));
	assert_true(got.id == 77);
	got.suspended = CLOCK_NEVER;
	fails(ERR_NOT_FOUND, store_user_update(f->s, &got, &f->err));
}

static void a_user_gets_a_workspace_of_the_same_name(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_workspace w;
	enum member_role role;

	ok(store_workspace_get(f->s, "ANN", &w, &f->err));
	assert_string_equal(w.name, "ann");
	assert_true(w.personal == ann);
	assert_true(w.creation == CREATION_OWNERS && w.token_lifetime == CLOCK_NEVER);
	ok(store_member_get(f->s, w.id, ann, &role, &f->err));
	assert_int_equal(role, MEMBER_OWNER);
}

static void users_and_workspaces_share_one_namespace(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_user u = {.name = "ACME"};
	struct store_workspace w = {.name = "Ann"};
	struct names n = {0};

	add_workspace(f, "acme", ann);
	fails(ERR_EXISTS, store_user_add(f->s, &u, 1, &f->err));
	fails(ERR_EXISTS, store_workspace_add(f->s, &w, ann, 1, &f->err));
	snprintf(u.name, sizeof u.name, "AnN");
	fails(ERR_EXISTS, store_user_add(f->s, &u, 1, &f->err));
	ok(store_user_list(f->s, user_name, &n, &f->err));
	assert_string_equal(n.text, "ann "); /* a failure left nothing behind */
	ok(store_workspace_list(f->s, 0, workspace_name, &n, &f->err));
	assert_string_equal(n.text, "ann acme ann ");
}

static void reserved_and_malformed_names_are_refused(void **state)
{
	static const char *const bad[] = {"git",      "x-token-auth", "oauth2", "login",
	                                  "Settings", "a.b",          "",       "-a",
	                                  "a b",      "gthu_x",       "a/../b"};
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct store_user u = {0};
		struct store_workspace w = {0};

		snprintf(u.name, sizeof u.name, "%s", bad[i]);
		snprintf(w.name, sizeof w.name, "%s", bad[i]);
		fails(ERR_INVALID, store_user_add(f->s, &u, 1, &f->err));
		fails(ERR_INVALID, store_workspace_add(f->s, &w, ann, 1, &f->err));
	}
}

static void text_that_fills_its_field_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store_user u = {.name = "ann"}, got;

	memset(u.display, 'x', sizeof u.display);
	fails(ERR_LIMIT, store_user_add(f->s, &u, 1, &f->err));
	fails(ERR_NOT_FOUND, store_user_get(f->s, "ann", &got, &f->err));
	u.display[STORE_LABEL - 1] = 0;
	memset(u.name, 'n', sizeof u.name);
	fails(ERR_LIMIT, store_user_add(f->s, &u, 1, &f->err));
	u.name[NAME_OWNER_MAX] = 0;
	ok(store_user_add(f->s, &u, 1, &f->err));
	ok(store_user_get(f->s, u.name, &got, &f->err));
	assert_string_equal(got.display, u.display);
	assert_string_equal(got.name, u.name);
}

static void an_update_writes_what_the_header_names(void **state)
{
	struct fixture *f = *state;
	struct store_user u, got;

	add_user(f, "ann");
	ok(store_user_get(f->s, "ann", &u, &f->err));
	snprintf(u.display, sizeof u.display, "Ann");
	snprintf(u.suspend_reason, sizeof u.suspend_reason, "left the team");
	u.server_admin = true;
	u.suspended = 4321;
	ok(store_user_update(f->s, &u, &f->err));
	ok(store_user_get(f->s, "ann", &got, &f->err));
	assert_string_equal(got.display, "Ann");
	assert_string_equal(got.suspend_reason, "left the team");
	assert_true(got.server_admin && got.suspended == 4321);
	got.suspended = CLOCK_NEVER;
	ok(store_user_update(f->s, &got, &f->err));
	ok(store_user_get(f->s, "ann", &got, &f->err));
	assert_true(got.suspended == CLOCK_NEVER);
}

static void an_email_belongs_to_one_user(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	struct store_user u = {.name = "cleo", .email = "bob@example.org"}, got;
	struct names n = {0};

	ok(store_email_add(f->s, ann, "a2@example.org", &f->err));
	fails(ERR_EXISTS, store_email_add(f->s, bob, "A2@example.org", &f->err));
	fails(ERR_INVALID, store_email_add(f->s, bob, "nonsense", &f->err));
	fails(ERR_NOT_FOUND, store_email_add(f->s, 99, "c@example.org", &f->err));
	fails(ERR_EXISTS, store_user_add(f->s, &u, 1, &f->err));
	fails(ERR_NOT_FOUND, store_user_get(f->s, "cleo", &got, &f->err));
	ok(store_email_list(f->s, ann, take_text, &n, &f->err));
	assert_string_equal(n.text, "ann@example.org a2@example.org ");
	ok(store_email_remove(f->s, ann, "ANN@example.org", &f->err));
	fails(ERR_NOT_FOUND, store_email_remove(f->s, ann, "ann@example.org", &f->err));
	ok(store_user_get_id(f->s, ann, &got, &f->err));
	assert_string_equal(got.email, "a2@example.org"); /* the first one left */
}

static void a_user_may_have_no_email(void **state)
{
	struct fixture *f = *state;
	struct store_user u = {.name = "ann"}, got;

	ok(store_user_add(f->s, &u, 1, &f->err));
	ok(store_user_get(f->s, "ann", &got, &f->err));
	assert_string_equal(got.email, "");
}

static int list_within(void *arg, const struct store_user *u)
{
	struct fixture *f = arg;
	struct names n = {0};
	struct store_user got;

	ok(store_user_get(f->s, u->name, &got, &f->err));
	ok(store_user_list(f->s, user_name, &n, &f->err));
	assert_string_equal(n.text, "Ann bob cleo ");
	return 0;
}

static void a_list_is_in_order_stops_when_told_and_may_ask_again(void **state)
{
	struct fixture *f = *state;
	struct names n = {0}, two = {.most = 2};

	add_user(f, "cleo");
	add_user(f, "Ann");
	add_user(f, "bob");
	ok(store_user_list(f->s, user_name, &n, &f->err));
	assert_string_equal(n.text, "Ann bob cleo ");
	assert_int_equal(store_user_list(f->s, user_name, &two, &f->err), 7);
	assert_string_equal(two.text, "Ann bob ");
	ok(store_user_list(f->s, list_within, f, &f->err));
}

/* -- workspaces -- */

static void a_workspace_is_made_read_and_updated(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_workspace w = {.name = "Acme", .display = "Acme Ltd", .token_lifetime = 3600};
	struct store_workspace got;

	ok(store_workspace_add(f->s, &w, ann, 55, &f->err));
	assert_true(w.id > 0 && w.created == 55);
	ok(store_workspace_get(f->s, "acme", &got, &f->err));
	assert_string_equal(got.name, "Acme");
	assert_string_equal(got.display, "Acme Ltd");
	assert_true(got.creation == CREATION_OFF && got.token_lifetime == 3600);
	assert_true(got.personal == 0);
	got.creation = CREATION_MEMBERS;
	got.token_lifetime = CLOCK_NEVER;
	snprintf(got.display, sizeof got.display, "A");
	ok(store_workspace_update(f->s, &got, &f->err));
	ok(store_workspace_get_id(f->s, w.id, &got, &f->err));
	assert_true(got.creation == CREATION_MEMBERS && got.token_lifetime == CLOCK_NEVER);
	assert_string_equal(got.display, "A");
	fails(ERR_NOT_FOUND, store_workspace_get(f->s, "none", &got, &f->err));
	fails(ERR_NOT_FOUND, store_workspace_get_id(f->s, 99, &got, &f->err));
	got.id = 99;
	fails(ERR_NOT_FOUND, store_workspace_update(f->s, &got, &f->err));
}

static void a_workspace_needs_an_owner_who_exists(void **state)
{
	struct fixture *f = *state;
	struct store_workspace w = {.name = "acme"}, got;

	fails(ERR_NOT_FOUND, store_workspace_add(f->s, &w, 42, 1, &f->err));
	fails(ERR_NOT_FOUND, store_workspace_get(f->s, "acme", &got, &f->err));
}

static void members_come_change_and_go(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	int64_t acme = add_workspace(f, "acme", ann);
	struct names n = {0}, of_bob = {0};
	enum member_role role;

	ok(store_member_get(f->s, acme, bob, &role, &f->err));
	assert_int_equal(role, MEMBER_NONE);
	ok(store_member_set(f->s, acme, bob, MEMBER_MEMBER, &f->err));
	ok(store_member_list(f->s, acme, member_name, &n, &f->err));
	assert_string_equal(n.text, "ann:2 bob:1 ");
	ok(store_workspace_list(f->s, bob, workspace_name, &of_bob, &f->err));
	assert_string_equal(of_bob.text, "acme bob ");
	ok(store_member_set(f->s, acme, bob, MEMBER_OWNER, &f->err));
	ok(store_member_get(f->s, acme, bob, &role, &f->err));
	assert_int_equal(role, MEMBER_OWNER);
	ok(store_member_set(f->s, acme, ann, MEMBER_NONE, &f->err));
	fails(ERR_NOT_FOUND, store_member_set(f->s, acme, ann, MEMBER_NONE, &f->err));
	fails(ERR_NOT_FOUND, store_member_set(f->s, acme, 99, MEMBER_MEMBER, &f->err));
	fails(ERR_NOT_FOUND, store_member_set(f->s, 99, ann, MEMBER_MEMBER, &f->err));
}

static void the_last_owner_stays(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	int64_t acme = add_workspace(f, "acme", ann);
	enum member_role role;

	ok(store_member_set(f->s, acme, bob, MEMBER_MEMBER, &f->err));
	fails(ERR_INVALID, store_member_set(f->s, acme, ann, MEMBER_NONE, &f->err));
	fails(ERR_INVALID, store_member_set(f->s, acme, ann, MEMBER_MEMBER, &f->err));
	ok(store_member_get(f->s, acme, ann, &role, &f->err));
	assert_int_equal(role, MEMBER_OWNER);
	ok(store_member_set(f->s, acme, bob, MEMBER_NONE, &f->err));
}

static void a_renamed_workspace_is_found_by_both_names(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site"), got;
	struct store_workspace w = {.name = "acme"};
	struct store_user u = {.name = "Acme"};

	ok(store_workspace_rename(f->s, acme, "Apex", &f->err));
	ok(store_workspace_get(f->s, "acme", &w, &f->err));
	assert_string_equal(w.name, "Apex");
	ok(store_repository_find(f->s, "ACME", "site", &got, &f->err));
	assert_string_equal(got.id, r.id);
	assert_string_equal(got.workspace_name, "Apex");
	assert_true(got.by_alias);
	ok(store_repository_find(f->s, "apex", "site", &got, &f->err));
	assert_false(got.by_alias);
	snprintf(w.name, sizeof w.name, "acme");
	fails(ERR_EXISTS, store_workspace_add(f->s, &w, ann, 1, &f->err));
	fails(ERR_EXISTS, store_user_add(f->s, &u, 1, &f->err));
	fails(ERR_EXISTS, store_workspace_rename(f->s, acme, "ann", &f->err));
	fails(ERR_INVALID, store_workspace_rename(f->s, acme, "git", &f->err));
	fails(ERR_NOT_FOUND, store_workspace_rename(f->s, 99, "other", &f->err));
	ok(store_workspace_rename(f->s, acme, "acme", &f->err)); /* its own, back again */
	ok(store_repository_find(f->s, "acme", "site", &got, &f->err));
	assert_false(got.by_alias);
	ok(store_repository_find(f->s, "apex", "site", &got, &f->err));
	assert_true(got.by_alias);
}

static void a_renamed_personal_workspace_leaves_the_user_their_name(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_workspace w, other = {.name = "ann"};
	struct store_user u;

	ok(store_workspace_get(f->s, "ann", &w, &f->err));
	ok(store_workspace_rename(f->s, w.id, "annes", &f->err));
	ok(store_user_get(f->s, "ann", &u, &f->err));
	assert_true(u.id == ann);
	ok(store_workspace_get(f->s, "ann", &w, &f->err));
	assert_string_equal(w.name, "annes");
	fails(ERR_EXISTS, store_workspace_add(f->s, &other, ann, 1, &f->err));
}

/* -- groups and projects -- */

static void groups_hold_users(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	int64_t devs = add_group(f, acme, "Devs");
	struct store_group g = {.workspace = acme, .name = "dEVS"};
	struct names n = {0}, groups = {0}, behind = {0}, none = {0};

	fails(ERR_EXISTS, store_group_add(f->s, &g, 1, &f->err));
	ok(store_group_get(f->s, acme, "devs", &g, &f->err));
	assert_true(g.id == devs && g.workspace == acme && g.created == 1000);
	assert_string_equal(g.name, "Devs");
	ok(store_group_get_id(f->s, devs, &g, &f->err));
	ok(store_group_member_set(f->s, devs, ann, true, &f->err));
	ok(store_group_member_set(f->s, devs, ann, true, &f->err));
	ok(store_group_member_list(f->s, devs, user_name, &n, &f->err));
	assert_string_equal(n.text, "ann ");
	ok(store_group_member_set(f->s, devs, ann, false, &f->err));
	fails(ERR_NOT_FOUND, store_group_member_set(f->s, devs, ann, false, &f->err));
	fails(ERR_NOT_FOUND, store_group_member_set(f->s, devs, 99, true, &f->err));
	fails(ERR_NOT_FOUND, store_group_member_set(f->s, 99, ann, true, &f->err));
	add_group(f, acme, "art");
	ok(store_group_list(f->s, acme, group_name, &groups, &f->err));
	assert_string_equal(groups.text, "art Devs ");
	ok(store_group_page(f->s, acme, "ART", group_name, &behind, &f->err));
	assert_string_equal(behind.text, "Devs ");
	ok(store_group_page(f->s, acme, "gone", group_name, &none, &f->err));
	assert_int_equal(none.count, 0);
	ok(store_group_remove(f->s, devs, &f->err));
	fails(ERR_NOT_FOUND, store_group_remove(f->s, devs, &f->err));
	fails(ERR_NOT_FOUND, store_group_get(f->s, acme, "devs", &g, &f->err));
	fails(ERR_NOT_FOUND, store_group_get_id(f->s, devs, &g, &f->err));
}

static void groups_and_projects_need_a_workspace_and_a_name(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_group g = {.workspace = 99, .name = "devs"};
	struct store_project p = {.workspace = 99, .name = "web"};

	fails(ERR_NOT_FOUND, store_group_add(f->s, &g, 1, &f->err));
	fails(ERR_NOT_FOUND, store_project_add(f->s, &p, 1, &f->err));
	g = (struct store_group){.workspace = acme, .name = " devs"};
	p = (struct store_project){.workspace = acme, .name = "a\tb"};
	fails(ERR_INVALID, store_group_add(f->s, &g, 1, &f->err));
	fails(ERR_INVALID, store_project_add(f->s, &p, 1, &f->err));
}

static void a_member_who_goes_leaves_the_groups(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	int64_t acme = add_workspace(f, "acme", ann), other = add_workspace(f, "other", ann);
	int64_t devs = add_group(f, acme, "devs"), away = add_group(f, other, "devs");
	struct names n = {0}, stays = {0};

	ok(store_member_set(f->s, acme, bob, MEMBER_MEMBER, &f->err));
	ok(store_group_member_set(f->s, devs, bob, true, &f->err));
	ok(store_group_member_set(f->s, away, bob, true, &f->err));
	ok(store_member_set(f->s, acme, bob, MEMBER_NONE, &f->err));
	ok(store_group_member_list(f->s, devs, user_name, &n, &f->err));
	ok(store_group_member_list(f->s, away, user_name, &stays, &f->err));
	assert_string_equal(n.text, "");
	assert_string_equal(stays.text, "bob ");
}

static void projects_are_made_read_and_renamed(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	int64_t web = add_project(f, acme, "Web");
	struct store_project p = {.workspace = acme, .name = "wEB"};
	struct names n = {0}, behind = {0};

	fails(ERR_EXISTS, store_project_add(f->s, &p, 1, &f->err));
	ok(store_project_get(f->s, acme, "web", &p, &f->err));
	assert_true(p.id == web && p.workspace == acme);
	snprintf(p.name, sizeof p.name, "Sites");
	snprintf(p.description, sizeof p.description, "all of them");
	ok(store_project_update(f->s, &p, &f->err));
	ok(store_project_get_id(f->s, web, &p, &f->err));
	assert_string_equal(p.name, "Sites");
	assert_string_equal(p.description, "all of them");
	fails(ERR_NOT_FOUND, store_project_get(f->s, acme, "Web", &p, &f->err));
	add_project(f, acme, "art");
	fails(ERR_NOT_FOUND, store_project_get_id(f->s, 99, &p, &f->err));
	snprintf(p.name, sizeof p.name, "art");
	fails(ERR_EXISTS, store_project_update(f->s, &p, &f->err));
	p.id = 99;
	fails(ERR_NOT_FOUND, store_project_update(f->s, &p, &f->err));
	ok(store_project_list(f->s, acme, project_name, &n, &f->err));
	assert_string_equal(n.text, "art Sites ");
	ok(store_project_page(f->s, acme, "gone", project_name, &behind, &f->err));
	assert_string_equal(behind.text, "Sites ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(a_user_is_found_by_name_id_and_email),
	        test(a_missing_user_is_not_found_and_results_stay_untouched),
	        test(a_user_gets_a_workspace_of_the_same_name),
	        test(users_and_workspaces_share_one_namespace),
	        test(reserved_and_malformed_names_are_refused),
	        test(text_that_fills_its_field_is_refused),
	        test(an_update_writes_what_the_header_names),
	        test(an_email_belongs_to_one_user),
	        test(a_user_may_have_no_email),
	        test(a_list_is_in_order_stops_when_told_and_may_ask_again),
	        test(a_workspace_is_made_read_and_updated),
	        test(a_workspace_needs_an_owner_who_exists),
	        test(members_come_change_and_go),
	        test(the_last_owner_stays),
	        test(a_renamed_workspace_is_found_by_both_names),
	        test(a_renamed_personal_workspace_leaves_the_user_their_name),
	        test(groups_hold_users),
	        test(groups_and_projects_need_a_workspace_and_a_name),
	        test(a_member_who_goes_leaves_the_groups),
	        test(projects_are_made_read_and_renamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
