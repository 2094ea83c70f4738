/* Old names and addresses of repositories, and their end. */
#include "store/store_int.h"

#include <string.h>

static const char no_alias[] = "no such old name or address leads there";

/* The first two parameters: a name in a workspace. */
static void name_query(struct query *q, struct store *s, enum statement id, int64_t workspace,
                       const char *name, struct err *err)
{
	query_open(q, s, id, err);
	query_int(q, workspace);
	query_text(q, name, NAME_REPOSITORY_SIZE);
}

int store_ended_forget(struct store *s, int64_t workspace, const char *name, struct err *err)
{
	struct query q;

	name_query(&q, s, SQL_ENDED_FORGET, workspace, name, err);
	return query_run(&q, NULL);
}

int store_address_find(struct store *s, const char *path, struct store_repository *out,
                       struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_ADDRESS_FIND, err);
	query_text(&q, path, NAME_PATH_SIZE);
	return store_get_repository(&q, out);
}

int store_address_set(struct store *s, const char *path, const char *id, struct err *err)
{
	const char *fault = policy_name_address_fault(path, strnlen(path, NAME_PATH_SIZE));
	int64_t changed = 0;
	struct query q;
	int code;

	if (fault)
		return err_set(err, ERR_INVALID, "%s", fault);
	query_open(&q, s, SQL_ADDRESS_SET, err);
	query_text(&q, path, NAME_PATH_SIZE);
	query_text(&q, id, STORE_ID);
	code = query_run(&q, &changed);
	if (!code && !changed)
		return err_set(err, ERR_EXISTS, "the address %s leads somewhere already", path);
	return code;
}

int store_alias_add(struct store *s, int64_t workspace, const char *name, const char *id,
                    struct err *err)
{
	const char *fault = policy_name_repository_fault(name, strnlen(name, NAME_REPOSITORY_SIZE));
	int code = fault ? err_set(err, ERR_INVALID, "%s", fault)
	                 : store_ended_forget(s, workspace, name, err);
	struct query q;

	if (code)
		return code;
	name_query(&q, s, SQL_ALIAS_ADD, workspace, name, err);
	query_text(&q, id, STORE_ID);
	return query_run(&q, NULL);
}

/* -- and their end -- */

int store_address_end(struct store *s, const char *path, const char *id, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_ADDRESS_END, err);
	query_text(&q, path, NAME_PATH_SIZE);
	query_text(&q, id, STORE_ID);
	return query_must(&q, no_alias);
}

/* One repository is remembered for each name: the last. */
static int end_name(struct store *s, int64_t workspace, const char *name, const char *id,
                    struct err *err)
{
	struct query q;
	int code;

	name_query(&q, s, SQL_ALIAS_END, workspace, name, err);
	query_text(&q, id, STORE_ID);
	code = query_must(&q, no_alias);
	if (!code)
		code = store_ended_forget(s, workspace, name, err);
	if (code)
		return code;
	name_query(&q, s, SQL_ENDED_ADD, workspace, name, err);
	query_text(&q, id, STORE_ID);
	return query_run(&q, NULL);
}

int store_alias_end(struct store *s, int64_t workspace, const char *name, const char *id,
                    struct err *err)
{
	int code = store_join(s, err);

	return code ? code : store_part(s, end_name(s, workspace, name, id, err), err);
}

int store_address_find_ended(struct store *s, const char *path, struct store_repository *out,
                             struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_ADDRESS_FIND_ENDED, err);
	query_text(&q, path, NAME_PATH_SIZE);
	return store_get_repository(&q, out);
}

int store_alias_find_ended(struct store *s, const char *workspace, const char *name,
                           struct store_repository *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_ENDED_FIND, err);
	query_text(&q, workspace, STORE_TEXT);
	query_text(&q, name, STORE_TEXT);
	return store_get_repository(&q, out);
}

/* -- lists -- */

int store_alias_list(struct store *s, const char *id,
                     int (*each)(void *, const struct store_alias *), void *arg, struct err *err)
{
	struct store_alias a = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_ALIAS_LIST, err);
	query_text(&q, id, STORE_ID);
	while (!stop && query_row(&q)) {
		query_get_text(&q, a.path, sizeof a.path);
		a.address = query_get_bool(&q);
		if (!q.code)
			stop = each(arg, &a);
	}
	code = query_end(&q);
	return code ? code : stop;
}

int store_address_list(struct store *s,
                       int (*each)(void *, const char *path, const char *repository), void *arg,
                       struct err *err)
{
	char path[NAME_PATH_SIZE] = "", name[NAME_PATH_SIZE] = "";
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_ADDRESS_LIST, err);
	while (!stop && query_row(&q)) {
		query_get_text(&q, path, sizeof path);
		query_get_text(&q, name, sizeof name);
		if (!q.code)
			stop = each(arg, path, name);
	}
	code = query_end(&q);
	return code ? code : stop;
}
