#include "admin/effect.h"
#include "git/git.h"

#include <string.h>

static int keep_repository(void *arg, const struct store_repository *r)
{
	return admin_list_keep(arg, r);
}

const char *admin_repo_name(struct admin *a, const struct store_repository *r)
{
	const char *name = arena_printf(&a->arena, "%s/%s", r->workspace_name, r->name);
	return name ? name : r->name;
}

static const char *project_name(struct admin *a, const struct store_repository *r)
{
	struct store_project p;
	const char *name;
	if (gate_project_of(&a->gate, r, &p, NULL) || !p.id)
		return "";
	name = arena_strdup(&a->arena, p.name);
	return name ? name : "";
}

/* Where it lies; "" in the unlikely case that the path is too long. */
const char *admin_repo_folder(struct admin *a, const struct store_repository *r)
{
	char path[GIT_PATH];
	const char *copy;
	if (gate_repository_path(&a->gate, r, path, sizeof(path), NULL))
		return "";
	copy = arena_strdup(&a->arena, path);
	return copy ? copy : "";
}

static const char *clone_url(struct admin *a, const struct store_repository *r)
{
	char base[SETTINGS_TEXT];
	const char *url;
	admin_base_url(a, base);
	url = arena_printf(&a->arena, "%s/%s/%s.git", base, r->workspace_name, r->name);
	return url ? url : "";
}

static json_t *repository_json(struct admin *a, const void *item)
{
	const struct store_repository *r = item;
	json_t *json = json_pack(
	        "{s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s, s:s, s:o, s:o}", "id", r->id, "workspace",
	        r->workspace_name, "name", r->name, "full_name", admin_repo_name(a, r),
	        "description", admin_json_text(a, r->description), "visibility",
	        policy_visibility_name(r->visibility), "default_branch",
	        admin_json_text(a, r->default_branch), "format", r->format, "check",
	        gate_check_name(r->check), "project", admin_json_text(a, project_name(a, r)),
	        "created", admin_json_time(r->created));
	if (json) {
		json_object_set_new(json, "archived", admin_json_time(r->archived));
		json_object_set_new(json, "archived_by", admin_json_text(a, r->archived_by));
		json_object_set_new(json, "adopted", json_boolean(*r->folder));
		json_object_set_new(json, "hooks", json_boolean(r->hooks));
		json_object_set_new(json, "path", admin_json_text(a, admin_repo_folder(a, r)));
		json_object_set_new(json, "clone_url", admin_json_text(a, clone_url(a, r)));
	}
	return json;
}

static const char *list_bare(struct admin *a, const void *item)
{
	return admin_repo_name(a, item);
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_repository *r = item;
	admin_table_add(t, admin_repo_name(t->a, r));
	admin_table_add(t, policy_visibility_name(r->visibility));
	admin_table_add(t, r->default_branch);
	admin_table_add(t, project_name(t->a, r));
	admin_table_add(t, admin_time(t->a, r->created));
	admin_table_add(t, r->description);
}

static int list_page(struct admin *a, const char *after, struct admin_list *l)
{
	return gate_repository_page(&a->gate, a->nargs ? a->args[0] : NULL, after, keep_repository,
	                            l, &a->err);
}

int admin_repo_list(struct admin *a)
{
	if (admin_flag(a, "deleted"))
		return admin_repo_list_deleted(a);
	static const struct admin_shape shape = {
	        "No repositories.",
	        {"NAME", "VISIBILITY", "BRANCH", "PROJECT", "CREATED", "DESCRIPTION"},
	        repository_json,
	        list_bare,
	        list_cells};
	static const struct admin_pages pages = {sizeof(struct store_repository), &shape, list_page,
	                                         NULL};

	return admin_pages_show(a, &pages);
}

json_t *admin_repo_json(struct admin *a, const struct store_repository *r)
{
	return repository_json(a, r);
}

static void repository_print(struct admin *a, const struct store_repository *r)
{
	const char *project = project_name(a, r);

	admin_print(a, "%s\n", admin_repo_name(a, r));
	admin_print(a, "  description  %s\n",
	            *r->description ? admin_safe(a, r->description) : "-");
	admin_print(a, "  visibility   %s\n", policy_visibility_name(r->visibility));
	admin_print(a, "  branch       %s\n",
	            *r->default_branch ? admin_safe(a, r->default_branch) : "(nobody pushed yet)");
	admin_print(a, "  project      %s\n", *project ? admin_safe(a, project) : "-");
	admin_print(a, "  objects      %s, check %s\n", r->format, gate_check_name(r->check));
	admin_print(a, "  created      %s\n", admin_time(a, r->created));
	if (r->archived)
		admin_print(a, "  archived     %s, by %s\n", admin_time(a, r->archived),
		            admin_safe(a, r->archived_by));
	admin_print(a, "  address      %s\n", clone_url(a, r));
	admin_print(a, "  folder       %s%s\n", admin_safe(a, admin_repo_folder(a, r)),
	            *r->folder ? " (adopted)" : "");
	if (r->hooks)
		admin_print(a, "  hooks        those in it run\n");
}

int admin_repo_done(struct admin *a, const struct store_repository *r, const char *sentence)
{
	if (a->json)
		return admin_json(a, repository_json(a, r));
	admin_print(a, a->quiet ? "%s\n" : sentence, admin_repo_name(a, r));
	return 0;
}

int admin_visibility(struct admin *a, enum visibility *out)
{
	if (admin_flag(a, "public") && admin_flag(a, "internal"))
		return admin_usage(a, "--public and --internal exclude each other");
	*out = admin_flag(a, "public")     ? VISIBILITY_PUBLIC
	       : admin_flag(a, "internal") ? VISIBILITY_INTERNAL
	                                   : VISIBILITY_PRIVATE;
	return 0;
}

int admin_repo_create(struct admin *a)
{
	struct gate_repository_new n = {.path = a->args[0],
	                                .format = admin_flag(a, "format"),
	                                .description = admin_flag(a, "description"),
	                                .project = admin_flag(a, "project")};
	struct store_repository r;

	int rc = admin_visibility(a, &n.visibility);
	if (rc)
		return rc;
	rc = gate_repository_add(&a->gate, &n, &r, &a->err);
	if (!rc)
		rc = admin_repo_done(a, &r, "Made the repository %s.\n");
	if (!rc && !a->json && !a->quiet)
		admin_print(a, "  visibility  %s\n  address     %s\n",
		            policy_visibility_name(r.visibility), clone_url(a, &r));
	return rc;
}

int admin_repo_show(struct admin *a)
{
	struct store_repository r;
	int rc = gate_repository_find(&a->gate, a->args[0], &r, &a->err);
	if (rc)
		return rc;
	if (a->json || a->quiet)
		return admin_repo_done(a, &r, "%s\n");
	repository_print(a, &r);
	return 0;
}

int admin_repo_path(struct admin *a)
{
	struct store_repository r;
	char path[GIT_PATH];

	int rc = gate_repository_find(&a->gate, a->args[0], &r, &a->err);
	if (!rc)
		rc = gate_repository_path(&a->gate, &r, path, sizeof(path), &a->err);
	if (rc)
		return rc;
	if (a->json)
		return admin_json(a,
		                  json_pack("{s:s, s:s, s:o}", "full_name", admin_repo_name(a, &r),
		                            "id", r.id, "path", admin_json_text(a, path)));
	admin_print(a, "%s\n", path);
	return 0;
}

/* Says so when the branch that HEAD names now does not exist. */
static void branch_note(struct admin *a, const struct store_repository *r)
{
	char branch[STORE_REF_NAME];
	bool born = true;

	if (!git_head_get(admin_repo_folder(a, r), branch, sizeof(branch), &born, NULL) && !born)
		admin_print(a,
		            "There is no branch %s yet: until it is pushed, a clone checks out "
		            "nothing.\n",
		            admin_safe(a, branch));
}

/* Says what the edit means, asks, and makes it. *done: it was made. */
static int edit_asked(struct admin *a, const struct gate_repository_edit *edit,
                      const char *question, struct store_repository *out, bool *done)
{
	struct gate_effect of;
	struct effect e;

	*done = false;
	int rc = gate_repository_rehearse(&a->gate, a->args[0], edit, &of, &a->err);
	if (rc)
		return rc;
	rc = effect_begin(&e, a);
	if (!rc) {
		effect_of_edit(&e, &of);
		rc = effect_consent(&e, question, done);
		effect_end(&e);
	}
	gate_effect_clear(&of);
	if (rc || !*done)
		return rc;
	rc = gate_repository_edit(&a->gate, a->args[0], edit, out, &a->err);
	*done = rc == 0;
	return rc;
}

static int renamed(struct admin *a, const char *new_name, const char *question,
                   const char *sentence)
{
	struct gate_repository_edit edit = {.new_name = new_name};
	struct store_repository r;
	bool done;

	int rc = edit_asked(a, &edit, question, &r, &done);
	if (!done)
		return rc;
	rc = admin_repo_done(a, &r, sentence);
	if (!rc && !a->json && !a->quiet)
		admin_print(a, "New address: %s\n", clone_url(a, &r));
	return rc;
}

int admin_repo_rename(struct admin *a)
{
	if (strchr(a->args[1], '/'))
		return admin_usage(a, "a new name has no slash: `repo move` takes it to another "
		                      "workspace");
	return renamed(a, a->args[1], "Rename it?", "It is %s now.\n");
}

int admin_repo_move(struct admin *a)
{
	struct store_repository r;
	const char *to = a->args[1];

	int rc = gate_repository_find(&a->gate, a->args[0], &r, &a->err);
	if (rc)
		return rc;
	if (!strchr(to, '/'))
		to = arena_printf(&a->arena, "%s/%s", to, r.name);
	if (!to)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	return renamed(a, to, "Move it?", "It is %s now.\n");
}

int admin_repo_archive(struct admin *a)
{
	struct gate_repository_edit edit = {.archived = "yes"};
	struct store_repository r;
	bool done;

	int rc = edit_asked(a, &edit, "Archive it?", &r, &done);
	return done ? admin_repo_done(a, &r, "Archived %s.\n") : rc;
}

int admin_repo_unarchive(struct admin *a)
{
	struct gate_repository_edit edit = {.archived = "no"};
	struct store_repository r;
	bool done;

	int rc = edit_asked(a, &edit, "Open it again?", &r, &done);
	return done ? admin_repo_done(a, &r, "%s takes pushes again.\n") : rc;
}

int admin_repo_hooks(struct admin *a)
{
	struct gate_repository_edit edit = {.hooks = a->args[1]};
	struct store_repository r;
	bool done;

	int rc = edit_asked(a, &edit, "Change it?", &r, &done);
	return !done ? rc
	             : admin_repo_done(a, &r,
	                               r.hooks ? "The hooks of %s run from now.\n"
	                                       : "The hooks of %s are no longer run.\n");
}

int admin_repo_edit(struct admin *a)
{
	struct gate_repository_edit edit = {.new_name = admin_flag(a, "name"),
	                                    .description = admin_flag(a, "description"),
	                                    .visibility = admin_flag(a, "visibility"),
	                                    .default_branch = admin_flag(a, "default-branch"),
	                                    .project = admin_flag(a, "project"),
	                                    .check = admin_flag(a, "check")};
	struct store_repository r;
	bool done;

	if (!edit.new_name && !edit.description && !edit.visibility && !edit.default_branch &&
	    !edit.project && !edit.check)
		return admin_usage(a, "repo edit wants something to change");
	int rc = edit_asked(a, &edit, "Change it?", &r, &done);
	if (!done)
		return rc;
	rc = admin_repo_done(a, &r, "Changed the repository %s.\n");
	if (rc || a->json || a->quiet)
		return rc;
	if (edit.new_name)
		admin_print(a, "The old name keeps working. New address: %s\n", clone_url(a, &r));
	if (edit.default_branch)
		branch_note(a, &r);
	return 0;
}
