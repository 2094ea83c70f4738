/* Whose a credential is: a user, or the repository, project or workspace that a
 * bot belongs to. */
#include "gate/gate_int.h"

#include "base/clock.h"

#include <string.h>

#define PROJECT "/project:"

/* -- as it is typed -- */

static int find_user(struct gate *g, const char *text, struct gate_owner *out, struct err *err)
{
	struct store_user u;
	int rc = gate_user_find(g, text, &u, err);

	if (rc)
		return rc;
	out->key = (struct store_owner){.kind = OWNER_USER, .id = u.id};
	out->suspended = u.suspended != CLOCK_NEVER;
	out->hardware_keys = u.hardware_keys;
	gate_put(out->name, sizeof(out->name), "%s", u.name);
	return 0;
}

static void take_repository(const struct store_repository *r, struct gate_owner *out)
{
	out->key.kind = OWNER_REPOSITORY;
	memcpy(out->key.repository, r->id, sizeof(r->id));
	out->workspace = r->workspace;
	gate_put(out->name, sizeof(out->name), "%s/%s", r->workspace_name, r->name);
}

static int find_repository(struct gate *g, const char *text, struct gate_owner *out,
                           struct err *err)
{
	struct store_repository r;
	int rc = gate_repository_find(g, text, &r, err);

	if (!rc)
		take_repository(&r, out);
	return rc;
}

static void take_project(const struct store_project *p, const char *workspace,
                         struct gate_owner *out)
{
	out->key = (struct store_owner){.kind = OWNER_PROJECT, .id = p->id};
	out->workspace = p->workspace;
	gate_put(out->name, sizeof(out->name), "%s" PROJECT "%s", workspace, p->name);
}

static int find_project(struct gate *g, const char *text, struct gate_owner *out, struct err *err)
{
	const char *slash = strchr(text, '/'), *key = slash ? slash + 1 : "";
	char workspace[NAME_OWNER_SIZE];
	struct store_workspace w;
	struct store_project p;

	if (slash && !strncmp(slash, PROJECT, strlen(PROJECT))) /* as grants spell it */
		key = slash + strlen(PROJECT);
	if (!*key || (size_t)(slash - text) >= sizeof(workspace))
		return err_set(err, ERR_INVALID, "\"%.100s\" names no project (wanted: WS/KEY)",
		               text);
	gate_put(workspace, sizeof(workspace), "%.*s", (int)(slash - text), text);
	int rc = gate_workspace_find(g, workspace, &w, err);
	if (!rc)
		rc = gate_project_find(g, workspace, key, &p, err);
	if (!rc)
		take_project(&p, w.name, out);
	return rc;
}

static void take_workspace(const struct store_workspace *w, struct gate_owner *out)
{
	out->key = (struct store_owner){.kind = OWNER_WORKSPACE, .id = w->id};
	out->workspace = w->id;
	gate_put(out->name, sizeof(out->name), "%s", w->name);
}

static int find_workspace(struct gate *g, const char *text, struct gate_owner *out, struct err *err)
{
	struct store_workspace w;
	int rc = gate_workspace_find(g, text, &w, err);

	if (!rc)
		take_workspace(&w, out);
	return rc;
}

int gate_owner_find(struct gate *g, const struct gate_whose *whose, struct gate_owner *out,
                    struct err *err)
{
	const struct {
		const char *text;
		int (*find)(struct gate *, const char *, struct gate_owner *, struct err *);
	} kinds[] = {{whose->user, find_user},
	             {whose->repository, find_repository},
	             {whose->project, find_project},
	             {whose->workspace, find_workspace}};

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].text)
			return kinds[i].find(g, kinds[i].text, out, err);
	return err_set(err, ERR_INVALID,
	               "a token or key belongs to a user, repository, project or workspace");
}

/* -- as it is stored -- */

static int load_user(struct gate *g, int64_t id, struct gate_owner *out, struct err *err)
{
	struct store_user u;
	int rc = store_user_get_id(g->store, id, &u, err);

	if (rc)
		return rc;
	out->suspended = u.suspended != CLOCK_NEVER;
	gate_put(out->name, sizeof(out->name), "%s", u.name);
	return 0;
}

/* One that is gone takes its tokens along, until it is brought back. */
static int load_repository(struct gate *g, struct gate_owner *out, struct err *err)
{
	struct store_deleted d;
	struct store_repository r;
	int rc = store_repository_get(g->store, out->key.repository, &r, err);

	if (!rc)
		take_repository(&r, out);
	if (rc != ERR_NOT_FOUND)
		return rc;
	out->deleted = true;
	rc = store_deleted_get(g->store, out->key.repository, &d, err);
	if (!rc) {
		take_repository(&d.was, out);
		out->deleted_at = d.at;
	}
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

static int load_project(struct gate *g, int64_t id, struct gate_owner *out, struct err *err)
{
	struct store_workspace w;
	struct store_project p;
	int rc = store_project_get_id(g->store, id, &p, err);

	if (!rc)
		rc = store_workspace_get_id(g->store, p.workspace, &w, err);
	if (!rc)
		take_project(&p, w.name, out);
	return rc;
}

static int load_workspace(struct gate *g, int64_t id, struct gate_owner *out, struct err *err)
{
	struct store_workspace w;
	int rc = store_workspace_get_id(g->store, id, &w, err);

	if (!rc)
		take_workspace(&w, out);
	return rc;
}

static int stand_in(void *arg, const struct store_repository *r)
{
	take_repository(r, arg);
	return 1;
}

/* An access key lives on in the other repositories that it serves: the first of them
 * stands for the one that is gone. */
static int load_key_repository(struct gate *g, const struct store_credential *c,
                               struct gate_owner *out, struct err *err)
{
	int rc = load_repository(g, out, err);

	if (rc || !out->deleted || c->kind != CREDENTIAL_ACCESS_KEY)
		return rc;
	rc = gate_key_served(g, c, stand_in, out, err);
	if (rc > 0)
		out->deleted = false;
	return rc > 0 ? 0 : rc;
}

int gate_owner_of(struct gate *g, const struct store_credential *c, struct gate_owner *out,
                  struct err *err)
{
	memset(out, 0, sizeof(*out));
	out->key = (struct store_owner){.kind = c->owner, .id = c->owner_id};
	memcpy(out->key.repository, c->owner_repository, sizeof(out->key.repository));
	switch (c->owner) {
	case OWNER_USER:
		return load_user(g, c->owner_id, out, err);
	case OWNER_REPOSITORY:
		return load_key_repository(g, c, out, err);
	case OWNER_PROJECT:
		return load_project(g, c->owner_id, out, err);
	case OWNER_WORKSPACE:
		return load_workspace(g, c->owner_id, out, err);
	}
	return err_set(err, ERR_INVALID, "credential %lld has an owner of no known kind",
	               (long long)c->id);
}

void gate_owner_words(const struct gate_owner *o, struct buf *out)
{
	static const char *const kinds[] = {[OWNER_USER] = "",
	                                    [OWNER_REPOSITORY] = "the repository ",
	                                    [OWNER_PROJECT] = "",
	                                    [OWNER_WORKSPACE] = "the workspace "};

	const char *project = o->key.kind == OWNER_PROJECT ? strstr(o->name, PROJECT) : NULL;

	if (project)
		buf_addf(out, "the project %.*s/%s", (int)(project - o->name), o->name,
		         project + strlen(PROJECT));
	else if (*o->name)
		buf_addf(out, "%s%s", kinds[o->key.kind], o->name);
	else
		buf_add_str(out, "a repository that is gone");
}

bool gate_owner_holds(const struct store_owner *o, const struct store_repository *r)
{
	switch (o->kind) {
	case OWNER_REPOSITORY:
		return !strcmp(o->repository, r->id);
	case OWNER_PROJECT:
		return o->id == r->project;
	case OWNER_WORKSPACE:
		return o->id == r->workspace;
	default:
		return false;
	}
}
