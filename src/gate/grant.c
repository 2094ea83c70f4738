#include "gate/gate_int.h"

#include "base/clock.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define GROUP "group:"
#define PROJECT "project:"
#define NUMBER "id:"

int gate_target_find(struct gate *g, const char *text, struct gate_target *out, struct err *err)
{
	const char *slash = strchr(text, '/');
	char workspace[NAME_OWNER_SIZE];
	int rc;

	memset(out, 0, sizeof(*out));
	if (!slash) {
		out->kind = GRANT_WORKSPACE;
		return gate_workspace_find(g, text, &out->workspace, err);
	}
	if (strncmp(slash + 1, PROJECT, strlen(PROJECT)) != 0) {
		out->kind = GRANT_REPOSITORY;
		rc = gate_repository_find(g, text, &out->repository, err);
		return rc ? rc
		          : store_workspace_get_id(g->store, out->repository.workspace,
		                                   &out->workspace, err);
	}
	out->kind = GRANT_PROJECT;
	gate_put(workspace, sizeof(workspace), "%.*s", (int)(slash - text), text);
	rc = gate_workspace_find(g, workspace, &out->workspace, err);
	return rc ? rc
	          : gate_project_find(g, workspace, slash + 1 + strlen(PROJECT), &out->project,
	                              err);
}

static void target_fill(const struct gate_target *t, struct store_grant *grant)
{
	grant->object = t->kind;
	grant->object_id = t->kind == GRANT_PROJECT ? t->project.id : t->workspace.id;
	if (t->kind == GRANT_REPOSITORY) {
		grant->object_id = 0;
		memcpy(grant->repository, t->repository.id, sizeof(grant->repository));
	}
}

static bool is_bot_email(struct gate *g, const char *text)
{
	const char *at = strchr(text, '@');
	struct store_user user;

	return at && strspn(text, "0123456789") == (size_t)(at - text) &&
	       store_user_by_email(g->store, text, &user, NULL) == ERR_NOT_FOUND;
}

/* A person's token acts as the person: a right of its own would open nothing. */
static int bot_find(struct gate *g, const char *text, struct store_grant *grant, struct err *err)
{
	struct store_credential c;
	int rc = gate_credential_by_number(g, text, &c, err);

	if (!rc && c.owner == OWNER_USER)
		return err_set(err, ERR_INVALID,
		               "credential %lld (\"%s\") acts as a user: the user is who can be "
		               "granted a right",
		               (long long)c.id, c.name);
	grant->subject = GRANT_CREDENTIAL;
	grant->subject_id = rc ? 0 : c.id;
	return rc;
}

/* A group is looked for in the workspace of the thing it gets a right on. */
static int subject_find(struct gate *g, const char *text, const struct gate_target *target,
                        struct store_grant *grant, struct err *err)
{
	struct store_group group;
	struct store_user user;
	int rc;

	if (!strncmp(text, GROUP, strlen(GROUP))) {
		rc = gate_group_find(g, target->workspace.name, text + strlen(GROUP), &group, err);
		grant->subject = GRANT_GROUP;
		grant->subject_id = rc ? 0 : group.id;
		return rc;
	}
	if (!strncmp(text, NUMBER, strlen(NUMBER)) || is_bot_email(g, text))
		return bot_find(g, text, grant, err);
	rc = gate_user_find(g, text, &user, err);
	grant->subject = GRANT_USER;
	grant->subject_id = rc ? 0 : user.id;
	return rc;
}

static int sides_find(struct gate *g, const char *subject, const char *object,
                      struct store_grant *grant, struct err *err)
{
	struct gate_target target;
	int rc = gate_target_find(g, object, &target, err);
	if (rc)
		return rc;
	target_fill(&target, grant);
	return subject_find(g, subject, &target, grant, err);
}

int gate_grant_set(struct gate *g, const char *subject, const char *object, const char *right,
                   struct store_grant *out, struct err *err)
{
	struct store_grant grant = {0};
	char note[STORE_TEXT];

	if (!policy_right_parse(right, &grant.right))
		return err_set(err, ERR_INVALID, "\"%.60s\" is no right (read, write or admin)",
		               right);
	if (grant.right == RIGHT_NONE)
		return err_set(err, ERR_INVALID,
		               "a grant gives read, write or admin; to take one back, remove it");
	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	gate_put(note, sizeof(note), "%s: %s", subject, policy_right_name(grant.right));
	rc = sides_find(g, subject, object, &grant, err);
	if (!rc)
		rc = store_grant_set(g->store, &grant, clock_now(), err);
	rc = gate_change_end(g, rc, &(struct gate_change){"grant add", object, note, NULL}, err);
	if (!rc && out)
		*out = grant;
	return rc;
}

int gate_grant_remove(struct gate *g, const char *subject, const char *object, struct err *err)
{
	struct store_grant grant = {0};

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = sides_find(g, subject, object, &grant, err);
	if (!rc) {
		rc = store_grant_remove(g->store, &grant, err);
		if (rc == ERR_NOT_FOUND)
			err_set(err, rc, "%s has no grant of its own on %s", subject, object);
	}
	return gate_change_end(g, rc, &(struct gate_change){"grant remove", object, subject, NULL},
	                       err);
}

/* -- lists -- */

static const char *const subject_kinds[] = {
        [GRANT_USER] = "user", [GRANT_GROUP] = "group", [GRANT_CREDENTIAL] = "id"};

const char *gate_grant_place(const struct store_grant *grant, const char *object,
                             char out[GATE_GRANT_PLACE])
{
	gate_put(out, GATE_GRANT_PLACE, "%s:%s:%lld", object, subject_kinds[grant->subject],
	         (long long)grant->subject_id);
	return out;
}

/* ":user:12" at the end of a place. Returns where it begins, NULL: there is none. */
static const char *place_subject(const char *text, struct store_grant_place *out)
{
	const char *colon = strrchr(text, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;

	if (!digits || digits > 18 || colon[1 + digits])
		return NULL;
	out->subject_id = strtoll(colon + 1, NULL, 10);
	for (int kind = GRANT_USER; kind <= GRANT_CREDENTIAL; kind++) {
		size_t len = strlen(subject_kinds[kind]);

		out->subject = (enum grant_subject)kind;
		if ((size_t)(colon - text) > len && colon[-1 - (ptrdiff_t)len] == ':' &&
		    !strncmp(colon - len, subject_kinds[kind], len))
			return colon - len - 1;
	}
	return NULL;
}

/* Nothing is looked up: what a page ended with may be gone. */
static bool place_parse(const char *text, struct store_grant_place *out)
{
	const char *end = place_subject(text, out), *name = strchr(text, '/');

	if (!end || end == text)
		return false;
	out->object = GRANT_WORKSPACE;
	if (!name || name > end)
		return true;
	out->object = GRANT_REPOSITORY;
	if (!strncmp(++name, PROJECT, strlen(PROJECT))) {
		out->object = GRANT_PROJECT;
		name += strlen(PROJECT);
	}
	if (name >= end || (size_t)(end - name) >= sizeof(out->name))
		return false;
	memcpy(out->name, name, (size_t)(end - name));
	return true;
}

int gate_grant_page(struct gate *g, const char *object, const char *after,
                    int (*each)(void *, const struct store_grant *), void *arg, struct err *err)
{
	struct store_grant_place place = {.object = GRANT_WORKSPACE};
	struct store_grant only = {0};
	struct gate_target target;

	if (after && !place_parse(after, &place))
		return err_set(err, ERR_INVALID,
		               "\"%.200s\" is no place in this list (wanted: acme/site:user:12)",
		               after);
	int rc = gate_target_find(g, object, &target, err);
	if (rc)
		return rc;
	if (target.kind == GRANT_WORKSPACE)
		return store_grant_page(g->store, target.workspace.id, &place, each, arg, err);
	target_fill(&target, &only);
	only.subject = place.subject;
	only.subject_id = place.subject_id;
	return store_grant_page_at(g->store, &only, each, arg, err);
}

int gate_grant_list(struct gate *g, const char *object,
                    int (*each)(void *, const struct store_grant *), void *arg, struct err *err)
{
	return gate_grant_page(g, object, NULL, each, arg, err);
}

/* -- in words -- */

static int subject_words(struct gate *g, const struct store_grant *grant, char *out, size_t size,
                         struct err *err)
{
	struct store_user user;
	struct store_group group;
	int rc;

	switch (grant->subject) {
	case GRANT_USER:
		rc = store_user_get_id(g->store, grant->subject_id, &user, err);
		if (!rc)
			gate_put(out, size, "%s", user.name);
		return rc;
	case GRANT_GROUP:
		rc = store_group_get_id(g->store, grant->subject_id, &group, err);
		if (!rc)
			gate_put(out, size, GROUP "%s", group.name);
		return rc;
	case GRANT_CREDENTIAL:
		gate_put(out, size, NUMBER "%lld", (long long)grant->subject_id);
		return 0;
	}
	return err_set(err, ERR_INVALID, "grant %lld has an unknown subject", (long long)grant->id);
}

static int object_words(struct gate *g, const struct store_grant *grant, char *out, size_t size,
                        struct err *err)
{
	struct store_workspace w;
	struct store_project p;
	struct store_repository r;
	int rc;

	switch (grant->object) {
	case GRANT_WORKSPACE:
		rc = store_workspace_get_id(g->store, grant->object_id, &w, err);
		if (!rc)
			gate_put(out, size, "%s", w.name);
		return rc;
	case GRANT_PROJECT:
		rc = store_project_get_id(g->store, grant->object_id, &p, err);
		if (!rc)
			rc = store_workspace_get_id(g->store, p.workspace, &w, err);
		if (!rc)
			gate_put(out, size, "%s/" PROJECT "%s", w.name, p.name);
		return rc;
	case GRANT_REPOSITORY:
		rc = store_repository_get(g->store, grant->repository, &r, err);
		if (!rc)
			gate_put(out, size, "%s/%s", r.workspace_name, r.name);
		return rc;
	}
	return err_set(err, ERR_INVALID, "grant %lld has an unknown object", (long long)grant->id);
}

int gate_grant_words(struct gate *g, const struct store_grant *grant, char *subject,
                     size_t subject_size, char *object, size_t object_size, struct err *err)
{
	int rc = subject_words(g, grant, subject, subject_size, err);
	return rc ? rc : object_words(g, grant, object, object_size, err);
}
