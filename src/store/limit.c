/* Limits: of a credential, and of an authority for all that it signs. */
#include "store/store_int.h"

static int add(struct store *s, enum statement how, int64_t id, enum limit_kind kind,
               const char *value, struct err *err)
{
	struct query q;

	query_open(&q, s, how, err);
	query_int(&q, id);
	query_int(&q, kind);
	query_text(&q, value, STORE_TEXT);
	return query_run(&q, NULL);
}

static int list(struct store *s, enum statement how, int64_t id, enum limit_kind kind,
                int (*each)(void *, const char *value), void *arg, struct err *err)
{
	char value[STORE_TEXT];
	struct query q;
	int stop = 0, code;

	query_open(&q, s, how, err);
	query_int(&q, id);
	query_int(&q, kind);
	while (!stop && query_row(&q)) {
		query_get_text(&q, value, sizeof value);
		if (!q.code)
			stop = each(arg, value);
	}
	code = query_end(&q);
	return code ? code : stop;
}

int store_limit_add(struct store *s, int64_t credential, enum limit_kind kind, const char *value,
                    struct err *err)
{
	return add(s, SQL_LIMIT_ADD, credential, kind, value, err);
}

int store_limit_list(struct store *s, int64_t credential, enum limit_kind kind,
                     int (*each)(void *, const char *value), void *arg, struct err *err)
{
	return list(s, SQL_LIMIT_LIST, credential, kind, each, arg, err);
}

int store_authority_limit_add(struct store *s, int64_t id, enum limit_kind kind, const char *value,
                              struct err *err)
{
	return add(s, SQL_AUTHORITY_LIMIT_ADD, id, kind, value, err);
}

int store_authority_limit_list(struct store *s, int64_t id, enum limit_kind kind,
                               int (*each)(void *, const char *value), void *arg, struct err *err)
{
	return list(s, SQL_AUTHORITY_LIMIT_LIST, id, kind, each, arg, err);
}
