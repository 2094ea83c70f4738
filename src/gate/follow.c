/* The audit as it goes on: what was written behind the last row that was seen,
 * and what has added up since. */
#include "gate/history.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE 128      /* rows read at once */
#define ADDING 4096   /* rows that may still add up, the newest; power of two */
#define LOOK_AGAIN 60 /* seconds between looks at them */

struct adding {
	int64_t id, at, count; /* id 0: none; count: as last seen */
};

struct gate_follow {
	struct gate gate; /* .store NULL: there is no ledger just now */
	dev_t device;
	ino_t file;
	int64_t id, missed, looked;
	struct adding adding[ADDING];
	size_t begun; /* so many came into adding */
	struct store_audit rows[PAGE];
	size_t count;
};

/* -- the ledger, which a restore may put another in place of -- */

static int ledger_open(struct gate_follow *f, const struct gate_settings *settings, struct err *err)
{
	char path[SETTINGS_TEXT + 32];
	struct stat st;

	if (stat(gate_settings_database(settings, path), &st))
		return err_set(err, ERR_NOT_FOUND, "there is no ledger at %s", path);
	f->device = st.st_dev;
	f->file = st.st_ino;
	return gate_open(&f->gate, settings, STORE_READ, err);
}

static bool ledger_is_another(const struct gate_follow *f)
{
	char path[SETTINGS_TEXT + 32];
	struct stat st;

	return !stat(gate_settings_database(f->gate.settings, path), &st) &&
	       (st.st_ino != f->file || st.st_dev != f->device);
}

/* Of another ledger only what is new from now on is given. */
static int ledger_reopen(struct gate_follow *f, struct err *err)
{
	const struct gate_settings *settings = f->gate.settings;

	if (f->gate.store && !ledger_is_another(f))
		return 0;
	gate_close(&f->gate);
	int rc = ledger_open(f, settings, err);
	f->gate.settings = settings;
	memset(f->adding, 0, sizeof(f->adding));
	return rc ? rc : store_audit_last(f->gate.store, &f->id, err);
}

int gate_follow_open(struct gate_follow **out, const struct gate_settings *settings, int64_t id,
                     struct err *err)
{
	struct gate_follow *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(err, ERR_MEMORY, "out of memory");
	int64_t last = 0;
	int rc = ledger_open(f, settings, err);
	if (!rc)
		rc = store_audit_last(f->gate.store, &last, err);
	if (rc) {
		gate_follow_close(f);
		return rc;
	}
	f->id = id >= 0 && id < last ? id : last;
	*out = f;
	return 0;
}

void gate_follow_close(struct gate_follow *f)
{
	if (f)
		gate_close(&f->gate);
	free(f);
}

int64_t gate_follow_place(const struct gate_follow *f)
{
	return f->id;
}

int64_t gate_follow_missed(const struct gate_follow *f)
{
	return f->missed;
}

/* -- what was written -- */

static int row_keep(void *arg, const struct store_audit *row)
{
	struct gate_follow *f = arg;

	f->rows[f->count++] = *row;
	return f->count == PAGE;
}

/* Rows have their numbers without a gap; what is not there any more was swept. */
static void row_seen(struct gate_follow *f, const struct store_audit *row)
{
	f->missed += row->id - f->id - 1;
	f->id = row->id;
	if (row->kind == AUDIT_STRANGER)
		f->adding[f->begun++ % ADDING] = (struct adding){row->id, row->at, row->count};
}

static int give_new(struct gate_follow *f, int (*each)(void *, const struct store_audit *),
                    void *arg, struct err *err)
{
	f->count = 0;
	int rc = store_audit_behind(f->gate.store, f->id, row_keep, f, err);
	rc = rc > 0 ? 0 : rc;
	for (size_t i = 0; !rc && i < f->count; i++) {
		rc = each(arg, &f->rows[i]);
		if (!rc)
			row_seen(f, &f->rows[i]);
	}
	return rc;
}

/* -- what added up -- */

static int give_again(struct gate_follow *f, struct adding *a, int64_t now,
                      int (*each)(void *, const struct store_audit *), void *arg, struct err *err)
{
	int rc = store_audit_number(f->gate.store, a->id, &f->rows[0], err);

	if (!rc && f->rows[0].count > a->count)
		rc = each(arg, &f->rows[0]);
	if (!rc)
		a->count = f->rows[0].count;
	if (rc == ERR_NOT_FOUND || (!rc && now - a->at > STORE_ADDING + LOOK_AGAIN))
		a->id = 0;
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

static int look_again(struct gate_follow *f, int64_t now,
                      int (*each)(void *, const struct store_audit *), void *arg, struct err *err)
{
	int rc = 0;

	if (now >= f->looked && now - f->looked < LOOK_AGAIN)
		return 0;
	for (size_t i = 0; !rc && i < ADDING; i++)
		if (f->adding[i].id)
			rc = give_again(f, &f->adding[i], now, each, arg, err);
	if (!rc)
		f->looked = now;
	return rc;
}

int gate_follow_next(struct gate_follow *f, int64_t now,
                     int (*each)(void *, const struct store_audit *), void *arg, bool *more,
                     struct err *err)
{
	*more = false;
	int rc = ledger_reopen(f, err);
	if (rc)
		return rc == ERR_NOT_FOUND ? 0 : rc;
	if (!f->looked)
		f->looked = now;
	rc = give_new(f, each, arg, err);
	*more = !rc && f->count == PAGE;
	return rc ? rc : look_again(f, now, each, arg, err);
}
