/* What a token's sessions are told, and where it was used from. */
#include "admin/admin_int.h"

int admin_token_edit(struct admin *a)
{
	const struct gate_credential_edit edit = {admin_flag(a, "notices"),
	                                          admin_flag(a, "alerts")};
	struct store_credential c;
	struct gate_whose whose;

	int rc = admin_whose(a, &whose);
	if (!rc && !edit.notices && !edit.alerts)
		rc = admin_usage(a, "token edit wants something to change: --notices or --alerts");
	if (!rc)
		rc = gate_credential_edit(&a->gate, &whose, a->args[0], &edit, &c, &a->err);
	if (rc)
		return rc;
	if (a->json)
		return admin_json(a, admin_token_json(a, &c));
	admin_print(a, a->quiet ? "%s\n" : "Changed the token %s: notices %s, alerts %s.\n",
	            admin_safe(a, c.name), c.quiet ? "off" : "on", c.alerts ? "on" : "off");
	return 0;
}

const char *admin_network_fresh(struct admin *a, const struct store_credential *c, int64_t *since)
{
	struct store_network n;

	if (gate_network_fresh(&a->gate, c, NULL, &n, NULL))
		return "";
	if (since)
		*since = n.first;
	const char *copy = arena_strdup(&a->arena, n.network);
	return copy ? copy : "";
}

/* -- the networks -- */

static int add_json(void *arg, const struct store_network *n)
{
	const struct admin_field fields[] = {{"network", json_string(n->network)},
	                                     {"first_used", admin_json_time(n->first)},
	                                     {"last_used", admin_json_time(n->last)}};
	json_t *json = admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));

	return json_array_append_new(arg, json) ? ERR_MEMORY : 0;
}

int admin_networks_json(struct admin *a, const struct store_credential *c, json_t *token)
{
	json_t *list = json_array();
	int rc = list ? gate_network_list(&a->gate, c, add_json, list, &a->err) : ERR_MEMORY;

	if (rc)
		json_decref(list);
	else
		json_object_set_new(token, "networks", list);
	return rc;
}

#define NETWORKS_SHOWN 5

struct networks {
	struct admin *a;
	size_t count;
};

static int add(void *arg, const struct store_network *n)
{
	struct networks *all = arg;

	if (all->count++ < NETWORKS_SHOWN)
		admin_print(all->a, "  %-11s%s, first %s, last %s\n",
		            all->count == 1 ? "networks" : "", admin_safe(all->a, n->network),
		            admin_time(all->a, n->first), admin_time(all->a, n->last));
	return 0;
}

int admin_told_print(struct admin *a, const struct store_credential *c)
{
	struct networks all = {a, 0};
	int64_t since = 0;
	const char *network = admin_network_fresh(a, c, &since);
	int rc = gate_network_list(&a->gate, c, add, &all, &a->err);

	if (all.count > NETWORKS_SHOWN)
		admin_print(a, "             and %zu more\n", all.count - NETWORKS_SHOWN);
	if (*network)
		admin_print(a, "  new        first used from %s on %s\n", network,
		            admin_time(a, since));
	admin_print(a, "  told       notices %s, alerts %s\n", c->quiet ? "off" : "on",
	            c->alerts ? "on" : "off");
	return rc;
}
