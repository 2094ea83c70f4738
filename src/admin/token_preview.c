/* What a token can really do, repository by repository, a page at a time. */
#include "admin/admin_int.h"

#define PREVIEW_MOST 20

struct preview {
	struct admin *a;
	json_t *list; /* NULL: lines */
	size_t count;
	const char *last; /* the repository told last */
};

static const char *name_of(struct admin *a, const struct store_repository *r)
{
	const char *name = arena_printf(&a->arena, "%s/%s", r->workspace_name, r->name);
	return name ? name : "";
}

/* "read, push", of those that are so; "" for none. */
static const char *verbs(struct admin *a, bool read, bool push, bool admin)
{
	const char *text = arena_printf(&a->arena, "%s%s%s%s%s", read ? "read" : "",
	                                read && (push || admin) ? ", " : "", push ? "push" : "",
	                                push && admin ? ", " : "", admin ? "admin" : "");
	return text ? text : "";
}

static int add_json(struct preview *p, const struct gate_preview *r, const char *cut)
{
	struct admin *a = p->a;
	const struct admin_field fields[] = {
	        {"repository", admin_json_text(a, p->last)},
	        {"read", json_boolean(r->reads)},
	        {"push", json_boolean(r->pushes)},
	        {"admin", json_boolean(r->administers)},
	        {"cut_by_scopes", admin_json_text(a, cut)},
	};
	json_t *json = admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));

	return json_array_append_new(p->list, json) ? ERR_MEMORY : 0;
}

static int add(void *arg, const struct gate_preview *r)
{
	struct preview *p = arg;
	struct admin *a = p->a;
	const char *does = verbs(a, r->reads, r->pushes, r->administers);
	const char *cut = verbs(a, r->cut_reads, r->cut_pushes, r->cut_administers);

	p->last = name_of(a, r->repository);
	if (p->list)
		return add_json(p, r, cut);
	admin_print(a, "  %-11s%s: %s%s%s\n", p->count++ ? "" : "opens", admin_safe(a, p->last),
	            *does ? does : "nothing", *cut ? "; its scopes leave out " : "", cut);
	return 0;
}

static int walk(struct preview *p, const struct store_credential *c, struct gate_preview_end *end)
{
	struct admin *a = p->a;
	size_t most;
	int rc = admin_number(a, "limit", PREVIEW_MOST, 1, &most);

	return rc ? rc
	          : gate_preview(&a->gate, c, admin_flag(a, "after"), most, add, p, end, &a->err);
}

int admin_preview_print(struct admin *a, const struct store_credential *c)
{
	struct preview p = {.a = a};
	struct gate_preview_end end;
	int rc = walk(&p, c, &end);

	if (rc)
		return rc;
	if (!p.count)
		admin_print(a, "  opens      no repository%s\n",
		            admin_flag(a, "after") ? " behind that one" : " that there is");
	if (end.more && admin_flag(a, "dry-run"))
		admin_print(a, "             and more, which token show names once it is made\n");
	else if (end.more)
		admin_print(a, "             and more: --after %s\n", admin_safe(a, p.last));
	else if (end.left_out)
		admin_print(a, "             (its list of repositories leaves out %zu more)\n",
		            end.left_out);
	return 0;
}

int admin_preview_json(struct admin *a, const struct store_credential *c, json_t *token)
{
	struct preview p = {.a = a, .list = json_array()};
	struct gate_preview_end end;
	int rc = p.list ? walk(&p, c, &end) : ERR_MEMORY;

	if (rc) {
		json_decref(p.list);
		return rc;
	}
	json_object_set_new(token, "preview", p.list);
	json_object_set_new(token, "preview_more", json_boolean(end.more));
	return 0;
}
