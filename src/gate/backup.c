/* Making a backup. The repositories come first and the ledger after them, so
 * that every repository of the ledger has been seen; those that are new in it
 * are copied then. */
#include "gate/adopt.h"
#include "gate/backup_int.h"

#include "base/clock.h"
#include "base/random.h"
#include "git/copy.h"
#include "git/git.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROUNDS 4

struct making {
	struct gate *g;
	const struct gate_backup *ask;
	struct gate_backup_done *out;
	char root[PATH_MAX];   /* DIR, resolved */
	int dir, made, before; /* DIR, the new backup, the one before it or -1 */
	char name[64];         /* ".new-…" */
	struct store_repository *list;
	size_t count, room;
};

/* -- the folder -- */

/* Whether `path` lies in the folder `within`, links resolved. */
static bool lies_in(const char *path, const char *within)
{
	char a[PATH_MAX], b[PATH_MAX];

	if (!realpath(path, a) || !realpath(within, b))
		return false;
	size_t len = strlen(b);
	return strncmp(a, b, len) == 0 && (a[len] == '/' || !a[len]);
}

static int open_folder(struct making *m, struct err *err)
{
	const char *folder = m->ask->folder;

	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return err_system(err, errno, "can't make the folder %s", folder);
	if (lies_in(folder, m->g->settings->data))
		return err_set(err, ERR_INVALID,
		               "%s lies in the data folder: a backup must lie somewhere else, best "
		               "on another disk",
		               folder);
	m->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->dir < 0 || !realpath(folder, m->root))
		return err_system(err, errno, "can't open the folder %s", folder);
	if (flock(m->dir, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, ERR_BUSY, "another backup is being written to %s", folder);
	return 0;
}

static int remove_broken(void *arg, const char *name)
{
	struct making *m = arg;

	if (strncmp(name, ".new-", 5) == 0)
		git_copy_remove(m->dir, name);
	return 0;
}

static int begin(struct making *m, struct err *err)
{
	char newest[BACKUP_NAME];
	int rc = open_folder(m, err);

	if (!rc)
		rc = backup_each(m->dir, remove_broken, m, err);
	if (!rc && backup_newest(m->dir, newest))
		m->before = openat(m->dir, newest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rc)
		return rc;
	snprintf(m->name, sizeof(m->name), ".new-");
	random_reference(m->name + strlen(m->name), 12);
	if (mkdirat(m->dir, m->name, 0700) < 0)
		return err_system(err, errno, "can't make a folder in %s", m->ask->folder);
	m->made = openat(m->dir, m->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return m->made < 0 ? err_system(err, errno, "can't open the new backup") : 0;
}

/* -- repositories -- */

static int keep_row(void *arg, const struct store_repository *r)
{
	struct making *m = arg;

	if (m->count == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		struct store_repository *more = reallocarray(m->list, room, sizeof(*more));

		if (!more)
			return ERR_MEMORY;
		m->list = more;
		m->room = room;
	}
	m->list[m->count++] = *r;
	return 0;
}

/* Deleted ones can still be brought back: their folders are kept too. */
static int keep_deleted(void *arg, const struct store_deleted *d)
{
	return keep_row(arg, &d->was);
}

static int list_rows(struct making *m, struct store *s, struct err *err)
{
	int rc;

	m->count = 0;
	rc = store_repository_list(s, 0, keep_row, m, err);
	return rc ? rc : store_deleted_list(s, CLOCK_NEVER, keep_deleted, m, err);
}

static int open_shard(int at, const char *shard, bool make, struct err *err)
{
	int fd;

	if (make && ((mkdirat(at, "repositories", 0700) < 0 && errno != EEXIST) ||
	             (mkdirat(at, shard, 0700) < 0 && errno != EEXIST)))
		return err_system(err, errno, "can't make a folder in the backup");
	fd = openat(at, shard, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_system(err, errno, "can't open %s in the backup", shard) : fd;
}

/* The folder of the same repository in the backup before this one, or -1. */
static int open_before(const struct making *m, const char *place)
{
	return m->before < 0
	               ? -1
	               : openat(m->before, place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void tell_damage(struct making *m, const struct store_repository *r, const char *words)
{
	if (m->ask->damage)
		m->ask->damage(m->ask->arg, r, words);
}

/* What was copied as it was found is looked at: a copy that git can't read
 * would be found out when it is needed. */
static void look_at(struct making *m, const struct store_repository *r, const char *place,
                    const struct git_copy *copy)
{
	char path[PATH_MAX + BACKUP_NAME + 80], why[400];
	bool damaged = copy->damaged > 0;

	if (damaged)
		tell_damage(m, r, copy->damage);
	snprintf(path, sizeof(path), "%s/%s/%s", m->root, m->name, place);
	if (m->ask->sound && copy->fresh && !m->ask->sound(m->ask->arg, path, why, sizeof(why))) {
		tell_damage(m, r, why);
		damaged = true;
	}
	m->out->damaged += damaged;
}

static int copy_one(struct making *m, const struct store_repository *r, const char *source,
                    struct err *err)
{
	char shard[32], name[64], place[BACKUP_NAME];
	struct git_copy copy;
	int to, before, rc;

	backup_place(r->id, shard, sizeof(shard), name, sizeof(name), place, sizeof(place));
	to = open_shard(m->made, shard, true, err);
	if (to < 0)
		return to;
	before = open_before(m, place);
	rc = git_copy_make(source, to, name, before, &copy, err);
	if (before >= 0)
		close(before);
	if (rc)
		git_copy_remove(to, name);
	close(to);
	if (rc)
		return rc;
	look_at(m, r, place, &copy);
	m->out->refs += copy.refs;
	m->out->bytes += copy.bytes;
	m->out->linked_bytes += copy.linked_bytes;
	return 0;
}

static bool copied(const struct making *m, const char *id)
{
	char shard[32], name[64], place[BACKUP_NAME];
	struct stat st;

	backup_place(id, shard, sizeof(shard), name, sizeof(name), place, sizeof(place));
	return fstatat(m->made, place, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What can't be copied is told and left out; a full disk ends it all. */
static int copy_row(struct making *m, const struct store_repository *r, struct err *err)
{
	char source[GIT_PATH];
	struct err own = {0};
	int rc;

	if (copied(m, r->id))
		return 0;
	rc = gate_repository_reach(m->g, r, source, sizeof(source), &own);
	if (!rc)
		rc = copy_one(m, r, source, &own);
	if (!rc)
		return 0;
	if (rc == ERR_FULL || rc == ERR_MEMORY)
		return err_set(err, rc, "%s/%s: %s", r->workspace_name, r->name, own.text);
	m->out->left_out++;
	tell_damage(m, r, own.text);
	return 0;
}

static int copy_rows(struct making *m, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < m->count; i++) {
		rc = copy_row(m, &m->list[i], err);
		if (m->ask->progress)
			m->ask->progress(m->ask->arg, i + 1, m->count);
	}
	return rc;
}

/* -- the ledger -- */

static int complain(void *arg, const char *words)
{
	err_set(arg, ERR_IO, "the copy of the ledger is not sound: %.300s", words);
	return ERR_IO;
}

/* The copy, read again as a ledger of its own: sound, and with which
 * repositories. */
static int read_copy(struct making *m, const char *path, struct err *err)
{
	struct store *copy = NULL;
	int rc = store_open(&copy, path, STORE_READ, err);

	if (!rc)
		rc = store_examine(copy, complain, err, err);
	if (!rc)
		rc = list_rows(m, copy, err);
	store_close(copy);
	return rc;
}

static size_t missing(const struct making *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		n += !copied(m, m->list[i].id);
	return n;
}

/* Until every repository of the copied ledger was copied too: those that are
 * made meanwhile come in the next round. */
static int copy_all(struct making *m, struct err *err)
{
	char path[BACKUP_PATH + 96];
	int rc = list_rows(m, m->g->store, err);

	snprintf(path, sizeof(path), "%s/%s/gatehouse.db", m->ask->folder, m->name);
	for (int round = 0; !rc && round < ROUNDS; round++) {
		m->out->left_out = 0;
		rc = copy_rows(m, err);
		unlink(path);
		if (!rc)
			rc = store_copy(m->g->store, path, err);
		if (!rc)
			rc = read_copy(m, path, err);
		if (rc || missing(m) == m->out->left_out)
			break;
	}
	m->out->repositories = m->count - missing(m);
	return rc;
}

/* -- the end -- */

static int remove_old(void *arg, const char *name)
{
	struct making *m = arg;
	struct stat st;
	size_t newer = 0;
	char path[BACKUP_NAME + 32];

	snprintf(path, sizeof(path), "%s/manifest.json", name);
	if (!backup_is_name(name) || fstatat(m->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	backup_count_newer(m->dir, name, &newer);
	if (newer < m->ask->keep)
		return 0;
	/* without its manifest it is none any more, should we be cut off */
	unlinkat(m->dir, path, 0);
	git_copy_remove(m->dir, name);
	m->out->removed++;
	return 0;
}

static int put_in_place(struct making *m, struct err *err)
{
	char name[BACKUP_NAME];

	backup_name(clock_now(), 0, name);
	for (unsigned again = 1; again < 100; again++) {
		if (renameat2(m->dir, m->name, m->dir, name, RENAME_NOREPLACE) == 0) {
			snprintf(m->out->path, sizeof(m->out->path), "%s/%s", m->ask->folder, name);
			return fsync(m->dir) < 0
			               ? err_system(err, errno, "can't sync %s", m->ask->folder)
			               : 0;
		}
		if (errno != EEXIST)
			return err_system(err, errno, "can't put the backup in its place");
		backup_name(clock_now(), again, name);
	}
	return err_set(err, ERR_EXISTS, "too many backups of this second");
}

static int end(struct making *m, struct err *err)
{
	int rc = backup_manifest_write(m->made, m->out, err);

	if (!rc && syncfs(m->made) < 0)
		rc = err_system(err, errno, "can't sync the backup");
	if (!rc)
		rc = put_in_place(m, err);
	if (!rc && m->ask->keep)
		rc = backup_each(m->dir, remove_old, m, err);
	return rc;
}

int gate_backup_make(struct gate *g, const struct gate_backup *ask, struct gate_backup_done *out,
                     struct err *err)
{
	struct making m = {.g = g, .ask = ask, .out = out, .dir = -1, .made = -1, .before = -1};
	int rc;

	memset(out, 0, sizeof(*out));
	rc = begin(&m, err);
	if (!rc)
		rc = copy_all(&m, err);
	if (!rc)
		rc = end(&m, err);
	if (rc && m.made >= 0)
		git_copy_remove(m.dir, m.name);
	if (m.before >= 0)
		close(m.before);
	if (m.made >= 0)
		close(m.made);
	if (m.dir >= 0)
		close(m.dir);
	free(m.list);
	return rc;
}
