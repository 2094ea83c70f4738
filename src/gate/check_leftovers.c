/* What lies in the data folder and belongs to no row of the ledger. */
#include "gate/check_int.h"

#include "base/clock.h"
#include "base/size.h"

#include <dirent.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PART "leftovers"
#define YOUNG 3600      /* seconds: it may be in the making */
#define TRASH_OLD 86400 /* the server empties it each day */
#define SHOWN 20        /* folders without row, one by one */

struct looking {
	const struct gate_check *c;
	struct gate *g; /* NULL: no ledger to ask */
	unsigned halves, strangers;
};

struct finding {
	const char *id;
	bool found;
};

static int is_it(void *arg, const struct store_deleted *d)
{
	struct finding *f = arg;

	f->found = f->found || !strcmp(f->id, d->was.id);
	return 0;
}

static bool has_row(struct gate *g, const char *id)
{
	struct finding f = {id, false};
	struct store_repository r;

	if (store_repository_get(g->store, id, &r, NULL) != ERR_NOT_FOUND)
		return true;
	return store_deleted_list(g->store, CLOCK_NEVER, is_it, &f, NULL) || f.found;
}

static void look_at(struct looking *l, const char *path, const char *name)
{
	char id[STORE_ID];
	struct check_mend m;
	struct stat st;

	if (lstat(path, &st) || st.st_mtime > clock_now() - YOUNG)
		return;
	if (!strncmp(name, ".new-", 5)) {
		l->halves++;
		return;
	}
	if (!gate_folder_id(name, id)) {
		check_say(l->c, GATE_NOTE, PART, check_mend(&m, "ls -la %s", path),
		          "%s was not made by the server", path);
		return;
	}
	if (!l->g || has_row(l->g, id) || l->strangers++ >= SHOWN)
		return;
	check_say(l->c, GATE_FAULT, PART, check_mend(&m, "git --git-dir %s log --all --stat", path),
	          "%s is a repository of which the ledger knows nothing; look what is in it, then "
	          "move "
	          "it away or remove it (without objects, the server does at its next start)",
	          path);
}

static void look_in(struct looking *l, const char *shelf)
{
	char path[SETTINGS_TEXT + 320];
	DIR *dir = opendir(shelf);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		gate_put(path, sizeof(path), "%s/%s", shelf, e->d_name);
		look_at(l, path, e->d_name);
	}
	if (dir)
		closedir(dir);
}

/* Bytes on the disk; *oldest: the first thing's time. */
static int64_t tree_bytes(const char *path, int64_t *oldest)
{
	char copy[SETTINGS_TEXT + 24];
	char *roots[] = {copy, NULL};
	int64_t bytes = 0;

	gate_put(copy, sizeof(copy), "%s", path);
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e; tree && (e = fts_read(tree));) {
		if (e->fts_info == FTS_DP || !e->fts_statp)
			continue;
		if (e->fts_info != FTS_NS)
			bytes += (int64_t)e->fts_statp->st_blocks * 512;
		if (e->fts_level == 1 && e->fts_statp->st_ctime < *oldest)
			*oldest = e->fts_statp->st_ctime;
	}
	if (tree)
		fts_close(tree);
	return bytes;
}

static void check_trash(const struct gate_check *c)
{
	char path[SETTINGS_TEXT + 24], size[SIZE_TEXT];
	int64_t oldest = CLOCK_NEVER, bytes;
	struct check_mend m;

	gate_put(path, sizeof(path), "%s/trash", c->settings->data);
	bytes = tree_bytes(path, &oldest);
	if (oldest == CLOCK_NEVER)
		return;
	size_text(bytes, size);
	if (oldest < clock_now() - 2 * TRASH_OLD)
		check_say(c, GATE_NOTE, PART, check_mend(&m, "du -sh %s/*", path),
		          "%s lie in %s, some for more than two days", size, path);
	else
		check_say(c, GATE_WELL, PART, NULL, "%s in %s", size, path);
}

void check_leftovers(const struct gate_check *c, struct gate *g)
{
	static const char digits[] = "0123456789abcdef";
	struct looking l = {c, g, 0, 0};
	char shelf[SETTINGS_TEXT + 24];

	for (unsigned i = 0; i < 256; i++) {
		gate_put(shelf, sizeof(shelf), "%s/repositories/%c%c", c->settings->data,
		         digits[i >> 4], digits[i & 15]);
		look_in(&l, shelf);
	}
	if (l.strangers > SHOWN)
		check_say(c, GATE_FAULT, PART, NULL,
		          "and %u more repositories of which the ledger knows nothing",
		          l.strangers - SHOWN);
	if (l.halves)
		check_say(c, GATE_NOTE, PART, "systemctl restart gatehouse",
		          "%u half-made folders that a crash left; the server removes them at its "
		          "next "
		          "start",
		          l.halves);
	check_trash(c);
}
