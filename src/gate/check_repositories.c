/* Each repository of the ledger: its folder is there, is one, is the right user's,
 * and git can read all of it. */
#include "gate/adopt.h"
#include "gate/check_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART "repositories"

/* What is to be looked at, kept so that the ledger is not held meanwhile. */
struct row {
	char id[STORE_ID];
	char name[NAME_OWNER_SIZE + NAME_REPOSITORY_SIZE]; /* "acme/site" */
	bool deleted, adopted;
};
#define DISKS 32 /* of adopted folders, whose room is told */
struct rows {
	struct row *all;
	size_t count, room;
	size_t read;
	dev_t disks[DISKS];
	size_t disk_count;
};

static int keep(struct rows *l, const struct store_repository *r, bool deleted)
{
	struct row *row;

	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		void *more = realloc(l->all, room * sizeof(*l->all));
		if (!more)
			return ERR_MEMORY;
		l->all = more;
		l->room = room;
	}
	row = &l->all[l->count++];
	memcpy(row->id, r->id, sizeof(row->id));
	gate_put(row->name, sizeof(row->name), "%s/%s", r->workspace_name, r->name);
	row->deleted = deleted;
	row->adopted = *r->folder != '\0';
	return 0;
}

static int keep_living(void *arg, const struct store_repository *r)
{
	return keep(arg, r, false);
}

static int keep_deleted(void *arg, const struct store_deleted *d)
{
	return keep(arg, &d->was, true);
}

/* Where a backup has it: for the person to fill in which one. */
static const char *backup_place(const struct row *r, char out[128])
{
	gate_put(out, 128, "BACKUP/repositories/%.2s/%s.git", r->id, r->id);
	return out;
}

/* A deleted one may have gone for good meanwhile. */
static void say_missing(const struct gate_check *c, const struct row *r, const char *path,
                        const char *why)
{
	char place[128];
	struct check_mend m;

	if (r->deleted)
		check_say(c, GATE_NOTE, PART, NULL,
		          "%s, deleted and kept for a while: its folder %s %s, so that it can't be "
		          "brought back",
		          r->name, path, why);
	else if (r->adopted)
		check_say(c, GATE_FAULT, PART, check_mend(&m, "gatehouse repo disown %s", r->name),
		          "%s: its folder %s, adopted and so not in the data folder, %s; bring it "
		          "back (is a disk not mounted?), or give it up",
		          r->name, path, why);
	else
		check_say(c, GATE_FAULT, PART,
		          check_mend(&m, "cp -a %s %s", backup_place(r, place), path),
		          "%s: its folder %s %s; take it from a backup, or give it up: gatehouse "
		          "repo "
		          "delete %s",
		          r->name, path, why, r->name);
}

static bool has(const char *path, const char *part, mode_t kind)
{
	char full[GIT_PATH + 16];
	struct stat st;

	gate_put(full, sizeof(full), "%s/%s", path, part);
	return !stat(full, &st) && (st.st_mode & S_IFMT) == kind;
}

/* Folders into which a push writes; others may have changed who may. */
static bool check_access(const struct gate_check *c, const struct row *r, const char *path)
{
	static const char *const parts[] = {"", "objects", "objects/pack", "refs", "refs/heads"};
	char full[GIT_PATH + 16];
	struct check_mend m;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		gate_put(full, sizeof(full), "%s/%s", path, parts[i]);
		if (!access(full, R_OK | W_OK | X_OK) || errno == ENOENT)
			continue;
		check_say(c, GATE_FAULT, PART,
		          check_mend(&m, "setfacl -R -m u:%s:rwX -m d:u:%s:rwX %s",
		                     c->settings->run_as[0] ? c->settings->run_as : "USER",
		                     c->settings->run_as[0] ? c->settings->run_as : "USER", path),
		          "%s: the server's user can't read and write %s (%s)", r->name, full,
		          strerror(errno));
		return false;
	}
	return true;
}

static bool check_adopted(const struct gate_check *c, const struct row *r, const char *path)
{
	struct err err = {0};
	struct check_mend m;
	struct stat st;

	if (lstat(path, &st)) {
		say_missing(c, r, path, errno == ENOENT ? "is missing" : strerror(errno));
		return false;
	}
	if (!git_folder_stands(path, c->settings->data, &err))
		return check_access(c, r, path);
	check_say(c, GATE_FAULT, PART, check_mend(&m, "ls -ld %s", path),
	          "%s: %s; put the right folder there, or give it up: gatehouse repo disown %s",
	          r->name, err.text, r->name);
	return false;
}

/* False: git need not look. */
static bool check_folder(const struct gate_check *c, const struct row *r, const char *path)
{
	struct stat st, data;

	if (r->adopted)
		return check_adopted(c, r, path);

	if (lstat(path, &st)) {
		say_missing(c, r, path, errno == ENOENT ? "is missing" : strerror(errno));
		return false;
	}
	if (!has(path, "HEAD", S_IFREG) || !has(path, "objects", S_IFDIR) ||
	    !has(path, "refs", S_IFDIR)) {
		say_missing(c, r, path, "is no repository: HEAD, objects or refs are missing");
		return false;
	}
	if (!stat(c->settings->data, &data) && data.st_uid != st.st_uid) {
		struct check_mend m;
		check_say(c, GATE_FAULT, PART,
		          check_mend(&m, "chown -R --reference=%s %s", c->settings->data, path),
		          "%s: its folder belongs to another user than the data folder", r->name);
	}
	return true;
}

/* Objects are named by what is in them, so that those of a backup, or of anybody's
 * clone, stand in for the lost ones. */
static void say_damaged(const struct gate_check *c, const struct row *r, const char *path,
                        const struct git_checked *found)
{
	char place[128];
	struct check_mend m;

	check_say(
	        c, GATE_FAULT, PART,
	        check_mend(&m, "cp -af %s/objects/. %s/objects/", backup_place(r, place), path),
	        "%s is damaged (%s; %u such lines): put back what is lost, from the newest backup "
	        "or from a whole clone's .git/objects, then check again",
	        r->name, found->fault, found->faults);
}

static void check_objects(const struct gate_check *c, struct rows *l, const struct row *r,
                          const char *path, const struct git_host *host)
{
	struct git_checked found;
	struct err err = {0};

	if (git_repository_check(host, path, &found, &err)) {
		check_say(c, GATE_FAULT, PART, NULL, "%s could not be looked at: %s", r->name,
		          err.text);
		return;
	}
	if (found.state == GIT_DAMAGED)
		say_damaged(c, r, path, &found);
	l->read++;
	if (found.state == GIT_MALFORMED)
		check_say(
		        c, GATE_NOTE, PART, NULL,
		        "%s: nothing is lost, but its history holds objects that git would not "
		        "make today (%s; %u such lines); a push that brings them anew needs a more "
		        "lenient check",
		        r->name, found.fault, found.faults);
}

/* Found anew, since it may have been deleted while others were read. */
static int place_of(struct gate *g, const struct row *r, char path[GIT_PATH], struct err *err)
{
	struct store_repository now;
	int rc;

	if (r->deleted)
		return git_repository_path(g->settings->data, r->id, path, err);
	rc = store_repository_get(g->store, r->id, &now, err);
	return rc ? rc : gate_repository_path(g, &now, path, GIT_PATH, err);
}

/* The room on each disk that adopted folders lie on, once; the data folder's is told
 * with that folder. */
static void check_adopted_disk(const struct gate_check *c, struct rows *l, const char *path)
{
	struct stat st, data;

	if (l->disk_count == DISKS || stat(path, &st) ||
	    (!stat(c->settings->data, &data) && st.st_dev == data.st_dev))
		return;
	for (size_t i = 0; i < l->disk_count; i++)
		if (l->disks[i] == st.st_dev)
			return;
	l->disks[l->disk_count++] = st.st_dev;
	check_disk(c, path);
}

static void check_row(const struct gate_check *c, struct gate *g, struct rows *l,
                      const struct row *r, const struct git_host *host)
{
	char path[GIT_PATH];
	struct err err = {0};
	int rc = place_of(g, r, path, &err);

	if (rc) {
		if (rc != ERR_NOT_FOUND)
			check_say(c, GATE_FAULT, PART, NULL, "%s: %s", r->name, err.text);
		return;
	}
	if (r->adopted)
		check_adopted_disk(c, l, path);
	if (check_folder(c, r, path) && host)
		check_objects(c, l, r, path, host);
}

/* What a newer program takes for its own, or for a name, leads nowhere. */
static int check_address(void *arg, const char *path, const char *repository)
{
	const struct gate_check *c = arg;
	const char *fault = policy_name_address_fault(path, strlen(path));
	struct check_mend m;

	if (fault)
		check_say(c, GATE_FAULT, PART,
		          check_mend(&m, "gatehouse repo alias remove %s %s", repository, path),
		          "%s: the old address %s no longer leads to it: %s", repository, path,
		          fault);
	return 0;
}

void check_repositories(const struct gate_check *c, struct gate *g, const struct git_host *host)
{
	struct rows l = {0};
	struct err err = {0};
	int rc = gate_repository_list(g, NULL, keep_living, &l, &err);

	if (!rc)
		rc = gate_deleted_list(g, keep_deleted, &l, &err);
	if (rc)
		check_say(c, GATE_FAULT, PART, NULL, "they can't all be listed: %s", err.text);
	for (size_t i = 0; i < l.count; i++) {
		if (c->progress && host)
			c->progress(c->arg, i, l.count, l.all[i].name);
		check_row(c, g, &l, &l.all[i], host);
	}
	if (c->progress && host)
		c->progress(c->arg, l.count, l.count, "");
	if (store_address_list(g->store, check_address, (void *)c, &err))
		check_say(c, GATE_FAULT, PART, NULL, "old addresses can't be listed: %s", err.text);
	if (host)
		check_say(c, GATE_WELL, PART, NULL, "%zu, %zu of them read by git fsck", l.count,
		          l.read);
	else
		check_say(c, GATE_WELL, PART, NULL, "%zu; their objects were not looked at",
		          l.count);
	free(l.all);
}
