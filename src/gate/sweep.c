/* Folders that a crash left under repositories/ without a row, and half-made
 * ledgers. */
#include "gate/gate_int.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SWEEP_AGE 3600
#define SUFFIX ".git"

/* Walks a tree without following links. Removes it, or with `look` only says
 * (1) whether there is a file below objects/. */
static int tree_walk(const char *path, bool look)
{
	char copy[SETTINGS_TEXT + 256];
	char *roots[] = {copy, NULL};
	int found = 0;

	gate_put(copy, sizeof(copy), look ? "%s/objects" : "%s", path);
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!tree)
		return look; /* what can't be looked at is not empty */
	for (FTSENT *e = fts_read(tree); e; e = fts_read(tree)) {
		if (look && e->fts_info == FTS_F)
			found = 1;
		if (look && (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR))
			found = 1;
		if (look || e->fts_info == FTS_D)
			continue;
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_accpath);
		else
			unlink(e->fts_accpath);
	}
	fts_close(tree);
	return found;
}

static int folder_sweep(struct gate *g, const char *path, const char *name, unsigned *removed,
                        struct err *err)
{
	struct store_repository r;
	struct stat st;
	char id[STORE_ID];

	if (lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_mtime > clock_now() - SWEEP_AGE)
		return 0;
	if (gate_folder_id(name, id)) {
		int rc = store_repository_get(g->store, id, &r, err);
		if (rc != ERR_NOT_FOUND)
			return rc;
	}
	if (tree_walk(path, true))
		return 0;
	tree_walk(path, false);
	++*removed;
	return 0;
}

static int shelf_sweep(struct gate *g, const char *shelf, unsigned *removed, struct err *err)
{
	char path[SETTINGS_TEXT + 128];
	struct dirent *e;
	int rc = 0;

	DIR *dir = opendir(shelf);
	if (!dir)
		return errno == ENOENT || errno == ENOTDIR
		               ? 0
		               : err_system(err, errno, "can't read %s", shelf);
	while (!rc && (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (strlen(e->d_name) > 100)
			continue;
		gate_put(path, sizeof(path), "%s/%s", shelf, e->d_name);
		rc = folder_sweep(g, path, e->d_name, removed, err);
	}
	closedir(dir);
	return rc;
}

/* Beside the ledger: empty files that were to become one, "<ledger>.XXXXXX". */
static void ledger_sweep(const struct gate *g, unsigned *removed)
{
	char folder[SETTINGS_TEXT + 32];
	struct dirent *e;
	struct stat st;

	gate_settings_database(g->settings, folder);
	char *name = strrchr(folder, '/');
	if (!name)
		return;
	*name++ = 0;
	DIR *dir = opendir(folder);
	while (dir && (e = readdir(dir))) {
		size_t len = strlen(name);
		if (strncmp(e->d_name, name, len) || e->d_name[len] != '.' ||
		    strlen(e->d_name) != len + 7)
			continue;
		if (!fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode) && st.st_size == 0 &&
		    st.st_mtime <= clock_now() - SWEEP_AGE && !unlinkat(dirfd(dir), e->d_name, 0))
			++*removed;
	}
	if (dir)
		closedir(dir);
}

int gate_repository_sweep(struct gate *g, unsigned *removed, struct err *err)
{
	static const char digits[] = "0123456789abcdef";
	char shelf[SETTINGS_TEXT + 24];
	unsigned count = 0;
	int rc = 0;

	for (unsigned i = 0; i < 256 && !rc; i++) {
		gate_put(shelf, sizeof(shelf), "%s/repositories/%c%c", g->settings->data,
		         digits[i >> 4], digits[i & 15]);
		rc = shelf_sweep(g, shelf, &count, err);
	}
	ledger_sweep(g, &count);
	if (removed)
		*removed = count;
	return rc;
}

void gate_trash_empty(const char *data)
{
	static const char end[] = ".gone";
	char trash[SETTINGS_TEXT + 24], path[SETTINGS_TEXT + 128];
	struct dirent *e;

	gate_put(trash, sizeof(trash), "%s/trash", data);
	DIR *dir = opendir(trash);
	while (dir && (e = readdir(dir))) {
		size_t len = strlen(e->d_name);
		if (len < sizeof(end) || len > 64 || strcmp(e->d_name + len - strlen(end), end))
			continue;
		gate_put(path, sizeof(path), "%s/%s", trash, e->d_name);
		tree_walk(path, false);
	}
	if (dir)
		closedir(dir);
}

/* -- names in the folders -- */

struct mending {
	struct gate *g;
	struct err *err;
};

/* One that can't be written is left for the next time. */
static int mend_one(void *arg, const struct store_repository *r)
{
	struct mending *m = arg;

	return gate_folder_name(m->g, r, m->err) == ERR_MEMORY ? ERR_MEMORY : 0;
}

int gate_repository_names_mend(struct gate *g, int64_t workspace, struct err *err)
{
	struct mending m = {g, err};

	return store_repository_list(g->store, workspace, mend_one, &m, err);
}
