/* What happened under a reference, and how a decision is shown. */
#include "admin/admin_int.h"

#include <string.h>

/* The words of the reason, where it is one ("" for a change). */
static const char *means(const struct store_audit *r)
{
	enum reason reason = policy_reason_by_name(r->reason);
	return reason == REASON_COUNT ? "" : policy_reason_means(reason);
}

static const char *todo(const struct store_audit *r)
{
	enum reason reason = policy_reason_by_name(r->reason);
	return reason == REASON_COUNT || reason == REASON_ALLOWED ? "" : policy_reason_todo(reason);
}

/* -- why -- */

void admin_line_print(struct admin *a, const char *left, const char *text)
{
	if (*text)
		admin_print(a, "  %-9s %s\n", left, admin_safe(a, text));
}

static void who_print(struct admin *a, const struct store_audit *r)
{
	if (!*r->actor)
		admin_print(a, "  who       nobody known here: no genuine credential came\n");
	else if (*r->credential_name)
		admin_print(a, "  who       %s, by the credential \"%s\"\n",
		            admin_safe(a, r->actor), admin_safe(a, r->credential_name));
	else
		admin_print(a, "  who       %s\n", admin_safe(a, r->actor));
}

static void when_print(struct admin *a, const struct store_audit *r)
{
	if (r->count > 1)
		admin_print(a, "  when      %lld times: first %s, last %s\n", (long long)r->count,
		            admin_time(a, r->at), admin_time(a, r->last));
	else
		admin_print(a, "  when      %s\n", admin_time(a, r->at));
}

/* Between the gates that a person's own question leaves out. */
static bool left_out(const struct gate_trace_line *g, bool person)
{
	return person && g->saw[0] &&
	       (!strcmp(g->name, "credential") || !strcmp(g->name, "form") ||
	        !strcmp(g->name, "known") || !strcmp(g->name, "alive") ||
	        !strcmp(g->name, "retirement") || !strcmp(g->name, "address") ||
	        !strcmp(g->name, "scope") || !strcmp(g->name, "repository-limit"));
}

void admin_gates_print(struct admin *a, const char *trace, bool person)
{
	struct gate_trace_line g;
	bool closed = false;

	if (!*trace)
		return;
	admin_print(a, "\nThe gates, in the order they were asked:\n");
	while (gate_trace_next(&trace, &g)) {
		const char *result = admin_safe(a, g.result), *mark = "";
		if (left_out(&g, person))
			continue;
		if (!strcmp(g.result, "closed")) {
			result = "CLOSED";
			mark = closed ? "" : "   <- this one refused";
			closed = true;
		} else if (!strcmp(g.result, "skipped")) {
			result = "not asked";
		}
		if (*g.saw || *mark)
			admin_print(a, "  %-17s %-10s %s%s\n", admin_safe(a, g.name), result,
			            admin_safe(a, g.saw), mark);
		else
			admin_print(a, "  %-17s %s\n", admin_safe(a, g.name), result);
	}
}

void admin_opens_print(struct admin *a, const struct buf *opens)
{
	const char *p = buf_str(opens);

	if (!*p)
		return;
	admin_print(a, "\nTo open it:\n");
	while (*p) {
		size_t len = strcspn(p, "\n");
		admin_print(a, "  %.*s\n", (int)len, p);
		p += len + (p[len] == '\n');
	}
}

json_t *admin_opens_json(const struct buf *opens)
{
	json_t *list = json_array();
	const char *p = buf_str(opens);

	while (list && *p) {
		size_t len = strcspn(p, "\n");
		json_array_append_new(list, json_stringn(p, len));
		p += len + (p[len] == '\n');
	}
	return list;
}

/* The same request, asked of the ledger of now. */
static const char *today_words(struct admin *a, const struct gate_why *w)
{
	const char *now = policy_reason_name(w->today);

	if (w->today == REASON_COUNT)
		return "";
	if (w->today == REASON_ALLOWED)
		return "the same request would be allowed";
	if (!strcmp(now, w->row.reason))
		return "the same request would be refused again";
	now = arena_printf(&a->arena, "the same request would be refused for another reason: %s",
	                   now);
	return now ? now : "";
}

static void change_print(struct admin *a, const struct store_audit *r)
{
	admin_print(a, "%s: a change\n", r->reference);
	when_print(a, r);
	who_print(a, r);
	admin_line_print(a, "did", r->reason);
	admin_line_print(a, "to", r->object);
	admin_line_print(a, "note", r->note);
}

static void decision_print(struct admin *a, const struct gate_why *w)
{
	const struct store_audit *r = &w->row;
	bool allowed = policy_reason_by_name(r->reason) == REASON_ALLOWED;

	admin_print(a, "%s: %s\n", r->reference, allowed ? "allowed" : "refused");
	when_print(a, r);
	who_print(a, r);
	admin_line_print(a, "from", r->address);
	admin_line_print(a, "client", r->agent);
	admin_line_print(a, "asked", r->operation);
	admin_line_print(a, "for", r->object);
	admin_print(a, "  verdict   %s%s%s\n", admin_safe(a, r->reason), *means(r) ? ": " : "",
	            means(r));
	admin_line_print(a, "mend", todo(r));
	admin_line_print(a, "note", r->note);
	admin_line_print(a, "today", today_words(a, w));
	admin_opens_print(a, &w->opens);
	admin_gates_print(a, r->gates, false);
}

static json_t *why_json(struct admin *a, const struct gate_why *w)
{
	json_t *json = gate_audit_json(&w->row);
	const char *now = w->today == REASON_COUNT ? "" : policy_reason_name(w->today);

	if (json && (json_object_set_new(json, "today", admin_json_text(a, now)) ||
	             json_object_set_new(json, "open", admin_opens_json(&w->opens)))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

int admin_why(struct admin *a)
{
	const char *as = admin_flag(a, "as");
	struct store_user reader;
	struct gate_why *w = arena_alloc(&a->arena, sizeof(*w));

	if (!w)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	int rc = as ? gate_user_find(&a->gate, as, &reader, &a->err) : 0;
	if (!rc)
		rc = gate_why(&a->gate, as ? &reader : NULL, a->args[0], w, &a->err);
	if (rc)
		return rc;
	if (a->json)
		rc = admin_json(a, why_json(a, w));
	else if (w->row.kind == AUDIT_CHANGE)
		change_print(a, &w->row);
	else
		decision_print(a, w);
	gate_why_clear(w);
	return rc;
}
