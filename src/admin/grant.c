#include "admin/admin_int.h"

#include <string.h>

/* A grant with both sides in words. */
struct spoken {
	struct store_grant grant;
	char subject[STORE_LABEL + 16], object[STORE_TEXT];
	char bot[STORE_LABEL]; /* the name of a bot, whose subject is a number */
};

static int keep_grant(void *arg, const struct store_grant *g)
{
	return admin_list_keep(arg, g);
}

static int speak(struct admin *a, const struct store_grant *g, struct spoken *out)
{
	struct store_credential c;

	out->grant = *g;
	out->bot[0] = 0;
	int rc = gate_grant_words(&a->gate, g, out->subject, sizeof(out->subject), out->object,
	                          sizeof(out->object), &a->err);
	if (!rc && g->subject == GRANT_CREDENTIAL) {
		rc = gate_credential_by_number(&a->gate, out->subject, &c, &a->err);
		memcpy(out->bot, rc ? "" : c.name, rc ? 1 : sizeof(out->bot));
	}
	return rc;
}

/* "bob", or "id:12 (bot ci)". */
static const char *subject(struct admin *a, const struct spoken *s)
{
	const char *text =
	        *s->bot ? arena_printf(&a->arena, "%s (bot %s)", s->subject, s->bot) : s->subject;
	return admin_safe(a, text ? text : s->subject);
}

static json_t *grant_json(struct admin *a, const void *item)
{
	const struct spoken *s = item;
	return json_pack("{s:o, s:o, s:o, s:s, s:o}", "subject", admin_json_text(a, s->subject),
	                 "bot", admin_json_text(a, s->bot), "object", admin_json_text(a, s->object),
	                 "right", policy_right_name(s->grant.right), "created",
	                 admin_json_time(s->grant.created));
}

static const char *list_bare(struct admin *a, const void *item)
{
	const struct spoken *s = item;
	const char *line =
	        arena_printf(&a->arena, "%s\t%s\t%s", admin_safe(a, s->subject),
	                     admin_safe(a, s->object), policy_right_name(s->grant.right));
	return line ? line : "";
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct spoken *s = item;
	admin_table_add(t, subject(t->a, s));
	admin_table_add(t, s->object);
	admin_table_add(t, policy_right_name(s->grant.right));
	admin_table_add(t, admin_time(t->a, s->grant.created));
}

/* The walk first, the words after: no look-up runs inside the walk. */
static int list_page(struct admin *a, const char *after, struct admin_list *l)
{
	struct admin_list found = ADMIN_LIST(struct store_grant);
	struct spoken s;

	found.most = l->most;
	int rc = gate_grant_page(&a->gate, a->args[0], after, keep_grant, &found, &a->err);
	int end = rc;
	for (size_t i = 0; i < found.count && rc >= 0; i++) {
		rc = speak(a, admin_list_at(&found, i), &s);
		if (!rc)
			rc = admin_list_keep(l, &s);
	}
	admin_list_free(&found);
	return rc < 0 ? rc : end;
}

static const char *list_place(struct admin *a, const void *item)
{
	const struct spoken *s = item;
	char text[GATE_GRANT_PLACE];
	const char *place = arena_strdup(&a->arena, gate_grant_place(&s->grant, s->object, text));

	return place ? place : "";
}

int admin_grant_list(struct admin *a)
{
	static const struct admin_shape shape = {
	        "No grants: only owners of the workspace reach its repositories.",
	        {"WHO", "ON", "RIGHT", "SINCE"},
	        grant_json,
	        list_bare,
	        list_cells};
	static const struct admin_pages pages = {sizeof(struct spoken), &shape, list_page,
	                                         list_place};

	return admin_pages_show(a, &pages);
}

int admin_grant_add(struct admin *a)
{
	struct store_grant g;
	struct spoken s;

	int rc = gate_grant_set(&a->gate, a->args[0], a->args[1], a->args[2], &g, &a->err);
	if (!rc)
		rc = speak(a, &g, &s);
	if (rc)
		return rc;
	if (a->json)
		return admin_json(a, grant_json(a, &s));
	if (a->quiet)
		admin_print(a, "%s\n", list_bare(a, &s));
	else
		admin_print(a, "%s has the right %s on %s, from now on.\n", subject(a, &s),
		            policy_right_name(g.right), admin_safe(a, s.object));
	return 0;
}

int admin_grant_remove(struct admin *a)
{
	const char *subject = a->args[0], *object = a->args[1];
	int rc = gate_grant_remove(&a->gate, subject, object, &a->err);
	if (rc)
		return rc;
	if (a->json)
		return admin_json(a, json_pack("{s:o, s:o, s:b}", "subject",
		                               admin_json_text(a, subject), "object",
		                               admin_json_text(a, object), "removed", 1));
	if (!a->quiet)
		admin_print(a, "%s has no grant of its own on %s any more.\n",
		            admin_safe(a, subject), admin_safe(a, object));
	return 0;
}
