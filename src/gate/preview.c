/* What a credential can really do: the same decision as a request's, for each
 * repository, by the credential and by its owner with nothing in the way. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct preview {
	struct gate *g;
	struct gate_session with;     /* as it is */
	struct gate_session within;   /* with every scope, within its limits */
	struct gate_session owner;    /* with every scope and no limit */
	const char *workspace, *name; /* begin behind it; NULL: from the start */
	enum right right;             /* of the owner, on the one that is looked at */
	size_t most, told;
	int (*each)(void *, const struct gate_preview *);
	void *arg;
	struct gate_preview_end *end;
	struct err *err;
};

/* Repositories come in the order of their workspaces' names, then their own. */
static bool is_behind(const struct preview *p, const struct store_repository *r)
{
	if (!p->workspace)
		return true;
	int order = strcasecmp(r->workspace_name, p->workspace);
	return order ? order > 0 : strcasecmp(r->name, p->name) > 0;
}

static int may(struct preview *p, const struct gate_session *s, const struct store_repository *r,
               enum operation operation, struct verdict *out, bool *allowed)
{
	int rc = gate_would(p->g, s, r->id, operation, out, p->err);

	*allowed = !rc && out->reason == REASON_ALLOWED;
	return rc;
}

/* Does its list of repositories leave this one out? What is public it reads then
 * as anyone may. */
static int left_out(struct preview *p, const struct store_repository *r, bool *out)
{
	struct verdict v;
	bool allowed = true;
	int rc = 0;

	*out = false;
	if (!p->with.credential.limits[LIMIT_REPOSITORY])
		return 0;
	rc = may(p, &p->within, r, OPERATION_READ, &v, &allowed);
	*out = !allowed || v.as_anyone;
	return rc;
}

/* What the owner may, and what the scopes leave of it. */
static int look(struct preview *p, const struct store_repository *r, struct gate_preview *out)
{
	struct verdict v;
	bool pushes = false, admin = p->right == RIGHT_ADMIN;

	int rc = may(p, &p->with, r, OPERATION_READ, &v, &out->reads);
	if (!rc)
		rc = may(p, &p->owner, r, OPERATION_WRITE, &v, &pushes);
	if (!rc)
		rc = may(p, &p->with, r, OPERATION_WRITE, &v, &out->pushes);
	out->administers = admin && (p->with.credential.scopes & SCOPE_ADMIN_REPOSITORY);
	out->cut_administers = admin && !out->administers;
	out->cut_reads = !out->reads;
	out->cut_pushes = pushes && !out->pushes;
	return rc;
}

static int one(void *arg, const struct store_repository *r)
{
	struct preview *p = arg;
	struct gate_preview found = {.repository = r};
	bool limited = false, sees = false;
	struct verdict v;

	if (!is_behind(p, r))
		return 0;
	int rc = may(p, &p->owner, r, OPERATION_READ, &v, &sees);
	p->right = v.right_present;
	if (!rc && sees)
		rc = left_out(p, r, &limited);
	p->end->left_out += limited;
	if (rc || !sees || limited)
		return rc;
	if (p->told == p->most) {
		p->end->more = true;
		return 1;
	}
	p->told++;
	rc = look(p, r, &found);
	return rc ? rc : p->each(p->arg, &found);
}

/* All alive, whatever became of the credential. */
static int sessions(struct preview *p, const struct store_credential *c)
{
	struct store_credential alive = *c;

	alive.revoked = alive.expires = CLOCK_NEVER;
	alive.not_before = 0;
	int rc = gate_session_credential(p->g, &alive, &p->with, p->err);
	p->within = p->with;
	p->within.credential.scopes = SCOPE_ALL;
	p->owner = p->within;
	memset(p->owner.credential.limits, 0, sizeof(p->owner.credential.limits));
	return rc;
}

int gate_preview(struct gate *g, const struct store_credential *c, const char *after, size_t most,
                 int (*each)(void *, const struct gate_preview *), void *arg,
                 struct gate_preview_end *end, struct err *err)
{
	char workspace[NAME_OWNER_SIZE], name[NAME_REPOSITORY_SIZE];
	struct preview *p = calloc(1, sizeof(*p));
	int rc = 0;

	if (!p)
		return err_set(err, ERR_MEMORY, "out of memory");
	*end = (struct gate_preview_end){0};
	*p = (struct preview){
	        .g = g, .most = most, .each = each, .arg = arg, .end = end, .err = err};
	const char *fault = after ? policy_name_path(after, workspace, name) : NULL;
	if (fault)
		rc = err_set(err, ERR_INVALID, "\"%.200s\" names no repository: %s", after, fault);
	p->workspace = after ? workspace : NULL;
	p->name = name;
	if (!rc)
		rc = sessions(p, c);
	if (!rc)
		rc = store_repository_list(g->store, 0, one, p, err);
	free(p);
	return rc < 0 ? rc : 0;
}
