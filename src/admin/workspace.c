#include "admin/effect.h"

#include <string.h>

static int keep_workspace(void *arg, const struct store_workspace *w)
{
	return admin_list_keep(arg, w);
}

static json_t *workspace_json(struct admin *a, const struct store_workspace *w)
{
	json_t *lifetime =
	        w->token_lifetime == CLOCK_NEVER ? json_null() : json_integer(w->token_lifetime);
	return json_pack("{s:s, s:o, s:s, s:o, s:b, s:o}", "name", w->name, "display_name",
	                 admin_json_text(a, w->display), "creation",
	                 policy_creation_name(w->creation), "token_lifetime", lifetime, "personal",
	                 w->personal != 0, "created", admin_json_time(w->created));
}

static json_t *list_json(struct admin *a, const void *item)
{
	return workspace_json(a, item);
}

static const char *list_bare(struct admin *a, const void *item)
{
	(void)a;
	return ((const struct store_workspace *)item)->name;
}

static const char *lifetime_text(struct admin *a, const struct store_workspace *w)
{
	char text[CLOCK_TEXT];
	const char *copy;
	if (w->token_lifetime == CLOCK_NEVER)
		return "any";
	copy = arena_strdup(&a->arena, clock_span(w->token_lifetime, text));
	return copy ? copy : "?";
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_workspace *w = item;
	admin_table_add(t, w->name);
	admin_table_add(t, w->personal ? "a person's own" : "shared");
	admin_table_add(t, policy_creation_name(w->creation));
	admin_table_add(t, lifetime_text(t->a, w));
	admin_table_add(t, w->display);
}

int admin_workspace_list(struct admin *a)
{
	static const struct admin_shape shape = {
	        "No workspaces.",
	        {"NAME", "KIND", "CREATION", "TOKEN LIFETIME", "TITLE"},
	        list_json,
	        list_bare,
	        list_cells};
	struct admin_list list = ADMIN_LIST(struct store_workspace);
	int rc = gate_workspace_list(&a->gate, admin_flag(a, "user"), keep_workspace, &list,
	                             &a->err);
	return admin_list_show(a, rc, &list, &shape);
}

static int add_member(void *arg, const struct store_user *u, enum member_role role)
{
	return json_array_append_new(arg, json_pack("{s:s, s:s}", "name", u->name, "role",
	                                            role == MEMBER_OWNER ? "owner" : "member"))
	               ? ERR_MEMORY
	               : 0;
}

static void workspace_print(struct admin *a, const struct store_workspace *w, json_t *members)
{
	size_t i;
	json_t *m;

	admin_print(a, "%s%s\n", w->name, w->personal ? " (a person's own)" : "");
	admin_print(a, "  title           %s\n", *w->display ? admin_safe(a, w->display) : "-");
	admin_print(a, "  created         %s\n", admin_time(a, w->created));
	admin_print(a, "  push to create  %s\n", policy_creation_name(w->creation));
	admin_print(a, "  token lifetime  %s\n", lifetime_text(a, w));
	json_array_foreach(members, i, m)
	{
		admin_print(a, "  %-14s  %s\n", json_string_value(json_object_get(m, "role")),
		            json_string_value(json_object_get(m, "name")));
	}
}

static int workspace_whole(struct admin *a, const struct store_workspace *w)
{
	json_t *members = json_array(), *json;
	int rc = members ? gate_member_list(&a->gate, w, add_member, members, &a->err)
	                 : err_set(&a->err, ERR_MEMORY, "out of memory");
	if (!rc && a->json) {
		json = workspace_json(a, w);
		if (json)
			json_object_set(json, "members", members);
		rc = admin_json(a, json);
	} else if (!rc) {
		workspace_print(a, w, members);
	}
	json_decref(members);
	return rc;
}

static int workspace_done(struct admin *a, const struct store_workspace *w, const char *sentence)
{
	if (a->json)
		return workspace_whole(a, w);
	admin_print(a, a->quiet ? "%s\n" : sentence, w->name);
	return 0;
}

int admin_workspace_create(struct admin *a)
{
	struct store_workspace w;
	int rc = gate_workspace_add(&a->gate, a->args[0], admin_flag(a, "owner"),
	                            admin_flag(a, "display"), &w, &a->err);
	return rc ? rc : workspace_done(a, &w, "Made the workspace %s.\n");
}

int admin_workspace_show(struct admin *a)
{
	struct store_workspace w;
	int rc = gate_workspace_find(&a->gate, a->args[0], &w, &a->err);
	if (rc)
		return rc;
	return a->quiet ? workspace_done(a, &w, "%s\n") : workspace_whole(a, &w);
}

int admin_workspace_edit(struct admin *a)
{
	struct gate_workspace_edit edit = {.display = admin_flag(a, "display"),
	                                   .creation = admin_flag(a, "creation"),
	                                   .token_lifetime = admin_flag(a, "longest-token-life"),
	                                   .add_member = admin_flag(a, "add-member"),
	                                   .add_owner = admin_flag(a, "add-owner"),
	                                   .remove_member = admin_flag(a, "remove-member")};
	struct store_workspace w;

	if (!edit.display && !edit.creation && !edit.token_lifetime && !edit.add_member &&
	    !edit.add_owner && !edit.remove_member)
		return admin_usage(a, "workspace edit wants something to change");
	int rc = gate_workspace_edit(&a->gate, a->args[0], &edit, &w, &a->err);
	return rc ? rc : workspace_done(a, &w, "Changed the workspace %s.\n");
}

/* -- rename -- */

static int count_repository(void *arg, const struct store_repository *r)
{
	(void)r;
	++*(size_t *)arg;
	return 0;
}

static int rename_asked(struct admin *a, const struct store_workspace *w, bool *go)
{
	char base[SETTINGS_TEXT];
	struct effect e;
	size_t count = 0;

	int rc = gate_repository_list(&a->gate, w->name, count_repository, &count, &a->err);
	if (!rc)
		rc = effect_begin(&e, a);
	if (rc)
		return rc;
	admin_base_url(a, base);
	effect_say(&e, "The workspace %s becomes %s, with its %zu repositor%s.", w->name,
	           a->args[1], count, count == 1 ? "y" : "ies");
	effect_say(&e,
	           "The old name goes on working for fetch and push, and nobody else can take it. "
	           "Whoever uses it is told: git remote set-url origin %s/%s/REPOSITORY.git",
	           base, a->args[1]);
	effect_say(&e, "Nobody's right changes.");
	rc = effect_consent(&e, "Rename it?", go);
	effect_end(&e);
	return rc;
}

int admin_workspace_rename(struct admin *a)
{
	struct store_workspace w;
	bool go = false;

	int rc = gate_workspace_find(&a->gate, a->args[0], &w, &a->err);
	if (!rc)
		rc = rename_asked(a, &w, &go);
	if (rc || !go)
		return rc;
	rc = gate_workspace_rename(&a->gate, a->args[0], a->args[1], &w, &a->err);
	return rc ? rc : workspace_done(a, &w, "It is the workspace %s now.\n");
}
