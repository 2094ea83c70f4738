/* Backups, and back. */
#include "admin/admin_int.h"

#include "base/size.h"
#include "gate/backup.h"
#include "git/git.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEPT 7
#define IDLE_IO (2 << 13 | 7) /* best effort, last (ioprio_set(2)) */

static const char *many(struct admin *a, size_t count, const char *one, const char *more)
{
	const char *text = arena_printf(&a->arena, "%zu %s", count, count == 1 ? one : more);

	return text ? text : "";
}

/* One line that is written over and over, for somebody who watches. */
static void progress(void *arg, size_t done, size_t total)
{
	struct admin *a = arg;

	if (a->quiet || !isatty(STDERR_FILENO))
		return;
	fprintf(a->complaints, "\r%zu of %zu repositories%s", done, total,
	        done == total ? "\n" : "");
	fflush(a->complaints);
}

struct backing_up {
	struct admin *a;
	struct git_host host;
};

static void backup_progress(void *arg, size_t done, size_t total)
{
	struct backing_up *w = arg;

	progress(w->a, done, total);
}

static void damage(void *arg, const struct store_repository *r, const char *words)
{
	struct backing_up *w = arg;

	fprintf(w->a->complaints, "gatehouse: %s/%s: %s\n", r->workspace_name, r->name,
	        admin_safe(w->a, words));
}

/* Malformed history is as old as it is, and no damage. */
static bool sound(void *arg, const char *path, char *why, size_t size)
{
	struct backing_up *w = arg;
	struct git_checked found;
	struct err err = {0};

	if (git_repository_check(&w->host, path, &found, &err))
		snprintf(why, size, "its copy could not be looked at: %.300s", err.text);
	else if (found.state == GIT_DAMAGED)
		snprintf(why, size, "it is damaged, and so is its copy: %.300s", found.fault);
	else
		return true;
	return false;
}

/* The people who are served go first. */
void admin_step_back(void)
{
	if (nice(10) == -1)
		return;
	syscall(SYS_ioprio_set, 1 /* this process */, 0, IDLE_IO);
}

static void made_print(struct admin *a, const struct gate_backup_done *d)
{
	char copied[SIZE_TEXT], shared[SIZE_TEXT];

	admin_print(a, "Made the backup %s\n", admin_safe(a, d->path));
	admin_print(a, "  holds    %s with %s, and the ledger\n",
	            many(a, d->repositories, "repository", "repositories"),
	            many(a, d->refs, "ref", "refs"));
	admin_print(a, "  copied   %s\n", size_text(d->bytes, copied));
	admin_print(a, "  shared   %s with the backup before it\n",
	            size_text(d->linked_bytes, shared));
	if (d->removed)
		admin_print(a, "  removed  %s\n", many(a, d->removed, "old backup", "old backups"));
	admin_print(a, "To look at it again: gatehouse restore --check %s\n",
	            admin_safe(a, d->path));
}

static json_t *made_json(const struct gate_backup_done *d)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "path", d->path,
	                 "repositories", (json_int_t)d->repositories, "refs", (json_int_t)d->refs,
	                 "left_out", (json_int_t)d->left_out, "damaged", (json_int_t)d->damaged,
	                 "bytes", (json_int_t)d->bytes, "shared_bytes", (json_int_t)d->linked_bytes,
	                 "removed", (json_int_t)d->removed);
}

static int made_show(struct admin *a, const struct gate_backup_done *d)
{
	int rc = 0;

	if (a->json)
		rc = admin_json(a, made_json(d));
	else if (a->quiet)
		admin_print(a, "%s\n", d->path);
	else
		made_print(a, d);
	if (rc || (!d->left_out && !d->damaged))
		return rc;
	return err_set(&a->err, ERR_INVALID,
	               "the backup was made, but %s could not be copied, and %s not sound (named "
	               "above); gatehouse check says how to mend them",
	               many(a, d->left_out, "repository", "repositories"),
	               many(a, d->damaged, "copy is", "copies are"));
}

int admin_backup(struct admin *a)
{
	struct backing_up w = {.a = a};
	struct gate_backup ask = {.folder = a->args[0],
	                          .progress = backup_progress,
	                          .sound = admin_flag(a, "quick") ? NULL : sound,
	                          .damage = damage,
	                          .arg = &w};
	struct gate_backup_done done;
	int rc = admin_number(a, "keep", KEPT, 0, &ask.keep);

	if (rc)
		return rc;
	rc = admin_host_open(&w.host, &a->err);
	if (rc)
		return rc;
	admin_step_back();
	rc = gate_backup_make(&a->gate, &ask, &done, &a->err);
	git_host_clear(&w.host);
	return rc ? rc : made_show(a, &done);
}

static void restored_print(struct admin *a, const struct gate_backup_look *look)
{
	admin_print(a, "Restored %s with %s from %s, made %s.\n",
	            many(a, look->repositories, "repository", "repositories"),
	            many(a, look->refs, "ref", "refs"), admin_safe(a, look->path),
	            admin_safe(a, look->made));
	admin_print(a, "People, rights and tokens are those of that moment.\nNext:\n");
	if (geteuid() == 0)
		admin_print(a, "  chown -R USER: %s    (the user the server runs as)\n",
		            admin_safe(a, a->settings.data));
	admin_print(a,
	            "  put the settings and the certificate back; a backup holds neither\n"
	            "  gatehouse --data %s check\n  gatehouse --data %s serve ...\n",
	            admin_safe(a, a->settings.data), admin_safe(a, a->settings.data));
}

int admin_restore(struct admin *a)
{
	char database[SETTINGS_TEXT + 32];
	struct gate_backup_look look;
	bool check = admin_flag(a, "check");
	int rc = gate_backup_find(a->args[0], &look, &a->err);

	if (!rc && check)
		rc = gate_backup_check(&look, progress, a, &a->err);
	else if (!rc)
		rc = admin_settings(&a->source, &a->settings, &a->err);
	if (!rc && !check)
		rc = admin_become_owner(a);
	if (!rc && !check) {
		umask(077);
		rc = gate_backup_restore(&look, a->settings.data,
		                         gate_settings_database(&a->settings, database), progress,
		                         a, &a->err);
	}
	if (rc)
		return err_prefix(&a->err, "%s", check ? "the backup is damaged" : "not restored");
	if (a->quiet)
		admin_print(a, "%s\n", look.path);
	else if (check)
		admin_print(a, "%s, made %s, is whole: %s, all files as they were copied.\n",
		            admin_safe(a, look.path), admin_safe(a, look.made),
		            many(a, look.repositories, "repository", "repositories"));
	else
		restored_print(a, &look);
	return 0;
}
