/* Workspaces, their names and members. */
#include "store/store_int.h"

#include "base/clock.h"

#include <string.h>

static const char no_workspace[] = "there is no such workspace";

/* -- workspaces -- */

static void read_workspace(struct query *q, void *row)
{
	struct store_workspace *w = row;

	w->id = query_get_int(q);
	query_get_text(q, w->name, sizeof w->name);
	query_get_text(q, w->display, sizeof w->display);
	w->creation = (enum creation_rule)query_get_enum(q, CREATION_OFF, CREATION_MEMBERS);
	w->personal = query_get_int(q);
	w->token_lifetime = query_get_int(q);
	w->created = query_get_int(q);
}

static int get_workspace(struct query *q, struct store_workspace *out)
{
	struct store_workspace w = {0};
	int code = query_one(q, read_workspace, &w, no_workspace);

	if (!code)
		*out = w;
	return code;
}

int store_workspace_get(struct store *s, const char *name, struct store_workspace *out,
                        struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_WORKSPACE_BY_NAME, err);
	query_text(&q, name, STORE_TEXT);
	return get_workspace(&q, out);
}

int store_workspace_get_id(struct store *s, int64_t id, struct store_workspace *out,
                           struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_WORKSPACE_BY_ID, err);
	query_int(&q, id);
	return get_workspace(&q, out);
}

static int insert_workspace(struct store *s, struct store_workspace *w, int64_t now,
                            struct err *err)
{
	struct query q;
	int code;

	query_open(&q, s, SQL_WORKSPACE_ADD, err);
	query_text(&q, w->name, sizeof w->name);
	query_text(&q, w->display, sizeof w->display);
	query_int(&q, w->creation);
	query_ref(&q, w->personal);
	query_int(&q, w->token_lifetime);
	query_int(&q, now);
	code = query_run(&q, NULL);
	if (!code) {
		w->id = sqlite3_last_insert_rowid(s->db);
		w->created = now;
	}
	return code;
}

static int insert_name(struct store *s, const char *name, int64_t user, int64_t workspace,
                       struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_NAME_ADD, err);
	query_text(&q, name, NAME_OWNER_SIZE);
	query_ref(&q, user);
	query_ref(&q, workspace);
	return query_run(&q, NULL);
}

int store_workspace_make(struct store *s, struct store_workspace *w, int64_t user, int64_t owner,
                         int64_t now, struct err *err)
{
	int code = insert_workspace(s, w, now, err);

	if (!code)
		code = insert_name(s, w->name, user, w->id, err);
	if (!code)
		code = store_member_set(s, w->id, owner, MEMBER_OWNER, err);
	return code;
}

int store_workspace_add(struct store *s, struct store_workspace *w, int64_t owner, int64_t now,
                        struct err *err)
{
	struct store_workspace made = *w;
	int code = store_check_owner_name(w->name, err);

	made.personal = 0;
	made.token_lifetime = w->token_lifetime > 0 ? w->token_lifetime : CLOCK_NEVER;
	if (!code)
		code = store_join(s, err);
	if (code)
		return code;
	code = store_part(s, store_workspace_make(s, &made, 0, owner, now, err), err);
	if (code == ERR_EXISTS)
		return err_set(err, ERR_EXISTS, "the name %s is taken", w->name);
	if (!code)
		*w = made;
	return code;
}

int store_workspace_update(struct store *s, const struct store_workspace *w, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_WORKSPACE_UPDATE, err);
	query_int(&q, w->id);
	query_text(&q, w->display, sizeof w->display);
	query_int(&q, w->creation);
	query_int(&q, w->token_lifetime);
	return query_must(&q, no_workspace);
}

static int set_name(struct store *s, const char *name, bool alias, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_NAME_SET, err);
	query_text(&q, name, NAME_OWNER_SIZE);
	query_int(&q, alias);
	return query_must(&q, no_workspace);
}

/* The new name is free, or it is an alias of this very workspace. */
static int take_name(struct store *s, int64_t id, const char *name, struct err *err)
{
	struct query q;
	int64_t holder = -1;
	int code;

	query_open(&q, s, SQL_NAME_OF_WORKSPACE, err);
	query_text(&q, name, NAME_OWNER_SIZE);
	if (query_row(&q))
		holder = query_get_int(&q);
	code = query_end(&q);
	if (code)
		return code;
	if (holder == -1)
		return insert_name(s, name, 0, id, err);
	if (holder != id)
		return err_set(err, ERR_EXISTS, "the name %s is taken", name);
	return set_name(s, name, false, err);
}

static int rename_workspace(struct store *s, const struct store_workspace *w, const char *name,
                            struct err *err)
{
	struct query q;
	int code = set_name(s, w->name, true, err);

	if (!code)
		code = take_name(s, w->id, name, err);
	if (code)
		return code;
	query_open(&q, s, SQL_WORKSPACE_NAME, err);
	query_int(&q, w->id);
	query_text(&q, name, NAME_OWNER_SIZE);
	return query_must(&q, no_workspace);
}

int store_workspace_rename(struct store *s, int64_t id, const char *name, struct err *err)
{
	char fixed[NAME_OWNER_SIZE] = {0};
	struct store_workspace w;
	size_t len = strnlen(name, NAME_OWNER_SIZE);
	int code;

	if (len == NAME_OWNER_SIZE)
		return err_set(err, ERR_LIMIT, "a name is longer than %d bytes", NAME_OWNER_MAX);
	memcpy(fixed, name, len);
	code = store_check_owner_name(fixed, err);
	if (!code)
		code = store_workspace_get_id(s, id, &w, err);
	if (!code)
		code = store_join(s, err);
	if (code)
		return code;
	return store_part(s, rename_workspace(s, &w, fixed, err), err);
}

int store_workspace_list(struct store *s, int64_t user,
                         int (*each)(void *, const struct store_workspace *), void *arg,
                         struct err *err)
{
	return store_workspace_page(s, user, "", each, arg, err);
}

int store_workspace_page(struct store *s, int64_t user, const char *after,
                         int (*each)(void *, const struct store_workspace *), void *arg,
                         struct err *err)
{
	struct store_workspace w = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, user ? SQL_WORKSPACE_LIST_OF : SQL_WORKSPACE_LIST, err);
	if (user)
		query_int(&q, user);
	query_text(&q, after, STORE_TEXT);
	while (!stop && query_row(&q)) {
		read_workspace(&q, &w);
		if (!q.code)
			stop = each(arg, &w);
	}
	code = query_end(&q);
	return code ? code : stop;
}

/* -- members -- */

/* Somebody must stay who can let others in. */
static int check_other_owner(struct store *s, int64_t workspace, int64_t user, struct err *err)
{
	struct query q;
	enum member_role role;
	int64_t others = 0;
	int code = store_member_get(s, workspace, user, &role, err);

	if (code || role != MEMBER_OWNER)
		return code;
	query_open(&q, s, SQL_MEMBER_OTHER_OWNERS, err);
	query_int(&q, workspace);
	query_int(&q, user);
	if (query_row(&q))
		others = query_get_int(&q);
	code = query_end(&q);
	if (!code && !others)
		return err_set(err, ERR_INVALID, "this is the last owner of the workspace");
	return code;
}

static int remove_member(struct store *s, int64_t workspace, int64_t user, struct err *err)
{
	struct query q;
	int code;

	query_open(&q, s, SQL_MEMBER_LEAVE_GROUPS, err);
	query_int(&q, workspace);
	query_int(&q, user);
	code = query_run(&q, NULL);
	if (code)
		return code;
	query_open(&q, s, SQL_MEMBER_REMOVE, err);
	query_int(&q, workspace);
	query_int(&q, user);
	return query_must(&q, "the user is no member of this workspace");
}

int store_member_set(struct store *s, int64_t workspace, int64_t user, enum member_role role,
                     struct err *err)
{
	struct query q;
	int code;

	if (role != MEMBER_OWNER) {
		code = check_other_owner(s, workspace, user, err);
		if (code)
			return code;
	}
	if (role == MEMBER_NONE) {
		code = store_join(s, err);
		return code ? code : store_part(s, remove_member(s, workspace, user, err), err);
	}
	query_open(&q, s, SQL_MEMBER_SET, err);
	query_int(&q, workspace);
	query_int(&q, user);
	query_int(&q, role);
	return query_run(&q, NULL);
}

int store_member_left(struct store *s, int64_t workspace, int64_t user, int64_t when,
                      struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_MEMBER_LEFT, err);
	query_int(&q, workspace);
	query_int(&q, user);
	query_int(&q, when);
	return query_run(&q, NULL);
}

static void read_moment(struct query *q, void *row)
{
	*(int64_t *)row = query_get_int(q);
}

int store_member_former(struct store *s, int64_t workspace, int64_t user, int64_t *when,
                        struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_MEMBER_FORMER, err);
	query_int(&q, workspace);
	query_int(&q, user);
	return query_one(&q, read_moment, when, "the user was no member of this workspace");
}

int store_member_get(struct store *s, int64_t workspace, int64_t user, enum member_role *out,
                     struct err *err)
{
	struct query q;
	enum member_role role = MEMBER_NONE;
	int code;

	query_open(&q, s, SQL_MEMBER_GET, err);
	query_int(&q, workspace);
	query_int(&q, user);
	if (query_row(&q))
		role = (enum member_role)query_get_enum(&q, MEMBER_MEMBER, MEMBER_OWNER);
	code = query_end(&q);
	if (!code)
		*out = role;
	return code;
}

int store_member_list(struct store *s, int64_t workspace,
                      int (*each)(void *, const struct store_user *, enum member_role), void *arg,
                      struct err *err)
{
	struct store_user u = {0};
	enum member_role role;
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_MEMBER_LIST, err);
	query_int(&q, workspace);
	while (!stop && query_row(&q)) {
		store_read_user(&q, &u);
		role = (enum member_role)query_get_enum(&q, MEMBER_MEMBER, MEMBER_OWNER);
		if (!q.code)
			stop = each(arg, &u, role);
	}
	code = query_end(&q);
	return code ? code : stop;
}
