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

static int list_page(struct admin *a, const char *after, struct admin_list *l)
{
	return gate_workspace_page(&a->gate, admin_flag(a, "user"), after, keep_workspace, l,
	                           &a->err);
}

int admin_workspace_list(struct admin *a)
{
	static const struct admin_shape shape = {
	        "No workspaces.",
	        {"NAME", "KIND", "CREATION", "TOKEN LIFETIME", "TITLE"},
	        list_json,
	        list_bare,
	        list_cells};
	static const struct admin_pages pages = {sizeof(struct store_workspace), &shape, list_page,
	                                         NULL};

	return admin_pages_show(a, &pages);
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

/* -- edit -- */

static bool is_cut(const struct gate_reached *r)
{
	return r->before.reads && !r->after.reads;
}

static bool is_let_in(const struct gate_reached *r)
{
	return !r->before.reads && r->after.reads;
}

static const char *rule_text(struct admin *a, int64_t lifetime)
{
	if (lifetime == CLOCK_NEVER)
		return "any length";
	return lifetime_text(a, &(struct store_workspace){.token_lifetime = lifetime});
}

static void say_rule(struct effect *e, const struct gate_effect *of)
{
	size_t cut, in;
	const char *now_out = effect_names(e, of, is_cut, &cut);
	const char *now_in = effect_names(e, of, is_let_in, &in);

	if (!cut && !in)
		return;
	effect_say(e, "The longest life of a token that is used in %s becomes %s; it is %s now.",
	           of->before.workspace_name, rule_text(e->a, of->after.token_lifetime),
	           rule_text(e->a, of->before.token_lifetime));
	if (cut)
		effect_say(e,
		           "%zu token%s longer and then open%s nothing there but what is public: "
		           "%s.",
		           cut, cut == 1 ? " lives" : "s live", cut == 1 ? "s" : "", now_out);
	if (cut)
		effect_say(e, "That begins with the next request. Whoever uses one is told the "
		              "rule and how to make another; elsewhere they go on working.");
	if (in)
		effect_say(e, "%zu token%s shut out by the rule and then open%s it again: %s.", in,
		           in == 1 ? " is" : "s are", in == 1 ? "s" : "", now_in);
}

static int say_lifetime(struct effect *e, const char *lifetime)
{
	struct admin *a = e->a;
	struct gate_effect of;
	int rc = gate_lifetime_rehearse(&a->gate, a->args[0], lifetime, &of, &a->err);

	if (rc)
		return rc;
	say_rule(e, &of);
	gate_effect_clear(&of);
	return 0;
}

static void say_leaver(struct effect *e, const char *workspace, const struct gate_leaver *l)
{
	effect_say(e, "%s is no member of %s any more, and is in none of its groups.", l->name,
	           workspace);
	effect_say(e,
	           "Of its repositories %s then reads %zu (%zu now) and pushes to %zu (%zu now); "
	           "what was granted to %s alone stays. That begins with the next request.",
	           l->name, l->after.reads, l->before.reads, l->after.pushes, l->before.pushes,
	           l->name);
}

static void say_creation(struct effect *e, const struct gate_workspace_effect *of)
{
	static const char *const who[] = {[CREATION_OFF] = "nobody",
	                                  [CREATION_OWNERS] = "its owners",
	                                  [CREATION_MEMBERS] = "its members"};

	if (of->before.creation != of->after.creation)
		effect_say(e,
		           "A push to a new name in %s makes a repository for %s then; for %s now.",
		           of->before.name, who[of->after.creation], who[of->before.creation]);
}

static int say_members(struct effect *e, const struct gate_workspace_edit *edit)
{
	struct admin *a = e->a;
	struct gate_workspace_effect of;
	int rc = gate_workspace_rehearse(&a->gate, a->args[0], edit, &of, &a->err);

	if (rc)
		return rc;
	for (size_t i = 0; i < of.count; i++)
		say_leaver(e, of.before.name, &of.leavers[i]);
	say_creation(e, &of);
	gate_workspace_effect_clear(&of);
	return 0;
}

static int edit_asked(struct admin *a, const struct gate_workspace_edit *edit, bool *go)
{
	struct effect e;
	int rc = effect_begin(&e, a);

	if (rc)
		return rc;
	if (edit->token_lifetime)
		rc = say_lifetime(&e, edit->token_lifetime);
	if (!rc)
		rc = say_members(&e, edit);
	if (!rc)
		rc = effect_consent(&e, "Change it?", go);
	effect_end(&e);
	return rc;
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
	bool go = true;

	if (!edit.display && !edit.creation && !edit.token_lifetime && !edit.add_member &&
	    !edit.add_owner && !edit.remove_member)
		return admin_usage(a, "workspace edit wants something to change");
	int rc = edit_asked(a, &edit, &go);
	if (rc || !go)
		return rc;
	rc = gate_workspace_edit(&a->gate, a->args[0], &edit, &w, &a->err);
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
