/* The files of a folder that is to be served: the server's user reads all and
 * writes to every folder; no link leads out of what the box opens. */
#include "git/inspect_int.h"

#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One kind of trouble: how often, and where first. */
struct trouble {
	unsigned count;
	char first[GIT_FOLDER];
};
struct walk {
	size_t start; /* where paths begin that are shown */
	struct trouble links, unread, unwritten;
};

static void note(struct walk *w, struct trouble *t, const char *path)
{
	const char *shown = strlen(path) > w->start ? path + w->start : ".";

	if (!t->count++)
		snprintf(t->first, sizeof(t->first), "%.*s", GIT_FOLDER - 1, shown);
}

/* git needs no others: hooks and the like may be what they want. */
static bool matters(const char *name)
{
	static const char *const parts[] = {"HEAD",    "config", "config.worktree", "objects",
	                                    "refs",    "info",   "packed-refs",     "logs",
	                                    "shallow", NULL};

	for (size_t i = 0; parts[i]; i++)
		if (strcmp(name, parts[i]) == 0)
			return true;
	return false;
}

static void look_at(struct walk *w, const FTSENT *e)
{
	bool folder = e->fts_info == FTS_D || e->fts_info == FTS_DNR;

	if (e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE || e->fts_info == FTS_DEFAULT)
		note(w, &w->links, e->fts_path);
	else if (e->fts_info == FTS_DNR || e->fts_info == FTS_NS || e->fts_info == FTS_ERR ||
	         access(e->fts_accpath, folder ? R_OK | X_OK : R_OK))
		note(w, &w->unread, e->fts_path);
	else if (folder && access(e->fts_accpath, W_OK))
		note(w, &w->unwritten, e->fts_path);
}

static void walk_all(struct walk *w, const char *path)
{
	char copy[GIT_FOLDER];
	char *roots[] = {copy, NULL};

	snprintf(copy, sizeof(copy), "%s", path);
	w->start = strlen(path) + 1;
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e; tree && (e = fts_read(tree));) {
		if (e->fts_info == FTS_DP)
			continue;
		if (e->fts_level == 1 && !matters(e->fts_name)) {
			fts_set(tree, e, FTS_SKIP);
			continue;
		}
		look_at(w, e);
	}
	if (tree)
		fts_close(tree);
}

static void tell_walk(struct inspect *i, const struct walk *w)
{
	const char *path = i->out->path, *user = i->user;

	if (w->links.count)
		inspect_say(i, GIT_AGAINST,
		            "%u of its files are links or no files at all, the first: %s. git "
		            "works in a box that opens this folder alone: put files in their "
		            "place.",
		            w->links.count, w->links.first);
	if (w->unread.count)
		inspect_say(i, GIT_AGAINST,
		            "%s can't read %u of its files and folders, the first: %s. To let it: "
		            "setfacl -R -m u:%s:rwX -m d:u:%s:rwX %s",
		            user, w->unread.count, w->unread.first, user, user, path);
	if (w->unwritten.count)
		inspect_say(i, GIT_AGAINST,
		            "%s can't write to %u of its folders, the first: %s. To let it: "
		            "setfacl -R -m u:%s:rwX -m d:u:%s:rwX %s",
		            user, w->unwritten.count, w->unwritten.first, user, user, path);
}

/* Whoever may write to a folder on the way can put another in its place. */
static void check_way(struct inspect *i)
{
	char part[GIT_FOLDER];
	struct stat st;

	snprintf(part, sizeof(part), "%s", i->out->path);
	for (char *slash; (slash = strrchr(part, '/')) && slash != part;) {
		*slash = '\0';
		if (stat(part, &st) == 0 && (st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
			inspect_say(i, GIT_AGAINST,
			            "Everybody may write to %s, and so put another folder in the "
			            "place of this one: chmod o-w %s",
			            part, part);
	}
}

void inspect_files(struct inspect *i)
{
	struct walk w = {0};

	check_way(i);
	walk_all(&w, i->out->path);
	tell_walk(i, &w);
}
