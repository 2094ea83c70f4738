#include "gate/present.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static char token[TOKEN_LEN + 1], other[TOKEN_LEN + 1];

static int make_tokens(void **state)
{
	uint8_t random[TOKEN_RANDOM] = {1, 2, 3};

	(void)state;
	if (sodium_init() < 0 || policy_token_write(CREDENTIAL_API_TOKEN, random, token))
		return -1;
	random[0] = 9;
	return policy_token_write(CREDENTIAL_API_TOKEN, random, other);
}

static void basic(struct gate_presented *p, const char *name, const char *word)
{
	char pair[512], coded[800] = "Basic ";
	const char *header = coded;

	snprintf(pair, sizeof(pair), "%s:%s", name, word);
	sodium_bin2base64(coded + 6, sizeof(coded) - 6, (unsigned char *)pair, strlen(pair),
	                  sodium_base64_VARIANT_ORIGINAL);
	gate_present(p, &header, 1);
}

static void one(struct gate_presented *p, const char *header)
{
	gate_present(p, &header, 1);
}

static void assert_token(struct gate_presented *p, const char *wanted, const char *hint)
{
	assert_int_equal(p->form, PRESENTED_UNKNOWN);
	assert_memory_equal(p->look.start, wanted, TOKEN_LEN);
	assert_string_equal(p->hint, hint);
	gate_present_clear(p);
	assert_int_equal(p->secret.len, 0);
}

static void every_form_of_a_url_gives_the_token(void **state)
{
	struct gate_presented p;

	(void)state;
	basic(&p, "ann", token);
	assert_token(&p, token, "ann");
	basic(&p, "ann@example.org", token);
	assert_token(&p, token, "ann@example.org");
	basic(&p, "x-token-auth", token);
	assert_token(&p, token, "x-token-auth");
	basic(&p, token, "");
	assert_true(p.as_name);
	assert_token(&p, token, "");
	basic(&p, token, "x-oauth-basic");
	assert_token(&p, token, "");
	basic(&p, "", token);
	assert_token(&p, token, "");
}

static void bearer_and_its_spellings_give_the_token(void **state)
{
	struct gate_presented p;
	char header[120];

	(void)state;
	snprintf(header, sizeof(header), "Bearer %s", token);
	one(&p, header);
	assert_true(p.bearer);
	assert_token(&p, token, "");
	snprintf(header, sizeof(header), "  bEARER \t%s \r\n", token);
	one(&p, header);
	assert_token(&p, token, "");
	snprintf(header, sizeof(header), "token %s", token);
	one(&p, header);
	assert_token(&p, token, "");
}

static void a_name_on_its_way_to_a_prompt_is_no_credential(void **state)
{
	struct gate_presented p;

	(void)state;
	gate_present(&p, NULL, 0);
	assert_int_equal(p.form, PRESENTED_NOTHING);
	basic(&p, "ann", "");
	assert_int_equal(p.form, PRESENTED_NOTHING);
	basic(&p, "", "");
	assert_int_equal(p.form, PRESENTED_NOTHING);
	basic(&p, "ann", "null"); /* JGit */
	assert_int_equal(p.form, PRESENTED_NOTHING);
}

static void with_two_tokens_the_password_decides_and_the_name_is_not_kept(void **state)
{
	struct gate_presented p;

	(void)state;
	basic(&p, other, token);
	assert_false(p.as_name);
	assert_token(&p, token, "");
	basic(&p, other, "something");
	assert_int_equal(p.form, PRESENTED_FOREIGN);
	assert_string_equal(p.hint, "");
	gate_present_clear(&p);
}

static void one_time_link(char *out)
{
	static const uint8_t bytes[TOKEN_RANDOM] = {7};

	assert_int_equal(policy_token_write(CREDENTIAL_LINK, bytes, out), 0);
}

static void what_came_instead_of_a_token_is_told_apart(void **state)
{
	char text[200];
	struct gate_presented p;

	(void)state;
	snprintf(text, sizeof(text), "%.53s", token);
	basic(&p, "ann", text);
	assert_int_equal(p.form, PRESENTED_DAMAGED);
	snprintf(text, sizeof(text), "gthu%%5F%s", token + 5);
	basic(&p, "ann", text);
	assert_int_equal(p.form, PRESENTED_ENCODED);
	snprintf(text, sizeof(text), "\"%s\"", token);
	basic(&p, "ann", text);
	assert_int_equal(p.form, PRESENTED_WRAPPED);
	basic(&p, "ann", "hunter2");
	assert_int_equal(p.form, PRESENTED_FOREIGN);
	one_time_link(text);
	basic(&p, "ann", text);
	assert_int_equal(p.form, PRESENTED_FOREIGN);
	assert_int_equal(p.look.kind, CREDENTIAL_LINK);
	text[strlen(text) - 1] = '\0'; /* cut short it is one all the same */
	basic(&p, "ann", text);
	assert_int_equal(p.form, PRESENTED_FOREIGN);
	one_time_link(text);
	basic(&p, text, "");
	assert_int_equal(p.form, PRESENTED_FOREIGN);
	assert_true(p.as_name);
	snprintf(text, sizeof(text), " %s\n", token);
	basic(&p, "ann", text);
	assert_token(&p, token, "ann");
}

static void an_unreadable_header_says_what_is_wrong(void **state)
{
	static const struct {
		const char *header, *says;
	} cases[] = {
	        {"Basic !!!", "is not base64"},
	        {"Basic bm9jb2xvbg==", "colon"},
	        {"Digest x", "neither Basic nor Bearer"},
	        {"", "neither Basic nor Bearer"},
	        {"Bearer", "nothing follows Bearer"},
	        {"Basic", "nothing follows Basic"},
	        {"Basic YTpi\r\n YTpi", "broken into lines"},
	        {"Basic YTpi YTpi", "broken into lines"},
	        {"Basic ann:secret", "without base64"},
	        {"Basic YT-pi_", "for web addresses"},
	        {"Basic gthu_0123", "form for Bearer"},
	        {"gthu_0123", "without the word Bearer"},
	        {"Bearer YW5uOmd0aHVfMDEyMw==", "form for Basic"}, /* ann:gthu_0123 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gate_presented p;
		one(&p, cases[i].header);
		assert_int_equal(p.form, PRESENTED_UNREADABLE);
		assert_non_null(strstr(p.fault, cases[i].says));
		assert_int_equal(p.secret.len, 0);
	}
}

static void two_headers_are_never_guessed_between(void **state)
{
	static const struct {
		const char *headers[2], *says;
	} cases[] = {
	        {{"Basic YTpi", "basic YTpi"}, "both Basic"},
	        {{"Basic YTpi", "Bearer x"}, "the first Basic, the second Bearer"},
	        {{"token x", "Basic YTpi"}, "the first Bearer, the second Basic"},
	        {{"Negotiate x", "Bearer x"},
	         "the first neither Basic nor Bearer, the second Bearer"},
	        {{"", ""}, "both neither Basic nor Bearer"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gate_presented p;

		gate_present(&p, cases[i].headers, 2);
		assert_int_equal(p.form, PRESENTED_TWICE);
		assert_string_equal(p.fault, cases[i].says);
		assert_int_equal(p.secret.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_form_of_a_url_gives_the_token),
	        cmocka_unit_test(bearer_and_its_spellings_give_the_token),
	        cmocka_unit_test(a_name_on_its_way_to_a_prompt_is_no_credential),
	        cmocka_unit_test(with_two_tokens_the_password_decides_and_the_name_is_not_kept),
	        cmocka_unit_test(what_came_instead_of_a_token_is_told_apart),
	        cmocka_unit_test(an_unreadable_header_says_what_is_wrong),
	        cmocka_unit_test(two_headers_are_never_guessed_between),
	};
	return cmocka_run_group_tests(tests, make_tokens, NULL);
}
