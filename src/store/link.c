/* One-time links. Only the hash of a secret comes here. */
#include "store/store_int.h"

static const char no_link[] = "there is no such link";

static void read_link(struct query *q, void *row)
{
	struct store_link *l = row;

	l->id = query_get_int(q);
	l->kind = (enum link_kind)query_get_enum(q, LINK_INVITE, LINK_RESET);
	l->user = query_get_int(q);
	query_get_text(q, l->user_name, sizeof l->user_name);
	l->user_suspended = query_get_bool(q);
	query_get_text(q, l->email, sizeof l->email);
	query_get_blob(q, l->hash, sizeof l->hash);
	l->created = query_get_int(q);
	query_get_text(q, l->created_by, sizeof l->created_by);
	l->expires = query_get_int(q);
	l->how = (enum link_end)query_get_enum(q, LINK_LIVES, LINK_REPLACED);
	l->ended = query_get_int(q);
	query_get_text(q, l->ended_by, sizeof l->ended_by);
}

static int get_link(struct query *q, struct store_link *out)
{
	struct store_link l = {0};
	int code = query_one(q, read_link, &l, no_link);

	if (!code)
		*out = l;
	return code;
}

int store_link_add(struct store *s, struct store_link *l, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_LINK_ADD, err);
	query_int(&q, l->kind);
	query_ref(&q, l->user);
	query_text(&q, l->email, sizeof l->email);
	query_blob(&q, l->hash, sizeof l->hash);
	query_int(&q, l->created);
	query_text(&q, l->created_by, sizeof l->created_by);
	query_int(&q, l->expires);
	int code = query_run(&q, NULL);
	if (!code)
		l->id = sqlite3_last_insert_rowid(s->db);
	return code;
}

int store_link_by_hash(struct store *s, const uint8_t hash[STORE_HASH], struct store_link *out,
                       struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_LINK_BY_HASH, err);
	query_blob(&q, hash, STORE_HASH);
	return get_link(&q, out);
}

int store_link_living(struct store *s, int64_t user, const char *email, struct store_link *out,
                      struct err *err)
{
	struct query q;

	query_open(&q, s, user ? SQL_LINK_LIVING_USER : SQL_LINK_LIVING_EMAIL, err);
	if (user)
		query_int(&q, user);
	else
		query_text(&q, email, STORE_EMAIL);
	return get_link(&q, out);
}

int store_link_end(struct store *s, const struct store_link *l, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_LINK_END, err);
	query_int(&q, l->id);
	query_int(&q, l->how);
	query_int(&q, l->ended);
	query_text(&q, l->ended_by, sizeof l->ended_by);
	return query_must(&q, no_link);
}

int store_link_list(struct store *s, bool all, int (*each)(void *, const struct store_link *),
                    void *arg, struct err *err)
{
	struct store_link l = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_LINK_LIST, err);
	query_int(&q, all);
	while (!stop && query_row(&q)) {
		read_link(&q, &l);
		if (!q.code)
			stop = each(arg, &l);
	}
	code = query_end(&q);
	return code ? code : stop;
}
