/* Repositories that were deleted: kept for a while, and seen by nobody. */
#include "store/store_int.h"

#include <string.h>

static int run_for(struct store *s, enum statement id, const char *repository, struct err *err)
{
	struct query q;

	query_open(&q, s, id, err);
	query_text(&q, repository, STORE_ID);
	return query_run(&q, NULL);
}

static int free_names(struct store *s, const char *id, struct err *err)
{
	int code = run_for(s, SQL_NAMES_END, id, err);

	if (!code)
		code = run_for(s, SQL_NAMES_FREE, id, err);
	return code ? code : run_for(s, SQL_ADDRESSES_SLEEP, id, err);
}

static int mark(struct store *s, const struct store_deleted *d, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_REPOSITORY_DELETE, err);
	query_text(&q, d->was.id, sizeof d->was.id);
	query_int(&q, d->at);
	query_text(&q, d->by, sizeof d->by);
	query_int(&q, d->until);
	return query_must(&q, store_no_repository);
}

int store_repository_delete(struct store *s, const char *id, const char *by, int64_t now,
                            int64_t until, struct err *err)
{
	struct store_deleted d = {.at = now > 0 ? now : 1, .until = until};
	int code = store_repository_get(s, id, &d.was, err);

	if (!code && strlen(by) >= sizeof d.by)
		code = err_set(err, ERR_LIMIT, "a name is too long");
	if (!code)
		code = store_join(s, err);
	if (code)
		return code;
	memcpy(d.by, by, strlen(by) + 1);
	code = free_names(s, id, err);
	if (!code)
		code = mark(s, &d, err);
	return store_part(s, code, err);
}

/* -- and back -- */

static int find_workspace(struct store *s, const char *id, int64_t *out, struct err *err)
{
	struct query q;
	int code;

	*out = 0;
	query_open(&q, s, SQL_REPOSITORY_WORKSPACE, err);
	query_text(&q, id, STORE_ID);
	if (query_row(&q))
		*out = query_get_int(&q);
	code = query_end(&q);
	if (!code && !*out)
		return err_set(err, ERR_NOT_FOUND, "%s", store_no_repository);
	return code;
}

static int bring_back(struct store *s, const struct store_repository *r, struct err *err)
{
	struct query q;
	int code;

	query_open(&q, s, SQL_REPOSITORY_UNDELETE, err);
	query_text(&q, r->id, sizeof r->id);
	query_text(&q, r->name, sizeof r->name);
	code = query_must(&q, store_no_repository);
	if (!code)
		code = store_name_insert(s, r, err);
	if (!code)
		code = run_for(s, SQL_NAMES_RESTORE, r->id, err);
	if (!code)
		code = run_for(s, SQL_NAMES_FORGET, r->id, err);
	return code ? code : run_for(s, SQL_ADDRESSES_WAKE, r->id, err);
}

int store_repository_undelete(struct store *s, const char *id, const char *name, struct err *err)
{
	struct store_repository r = {0};
	const char *fault = policy_name_repository_fault(name, strlen(name));
	int code = 0;

	if (fault || strlen(id) >= sizeof r.id)
		return err_set(err, ERR_INVALID, "%s", fault ? fault : store_no_repository);
	memcpy(r.name, name, strlen(name) + 1);
	memcpy(r.id, id, strlen(id) + 1);
	code = find_workspace(s, id, &r.workspace, err);
	if (!code)
		code = store_join(s, err);
	if (code)
		return code;
	code = store_part(s, bring_back(s, &r, err), err);
	if (code == ERR_EXISTS)
		return err_set(err, ERR_EXISTS, "the name %s is taken, or was left by a rename",
		               name);
	return code;
}

/* -- the list -- */

static void read_deleted(struct query *q, struct store_deleted *d)
{
	store_read_repository(q, &d->was);
	query_get_text(q, d->was.name, sizeof d->was.name);
	d->at = query_get_int(q);
	d->until = query_get_int(q);
	query_get_text(q, d->by, sizeof d->by);
}

static void read_one(struct query *q, void *row)
{
	read_deleted(q, row);
}

int store_deleted_get(struct store *s, const char *id, struct store_deleted *out, struct err *err)
{
	struct store_deleted d = {0};
	struct query q;
	int code;

	query_open(&q, s, SQL_DELETED_GET, err);
	query_text(&q, id, STORE_ID);
	code = query_one(&q, read_one, &d, store_no_repository);
	if (!code)
		*out = d;
	return code;
}

static int find_named(struct store *s, enum statement id, int64_t workspace, const char *name,
                      struct store_deleted *out, struct err *err)
{
	struct store_deleted d = {0};
	struct query q;
	int code;

	query_open(&q, s, id, err);
	query_int(&q, workspace);
	query_text(&q, name, NAME_REPOSITORY_SIZE);
	code = query_one(&q, read_one, &d, store_no_repository);
	if (!code)
		*out = d;
	return code;
}

int store_deleted_find(struct store *s, int64_t workspace, const char *name,
                       struct store_deleted *out, struct err *err)
{
	int code = find_named(s, SQL_DELETED_FIND, workspace, name, out, err);

	return code == ERR_NOT_FOUND
	               ? find_named(s, SQL_DELETED_FIND_ALIAS, workspace, name, out, err)
	               : code;
}

int store_deleted_address(struct store *s, const char *path, struct store_deleted *out,
                          struct err *err)
{
	struct store_deleted d = {0};
	struct query q;
	int code;

	query_open(&q, s, SQL_DELETED_FIND_ADDRESS, err);
	query_text(&q, path, NAME_PATH_SIZE);
	code = query_one(&q, read_one, &d, store_no_repository);
	if (!code)
		*out = d;
	return code;
}

/* Ends q, to which `until` is bound. */
static int walk_behind(struct query *q, int64_t at, const char *id,
                       int (*each)(void *, const struct store_deleted *), void *arg)
{
	struct store_deleted d = {0};
	int stop = 0, code;

	query_int(q, at);
	query_text(q, id, STORE_ID);
	while (!stop && query_row(q)) {
		read_deleted(q, &d);
		if (!q->code)
			stop = each(arg, &d);
	}
	code = query_end(q);
	return code ? code : stop;
}

int store_deleted_list(struct store *s, int64_t until,
                       int (*each)(void *, const struct store_deleted *), void *arg,
                       struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_DELETED_LIST, err);
	query_int(&q, until);
	return walk_behind(&q, INT64_MAX, "", each, arg);
}

int store_deleted_page(struct store *s, int64_t at, const char *id,
                       int (*each)(void *, const struct store_deleted *), void *arg,
                       struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_DELETED_LIST, err);
	query_int(&q, INT64_MAX); /* whenever its time is over */
	return walk_behind(&q, at, id, each, arg);
}
