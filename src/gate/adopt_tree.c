/* A whole tree of repositories that others made: which there are, what each would
 * be called, and why some are left out. */
#include "gate/adopt.h"
#include "gate/gate_int.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH 12
#define MOST 100000

struct walk {
	struct gate *g;
	const struct gate_tree *ask;
	struct gate_tree_all *out;
	size_t start; /* where a path begins that is shown */
	struct err *err;
};

static struct gate_tree_one *add(struct walk *w, const char *path)
{
	struct gate_tree_all *l = w->out;

	if (l->count == MOST) {
		err_set(w->err, ERR_LIMIT, "more than %d repositories lie there", MOST);
		return NULL;
	}
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct gate_tree_one *more = reallocarray(l->all, room, sizeof(*more));

		if (!more) {
			err_set(w->err, ERR_MEMORY, "out of memory");
			return NULL;
		}
		l->all = more;
		l->room = room;
	}
	struct gate_tree_one *one = &l->all[l->count++];
	memset(one, 0, sizeof(*one));
	gate_put(one->below, sizeof(one->below), "%s", path + w->start);
	return one;
}

static int add_skipped(struct walk *w, const char *path, const char *why)
{
	struct gate_tree_one *one = add(w, path);

	if (one)
		gate_put(one->why, sizeof(one->why), "%s", why);
	return one ? 0 : w->err->code;
}

/* -- which there are -- */

static bool has_tree(const char *path)
{
	char full[PATH_MAX + 8];

	gate_put(full, sizeof(full), "%s/.git", path);
	return access(full, F_OK) == 0;
}

/* Repositories within repositories are their owner's affair: not looked for. */
static int meet(struct walk *w, FTS *tree, FTSENT *e)
{
	bool link = e->fts_info == FTS_SL, folder = e->fts_info == FTS_D;

	if (e->fts_info == FTS_DNR)
		return add_skipped(w, e->fts_path, "The server's user can't look into it.");
	if (link && git_folder_looks_bare(e->fts_path))
		return add_skipped(w, e->fts_path,
		                   "It is a link: adopt what it leads to by its own path.");
	if (!folder || e->fts_level == 0)
		return 0;
	if (git_folder_looks_bare(e->fts_path)) {
		fts_set(tree, e, FTS_SKIP);
		return add(w, e->fts_path) ? 0 : w->err->code;
	}
	if (has_tree(e->fts_path)) {
		fts_set(tree, e, FTS_SKIP);
		return add_skipped(w, e->fts_path,
		                   "It has a working tree: only bare repositories are served.");
	}
	if (e->fts_level >= DEPTH)
		fts_set(tree, e, FTS_SKIP);
	return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int find_all(struct walk *w, char *top)
{
	char *roots[] = {top, NULL};
	int rc = 0;
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);

	if (!tree)
		return err_system(w->err, errno, "can't look into %s", top);
	w->start = strlen(top) + 1;
	for (FTSENT *e; !rc && (e = fts_read(tree));)
		rc = meet(w, tree, e);
	fts_close(tree);
	return rc;
}

/* -- what they would be -- */

/* "team/project.git" is team-project. */
static void name_of(const char *below, char *out, size_t size)
{
	size_t len = strlen(below);

	if (len > 4 && !strcmp(below + len - 4, ".git"))
		len -= 4;
	gate_put(out, size, "%.*s", (int)len, below);
	for (char *p = out; *p; p++)
		if (*p == '/')
			*p = '-';
}

static bool name_fit(struct walk *w, struct gate_tree_one *one, size_t place, const char *name)
{
	const char *fault = policy_name_repository_fault(name, strlen(name));

	if (fault)
		gate_put(one->why, sizeof(one->why),
		         "\"%.120s\" can't name a repository: %s. Adopt it by its path, under "
		         "another name.",
		         name, fault);
	for (size_t i = 0; !fault && i < place; i++)
		if (!*w->out->all[i].why && policy_name_equal(w->out->all[i].row.name, name)) {
			fault = "taken";
			gate_put(one->why, sizeof(one->why),
			         "%.200s is to be called %s too. Adopt it by its path, under "
			         "another name.",
			         w->out->all[i].below, name);
		}
	return !fault;
}

/* The first thing that stands against it will do. */
static void keep_first(void *arg, enum git_finding kind, const char *words)
{
	struct gate_tree_one *one = arg;

	if (kind == GIT_AGAINST && !*one->why)
		gate_put(one->why, sizeof(one->why), "%s", words);
	one->notes += kind == GIT_NOTE;
}

static int look_at(struct walk *w, size_t place, const char *top)
{
	char name[GIT_FOLDER], path[NAME_OWNER_SIZE + GIT_FOLDER], folder[PATH_MAX + GIT_FOLDER];
	struct gate_tree_one *one = &w->out->all[place];
	struct git_folder found = {0};
	struct err own = {0};

	name_of(one->below, name, sizeof(name));
	if (*one->why || !name_fit(w, one, place, name))
		return 0;
	gate_put(path, sizeof(path), "%s/%s", w->ask->workspace, name);
	gate_put(folder, sizeof(folder), "%s/%s", top, one->below);
	const struct gate_adoption ask = {.folder = folder,
	                                  .path = path,
	                                  .visibility = w->ask->visibility,
	                                  .host = w->ask->host,
	                                  .quick = w->ask->quick,
	                                  .say = keep_first,
	                                  .arg = one};
	int rc = gate_adoption_look(w->g, &ask, &found, &one->row, &own);
	if (rc == ERR_MEMORY)
		return err_set(w->err, rc, "out of memory");
	if (rc)
		gate_put(one->why, sizeof(one->why), "%s.", own.text);
	memcpy(one->hooks, found.hooks, sizeof(one->hooks));
	return 0;
}

int gate_tree_look(struct gate *g, const struct gate_tree *ask, struct gate_tree_all *out,
                   struct err *err)
{
	struct walk w = {.g = g, .ask = ask, .out = out, .err = err};
	struct store_workspace workspace;
	char top[PATH_MAX];

	*out = (struct gate_tree_all){0};
	int rc = gate_workspace_find(g, ask->workspace, &workspace, err);
	if (!rc && !realpath(ask->folder, top))
		rc = err_system(err, errno, "can't look into %s", ask->folder);
	if (!rc && git_folder_looks_bare(top))
		rc = err_set(err, ERR_INVALID, "%s is a repository itself: adopt it without --tree",
		             ask->folder);
	if (!rc)
		rc = find_all(&w, top);
	for (size_t i = 0; !rc && i < out->count; i++) {
		if (ask->progress)
			ask->progress(ask->arg, i, out->count, out->all[i].below);
		rc = look_at(&w, i, top);
	}
	if (rc)
		gate_tree_clear(out);
	return rc;
}

void gate_tree_clear(struct gate_tree_all *l)
{
	free(l->all);
	*l = (struct gate_tree_all){0};
}
