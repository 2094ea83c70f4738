/* Secrets that a newer one replaced: each lives out its overlap, and is known for
 * what it was after that. */
#include "store/store_int.h"

static const char no_secret[] = "there is no such former secret";

static void read_former(struct query *q, void *row)
{
	struct store_former *f = row;

	query_get_blob(q, f->hash, sizeof f->hash);
	f->credential = query_get_int(q);
	f->replaced = query_get_int(q);
	f->until = query_get_int(q);
	f->until_used = query_get_bool(q);
	f->late = query_get_int(q);
	query_get_text(q, f->late_from, sizeof f->late_from);
	f->life = query_get_int(q);
}

static int settle(struct store *s, int64_t credential, int64_t used, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_FORMER_SETTLE, err);
	query_int(&q, credential);
	query_int(&q, used);
	return query_run(&q, NULL);
}

static int add(struct store *s, const struct store_former *f, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_FORMER_ADD, err);
	query_blob(&q, f->hash, sizeof f->hash);
	query_int(&q, f->credential);
	query_int(&q, f->replaced);
	query_int(&q, f->until);
	query_int(&q, f->until_used);
	query_int(&q, f->life);
	return query_run(&q, NULL);
}

static int rotate(struct store *s, const struct store_credential *c, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CREDENTIAL_ROTATE, err);
	query_int(&q, c->id);
	query_blob(&q, c->hash, sizeof c->hash);
	query_int(&q, c->expires);
	query_int(&q, c->secret_made);
	return query_must(&q, "there is no such credential");
}

int store_credential_rotate(struct store *s, const struct store_credential *c,
                            const struct store_former *old, struct err *err)
{
	int code = store_join(s, err);

	if (code)
		return code;
	if (c->secret_used)
		code = settle(s, c->id, c->secret_used, err);
	if (!code)
		code = rotate(s, c, err);
	if (!code)
		code = add(s, old, err);
	return store_part(s, code, err);
}

int store_former_by_hash(struct store *s, const uint8_t hash[STORE_HASH], struct store_former *out,
                         struct err *err)
{
	struct store_former f = {0};
	struct query q;
	int code;

	query_open(&q, s, SQL_FORMER_BY_HASH, err);
	query_blob(&q, hash, STORE_HASH);
	code = query_one(&q, read_former, &f, no_secret);
	if (!code)
		*out = f;
	return code;
}

int store_former_list(struct store *s, int64_t credential,
                      int (*each)(void *, const struct store_former *), void *arg, struct err *err)
{
	struct store_former f = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_FORMER_LIST, err);
	query_int(&q, credential);
	while (!stop && query_row(&q)) {
		read_former(&q, &f);
		if (!q.code)
			stop = each(arg, &f);
	}
	code = query_end(&q);
	return code ? code : stop;
}

int store_former_late(struct store *s, const uint8_t hash[STORE_HASH], int64_t when,
                      const char *from, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_FORMER_LATE, err);
	query_blob(&q, hash, STORE_HASH);
	query_int(&q, when);
	query_text(&q, from, NET_TEXT);
	return query_must(&q, no_secret);
}
