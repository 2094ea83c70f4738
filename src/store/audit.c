/* What happened: decisions, changes, and strangers added up. */
#include "store/store_int.h"

#define PRUNE_MOST 1000

static const char no_audit[] = "nothing is known under this reference";

static void read_audit(struct query *q, void *row)
{
	struct store_audit *a = row;

	a->id = query_get_int(q);
	query_get_text(q, a->reference, sizeof a->reference);
	a->kind = (enum audit_kind)query_get_enum(q, AUDIT_DECISION, AUDIT_STRANGER);
	a->at = query_get_int(q);
	a->last = query_get_int(q);
	a->count = query_get_int(q);
	query_get_text(q, a->reason, sizeof a->reason);
	query_get_text(q, a->actor, sizeof a->actor);
	a->credential = query_get_int(q);
	query_get_text(q, a->credential_name, sizeof a->credential_name);
	query_get_text(q, a->operation, sizeof a->operation);
	query_get_text(q, a->object, sizeof a->object);
	query_get_text(q, a->address, sizeof a->address);
	query_get_text(q, a->agent, sizeof a->agent);
	query_get_text(q, a->gates, sizeof a->gates);
	query_get_text(q, a->note, sizeof a->note);
}

/* True when there was an earlier row to add up in. */
static int add_up(struct store *s, const struct store_audit *a, bool *done, struct err *err)
{
	int64_t changed = 0;
	struct query q;
	int code;

	query_open(&q, s, SQL_AUDIT_ADD_UP, err);
	query_text(&q, a->reference, sizeof a->reference);
	query_int(&q, a->count);
	query_int(&q, a->last > a->at ? a->last : a->at);
	code = query_run(&q, &changed);
	*done = !code && changed > 0;
	return code;
}

int store_audit_add(struct store *s, const struct store_audit *a, struct err *err)
{
	bool done = false;
	struct query q;
	int code = 0;

	if (a->kind == AUDIT_STRANGER)
		code = add_up(s, a, &done, err);
	if (code || done)
		return code;
	query_open(&q, s, SQL_AUDIT_ADD, err);
	query_text(&q, a->reference, sizeof a->reference);
	query_int(&q, a->kind);
	query_int(&q, a->at);
	query_int(&q, a->last > a->at ? a->last : a->at);
	query_int(&q, a->count > 1 ? a->count : 1);
	query_text(&q, a->reason, sizeof a->reason);
	query_text(&q, a->actor, sizeof a->actor);
	query_int(&q, a->credential);
	query_text(&q, a->credential_name, sizeof a->credential_name);
	query_text(&q, a->operation, sizeof a->operation);
	query_text(&q, a->object, sizeof a->object);
	query_text(&q, a->address, sizeof a->address);
	query_text(&q, a->agent, sizeof a->agent);
	query_text(&q, a->gates, sizeof a->gates);
	query_text(&q, a->note, sizeof a->note);
	return query_run(&q, NULL);
}

int store_audit_get(struct store *s, const char *reference, struct store_audit *out,
                    struct err *err)
{
	struct store_audit a = {0};
	struct query q;
	int code;

	query_open(&q, s, SQL_AUDIT_GET, err);
	query_text(&q, reference, STORE_TEXT);
	code = query_one(&q, read_audit, &a, no_audit);
	if (!code)
		*out = a;
	return code;
}

static void open_list(struct query *q, struct store *s, const struct store_audit_filter *f,
                      struct err *err)
{
	static const enum statement ask[2][2] = {
	        {SQL_AUDIT_NEWEST, SQL_AUDIT_NEWEST_OF},
	        {SQL_AUDIT_FROM, SQL_AUDIT_FROM_OF},
	};

	query_open(q, s, ask[f->after_id > 0][f->actor != NULL], err);
	query_text(q, f->object, STORE_TEXT);
	query_text(q, f->reason, STORE_TEXT);
	query_int(q, f->since);
	query_int(q, f->kind);
	query_int(q, f->after_id);
	query_int(q, f->most && f->most < INT32_MAX ? (int64_t)f->most : -1);
	if (f->actor)
		query_text(q, f->actor, STORE_TEXT);
}

int store_audit_list(struct store *s, const struct store_audit_filter *f,
                     int (*each)(void *, const struct store_audit *), void *arg, struct err *err)
{
	struct store_audit a = {0};
	struct query q;
	int stop = 0, code;

	open_list(&q, s, f, err);
	while (!stop && query_row(&q)) {
		read_audit(&q, &a);
		if (!q.code)
			stop = each(arg, &a);
	}
	code = query_end(&q);
	return code ? code : stop;
}

/* -- pruning -- */

static int prune_old(struct store *s, int64_t before, int64_t *removed, struct err *err)
{
	int64_t changed = 0;
	struct query q;
	int code;

	query_open(&q, s, SQL_AUDIT_PRUNE_OLD, err);
	query_int(&q, before);
	query_int(&q, PRUNE_MOST);
	code = query_run(&q, &changed);
	*removed += changed;
	return code;
}

static int prune_many(struct store *s, bool strangers, int64_t most, int64_t *removed,
                      struct err *err)
{
	int64_t changed = 0;
	struct query q;
	int code;

	query_open(&q, s, SQL_AUDIT_PRUNE_MANY, err);
	query_int(&q, strangers);
	query_int(&q, most);
	query_int(&q, PRUNE_MOST - *removed);
	code = query_run(&q, &changed);
	*removed += changed;
	return code;
}

int store_audit_prune(struct store *s, int64_t before, int64_t most, int64_t most_strangers,
                      int64_t *removed, struct err *err)
{
	int64_t gone = 0;
	int code;

	if (most < 0 || most_strangers < 0)
		return err_set(err, ERR_INVALID, "the audit can't keep fewer rows than none");
	code = store_join(s, err);
	if (code)
		return code;
	code = prune_old(s, before, &gone, err);
	if (!code)
		code = prune_many(s, false, most, &gone, err);
	if (!code)
		code = prune_many(s, true, most_strangers, &gone, err);
	code = store_part(s, code, err);
	if (!code)
		*removed = gone;
	return code;
}
