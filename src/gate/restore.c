/* From a backup to a data folder. */
#include "gate/backup_int.h"

#include "base/random.h"
#include "git/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int gate_backup_find(const char *path, struct gate_backup_look *out, struct err *err)
{
	char newest[BACKUP_NAME];
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	struct stat st;

	if (dir < 0)
		return err_system(err, errno, "can't open the folder %s", path);
	if (fstatat(dir, "manifest.json", &st, 0) == 0) {
		gate_put(out->path, sizeof(out->path), "%s", path);
		rc = backup_manifest_read(dir, out, err);
	} else if (backup_newest(dir, newest)) {
		int found = openat(dir, newest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		gate_put(out->path, sizeof(out->path), "%s/%s", path, newest);
		rc = found < 0 ? err_system(err, errno, "can't open %s", newest)
		               : backup_manifest_read(found, out, err);
		if (found >= 0)
			close(found);
	} else {
		rc = err_set(err, ERR_NOT_FOUND, "%s holds no whole backup", path);
	}
	close(dir);
	return rc;
}

/* -- each repository of a backup -- */

struct walk {
	const struct gate_backup_look *look;
	int from, to; /* folders that hold "repositories"; to -1: only looked at */
	void (*progress)(void *, size_t, size_t);
	void *arg;
	size_t done;
	struct err *err;
};

static int one(struct walk *w, int from, int to, const char *name)
{
	struct git_copy copy;
	int rc = to < 0 ? git_copy_check(from, name, &copy, w->err)
	                : git_copy_restore(from, to, name, &copy, w->err);

	if (rc)
		return err_prefix(w->err, "%s", name);
	w->done++;
	if (w->progress)
		w->progress(w->arg, w->done, w->look->repositories);
	return 0;
}

struct shard {
	struct walk *walk;
	int from, to;
};

static int each_name(void *arg, const char *name)
{
	struct shard *s = arg;
	char id[STORE_ID];

	return gate_folder_id(name, id) ? one(s->walk, s->from, s->to, name) : 0;
}

static int each_shard(void *arg, const char *name)
{
	struct shard *top = arg;
	struct shard s = {top->walk, -1, -1};
	int rc = 0;

	if (strlen(name) != 2 || strspn(name, "0123456789abcdef") != 2)
		return 0;
	s.from = openat(top->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s.from < 0)
		return err_system(top->walk->err, errno, "can't open repositories/%s", name);
	if (top->to >= 0) {
		if (mkdirat(top->to, name, 0700) < 0)
			rc = err_system(top->walk->err, errno, "can't make a folder");
		s.to = openat(top->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (!rc)
		rc = backup_each(s.from, each_name, &s, top->walk->err);
	close(s.from);
	if (s.to >= 0)
		close(s.to);
	return rc;
}

static int walk_repositories(struct walk *w)
{
	struct shard top = {w, -1, -1};
	int rc = 0;

	top.from = openat(w->from, "repositories", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top.from < 0 && (errno != ENOENT || w->look->repositories))
		return err_system(w->err, errno, "can't open the backup's repositories");
	if (w->to >= 0) {
		if (mkdirat(w->to, "repositories", 0700) < 0)
			rc = err_system(w->err, errno, "can't make the folder repositories");
		top.to = openat(w->to, "repositories", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (!rc && top.from >= 0)
		rc = backup_each(top.from, each_shard, &top, w->err);
	if (!rc && w->done != w->look->repositories)
		rc = err_set(w->err, ERR_INVALID,
		             "it holds %zu repositories, and %zu were put into it", w->done,
		             w->look->repositories);
	if (top.from >= 0)
		close(top.from);
	if (top.to >= 0)
		close(top.to);
	return rc;
}

/* -- the ledger -- */

static int complain(void *arg, const char *words)
{
	return err_set(arg, ERR_INVALID, "the ledger in it is not sound: %.300s", words);
}

static int examine(const char *folder, struct err *err)
{
	char path[BACKUP_PATH + 32];

	snprintf(path, sizeof(path), "%s/gatehouse.db", folder);
	return store_examine_file(path, complain, err, err);
}

int gate_backup_check(const struct gate_backup_look *look, void (*progress)(void *, size_t, size_t),
                      void *arg, struct err *err)
{
	struct walk w = {look, -1, -1, progress, arg, 0, err};
	int rc = examine(look->path, err);

	if (rc)
		return rc;
	w.from = open(look->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w.from < 0)
		return err_system(err, errno, "can't open %s", look->path);
	rc = walk_repositories(&w);
	close(w.from);
	return rc;
}

/* -- restore -- */

static int is_free(void *arg, const char *name)
{
	if (name[0] == '.' || !strcmp(name, "lost+found"))
		return 0;
	return err_set(
	        arg, ERR_EXISTS,
	        "it is not empty (%.60s); a restore needs a data folder that is new or empty",
	        name);
}

static int open_data(const char *data, int *out, struct err *err)
{
	int rc;

	if (mkdir(data, 0700) < 0 && errno != EEXIST)
		return err_system(err, errno, "can't make the folder %s", data);
	*out = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out < 0)
		return err_system(err, errno, "can't open the folder %s", data);
	rc = backup_each(*out, is_free, err, err);
	return rc ? err_prefix(err, "%s", data) : 0;
}

/* -- what was adopted -- */

struct settling {
	const struct walk *walk;
	char (*ids)[STORE_ID];
	size_t count, room;
};

static int keep_adopted(void *arg, const struct store_repository *r)
{
	char shard[32], name[64], place[BACKUP_NAME];
	struct settling *s = arg;
	struct stat st;

	backup_place(r->id, shard, sizeof(shard), name, sizeof(name), place, sizeof(place));
	if (!*r->folder || fstatat(s->walk->from, place, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		void *more = reallocarray(s->ids, room, sizeof(*s->ids));

		if (!more)
			return ERR_MEMORY;
		s->ids = more;
		s->room = room;
	}
	memcpy(s->ids[s->count++], r->id, STORE_ID);
	return 0;
}

/* The backup has all that was in their folders, which may be gone or have gone on:
 * the restored ones lie in the data folder, as any other. */
static int settle(const struct walk *w, struct store *ledger, struct err *err)
{
	struct settling s = {.walk = w};
	int rc = store_repository_list(ledger, 0, keep_adopted, &s, err);

	if (!rc && s.count)
		rc = store_begin(ledger, err);
	for (size_t i = 0; !rc && i < s.count; i++)
		rc = store_repository_settle(ledger, s.ids[i], err);
	if (!rc && s.count)
		rc = store_commit(ledger, err);
	store_rollback(ledger);
	free(s.ids);
	return rc;
}

/* The ledger under another name: it gets its own last, so that a restore that
 * breaks off leaves none. */
static int prepare_ledger(const struct walk *w, const char *aside, struct err *err)
{
	const struct gate_backup_look *look = w->look;
	char path[BACKUP_PATH + 32];
	struct store *ledger = NULL;
	int rc = examine(look->path, err);

	snprintf(path, sizeof(path), "%s/gatehouse.db", look->path);
	unlink(aside);
	if (!rc)
		rc = store_copy_file(path, aside, err);
	if (!rc) /* an older one is brought up to today's schema */
		rc = store_open(&ledger, aside, STORE_WRITE, err);
	if (!rc)
		rc = settle(w, ledger, err);
	store_close(ledger);
	return rc;
}

static int put_ledger(const char *aside, const char *database, int data, struct err *err)
{
	if (syncfs(data) < 0)
		return err_system(err, errno, "can't sync the data folder");
	if (rename(aside, database) < 0)
		return err_system(err, errno, "can't put the ledger in its place");
	return syncfs(data) < 0 ? err_system(err, errno, "can't sync the data folder") : 0;
}

static int restore_into(struct walk *w, const char *database)
{
	char aside[BACKUP_PATH + 32];
	int rc;

	snprintf(aside, sizeof(aside), "%s.restored", database);
	w->from = open(w->look->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->from < 0)
		return err_system(w->err, errno, "can't open %s", w->look->path);
	rc = prepare_ledger(w, aside, w->err);
	if (!rc)
		rc = walk_repositories(w);
	if (!rc)
		rc = put_ledger(aside, database, w->to, w->err);
	if (rc) { /* so that it can be tried again */
		unlink(aside);
		git_copy_remove(w->to, "repositories");
	}
	close(w->from);
	return rc;
}

int gate_backup_restore(const struct gate_backup_look *look, const char *data, const char *database,
                        void (*progress)(void *, size_t, size_t), void *arg, struct err *err)
{
	struct walk w = {look, -1, -1, progress, arg, 0, err};
	int rc = open_data(data, &w.to, err);

	if (!rc)
		rc = restore_into(&w, database);
	if (w.to >= 0)
		close(w.to);
	return rc;
}
