#include "policy/scope.h"
#include "policy/chars.h"

#include <string.h>

/* In bit order: names[n] is bit n. */
static const char *const names[SCOPE_COUNT] = {
        "read:repository", "write:repository", "admin:repository",  "delete:repository",
        "read:project",    "admin:project",    "read:workspace",    "admin:workspace",
        "read:user",       "write:user",       "read:ssh-key",      "write:ssh-key",
        "delete:ssh-key",  "read:webhook",     "write:webhook",     "delete:webhook",
        "read:permission", "write:permission", "delete:permission", "read:token",
        "write:token",
};

/* The names of the old way. */
static const struct {
	const char *name;
	scope_set_t set;
} classic[] = {
        {"repository", SCOPE_READ_REPOSITORY},
        {"repository:write", SCOPE_WRITE_REPOSITORY},
        {"repository:admin", SCOPE_ADMIN_REPOSITORY},
        {"repository:delete", SCOPE_DELETE_REPOSITORY},
        {"project", SCOPE_READ_PROJECT},
        {"project:admin", SCOPE_ADMIN_PROJECT},
        {"team", SCOPE_READ_WORKSPACE},
        {"account", SCOPE_READ_USER},
        {"account:write", SCOPE_WRITE_USER},
        {"email", SCOPE_READ_USER},
        {"webhook", SCOPE_READ_WEBHOOK | SCOPE_WRITE_WEBHOOK | SCOPE_DELETE_WEBHOOK},
};

/* What a token is for, in a word. */
static const struct {
	const char *name;
	scope_set_t set;
} presets[] = {
        {"clone", SCOPE_READ_REPOSITORY},
        {"clone-and-push", SCOPE_WRITE_REPOSITORY},
        {"ci", SCOPE_READ_REPOSITORY},
        {"admin", SCOPE_WRITE_REPOSITORY | SCOPE_ADMIN_REPOSITORY},
};

static scope_set_t by_name(const char *text, size_t len)
{
	for (unsigned i = 0; i < SCOPE_COUNT; i++)
		if (chars_is_word(text, len, names[i]))
			return UINT32_C(1) << i;
	return 0;
}

scope_set_t policy_scope_parse(const char *text, size_t len)
{
	static const char behind[] = ":bitbucket";
	const size_t n = sizeof behind - 1;
	scope_set_t bit = by_name(text, len);

	if (bit)
		return bit;
	if (len > n && chars_is_word(text + len - n, n, behind))
		return by_name(text, len - n);
	for (size_t i = 0; i < sizeof classic / sizeof *classic; i++)
		if (chars_is_word(text, len, classic[i].name))
			return classic[i].set;
	for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
		if (chars_is_word(text, len, presets[i].name))
			return presets[i].set;
	return 0;
}

static bool separates(char c)
{
	return c == ',' || chars_space(c);
}

bool policy_scope_parse_list(const char *text, scope_set_t *out, const char **bad, size_t *bad_len)
{
	scope_set_t set = 0;

	while (*text) {
		scope_set_t one;
		size_t len = 0;

		if (separates(*text)) {
			text++;
			continue;
		}
		while (text[len] && !separates(text[len]))
			len++;
		one = policy_scope_parse(text, len);
		if (!one) {
			*bad = text;
			*bad_len = len;
			return false;
		}
		set |= one;
		text += len;
	}
	*out = set;
	return true;
}

scope_set_t policy_scope_expand(scope_set_t set)
{
	return set & SCOPE_WRITE_REPOSITORY ? set | SCOPE_READ_REPOSITORY : set;
}

const char *policy_scope_name(scope_set_t bit)
{
	for (unsigned i = 0; i < SCOPE_COUNT; i++)
		if (bit == UINT32_C(1) << i)
			return names[i];
	return "";
}

int policy_scope_write(struct buf *out, scope_set_t set)
{
	const char *before = "";

	if (!(set & SCOPE_ALL))
		return buf_add_str(out, "none");
	for (unsigned i = 0; i < SCOPE_COUNT; i++) {
		if (!(set & UINT32_C(1) << i))
			continue;
		buf_add_str(out, before);
		buf_add_str(out, names[i]);
		before = ", ";
	}
	return out->failed;
}
