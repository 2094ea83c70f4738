/* retire status: who still uses what is on its way out, a page at a time. */
#include "admin/admin_int.h"
#include "gate/retire.h"

#include <stdlib.h>
#include <string.h>

#define STATUS_MOST 50

struct status {
	struct admin *a;
	const struct store_retirement *retirement;
	json_t *list; /* NULL: lines */
	int64_t last; /* the number told last */
	size_t most;
};

static json_t *user_json(struct status *s, const struct store_credential *c,
                         const char *replacement)
{
	struct admin *a = s->a;
	json_t *json = admin_token_json(a, c);

	if (json)
		json_object_set_new(json, "replacement", admin_json_text(a, replacement));
	return json;
}

static int user_print(struct status *s, const struct store_credential *c, const char *replacement)
{
	struct admin *a = s->a;

	admin_print(a, "  %s\n", admin_token_title(a, c));
	if (c->used)
		admin_print(a, "    used     %s from %s\n", admin_time(a, c->used),
		            admin_safe(a, c->used_from));
	else
		admin_print(a, "    used     never\n");
	if (c->refused)
		admin_print(a, "    refused  %s from %s: %s\n", admin_time(a, c->refused),
		            admin_safe(a, c->refused_from), admin_safe(a, c->refused_why));
	if (*replacement)
		admin_print(a, "    instead  %s\n", admin_safe(a, replacement));
	else
		admin_print(a, "    instead  no command makes one with the same limits\n");
	return 0;
}

static int add(void *arg, const struct store_credential *c)
{
	struct status *s = arg;
	struct buf replacement;
	int rc;

	s->last = c->id;
	if (s->a->quiet) {
		admin_print(s->a, "id:%lld\n", (long long)c->id);
		return 0;
	}
	buf_init(&replacement, 65536);
	rc = gate_retire_replacement(&s->a->gate, c, &replacement, &s->a->err);
	if (!rc && s->list)
		rc = json_array_append_new(s->list, user_json(s, c, buf_str(&replacement)))
		             ? ERR_MEMORY
		             : 0;
	else if (!rc)
		rc = user_print(s, c, buf_str(&replacement));
	buf_clear(&replacement);
	return rc;
}

static int page_json(struct status *s, const struct gate_retire_count *count, bool more)
{
	struct admin *a = s->a;
	const struct admin_field fields[] = {
	        {"name", admin_json_text(a, s->retirement->name)},
	        {"living", json_integer((json_int_t)count->living)},
	        {"ever_used", json_integer((json_int_t)count->used)},
	        {"used_in_30_days", json_integer((json_int_t)count->lately)},
	        {"credentials", json_incref(s->list)},
	        {"more", json_boolean(more)},
	        {"last", json_integer(s->last)},
	};

	return admin_json(a, admin_json_object(fields, sizeof(fields) / sizeof(fields[0])));
}

static void head_print(struct admin *a, const struct store_retirement *r,
                       const struct gate_retire_count *count)
{
	struct retire_state state;

	if (a->quiet || a->json)
		return;
	policy_retire_at(&r->rule, clock_now(), &state);
	admin_print(a, "%s: %s, %zu live, %zu of them used in the last 30 days, %zu never\n",
	            admin_safe(a, r->name), admin_retire_stage(state.stage), count->living,
	            count->lately, count->living - count->used);
}

/* The number behind which the page begins. */
static int behind_of(struct admin *a, int64_t *out)
{
	const char *text = admin_flag(a, "after");
	size_t digits;

	*out = 0;
	if (!text)
		return 0;
	text += strncmp(text, "id:", 3) ? 0 : 3;
	digits = strspn(text, "0123456789");
	if (!digits || digits > 18 || text[digits])
		return admin_usage(a, "--after wants the number of a credential (id:12)");
	*out = strtoll(text, NULL, 10);
	return 0;
}

static int page(struct status *s)
{
	struct admin *a = s->a;
	const struct retirement *rule = &s->retirement->rule;
	struct gate_retire_count count;
	int64_t behind = 0;
	bool more = false;

	int rc = behind_of(a, &behind);
	if (!rc)
		rc = gate_retire_count(&a->gate, rule, &count, &a->err);
	if (rc)
		return rc;
	head_print(a, s->retirement, &count);
	rc = gate_retire_walk(&a->gate, rule, behind, s->most, add, s, &more, &a->err);
	if (!rc && a->json)
		return page_json(s, &count, more);
	if (!rc && more && !a->quiet)
		admin_print(a, "  and more: gatehouse retire status %s --after id:%lld\n",
		            admin_safe(a, s->retirement->name), (long long)s->last);
	return rc;
}

static int keep(void *arg, const struct store_retirement *r)
{
	return admin_list_keep(arg, r);
}

/* Of all there are, in turn; JSON: an object a line. */
static int each_of(struct admin *a, struct admin_list *all, size_t most)
{
	int rc = 0;

	if (!all->count && !a->json && !a->quiet)
		admin_print(a, "Nothing is on its way out.\n");
	for (size_t i = 0; i < all->count && !rc; i++) {
		struct status s = {.a = a, .retirement = admin_list_at(all, i), .most = most};

		s.list = a->json ? json_array() : NULL;
		rc = page(&s);
		json_decref(s.list);
	}
	return rc;
}

int admin_retire_status(struct admin *a)
{
	struct admin_list all = ADMIN_LIST(struct store_retirement);
	struct store_retirement one;
	size_t most;
	int rc = admin_number(a, "limit", STATUS_MOST, 1, &most);

	if (!rc && admin_flag(a, "after") && !a->nargs)
		rc = admin_usage(a, "--after goes on with one retirement: name it");
	if (!rc && a->nargs) {
		rc = gate_retire_find(&a->gate, a->args[0], &one, &a->err);
		rc = rc ? rc : keep(&all, &one);
	} else if (!rc) {
		rc = gate_retire_list(&a->gate, keep, &all, &a->err);
	}
	if (!rc)
		rc = each_of(a, &all, most);
	admin_list_free(&all);
	return rc;
}
