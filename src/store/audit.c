/* What happened: decisions, changes, and strangers added up. */
#include "store/store_int.h"

#include <string.h>
#include <strings.h>

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

int store_audit_number(struct store *s, int64_t id, struct store_audit *out, struct err *err)
{
	struct store_audit a = {0};
	struct query q;
	int code;

	query_open(&q, s, SQL_AUDIT_NUMBER, err);
	query_int(&q, id);
	code = query_one(&q, read_audit, &a, no_audit);
	if (!code)
		*out = a;
	return code;
}

int store_audit_last(struct store *s, int64_t *id, struct err *err)
{
	struct query q;
	int64_t last = 0;
	int code;

	query_open(&q, s, SQL_AUDIT_LAST, err);
	if (query_row(&q))
		last = query_get_int(&q);
	code = query_end(&q);
	if (!code)
		*id = last;
	return code;
}

/* -- filters -- */

static bool same(const char *wanted, const char *is)
{
	return !wanted || !strcasecmp(wanted, is);
}

/* The word itself, or the word and then `between` and more. */
static bool begins(const char *wanted, const char *is, char between)
{
	size_t len = strlen(wanted);

	return !strncasecmp(wanted, is, len) && (!is[len] || is[len] == between);
}

/* "push" is also one that is announced; "token" is every change of tokens. */
static bool operation_is(const char *wanted, const struct store_audit *a)
{
	static const char announced[] = "advertise ";
	const char *is = a->kind == AUDIT_CHANGE ? a->reason : a->operation;

	return begins(wanted, is, ' ') || (!strncmp(is, announced, sizeof(announced) - 1) &&
	                                   begins(wanted, is + sizeof(announced) - 1, ' '));
}

static bool verdict_is(enum audit_verdict wanted, const struct store_audit *a)
{
	if (wanted == VERDICT_ANY)
		return true;
	if (a->kind == AUDIT_CHANGE)
		return false;
	return (wanted == VERDICT_ALLOWED) ==
	       !strcmp(a->reason, policy_reason_name(REASON_ALLOWED));
}

/* Of strangers over IPv6 the network alone is kept: an address in it may be theirs. */
static bool came_from(const struct net *wanted, const char *address)
{
	struct net from;

	return !policy_net_parse(address, &from) &&
	       (policy_net_contains(wanted, &from) || policy_net_contains(&from, wanted));
}

static bool credential_is(const struct store_audit_filter *f, const struct store_audit *a)
{
	if (f->credential && a->credential != f->credential)
		return false;
	if (f->credential_of && strcasecmp(f->credential_of, a->actor) &&
	    strcasecmp(f->credential_of, a->object))
		return false;
	return same(f->credential_name, a->credential_name);
}

bool store_audit_matches(const struct store_audit_filter *f, const struct store_audit *a)
{
	if (a->last < f->since || (f->until && a->at > f->until) ||
	    (f->last_id && a->id > f->last_id))
		return false;
	if ((f->kind && (int)a->kind != f->kind) || !same(f->actor, a->actor) ||
	    !same(f->reason, a->reason))
		return false;
	if ((f->object && !begins(f->object, a->object, '/')) ||
	    (f->operation && !operation_is(f->operation, a)))
		return false;
	return credential_is(f, a) && verdict_is(f->verdict, a) &&
	       (!f->network || came_from(f->network, a->address));
}

/* -- lists -- */

/* What may still be adding up at `since` began an hour before at most. */
static void open_list(struct query *q, struct store *s, const struct store_audit_filter *f,
                      struct err *err)
{
	static const enum statement ask[2][2] = {
	        {SQL_AUDIT_NEWEST, SQL_AUDIT_NEWEST_OF},
	        {SQL_AUDIT_OLDEST, SQL_AUDIT_OLDEST_OF},
	};
	int64_t from = f->since > STORE_ADDING ? f->since - STORE_ADDING : 0;
	bool behind = f->behind_at >= from && f->behind_id;

	query_open(q, s, ask[f->oldest][f->actor != NULL], err);
	query_int(q, behind ? f->behind_at : from);
	query_int(q, f->until ? f->until : INT64_MAX);
	query_int(q, behind ? f->behind_id : 0);
	if (f->actor)
		query_text(q, f->actor, STORE_TEXT);
}

/* Ends q. */
static int give_each(struct query *q, const struct store_audit_filter *f,
                     int (*each)(void *, const struct store_audit *), void *arg)
{
	size_t most = f->most ? f->most : SIZE_MAX;
	struct store_audit a = {0};
	int stop = 0, code;

	while (!stop && most && query_row(q)) {
		read_audit(q, &a);
		if (q->code || !store_audit_matches(f, &a))
			continue;
		most--;
		stop = each(arg, &a);
	}
	code = query_end(q);
	return code ? code : stop;
}

int store_audit_list(struct store *s, const struct store_audit_filter *f,
                     int (*each)(void *, const struct store_audit *), void *arg, struct err *err)
{
	struct query q;

	open_list(&q, s, f, err);
	return give_each(&q, f, each, arg);
}

int store_audit_behind(struct store *s, int64_t id, int (*each)(void *, const struct store_audit *),
                       void *arg, struct err *err)
{
	static const struct store_audit_filter all = {0};
	struct query q;

	query_open(&q, s, SQL_AUDIT_BEHIND, err);
	query_int(&q, id);
	return give_each(&q, &all, each, arg);
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
