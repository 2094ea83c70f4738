/* Old names and addresses that still lead to a repository. */
#include "store/store_int.h"

#include <string.h>

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
	struct query q;

	if (fault)
		return err_set(err, ERR_INVALID, "%s", fault);
	query_open(&q, s, SQL_ALIAS_ADD, err);
	query_int(&q, workspace);
	query_text(&q, name, NAME_REPOSITORY_SIZE);
	query_text(&q, id, STORE_ID);
	return query_run(&q, NULL);
}

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
