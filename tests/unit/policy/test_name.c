#include "test_policy.h"

#include <string.h>

static const char *owner(const char *name)
{
	return policy_name_owner_fault(name, strlen(name));
}

static const char *repository(const char *name)
{
	return policy_name_repository_fault(name, strlen(name));
}

static const char *label(const char *name)
{
	return policy_name_label_fault(name, strlen(name));
}

static const char *address(const char *path)
{
	return policy_name_address_fault(path, strlen(path));
}

/* Nothing that is the server's, and nothing that a repository could be called. */
static void an_old_address_is_none_that_others_could_take(void **state)
{
	static const char *const good[] = {"project",         "git/team/project",
	                                   "git/project",     "~ann/project",
	                                   "srv/git/x.git/y", "api/x",
	                                   "a.b/c",           "c++",
	                                   "team/project~1",  "acme/site/sub",
	                                   "x/y/2.0/z",       "1/2/3/4/5/6/7/8",
	                                   "git2.0/x/y",      "team/x.lock",
	                                   "v1.0/x"};
	static const char *const bad[] = {"",
	                                  "/",
	                                  "a/",
	                                  "/a",
	                                  "a//b",
	                                  "-",
	                                  "-/login",
	                                  "2.0/x/y",
	                                  "1.0",
	                                  ".well-known/x/y",
	                                  "..",
	                                  "a/../b/c",
	                                  "a b",
	                                  "a/b/info",
	                                  "objects",
	                                  "x/git-upload-pack/y",
	                                  "INFO",
	                                  "a.git",
	                                  "a/b/c.git",
	                                  "acme/site",
	                                  "Acme/SITE",
	                                  "0x/_y",
	                                  "a%41b",
	                                  "a:b",
	                                  "1/2/3/4/5/6/7/8/9",
	                                  "\xC3\xA4",
	                                  "a\n"};
	char path[NAME_ADDRESS_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (address(good[i]))
			fail_msg("%s: %s", good[i], address(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!address(bad[i]))
			fail_msg("%s is taken", bad[i]);
	memset(path, 'a', sizeof path);
	path[80] = path[20] = '/';
	assert_null(policy_name_address_fault(path, NAME_ADDRESS_MAX));
	assert_non_null(policy_name_address_fault(path, NAME_ADDRESS_MAX + 1));
	memset(path, 'a', sizeof path);
	assert_null(policy_name_address_fault(path, NAME_REPOSITORY_MAX));
	assert_non_null(policy_name_address_fault(path, NAME_REPOSITORY_MAX + 1));
	assert_non_null(policy_name_address_fault("a\0b", 3));
}

static void owner_names_follow_the_rule(void **state)
{
	static const char *const good[] = {"a",     "ann",   "Ann",  "0x",
	                                   "a-b_c", "admin", "gthu", "gthu-ann"};
	static const char *const bad[] = {"",         "-a",  "_a",   "a.b",  "a/b", "a b",
	                                  "\xC3\xA4", "a\n", "a%41", "../a", "a@b", "a:b"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_null(owner(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(owner(bad[i]));
	assert_non_null(policy_name_owner_fault("a\0b", 3));
}

static void owner_names_have_a_length(void **state)
{
	char name[NAME_OWNER_MAX + 2];

	(void)state;
	memset(name, 'a', sizeof name);
	assert_null(policy_name_owner_fault(name, NAME_OWNER_MAX));
	assert_non_null(policy_name_owner_fault(name, NAME_OWNER_MAX + 1));
}

static void static_and_reserved_names_are_nobodys(void **state)
{
	static const char *const names[] = {"x-token-auth",
	                                    "X-Token-Auth",
	                                    "x-bitbucket-api-token-auth",
	                                    "x-access-token",
	                                    "oauth2",
	                                    "OAUTH_USER",
	                                    "git"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_true(policy_name_static(names[i], strlen(names[i])));
		assert_non_null(owner(names[i]));
	}
	assert_non_null(owner("login"));
	assert_non_null(owner("Settings"));
	assert_non_null(owner("x-oauth-basic"));
	assert_false(policy_name_static("ann", 3));
	assert_false(policy_name_static("x-token-aut", 11));
	assert_false(policy_name_static("", 0));
}

static void no_owner_is_named_like_a_token(void **state)
{
	(void)state;
	assert_non_null(owner("gthu_ann"));
	assert_non_null(owner("GTHA_x"));
	assert_null(owner("gthx_ann"));
}

static void repository_names_follow_the_rule(void **state)
{
	static const char *const good[] = {"a",    "_",   "A.b-c_d", "0",
	                                   "a..b", "git", "a.git2",  "x.locks"};
	static const char *const bad[] = {"",       ".a",   "-a",  "a.git", "a.GIT", "a.lock",
	                                  "a.Lock", "a.",   "a/b", "a b",   "a\x7f", ".",
	                                  "..",     "a\\b", "a~1", ".git",  "a:b"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_null(repository(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(repository(bad[i]));
	assert_non_null(policy_name_repository_fault("a\0b", 3));
}

static void labels_are_printable_and_short(void **state)
{
	char name[102];

	(void)state;
	assert_null(label("laptop"));
	assert_null(label("B\xC3\xBCro 2, \"left\""));
	assert_null(label("\xF0\x9F\x94\x91"));
	assert_non_null(label(""));
	assert_non_null(label(" a"));
	assert_non_null(label("a "));
	assert_non_null(label("a\nb"));
	assert_non_null(label("a\x1b[31m"));
	assert_non_null(label("a\x7f"));
	assert_non_null(label("a\xC2\x85")); /* a C1 control */
	assert_non_null(label("a\xE2\x80\xAE"
	                      "b"));                /* turns the line around */
	assert_non_null(label("a\xC3"));            /* cut short */
	assert_non_null(label("\xC0\xAF"));         /* too long a form */
	assert_non_null(label("\xED\xA0\x80"));     /* a surrogate */
	assert_non_null(label("\xF4\x90\x80\x80")); /* beyond Unicode */
	assert_non_null(label("\xFF"));
	memset(name, 'a', sizeof name);
	assert_null(policy_name_label_fault(name, 100));
	assert_non_null(policy_name_label_fault(name, 101));
}

static void names_match_without_regard_to_case(void **state)
{
	char name[] = "AnN-1_Z";

	(void)state;
	policy_name_fold(name);
	assert_string_equal(name, "ann-1_z");
	assert_true(policy_name_equal("Ann", "aNN"));
	assert_false(policy_name_equal("ann", "anna"));
	assert_false(policy_name_equal("anna", "ann"));
	assert_true(policy_name_equal("", ""));
	assert_false(policy_name_equal("@", "`")); /* no letters, though a bit apart */
}

static void a_path_is_split_and_checked(void **state)
{
	char ws[NAME_OWNER_SIZE] = "old", repo[NAME_REPOSITORY_SIZE] = "old";

	(void)state;
	assert_null(policy_name_path("Acme/site.git", ws, repo));
	assert_string_equal(ws, "Acme");
	assert_string_equal(repo, "site");
	assert_null(policy_name_path("acme/site", ws, repo));
	assert_string_equal(repo, "site");
	assert_non_null(policy_name_path("acme", ws, repo));
	assert_non_null(policy_name_path("acme/", ws, repo));
	assert_non_null(policy_name_path("acme/.git", ws, repo));
	assert_non_null(policy_name_path("/site", ws, repo));
	assert_non_null(policy_name_path("acme/site/x", ws, repo));
	assert_non_null(policy_name_path("acme/site.git.git", ws, repo));
	assert_non_null(policy_name_path("acme/site.git/", ws, repo));
	assert_non_null(policy_name_path("", ws, repo));
	assert_string_equal(repo, "site");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_old_address_is_none_that_others_could_take),
	        cmocka_unit_test(owner_names_follow_the_rule),
	        cmocka_unit_test(owner_names_have_a_length),
	        cmocka_unit_test(static_and_reserved_names_are_nobodys),
	        cmocka_unit_test(no_owner_is_named_like_a_token),
	        cmocka_unit_test(repository_names_follow_the_rule),
	        cmocka_unit_test(labels_are_printable_and_short),
	        cmocka_unit_test(names_match_without_regard_to_case),
	        cmocka_unit_test(a_path_is_split_and_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
