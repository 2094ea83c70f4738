/* What holds for the words of every reason and every gate. */
#include "explain_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- for every reason -- */

static void every_reason_has_words_of_the_right_form(void **state)
{
	(void)state;
	for (int r = 0; r < REASON_COUNT; r++)
		for (int op = OPERATION_READ; op <= OPERATION_WRITE; op++) {
			struct policy_facts f = sound;
			struct verdict v = refused((enum reason)r, true);
			const char *text;

			f.operation = (enum operation)op;
			text = explain(&f, &v, &friendly);
			check_form(text, (enum reason)r, friendly.reference);
			check_width(text);
			if (getenv("SHOW"))
				print_message("%s\n", text);
		}
}

static void every_reason_has_words_for_who_knows_nothing(void **state)
{
	static const struct policy_story empty;

	(void)state;
	for (int r = 0; r < REASON_COUNT; r++)
		for (int genuine = 0; genuine < 2; genuine++) {
			struct verdict v = refused((enum reason)r, genuine);
			const char *text = explain(&sound, &v, &empty);

			check_form(text, (enum reason)r, NULL);
			holds_not(text, "(null)");
			holds_not(text, "Reference");
		}
}

static void no_text_of_a_peer_gets_through_as_it_is(void **state)
{
	struct policy_story s;

	(void)state;
	fill_hostile(&s);
	for (int r = 0; r < REASON_COUNT; r++)
		for (int genuine = 0; genuine < 2; genuine++) {
			struct verdict v = refused((enum reason)r, genuine);
			const char *text = explain(&sound, &v, &s);

			check_form(text, (enum reason)r, NULL);
			assert_true(strlen(text) < TEXT_MAX - 1);
		}
}

static void commands_hold_no_text_of_a_peer(void **state)
{
	struct policy_story s = friendly;

	(void)state;
	s.credential_name = "x; $(id)";
	s.acts_as = "-x `id`";
	s.workspace = "a;b";
	for (int r = 0; r < REASON_COUNT; r++) {
		struct verdict v = refused((enum reason)r, true);
		const char *at = explain(&sound, &v, &s);

		while ((at = strstr(at, "\n  "))) {
			size_t n = strcspn(at + 1, "\n");

			if (memchr(at + 1, ';', n) || memchr(at + 1, '`', n) ||
			    memchr(at + 1, '$', n))
				fail_msg("in a command: %s", at);
			at++;
		}
	}
}

static void strangers_hear_nothing_of_accounts_and_repositories(void **state)
{
	struct policy_story marked, none = {.base_url = friendly.base_url,
	                                    .reference = friendly.reference,
	                                    .now = NOW,
	                                    .fingerprint = "SHA256:abc"};

	(void)state;
	mark_facts(&marked);
	marked.fingerprint = none.fingerprint; /* who offers a key can work it out */
	for (int r = 0; r < REASON_COUNT; r++) {
		struct verdict v = refused((enum reason)r, false), other = v;
		struct policy_facts f = {.presented = PRESENTED_UNKNOWN, .now = NOW};
		char *text = strdup(explain(&sound, &v, &marked));

		assert_non_null(text);
		holds_not(text, MARK);
		/* not one byte depends on what is only known to us */
		f.presented = sound.presented;
		other.present = other.missing = SCOPE_ALL;
		other.right_present = RIGHT_ADMIN;
		assert_string_equal(text, explain(&f, &other, &none));
		free(text);
	}
}

static void check_words(const char *text, enum reason reason)
{
	check_clean(text);
	holds(text, "[");
	holds(text, policy_reason_name(reason));
	holds_not(text, "(null)");
}

/* Whatever a certificate says of itself, known here or not. */
static void certificates_have_words_for_every_reason(void **state)
{
	static struct ssh_certificate cert = {
	        .principals = 3, .serial = UINT64_MAX, .narrowed = true};
	struct policy_story s, mine = friendly;

	(void)state;
	fill_hostile(&s);
	memcpy(cert.names, "\x1b[31m\0a;b\0c", sizeof "\x1b[31m\0a;b\0c");
	memcpy(cert.id, "\x1b]0;\n\"", sizeof "\x1b]0;\n\"");
	memcpy(cert.addresses, "\r\n::/0", sizeof "\r\n::/0");
	s.certificate = mine.certificate = &cert;
	s.authority = s.credential_name;
	for (int i = 0; i < REASON_COUNT * 4; i++) {
		struct verdict v = refused((enum reason)(i / 4), i & 1);

		s.authority_revoked = i & 2;
		check_words(explain(&sound, &v, &s), v.reason);
		mine.authority = i & 2 ? "corp" : NULL;
		check_words(explain(&sound, &v, &mine), v.reason);
	}
}

/* Reasons that are about what came over HTTP; nobody meets them by a key. */
static const enum reason of_http[] = {
        REASON_NO_CREDENTIAL, REASON_HEADER_MALFORMED,  REASON_TOKEN_DAMAGED,
        REASON_TOKEN_ENCODED, REASON_TOKEN_WRAPPED,     REASON_NOT_A_TOKEN,
        REASON_TLS_REQUIRED,  REASON_TOO_MANY_FAILURES, REASON_APP_PASSWORDS_OFF,
};

static bool is_of_http(enum reason reason)
{
	for (size_t i = 0; i < sizeof(of_http) / sizeof(*of_http); i++)
		if (of_http[i] == reason)
			return true;
	return false;
}

/* Who comes by an SSH key has no token to look after. */
static void who_comes_by_a_key_hears_of_no_token(void **state)
{
	struct policy_story s = friendly;

	(void)state;
	s.kind = CREDENTIAL_USER_KEY;
	s.fingerprint = "SHA256:abc";
	s.left = s.deleted = 1000;
	for (int i = 0; i < REASON_COUNT; i++) {
		struct verdict v = refused((enum reason)i, true);
		const char *text = explain(&sound, &v, &s);

		holds_not(strchr(text, ']'), is_of_http(v.reason) ? "(null)" : "oken");
	}
}

static void the_line_is_short_and_one(void **state)
{
	struct policy_story hostile;

	(void)state;
	fill_hostile(&hostile);
	for (int i = 0; i < REASON_COUNT * 4; i++) {
		enum reason r = (enum reason)(i / 4);
		struct verdict v = refused(r, i & 1);
		struct buf b;
		char end[64];
		size_t n;

		buf_init(&b, TEXT_MAX);
		assert_int_equal(policy_explain_line(&b, &sound, &v, i & 2 ? &hostile : &friendly),
		                 0);
		check_clean(b.data);
		assert_null(strpbrk(b.data, "\n\""));
		assert_in_range(b.len, 10, 160);
		n = (size_t)snprintf(end, sizeof end, " [%s]", policy_reason_name(r));
		assert_string_equal(b.data + b.len - n, end);
		buf_clear(&b);
	}
}

static void a_full_buffer_is_an_error(void **state)
{
	struct verdict v = refused(REASON_NOT_FOUND, true);
	struct buf b;

	(void)state;
	buf_init(&b, 9);
	assert_int_not_equal(policy_explain(&b, &sound, &v, &friendly), 0);
	buf_reset(&b);
	assert_int_not_equal(policy_explain_line(&b, &sound, &v, &friendly), 0);
	buf_reset(&b);
	assert_int_not_equal(policy_explain_gate(&b, GATE_SCOPE, &sound, &v), 0);
	buf_clear(&b);
}

/* -- gates -- */

static void every_gate_says_what_it_saw(void **state)
{
	struct policy_facts f = sound;
	struct verdict v;
	struct buf b;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.not_before = NOW - 1;
	f.expires = NOW + 1;
	policy_decide(&f, &v);
	buf_init(&b, 1000);
	for (int g = GATE_NONE; g < GATE_COUNT; g++) {
		const char *name = policy_gate_name((enum policy_gate)g);

		buf_reset(&b);
		assert_int_equal(policy_explain_gate(&b, (enum policy_gate)g, &f, &v), 0);
		check_clean(b.data);
		assert_null(strchr(b.data, '\n'));
		assert_memory_equal(b.data, name, strlen(name));
		assert_true(b.len > strlen(name) + 2);
		if (g == GATE_SCOPE)
			assert_string_equal(b.data,
			                    "scope: needs read:repository, write:repository, "
			                    "has read:repository");
		if (g > GATE_SCOPE)
			holds(b.data, "not asked");
	}
	buf_clear(&b);
}

static void a_gate_that_did_not_bind_says_so(void **state)
{
	struct policy_facts f = sound;
	struct verdict v;
	struct buf b;

	(void)state;
	f.visibility = VISIBILITY_PUBLIC;
	f.scopes = 0;
	policy_decide(&f, &v);
	assert_true(v.as_anyone);
	buf_init(&b, 1000);
	assert_int_equal(policy_explain_gate(&b, GATE_SCOPE, &f, &v), 0);
	assert_string_equal(b.data,
	                    "scope: needs read:repository, has none; not binding, anyone may read "
	                    "this repository");
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_reason_has_words_of_the_right_form),
	        cmocka_unit_test(every_reason_has_words_for_who_knows_nothing),
	        cmocka_unit_test(no_text_of_a_peer_gets_through_as_it_is),
	        cmocka_unit_test(commands_hold_no_text_of_a_peer),
	        cmocka_unit_test(strangers_hear_nothing_of_accounts_and_repositories),
	        cmocka_unit_test(certificates_have_words_for_every_reason),
	        cmocka_unit_test(who_comes_by_a_key_hears_of_no_token),
	        cmocka_unit_test(the_line_is_short_and_one),
	        cmocka_unit_test(a_full_buffer_is_an_error),
	        cmocka_unit_test(every_gate_says_what_it_saw),
	        cmocka_unit_test(a_gate_that_did_not_bind_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
