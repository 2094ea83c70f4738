/* The ledger: there, whole, of this schema, and not from the future. Then what it
 * leads to. */
#include "gate/check_int.h"

#include "base/clock.h"
#include "base/size.h"
#include "gate/history.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART "ledger"
#define AHEAD 120 /* seconds a row may be before our clock */

struct telling {
	const struct gate_check *c;
	unsigned faults;
};

static bool has_repositories(const struct gate_check *c)
{
	char path[SETTINGS_TEXT + 24];
	struct stat st;

	gate_put(path, sizeof(path), "%s/repositories", c->settings->data);
	return !stat(path, &st) && st.st_nlink > 2;
}

static void say_missing(const struct gate_check *c, const char *path)
{
	const char *data = c->settings->data;
	struct check_mend m;

	if (has_repositories(c))
		check_say(
		        c, GATE_FAULT, PART,
		        check_mend(&m, "gatehouse --data %s rebuild --owner NAME", data),
		        "there is none at %s, but repositories: put it back from a backup, or make "
		        "one anew from what the repositories know",
		        path);
	else
		check_say(c, GATE_FAULT, PART,
		          check_mend(&m, "gatehouse --data %s user add NAME --admin", data),
		          "there is none at %s yet", path);
}

static int tell(void *arg, const char *words)
{
	struct telling *t = arg;
	char path[SETTINGS_TEXT + 32];
	struct check_mend m;

	gate_settings_database(t->c->settings, path);
	if (!t->faults++)
		check_say(t->c, GATE_FAULT, PART,
		          check_mend(&m,
		                     "systemctl stop gatehouse; mv %s %s.damaged; rm -f %s-wal "
		                     "%s-shm; cp BACKUP/gatehouse.db %s",
		                     path, path, path, path, path),
		          "it is damaged: put it back from the newest backup, or with `gatehouse "
		          "rebuild` make one anew");
	check_say(t->c, GATE_FAULT, PART, NULL, "%s", words);
	return 0;
}

static const char *mend_of(int code)
{
	if (code == ERR_DENIED)
		return "sudo gatehouse check";
	return NULL;
}

/* All its pages, and what belongs together in them. False: it can't be used. */
static bool check_whole(const struct gate_check *c, const char *path)
{
	struct telling t = {c, 0};
	struct err err = {0};
	int rc = store_examine_file(path, tell, &t, &err);

	if (rc == ERR_DENIED || rc == ERR_NEWER || rc == ERR_BUSY || rc == ERR_MEMORY)
		check_say(c, GATE_FAULT, PART, mend_of(rc), "%s", err.text);
	else if (rc && !t.faults)
		tell(&t, err.text);
	return !rc;
}

static int audit_keep(void *arg, const struct store_audit *row)
{
	*(int64_t *)arg = row->last > row->at ? row->last : row->at;
	return 0;
}

static void check_newest(const struct gate_check *c, struct gate *g)
{
	struct store_audit_filter newest = {.most = 1};
	char text[CLOCK_TEXT];
	int64_t at = 0;

	if (gate_history(g, &newest, audit_keep, &at, NULL) || at <= clock_now() + AHEAD)
		return;
	check_say(c, GATE_FAULT, "clock", "timedatectl set-ntp true",
	          "the newest row of the audit is of %s, which is to come: the clock is behind, or "
	          "was ahead",
	          clock_text(at, text));
}

static void say_whole(const struct gate_check *c, struct gate *g, const char *path)
{
	int64_t bytes = 0, empty = 0;
	char all[SIZE_TEXT], part[SIZE_TEXT];

	if (store_space(g->store, &bytes, &empty, NULL))
		return;
	check_say(c, GATE_WELL, PART, NULL, "%s is whole: schema %d, %s, %s of it free", path,
	          store_schema, size_text(bytes, all), size_text(empty, part));
}

/* What git needs to read repositories; NULL after it said why not. */
static const struct git_host *host_open(const struct gate_check *c, struct git_host *h)
{
	char box[SETTINGS_TEXT + 32];

	gate_put(box, sizeof(box), "%s/gatehouse-box", c->programs);
	return git_host_init(h, box, NULL, NULL) ? NULL : h;
}

static void check_open(const struct gate_check *c, struct gate *g, bool quick)
{
	struct git_host host;
	const struct git_host *h = quick ? NULL : host_open(c, &host);

	check_newest(c, g);
	check_repositories(c, g, h);
	if (h)
		git_host_clear(&host);
	if (!quick && !h)
		check_say(c, GATE_NOTE, "repositories", NULL,
		          "their objects were not looked at: git can't be used, see above");
}

static bool ledger_open(const struct gate_check *c, const char *path, struct gate *g)
{
	struct err err = {0};
	int rc;

	if (!check_whole(c, path))
		return false;
	rc = gate_open(g, c->settings, STORE_READ, &err);
	if (rc)
		check_say(c, GATE_FAULT, PART,
		          rc == ERR_INVALID ? "systemctl restart gatehouse" : mend_of(rc), "%s",
		          err.text);
	return !rc;
}

void gate_check_data(const struct gate_check *c, bool quick)
{
	char path[SETTINGS_TEXT + 32];
	struct stat st;
	struct gate g;

	gate_settings_database(c->settings, path);
	if (stat(path, &st)) {
		if (errno == ENOENT)
			say_missing(c, path);
		else
			check_say(c, GATE_FAULT, PART, "sudo gatehouse check",
			          "%s can't be reached: %s", path, strerror(errno));
		check_leftovers(c, NULL);
		return;
	}
	if (!ledger_open(c, path, &g)) {
		check_leftovers(c, NULL);
		return;
	}
	say_whole(c, &g, path);
	check_open(c, &g, quick);
	check_leftovers(c, &g);
	gate_close(&g);
}
