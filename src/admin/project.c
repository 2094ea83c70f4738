#include "admin/admin_int.h"

#include <string.h>

static int keep_project(void *arg, const struct store_project *p)
{
	return admin_list_keep(arg, p);
}

/* All commands here have the workspace as first word. */
static json_t *project_json(struct admin *a, const void *item)
{
	const struct store_project *p = item;
	return json_pack("{s:o, s:o, s:o, s:o}", "workspace", admin_json_text(a, a->args[0]),
	                 "name", admin_json_text(a, p->name), "description",
	                 admin_json_text(a, p->description), "created",
	                 admin_json_time(p->created));
}

static const char *list_bare(struct admin *a, const void *item)
{
	return admin_safe(a, ((const struct store_project *)item)->name);
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_project *p = item;
	admin_table_add(t, p->name);
	admin_table_add(t, admin_time(t->a, p->created));
	admin_table_add(t, p->description);
}

static int list_page(struct admin *a, const char *after, struct admin_list *l)
{
	return gate_project_page(&a->gate, a->args[0], after, keep_project, l, &a->err);
}

/* As it is stored, not as a terminal may show it. */
static const char *list_place(struct admin *a, const void *item)
{
	(void)a;
	return ((const struct store_project *)item)->name;
}

int admin_project_list(struct admin *a)
{
	static const struct admin_shape shape = {"No projects.",
	                                         {"NAME", "CREATED", "DESCRIPTION"},
	                                         project_json,
	                                         list_bare,
	                                         list_cells};
	static const struct admin_pages pages = {sizeof(struct store_project), &shape, list_page,
	                                         list_place};

	return admin_pages_show(a, &pages);
}

struct inside {
	int64_t project;
	json_t *names;
};

static int add_repository(void *arg, const struct store_repository *r)
{
	struct inside *in = arg;
	char name[NAME_PATH_SIZE];
	if (r->project != in->project)
		return 0;
	snprintf(name, sizeof(name), "%s/%s", r->workspace_name, r->name);
	return json_array_append_new(in->names, json_string(name)) ? ERR_MEMORY : 0;
}

static void project_print(struct admin *a, const struct store_project *p, json_t *names)
{
	size_t i;
	json_t *n;

	admin_print(a, "%s of %s\n", admin_safe(a, p->name), admin_safe(a, a->args[0]));
	admin_print(a, "  description  %s\n",
	            *p->description ? admin_safe(a, p->description) : "-");
	admin_print(a, "  created      %s\n", admin_time(a, p->created));
	json_array_foreach(names, i, n)
	{
		admin_print(a, "  repository   %s\n", json_string_value(n));
	}
}

static int project_whole(struct admin *a, const struct store_project *p)
{
	struct inside in = {p->id, json_array()};
	json_t *json;
	int rc = gate_repository_list(&a->gate, a->args[0], add_repository, &in, &a->err);

	if (!rc && a->json) {
		json = project_json(a, p);
		if (json)
			json_object_set(json, "repositories", in.names);
		rc = admin_json(a, json);
	} else if (!rc) {
		project_print(a, p, in.names);
	}
	json_decref(in.names);
	return rc;
}

static int project_done(struct admin *a, const struct store_project *p, const char *sentence)
{
	if (a->json)
		return project_whole(a, p);
	if (a->quiet)
		admin_print(a, "%s\n", admin_safe(a, p->name));
	else
		admin_print(a, sentence, admin_safe(a, p->name));
	return 0;
}

int admin_project_create(struct admin *a)
{
	struct store_project p;
	int rc = gate_project_add(&a->gate, a->args[0], a->args[1], admin_flag(a, "description"),
	                          &p, &a->err);
	return rc ? rc : project_done(a, &p, "Made the project %s.\n");
}

int admin_project_show(struct admin *a)
{
	struct store_project p;
	int rc = gate_project_find(&a->gate, a->args[0], a->args[1], &p, &a->err);
	if (rc)
		return rc;
	return a->quiet ? project_done(a, &p, "%s\n") : project_whole(a, &p);
}

int admin_project_edit(struct admin *a)
{
	const char *name = admin_flag(a, "name"), *description = admin_flag(a, "description");
	struct store_project p;

	if (!name && !description)
		return admin_usage(a, "project edit wants something to change");
	int rc =
	        gate_project_edit(&a->gate, a->args[0], a->args[1], name, description, &p, &a->err);
	return rc ? rc : project_done(a, &p, "Changed the project %s.\n");
}
