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
        {"team:write", SCOPE_ADMIN_WORKSPACE},
        {"account", SCOPE_READ_USER},
        {"account:write", SCOPE_WRITE_USER},
        {"email", SCOPE_READ_USER},
        {"webhook", SCOPE_READ_WEBHOOK | SCOPE_WRITE_WEBHOOK | SCOPE_DELETE_WEBHOOK},
};

/* Permissions of the old way for things that are not here. */
static const char *const idle_names[] = {
        "pullrequest", "pullrequest:write", "issue",         "issue:write",    "wiki",
        "snippet",     "snippet:write",     "pipeline",      "pipeline:write", "pipeline:variable",
        "runner",      "runner:write",      "project:write",
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

/* Is the word the name of a permission that opens nothing here? */
static bool is_idle(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof idle_names / sizeof *idle_names; i++)
		if (chars_is_word(text, len, idle_names[i]))
			return true;
	return false;
}

/* The length of the word at *text, which white space and commas are taken off; 0:
 * there is none. */
static size_t next_word(const char **text)
{
	size_t len = 0;

	while (**text && separates(**text))
		++*text;
	while ((*text)[len] && !separates((*text)[len]))
		len++;
	return len;
}

bool policy_scope_parse_list(const char *text, scope_set_t *out, const char **bad, size_t *bad_len)
{
	scope_set_t set = 0;
	size_t len;

	for (; (len = next_word(&text)) > 0; text += len) {
		scope_set_t one = policy_scope_parse(text, len);

		if (!one) {
			*bad = text;
			*bad_len = len;
			return false;
		}
		set |= one;
	}
	*out = set;
	return true;
}

bool policy_permission_parse_list(const char *text, scope_set_t *out, struct buf *idle,
                                  const char **bad, size_t *bad_len)
{
	scope_set_t set = 0;
	size_t len;

	for (; (len = next_word(&text)) > 0; text += len) {
		scope_set_t one = policy_scope_parse(text, len);

		if (!one && !is_idle(text, len)) {
			*bad = text;
			*bad_len = len;
			return false;
		}
		set |= one;
		if (!one && idle)
			buf_addf(idle, "%s%.*s", idle->len ? ", " : "", (int)len, text);
	}
	*out = set;
	return true;
}

scope_set_t policy_scope_expand(scope_set_t set)
{
	bool brings = (set & SCOPE_WRITE_REPOSITORY) && !(set & SCOPE_EXACT);

	return brings ? set | SCOPE_READ_REPOSITORY : set;
}

bool policy_scope_only_push(scope_set_t set)
{
	set = policy_scope_expand(set);
	return (set & SCOPE_WRITE_REPOSITORY) && !(set & SCOPE_READ_REPOSITORY);
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
	if ((set & SCOPE_EXACT) && policy_scope_only_push(set))
		buf_add_str(out, " (without read:repository)");
	return out->failed;
}
