#include "gate/adopt.h"
#include "gate/gate_int.h"

#include "base/clock.h"
#include "base/random.h"
#include "git/git.h"

#include <stdio.h>
#include <string.h>

static const char *const check_names[] = {
        [CHECK_STRICT] = "strict", [CHECK_LENIENT] = "lenient", [CHECK_OFF] = "off"};

const char *gate_check_name(enum object_check check)
{
	return check_names[check];
}

static int check_parse(const char *text, enum object_check *out, struct err *err)
{
	for (size_t i = 0; i < sizeof(check_names) / sizeof(check_names[0]); i++)
		if (!strcmp(text, check_names[i])) {
			*out = (enum object_check)i;
			return 0;
		}
	return err_set(err, ERR_INVALID, "\"%.60s\" is no object check (strict, lenient or off)",
	               text);
}

int gate_repository_find(struct gate *g, const char *path, struct store_repository *out,
                         struct err *err)
{
	char workspace[NAME_OWNER_SIZE], name[NAME_REPOSITORY_SIZE];
	struct store_repository r;

	const char *fault = policy_name_path(path, workspace, name);
	if (fault)
		return err_set(err, ERR_INVALID, "\"%.200s\" names no repository: %s", path, fault);
	int rc = store_repository_find(g->store, workspace, name, &r, err);
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "there is no repository %s/%s", workspace, name);
	if (!rc && out)
		*out = r;
	return rc;
}

int gate_repository_list(struct gate *g, const char *workspace,
                         int (*each)(void *, const struct store_repository *), void *arg,
                         struct err *err)
{
	return gate_repository_page(g, workspace, NULL, each, arg, err);
}

int gate_repository_page(struct gate *g, const char *workspace, const char *after,
                         int (*each)(void *, const struct store_repository *), void *arg,
                         struct err *err)
{
	char of[NAME_OWNER_SIZE] = "", name[NAME_REPOSITORY_SIZE] = "";
	struct store_workspace w = {0};
	const char *fault = after ? policy_name_path(after, of, name) : NULL;

	if (fault)
		return err_set(err, ERR_INVALID, "\"%.200s\" names no repository: %s", after,
		               fault);
	int rc = workspace ? gate_workspace_find(g, workspace, &w, err) : 0;
	return rc ? rc : store_repository_page(g->store, w.id, of, name, each, arg, err);
}

static int project_set(struct gate *g, struct store_repository *r, const char *project,
                       struct err *err)
{
	struct store_project p = {0};
	int rc = 0;

	if (*project && strcmp(project, "none") != 0)
		rc = gate_project_find(g, r->workspace_name, project, &p, err);
	if (!rc)
		r->project = p.id;
	return rc;
}

/* Everything a person can do wrong is found here, before a folder is made. */
static int new_fill(struct gate *g, const struct gate_repository_new *n, struct store_repository *r,
                    struct err *err)
{
	char workspace[NAME_OWNER_SIZE];
	const char *format = n->format ? n->format : "sha1";
	struct store_workspace w;

	const char *fault = policy_name_path(n->path, workspace, r->name);
	if (fault)
		return err_set(err, ERR_INVALID, "\"%.200s\" can't name a repository: %s", n->path,
		               fault);
	if (strcmp(format, "sha1") != 0 && strcmp(format, "sha256") != 0)
		return err_set(err, ERR_INVALID, "\"%.40s\" is no object format (sha1 or sha256)",
		               format);
	int rc = gate_workspace_find(g, workspace, &w, err);
	if (rc)
		return rc;
	r->workspace = w.id;
	r->visibility = n->visibility;
	r->check = CHECK_STRICT;
	gate_put(r->format, sizeof(r->format), "%s", format);
	gate_put(r->workspace_name, sizeof(r->workspace_name), "%s", w.name);
	if (n->description)
		rc = gate_text(r->description, sizeof(r->description), n->description,
		               "the description", err);
	if (!rc && n->project)
		rc = project_set(g, r, n->project, err);
	return rc;
}

/* `by_alias` tells a name that is only kept for an older one. */
int gate_name_free(struct gate *g, const char *workspace, const char *name, struct err *err)
{
	struct store_repository found;
	int rc = store_repository_find(g->store, workspace, name, &found, err);
	if (rc == ERR_NOT_FOUND)
		return 0;
	if (rc)
		return rc;
	if (found.by_alias)
		return err_set(err, ERR_EXISTS, "%s/%s is kept as the old name of %s/%s", workspace,
		               name, found.workspace_name, found.name);
	return err_set(err, ERR_EXISTS, "there is a repository %s/%s already", found.workspace_name,
	               found.name);
}

int gate_repository_prepare(struct gate *g, const struct gate_repository_new *n,
                            struct store_repository *out, struct err *err)
{
	int rc = new_fill(g, n, out, err);

	return rc ? rc : gate_name_free(g, out->workspace_name, out->name, err);
}

/* Who makes one where they own nothing must be able to use it. */
static int new_grant(struct gate *g, const struct store_repository *r, const char *maker,
                     struct err *err)
{
	struct store_grant grant = {
	        .subject = GRANT_USER, .object = GRANT_REPOSITORY, .right = RIGHT_ADMIN};
	struct store_user user;

	int rc = store_user_get(g->store, maker, &user, err);
	if (rc)
		return rc;
	grant.subject_id = user.id;
	memcpy(grant.repository, r->id, sizeof(grant.repository));
	return store_grant_set(g->store, &grant, clock_now(), err);
}

static int new_row(struct gate *g, struct store_repository *r, const char *maker, struct err *err)
{
	char object[NAME_PATH_SIZE + 8], note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = store_repository_add(g->store, r, clock_now(), err);
	if (rc == ERR_EXISTS)
		err_set(err, rc, "there is a repository %s/%s already", r->workspace_name, r->name);
	if (!rc && maker)
		rc = new_grant(g, r, maker, err);
	gate_put(object, sizeof(object), "%s/%s", r->workspace_name, r->name);
	gate_put(note, sizeof(note), "%s, %s, id %s%s%s", policy_visibility_name(r->visibility),
	         r->format, r->id, maker ? ", admin: " : "", maker ? maker : "");
	return gate_change_end(g, rc, &(struct gate_change){"repo create", object, note, NULL},
	                       err);
}

int gate_repository_add(struct gate *g, const struct gate_repository_new *n,
                        struct store_repository *out, struct err *err)
{
	struct store_repository r = {0};

	int rc = gate_repository_prepare(g, n, &r, err);
	if (rc)
		return rc;
	random_id(r.id);
	rc = git_repository_make(g->settings->data, r.id, r.workspace_name, r.name, r.format, err);
	if (rc)
		return rc;
	rc = new_row(g, &r, n->maker, err);
	if (rc) {
		/* Whatever stays behind is empty, and the sweep takes it. */
		git_repository_discard(g->settings->data, r.id, clock_now(), NULL);
		return rc;
	}
	if (out)
		*out = r;
	return 0;
}

/* -- edit -- */

/* "NEW", or "WS/NEW" to move it there: its project is left behind. */
static int name_set(struct gate *g, struct store_repository *r, const char *text, struct err *err)
{
	const char *slash = strchr(text, '/'), *name = slash ? slash + 1 : text;
	char workspace[NAME_OWNER_SIZE + 1];
	struct store_workspace w;
	int rc = 0;

	gate_put(workspace, sizeof(workspace), "%.*s", slash ? (int)(slash - text) : 0, text);
	if (slash)
		rc = gate_workspace_find(g, workspace, &w, err);
	if (rc)
		return rc;
	if (slash && w.id != r->workspace) {
		r->workspace = w.id;
		r->project = 0;
		memcpy(r->workspace_name, w.name, sizeof(r->workspace_name));
	}
	const char *fault = policy_name_repository_fault(name, strlen(name));
	if (fault)
		return err_set(err, ERR_INVALID, "\"%.120s\" can't be a repository's name: %s",
		               name, fault);
	return gate_text(r->name, sizeof(r->name), name, "the name", err);
}

static int branch_set(struct store_repository *r, const char *text, struct err *err)
{
	static const char head[] = "refs/heads/";
	const char *branch = strncmp(text, head, strlen(head)) ? text : text + strlen(head);
	size_t len = strlen(branch);
	char full[STORE_REF_NAME + sizeof(head)];

	memcpy(full, head, strlen(head));
	if (len < STORE_REF_NAME)
		memcpy(full + strlen(head), branch, len);
	if (len >= STORE_REF_NAME || !git_ref_valid(full, strlen(head) + len))
		return err_set(err, ERR_INVALID, "\"%.100s\" can't be a branch's name", branch);
	return gate_text(r->default_branch, sizeof(r->default_branch), branch, "the branch", err);
}

static int archived_set(struct gate *g, struct store_repository *r, const char *text,
                        struct err *err)
{
	bool yes = !strcmp(text, "yes");

	if (!yes && strcmp(text, "no") != 0)
		return err_set(err, ERR_INVALID, "archived is yes or no, not \"%.60s\"", text);
	if (yes == (r->archived != 0))
		return err_set(err, ERR_INVALID, "%s/%s is %s", r->workspace_name, r->name,
		               yes ? "archived already" : "not archived");
	r->archived = yes ? clock_now() : 0;
	gate_put(r->archived_by, sizeof(r->archived_by), "%s", yes ? g->actor : "");
	return 0;
}

static int hooks_set(struct store_repository *r, const char *text, struct err *err)
{
	bool allow = !strcmp(text, "allow");

	if (!allow && strcmp(text, "forbid") != 0)
		return err_set(err, ERR_INVALID,
		               "hooks are allowed (allow) or not (forbid), not \"%.60s\"", text);
	if (!*r->folder)
		return err_set(
		        err, ERR_INVALID,
		        "%s/%s was made here: only an adopted repository has hooks of its own",
		        r->workspace_name, r->name);
	if (allow == r->hooks)
		return err_set(err, ERR_INVALID, "the hooks of %s/%s are %s already",
		               r->workspace_name, r->name, allow ? "allowed" : "not run");
	r->hooks = allow;
	return 0;
}

static int edit_fill(struct gate *g, struct store_repository *r,
                     const struct gate_repository_edit *edit, struct err *err)
{
	int rc = 0;

	if (edit->new_name)
		rc = name_set(g, r, edit->new_name, err);
	if (!rc && edit->description)
		rc = gate_text(r->description, sizeof(r->description), edit->description,
		               "the description", err);
	if (!rc && edit->visibility && !policy_visibility_parse(edit->visibility, &r->visibility))
		rc = err_set(err, ERR_INVALID,
		             "\"%.60s\" is no visibility (private, internal or public)",
		             edit->visibility);
	if (!rc && edit->default_branch)
		rc = branch_set(r, edit->default_branch, err);
	if (!rc && edit->project)
		rc = project_set(g, r, edit->project, err);
	if (!rc && edit->check)
		rc = check_parse(edit->check, &r->check, err);
	if (!rc && edit->hooks)
		rc = hooks_set(r, edit->hooks, err);
	return rc;
}

/* Brings the folder from what `before` says to what `after` says. */
static int folder_apply(struct gate *g, const struct store_repository *before,
                        const struct store_repository *after, struct err *err)
{
	char path[GIT_PATH];
	int rc = 0;

	if (strcmp(before->name, after->name) != 0 || before->workspace != after->workspace)
		rc = gate_folder_name(g, after, err);
	if (rc || !*after->default_branch || !strcmp(before->default_branch, after->default_branch))
		return rc;
	rc = gate_repository_reach(g, after, path, sizeof(path), err);
	return rc ? rc : git_head_set(path, after->default_branch, err);
}

int gate_folder_name(struct gate *g, const struct store_repository *r, struct err *err)
{
	char path[GIT_PATH];
	int rc = git_repository_path(g->settings->data, r->id, path, err);

	return rc ? rc : git_repository_rename(path, r->workspace_name, r->name, err);
}

/* The row says "" while nobody pushed, but HEAD always names a branch. */
static void branch_of_folder(struct gate *g, struct store_repository *r)
{
	char path[GIT_PATH], branch[STORE_REF_NAME];
	bool born;

	if (!gate_repository_path(g, r, path, sizeof(path), NULL) &&
	    !git_head_get(path, branch, sizeof(branch), &born, NULL))
		memcpy(r->default_branch, branch, sizeof(branch));
}

static int row_write(struct gate *g, const struct store_repository *before,
                     const struct store_repository *after, struct err *err)
{
	int rc = before->workspace == after->workspace
	                 ? store_repository_update(g->store, after, err)
	                 : store_repository_move(g->store, after, err);
	if (rc == ERR_EXISTS)
		err_set(err, rc, "the name %s/%s is taken, or kept as an old name",
		        after->workspace_name, after->name);
	return rc;
}

/* The row, then the folder, then the commit: what fails before the commit is
 * undone by the rollback, and the folder is put back. */
static int edit_run(struct gate *g, const struct store_repository *before,
                    const struct store_repository *after, struct gate_change *change,
                    struct err *err)
{
	struct store_repository old = *before;
	char object[NAME_PATH_SIZE + 8];
	bool touched = false;

	gate_put(object, sizeof(object), "%s/%s", before->workspace_name, before->name);
	branch_of_folder(g, &old);
	int rc = row_write(g, before, after, err);
	if (!rc) {
		touched = true;
		rc = folder_apply(g, &old, after, err);
	}
	change->object = object;
	rc = gate_change_end(g, rc, change, err);
	if (rc && touched)
		folder_apply(g, after, &old, NULL);
	return rc;
}

static void edit_note(char note[STORE_TEXT], const struct gate_repository_edit *edit)
{
	const struct gate_part parts[] = {{"name", edit->new_name},
	                                  {"visibility", edit->visibility},
	                                  {"default branch", edit->default_branch},
	                                  {"project", edit->project},
	                                  {"check", edit->check},
	                                  {"hooks", edit->hooks},
	                                  {"description", edit->description}};

	gate_note(note, parts, sizeof(parts) / sizeof(*parts));
}

/* What the audit calls it. */
static const char *edit_verb(const struct gate_repository_edit *edit,
                             const struct store_repository *before,
                             const struct store_repository *after)
{
	if (before->workspace != after->workspace)
		return "repo move";
	if (edit->archived)
		return strcmp(edit->archived, "yes") ? "repo unarchive" : "repo archive";
	if (edit->hooks)
		return "repo hooks";
	return edit->new_name ? "repo rename" : "repo edit";
}

/* Under the write lock: what it is, and what it is to be. */
static int edit_read(struct gate *g, const char *path, const struct gate_repository_edit *edit,
                     struct store_repository *before, struct store_repository *after,
                     struct err *err)
{
	int rc = gate_repository_find(g, path, before, err);

	if (rc)
		return rc;
	*after = *before;
	rc = edit_fill(g, after, edit, err);
	if (!rc && edit->archived)
		rc = archived_set(g, after, edit->archived, err);
	return rc;
}

int gate_repository_edit(struct gate *g, const char *path, const struct gate_repository_edit *edit,
                         struct store_repository *out, struct err *err)
{
	struct store_repository before, after;
	char note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	edit_note(note, edit);
	rc = edit_read(g, path, edit, &before, &after, err);
	if (rc) {
		store_rollback(g->store);
		return rc;
	}
	rc = edit_run(g, &before, &after,
	              &(struct gate_change){edit_verb(edit, &before, &after), NULL, note, NULL},
	              err);
	if (!rc && out)
		*out = after;
	return rc;
}

int gate_repository_follow(struct gate *g, const char *id, const char *branch, struct err *err)
{
	struct store_repository before, after;
	char note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = store_repository_get(g->store, id, &before, err);
	after = before;
	if (!rc)
		rc = branch_set(&after, branch, err);
	if (rc) {
		store_rollback(g->store);
		return rc;
	}
	gate_put(note, sizeof(note), "default branch %.200s", branch);
	return edit_run(g, &before, &after, &(struct gate_change){"repo edit", NULL, note, NULL},
	                err);
}

int gate_repository_rehearse(struct gate *g, const char *path,
                             const struct gate_repository_edit *edit, struct gate_effect *out,
                             struct err *err)
{
	memset(out, 0, sizeof(*out));
	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = edit_read(g, path, edit, &out->before, &out->after, err);
	if (!rc)
		rc = gate_effect_before(g, out, err);
	if (!rc)
		rc = row_write(g, &out->before, &out->after, err);
	if (!rc)
		rc = gate_effect_after(g, out, err);
	store_rollback(g->store);
	if (rc)
		gate_effect_clear(out);
	return rc;
}
