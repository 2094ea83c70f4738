/* The contract of store.h: repositories and their names. The same for every
 * backend. */
#include "fixture.h"

static int repository_name(void *arg, const struct store_repository *r)
{
	return take_name(arg, r->name);
}

/* Field by field: a copy need not keep what lies between the fields. */
static void same_repository(const struct store_repository *a, const struct store_repository *b)
{
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->workspace_name, b->workspace_name);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->description, b->description);
	assert_string_equal(a->default_branch, b->default_branch);
	assert_string_equal(a->format, b->format);
	assert_true(a->workspace == b->workspace);
	assert_true(a->project == b->project);
	assert_true(a->visibility == b->visibility);
	assert_true(a->check == b->check);
	assert_true(a->created == b->created);
	assert_true(a->by_alias == b->by_alias);
}

static void a_repository_is_read_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "Acme", ann);
	int64_t web = add_project(f, acme, "web");
	struct store_repository got, r = {.id = "0123456789abcdef0123456789abcdef",
	                                  .workspace = acme,
	                                  .project = web,
	                                  .name = "Site.js",
	                                  .description = "the site",
	                                  .visibility = VISIBILITY_INTERNAL,
	                                  .default_branch = "main",
	                                  .format = "sha256",
	                                  .check = CHECK_LENIENT};

	ok(store_repository_add(f->s, &r, 99, &f->err));
	assert_true(r.created == 99);
	assert_string_equal(r.workspace_name, "Acme");
	ok(store_repository_find(f->s, "ACME", "site.JS", &got, &f->err));
	same_repository(&got, &r);
	ok(store_repository_get(f->s, r.id, &got, &f->err));
	same_repository(&got, &r);
}

static void an_adopted_repository_lies_where_it_lies_once(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository got, plain = add_repository(f, acme, 0, "plain");
	struct store_repository r = {.id = "0123456789abcdef0123456789abcdef",
	                             .workspace = acme,
	                             .name = "site",
	                             .format = "sha1",
	                             .folder = "/srv/git/b\xfc cher.git"};

	assert_string_equal(plain.folder, "");
	ok(store_repository_add(f->s, &r, 1, &f->err));
	ok(store_repository_by_folder(f->s, r.folder, &got, &f->err));
	assert_string_equal(got.id, r.id);
	assert_string_equal(got.folder, r.folder);
	assert_false(got.hooks);
	fails(ERR_NOT_FOUND, store_repository_by_folder(f->s, "/srv/git", &got, &f->err));
	fails(ERR_NOT_FOUND, store_repository_by_folder(f->s, "", &got, &f->err));
	struct store_repository other = r;
	snprintf(other.id, sizeof other.id, "%s", "fedcba9876543210fedcba9876543210");
	snprintf(other.name, sizeof other.name, "%s", "other");
	fails(ERR_EXISTS, store_repository_add(f->s, &other, 1, &f->err));

	got = r;
	got.hooks = true;
	ok(store_repository_update(f->s, &got, &f->err));
	ok(store_repository_get(f->s, r.id, &got, &f->err));
	assert_true(got.hooks);
	ok(store_repository_settle(f->s, r.id, &f->err));
	ok(store_repository_get(f->s, r.id, &got, &f->err));
	assert_string_equal(got.folder, "");
	assert_false(got.hooks);
	fails(ERR_NOT_FOUND, store_repository_settle(f->s, r.id, &f->err));
	ok(store_repository_add(f->s, &other, 1, &f->err)); /* its place is free */
}

static void a_missing_repository_is_not_found(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site");

	fails(ERR_NOT_FOUND, store_repository_find(f->s, "acme", "other", &r, &f->err));
	fails(ERR_NOT_FOUND, store_repository_find(f->s, "ann", "site", &r, &f->err));
	fails(ERR_NOT_FOUND, store_repository_find(f->s, "none", "site", &r, &f->err));
	fails(ERR_NOT_FOUND, store_repository_get(f->s, "12", &r, &f->err));
	fails(ERR_NOT_FOUND, store_repository_remove(f->s, "12", &f->err));
	snprintf(r.id, sizeof r.id, "%032d", 0);
	fails(ERR_NOT_FOUND, store_repository_update(f->s, &r, &f->err));
}

static void a_bad_repository_is_refused(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	int64_t foreign = add_project(f, add_workspace(f, "other", ann), "web");
	struct store_repository good = {.id = "ffffffffffffffffffffffffffffffff",
	                                .workspace = acme,
	                                .name = "site",
	                                .format = "sha1"},
	                        r = good;

	snprintf(r.name, sizeof r.name, "site.git");
	fails(ERR_INVALID, store_repository_add(f->s, &r, 1, &f->err));
	r = good;
	snprintf(r.id, sizeof r.id, "../../etc");
	fails(ERR_INVALID, store_repository_add(f->s, &r, 1, &f->err));
	r = good;
	snprintf(r.format, sizeof r.format, "md5");
	fails(ERR_INVALID, store_repository_add(f->s, &r, 1, &f->err));
	r = good;
	r.workspace = 99;
	fails(ERR_NOT_FOUND, store_repository_add(f->s, &r, 1, &f->err));
	r = good;
	r.project = foreign; /* of another workspace */
	fails(ERR_NOT_FOUND, store_repository_add(f->s, &r, 1, &f->err));
	ok(store_repository_add(f->s, &good, 1, &f->err));
	snprintf(good.name, sizeof good.name, "second"); /* the same id */
	fails(ERR_EXISTS, store_repository_add(f->s, &good, 1, &f->err));
}

static void an_old_name_leads_to_the_repository_and_is_reserved(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site"), got;
	struct store_repository other = add_repository(f, acme, 0, "other");
	struct store_repository taker = {.id = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
	                                 .workspace = acme,
	                                 .name = "SITE",
	                                 .format = "sha1"};

	snprintf(r.name, sizeof r.name, "website");
	ok(store_repository_update(f->s, &r, &f->err));
	ok(store_repository_find(f->s, "acme", "Site", &got, &f->err));
	assert_string_equal(got.id, r.id);
	assert_string_equal(got.name, "website");
	assert_true(got.by_alias);
	ok(store_repository_find(f->s, "acme", "website", &got, &f->err));
	assert_false(got.by_alias);
	fails(ERR_EXISTS, store_repository_add(f->s, &taker, 1, &f->err));
	snprintf(other.name, sizeof other.name, "site");
	fails(ERR_EXISTS, store_repository_update(f->s, &other, &f->err));
	ok(store_repository_find(f->s, "acme", "other", &got, &f->err));
	assert_false(got.by_alias); /* the failed rename left its name alone */
	ok(store_repository_remove(f->s, r.id, &f->err));
	fails(ERR_NOT_FOUND, store_repository_find(f->s, "acme", "site", &got, &f->err));
	ok(store_repository_add(f->s, &taker, 1, &f->err)); /* the alias died with it */
}

static void a_repository_may_take_its_old_name_back(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site"), got;

	snprintf(r.name, sizeof r.name, "website");
	ok(store_repository_update(f->s, &r, &f->err));
	snprintf(r.name, sizeof r.name, "Site");
	ok(store_repository_update(f->s, &r, &f->err));
	ok(store_repository_find(f->s, "acme", "site", &got, &f->err));
	assert_string_equal(got.name, "Site");
	assert_false(got.by_alias);
	ok(store_repository_find(f->s, "acme", "website", &got, &f->err));
	assert_true(got.by_alias);
	snprintf(r.name, sizeof r.name, "SITE"); /* another case is no other name */
	ok(store_repository_update(f->s, &r, &f->err));
	ok(store_repository_find(f->s, "acme", "Site", &got, &f->err));
	assert_string_equal(got.name, "SITE");
	assert_false(got.by_alias);
}

static void a_repository_update_writes_what_the_header_names(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	int64_t web = add_project(f, acme, "web");
	struct store_repository r = add_repository(f, acme, 0, "site"), got;

	r.project = web;
	r.visibility = VISIBILITY_PUBLIC;
	r.check = CHECK_OFF;
	r.workspace = 99; /* never moves */
	snprintf(r.description, sizeof r.description, "words");
	snprintf(r.default_branch, sizeof r.default_branch, "trunk");
	ok(store_repository_update(f->s, &r, &f->err));
	ok(store_repository_get(f->s, r.id, &got, &f->err));
	assert_true(got.workspace == acme && got.project == web);
	assert_true(got.visibility == VISIBILITY_PUBLIC && got.check == CHECK_OFF);
	assert_string_equal(got.description, "words");
	assert_string_equal(got.default_branch, "trunk");
	got.project = 0;
	ok(store_repository_update(f->s, &got, &f->err));
	ok(store_repository_get(f->s, r.id, &got, &f->err));
	assert_true(got.project == 0);
}

static void a_repository_moves_with_its_own_grants_and_leaves_its_names(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	int64_t apex = add_workspace(f, "apex", ann), web = add_project(f, acme, "web");
	struct store_repository r = add_repository(f, acme, web, "site"), got;
	struct store_repository taken = add_repository(f, apex, 0, "other");
	struct store_repository taker = {.id = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
	                                 .workspace = acme,
	                                 .name = "site",
	                                 .format = "sha1"};

	r.workspace = apex;
	fails(ERR_NOT_FOUND, store_repository_move(f->s, &r, &f->err)); /* another's project */
	r.project = 0;
	snprintf(r.name, sizeof r.name, "other");
	fails(ERR_EXISTS, store_repository_move(f->s, &r, &f->err));
	snprintf(r.name, sizeof r.name, "page");
	ok(store_repository_move(f->s, &r, &f->err));
	ok(store_repository_find(f->s, "acme", "site", &got, &f->err));
	assert_true(got.by_alias && got.workspace == apex && !got.project);
	assert_string_equal(got.workspace_name, "apex");
	ok(store_repository_find(f->s, "apex", "page", &got, &f->err));
	assert_false(got.by_alias);
	fails(ERR_EXISTS, store_repository_add(f->s, &taker, 1, &f->err));
	r = got;
	r.workspace = acme;
	snprintf(r.name, sizeof r.name, "site");
	ok(store_repository_move(f->s, &r, &f->err)); /* and back */
	ok(store_repository_find(f->s, "acme", "site", &got, &f->err));
	assert_false(got.by_alias);
	ok(store_repository_get(f->s, taken.id, &got, &f->err));
}

static void a_deleted_repository_is_seen_by_nobody_and_its_name_is_free(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site"), got;
	struct store_repository taker = {.id = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
	                                 .workspace = acme,
	                                 .name = "site",
	                                 .format = "sha1"};
	struct names none = {0};

	ok(store_repository_delete(f->s, r.id, "ann", 5, 50, &f->err));
	fails(ERR_NOT_FOUND, store_repository_delete(f->s, r.id, "ann", 6, 60, &f->err));
	fails(ERR_NOT_FOUND, store_repository_get(f->s, r.id, &got, &f->err));
	fails(ERR_NOT_FOUND, store_repository_find(f->s, "acme", "site", &got, &f->err));
	fails(ERR_NOT_FOUND, store_repository_update(f->s, &r, &f->err));
	ok(store_repository_list(f->s, 0, repository_name, &none, &f->err));
	assert_string_equal(none.text, "");
	ok(store_repository_add(f->s, &taker, 7, &f->err));
	fails(ERR_EXISTS, store_repository_undelete(f->s, r.id, "site", &f->err));
	ok(store_repository_undelete(f->s, r.id, "old", &f->err));
	ok(store_repository_find(f->s, "acme", "old", &got, &f->err));
	assert_string_equal(got.id, r.id);
	fails(ERR_NOT_FOUND, store_repository_undelete(f->s, r.id, "old", &f->err));
}

static int alias_path(void *arg, const struct store_alias *a)
{
	struct names *n = arg;
	size_t len = strlen(n->text);

	snprintf(n->text + len, sizeof n->text - len, "%s%s ", a->address ? "/" : "", a->path);
	return 0;
}

static void aliases_are(struct fixture *f, const struct store_repository *r, const char *wanted)
{
	struct names n = {0};

	ok(store_alias_list(f->s, r->id, alias_path, &n, &f->err));
	assert_string_equal(n.text, wanted);
}

static void an_address_leads_to_one_repository(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site"), got;
	struct store_repository other = add_repository(f, acme, 0, "other");

	ok(store_address_set(f->s, "git/Team/project", r.id, &f->err));
	ok(store_alias_add(f->s, acme, "website", r.id, &f->err));
	ok(store_address_find(f->s, "GIT/team/project", &got, &f->err));
	assert_string_equal(got.id, r.id);
	assert_true(got.by_alias);
	fails(ERR_EXISTS, store_address_set(f->s, "git/team/project", other.id, &f->err));
	fails(ERR_EXISTS, store_alias_add(f->s, acme, "OTHER", r.id, &f->err));
	fails(ERR_INVALID, store_address_set(f->s, "acme/free", r.id, &f->err));
	fails(ERR_INVALID, store_alias_add(f->s, acme, "a b", r.id, &f->err));
	fails(ERR_NOT_FOUND, store_address_find(f->s, "git/team", &got, &f->err));
	fails(ERR_NOT_FOUND, store_address_find(f->s, "acme/site", &got, &f->err));
	aliases_are(f, &r, "acme/website /git/Team/project ");
	aliases_are(f, &other, "");
	ok(store_repository_remove(f->s, r.id, &f->err));
	fails(ERR_NOT_FOUND, store_address_find(f->s, "git/team/project", &got, &f->err));
}

static void what_was_ended_is_remembered_until_it_is_taken(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site"), got;
	struct store_repository other = add_repository(f, acme, 0, "other");

	snprintf(r.name, sizeof r.name, "page");
	ok(store_repository_update(f->s, &r, &f->err));
	ok(store_address_set(f->s, "project", r.id, &f->err));
	fails(ERR_NOT_FOUND, store_alias_end(f->s, acme, "page", r.id, &f->err)); /* today's */
	fails(ERR_NOT_FOUND, store_alias_end(f->s, acme, "site", other.id, &f->err));
	fails(ERR_NOT_FOUND, store_address_end(f->s, "project", other.id, &f->err));
	fails(ERR_NOT_FOUND, store_alias_find_ended(f->s, "acme", "site", &got, &f->err));
	ok(store_alias_end(f->s, acme, "SITE", r.id, &f->err));
	ok(store_address_end(f->s, "project", r.id, &f->err));
	fails(ERR_NOT_FOUND, store_repository_find(f->s, "acme", "site", &got, &f->err));
	fails(ERR_NOT_FOUND, store_address_find(f->s, "project", &got, &f->err));
	ok(store_alias_find_ended(f->s, "acme", "Site", &got, &f->err));
	assert_string_equal(got.id, r.id);
	ok(store_address_find_ended(f->s, "project", &got, &f->err));
	assert_string_equal(got.name, "page");
	aliases_are(f, &r, "");

	/* deleted and back: what was ended stays ended */
	ok(store_repository_delete(f->s, r.id, "ann", 5, 9, &f->err));
	fails(ERR_NOT_FOUND, store_alias_find_ended(f->s, "acme", "site", &got, &f->err));
	fails(ERR_NOT_FOUND, store_address_find_ended(f->s, "project", &got, &f->err));
	ok(store_repository_undelete(f->s, r.id, "page", &f->err));
	ok(store_alias_find_ended(f->s, "acme", "site", &got, &f->err));

	/* taken by another, and ended there: the last is remembered */
	ok(store_alias_add(f->s, acme, "site", other.id, &f->err));
	fails(ERR_NOT_FOUND, store_alias_find_ended(f->s, "acme", "site", &got, &f->err));
	ok(store_address_set(f->s, "project", other.id, &f->err));
	fails(ERR_NOT_FOUND, store_address_find_ended(f->s, "project", &got, &f->err));
	ok(store_alias_end(f->s, acme, "site", other.id, &f->err));
	ok(store_alias_find_ended(f->s, "acme", "site", &got, &f->err));
	assert_string_equal(got.id, other.id);
	add_repository(f, acme, 0, "site"); /* the new one wins */
	fails(ERR_NOT_FOUND, store_alias_find_ended(f->s, "acme", "site", &got, &f->err));
}

static void addresses_sleep_while_their_repository_is_deleted(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site"), got;
	struct store_repository other = add_repository(f, acme, 0, "other");

	ok(store_address_set(f->s, "project", r.id, &f->err));
	ok(store_address_set(f->s, "taken", r.id, &f->err));
	ok(store_repository_delete(f->s, r.id, "ann", 5, 9, &f->err));
	fails(ERR_NOT_FOUND, store_address_find(f->s, "project", &got, &f->err));
	ok(store_address_set(f->s, "taken", other.id, &f->err));
	ok(store_repository_undelete(f->s, r.id, "site", &f->err));
	ok(store_address_find(f->s, "project", &got, &f->err));
	assert_string_equal(got.id, r.id);
	ok(store_address_find(f->s, "taken", &got, &f->err));
	assert_string_equal(got.id, other.id);
}

static void repositories_are_listed_by_workspace_or_all(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	int64_t apex = add_workspace(f, "apex", ann);
	struct names one = {0}, all = {0}, stop = {.most = 1};

	add_repository(f, apex, 0, "a");
	add_repository(f, acme, 0, "c");
	add_repository(f, acme, 0, "B");
	ok(store_repository_list(f->s, acme, repository_name, &one, &f->err));
	assert_string_equal(one.text, "B c ");
	ok(store_repository_list(f->s, 0, repository_name, &all, &f->err));
	assert_string_equal(all.text, "B c a ");
	assert_int_equal(store_repository_list(f->s, 0, repository_name, &stop, &f->err), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(a_repository_is_read_as_it_was_written),
	        test(an_adopted_repository_lies_where_it_lies_once),
	        test(a_missing_repository_is_not_found),
	        test(a_bad_repository_is_refused),
	        test(an_old_name_leads_to_the_repository_and_is_reserved),
	        test(a_repository_may_take_its_old_name_back),
	        test(a_repository_update_writes_what_the_header_names),
	        test(a_repository_moves_with_its_own_grants_and_leaves_its_names),
	        test(a_deleted_repository_is_seen_by_nobody_and_its_name_is_free),
	        test(an_address_leads_to_one_repository),
	        test(what_was_ended_is_remembered_until_it_is_taken),
	        test(addresses_sleep_while_their_repository_is_deleted),
	        test(repositories_are_listed_by_workspace_or_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
