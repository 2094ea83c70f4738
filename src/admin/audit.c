/* What happened, as a list. */
#include "admin/admin_int.h"

#include <string.h>

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
	                                         admin_audit_json,
	                                         list_bare,
	                                         list_cells};
	struct admin_list list = ADMIN_LIST(struct store_audit);
	const char *since = admin_flag(a, "since");
	struct store_audit_filter f = {.actor = admin_flag(a, "actor"),
	                               .object = admin_flag(a, "object"),
	                               .reason = admin_flag(a, "reason")};
	int rc = admin_number(a, "limit", 50, 1, &f.most);

	if (rc)
		return rc;
	if (since)
		rc = since_parse(a, since, &f.since);
	if (!rc)
		rc = gate_history(&a->gate, &f, keep_audit, &list, &a->err);
	return admin_list_show(a, rc, &list, &shape);
}
