/* Where a repository borrows objects. The file lies in the repository, so a
 * child that was taken over may have written it: it must never open to the next
 * child anything but a folder of objects. */
#include "git/git_int.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALTERNATES_TEXT 65536

struct walk {
	struct arena *arena;
	const char **out;
	size_t count;
	void (*skipped)(void *, const char *line, const char *why); /* NULL: nobody asks */
	void *arg;
};

static bool looks_like_objects(const char *path)
{
	const char *last = strrchr(path, '/');
	char pack[PATH_MAX];
	struct stat st;
	int n = snprintf(pack, sizeof(pack), "%s/pack", path);

	return last && strcmp(last, "/objects") == 0 && n > 0 && (size_t)n < sizeof(pack) &&
	       lstat(pack, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool known(const struct walk *w, const char *path)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->out[i], path) == 0)
			return true;
	return false;
}

static int skip(const struct walk *w, const char *line, size_t len, const char *why)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%.*s", (int)len, line);
	if (w->skipped)
		w->skipped(w->arg, copy, why);
	return 0;
}

/* One line: a path, whole or from the folder of objects it stands in. */
static int add_line(struct walk *w, const char *objects, const char *line, size_t len,
                    struct err *err)
{
	char joined[PATH_MAX], real[PATH_MAX];
	int n;

	if (len == 0 || line[0] == '#')
		return 0;
	if (line[0] == '"')
		return skip(w, line, len, "a path in quotation marks, which is not followed");
	if (line[0] == '/')
		n = snprintf(joined, sizeof(joined), "%.*s", (int)len, line);
	else
		n = snprintf(joined, sizeof(joined), "%s/%.*s", objects, (int)len, line);
	if (n < 0 || (size_t)n >= sizeof(joined) || !realpath(joined, real))
		return skip(w, line, len, "which is not there"); /* git only warns as well */
	if (known(w, real))
		return 0;
	if (!looks_like_objects(real))
		return skip(w, line, len, "which is no folder of objects");
	if (w->count == ALTERNATES)
		return err_set(err, ERR_LIMIT, "a repository borrows from more than %d others",
		               ALTERNATES);
	w->out[w->count] = arena_strdup(w->arena, real);
	if (!w->out[w->count])
		return err_set(err, ERR_MEMORY, "out of memory");
	w->count++;
	return 0;
}

static int read_file(struct walk *w, const char *objects, struct err *err)
{
	int dir = open(objects, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	struct buf text;

	if (dir < 0)
		return err_system(err, errno, "can't open %s", objects);
	buf_init(&text, ALTERNATES_TEXT);
	rc = file_read(dir, "info/alternates", &text, err);
	close(dir);
	if (rc == ERR_NOT_FOUND)
		rc = 0;
	for (const char *p = buf_str(&text); !rc && *p;) {
		size_t len = strcspn(p, "\n");

		rc = add_line(w, objects, p, len, err);
		p += len + (p[len] == '\n');
	}
	buf_clear(&text);
	return rc;
}

int alternates_walk(const char *path, struct arena *a, const char *out[ALTERNATES], size_t *count,
                    void (*skipped)(void *, const char *line, const char *why), void *arg,
                    struct err *err)
{
	struct walk w = {.arena = a, .out = out, .skipped = skipped, .arg = arg};
	char objects[PATH_MAX];
	int n = snprintf(objects, sizeof(objects), "%s/objects", path), rc;

	if (n < 0 || (size_t)n >= sizeof(objects))
		return err_set(err, ERR_LIMIT, "the path of the repository is too long");
	rc = read_file(&w, objects, err);
	for (size_t i = 0; !rc && i < w.count; i++) /* theirs in turn; known() ends rings */
		rc = read_file(&w, w.out[i], err);
	if (!rc)
		*count = w.count;
	return rc;
}

int alternates_read(const char *path, struct arena *a, const char *out[ALTERNATES], size_t *count,
                    struct err *err)
{
	return alternates_walk(path, a, out, count, NULL, NULL, err);
}
