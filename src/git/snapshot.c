/* The refs of a repository at one moment.
 *
 * Loose ones are read first, then packed-refs: git writes a loose ref into
 * packed-refs before it removes the file, so that none is missed. Pushes change
 * several refs one after another; two readings that agree show a state that
 * was there in between. Sources: gitrepository-layout(5), git-pack-refs(1).
 */
#include "git/copy_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 32
#define TRIES 20
#define HEAD_LINE "# pack-refs with: sorted \n"

struct ref {
	const char *name, *value; /* value: hex digits, or "ref: refs/…" */
	size_t order;
};

struct reading {
	struct arena arena;
	struct ref *refs;
	size_t count, room;
	struct git_copy *out;
};

void copy_damage(struct git_copy *out, const char *what, const char *name)
{
	if (!out->damaged++)
		snprintf(out->damage, sizeof(out->damage), "%s %.120s", what, name);
}

static bool hex_valid(const char *text, size_t len)
{
	return (len == 40 || len == 64) && strspn(text, "0123456789abcdef") == len;
}

static int ref_add(struct reading *r, const char *name, const char *value, struct err *err)
{
	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		struct ref *more = reallocarray(r->refs, room, sizeof(*more));

		if (!more)
			return err_set(err, ERR_MEMORY, "no memory for the refs");
		r->refs = more;
		r->room = room;
	}
	const char *kept_name = arena_printf(&r->arena, "%s", name);
	const char *kept_value = arena_printf(&r->arena, "%s", value);
	if (!kept_name || !kept_value)
		return err_set(err, ERR_LIMIT, "the repository has more refs than can be copied");
	r->refs[r->count] = (struct ref){kept_name, kept_value, r->count};
	r->count++;
	return 0;
}

/* What stands in a loose file; false: nothing git could read either. */
static bool loose_value(int dir, const char *name, char value[GIT_PATH], bool *gone)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	*gone = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return false;
	ssize_t n = read(fd, value, GIT_PATH - 1);
	close(fd);
	value[n > 0 ? n : 0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return hex_valid(value, strlen(value)) || strncmp(value, "ref: refs/", 10) == 0;
}

static int loose_add(struct reading *r, int dir, const char *file, const char *full,
                     struct err *err)
{
	char value[GIT_PATH];
	bool gone;

	if (strlen(file) > 5 && strcmp(file + strlen(file) - 5, ".lock") == 0)
		return 0;
	if (loose_value(dir, file, value, &gone) && git_ref_valid(full, strlen(full)))
		return ref_add(r, full, value, err);
	if (!gone)
		copy_damage(r->out, "the ref", full);
	return 0;
}

static int loose_walk(struct reading *r, int at, const char *name, const char *full, int depth,
                      struct err *err)
{
	DIR *list = depth ? file_list(at, name) : NULL;
	struct dirent *e;
	int rc = 0;

	while (!rc && list && (e = readdir(list))) {
		char below[GIT_PATH];

		if (e->d_name[0] == '.')
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", full, e->d_name) >= (int)sizeof(below))
			rc = err_set(err, ERR_LIMIT, "a ref's name is too long");
		else if (copy_is_folder(dirfd(list), e))
			rc = loose_walk(r, dirfd(list), e->d_name, below, depth - 1, err);
		else
			rc = loose_add(r, dirfd(list), e->d_name, below, err);
	}
	if (list)
		closedir(list);
	return rc;
}

/* "hex name" lines; "^hex" (what a tag leads to) and "#" are left out: git
 * finds the former again. */
static int packed_read(struct reading *r, int dir, struct err *err)
{
	int fd = openat(dir, "packed-refs", O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc = 0;
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!f)
		return errno == ENOENT ? 0 : err_system(err, errno, "can't read packed-refs");
	while (!rc && (n = getline(&line, &size, f)) > 0) {
		char *blank = memchr(line, ' ', (size_t)n);

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '^')
			continue;
		if (blank)
			*blank = '\0';
		if (blank && hex_valid(line, strlen(line)) &&
		    git_ref_valid(blank + 1, strlen(blank + 1)))
			rc = ref_add(r, blank + 1, line, err);
		else
			copy_damage(r->out, "a line of packed-refs:", line);
	}
	free(line);
	fclose(f);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->order < y->order ? -1 : 1;
}

/* The first of a name counts: it is the loose one. */
static void write_refs(struct reading *r, struct snapshot *s)
{
	const char *before = "";

	if (r->count)
		qsort(r->refs, r->count, sizeof(*r->refs), by_name);
	buf_add_str(&s->packed, HEAD_LINE);
	for (size_t i = 0; i < r->count; i++) {
		const struct ref *ref = &r->refs[i];

		if (strcmp(before, ref->name) == 0)
			continue;
		before = ref->name;
		s->count++;
		if (ref->value[0] == 'r')
			buf_addf(&s->symbolic, "%s %s\n", ref->name, ref->value + 5);
		else
			buf_addf(&s->packed, "%s %s\n", ref->value, ref->name);
	}
}

static int read_once(int dir, struct snapshot *s, struct git_copy *out, struct err *err)
{
	struct reading r = {.out = out};
	int rc;

	arena_init(&r.arena, COPY_REFS_MAX);
	out->damaged = 0;
	out->damage[0] = '\0';
	rc = loose_walk(&r, dir, "refs", "refs", DEPTH, err);
	if (!rc)
		rc = packed_read(&r, dir, err);
	if (!rc)
		write_refs(&r, s);
	if (!rc && (s->packed.failed || s->symbolic.failed))
		rc = err_set(err, ERR_LIMIT, "the repository has more refs than can be copied");
	free(r.refs);
	arena_reset(&r.arena);
	return rc;
}

void snapshot_init(struct snapshot *s)
{
	buf_init(&s->packed, COPY_REFS_MAX);
	buf_init(&s->symbolic, COPY_REFS_MAX);
	s->count = 0;
}

void snapshot_clear(struct snapshot *s)
{
	buf_clear(&s->packed);
	buf_clear(&s->symbolic);
}

static bool same(const struct snapshot *a, const struct snapshot *b)
{
	return strcmp(buf_str(&a->packed), buf_str(&b->packed)) == 0 &&
	       strcmp(buf_str(&a->symbolic), buf_str(&b->symbolic)) == 0;
}

int snapshot_take(int dir, struct snapshot *s, struct git_copy *out, struct err *err)
{
	struct snapshot other;
	int rc = read_once(dir, s, out, err);
	bool stable = false;

	snapshot_init(&other);
	for (int i = 0; !rc && !stable && i < TRIES; i++) {
		snapshot_clear(&other);
		other.count = 0;
		rc = read_once(dir, &other, out, err);
		stable = !rc && same(s, &other);
		if (!stable) {
			struct snapshot older = *s;
			*s = other;
			other = older;
		}
	}
	snapshot_clear(&other);
	if (!rc && !stable)
		rc = err_set(err, ERR_BUSY, "its refs change too fast for a copy");
	return rc;
}
