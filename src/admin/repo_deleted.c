/* repo delete, undelete, list --deleted. */
#include "admin/effect.h"
#include "git/git.h"

#include <string.h>

/* -- delete -- */

static bool limited(const struct gate_reached *r)
{
	return r->limited;
}

static bool person(const struct gate_reached *r)
{
	return r->who == WHO_USER && r->before.reads;
}

static int keep_last(void *arg, const struct store_audit *row)
{
	if (strcmp(row->operation, "push"))
		return 0;
	*(int64_t *)arg = row->last;
	return 1;
}

/* The last push that the audit knows under its name of today; 0: none. */
static int64_t last_push(struct admin *a, const struct store_repository *r)
{
	struct store_audit_filter f = {.object = admin_repo_name(a, r),
	                               .reason = policy_reason_name(REASON_ALLOWED),
	                               .most = 1000};
	int64_t at = 0;

	(void)gate_history(&a->gate, &f, keep_last, &at, NULL);
	return at;
}

static void say_deletion(struct effect *e, const struct gate_effect *of)
{
	struct admin *a = e->a;
	const struct store_repository *r = &of->before;
	const char *name = admin_repo_name(a, r), *names;
	int64_t push = last_push(a, r);
	size_t count, refs = git_count_refs(admin_repo_folder(a, r));

	effect_say(e,
	           "%s will be gone for everybody, at once: %zu branch%s or tag%s, last push %s.",
	           name, refs, refs == 1 ? "" : "es", refs == 1 ? "" : "s",
	           push ? admin_time(a, push) : "unknown");
	names = effect_names(e, of, person, &count);
	if (names)
		effect_say(e, "%zu %s read it now: %s.", count,
		           count == 1 ? "person can" : "people can", names);
	names = effect_names(e, of, limited, &count);
	if (names)
		effect_say(e,
		           "%zu token%s limited to it and then reach%s nothing in its place: %s.",
		           count, count == 1 ? " is" : "s are", count == 1 ? "es" : "", names);
	effect_say(e, "Its name is free at once; its old names and addresses lead nowhere.");
	effect_say(e,
	           "Until %s it can be brought back, with its grants: gatehouse repo undelete %s",
	           admin_time(a, clock_now() + a->settings.deleted_kept), name);
}

static json_t *deleted_json(struct admin *a, const void *item)
{
	const struct store_deleted *d = item;

	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "id", d->was.id, "full_name",
	                 admin_repo_name(a, &d->was), "deleted", admin_json_time(d->at),
	                 "deleted_by", admin_json_text(a, d->by), "kept_until",
	                 admin_json_time(d->until));
}

int admin_repo_delete(struct admin *a)
{
	struct gate_effect of;
	struct store_deleted d;
	struct effect e;
	bool go = false;

	int rc = gate_deletion_rehearse(&a->gate, a->args[0], &of, &a->err);
	if (rc)
		return rc;
	rc = effect_begin(&e, a);
	if (!rc) {
		say_deletion(&e, &of);
		rc = effect_consent(&e, "Delete it?", &go);
		effect_end(&e);
	}
	gate_effect_clear(&of);
	if (rc || !go)
		return rc;
	rc = gate_repository_delete(&a->gate, a->args[0], &d, &a->err);
	if (rc)
		return rc;
	if (a->json)
		return admin_json(a, deleted_json(a, &d));
	admin_print(a, a->quiet ? "%s\n" : "Deleted %s.\n",
	            a->quiet ? d.was.id : admin_repo_name(a, &d.was));
	return 0;
}

/* -- and back -- */

int admin_repo_undelete(struct admin *a)
{
	struct store_repository r;
	int rc = gate_repository_undelete(&a->gate, a->args[0], admin_flag(a, "as"), &r, &a->err);

	return rc ? rc : admin_repo_done(a, &r, "%s is back, with the grants it had.\n");
}

static int keep_deleted(void *arg, const struct store_deleted *d)
{
	return admin_list_keep(arg, d);
}

static const char *deleted_bare(struct admin *a, const void *item)
{
	(void)a;
	return ((const struct store_deleted *)item)->was.id;
}

static void deleted_cells(struct admin_table *t, const void *item)
{
	const struct store_deleted *d = item;

	admin_table_add(t, admin_repo_name(t->a, &d->was));
	admin_table_add(t, d->was.id);
	admin_table_add(t, admin_time(t->a, d->at));
	admin_table_add(t, d->by);
	admin_table_add(t, admin_time(t->a, d->until));
}

static int deleted_page(struct admin *a, const char *after, struct admin_list *l)
{
	return gate_deleted_page(&a->gate, after, keep_deleted, l, &a->err);
}

/* With the moment: it may be brought back, or its time be over, while the list is read. */
static const char *deleted_place(struct admin *a, const void *item)
{
	char text[GATE_DELETED_PLACE];
	const char *place = arena_strdup(&a->arena, gate_deleted_place(item, text));

	return place ? place : "";
}

int admin_repo_list_deleted(struct admin *a)
{
	static const struct admin_shape shape = {"No deleted repository is kept.",
	                                         {"NAME", "ID", "DELETED", "BY", "KEPT UNTIL"},
	                                         deleted_json,
	                                         deleted_bare,
	                                         deleted_cells};
	static const struct admin_pages pages = {sizeof(struct store_deleted), &shape, deleted_page,
	                                         deleted_place};

	return admin_pages_show(a, &pages);
}
