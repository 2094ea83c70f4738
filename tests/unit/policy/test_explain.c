#include "test_policy.h"

#include "base/clock.h"
#include "policy/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 8192
#define NOW INT64_C(1795615387) /* 2026-11-25 14:03:07 UTC */
#define DAY INT64_C(86400)

/* -- stories -- */

static const struct token_look short_look = {.shape = TOKEN_SHORT, .seen = 41};

static const struct policy_story friendly = {
        .base_url = "https://git.example.org",
        .workspace = "acme",
        .repository = "site",
        .reference = "7kq2m9xa4e",
        .address = "203.0.113.5",
        .now = NOW,
        .user_hint = "ann",
        .credential_name = "laptop",
        .acts_as = "ann",
        .kind = CREDENTIAL_API_TOKEN,
        .created = NOW - 90 * DAY,
        .expires = CLOCK_NEVER,
        .not_before = 0,
        .revoked = CLOCK_NEVER,
        .reaches = "the repositories ann may read and write",
};

static const struct policy_facts sound = {
        .presented = PRESENTED_GENUINE,
        .now = NOW,
        .expires = CLOCK_NEVER,
        .revoked = CLOCK_NEVER,
        .scopes = SCOPE_READ_REPOSITORY,
        .right = RIGHT_READ,
        .exists = true,
        .anonymous_reading = true,
};

/* Every field as a peer would set it who wants to be seen: controls, an escape
 * sequence, newlines, quotes, markup, text that turns around, broken UTF-8, and
 * much of it. MARK finds it again. */
#define MARK "ZQ"
static char hostile_text[3000];

static void fill_hostile(struct policy_story *s)
{
	static const char unit[] =
	        MARK "\x1b[31m\r\n\t\x7f\"'`$(id)<b>\xC2\x85\xE2\x80\xAE\xFF\xC3";
	size_t n = sizeof unit - 1;

	for (size_t i = 0; i + n < sizeof hostile_text; i += n)
		memcpy(hostile_text + i, unit, n);
	*s = (struct policy_story){
	        .base_url = hostile_text,
	        .workspace = hostile_text,
	        .repository = hostile_text,
	        .reference = hostile_text,
	        .address = hostile_text,
	        .address_header = hostile_text,
	        .now = INT64_MAX - 1,
	        .user_hint = hostile_text,
	        .header_fault = hostile_text,
	        .credential_name = hostile_text,
	        .acts_as = hostile_text,
	        .kind = CREDENTIAL_API_TOKEN,
	        .created = INT64_MIN,
	        .expires = INT64_MIN,
	        .not_before = INT64_MAX,
	        .revoked = INT64_MIN,
	        .revoked_by = hostile_text,
	        .revoke_reason = hostile_text,
	        .reaches = hostile_text,
	        .admins = hostile_text,
	        .archived = INT64_MAX,
	        .archived_by = hostile_text,
	        .object = hostile_text,
	        .defect = hostile_text,
	};
}

/* A verdict with this reason, as far as words look at it. */
static struct verdict refused(enum reason reason, bool genuine)
{
	struct verdict v = {.reason = reason,
	                    .genuine = genuine,
	                    .needed = SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY,
	                    .present = SCOPE_READ_REPOSITORY,
	                    .missing = SCOPE_WRITE_REPOSITORY,
	                    .right_needed = RIGHT_WRITE,
	                    .right_present = RIGHT_READ};

	return v;
}

/* -- reading the words -- */

/* Printable, in lines that end with LF; nothing that moves a cursor. */
static void check_clean(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20 && *p != '\n')
			fail_msg("a control character %02x in: %s", *p, text);
		if (*p == 0x7F || (p[0] == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0))
			fail_msg("a control character in: %s", text);
	}
	assert_null(strstr(text, "\xE2\x80\xAE"));
	assert_null(strchr(text, '\xFF'));
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void check_form(const char *text, enum reason reason, const char *reference)
{
	char end[64];
	const char *first = strchr(text, '\n');
	size_t len = strlen(text), n;

	check_clean(text);
	assert_non_null(first);
	n = (size_t)snprintf(end, sizeof end, " [%s]", policy_reason_name(reason));
	assert_true((size_t)(first - text) > n);
	assert_memory_equal(first - n, end, n);
	assert_in_range(count_lines(text), 2, 8);
	assert_int_equal(text[len - 1], '\n');
	assert_null(strstr(text, "\n\n"));
	if (reference) {
		n = (size_t)snprintf(end, sizeof end, "\nReference: %s\n", reference);
		assert_true(len > n);
		assert_string_equal(text + len - n, end);
	}
}

/* Lines within 100 characters, but commands. */
static void check_width(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > 100 && *text != ' ')
			fail_msg("a line of %zu characters: %.*s", n, (int)n, text);
		text += n + 1;
	}
}

static const char *explain(const struct policy_facts *f, const struct verdict *v,
                           const struct policy_story *s)
{
	static struct buf b;

	buf_clear(&b);
	buf_init(&b, TEXT_MAX);
	assert_int_equal(policy_explain(&b, f, v, s), 0);
	return buf_str(&b);
}

static const char *decide_and_explain(const struct policy_facts *f, const struct policy_story *s)
{
	struct verdict v;

	policy_decide(f, &v);
	return explain(f, &v, s);
}

static void holds(const char *text, const char *part)
{
	if (!text) /* for the compiler's sake: strdup may fail */
		abort();
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void holds_not(const char *text, const char *part)
{
	if (!text) /* for the compiler's sake: strdup may fail */
		abort();
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

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

/* Marks every field that speaks of an account, a credential or a repository. */
static void mark_facts(struct policy_story *s)
{
	*s = friendly;
	s->workspace = s->repository = s->user_hint = s->credential_name = s->acts_as = MARK;
	s->revoked_by = s->revoke_reason = s->reaches = s->admins = MARK;
	s->address = s->address_header = MARK;
}

static void strangers_hear_nothing_of_accounts_and_repositories(void **state)
{
	struct policy_story marked,
	        none = {.base_url = friendly.base_url, .reference = friendly.reference, .now = NOW};

	(void)state;
	mark_facts(&marked);
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
	assert_int_not_equal(policy_explain_acting(&b, &friendly), 0);
	buf_reset(&b);
	assert_int_not_equal(policy_explain_gate(&b, GATE_SCOPE, &sound, &v), 0);
	buf_clear(&b);
}

/* -- single reasons -- */

static void nothing_sent_is_answered_alike_everywhere(void **state)
{
	struct policy_facts f = sound;
	char *text;

	(void)state;
	f.presented = PRESENTED_NOTHING;
	text = strdup(decide_and_explain(&f, &friendly));
	assert_non_null(text);
	holds(text, "x-token-auth");
	holds(text, "Bearer");
	holds(text, "gatehouse token create --user NAME");
	f.exists = false;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	f.exists = true;
	f.visibility = VISIBILITY_INTERNAL;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	free(text);
}

static void a_damaged_token_is_told_its_length(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	struct token_look look = short_look;

	(void)state;
	f.presented = PRESENTED_DAMAGED;
	s.look = &look;
	holds(decide_and_explain(&f, &s),
	      "cut short: 41 characters came, and a token has 54. [token-damaged]");
	look.shape = TOKEN_LONG;
	look.seen = 60;
	holds(decide_and_explain(&f, &s), "extra characters: 60 came, and a token has 54.");
	look.shape = TOKEN_CHECKSUM;
	holds(decide_and_explain(&f, &s), "at least one is wrong");
}

static void what_stood_around_a_token_is_told(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	struct token_look look = {.shape = TOKEN_WRAPPED, .around = "quotation marks"};

	(void)state;
	f.presented = PRESENTED_WRAPPED;
	s.look = &look;
	holds(decide_and_explain(&f, &s), "something around it: quotation marks. [token-wrapped]");
}

static void a_foreign_secret_is_told_what_it_looks_like(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	struct token_look look = {.shape = TOKEN_FOREIGN};
	static const char sent[] = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

	(void)state;
	f.presented = PRESENTED_FOREIGN;
	s.look = &look;
	look.foreign = policy_foreign_find(sent, strlen(sent));
	holds(decide_and_explain(&f, &s), "looks like a personal access token of GitHub. ["
	                                  "not-a-token]\nThis server is not GitHub");
	look.foreign = NULL;
	holds(decide_and_explain(&f, &s), "An account password does not open Git:");
	holds_not(decide_and_explain(&f, &s), "GitHub");
}

static void an_expired_token_is_told_when_and_how_to_make_another(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.expires = s.expires = NOW - 3 * DAY;
	assert_string_equal(
	        decide_and_explain(&f, &s),
	        "The token \"laptop\" has expired. [token-expired]\n"
	        "It is an API token of ann. It ended 2026-11-22 14:03:07 UTC (3 days ago).\n"
	        "Make a new one. On the server (or ask its administrator):\n"
	        "  gatehouse token create --user ann --name laptop-2 --scopes read:repository\n"
	        "Reference: 7kq2m9xa4e\n");
	/* the facts know the time too */
	s.expires = CLOCK_NEVER;
	holds(decide_and_explain(&f, &s), "It ended 2026-11-22 14:03:07 UTC");
}

static void a_revoked_token_is_told_when_by_whom_and_why(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	f.revoked = s.revoked = NOW - 3600;
	s.revoked_by = "an administrator";
	s.revoke_reason = "the laptop was lost";
	text = decide_and_explain(&f, &s);
	holds(text, "The token \"laptop\" was revoked. [token-revoked]\n");
	holds(text, "Revoked 2026-11-25 13:03:07 UTC (1 hour ago) by an administrator.\n");
	holds(text, "The reason given: the laptop was lost\n");
	s.revoked_by = s.revoke_reason = NULL;
	text = decide_and_explain(&f, &s);
	holds(text, "(1 hour ago).\n");
	holds_not(text, "reason given");
}

static void of_a_leaked_token_only_that_is_told(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s;
	const char *text;

	(void)state;
	mark_facts(&s);
	f.revoked = s.revoked = NOW - 3600;
	s.leaked = true;
	text = decide_and_explain(&f, &s);
	holds(text, "This token was revoked as leaked. [token-revoked]\n");
	holds(text, "--user NAME");
	holds_not(text, MARK);
	holds_not(text, "2026");
	check_form(text, REASON_TOKEN_REVOKED, friendly.reference);
}

static void a_token_that_has_not_begun_is_told_both_times(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.not_before = s.not_before = NOW + DAY;
	holds(decide_and_explain(&f, &s), "It begins 2026-11-26 14:03:07 UTC; the clock of this "
	                                  "server says 2026-11-25 14:03:07 UTC.\n");
}

static void a_missing_scope_is_told_with_the_command_that_mends_it(void **state)
{
	struct policy_facts f = sound;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.scopes |= SCOPE_READ_USER;
	assert_string_equal(
	        decide_and_explain(&f, &friendly),
	        "The token \"laptop\" lacks what pushing needs: write:repository. [scope-missing]\n"
	        "Needed: read:repository, write:repository. Present: read:repository, read:user. "
	        "Missing: write:repository.\n"
	        "Scopes can't be added to a token; make a new one. On the server (or ask its "
	        "administrator):\n"
	        "  gatehouse token create --user ann --name laptop-2 --scopes "
	        "write:repository,read:user\n"
	        "Reference: 7kq2m9xa4e\n");
}

static void an_admin_scope_is_told_to_be_for_settings(void **state)
{
	struct policy_facts f = sound;

	(void)state;
	f.scopes = SCOPE_ADMIN_REPOSITORY;
	holds(decide_and_explain(&f, &friendly),
	      "covers settings and not content. [scope-admin-only]");
	holds(decide_and_explain(&f, &friendly), "--scopes read:repository,admin:repository\n");
	f.scopes = 0;
	holds(decide_and_explain(&f, &friendly),
	      "without scopes and so opens nothing. [token-without-scopes]");
}

static void a_missing_right_is_told_as_no_fault_of_the_token(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.scopes = SCOPE_WRITE_REPOSITORY;
	s.admins = "bob, eve";
	text = decide_and_explain(&f, &s);
	holds(text, "ann may read acme/site but not push to it. [right-missing]\n");
	holds(text, "The token \"laptop\" is fine");
	holds(text, "The right here is read, and write is needed.");
	holds(text, "can grant it: bob, eve.\n");
	s.admins = NULL;
	holds(decide_and_explain(&f, &s), "a new token would not help");
}

static void hidden_and_missing_are_told_in_the_same_bytes(void **state)
{
	struct policy_facts f = sound;
	char *text;

	(void)state;
	f.right = RIGHT_NONE;
	text = strdup(decide_and_explain(&f, &friendly));
	assert_non_null(text);
	holds(text,
	      "There is no repository acme/site, or ann may not see it. [repository-not-found]\n");
	holds(text, "You came as ann, with the API token \"laptop\".\n"
	            "It reaches: the repositories ann may read and write.\n");
	f.exists = false;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	f.exists = true;
	f.visibility = VISIBILITY_INTERNAL;
	f.is_bot = true;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	free(text);
}

static void another_user_name_is_told_where_it_may_be_the_cause(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.exists = false;
	s.user_hint = "bob";
	holds(decide_and_explain(&f, &s),
	      "The user name sent was bob, but the token is one of ann");
	s.user_hint = "x-token-auth";
	holds_not(decide_and_explain(&f, &s), "user name sent");
	s.user_hint = "ANN";
	holds_not(decide_and_explain(&f, &s), "user name sent");
	s.user_hint = "ann@example.org";
	s.hint_fits = true;
	holds_not(decide_and_explain(&f, &s), "user name sent");
	s.user_hint = NULL;
	holds_not(decide_and_explain(&f, &s), "user name sent");
}

static void a_wrong_address_is_told_and_where_it_was_seen(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	f.address_limited = true;
	text = decide_and_explain(&f, &s);
	holds(text, "may not be used from 203.0.113.5. [address-not-allowed]\n");
	holds(text, "the other end of the connection");
	holds(text, "The token itself sets the limit");
	holds(text, "--addresses 203.0.113.5\n");
	s.address_header = "X-Forwarded-For";
	holds(decide_and_explain(&f, &s), "in the header X-Forwarded-For, set by a proxy.");
	s.address = "1.2.3.4; rm";
	holds_not(decide_and_explain(&f, &s), "--addresses");
}

static void a_repository_that_may_not_be_made_is_told_the_rule(void **state)
{
	struct policy_facts f = sound;
	char *text;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.scopes = SCOPE_WRITE_REPOSITORY;
	f.exists = false;
	f.workspace_seen = true;
	f.creation = CREATION_OWNERS;
	text = strdup(decide_and_explain(&f, &friendly));
	assert_non_null(text);
	holds(text, "[create-not-allowed]\nIn the workspace acme only owners make repositories");
	holds(text, "\n  gatehouse repo create acme/site\n");
	f.exists = true;
	f.right = RIGHT_NONE;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	f.creation = CREATION_OFF;
	holds(decide_and_explain(&f, &friendly), "nobody makes repositories");
	free(text);
}

static void an_archived_repository_says_since_when_by_whom_and_what_opens_it(void **state)
{
	struct verdict v = refused(REASON_ARCHIVED, true);
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	s.archived = NOW - 3 * DAY;
	s.archived_by = "cleo";
	text = explain(&sound, &v, &s);
	holds(text, "acme/site is archived: ");
	holds(text, "It was archived 2026-11-22 14:03:07 UTC (3 days ago) by cleo. ");
	holds(text, "\n  gatehouse repo unarchive acme/site\n");
	holds(text, "Your right here is read; once it is open again, write is needed.\n");
	v.right_present = RIGHT_WRITE;
	holds_not(explain(&sound, &v, &s), "Your right here");
}

static void a_malformed_object_is_told_in_words_with_the_way_out(void **state)
{
	struct verdict v = refused(REASON_OBJECT_CHECK, true);
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	s.object = "1f3ac0ffee1f3ac0ffee1f3ac0ffee1f3ac0ffee";
	s.defect = "badTimezone";
	text = explain(&sound, &v, &s);
	holds(text, "a time zone that is not + or - and four digits. [object-check]\n");
	holds(text, "The object is 1f3ac0ffee1f3ac0ffee1f3ac0ffee1f3ac0ffee; Git calls the defect "
	            "badTimezone.\n");
	holds(text, "  gatehouse repo edit acme/site --check lenient\n");
	s.defect = "hasDotgit";
	text = explain(&sound, &v, &s);
	holds(text, "lowering the repository's check is no help");
	holds_not(text, "--check");
	s.defect = "nulInCommit";
	holds(explain(&sound, &v, &s), "\n  gatehouse repo edit acme/site --check off\n");
	s.defect = "brandNewDefect";
	text = explain(&sound, &v, &s);
	holds(text, "Git calls the defect brandNewDefect.\n");
	holds(text, "--check lenient");
}

static void a_name_that_no_ref_may_have_is_told_with_its_fault(void **state)
{
	struct verdict v = refused(REASON_REF_NAME, true);
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	s.bad_refs = "refs/heads/a..b: it holds two dots in a row\n";
	text = explain(&sound, &v, &s);
	holds(text, "no ref to be called. [ref-name]\nrefs/heads/a..b: it holds two dots in a row\n"
	            "Nothing was stored. ");
	s.bad_refs = NULL;
	holds(explain(&sound, &v, &s), "[ref-name]\nNothing was stored. ");
}

static void whom_the_session_acts_as_is_one_line(void **state)
{
	struct policy_story s = friendly;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	s.user_hint = "bob";
	assert_int_equal(policy_explain_acting(&b, &s), 0);
	assert_string_equal(
	        b.data,
	        "This session acts as ann, whose token it is; the user name bob was not used.");
	buf_reset(&b);
	s.user_hint = NULL;
	assert_int_equal(policy_explain_acting(&b, &s), 0);
	assert_string_equal(b.data, "This session acts as ann.");
	buf_reset(&b);
	fill_hostile(&s);
	assert_int_equal(policy_explain_acting(&b, &s), 0);
	check_clean(b.data);
	assert_null(strchr(b.data, '\n'));
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
	        cmocka_unit_test(the_line_is_short_and_one),
	        cmocka_unit_test(a_full_buffer_is_an_error),
	        cmocka_unit_test(nothing_sent_is_answered_alike_everywhere),
	        cmocka_unit_test(a_damaged_token_is_told_its_length),
	        cmocka_unit_test(what_stood_around_a_token_is_told),
	        cmocka_unit_test(a_foreign_secret_is_told_what_it_looks_like),
	        cmocka_unit_test(an_expired_token_is_told_when_and_how_to_make_another),
	        cmocka_unit_test(a_revoked_token_is_told_when_by_whom_and_why),
	        cmocka_unit_test(of_a_leaked_token_only_that_is_told),
	        cmocka_unit_test(a_token_that_has_not_begun_is_told_both_times),
	        cmocka_unit_test(a_missing_scope_is_told_with_the_command_that_mends_it),
	        cmocka_unit_test(an_admin_scope_is_told_to_be_for_settings),
	        cmocka_unit_test(a_missing_right_is_told_as_no_fault_of_the_token),
	        cmocka_unit_test(hidden_and_missing_are_told_in_the_same_bytes),
	        cmocka_unit_test(another_user_name_is_told_where_it_may_be_the_cause),
	        cmocka_unit_test(a_wrong_address_is_told_and_where_it_was_seen),
	        cmocka_unit_test(a_repository_that_may_not_be_made_is_told_the_rule),
	        cmocka_unit_test(an_archived_repository_says_since_when_by_whom_and_what_opens_it),
	        cmocka_unit_test(a_name_that_no_ref_may_have_is_told_with_its_fault),
	        cmocka_unit_test(a_malformed_object_is_told_in_words_with_the_way_out),
	        cmocka_unit_test(whom_the_session_acts_as_is_one_line),
	        cmocka_unit_test(every_gate_says_what_it_saw),
	        cmocka_unit_test(a_gate_that_did_not_bind_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
