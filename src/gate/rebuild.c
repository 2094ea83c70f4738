/* The new ledger: written aside in one transaction, then put in its place. */
#include "gate/rebuild_int.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct rebuilding {
	const struct gate_rebuild *ask;
	struct gate_rebuild_done *done;
	struct rebuild_all found;
	struct gate gate;
	struct store_user owner;
	struct err *err;
};

/* -- rows -- */

static int user_make(struct rebuilding *w, const char *typed, struct store_user *out)
{
	struct store_user u = {0};
	int rc = gate_owner_name(u.name, typed, "the user", w->err);

	if (!rc)
		rc = store_user_add(w->gate.store, &u, clock_now(), w->err);
	if (rc == ERR_EXISTS)
		return err_set(w->err, rc, "the user %.62s is named twice", typed);
	if (!rc) {
		w->done->workspaces++;
		*out = u;
	}
	return rc;
}

static int user_item(void *arg, const char *item, struct err *err)
{
	struct store_user u;

	(void)err;
	return user_make(arg, item, &u);
}

static int workspace_of(struct rebuilding *w, const char *name, struct store_workspace *out)
{
	int rc = store_workspace_get(w->gate.store, name, out, NULL);

	if (rc != ERR_NOT_FOUND)
		return rc;
	memset(out, 0, sizeof(*out));
	gate_put(out->name, sizeof(out->name), "%s", name);
	policy_name_fold(out->name);
	out->creation = CREATION_OWNERS;
	rc = store_workspace_add(w->gate.store, out, w->owner.id, clock_now(), w->err);
	w->done->workspaces += !rc;
	return rc;
}

static int repository_make(struct rebuilding *w, const struct rebuild_one *one)
{
	struct store_repository r = {.visibility = VISIBILITY_PRIVATE, .check = CHECK_STRICT};
	struct store_workspace ws;
	int rc = workspace_of(w, one->workspace, &ws);

	if (rc)
		return rc;
	memcpy(r.id, one->id, sizeof(r.id));
	r.workspace = ws.id;
	gate_put(r.name, sizeof(r.name), "%s", one->name);
	gate_put(r.default_branch, sizeof(r.default_branch), "%s", one->branch);
	gate_put(r.format, sizeof(r.format), "%s", one->format);
	gate_put(r.folder, sizeof(r.folder), "%s", one->folder);
	rc = store_repository_add(w->gate.store, &r, clock_now(), w->err);
	return rc ? err_prefix(w->err, "%s/%s", one->workspace, one->name) : 0;
}

static int rows_make(struct rebuilding *w)
{
	int rc = user_make(w, w->ask->owner, &w->owner);

	if (!rc && w->ask->users)
		rc = gate_items(w->ask->users, user_item, w, w->err);
	for (size_t i = 0; i < w->found.count && !rc; i++)
		if (!*w->found.all[i].why)
			rc = repository_make(w, &w->found.all[i]);
	return rc;
}

static int ledger_fill(struct rebuilding *w)
{
	char note[STORE_TEXT] = "";
	int rc = gate_change_begin(&w->gate, w->err);

	if (rc)
		return rc;
	rc = rows_make(w);
	if (!rc)
		gate_put(note, sizeof(note), "%zu repositories from their own config",
		         w->done->repositories);
	return gate_change_end(&w->gate, rc,
	                       &(struct gate_change){"ledger rebuild", w->ask->owner, note, NULL},
	                       w->err);
}

/* -- files -- */

static void drop_aside(const char *aside)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char path[SETTINGS_TEXT + 64];

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		gate_put(path, sizeof(path), "%s%s", aside, tails[i]);
		unlink(path);
	}
}

/* What the lost ledger left would be taken for the new one's. */
static int tail_move(const char *database, struct err *err)
{
	char from[SETTINGS_TEXT + 64], to[SETTINGS_TEXT + 80];

	gate_put(from, sizeof(from), "%s-shm", database);
	unlink(from);
	gate_put(from, sizeof(from), "%s-wal", database);
	gate_put(to, sizeof(to), "%s.lost", from);
	if (rename(from, to) < 0 && errno != ENOENT)
		return err_system(err, errno, "can't move %s out of the way", from);
	return 0;
}

static int put_in_place(const char *aside, const char *database, struct err *err)
{
	char folder[SETTINGS_TEXT + 32];
	int fd, rc = tail_move(database, err);

	gate_put(folder, sizeof(folder), "%.*s", (int)(strrchr(database, '/') - database),
	         database);
	fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!rc && (fd < 0 || syncfs(fd) < 0))
		rc = err_system(err, errno, "can't sync its folder");
	if (!rc && renameat2(AT_FDCWD, aside, AT_FDCWD, database, RENAME_NOREPLACE) < 0)
		rc = err_system(err, errno, "can't put the ledger in its place");
	if (!rc && syncfs(fd) < 0)
		rc = err_system(err, errno, "can't sync its folder");
	if (fd >= 0)
		close(fd);
	return rc;
}

static int ledger_write(struct rebuilding *w, const char *database)
{
	struct gate_settings *aside = malloc(sizeof(*aside));
	int rc;

	if (!aside)
		return err_set(w->err, ERR_MEMORY, "out of memory");
	*aside = *w->ask->settings;
	gate_put(aside->database, sizeof(aside->database), "%s.rebuilt", database);
	drop_aside(aside->database);
	rc = gate_open(&w->gate, aside, STORE_WRITE, w->err);
	if (!rc) {
		gate_put(w->gate.actor, sizeof(w->gate.actor), "%s", w->ask->actor);
		rc = ledger_fill(w);
		gate_close(&w->gate);
	}
	if (!rc)
		rc = put_in_place(aside->database, database, w->err);
	if (rc)
		drop_aside(aside->database);
	free(aside);
	return rc;
}

/* -- the whole -- */

/* What is there stays, and who runs on the folder is not disturbed. */
static int may_write(const struct gate_rebuild *ask, const char *database, int *lock,
                     struct err *err)
{
	char path[SETTINGS_TEXT + 24];
	struct stat st;

	if (!lstat(database, &st))
		return err_set(err, ERR_EXISTS,
		               "there is a ledger at %s, and it stays as it is; only a lost one is "
		               "made anew (move it away to have that)",
		               database);
	if (errno != ENOENT)
		return err_system(err, errno, "can't look for %s", database);
	gate_put(path, sizeof(path), "%s/run/lock", ask->settings->data);
	*lock = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, ERR_BUSY, "a server runs on this folder: stop it first");
	return 0;
}

static int look_first(const struct gate_rebuild *ask, struct err *err)
{
	char path[SETTINGS_TEXT + 24], owner[NAME_OWNER_SIZE];
	struct stat st;

	gate_put(path, sizeof(path), "%s/repositories", ask->settings->data);
	if (stat(path, &st))
		return err_system(err, errno, "can't look into %s", path);
	return gate_owner_name(owner, ask->owner, "the owner", err);
}

static void tell(struct rebuilding *w)
{
	for (size_t i = 0; i < w->found.count; i++) {
		const struct rebuild_one *r = &w->found.all[i];
		char name[NAME_PATH_SIZE + 256];

		gate_put(name, sizeof(name), "%s/%s", r->workspace, r->name);
		w->done->left += *r->why != 0;
		w->done->repositories += !*r->why;
		w->ask->say(w->ask->arg,
		            &(struct gate_rebuilt){*r->folder ? r->folder : r->path,
		                                   *r->name ? name : "", *r->why ? r->why : NULL,
		                                   r->proposal, r->changed});
	}
}

static int rebuild(struct rebuilding *w, const char *database)
{
	int rc = rebuild_find(w->ask, &w->found, w->err);

	if (!rc)
		rc = rebuild_name(w->ask, &w->found, w->err);
	if (rc)
		return rc;
	tell(w);
	if (w->ask->dry_run)
		return 0;
	if (w->done->left && !w->ask->partial)
		return err_set(w->err, ERR_INVALID, "nothing was written: %zu of %zu have no place",
		               w->done->left, w->found.count);
	return ledger_write(w, database);
}

int gate_rebuild(const struct gate_rebuild *ask, struct gate_rebuild_done *out, struct err *err)
{
	struct rebuilding w = {.ask = ask, .done = out, .err = err};
	char database[SETTINGS_TEXT + 32];
	int lock = -1, rc;

	memset(out, 0, sizeof(*out));
	gate_settings_database(ask->settings, database);
	rc = look_first(ask, err);
	if (!rc && !ask->dry_run)
		rc = may_write(ask, database, &lock, err);
	if (!rc)
		rc = rebuild(&w, database);
	free(w.found.all);
	if (lock >= 0)
		close(lock);
	return rc;
}
