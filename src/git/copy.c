/* Copying a repository that is served meanwhile.
 *
 * The refs first, then every file: what the refs lead to was there when they
 * were read, and objects only ever move into packs. A file that vanishes under
 * the walk was repacked, so the walk begins again and finds it in its new pack.
 */
#include "git/copy_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH 32
#define PASSES 8
#define BORROWED_MEMORY (256u << 10)

struct copier {
	const char *source;
	int before;          /* folder of the earlier copy, -1: none */
	struct buf old_text; /* its b2sums, cut into lines */
	char **old;          /* the lines, by path */
	size_t old_count;
	struct buf sums;
	struct git_copy *out;
	bool vanished;
};

static bool ends_with(const char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);

	return n >= t && strcmp(name + n - t, tail) == 0;
}

/* Half-made things, and those that are written anew in the copy. */
static bool is_passing(const char *name, bool top)
{
	static const char *const starts[] = {"tmp_", "incoming-", ".tmp-", ".new-"};
	static const char *const own[] = {"refs", "packed-refs", COPY_SUMS};

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (strncmp(name, starts[i], strlen(starts[i])) == 0)
			return true;
	for (size_t i = 0; top && i < sizeof(own) / sizeof(*own); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return ends_with(name, ".lock") || ends_with(name, ".keep");
}

/* The copy holds what it borrowed, and looks nowhere else. */
static bool is_borrowing(const char *folder, const char *name)
{
	return strcmp(folder, "objects/info") == 0 && strcmp(name, "alternates") == 0;
}

/* The name of these tells their content: git never writes them twice. */
static bool is_lasting(const char *path)
{
	static const char pack[] = "objects/pack/pack-";

	if (strncmp(path, pack, sizeof(pack) - 1) == 0)
		return ends_with(path, ".pack") || ends_with(path, ".idx") ||
		       ends_with(path, ".rev");
	return strncmp(path, "objects/", 8) == 0 && strlen(path) > 11 && path[10] == '/' &&
	       strspn(path + 8, "0123456789abcdef") == 2;
}

static bool name_fits(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\')
			return false;
	return true;
}

static void sum_add(struct copier *c, const char *hex, const char *path)
{
	buf_addf(&c->sums, "%s  %s\n", hex, path);
}

/* -- the earlier copy's b2sums, by path -- */

/* A line is 64 hex digits, two blanks, the path. */
static const char *path_of(const char *line)
{
	return line + COPY_HEX + 1;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(path_of(*(char *const *)a), path_of(*(char *const *)b));
}

/* Cuts the text into lines; what is no line ends it. */
static int sort_lines(struct copier *c, struct err *err)
{
	size_t room = 0;

	for (char *p = c->old_text.data; p && *p; p += strlen(p) + 1) {
		size_t len = strcspn(p, "\n");

		if (len < COPY_HEX + 2 || !p[len])
			break;
		p[len] = '\0';
		if (c->old_count == room) {
			room = room ? 2 * room : 64;
			char **more = reallocarray(c->old, room, sizeof(*more));

			if (!more)
				return err_set(err, ERR_MEMORY, "no memory for the list of files");
			c->old = more;
		}
		c->old[c->old_count++] = p;
	}
	if (c->old_count)
		qsort(c->old, c->old_count, sizeof(*c->old), by_path);
	return 0;
}

static int is_path(const void *path, const void *line)
{
	return strcmp(path, path_of(*(char *const *)line));
}

static bool old_sum(const struct copier *c, const char *path, char hex[COPY_HEX])
{
	char *const *line =
	        c->old_count ? bsearch(path, c->old, c->old_count, sizeof(*c->old), is_path) : NULL;

	if (!line)
		return false;
	memcpy(hex, *line, COPY_HEX - 1);
	hex[COPY_HEX - 1] = '\0';
	return true;
}

/* True when the earlier copy has the same file and it is in the new one now. */
static bool link_old(struct copier *c, const struct stat *st, const char *path, int to,
                     const char *name)
{
	char hex[COPY_HEX];
	struct stat old;

	if (c->before < 0 || !is_lasting(path) ||
	    fstatat(c->before, path, &old, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(old.st_mode) ||
	    old.st_size != st->st_size || !old_sum(c, path, hex) ||
	    linkat(c->before, path, to, name, 0) < 0)
		return false;
	c->out->linked_files++;
	c->out->linked_bytes += old.st_size;
	sum_add(c, hex, path);
	return true;
}

static int take_file(struct copier *c, int from, int to, const char *name, const char *path,
                     struct err *err)
{
	char hex[COPY_HEX];
	struct stat st;
	int64_t len;
	int rc;

	if (fstatat(to, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0; /* an earlier pass took it */
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		c->vanished = true;
		return errno == ENOENT ? 0 : err_system(err, errno, "can't look at %s", path);
	}
	if (!S_ISREG(st.st_mode) || !name_fits(path)) {
		copy_damage(c->out, "no file that can be kept:", path);
		return 0;
	}
	if (link_old(c, &st, path, to, name))
		return 0;
	rc = copy_file(from, name, to, name, hex, &len, err);
	if (rc == ERR_NOT_FOUND) {
		c->vanished = true;
		return 0;
	}
	if (rc)
		return rc;
	c->out->files++;
	c->out->bytes += len;
	c->out->fresh += is_lasting(path);
	sum_add(c, hex, path);
	return 0;
}

/* An index without its pack would be damage; a pack without its index is only
 * room. A push puts the pack there first, so it is taken first as well. */
static int take_pack(struct copier *c, int from, int to, const char *name, const char *path,
                     struct err *err)
{
	char pack[NAME_MAX + 8], pack_path[GIT_PATH];

	snprintf(pack, sizeof(pack), "%.*s.pack", (int)(strlen(name) - 4), name);
	snprintf(pack_path, sizeof(pack_path), "%.*s.pack", (int)(strlen(path) - 4), path);
	int rc = take_file(c, from, to, pack, pack_path, err);
	return rc ? rc : take_file(c, from, to, name, path, err);
}

static int take_folder(struct copier *c, int from, int to, const char *path, int depth,
                       struct err *err);

static int take_below(struct copier *c, int from, int to, const char *name, const char *path,
                      int depth, struct err *err)
{
	int below, target, rc;

	if (mkdirat(to, name, 0700) < 0 && errno != EEXIST)
		return err_system(err, errno, "can't make the folder %s", path);
	below = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below < 0) { /* folders of loose objects go when they are empty */
		c->vanished = true;
		return 0;
	}
	target = file_open_dir(to, name, err);
	rc = target < 0 ? target : take_folder(c, below, target, path, depth - 1, err);
	if (target >= 0)
		close(target);
	close(below);
	return rc;
}

static int take_entry(struct copier *c, int from, int to, const struct dirent *e, const char *path,
                      int depth, struct err *err)
{
	if (copy_is_folder(from, e))
		return take_below(c, from, to, e->d_name, path, depth, err);
	if (ends_with(e->d_name, ".idx"))
		return take_pack(c, from, to, e->d_name, path, err);
	return take_file(c, from, to, e->d_name, path, err);
}

/* path: of the folder, "" for the repository itself. */
static int take_folder(struct copier *c, int from, int to, const char *path, int depth,
                       struct err *err)
{
	DIR *list = depth ? file_list(from, ".") : NULL;
	struct dirent *e;
	int rc = 0;

	if (!list)
		return err_set(err, ERR_LIMIT, "the folder %s can't be read, or lies too deep",
		               path);
	while (!rc && (e = readdir(list))) {
		char below[GIT_PATH];
		bool itself = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;

		if (itself || is_passing(e->d_name, !*path) || is_borrowing(path, e->d_name))
			continue;
		if (snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "", e->d_name) >=
		    (int)sizeof(below))
			rc = err_set(err, ERR_LIMIT, "a path in it is too long");
		else
			rc = take_entry(c, from, to, e, below, depth, err);
	}
	closedir(list);
	return rc;
}

/* Until a walk saw nothing vanish. path: "" for all, or "objects". */
static int take_files(struct copier *c, int from, int to, const char *path, struct err *err)
{
	for (int pass = 0; pass < PASSES; pass++) {
		c->vanished = false;
		int rc = take_folder(c, from, to, path, DEPTH, err);
		if (rc || !c->vanished)
			return rc;
	}
	return err_set(err, ERR_BUSY, "its files change too fast for a copy");
}

/* -- what it borrows: a copy must be whole by itself -- */

static int take_borrowed(struct copier *c, const char *objects, int to, struct err *err)
{
	int from = file_open_dir(AT_FDCWD, objects, err);
	int target = from < 0 ? from : file_open_dir(to, "objects", err);
	int rc = target < 0 ? target : take_files(c, from, target, "objects", err);

	if (target >= 0)
		close(target);
	if (from >= 0)
		close(from);
	return rc;
}

static int take_all_borrowed(struct copier *c, int to, struct err *err)
{
	const char *found[ALTERNATES];
	size_t count = 0;
	struct arena a;

	arena_init(&a, BORROWED_MEMORY);
	int rc = alternates_read(c->source, &a, found, &count, err);
	for (size_t i = 0; !rc && i < count; i++)
		rc = take_borrowed(c, found[i], to, err);
	arena_reset(&a);
	return rc;
}

/* -- the refs, as files -- */

static int put_text(struct copier *c, int to, const char *name, const char *path,
                    const struct buf *text, struct err *err)
{
	char hex[COPY_HEX];
	int64_t len;
	int rc = file_make(to, name, buf_str(text), text->len, err);

	if (!rc)
		rc = copy_file(to, name, -1, NULL, hex, &len, err);
	if (!rc)
		sum_add(c, hex, path);
	return rc;
}

static int put_symbolic(struct copier *c, int to, const char *line, struct err *err)
{
	size_t len = strcspn(line, " ");
	char name[GIT_PATH];
	const char *base;
	struct buf text;
	int dir, rc;

	snprintf(name, sizeof(name), "%.*s", (int)len, line);
	dir = copy_open_above(to, name, true, &base, err);
	if (dir < 0)
		return dir;
	buf_init(&text, GIT_PATH + 16);
	buf_addf(&text, "ref: %.*s\n", (int)strcspn(line + len + 1, "\n"), line + len + 1);
	rc = put_text(c, dir, base, name, &text, err);
	buf_clear(&text);
	close(dir);
	return rc;
}

static int put_refs(struct copier *c, int to, const struct snapshot *s, struct err *err)
{
	int rc = copy_frame(to, err);

	if (!rc)
		rc = put_text(c, to, "packed-refs", "packed-refs", &s->packed, err);
	for (const char *line = buf_str(&s->symbolic); !rc && *line;
	     line += strcspn(line, "\n") + 1)
		rc = put_symbolic(c, to, line, err);
	c->out->refs = s->count;
	return rc;
}

static int fill_copy(struct copier *c, int from, int to, struct err *err)
{
	struct snapshot s;
	int rc;

	snapshot_init(&s);
	rc = snapshot_take(from, &s, c->out, err);
	if (!rc)
		rc = put_refs(c, to, &s, err);
	if (!rc)
		rc = take_files(c, from, to, "", err);
	if (!rc)
		rc = take_all_borrowed(c, to, err);
	if (!rc && c->sums.failed)
		rc = err_set(err, ERR_LIMIT, "it has more files than can be kept");
	if (!rc)
		rc = file_make(to, COPY_SUMS, buf_str(&c->sums), c->sums.len, err);
	snapshot_clear(&s);
	return rc;
}

int git_copy_make(const char *source, int to, const char *name, int before, struct git_copy *out,
                  struct err *err)
{
	struct copier c = {.source = source, .before = before, .out = out};
	int from = file_open_dir(AT_FDCWD, source, err), target, rc;

	if (from < 0)
		return from;
	memset(out, 0, sizeof(*out));
	buf_init(&c.old_text, COPY_SUMS_MAX);
	buf_init(&c.sums, COPY_SUMS_MAX);
	if (before >= 0 && copy_sums_read(before, &c.old_text, NULL))
		c.before = -1; /* without sums nothing is known about it */
	rc = c.before >= 0 ? sort_lines(&c, err) : 0;
	if (!rc && mkdirat(to, name, 0700) < 0)
		rc = err_system(err, errno, "can't make the folder %s", name);
	target = rc ? -1 : file_open_dir(to, name, err);
	if (!rc)
		rc = target < 0 ? target : fill_copy(&c, from, target, err);
	if (target >= 0)
		close(target);
	free(c.old);
	buf_clear(&c.old_text);
	buf_clear(&c.sums);
	close(from);
	return rc;
}
