/* Repositories, their names of today and of yesterday. */
#include "store/store_int.h"

#include <string.h>

const char store_no_repository[] = "there is no such repository";

void store_read_repository(struct query *q, void *row)
{
	struct store_repository *r = row;

	query_get_text(q, r->id, sizeof r->id);
	r->workspace = query_get_int(q);
	r->project = query_get_int(q);
	query_get_text(q, r->workspace_name, sizeof r->workspace_name);
	query_get_text(q, r->name, sizeof r->name);
	query_get_text(q, r->description, sizeof r->description);
	r->visibility = (enum visibility)query_get_enum(q, VISIBILITY_PRIVATE, VISIBILITY_PUBLIC);
	query_get_text(q, r->default_branch, sizeof r->default_branch);
	query_get_text(q, r->format, sizeof r->format);
	r->check = (enum object_check)query_get_enum(q, CHECK_STRICT, CHECK_OFF);
	r->created = query_get_int(q);
	r->archived = query_get_int(q);
	query_get_text(q, r->archived_by, sizeof r->archived_by);
	query_get_text(q, r->folder, sizeof r->folder);
	r->hooks = query_get_bool(q);
	r->deleted = query_get_bool(q);
	r->token_lifetime = query_get_int(q);
	r->by_alias = query_get_bool(q);
}

int store_get_repository(struct query *q, struct store_repository *out)
{
	struct store_repository r = {0};
	int code = query_one(q, store_read_repository, &r, store_no_repository);

	if (!code && r.deleted)
		code = err_set(q->err, ERR_NOT_FOUND, "%s", store_no_repository);
	if (!code)
		*out = r;
	return code;
}

int store_repository_find(struct store *s, const char *workspace, const char *name,
                          struct store_repository *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_REPOSITORY_FIND, err);
	query_text(&q, workspace, STORE_TEXT);
	query_text(&q, name, STORE_TEXT);
	return store_get_repository(&q, out);
}

int store_repository_get(struct store *s, const char *id, struct store_repository *out,
                         struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_REPOSITORY_BY_ID, err);
	query_text(&q, id, STORE_ID);
	return store_get_repository(&q, out);
}

int store_repository_by_folder(struct store *s, const char *folder, struct store_repository *out,
                               struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_REPOSITORY_BY_FOLDER, err);
	query_text(&q, folder, STORE_FOLDER);
	return store_get_repository(&q, out);
}

int store_repository_settle(struct store *s, const char *id, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_REPOSITORY_SETTLE, err);
	query_text(&q, id, STORE_ID);
	return query_must(&q, "there is no such adopted repository");
}

static int check_repository(const struct store_repository *r, struct err *err)
{
	size_t len = strnlen(r->name, sizeof r->name);
	const char *fault;

	if (len == sizeof r->name)
		return err_set(err, ERR_LIMIT, "a name is longer than %d bytes",
		               NAME_REPOSITORY_MAX);
	fault = policy_name_repository_fault(r->name, len);
	if (fault)
		return err_set(err, ERR_INVALID, "%s", fault);
	if (strnlen(r->id, sizeof r->id) != STORE_ID - 1 ||
	    strspn(r->id, "0123456789abcdef") != STORE_ID - 1)
		return err_set(err, ERR_INVALID, "a repository's id is 32 hexadecimal digits");
	return 0;
}

static int insert_repository(struct store *s, const struct store_repository *r, int64_t now,
                             struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_REPOSITORY_ADD, err);
	query_text(&q, r->id, sizeof r->id);
	query_int(&q, r->workspace);
	query_ref(&q, r->project);
	query_text(&q, r->name, sizeof r->name);
	query_text(&q, r->description, sizeof r->description);
	query_int(&q, r->visibility);
	query_text(&q, r->default_branch, sizeof r->default_branch);
	query_text(&q, r->format, sizeof r->format);
	query_int(&q, r->check);
	query_int(&q, now);
	query_text(&q, r->folder, sizeof r->folder);
	return query_run(&q, NULL);
}

int store_name_insert(struct store *s, const struct store_repository *r, struct err *err)
{
	struct query q;
	int code = store_ended_forget(s, r->workspace, r->name, err);

	if (code)
		return code;
	query_open(&q, s, SQL_REPOSITORY_NAME_ADD, err);
	query_int(&q, r->workspace);
	query_text(&q, r->name, sizeof r->name);
	query_text(&q, r->id, sizeof r->id);
	return query_run(&q, NULL);
}

int store_repository_add(struct store *s, struct store_repository *r, int64_t now, struct err *err)
{
	struct store_workspace w;
	int code = check_repository(r, err);

	if (!code)
		code = store_workspace_get_id(s, r->workspace, &w, err);
	if (!code)
		code = store_join(s, err);
	if (code)
		return code;
	code = insert_repository(s, r, now, err);
	if (!code)
		code = store_name_insert(s, r, err);
	code = store_part(s, code, err);
	if (code == ERR_EXISTS)
		return err_set(err, ERR_EXISTS, "the name %s is taken, or was left by a rename",
		               r->name);
	if (code)
		return code;
	memcpy(r->workspace_name, w.name, sizeof w.name);
	r->created = now;
	r->by_alias = false;
	return 0;
}

/* -- renaming -- */

static int set_name(struct store *s, int64_t workspace, const char *name, bool alias,
                    struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_REPOSITORY_NAME_SET, err);
	query_int(&q, workspace);
	query_text(&q, name, NAME_REPOSITORY_SIZE);
	query_int(&q, alias);
	return query_must(&q, store_no_repository);
}

/* The new name is free, or it is an alias of this very repository. */
static int take_name(struct store *s, const struct store_repository *r, struct err *err)
{
	char holder[STORE_ID] = "";
	struct query q;
	int code;

	query_open(&q, s, SQL_REPOSITORY_NAME_OF, err);
	query_int(&q, r->workspace);
	query_text(&q, r->name, sizeof r->name);
	if (query_row(&q))
		query_get_text(&q, holder, sizeof holder);
	code = query_end(&q);
	if (code)
		return code;
	if (!holder[0])
		return store_name_insert(s, r, err);
	if (strcmp(holder, r->id))
		return err_set(err, ERR_EXISTS, "the name %s is taken, or was left by a rename",
		               r->name);
	return set_name(s, r->workspace, r->name, false, err);
}

static int write_repository(struct store *s, const struct store_repository *old,
                            const struct store_repository *r, struct err *err)
{
	struct query q;
	int code = 0;

	if (strcmp(old->name, r->name) || old->workspace != r->workspace) {
		code = set_name(s, old->workspace, old->name, true, err);
		if (!code)
			code = take_name(s, r, err);
	}
	if (code)
		return code;
	query_open(&q, s, SQL_REPOSITORY_UPDATE, err);
	query_text(&q, r->id, sizeof r->id);
	query_ref(&q, r->project);
	query_text(&q, r->name, sizeof r->name);
	query_text(&q, r->description, sizeof r->description);
	query_int(&q, r->visibility);
	query_text(&q, r->default_branch, sizeof r->default_branch);
	query_int(&q, r->check);
	query_int(&q, r->archived);
	query_text(&q, r->archived_by, sizeof r->archived_by);
	query_int(&q, r->workspace);
	query_int(&q, r->hooks);
	return query_must(&q, store_no_repository);
}

static int write_checked(struct store *s, const struct store_repository *r, bool move,
                         struct err *err)
{
	struct store_repository old, changed = *r;
	struct query q;
	int code = check_repository(r, err);

	if (!code)
		code = store_repository_get(s, r->id, &old, err);
	if (!code)
		code = store_join(s, err);
	if (code)
		return code;
	if (!move)
		changed.workspace = old.workspace;
	code = write_repository(s, &old, &changed, err);
	if (!code && changed.workspace != old.workspace) {
		query_open(&q, s, SQL_REPOSITORY_REMOVE_GROUP_GRANTS, err);
		query_text(&q, r->id, sizeof r->id);
		code = query_run(&q, NULL);
	}
	return store_part(s, code, err);
}

int store_repository_update(struct store *s, const struct store_repository *r, struct err *err)
{
	return write_checked(s, r, false, err);
}

int store_repository_move(struct store *s, const struct store_repository *r, struct err *err)
{
	return write_checked(s, r, true, err);
}

static int remove_repository(struct store *s, const char *id, struct err *err)
{
	struct query q;
	int code;

	query_open(&q, s, SQL_REPOSITORY_REMOVE_GRANTS, err);
	query_text(&q, id, STORE_ID);
	code = query_run(&q, NULL);
	if (code)
		return code;
	query_open(&q, s, SQL_REPOSITORY_REMOVE, err);
	query_text(&q, id, STORE_ID);
	return query_must(&q, store_no_repository);
}

int store_repository_remove(struct store *s, const char *id, struct err *err)
{
	int code = store_join(s, err);

	return code ? code : store_part(s, remove_repository(s, id, err), err);
}

/* Ends q. */
static int walk(struct query *q, int (*each)(void *, const struct store_repository *), void *arg)
{
	struct store_repository r = {0};
	int stop = 0, code;

	while (!stop && query_row(q)) {
		store_read_repository(q, &r);
		if (!q->code && !r.deleted)
			stop = each(arg, &r);
	}
	code = query_end(q);
	return code ? code : stop;
}

static int walk_workspace(struct store *s, int64_t workspace, const char *after,
                          int (*each)(void *, const struct store_repository *), void *arg,
                          struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_REPOSITORY_LIST_OF, err);
	query_int(&q, workspace);
	query_text(&q, after, STORE_TEXT);
	return walk(&q, each, arg);
}

int store_repository_list(struct store *s, int64_t workspace,
                          int (*each)(void *, const struct store_repository *), void *arg,
                          struct err *err)
{
	return store_repository_page(s, workspace, "", "", each, arg, err);
}

/* The rest of one workspace, then those behind it: each by its index. */
int store_repository_page(struct store *s, int64_t workspace, const char *after_workspace,
                          const char *after, int (*each)(void *, const struct store_repository *),
                          void *arg, struct err *err)
{
	struct store_workspace w = {0};
	struct query q;
	int stop = 0;

	if (workspace)
		return walk_workspace(s, workspace, after, each, arg, err);
	if (*after_workspace)
		stop = store_workspace_get(s, after_workspace, &w, err);
	if (!stop && *after_workspace && policy_name_equal(w.name, after_workspace))
		stop = walk_workspace(s, w.id, after, each, arg, err);
	if (stop && stop != ERR_NOT_FOUND)
		return stop;
	query_open(&q, s, SQL_REPOSITORY_LIST, err);
	query_text(&q, after_workspace, STORE_TEXT);
	return walk(&q, each, arg);
}
