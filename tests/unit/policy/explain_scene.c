#include "explain_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- stories -- */

const struct policy_story friendly = {
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

const struct policy_facts sound = {
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
static char hostile_text[3000];

void fill_hostile(struct policy_story *s)
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
	        .owner = hostile_text,
	        .fingerprint = hostile_text,
	        .bot = INT64_MIN,
	        .deleted = INT64_MIN,
	        .replaced = INT64_MIN,
	        .notice_window = INT64_MAX,
	        .by_old_name = true,
	        .new_network = hostile_text,
	        .new_network_since = INT64_MIN,
	        .deleted_id = hostile_text,
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
	        .retired = hostile_text,
	        .replacement = hostile_text,
	        .retires = INT64_MIN,
	        .brownout_until = INT64_MIN,
	        .brownout_next = INT64_MIN,
	        .object = hostile_text,
	        .defect = hostile_text,
	};
}

void mark_facts(struct policy_story *s)
{
	*s = friendly;
	s->workspace = s->repository = s->user_hint = s->credential_name = s->acts_as = MARK;
	s->retired = s->replacement = MARK;
	s->retires = s->brownout_until = s->brownout_next = 77;
	s->revoked_by = s->revoke_reason = s->reaches = s->admins = MARK;
	s->address = s->address_header = s->owner = s->deleted_id = s->fingerprint = MARK;
	s->bot = s->deleted = 77;
}

struct verdict refused(enum reason reason, bool genuine)
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

void check_clean(const char *text)
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

void check_form(const char *text, enum reason reason, const char *reference)
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

void check_width(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > 100 && *text != ' ')
			fail_msg("a line of %zu characters: %.*s", n, (int)n, text);
		text += n + 1;
	}
}

const char *explain(const struct policy_facts *f, const struct verdict *v,
                    const struct policy_story *s)
{
	static struct buf b;

	buf_clear(&b);
	buf_init(&b, TEXT_MAX);
	assert_int_equal(policy_explain(&b, f, v, s), 0);
	return buf_str(&b);
}

const char *decide_and_explain(const struct policy_facts *f, const struct policy_story *s)
{
	struct verdict v;

	policy_decide(f, &v);
	return explain(f, &v, s);
}

void holds(const char *text, const char *part)
{
	if (!text) /* for the compiler's sake: strdup may fail */
		abort();
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

void holds_not(const char *text, const char *part)
{
	if (!text) /* for the compiler's sake: strdup may fail */
		abort();
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}
