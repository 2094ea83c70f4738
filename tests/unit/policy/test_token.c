#include "test_policy.h"

#include "policy/foreign.h"

#include <string.h>

/* Made by an independent program (Python's int and zlib.crc32). */
static const char zeros[] = "gthu_00000000000000000000000000000000000000000002NDEmB";
static const char ones[] = "gthu_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp10lrMiJ";
static const char rising[] = "gthr_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf23t4bF";
static const char falling[] = "gthf_yhgIGB9quGfHP8Y83EcC2im5kZukTeYkpb69aekqK3M1uEKJw";

static struct token_look look(const char *text)
{
	struct token_look out;

	policy_token_look(text, strlen(text), &out);
	return out;
}

/* The token between two texts. */
static struct token_look look_between(const char *before, const char *behind)
{
	static char text[1024];
	struct token_look out;
	size_t len = 0;

	memcpy(text, before, strlen(before));
	len += strlen(before);
	memcpy(text + len, ones, TOKEN_LEN);
	len += TOKEN_LEN;
	memcpy(text + len, behind, strlen(behind));
	len += strlen(behind);
	policy_token_look(text, len, &out);
	return out;
}

static void tokens_are_written_as_others_would(void **state)
{
	uint8_t bytes[TOKEN_RANDOM];
	char out[TOKEN_LEN + 1];

	(void)state;
	memset(bytes, 0, sizeof bytes);
	assert_int_equal(policy_token_write(CREDENTIAL_API_TOKEN, bytes, out), 0);
	assert_string_equal(out, zeros);
	memset(bytes, 0xFF, sizeof bytes);
	assert_int_equal(policy_token_write(CREDENTIAL_API_TOKEN, bytes, out), 0);
	assert_string_equal(out, ones);
	for (int i = 0; i < TOKEN_RANDOM; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(policy_token_write(CREDENTIAL_REPOSITORY_TOKEN, bytes, out), 0);
	assert_string_equal(out, rising);
	for (int i = 0; i < TOKEN_RANDOM; i++)
		bytes[i] = (uint8_t)(255 - i);
	assert_int_equal(policy_token_write(CREDENTIAL_OAUTH_REFRESH, bytes, out), 0);
	assert_string_equal(out, falling);
	assert_int_not_equal(policy_token_write(CREDENTIAL_USER_KEY, bytes, out), 0);
	assert_int_not_equal(policy_token_write((enum credential_kind)0, bytes, out), 0);
	assert_int_not_equal(policy_token_write((enum credential_kind)99, bytes, out), 0);
}

static void every_kind_has_a_prefix_of_its_own(void **state)
{
	(void)state;
	for (int k = CREDENTIAL_API_TOKEN; k <= CREDENTIAL_LINK; k++) {
		const char *prefix = policy_token_prefix((enum credential_kind)k);
		uint8_t bytes[TOKEN_RANDOM] = {(uint8_t)k};
		char out[TOKEN_LEN + 1];

		assert_true(*policy_credential_kind_name((enum credential_kind)k));
		if (k == CREDENTIAL_USER_KEY || k == CREDENTIAL_ACCESS_KEY) {
			assert_null(prefix);
			continue;
		}
		assert_int_equal(policy_token_write((enum credential_kind)k, bytes, out), 0);
		assert_memory_equal(out, prefix, 5);
		assert_int_equal(look(out).shape, TOKEN_GOOD);
		assert_int_equal(look(out).kind, k);
	}
	assert_null(policy_token_prefix((enum credential_kind)0));
	assert_true(*policy_credential_kind_name((enum credential_kind)0));
}

static void a_good_token_is_found_where_it_lies(void **state)
{
	struct token_look l = look(ones);

	(void)state;
	assert_int_equal(l.shape, TOKEN_GOOD);
	assert_ptr_equal(l.start, ones);
	assert_int_equal(l.seen, TOKEN_LEN);
	assert_int_equal(l.kind, CREDENTIAL_API_TOKEN);
}

static void white_space_around_is_no_fault(void **state)
{
	static const char *const spaces[] = {
	        "\n", "\r\n", " ", "\t \v\f", "\xC2\xA0", "\xEF\xBB\xBF", " \xE2\x80\x8B\n"};

	(void)state;
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		struct token_look l = look_between(spaces[i], spaces[i]);

		assert_int_equal(l.shape, TOKEN_GOOD);
		assert_int_equal(l.seen, TOKEN_LEN);
		assert_memory_equal(l.start, ones, TOKEN_LEN);
	}
}

static void nothing_but_white_space_is_empty(void **state)
{
	(void)state;
	assert_int_equal(look("").shape, TOKEN_EMPTY);
	assert_int_equal(look(" \r\n\t").shape, TOKEN_EMPTY);
	assert_int_equal(look(" \r\n\t").seen, 0);
}

static void every_single_wrong_character_is_noticed(void **state)
{
	char text[TOKEN_LEN + 1];

	(void)state;
	for (size_t i = 5; i < TOKEN_LEN; i++) {
		memcpy(text, ones, sizeof text);
		text[i] = text[i] == 'a' ? 'b' : 'a';
		assert_int_equal(look(text).shape, TOKEN_CHECKSUM);
		assert_int_equal(look(text).seen, TOKEN_LEN);
		text[i] = '-';
		assert_int_equal(look(text).shape, TOKEN_CHECKSUM);
	}
}

static void every_cut_is_noticed(void **state)
{
	struct token_look l;

	(void)state;
	for (size_t len = 5; len < TOKEN_LEN; len++) {
		policy_token_look(ones, len, &l);
		assert_int_equal(l.shape, TOKEN_SHORT);
		assert_int_equal(l.seen, len);
		assert_int_equal(l.kind, CREDENTIAL_API_TOKEN);
	}
	policy_token_look(ones, 4, &l);
	assert_int_equal(l.shape, TOKEN_FOREIGN);
}

static void extra_characters_are_noticed(void **state)
{
	(void)state;
	assert_int_equal(look_between("", "x").shape, TOKEN_LONG);
	assert_int_equal(look_between("", "x").seen, TOKEN_LEN + 1);
	assert_int_equal(look_between("", ones).shape, TOKEN_LONG);
}

static void another_encoding_is_noticed(void **state)
{
	static const char *const texts[] = {
	        "gthu%5Fyhjsk", "%67thu_yhjsk",   "gthu%255Fyhjsk", "gthu%25255fyhjsk",
	        "gthu_abc%0A",  "%22gthu_abc%22", "%20gthu_abc",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(look(texts[i]).shape, TOKEN_ENCODED);
	assert_int_equal(look_between("", "%0A").shape, TOKEN_ENCODED);
	assert_int_equal(look("gthu%").shape, TOKEN_FOREIGN);
	assert_int_equal(look("gthu%5").shape, TOKEN_FOREIGN);
	assert_int_equal(look("50%2Fpassword").shape, TOKEN_FOREIGN);
}

static void what_stands_around_is_named(void **state)
{
	static const struct {
		const char *before, *behind, *words;
	} rows[] = {
	        {"\"", "\"", "quotation marks"},
	        {"'", "'", "quotation marks"},
	        {"", "\"", "quotation marks"},
	        {"\xE2\x80\x9C", "\xE2\x80\x9D", "quotation marks"},
	        {"`", "`", "back quotes"},
	        {"<", ">", "angle brackets"},
	        {"", ">", "angle brackets"},
	        {"[", "]", "square brackets"},
	        {"{", "}", "curly brackets"},
	        {"(", ")", "parentheses"},
	        {"Authorization: Bearer ", "", "a header line"},
	        {"authorization: basic ", "", "a header line"},
	        {"Bearer ", "", "the word Bearer"},
	        {"bearer  ", "", "the word Bearer"},
	        {"token ", "", "the word token"},
	        {"ann:", "", "a name and a colon"},
	        {"https://ann:", "@git.example.org/", "a web address"},
	        {"TOKEN=", "", "an assignment"},
	        {"", "@git.example.org", "a web address"},
	        {"my ", "", "other text"},
	        {"", ";", "other text"},
	        {"x", "", "other text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct token_look l = look_between(rows[i].before, rows[i].behind);

		assert_int_equal(l.shape, TOKEN_WRAPPED);
		assert_string_equal(l.around, rows[i].words);
		assert_int_equal(l.kind, CREDENTIAL_API_TOKEN);
	}
	assert_int_equal(look("\"gthu_short\"").shape, TOKEN_WRAPPED);
}

static void what_holds_nothing_of_ours_is_foreign(void **state)
{
	static const char *const texts[] = {"hunter2", "gthx_abc",      "GTHU_abc",   "gth_",
	                                    "x",       "correct horse", "mygthu_word"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(look(texts[i]).shape, TOKEN_FOREIGN);
		assert_null(look(texts[i]).foreign);
		assert_int_equal(look(texts[i]).kind, 0);
	}
}

static void the_tokens_of_other_services_are_known_by_their_form(void **state)
{
	static const struct {
		const char *text, *host;
	} rows[] = {
	        {"ghp_0123456789abcdefghijABCDEFGHIJ012345", "GitHub"},
	        {"github_pat_11ABCDEFG0123456789_abcdefghij", "GitHub"},
	        {"ghs_0123456789abcdefghijABCDEFGHIJ012345", "GitHub"},
	        {"glpat-0123456789abcdefghij", "GitLab"},
	        {"glcbt-64_0123456789abcdefghij", "GitLab"},
	        {"GR13489410123456789abcdefghij", "GitLab"},
	        {"ATBB0123456789abcdefghij", "Bitbucket"},
	        {"ATATT3xFfGF0abcdefghij_-=0123", "Bitbucket"},
	        {"ATCTT3xFfGF0abcdefghij_-=0123", "Bitbucket"},
	        {"hf_0123456789abcdefghijABCDEFGHIJ0123", "Hugging Face"},
	        {"npm_0123456789abcdefghijABCDEFGHIJ012345", "npm"},
	        {"AKIA0123456789ABCDEF", "AWS CodeCommit"},
	        {"0123456789abcdef0123456789abcdef01234567", "Gitea, Forgejo or Codeberg"},
	        {"abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst", "Azure DevOps"},
	        {"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	         "0123456789abcdAZDO0123",
	         "Azure DevOps"},
	};
	/* one character short of a shape, one beside it, and what people think up */
	static const char *const nobodys[] = {
	        "ghp_short",
	        "ghp_is how a long pass phrase may begin",
	        "ghp_ is how a long pass phrase may begin",
	        "0123456789abcdef0123456789abcdef0123456",
	        "0123456789abcdef0123456789abcdef0123456g",
	        "0123456789ABCDEF0123456789ABCDEF01234567",
	        "AKIA0123456789ABCDEF0",
	        "ssh-only is how a long pass phrase may well begin",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct token_look l = look(rows[i].text);

		assert_int_equal(l.shape, TOKEN_FOREIGN);
		assert_non_null(l.foreign);
		assert_string_equal(l.foreign->host, rows[i].host);
	}
	for (size_t i = 0; i < sizeof nobodys / sizeof *nobodys; i++)
		assert_null(look(nobodys[i]).foreign);
	assert_null(look("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIABCDEFGHIJ ann@host").foreign->host);
}

static void any_bytes_of_any_length_are_looked_at(void **state)
{
	static char text[70000];
	struct token_look l;

	(void)state;
	memset(text, '%', sizeof text);
	policy_token_look(text, sizeof text, &l);
	assert_int_equal(l.shape, TOKEN_FOREIGN);
	memset(text, 0, sizeof text);
	policy_token_look(text, sizeof text, &l);
	assert_int_equal(l.shape, TOKEN_FOREIGN);
	assert_int_equal(l.seen, sizeof text);
	memset(text, ' ', sizeof text);
	policy_token_look(text, sizeof text, &l);
	assert_int_equal(l.shape, TOKEN_EMPTY);
	memcpy(text + 60000, ones, TOKEN_LEN);
	policy_token_look(text, sizeof text, &l);
	assert_int_equal(l.shape, TOKEN_GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(tokens_are_written_as_others_would),
	        cmocka_unit_test(every_kind_has_a_prefix_of_its_own),
	        cmocka_unit_test(a_good_token_is_found_where_it_lies),
	        cmocka_unit_test(white_space_around_is_no_fault),
	        cmocka_unit_test(nothing_but_white_space_is_empty),
	        cmocka_unit_test(every_single_wrong_character_is_noticed),
	        cmocka_unit_test(every_cut_is_noticed),
	        cmocka_unit_test(extra_characters_are_noticed),
	        cmocka_unit_test(another_encoding_is_noticed),
	        cmocka_unit_test(what_stands_around_is_named),
	        cmocka_unit_test(what_holds_nothing_of_ours_is_foreign),
	        cmocka_unit_test(the_tokens_of_other_services_are_known_by_their_form),
	        cmocka_unit_test(any_bytes_of_any_length_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
