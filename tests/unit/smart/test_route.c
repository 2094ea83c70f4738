#include "smart/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *target;
	enum route_kind kind;
	const char *workspace, *repository;
	enum git_service service;
} cases[] = {
        {"/", ROUTE_ROOT, "", "", 0},
        {"/ann/site.git/info/refs?service=git-upload-pack", ROUTE_REFS, "ann", "site",
         GIT_UPLOAD_PACK},
        {"/ann/site/info/refs?service=git-receive-pack", ROUTE_REFS, "ann", "site",
         GIT_RECEIVE_PACK},
        {"/ann/site/info/refs?a=b&service=git-receive-pack&c", ROUTE_REFS, "ann", "site",
         GIT_RECEIVE_PACK},
        {"/%61nn/s%69te%2egit/info/refs?service=git-upload-pack", ROUTE_REFS, "ann", "site",
         GIT_UPLOAD_PACK},
        {"/ann/site/info/refs", ROUTE_DUMB, "ann", "site", 0},
        {"/ann/site/info/refs?service=git-upload-archive", ROUTE_DUMB, "ann", "site", 0},
        {"/ann/site/info/refs?service=git-upload-packx", ROUTE_DUMB, "ann", "site", 0},
        {"/ann/site.git/git-upload-pack", ROUTE_SERVICE, "ann", "site", GIT_UPLOAD_PACK},
        {"/ann/site.git/git-receive-pack", ROUTE_SERVICE, "ann", "site", GIT_RECEIVE_PACK},
        {"/ann/site.git/git-upload-pack/", ROUTE_PAGE, "ann", "site", 0},
        {"/ann/info/lfs/info/refs?service=git-upload-pack", ROUTE_STRAY, "", "", 0},
        {"/ann/git-upload-pack/info/refs?service=git-upload-pack", ROUTE_REFS, "ann",
         "git-upload-pack", GIT_UPLOAD_PACK},
        {"/ann/git-upload-pack", ROUTE_SERVICE, "", "", GIT_UPLOAD_PACK},
        {"/git/team/project.git/git-receive-pack", ROUTE_SERVICE, "", "", GIT_RECEIVE_PACK},
        {"/git/team/project.git/info/refs", ROUTE_DUMB, "", "", 0},
        {"/git/team/project.git/info/lfs/objects/batch", ROUTE_LFS, "", "", 0},
        {"/project.git/info/lfs/locks", ROUTE_LFS, "", "", 0},
        {"/2.0/x/info/refs?service=git-upload-pack", ROUTE_DOTTED, "", "", 0},
        {"/2.0/x/y/info/refs?service=git-upload-pack", ROUTE_DOTTED, "", "", 0},
        {"/.well-known/x/git-upload-pack", ROUTE_DOTTED, "", "", 0},
        {"/1/2/3/4/5/6/7/8/9/10/info/refs/x?service=git-upload-pack", ROUTE_PAGE, "1", "2", 0},
        {"/ann/site/HEAD", ROUTE_DUMB, "ann", "site", 0},
        {"/ann/site/objects/info/packs", ROUTE_DUMB, "ann", "site", 0},
        {"/ann/site.git/info/lfs/objects/batch", ROUTE_LFS, "ann", "site", 0},
        {"/ann/site", ROUTE_PAGE, "ann", "site", 0},
        {"/ann", ROUTE_PAGE, "", "", 0},
        {"/-/login", ROUTE_OURS, "", "", 0},
        {"/2.0/repositories", ROUTE_DOTTED, "", "", 0},
        {"/../etc/passwd", ROUTE_DOTTED, "", "", 0},
        {"/%2e%2e/etc/passwd", ROUTE_DOTTED, "", "", 0},
        {"/ann/..%2f..%2fetc/info/refs?service=git-upload-pack", ROUTE_BAD, "", "", 0},
        {"/ann/si%00te/info/refs?service=git-upload-pack", ROUTE_BAD, "", "", 0},
        {"/ann/si%0ate/info/refs", ROUTE_BAD, "", "", 0},
        {"/ann/si%5cte/info/refs", ROUTE_BAD, "", "", 0},
        {"/ann/si%zzte/info/refs", ROUTE_BAD, "", "", 0},
        {"/ann/site%", ROUTE_BAD, "", "", 0},
        {"/ann/site%4", ROUTE_BAD, "", "", 0},
        {"/ann/site#x", ROUTE_BAD, "", "", 0},
        {"ann/site", ROUTE_BAD, "", "", 0},
        {"", ROUTE_BAD, "", "", 0},
        {"*", ROUTE_BAD, "", "", 0},
};

static void a_target_leads_where_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct route r;
		smart_route(cases[i].target, &r);
		if (r.kind != cases[i].kind)
			print_message("# %s\n", cases[i].target);
		assert_int_equal(r.kind, cases[i].kind);
		if (r.kind == ROUTE_BAD)
			continue;
		assert_string_equal(r.workspace, cases[i].workspace);
		assert_string_equal(r.repository, cases[i].repository);
		if (r.kind == ROUTE_REFS || r.kind == ROUTE_SERVICE)
			assert_int_equal(r.service, cases[i].service);
	}
}

/* What git asks for below an address that is no repository's. */
static void an_address_beside_a_repository_leads_to_guesses(void **state)
{
	static const struct {
		const char *target, *first, *second; /* "workspace repository" */
	} strays[] = {
	        {"/ann/site/src/branch/main", "ann site", ""},
	        {"/ann/site/tree/main/a/b", "ann site", ""},
	        {"/ann/site.git/-/tree/main", "ann site", ""},
	        {"//ann/site.git", "ann site", ""},
	        {"/ann//site.git", "ann site", ""},
	        {"/git/ann/site.git", "git ann", "ann site"},
	        {"/git.old/ann", "git.old ann", ""},
	        {"/scm/ann/site", "scm ann", "ann site"},
	        {"/ann/_git/site", "ann _git", "ann site"},
	        {"/projects/ann/repos/site/browse", "projects ann", "ann site"},
	        {"/site.git", " ", ""},
	        {"//site", " ", ""},
	        {"/site", " ", ""},
	};
	char target[120], names[240];
	struct route r;

	(void)state;
	for (size_t i = 0; i < sizeof(strays) / sizeof(*strays); i++) {
		snprintf(target, sizeof(target), "%s/info/refs?service=git-receive-pack",
		         strays[i].target);
		smart_route(target, &r);
		assert_int_equal(r.kind, ROUTE_STRAY);
		assert_int_equal(r.service, GIT_RECEIVE_PACK);
		assert_string_equal(r.workspace, "");
		snprintf(names, sizeof(names), "%s %s", r.guesses[0].workspace,
		         r.guesses[0].repository);
		assert_string_equal(names, strays[i].first);
		snprintf(names, sizeof(names), "%s%s%s", r.guesses[1].workspace,
		         r.guesses[1].workspace[0] ? " " : "", r.guesses[1].repository);
		assert_string_equal(names, strays[i].second);
	}
	smart_route("/-/x/info/refs?service=git-upload-pack", &r);
	assert_int_equal(r.kind, ROUTE_OURS);
}

/* Where an address from before is looked for: whole, or not at all. */
static void an_address_comes_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *target, *path;
	} all[] = {
	        {"/git/team/project.git", "git/team/project"},
	        {"/git/te%61m/project", "git/team/project"},
	        {"/project.git", "project"},
	        {"/ann/site.git", "ann/site"},
	        {"/git/project", "git/project"},
	        {"/git//project", ""},
	        {"//project", ""},
	        {"/2.0/project", ""},
	        {"/.well-known/project", ""},
	        {"/a.git/b.git", "a.git/b"},
	};
	char target[600];
	struct route r;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		snprintf(target, sizeof(target), "%s/info/refs?service=git-upload-pack",
		         all[i].target);
		smart_route(target, &r);
		assert_string_equal(r.path, all[i].path);
	}
	for (int len = NAME_ADDRESS_MAX - 1; len <= NAME_ADDRESS_MAX + 1; len++) {
		snprintf(target, sizeof(target), "/git/%0*d/git-upload-pack", len - 4, 1);
		smart_route(target, &r);
		assert_int_equal(strlen(r.path), len > NAME_ADDRESS_MAX ? 0 : len);
	}
	memset(target, 'x', sizeof(target)); /* a part longer than is kept of one */
	memcpy(target, "/git/", 5);
	memcpy(target + 400, "/git-upload-pack", 17);
	smart_route(target, &r);
	assert_string_equal(r.path, "");
}

static void an_overlong_name_stays_too_long_to_be_one(void **state)
{
	char target[600] = "/ann/";
	struct route r;

	(void)state;
	memset(target + 5, 'x', 300);
	strncat(target, "/info/refs?service=git-upload-pack", sizeof(target) - strlen(target) - 1);
	smart_route(target, &r);
	assert_int_equal(r.kind, ROUTE_REFS);
	assert_non_null(policy_name_repository_fault(r.repository, strlen(r.repository)));

	target[1 + 0] = '\0';
	memset(target + 1, 'w', 100);
	memcpy(target + 101, "/site/info/refs?service=git-upload-pack", 40);
	smart_route(target, &r);
	assert_int_equal(r.kind, ROUTE_REFS);
	assert_non_null(policy_name_owner_fault(r.workspace, strlen(r.workspace)));
}

static void what_lies_below_ours_comes_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *target, *ours, *rest;
	} below[] = {
	        {"/-/healthz", "healthz", ""},
	        {"/-/healthz?x=1", "healthz", ""},
	        {"/-/invite/gthi_abc", "invite", "gthi_abc"},
	        {"/-/inv%69te/a%62c", "invite", "abc"},
	        {"/-/invite/", "invite", ""},
	        {"/-/invite/a/b", "", ""},
	        {"/-/", "", ""},
	        {"/-", "", ""},
	        {"/-/thirty-two-characters-and-no-less", "", ""},
	};
	char target[200] = "/-/invite/";
	struct route r;

	(void)state;
	for (size_t i = 0; i < sizeof(below) / sizeof(*below); i++) {
		smart_route(below[i].target, &r);
		assert_int_equal(r.kind, ROUTE_OURS);
		assert_string_equal(r.ours, below[i].ours);
		assert_string_equal(r.rest, below[i].rest);
	}
	memset(target + 10, 'x', ROUTE_REST_SIZE - 1);
	smart_route(target, &r);
	assert_int_equal(strlen(r.rest), ROUTE_REST_SIZE - 1);
	target[10 + ROUTE_REST_SIZE - 1] = 'x';
	smart_route(target, &r);
	assert_string_equal(r.ours, "");
	assert_string_equal(r.rest, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_target_leads_where_the_table_says),
	        cmocka_unit_test(an_address_beside_a_repository_leads_to_guesses),
	        cmocka_unit_test(an_address_comes_whole_or_not_at_all),
	        cmocka_unit_test(an_overlong_name_stays_too_long_to_be_one),
	        cmocka_unit_test(what_lies_below_ours_comes_whole_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
