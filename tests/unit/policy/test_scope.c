#include "test_policy.h"

#include <stdio.h>
#include <string.h>

static scope_set_t parse(const char *text)
{
	return policy_scope_parse(text, strlen(text));
}

static void every_scope_has_one_name_that_is_read_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SCOPE_COUNT; i++) {
		const char *name = policy_scope_name(UINT32_C(1) << i);
		char other[64];

		assert_true(*name);
		assert_int_equal(parse(name), UINT32_C(1) << i);
		snprintf(other, sizeof other, "%s:bitbucket", name);
		assert_int_equal(parse(other), UINT32_C(1) << i);
	}
	assert_int_equal(SCOPE_ALL, 0x1FFFFF);
	assert_string_equal(policy_scope_name(0), "");
	assert_string_equal(policy_scope_name(3), "");
	assert_string_equal(policy_scope_name(UINT32_C(1) << SCOPE_COUNT), "");
}

static void names_stand_for_the_bits_of_the_header(void **state)
{
	(void)state;
	assert_int_equal(parse("read:repository"), SCOPE_READ_REPOSITORY);
	assert_int_equal(parse("write:repository"), SCOPE_WRITE_REPOSITORY);
	assert_int_equal(parse("admin:repository"), SCOPE_ADMIN_REPOSITORY);
	assert_int_equal(parse("delete:repository"), SCOPE_DELETE_REPOSITORY);
	assert_int_equal(parse("admin:project"), SCOPE_ADMIN_PROJECT);
	assert_int_equal(parse("admin:workspace"), SCOPE_ADMIN_WORKSPACE);
	assert_int_equal(parse("write:user"), SCOPE_WRITE_USER);
	assert_int_equal(parse("delete:ssh-key"), SCOPE_DELETE_SSH_KEY);
	assert_int_equal(parse("read:webhook"), SCOPE_READ_WEBHOOK);
	assert_int_equal(parse("delete:permission"), SCOPE_DELETE_PERMISSION);
	assert_int_equal(parse("read:token"), SCOPE_READ_TOKEN);
	assert_int_equal(parse("write:token"), SCOPE_WRITE_TOKEN);
}

static void classic_names_are_taken(void **state)
{
	(void)state;
	assert_int_equal(parse("repository"), SCOPE_READ_REPOSITORY);
	assert_int_equal(parse("repository:write"), SCOPE_WRITE_REPOSITORY);
	assert_int_equal(parse("Repository:Admin"), SCOPE_ADMIN_REPOSITORY);
	assert_int_equal(parse("repository:delete"), SCOPE_DELETE_REPOSITORY);
	assert_int_equal(parse("project:admin"), SCOPE_ADMIN_PROJECT);
	assert_int_equal(parse("account"), SCOPE_READ_USER);
	assert_int_equal(parse("account:write"), SCOPE_WRITE_USER);
	assert_int_equal(parse("webhook"),
	                 SCOPE_READ_WEBHOOK | SCOPE_WRITE_WEBHOOK | SCOPE_DELETE_WEBHOOK);
}

static void permissions_for_what_is_not_here_open_nothing(void **state)
{
	scope_set_t set = 0;
	const char *bad = NULL;
	size_t len = 0;
	struct buf idle;

	(void)state;
	buf_init(&idle, 200);
	assert_true(policy_permission_parse_list(
	        "repository:write, pullrequest Issue:Write,team:write", &set, &idle, &bad, &len));
	assert_int_equal(set, SCOPE_WRITE_REPOSITORY | SCOPE_ADMIN_WORKSPACE);
	assert_string_equal(buf_str(&idle), "pullrequest, Issue:Write");
	assert_true(policy_permission_parse_list(" wiki,", &set, NULL, &bad, &len));
	assert_int_equal(set, 0);
	set = SCOPE_READ_USER;
	assert_false(policy_permission_parse_list("account,pull", &set, NULL, &bad, &len));
	assert_int_equal(len, 4);
	assert_memory_equal(bad, "pull", 4);
	assert_int_equal(set, SCOPE_READ_USER);
	/* of a token they are a mistake */
	assert_false(policy_scope_parse_list("repository pullrequest", &set, &bad, &len));
	assert_memory_equal(bad, "pullrequest", 11);
	buf_clear(&idle);
}

static void presets_stand_for_what_a_token_is_for(void **state)
{
	(void)state;
	assert_int_equal(parse("clone"), SCOPE_READ_REPOSITORY);
	assert_int_equal(parse("Clone-And-Push"), SCOPE_WRITE_REPOSITORY);
	assert_int_equal(parse("ci"), SCOPE_READ_REPOSITORY);
	assert_int_equal(parse("admin"), SCOPE_WRITE_REPOSITORY | SCOPE_ADMIN_REPOSITORY);
	assert_int_equal(parse("clone:bitbucket"), 0);
	assert_int_equal(parse("push"), 0);
}

static void other_words_are_no_scopes(void **state)
{
	static const char *const bad[] = {"",
	                                  "read",
	                                  "read:",
	                                  "read:repositor",
	                                  "read:repository ",
	                                  "read:repositoryx",
	                                  ":bitbucket",
	                                  "repository:read",
	                                  "repository:bitbucket",
	                                  "read:repository:x",
	                                  "admin:token",
	                                  "write:project",
	                                  "*",
	                                  "none",
	                                  "all"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(bad[i]), 0);
	assert_int_equal(policy_scope_parse("read:repositoryGARBAGE", 15), SCOPE_READ_REPOSITORY);
}

static void lists_are_parted_by_commas_and_white_space(void **state)
{
	const char *bad = NULL;
	size_t bad_len = 0;
	scope_set_t set = 99;

	(void)state;
	assert_true(policy_scope_parse_list(" read:repository,,READ:USER\twrite:repository\n,",
	                                    &set, &bad, &bad_len));
	assert_int_equal(set, SCOPE_READ_REPOSITORY | SCOPE_READ_USER | SCOPE_WRITE_REPOSITORY);
	assert_true(policy_scope_parse_list("", &set, &bad, &bad_len));
	assert_int_equal(set, 0);
	assert_true(policy_scope_parse_list(" , ", &set, &bad, &bad_len));
	assert_int_equal(set, 0);
}

static void an_unknown_name_in_a_list_is_pointed_at(void **state)
{
	const char *text = "read:user, wread:user, x";
	const char *bad = NULL;
	size_t bad_len = 0;
	scope_set_t set = 99;

	(void)state;
	assert_false(policy_scope_parse_list(text, &set, &bad, &bad_len));
	assert_ptr_equal(bad, text + 11);
	assert_int_equal(bad_len, 10);
	assert_int_equal(set, 99);
}

static void only_write_repository_implies_another(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SCOPE_COUNT; i++) {
		scope_set_t bit = UINT32_C(1) << i;
		scope_set_t more = bit == SCOPE_WRITE_REPOSITORY ? SCOPE_READ_REPOSITORY : 0;

		assert_int_equal(policy_scope_expand(bit), bit | more);
	}
	assert_int_equal(policy_scope_expand(0), 0);
}

static void a_set_is_written_in_bit_order(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	assert_int_equal(policy_scope_write(&b, 0), 0);
	assert_string_equal(buf_str(&b), "none");
	buf_reset(&b);
	assert_int_equal(policy_scope_write(&b, SCOPE_WRITE_REPOSITORY | SCOPE_READ_REPOSITORY), 0);
	assert_string_equal(buf_str(&b), "read:repository, write:repository");
	buf_clear(&b);
	buf_init(&b, 8);
	assert_int_not_equal(policy_scope_write(&b, SCOPE_ALL), 0);
	buf_clear(&b);
}

static void an_exact_set_brings_nothing(void **state)
{
	const scope_set_t only = SCOPE_WRITE_REPOSITORY | SCOPE_EXACT;
	struct buf out;

	(void)state;
	assert_int_equal(policy_scope_expand(only), only);
	assert_true(policy_scope_only_push(only));
	assert_false(policy_scope_only_push(SCOPE_WRITE_REPOSITORY));
	assert_false(policy_scope_only_push(only | SCOPE_READ_REPOSITORY));
	assert_false(policy_scope_only_push(SCOPE_READ_REPOSITORY | SCOPE_EXACT));
	buf_init(&out, 200);
	policy_scope_write(&out, only);
	assert_string_equal(buf_str(&out), "write:repository (without read:repository)");
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_scope_has_one_name_that_is_read_back),
	        cmocka_unit_test(names_stand_for_the_bits_of_the_header),
	        cmocka_unit_test(classic_names_are_taken),
	        cmocka_unit_test(permissions_for_what_is_not_here_open_nothing),
	        cmocka_unit_test(presets_stand_for_what_a_token_is_for),
	        cmocka_unit_test(other_words_are_no_scopes),
	        cmocka_unit_test(lists_are_parted_by_commas_and_white_space),
	        cmocka_unit_test(an_unknown_name_in_a_list_is_pointed_at),
	        cmocka_unit_test(only_write_repository_implies_another),
	        cmocka_unit_test(a_set_is_written_in_bit_order),
	        cmocka_unit_test(an_exact_set_brings_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
