/* A new secret for a token, and what became of those before it. */
#include "admin/admin_int.h"
#include "base/secret.h"

static const char *ends(struct admin *a, const struct store_former *f,
                        const struct store_credential *c)
{
	int64_t until = gate_former_ends(f, c);

	return f->until_used && !c->secret_used ? "the new one is used" : admin_time(a, until);
}

static int print_rotated(struct admin *a, const struct store_credential *c,
                         const struct store_former *old, const char *token)
{
	admin_print(a,
	            "Rotated the %s. The new secret is shown this once; the server keeps only its "
	            "hash.\n\n    %s\n\n",
	            admin_token_title(a, c), token);
	int rc = admin_token_facts(a, c);
	admin_print(a,
	            "\nThe old secret works until %s. Put the new one where the old one is; the "
	            "user\nname and all else stay. Should it get lost, rotate again: the old one "
	            "lives out its time.\n",
	            ends(a, old, c));
	return rc;
}

int admin_token_rotate(struct admin *a)
{
	struct gate_rotate ask = {.name = a->args[0], .overlap = admin_flag(a, "overlap")};
	struct store_credential c;
	struct store_former old;
	struct secret token = {0};

	int rc = admin_whose(a, &ask.owner);
	if (!rc)
		rc = gate_rotate(&a->gate, &ask, &c, &old, token.bytes, &a->err);
	token.len = rc ? 0 : TOKEN_LEN;
	if (!rc && a->json)
		rc = admin_json(a, admin_token_secret_json(a, &c, token.bytes));
	else if (!rc && a->quiet)
		admin_print(a, "%s\n", token.bytes);
	else if (!rc)
		rc = print_rotated(a, &c, &old, token.bytes);
	secret_clear(&token);
	return rc;
}

/* -- those before -- */

struct formers {
	struct admin *a;
	const struct store_credential *c;
	json_t *list; /* NULL: lines */
};

static int add_json(struct formers *all, const struct store_former *f)
{
	struct admin *a = all->a;
	const struct admin_field fields[] = {
	        {"replaced", admin_json_time(f->replaced)},
	        {"until", admin_json_time(gate_former_ends(f, all->c))},
	        {"until_used", json_boolean(f->until_used)},
	        {"came_late", admin_json_time(f->late)},
	        {"came_late_from", admin_json_text(a, f->late_from)},
	};
	json_t *json = admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));

	return json_array_append_new(all->list, json) ? ERR_MEMORY : 0;
}

static int add(void *arg, const struct store_former *f)
{
	struct formers *all = arg;
	struct admin *a = all->a;
	bool over = gate_former_ends(f, all->c) <= clock_now();

	if (all->list)
		return add_json(all, f);
	admin_print(a, "  replaced   %s, the old secret %s %s\n", admin_time(a, f->replaced),
	            over ? "ended" : "works until", ends(a, f, all->c));
	if (f->late)
		admin_print(a, "             and came again %s from %s: something still uses it\n",
		            admin_time(a, f->late), admin_safe(a, f->late_from));
	return 0;
}

int admin_former_print(struct admin *a, const struct store_credential *c)
{
	struct formers all = {a, c, NULL};

	return gate_former_list(&a->gate, c, add, &all, &a->err);
}

int admin_former_json(struct admin *a, const struct store_credential *c, json_t *token)
{
	struct formers all = {a, c, json_array()};
	int rc = all.list ? gate_former_list(&a->gate, c, add, &all, &a->err) : ERR_MEMORY;

	if (rc)
		json_decref(all.list);
	else
		json_object_set_new(token, "former_secrets", all.list);
	return rc;
}
