/* What a push must leave on the disk, and what a killed one leaves behind. */
#include "git/git_int.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECENT (24 * 3600)
#define DEPTH 12
#define LOCK_OLD 3600
#define HALF_OLD (24 * 3600)

/* -- sync -- */

/* The folders of one ref, deepest last; a part that is gone (the ref was
 * deleted) ends the walk, its parent having been synced. */
static int sync_ref(int dir, const char *ref, struct err *err)
{
	char path[GIT_PATH];
	size_t len = strlen(ref);

	if (!git_ref_valid(ref, len) || len >= sizeof(path))
		return err_set(err, ERR_INVALID, "no name of a ref");
	memcpy(path, ref, len + 1);
	for (size_t i = 0; i < len; i++) {
		int rc;

		if (path[i] != '/')
			continue;
		path[i] = '\0';
		rc = file_sync_dir(dir, path, err);
		path[i] = '/';
		if (rc)
			return rc;
	}
	return 0;
}

static bool is_hex(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789abcdef") == len;
}

/* Loose objects are rare (a push is one pack), but a certificate or another
 * program may make some: folders that changed within a day are synced. */
static int sync_objects(int dir, struct err *err)
{
	DIR *list = file_list(dir, "objects");
	struct dirent *e;
	int rc = 0;

	while (!rc && list && (e = readdir(list))) {
		struct stat st;

		if (!is_hex(e->d_name, 2) ||
		    fstatat(dirfd(list), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (st.st_mtime >= time(NULL) - RECENT)
			rc = file_sync_dir(dirfd(list), e->d_name, err);
	}
	if (!list)
		return err_system(err, errno, "can't open the objects to sync them");
	if (!rc)
		rc = file_sync_dir(dirfd(list), "pack", err);
	if (!rc)
		rc = file_sync_dir(dirfd(list), ".", err);
	closedir(list);
	return rc;
}

int git_repository_sync(const char *path, const char *refs, size_t count, struct err *err)
{
	int dir = file_open_dir(AT_FDCWD, path, err), rc;

	if (dir < 0)
		return dir;
	/* Objects first: a ref must never be safer than what it names. */
	rc = sync_objects(dir, err);
	for (; !rc && count > 0; count--, refs += strlen(refs) + 1)
		rc = sync_ref(dir, refs, err);
	if (!rc)
		rc = file_sync_dir(dir, "refs", err);
	if (!rc)
		rc = file_sync_dir(dir, "reftable", err);
	if (!rc)
		rc = file_sync_dir(dir, ".", err);
	close(dir);
	return rc;
}

/* -- sweep -- */

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool is_lock(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".lock") == 0;
}

struct sweep {
	bool shared; /* another program may be writing what lies there */
	unsigned removed;
};

static bool over(const struct sweep *s, int at, const char *name, time_t age)
{
	struct stat st;

	return !s->shared ||
	       (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime < time(NULL) - age);
}

static void remove_file(struct sweep *s, int at, const char *name, time_t age)
{
	if (over(s, at, name, age) && unlinkat(at, name, 0) == 0)
		s->removed++;
}

static void sweep_refs(struct sweep *s, int at, const char *name, int depth)
{
	DIR *list = depth > 0 ? file_list(at, name) : NULL;
	struct dirent *e;

	while (list && (e = readdir(list))) {
		struct stat st;

		if (e->d_name[0] == '.' ||
		    fstatat(dirfd(list), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			sweep_refs(s, dirfd(list), e->d_name, depth - 1);
		else if (is_lock(e->d_name))
			remove_file(s, dirfd(list), e->d_name, LOCK_OLD);
	}
	if (list)
		closedir(list);
}

static void sweep_named(struct sweep *s, int at, const char *folder, const char *with)
{
	DIR *list = file_list(at, folder);
	struct dirent *e;

	while (list && (e = readdir(list)))
		if (starts(e->d_name, with))
			remove_file(s, dirfd(list), e->d_name, HALF_OLD);
	if (list)
		closedir(list);
}

static void sweep_objects(struct sweep *s, int dir)
{
	DIR *list = file_list(dir, "objects");
	struct dirent *e;

	while (list && (e = readdir(list))) {
		if (is_hex(e->d_name, 2)) {
			sweep_named(s, dirfd(list), e->d_name, "tmp_obj_");
		} else if ((starts(e->d_name, "tmp_objdir-") || starts(e->d_name, "incoming-")) &&
		           over(s, dirfd(list), e->d_name, HALF_OLD)) {
			/* "incoming-" is what git before 2.35 called its quarantine. */
			file_remove_tree(dirfd(list), e->d_name, DEPTH);
			s->removed++;
		}
	}
	if (list)
		closedir(list);
	sweep_named(s, dir, "objects/pack", "tmp_");
	sweep_named(s, dir, "objects/pack", ".tmp-"); /* git repack's */
}

int git_repository_sweep(const char *path, bool shared, unsigned *removed, struct err *err)
{
	static const char *const locks[] = {"packed-refs.lock", "packed-refs.new", "HEAD.lock",
	                                    "shallow.lock", "config.lock"};
	struct sweep s = {.shared = shared};
	int dir = file_open_dir(AT_FDCWD, path, err);

	if (dir < 0)
		return dir;
	sweep_objects(&s, dir);
	sweep_refs(&s, dir, "refs", DEPTH);
	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++)
		remove_file(&s, dir, locks[i], LOCK_OLD);
	close(dir);
	if (removed)
		*removed = s.removed;
	return 0;
}
