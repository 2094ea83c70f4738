/* The networks a credential was used from, so that a new one is noticed. */
#include "store/store_int.h"

#define TOUCHED 3600 /* how old `last` may be before it is written again */

static const char no_network[] = "there is no such network";

static void read_network(struct query *q, void *row)
{
	struct store_network *n = row;

	query_get_text(q, n->network, sizeof n->network);
	n->first = query_get_int(q);
	n->last = query_get_int(q);
	n->fresh = query_get_bool(q);
}

static void open_on(struct query *q, struct store *s, enum statement id, int64_t credential,
                    const char *network, struct err *err)
{
	query_open(q, s, id, err);
	query_int(q, credential);
	query_text(q, network, NET_TEXT);
}

static void read_fresh(struct query *q, void *row)
{
	*(bool *)row = query_get_bool(q);
}

static int add(struct store *s, int64_t credential, const char *network, int64_t when, bool *fresh,
               struct err *err)
{
	struct query q;
	int code = store_join(s, err);

	if (code)
		return code;
	open_on(&q, s, SQL_NETWORK_ADD, credential, network, err);
	query_int(&q, when);
	code = query_one(&q, read_fresh, fresh, no_network);
	if (!code) {
		query_open(&q, s, SQL_NETWORK_TRIM, err);
		query_int(&q, credential);
		query_int(&q, STORE_NETWORKS);
		code = query_run(&q, NULL);
	}
	return store_part(s, code, err);
}

int store_network_note(struct store *s, int64_t credential, const char *network, int64_t when,
                       bool *fresh, struct err *err)
{
	struct store_network n = {0};
	struct query q;
	int code;

	*fresh = false;
	open_on(&q, s, SQL_NETWORK_GET, credential, network, NULL);
	code = query_one(&q, read_network, &n, no_network);
	if (code == ERR_NOT_FOUND)
		return add(s, credential, network, when, fresh, err);
	if (code || when - n.last < TOUCHED)
		return code;
	open_on(&q, s, SQL_NETWORK_TOUCH, credential, network, err);
	query_int(&q, when);
	return query_must(&q, no_network);
}

int store_network_list(struct store *s, int64_t credential,
                       int (*each)(void *, const struct store_network *), void *arg,
                       struct err *err)
{
	struct store_network n = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_NETWORK_LIST, err);
	query_int(&q, credential);
	while (!stop && query_row(&q)) {
		read_network(&q, &n);
		if (!q.code)
			stop = each(arg, &n);
	}
	code = query_end(&q);
	return code ? code : stop;
}

int store_network_fresh(struct store *s, int64_t credential, int64_t since, const char *but,
                        struct store_network *out, struct err *err)
{
	struct store_network n = {0};
	struct query q;
	int code;

	query_open(&q, s, SQL_NETWORK_FRESH, err);
	query_int(&q, credential);
	query_int(&q, since);
	query_text(&q, but, NET_TEXT);
	code = query_one(&q, read_network, &n, no_network);
	if (!code)
		*out = n;
	return code;
}
