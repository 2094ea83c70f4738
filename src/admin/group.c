#include "admin/admin_int.h"

#include <string.h>

static int keep_group(void *arg, const struct store_group *g)
{
	return admin_list_keep(arg, g);
}

static int add_member(void *arg, const struct store_user *u)
{
	return json_array_append_new(arg, json_string(u->name)) ? ERR_MEMORY : 0;
}

/* All commands here have the workspace as first word. */
static json_t *group_json(struct admin *a, const void *item)
{
	const struct store_group *g = item;
	return json_pack("{s:o, s:o, s:o}", "workspace", admin_json_text(a, a->args[0]), "name",
	                 admin_json_text(a, g->name), "created", admin_json_time(g->created));
}

static const char *list_bare(struct admin *a, const void *item)
{
	return admin_safe(a, ((const struct store_group *)item)->name);
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_group *g = item;
	admin_table_add(t, g->name);
	admin_table_add(t, admin_time(t->a, g->created));
}

static int list_page(struct admin *a, const char *after, struct admin_list *l)
{
	return gate_group_page(&a->gate, a->args[0], after, keep_group, l, &a->err);
}

/* As it is stored, not as a terminal may show it. */
static const char *list_place(struct admin *a, const void *item)
{
	(void)a;
	return ((const struct store_group *)item)->name;
}

int admin_group_list(struct admin *a)
{
	static const struct admin_shape shape = {
	        "No groups.", {"NAME", "CREATED"}, group_json, list_bare, list_cells};
	static const struct admin_pages pages = {sizeof(struct store_group), &shape, list_page,
	                                         list_place};

	return admin_pages_show(a, &pages);
}

static void group_print(struct admin *a, const struct store_group *g, json_t *members)
{
	size_t i;
	json_t *m;

	admin_print(a, "%s of %s\n", admin_safe(a, g->name), admin_safe(a, a->args[0]));
	admin_print(a, "  created  %s\n", admin_time(a, g->created));
	json_array_foreach(members, i, m)
	{
		admin_print(a, "  member   %s\n", json_string_value(m));
	}
	if (!json_array_size(members))
		admin_print(a, "  nobody is in it\n");
}

static int group_whole(struct admin *a, const struct store_group *g)
{
	json_t *members = json_array(), *json;
	int rc = members ? gate_group_member_list(&a->gate, g, add_member, members, &a->err)
	                 : err_set(&a->err, ERR_MEMORY, "out of memory");
	if (!rc && a->json) {
		json = group_json(a, g);
		if (json)
			json_object_set(json, "members", members);
		rc = admin_json(a, json);
	} else if (!rc) {
		group_print(a, g, members);
	}
	json_decref(members);
	return rc;
}

static int group_done(struct admin *a, const char *sentence)
{
	struct store_group g;
	int rc = gate_group_find(&a->gate, a->args[0], a->args[1], &g, &a->err);
	if (rc)
		return rc;
	if (a->json)
		return group_whole(a, &g);
	if (a->quiet)
		admin_print(a, "%s\n", admin_safe(a, g.name));
	else
		admin_print(a, sentence, admin_safe(a, g.name));
	return 0;
}

int admin_group_create(struct admin *a)
{
	int rc = gate_group_add(&a->gate, a->args[0], a->args[1], NULL, &a->err);
	return rc ? rc : group_done(a, "Made the group %s.\n");
}

int admin_group_show(struct admin *a)
{
	struct store_group g;
	int rc = gate_group_find(&a->gate, a->args[0], a->args[1], &g, &a->err);
	if (rc || a->quiet)
		return rc ? rc : group_done(a, "%s\n");
	return group_whole(a, &g);
}

int admin_group_add(struct admin *a)
{
	int rc = gate_group_member(&a->gate, a->args[0], a->args[1], a->args[2], true, &a->err);
	return rc ? rc : group_done(a, "Added to the group %s.\n");
}

int admin_group_remove(struct admin *a)
{
	int rc = gate_group_member(&a->gate, a->args[0], a->args[1], a->args[2], false, &a->err);
	return rc ? rc : group_done(a, "Taken out of the group %s.\n");
}

int admin_group_delete(struct admin *a)
{
	const char *name = admin_safe(a, a->args[1]);
	int rc = gate_group_remove(&a->gate, a->args[0], a->args[1], &a->err);
	if (rc)
		return rc;
	if (a->json)
		return admin_json(a, json_pack("{s:o, s:b}", "name", admin_json_text(a, a->args[1]),
		                               "deleted", 1));
	admin_print(a, a->quiet ? "%s\n" : "Removed the group %s and its grants.\n", name);
	return 0;
}
