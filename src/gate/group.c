/* Groups of a workspace, and its projects: two kinds of thing with a label. */
#include "gate/gate_int.h"

#include "base/clock.h"

#include <string.h>

/* "acme/devs" for the audit. */
static const char *inside(char out[STORE_TEXT], const char *workspace, const char *name)
{
	gate_put(out, STORE_TEXT, "%s/%s", workspace, name);
	return out;
}

int gate_group_find(struct gate *g, const char *workspace, const char *group,
                    struct store_group *out, struct err *err)
{
	struct store_workspace w;
	struct store_group found;

	int rc = gate_workspace_find(g, workspace, &w, err);
	if (!rc)
		rc = store_group_get(g->store, w.id, group, &found, err);
	else
		return rc;
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "workspace %s has no group \"%.100s\"", w.name, group);
	if (!rc && out)
		*out = found;
	return rc;
}

int gate_group_list(struct gate *g, const char *workspace,
                    int (*each)(void *, const struct store_group *), void *arg, struct err *err)
{
	return gate_group_page(g, workspace, NULL, each, arg, err);
}

int gate_group_page(struct gate *g, const char *workspace, const char *after,
                    int (*each)(void *, const struct store_group *), void *arg, struct err *err)
{
	struct store_workspace w;
	int rc = gate_workspace_find(g, workspace, &w, err);
	return rc ? rc : store_group_page(g->store, w.id, after ? after : "", each, arg, err);
}

int gate_group_member_list(struct gate *g, const struct store_group *group,
                           int (*each)(void *, const struct store_user *), void *arg,
                           struct err *err)
{
	return store_group_member_list(g->store, group->id, each, arg, err);
}

int gate_group_add(struct gate *g, const char *workspace, const char *group,
                   struct store_group *out, struct err *err)
{
	struct store_workspace w = {0};
	struct store_group made = {0};
	char object[STORE_TEXT];

	int rc = gate_label(made.name, group, "a group's name", err);
	if (!rc)
		rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_workspace_find(g, workspace, &w, err);
	made.workspace = w.id;
	if (!rc)
		rc = store_group_add(g->store, &made, clock_now(), err);
	if (rc == ERR_EXISTS)
		err_set(err, rc, "workspace %s has a group \"%s\" already", w.name, made.name);
	rc = gate_change_end(g, rc,
	                     &(struct gate_change){"group create",
	                                           inside(object, w.name, made.name), NULL, NULL},
	                     err);
	if (!rc && out)
		*out = made;
	return rc;
}

int gate_group_remove(struct gate *g, const char *workspace, const char *group, struct err *err)
{
	struct store_group found = {0};
	char object[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_group_find(g, workspace, group, &found, err);
	if (!rc)
		rc = store_group_remove(g->store, found.id, err);
	return gate_change_end(g, rc,
	                       &(struct gate_change){"group delete",
	                                             inside(object, workspace, found.name),
	                                             "with its grants", NULL},
	                       err);
}

int gate_group_member(struct gate *g, const char *workspace, const char *group, const char *user,
                      bool in, struct err *err)
{
	struct store_group found = {0};
	struct store_user u = {0};
	char object[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_group_find(g, workspace, group, &found, err);
	if (!rc)
		rc = gate_user_find(g, user, &u, err);
	if (!rc)
		rc = store_group_member_set(g->store, found.id, u.id, in, err);
	if (rc == ERR_NOT_FOUND && u.id && !in)
		err_set(err, rc, "%s is not in the group %s", u.name, found.name);
	return gate_change_end(g, rc,
	                       &(struct gate_change){in ? "group add" : "group remove",
	                                             inside(object, workspace, found.name), u.name,
	                                             NULL},
	                       err);
}

int gate_project_find(struct gate *g, const char *workspace, const char *project,
                      struct store_project *out, struct err *err)
{
	struct store_workspace w;
	struct store_project found;

	int rc = gate_workspace_find(g, workspace, &w, err);
	if (rc)
		return rc;
	rc = store_project_get(g->store, w.id, project, &found, err);
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "workspace %s has no project \"%.100s\"", w.name, project);
	if (!rc && out)
		*out = found;
	return rc;
}

int gate_project_list(struct gate *g, const char *workspace,
                      int (*each)(void *, const struct store_project *), void *arg, struct err *err)
{
	return gate_project_page(g, workspace, NULL, each, arg, err);
}

int gate_project_page(struct gate *g, const char *workspace, const char *after,
                      int (*each)(void *, const struct store_project *), void *arg, struct err *err)
{
	struct store_workspace w;
	int rc = gate_workspace_find(g, workspace, &w, err);
	return rc ? rc : store_project_page(g->store, w.id, after ? after : "", each, arg, err);
}

int gate_project_of(struct gate *g, const struct store_repository *r, struct store_project *out,
                    struct err *err)
{
	memset(out, 0, sizeof(*out));
	return r->project ? store_project_get_id(g->store, r->project, out, err) : 0;
}

static int project_fill(struct store_project *p, const char *name, const char *description,
                        struct err *err)
{
	int rc = name ? gate_label(p->name, name, "a project's name", err) : 0;
	if (!rc && description)
		rc = gate_text(p->description, sizeof(p->description), description,
		               "the description", err);
	return rc;
}

int gate_project_add(struct gate *g, const char *workspace, const char *project,
                     const char *description, struct store_project *out, struct err *err)
{
	struct store_workspace w = {0};
	struct store_project made = {0};
	char object[STORE_TEXT];

	int rc = project_fill(&made, project, description, err);
	if (!rc)
		rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_workspace_find(g, workspace, &w, err);
	made.workspace = w.id;
	if (!rc)
		rc = store_project_add(g->store, &made, clock_now(), err);
	if (rc == ERR_EXISTS)
		err_set(err, rc, "workspace %s has a project \"%s\" already", w.name, made.name);
	rc = gate_change_end(g, rc,
	                     &(struct gate_change){"project create",
	                                           inside(object, w.name, made.name), NULL, NULL},
	                     err);
	if (!rc && out)
		*out = made;
	return rc;
}

int gate_project_edit(struct gate *g, const char *workspace, const char *project,
                      const char *new_name, const char *description, struct store_project *out,
                      struct err *err)
{
	struct store_project p = {0};
	char object[STORE_TEXT], note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_project_find(g, workspace, project, &p, err);
	inside(object, workspace, p.name);
	if (!rc)
		rc = project_fill(&p, new_name, description, err);
	if (!rc)
		rc = store_project_update(g->store, &p, err);
	if (rc == ERR_EXISTS)
		err_set(err, rc, "workspace %s has a project \"%s\" already", workspace, p.name);
	gate_put(note, sizeof(note), "%s%s%s", new_name ? "name " : "", new_name ? new_name : "",
	         description ? " description" : "");
	rc = gate_change_end(g, rc, &(struct gate_change){"project edit", object, note, NULL}, err);
	if (!rc && out)
		*out = p;
	return rc;
}
