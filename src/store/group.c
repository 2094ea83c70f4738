/* Groups of a workspace, and its projects. */
#include "store/store_int.h"

static const char no_group[] = "there is no such group";
static const char no_project[] = "there is no such project";

/* -- groups -- */

static void read_group(struct query *q, void *row)
{
	struct store_group *g = row;

	g->id = query_get_int(q);
	g->workspace = query_get_int(q);
	query_get_text(q, g->name, sizeof g->name);
	g->created = query_get_int(q);
}

static int get_group(struct query *q, struct store_group *out)
{
	struct store_group g = {0};
	int code = query_one(q, read_group, &g, no_group);

	if (!code)
		*out = g;
	return code;
}

int store_group_add(struct store *s, struct store_group *g, int64_t now, struct err *err)
{
	struct query q;
	int code = store_check_label(g->name, sizeof g->name, err);

	if (code)
		return code;
	query_open(&q, s, SQL_GROUP_ADD, err);
	query_int(&q, g->workspace);
	query_text(&q, g->name, sizeof g->name);
	query_int(&q, now);
	code = query_run(&q, NULL);
	if (!code) {
		g->id = sqlite3_last_insert_rowid(s->db);
		g->created = now;
	}
	return code;
}

int store_group_get(struct store *s, int64_t workspace, const char *name, struct store_group *out,
                    struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_GROUP_BY_NAME, err);
	query_int(&q, workspace);
	query_text(&q, name, STORE_TEXT);
	return get_group(&q, out);
}

int store_group_get_id(struct store *s, int64_t id, struct store_group *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_GROUP_BY_ID, err);
	query_int(&q, id);
	return get_group(&q, out);
}

static int remove_group(struct store *s, int64_t id, struct err *err)
{
	struct query q;
	int code;

	query_open(&q, s, SQL_GROUP_REMOVE_GRANTS, err);
	query_int(&q, id);
	code = query_run(&q, NULL);
	if (code)
		return code;
	query_open(&q, s, SQL_GROUP_REMOVE, err);
	query_int(&q, id);
	return query_must(&q, no_group);
}

int store_group_remove(struct store *s, int64_t id, struct err *err)
{
	int code = store_join(s, err);

	return code ? code : store_part(s, remove_group(s, id, err), err);
}

int store_group_list(struct store *s, int64_t workspace,
                     int (*each)(void *, const struct store_group *), void *arg, struct err *err)
{
	return store_group_page(s, workspace, "", each, arg, err);
}

int store_group_page(struct store *s, int64_t workspace, const char *after,
                     int (*each)(void *, const struct store_group *), void *arg, struct err *err)
{
	struct store_group g = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_GROUP_LIST, err);
	query_int(&q, workspace);
	query_text(&q, after, STORE_TEXT);
	while (!stop && query_row(&q)) {
		read_group(&q, &g);
		if (!q.code)
			stop = each(arg, &g);
	}
	code = query_end(&q);
	return code ? code : stop;
}

int store_group_member_set(struct store *s, int64_t group, int64_t user, bool in, struct err *err)
{
	struct query q;

	query_open(&q, s, in ? SQL_GROUP_MEMBER_ADD : SQL_GROUP_MEMBER_REMOVE, err);
	query_int(&q, group);
	query_int(&q, user);
	return in ? query_run(&q, NULL) : query_must(&q, "the user is not in this group");
}

int store_group_member_list(struct store *s, int64_t group,
                            int (*each)(void *, const struct store_user *), void *arg,
                            struct err *err)
{
	struct store_user u = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_GROUP_MEMBER_LIST, err);
	query_int(&q, group);
	while (!stop && query_row(&q)) {
		store_read_user(&q, &u);
		if (!q.code)
			stop = each(arg, &u);
	}
	code = query_end(&q);
	return code ? code : stop;
}

/* -- projects -- */

static void read_project(struct query *q, void *row)
{
	struct store_project *p = row;

	p->id = query_get_int(q);
	p->workspace = query_get_int(q);
	query_get_text(q, p->name, sizeof p->name);
	query_get_text(q, p->description, sizeof p->description);
	p->created = query_get_int(q);
}

static int get_project(struct query *q, struct store_project *out)
{
	struct store_project p = {0};
	int code = query_one(q, read_project, &p, no_project);

	if (!code)
		*out = p;
	return code;
}

int store_project_add(struct store *s, struct store_project *p, int64_t now, struct err *err)
{
	struct query q;
	int code = store_check_label(p->name, sizeof p->name, err);

	if (code)
		return code;
	query_open(&q, s, SQL_PROJECT_ADD, err);
	query_int(&q, p->workspace);
	query_text(&q, p->name, sizeof p->name);
	query_text(&q, p->description, sizeof p->description);
	query_int(&q, now);
	code = query_run(&q, NULL);
	if (!code) {
		p->id = sqlite3_last_insert_rowid(s->db);
		p->created = now;
	}
	return code;
}

int store_project_get(struct store *s, int64_t workspace, const char *name,
                      struct store_project *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_PROJECT_BY_NAME, err);
	query_int(&q, workspace);
	query_text(&q, name, STORE_TEXT);
	return get_project(&q, out);
}

int store_project_get_id(struct store *s, int64_t id, struct store_project *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_PROJECT_BY_ID, err);
	query_int(&q, id);
	return get_project(&q, out);
}

int store_project_update(struct store *s, const struct store_project *p, struct err *err)
{
	struct query q;
	int code = store_check_label(p->name, sizeof p->name, err);

	if (code)
		return code;
	query_open(&q, s, SQL_PROJECT_UPDATE, err);
	query_int(&q, p->id);
	query_text(&q, p->name, sizeof p->name);
	query_text(&q, p->description, sizeof p->description);
	return query_must(&q, no_project);
}

int store_project_list(struct store *s, int64_t workspace,
                       int (*each)(void *, const struct store_project *), void *arg,
                       struct err *err)
{
	return store_project_page(s, workspace, "", each, arg, err);
}

int store_project_page(struct store *s, int64_t workspace, const char *after,
                       int (*each)(void *, const struct store_project *), void *arg,
                       struct err *err)
{
	struct store_project p = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_PROJECT_LIST, err);
	query_int(&q, workspace);
	query_text(&q, after, STORE_TEXT);
	while (!stop && query_row(&q)) {
		read_project(&q, &p);
		if (!q.code)
			stop = each(arg, &p);
	}
	code = query_end(&q);
	return code ? code : stop;
}
