#include "admin/admin_int.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
        [AUDIT_DECISION] = "decision", [AUDIT_CHANGE] = "change", [AUDIT_STRANGER] = "strangers"};

static const char *kind_name(enum audit_kind kind)
{
	return kind >= AUDIT_DECISION && kind <= AUDIT_STRANGER ? kinds[kind] : "unknown";
}

/* One line of `gates`: "name\tresult\twhat it saw". */
struct gate_line {
	char name[32], result[16], saw[400];
};

static void field(char *out, size_t size, const char **p, char end)
{
	size_t len = strcspn(*p, end == '\t' ? "\t\n" : "\n");
	snprintf(out, size, "%.*s", (int)len, *p);
	*p += len;
	if (**p == end)
		++*p;
}

/* "scope: needs …" in the line of the gate scope: the name is said already. */
static void drop_name(struct gate_line *line)
{
	size_t len = strlen(line->name);

	if (strncmp(line->saw, line->name, len) || strncmp(line->saw + len, ": ", 2))
		return;
	memmove(line->saw, line->saw + len + 2, strlen(line->saw + len + 2) + 1);
}

/* Takes the next line off *p; false at the end. */
static bool gate_next(const char **p, struct gate_line *out)
{
	if (!**p)
		return false;
	field(out->name, sizeof(out->name), p, '\t');
	field(out->result, sizeof(out->result), p, '\t');
	field(out->saw, sizeof(out->saw), p, '\n');
	drop_name(out);
	if (!strcmp(out->result, "skipped"))
		out->saw[0] = 0; /* it saw nothing */
	return true;
}

static json_t *gates_json(struct admin *a, const char *gates, const char **closed, char room[32])
{
	json_t *list = json_array();
	struct gate_line line;

	*closed = "";
	while (list && gate_next(&gates, &line)) {
		if (!strcmp(line.result, "closed") && !**closed) {
			snprintf(room, 32, "%s", line.name);
			*closed = room;
		}
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "gate",
		                                      admin_json_text(a, line.name), "result",
		                                      admin_json_text(a, line.result), "saw",
		                                      admin_json_text(a, line.saw)));
	}
	return list;
}

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

static json_t *audit_json(struct admin *a, const void *item)
{
	const struct store_audit *r = item;
	char room[32];
	const char *closed;
	json_t *gates = gates_json(a, r->gates, &closed, room);
	const struct {
		const char *key;
		json_t *value;
	} fields[] = {
	        {"reference", json_string(r->reference)},
	        {"kind", json_string(kind_name(r->kind))},
	        {"at", admin_json_time(r->at)},
	        {"last", admin_json_time(r->last)},
	        {"count", json_integer(r->count)},
	        {"reason", admin_json_text(a, r->reason)},
	        {"means", admin_json_text(a, means(r))},
	        {"todo", admin_json_text(a, todo(r))},
	        {"actor", admin_json_text(a, r->actor)},
	        {"credential", r->credential ? json_integer(r->credential) : json_null()},
	        {"credential_name", admin_json_text(a, r->credential_name)},
	        {"operation", admin_json_text(a, r->operation)},
	        {"object", admin_json_text(a, r->object)},
	        {"address", admin_json_text(a, r->address)},
	        {"user_agent", admin_json_text(a, r->agent)},
	        {"closed", admin_json_text(a, closed)},
	        {"gates", gates},
	        {"note", admin_json_text(a, r->note)},
	};
	json_t *json = json_object();
	int failed = json == NULL;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		failed |= json_object_set_new(json, fields[i].key, fields[i].value);
	if (failed) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* -- why -- */

static void line(struct admin *a, const char *left, const char *text)
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

static void gates_print(struct admin *a, const char *gates)
{
	struct gate_line g;
	bool closed = false;

	if (!*gates)
		return;
	admin_print(a, "\nThe gates, in the order they were asked:\n");
	while (gate_next(&gates, &g)) {
		const char *result = admin_safe(a, g.result), *mark = "";
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

static void change_print(struct admin *a, const struct store_audit *r)
{
	admin_print(a, "%s: a change\n", r->reference);
	when_print(a, r);
	who_print(a, r);
	line(a, "did", r->reason);
	line(a, "to", r->object);
	line(a, "note", r->note);
}

static void decision_print(struct admin *a, const struct store_audit *r)
{
	bool allowed = policy_reason_by_name(r->reason) == REASON_ALLOWED;

	admin_print(a, "%s: %s\n", r->reference, allowed ? "allowed" : "refused");
	when_print(a, r);
	who_print(a, r);
	line(a, "from", r->address);
	line(a, "client", r->agent);
	line(a, "asked", r->operation);
	line(a, "for", r->object);
	admin_print(a, "  verdict   %s%s%s\n", admin_safe(a, r->reason), *means(r) ? ": " : "",
	            means(r));
	line(a, "mend", todo(r));
	line(a, "note", r->note);
	gates_print(a, r->gates);
}

int admin_why(struct admin *a)
{
	struct store_audit *r = arena_alloc(&a->arena, sizeof(*r));
	if (!r)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	int rc = gate_why(&a->gate, a->args[0], r, &a->err);
	if (rc)
		return rc;
	if (a->json)
		return admin_json(a, audit_json(a, r));
	if (r->kind == AUDIT_CHANGE)
		change_print(a, r);
	else
		decision_print(a, r);
	return 0;
}

/* -- audit -- */

static int keep_audit(void *arg, const struct store_audit *r)
{
	return admin_list_keep(arg, r);
}

static const char *list_bare(struct admin *a, const void *item)
{
	(void)a;
	return ((const struct store_audit *)item)->reference;
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_audit *r = item;
	char count[32] = "";

	if (r->count > 1)
		snprintf(count, sizeof(count), " (%lld times)", (long long)r->count);
	const char *what = arena_printf(&t->a->arena, "%s%s%s%s", r->operation,
	                                *r->operation ? ": " : "", r->reason, count);
	admin_table_add(t, admin_time(t->a, r->last));
	admin_table_add(t, r->reference);
	admin_table_add(t, *r->actor ? r->actor : "(unknown)");
	admin_table_add(t, what ? what : r->reason);
	admin_table_add(t, r->object);
	admin_table_add(t, r->address);
}

/* "2d" means two days ago here, where an expiry would mean in two days. */
static int since_parse(struct admin *a, const char *text, int64_t *out)
{
	int64_t now = clock_now();
	int rc = clock_parse(text, now, 0, out, &a->err);
	if (!rc && *out == CLOCK_NEVER)
		rc = err_set(&a->err, ERR_INVALID, "--since wants a span (2d) or a date");
	if (!rc && *out > now)
		*out = 2 * now - *out;
	return rc;
}

int admin_audit(struct admin *a)
{
	static const struct admin_shape shape = {"Nothing of that kind is in the audit.",
	                                         {"WHEN", "REFERENCE", "WHO", "WHAT", "ON", "FROM"},
	                                         audit_json,
	                                         list_bare,
	                                         list_cells};
	struct admin_list list = ADMIN_LIST(struct store_audit);
	const char *since = admin_flag(a, "since"), *limit = admin_flag(a, "limit");
	struct store_audit_filter f = {.actor = admin_flag(a, "actor"),
	                               .object = admin_flag(a, "object"),
	                               .reason = admin_flag(a, "reason"),
	                               .most = 50};
	int rc = 0;

	if (limit) {
		if (strlen(limit) > 5 || strspn(limit, "0123456789") != strlen(limit) ||
		    !atoi(limit))
			return admin_usage(a, "--limit wants a number from 1 to 99999");
		f.most = (size_t)atoi(limit);
	}
	if (since)
		rc = since_parse(a, since, &f.since);
	if (!rc)
		rc = gate_history(&a->gate, &f, keep_audit, &list, &a->err);
	return admin_list_show(a, rc, &list, &shape);
}
