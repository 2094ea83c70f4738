#include "policy/name.h"
#include "policy/chars.h"
#include "policy/token.h"

#include <string.h>

/* User names that any token may be sent with. */
static const char *const static_names[] = {
        "x-token-auth", "x-bitbucket-api-token-auth", "x-access-token", "oauth2", "oauth_user",
        "git",
};

/* Words that pages need, or that would read like a part of the server. */
static const char *const reserved_names[] = {
        "about",  "api", "assets", "docs",     "explore", "help",   "login",
        "logout", "new", "search", "settings", "signup",  "static", "x-oauth-basic",
};

static bool in_list(const char *name, size_t len, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (chars_is_word(name, len, list[i]))
			return true;
	return false;
}

bool policy_name_static(const char *name, size_t len)
{
	return in_list(name, len, static_names, sizeof static_names / sizeof *static_names);
}

/* A name that begins like a token would be taken for one where the user name
 * stands in a URL. */
static bool begins_like_token(const char *name, size_t len)
{
	for (int kind = CREDENTIAL_API_TOKEN; kind <= CREDENTIAL_LINK; kind++) {
		const char *prefix = policy_token_prefix((enum credential_kind)kind);
		size_t n = prefix ? strlen(prefix) : 0;

		if (n && len >= n && chars_is_word(name, n, prefix))
			return true;
	}
	return false;
}

const char *policy_name_owner_fault(const char *name, size_t len)
{
	if (len == 0)
		return "the name is empty";
	if (len > NAME_OWNER_MAX)
		return "the name is longer than 62 characters";
	if (!chars_alnum(name[0]))
		return "names begin with a letter or digit";
	for (size_t i = 0; i < len; i++)
		if (!chars_alnum(name[i]) && name[i] != '-' && name[i] != '_')
			return "names hold only letters, digits, - and _";
	if (policy_name_static(name, len) ||
	    in_list(name, len, reserved_names, sizeof reserved_names / sizeof *reserved_names))
		return "this name is reserved";
	if (begins_like_token(name, len))
		return "the name begins like a token";
	return NULL;
}

static bool ends_with(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && chars_is_word(name + len - n, n, end);
}

const char *policy_name_repository_fault(const char *name, size_t len)
{
	if (len == 0)
		return "the repository's name is empty";
	if (len > NAME_REPOSITORY_MAX)
		return "the repository's name is longer than 100 characters";
	if (!chars_alnum(name[0]) && name[0] != '_')
		return "repository names begin with a letter, a digit or _";
	for (size_t i = 0; i < len; i++)
		if (!chars_alnum(name[i]) && !(name[i] && strchr("._-", name[i])))
			return "repository names hold only letters, digits, and the signs . _ -";
	if (ends_with(name, len, ".git"))
		return "repository names do not end in .git";
	if (ends_with(name, len, ".lock"))
		return "repository names do not end in .lock";
	if (name[len - 1] == '.')
		return "repository names do not end in a dot";
	return NULL;
}

/* Words that Git itself puts behind an address. */
static bool is_git_word(const char *part, size_t len)
{
	static const char *const words[] = {"info", "objects", "git-upload-pack",
	                                    "git-receive-pack"};

	return in_list(part, len, words, sizeof words / sizeof *words);
}

static const char *address_part_fault(const char *part, size_t len)
{
	if (len == 0)
		return "a part of it is empty";
	if (len > NAME_REPOSITORY_MAX)
		return "a part of it is longer than 100 characters";
	if (!chars_alnum(part[0]) && part[0] != '_' && part[0] != '~')
		return "its parts begin with a letter, a digit, _ or ~";
	for (size_t i = 0; i < len; i++)
		if (!chars_alnum(part[i]) && !(part[i] && strchr("._~+@-", part[i])))
			return "its parts hold only letters, digits, and the signs . _ ~ + @ -";
	return is_git_word(part, len) ? "a part of it is a word of Git's own" : NULL;
}

/* "2.0": the name of an interface. */
static bool is_version(const char *part, size_t len)
{
	bool dot = false;

	for (size_t i = 0; i < len; i++) {
		dot = dot || part[i] == '.';
		if (part[i] != '.' && (part[i] < '0' || part[i] > '9'))
			return false;
	}
	return dot;
}

static bool could_be_a_name(const char *path, size_t len, size_t first)
{
	return first < len && !policy_name_owner_fault(path, first) &&
	       !policy_name_repository_fault(path + first + 1, len - first - 1);
}

const char *policy_name_address_fault(const char *path, size_t len)
{
	size_t at = 0, parts = 0, first = 0;

	if (len > NAME_ADDRESS_MAX)
		return "it is longer than 160 characters";
	for (size_t part; at <= len; at += part + 1) {
		const char *fault;

		for (part = 0; at + part < len && path[at + part] != '/'; part++)
			continue;
		fault = address_part_fault(path + at, part);
		if (fault)
			return fault;
		if (!parts++)
			first = part;
	}
	if (parts > NAME_ADDRESS_PARTS)
		return "it has more than 8 parts";
	if (ends_with(path, len, ".git"))
		return "it ends in .git twice";
	if (is_version(path, first))
		return "its first part is the name of an interface of this server";
	return could_be_a_name(path, len, first) ? "it has the form of a repository's name" : NULL;
}

/* Reads one code point of UTF-8, shortest form only. Returns the bytes it
 * takes, 0 when it is malformed. */
static size_t code_point(const char *text, size_t len, unsigned *out)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)text[0];
	size_t n = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : 4;
	unsigned v = n == 1 ? c : c & (0x7Fu >> n);

	if (n > len || (n == 4 && (c < 0xF0 || c > 0xF4)))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)text[i] & 0xC0) != 0x80)
			return 0;
		v = v << 6 | ((unsigned char)text[i] & 0x3F);
	}
	if (v < least[n] || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF))
		return 0;
	*out = v;
	return n;
}

/* Controls, and the marks that are not seen but change how a line reads. */
static bool invisible(unsigned v)
{
	static const struct {
		unsigned from, to;
	} ranges[] = {
	        {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x061C, 0x061C},
	        {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
	        {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF},
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (v >= ranges[i].from && v <= ranges[i].to)
			return true;
	return false;
}

const char *policy_name_label_fault(const char *name, size_t len)
{
	unsigned v;

	if (len == 0)
		return "the name is empty";
	if (len > 100)
		return "the name is longer than 100 bytes";
	if (name[0] == ' ' || name[len - 1] == ' ')
		return "the name begins or ends with a space";
	for (size_t i = 0, n; i < len; i += n) {
		n = code_point(name + i, len - i, &v);
		if (n == 0)
			return "the name is not valid UTF-8";
		if (invisible(v))
			return "the name holds a character that can't be seen";
	}
	return NULL;
}

void policy_name_fold(char *name)
{
	for (; *name; name++)
		*name = chars_lower(*name);
}

bool policy_name_equal(const char *a, const char *b)
{
	while (*a && chars_lower(*a) == chars_lower(*b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

const char *policy_name_path(const char *path, char workspace[NAME_OWNER_SIZE],
                             char repository[NAME_REPOSITORY_SIZE])
{
	const char *slash = strchr(path, '/');
	const char *fault;
	size_t owner, name;

	if (!slash)
		return "a repository is named as WORKSPACE/REPOSITORY";
	owner = (size_t)(slash - path);
	name = strlen(slash + 1);
	if (ends_with(slash + 1, name, ".git"))
		name -= 4;
	fault = policy_name_owner_fault(path, owner);
	if (!fault)
		fault = policy_name_repository_fault(slash + 1, name);
	if (fault)
		return fault;
	memcpy(workspace, path, owner);
	workspace[owner] = 0;
	memcpy(repository, slash + 1, name);
	repository[name] = 0;
	return NULL;
}
