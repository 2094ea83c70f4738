/* Policies of retirement: a few rows, read with every question. The times of the
 * day are kept as "0,21600", the lengths as "1749427200=900,1750032000=1800". */
#include "store/store_int.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char no_retirement[] = "there is no such retirement";

/* -- lists of numbers as text -- */

/* The number at *text, and behind it one of `ends`; false where there is none. */
static bool take_number(const char **text, const char *ends, int64_t *out)
{
	char *end = NULL;

	errno = 0;
	*out = strtoll(*text, &end, 10);
	if (end == *text || errno || !*end || !strchr(ends, *end))
		return false;
	*text = end + 1;
	return true;
}

/* A list that can't be read is a broken ledger: it must not end a retirement. */
static bool read_times(const char *text, struct retirement *r)
{
	for (; *text && r->ntimes < RETIRE_TIMES; r->ntimes++)
		if (!take_number(&text, ",", &r->times[r->ntimes]))
			return false;
	return !*text;
}

static bool read_phases(const char *text, struct retirement *r)
{
	for (; *text && r->nphases < RETIRE_PHASES; r->nphases++) {
		struct retire_phase *p = &r->phases[r->nphases];

		if (!take_number(&text, "=", &p->from) || !take_number(&text, ",", &p->length))
			return false;
	}
	return !*text;
}

/* They are bound, so they live as long as the query. */
struct lists {
	char times[STORE_TEXT], phases[STORE_TEXT];
};

static void write_lists(const struct retirement *r, struct lists *out)
{
	size_t at = 0;

	out->times[0] = out->phases[0] = 0;
	for (unsigned i = 0; i < r->ntimes && at < STORE_TEXT; i++)
		at += (size_t)snprintf(out->times + at, STORE_TEXT - at, "%" PRId64 ",",
		                       r->times[i]);
	at = 0;
	for (unsigned i = 0; i < r->nphases && at < STORE_TEXT; i++)
		at += (size_t)snprintf(out->phases + at, STORE_TEXT - at,
		                       "%" PRId64 "=%" PRId64 ",", r->phases[i].from,
		                       r->phases[i].length);
}

/* -- rows -- */

static void read_retirement(struct query *q, void *row)
{
	struct store_retirement *out = row;
	char times[STORE_TEXT], phases[STORE_TEXT];

	memset(out, 0, sizeof *out);
	out->id = query_get_int(q);
	query_get_text(q, out->name, sizeof out->name);
	out->rule.kinds = (unsigned)query_get_enum(q, 1, INT32_MAX);
	out->rule.without_expiry = query_get_bool(q);
	out->rule.made_before = query_get_int(q);
	out->rule.notice = query_get_int(q);
	out->rule.end = query_get_int(q);
	out->rule.offset = query_get_int(q);
	query_get_text(q, times, sizeof times);
	query_get_text(q, phases, sizeof phases);
	out->created = query_get_int(q);
	query_get_text(q, out->created_by, sizeof out->created_by);
	if (!q->code && (!read_times(times, &out->rule) || !read_phases(phases, &out->rule)))
		q->code = err_set(q->err, ERR_INVALID,
		                  "the times of the retirement \"%s\" can't be read", out->name);
}

static void bind_rule(struct query *q, const struct retirement *r, struct lists *lists)
{
	write_lists(r, lists);
	query_int(q, r->kinds);
	query_int(q, r->without_expiry);
	query_int(q, r->made_before);
	query_int(q, r->notice);
	query_int(q, r->end);
	query_int(q, r->offset);
	query_text(q, lists->times, sizeof lists->times);
	query_text(q, lists->phases, sizeof lists->phases);
}

int store_retirement_add(struct store *s, struct store_retirement *r, struct err *err)
{
	struct lists lists;
	struct query q;
	int code = store_check_label(r->name, sizeof r->name, err);

	if (code)
		return code;
	query_open(&q, s, SQL_RETIREMENT_ADD, err);
	query_text(&q, r->name, sizeof r->name);
	bind_rule(&q, &r->rule, &lists);
	query_int(&q, r->created);
	query_text(&q, r->created_by, sizeof r->created_by);
	code = query_run(&q, NULL);
	if (!code)
		r->id = sqlite3_last_insert_rowid(s->db);
	return code;
}

int store_retirement_update(struct store *s, const struct store_retirement *r, struct err *err)
{
	struct lists lists;
	struct query q;

	query_open(&q, s, SQL_RETIREMENT_UPDATE, err);
	query_int(&q, r->id);
	bind_rule(&q, &r->rule, &lists);
	return query_must(&q, no_retirement);
}

int store_retirement_remove(struct store *s, int64_t id, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_RETIREMENT_REMOVE, err);
	query_int(&q, id);
	return query_must(&q, no_retirement);
}

int store_retirement_get(struct store *s, const char *name, struct store_retirement *out,
                         struct err *err)
{
	struct store_retirement r;
	struct query q;

	query_open(&q, s, SQL_RETIREMENT_BY_NAME, err);
	query_text(&q, name, STORE_TEXT);
	int code = query_one(&q, read_retirement, &r, no_retirement);
	if (!code)
		*out = r;
	return code;
}

int store_retirement_list(struct store *s, int (*each)(void *, const struct store_retirement *),
                          void *arg, struct err *err)
{
	struct store_retirement r;
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_RETIREMENT_LIST, err);
	while (!stop && query_row(&q)) {
		read_retirement(&q, &r);
		if (!q.code)
			stop = each(arg, &r);
	}
	code = query_end(&q);
	return code ? code : stop;
}

/* -- whom they choose -- */

static void read_life(struct query *q, struct store_life *out)
{
	out->id = query_get_int(q);
	out->kind = (enum credential_kind)query_get_enum(q, CREDENTIAL_API_TOKEN,
	                                                 CREDENTIAL_ACCESS_KEY);
	out->created = query_get_int(q);
	out->expires = query_get_int(q);
	out->used = query_get_int(q);
}

int store_credential_lives(struct store *s, int64_t behind,
                           int (*each)(void *, const struct store_life *), void *arg,
                           struct err *err)
{
	struct store_life life = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_CREDENTIAL_LIVES, err);
	query_int(&q, behind);
	while (!stop && query_row(&q)) {
		read_life(&q, &life);
		if (!q.code)
			stop = each(arg, &life);
	}
	code = query_end(&q);
	return code ? code : stop;
}
