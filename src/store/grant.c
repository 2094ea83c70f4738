/* Grants, and the rights that come out of them. */
#include "store/store_int.h"

#include <string.h>

/* A place: what a grant stands on. For a repository the id is text, and the
 * number 0; else the text is empty. */
static void bind_place(struct query *q, const struct store_grant *g)
{
	bool repository = g->object == GRANT_REPOSITORY;

	query_int(q, g->object);
	query_int(q, repository ? 0 : g->object_id);
	query_text(q, repository ? g->repository : "", sizeof g->repository);
}

static int one_number(struct query *q, int64_t *out, const char *missing)
{
	bool found = query_row(q);
	int code;

	if (found)
		*out = query_get_int(q);
	code = query_end(q);
	if (code || found)
		return code;
	return err_set(q->err, ERR_NOT_FOUND, "%s", missing);
}

/* Which workspace the object lies in. */
static int find_place(struct store *s, const struct store_grant *g, int64_t *workspace,
                      struct err *err)
{
	static const enum statement ask[] = {
	        [GRANT_WORKSPACE] = SQL_PLACE_WORKSPACE,
	        [GRANT_PROJECT] = SQL_PLACE_PROJECT,
	        [GRANT_REPOSITORY] = SQL_PLACE_REPOSITORY,
	};
	struct query q;

	query_open(&q, s, ask[g->object], err);
	if (g->object == GRANT_REPOSITORY)
		query_text(&q, g->repository, sizeof g->repository);
	else
		query_int(&q, g->object_id);
	return one_number(&q, workspace, "what the grant is on does not exist");
}

/* The subject exists; a group gets grants in its own workspace only. */
static int check_subject(struct store *s, const struct store_grant *g, int64_t workspace,
                         struct err *err)
{
	static const enum statement ask[] = {
	        [GRANT_USER] = SQL_SUBJECT_USER,
	        [GRANT_GROUP] = SQL_SUBJECT_GROUP,
	        [GRANT_CREDENTIAL] = SQL_SUBJECT_CREDENTIAL,
	};
	int64_t home = 0;
	struct query q;
	int code;

	query_open(&q, s, ask[g->subject], err);
	query_int(&q, g->subject_id);
	code = one_number(&q, &home, "whom the grant is for does not exist");
	if (!code && g->subject == GRANT_GROUP && home != workspace)
		return err_set(err, ERR_INVALID, "the group belongs to another workspace");
	return code;
}

static int check_grant(struct store *s, const struct store_grant *g, struct err *err)
{
	int64_t workspace = 0;
	int code;

	if (g->subject < GRANT_USER || g->subject > GRANT_CREDENTIAL ||
	    g->object < GRANT_WORKSPACE || g->object > GRANT_REPOSITORY || g->right < RIGHT_READ ||
	    g->right > RIGHT_ADMIN)
		return err_set(err, ERR_INVALID, "this is no grant");
	code = find_place(s, g, &workspace, err);
	return code ? code : check_subject(s, g, workspace, err);
}

int store_grant_set(struct store *s, struct store_grant *g, int64_t now, struct err *err)
{
	int64_t id = 0, created = 0;
	struct query q;
	int code = check_grant(s, g, err);

	if (code)
		return code;
	query_open(&q, s, SQL_GRANT_SET, err);
	bind_place(&q, g);
	query_int(&q, g->subject);
	query_int(&q, g->subject_id);
	query_int(&q, g->right);
	query_int(&q, now);
	while (query_row(&q)) {
		id = query_get_int(&q);
		created = query_get_int(&q);
	}
	code = query_end(&q);
	if (!code) {
		g->id = id;
		g->created = created;
	}
	return code;
}

int store_grant_remove(struct store *s, const struct store_grant *g, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_GRANT_REMOVE, err);
	bind_place(&q, g);
	query_int(&q, g->subject);
	query_int(&q, g->subject_id);
	return query_must(&q, "there is no such grant");
}

static void read_grant(struct query *q, struct store_grant *g)
{
	g->id = query_get_int(q);
	g->object = (enum grant_object)query_get_enum(q, GRANT_WORKSPACE, GRANT_REPOSITORY);
	g->object_id = query_get_int(q);
	query_get_text(q, g->repository, sizeof g->repository);
	g->subject = (enum grant_subject)query_get_enum(q, GRANT_USER, GRANT_CREDENTIAL);
	g->subject_id = query_get_int(q);
	g->right = (enum right)query_get_enum(q, RIGHT_READ, RIGHT_ADMIN);
	g->created = query_get_int(q);
}

static int walk(struct query *q, int (*each)(void *, const struct store_grant *), void *arg)
{
	struct store_grant g = {0};
	int stop = 0, code;

	while (!stop && query_row(q)) {
		read_grant(q, &g);
		if (!q->code)
			stop = each(arg, &g);
	}
	code = query_end(q);
	return code ? code : stop;
}

int store_grant_list(struct store *s, int64_t workspace,
                     int (*each)(void *, const struct store_grant *), void *arg, struct err *err)
{
	static const struct store_grant_place start = {.object = GRANT_WORKSPACE};

	return store_grant_page(s, workspace, &start, each, arg, err);
}

int store_grant_page_at(struct store *s, const struct store_grant *after,
                        int (*each)(void *, const struct store_grant *), void *arg, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_GRANT_LIST_AT, err);
	bind_place(&q, after);
	query_int(&q, after->subject);
	query_int(&q, after->subject_id);
	return walk(&q, each, arg);
}

/* On the projects or repositories of a workspace. */
static int walk_inside(struct store *s, int64_t workspace, const struct store_grant_place *after,
                       int (*each)(void *, const struct store_grant *), void *arg, struct err *err)
{
	bool project = after->object == GRANT_PROJECT;
	struct query q;

	query_open(&q, s, project ? SQL_GRANT_LIST_PROJECTS : SQL_GRANT_LIST_REPOSITORIES, err);
	query_int(&q, workspace);
	query_text(&q, after->name, sizeof after->name);
	query_int(&q, after->subject);
	query_int(&q, after->subject_id);
	return walk(&q, each, arg);
}

/* The rest of one kind of object, then all of those behind it. */
int store_grant_page(struct store *s, int64_t workspace, const struct store_grant_place *after,
                     int (*each)(void *, const struct store_grant *), void *arg, struct err *err)
{
	struct store_grant_place at = *after;
	int stop = 0;

	if (at.object == GRANT_WORKSPACE) {
		struct store_grant on = {.object = GRANT_WORKSPACE,
		                         .object_id = workspace,
		                         .subject = at.subject,
		                         .subject_id = at.subject_id};
		stop = store_grant_page_at(s, &on, each, arg, err);
		at = (struct store_grant_place){.object = GRANT_PROJECT};
	}
	if (!stop && at.object == GRANT_PROJECT) {
		stop = walk_inside(s, workspace, &at, each, arg, err);
		at = (struct store_grant_place){.object = GRANT_REPOSITORY};
	}
	return stop ? stop : walk_inside(s, workspace, &at, each, arg, err);
}

int store_grant_list_of(struct store *s, enum grant_subject subject, int64_t id,
                        int (*each)(void *, const struct store_grant *), void *arg, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_GRANT_LIST_OF, err);
	query_int(&q, subject);
	query_int(&q, id);
	return walk(&q, each, arg);
}

/* -- rights -- */

/* The three places above and at a repository: ?1 ?2 ?3 of the statements. */
static void bind_places(struct query *q, const struct store_repository *r)
{
	query_int(q, r->workspace);
	query_int(q, r->project);
	query_text(q, r->id, sizeof r->id);
}

static int right_of(struct store *s, enum statement id, int64_t subject,
                    const struct store_repository *r, enum right *out, struct err *err)
{
	enum right right = RIGHT_NONE;
	struct query q;
	int code;

	query_open(&q, s, id, err);
	bind_places(&q, r);
	query_int(&q, subject);
	if (query_row(&q))
		right = (enum right)query_get_enum(&q, RIGHT_NONE, RIGHT_ADMIN);
	code = query_end(&q);
	if (!code)
		*out = right;
	return code;
}

int store_right_of_user(struct store *s, int64_t user, const struct store_repository *r,
                        enum right *out, struct err *err)
{
	return right_of(s, SQL_RIGHT_OF_USER, user, r, out, err);
}

int store_right_of_credential(struct store *s, int64_t credential, const struct store_repository *r,
                              enum right *out, struct err *err)
{
	return right_of(s, SQL_RIGHT_OF_CREDENTIAL, credential, r, out, err);
}

static void read_source(struct query *q, struct store_right_source *r)
{
	r->right = (enum right)query_get_enum(q, RIGHT_READ, RIGHT_ADMIN);
	r->owner = query_get_bool(q);
	r->subject = (enum grant_subject)query_get_enum(q, 0, GRANT_CREDENTIAL);
	r->object = (enum grant_object)query_get_enum(q, 0, GRANT_REPOSITORY);
	query_get_text(q, r->group, sizeof r->group);
}

int store_right_sources(struct store *s, int64_t user, const struct store_repository *r,
                        int (*each)(void *, const struct store_right_source *), void *arg,
                        struct err *err)
{
	struct store_right_source source = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_RIGHT_SOURCES, err);
	bind_places(&q, r);
	query_int(&q, user);
	while (!stop && query_row(&q)) {
		read_source(&q, &source);
		if (!q.code)
			stop = each(arg, &source);
	}
	code = query_end(&q);
	return code ? code : stop;
}

int store_repository_admins(struct store *s, const struct store_repository *r, size_t most,
                            int (*each)(void *, const char *name), void *arg, struct err *err)
{
	char name[NAME_OWNER_SIZE];
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_REPOSITORY_ADMINS, err);
	bind_places(&q, r);
	query_int(&q, most > INT32_MAX ? INT32_MAX : (int64_t)most);
	while (!stop && query_row(&q)) {
		query_get_text(&q, name, sizeof name);
		if (!q.code)
			stop = each(arg, name);
	}
	code = query_end(&q);
	return code ? code : stop;
}
