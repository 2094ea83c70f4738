#include "ssh/command.h"

#include <stdbool.h>
#include <string.h>

#define WORDS 4   /* git upload-pack PATH, and one too many */
#define WORD 1024 /* bytes of one */

struct word {
	char text[WORD];
	size_t len;
};

/* -- words, as a POSIX shell would split the line, for what Git writes: '…', \c, and "…"
   without expansions. False for all that a shell would do more about. -- */

static bool add(struct word *w, char c)
{
	if (w->len + 1 >= sizeof(w->text) || (unsigned char)c < 0x20 || c == 0x7f)
		return false;
	w->text[w->len++] = c;
	w->text[w->len] = '\0';
	return true;
}

static bool take_single(const char **p, struct word *w)
{
	while (**p && **p != '\'')
		if (!add(w, *(*p)++))
			return false;
	return *(*p)++ == '\'';
}

static bool take_double(const char **p, struct word *w)
{
	for (; **p && **p != '"'; (*p)++) {
		if (strchr("$`", **p))
			return false;
		if (**p == '\\' && (*p)[1] && strchr("\\\"$`", (*p)[1]))
			(*p)++;
		if (!add(w, **p))
			return false;
	}
	return *(*p)++ == '"';
}

/* What stands for itself without quotes. ~ too: no home is looked up for it. */
static bool is_plain(char c)
{
	return (unsigned char)c > 0x20 && !strchr("|&;<>()$`\\\"'*?[]#{}!\x7f", c);
}

static bool take_word(const char **p, struct word *w)
{
	bool good = true;

	w->len = 0;
	w->text[0] = '\0';
	while (good && **p && **p != ' ') {
		char c = *(*p)++;

		if (c == '\'')
			good = take_single(p, w);
		else if (c == '"')
			good = take_double(p, w);
		else if (c == '\\')
			good = **p && add(w, *(*p)++);
		else
			good = is_plain(c) && add(w, c);
	}
	return good;
}

/* How many words; 0 when it is none of this form. */
static int split(const char *line, struct word words[WORDS])
{
	int count = 0;

	for (;;) {
		while (*line == ' ')
			line++;
		if (!*line)
			return count;
		if (count == WORDS || !take_word(&line, &words[count++]))
			return 0;
	}
}

/* -- the service -- */

static const struct {
	const char *name; /* behind "git-" or "git " */
	enum ssh_verb verb;
	bool spaced; /* "git NAME" is one too: git-shell knows it */
} verbs[] = {
        {"upload-pack", SSH_UPLOAD_PACK, true},
        {"receive-pack", SSH_RECEIVE_PACK, true},
        {"upload-archive", SSH_UPLOAD_ARCHIVE, true},
        {"lfs-authenticate", SSH_LFS, false},
        {"lfs-transfer", SSH_LFS, false},
};

/* The verb, and how many words it takes; 0: none. */
static int find_verb(const struct word *words, int count, enum ssh_verb *out)
{
	bool spaced = count > 1 && !strcmp(words[0].text, "git");
	const char *name = spaced ? words[1].text : words[0].text + 4;

	if (count < 1 || (!spaced && strncmp(words[0].text, "git-", 4) != 0))
		return 0;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if ((!spaced || verbs[i].spaced) && !strcmp(verbs[i].name, name)) {
			*out = verbs[i].verb;
			return spaced ? 2 : 1;
		}
	return 0;
}

/* -- the path -- */

/* "~/acme/site" and "/~/acme/site" are below a home that is nobody's; "~ann/site" is
 * ann's. */
static const char *behind_home(const char *path)
{
	while (*path == '/')
		path++;
	if (*path != '~')
		return path;
	path++;
	while (*path == '/')
		path++;
	return path;
}

/* Parts between slashes, without empty ones and "."; ".git" goes from the last. ".." is
 * nothing that a name could be, and is left for that. */
static bool tidy(const char *path, char out[WORD])
{
	size_t len = 0, part;

	for (; *path; path += part) {
		part = strcspn(path, "/");
		if (part && !(part == 1 && path[0] == '.')) {
			if (len)
				out[len++] = '/';
			memcpy(out + len, path, part);
			len += part;
		}
		part += path[part] == '/';
	}
	if (len > 4 && !memcmp(out + len - 4, ".git", 4) && out[len - 5] != '/')
		len -= 4;
	out[len] = '\0';
	return len > 0;
}

static void keep(char *out, size_t size, const char *text, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(out, text, len);
	out[len] = '\0';
}

static void take_path(const struct word *w, struct ssh_command *out)
{
	char path[WORD];
	const char *slash;

	if (!tidy(behind_home(w->text), path))
		return;
	if (strlen(path) < sizeof(out->path)) /* whole, or not at all: a part could be another's */
		keep(out->path, sizeof(out->path), path, strlen(path));
	slash = strchr(path, '/');
	if (!slash || strchr(slash + 1, '/'))
		return;
	keep(out->workspace, sizeof(out->workspace), path, (size_t)(slash - path));
	keep(out->repository, sizeof(out->repository), slash + 1, strlen(slash + 1));
}

void ssh_command_read(const char *line, struct ssh_command *out)
{
	struct word words[WORDS];
	enum ssh_verb verb = SSH_OTHER;
	int count = split(line, words), taken = find_verb(words, count, &verb);

	memset(out, 0, sizeof(*out));
	/* LFS names the operation, too */
	if (!taken || (verb == SSH_LFS ? count < taken + 1 : count != taken + 1))
		return;
	out->verb = verb;
	take_path(&words[taken], out);
}
