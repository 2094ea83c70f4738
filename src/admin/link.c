/* One-time links, and who administers the server: how a first administrator
 * comes in, and one who lost their password. */
#include "admin/admin_int.h"

#include "base/secret.h"
#include "gate/link.h"

#include <string.h>

static const char *const kinds[] = {[LINK_INVITE] = "invite", [LINK_RESET] = "reset"};

static json_t *link_json(struct admin *a, const void *item)
{
	const struct store_link *l = item;

	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o}", "for", gate_link_who(l),
	                 "kind", kinds[l->kind], "state", gate_link_state_name(l, clock_now()),
	                 "created", admin_json_time(l->created), "expires",
	                 admin_json_time(l->expires), "created_by", l->created_by, "ended",
	                 admin_json_time(l->ended), "ended_by", admin_json_text(a, l->ended_by));
}

/* What a person does with it, which differs with who they are. */
static const char *purpose(const struct store_link *l)
{
	if (!l->user)
		return "makes an account of their own";
	return l->kind == LINK_RESET ? "chooses a new password" : "chooses a first password";
}

static int link_print(struct admin *a, const struct store_link *l, const char *url, bool known,
                      bool replaced)
{
	admin_print(a,
	            "Made a one-time link for %s, whose holder %s. It works once, until\n"
	            "%s, and is shown this once: the server keeps only its hash.%s\n\n    "
	            "%s\n\n"
	            "Give it to them alone: whoever holds it can use it. Opening it in a browser\n"
	            "does not use it up. To end it: gatehouse user uninvite %s\n",
	            gate_link_who(l), purpose(l), admin_time(a, l->expires),
	            replaced ? "\nThe older link for them has ended." : "", url, gate_link_who(l));
	if (!known)
		admin_print(
		        a,
		        "\nYOUR-SERVER stands for the server's address: it is not running, and no "
		        "base-url is set.\n");
	return 0;
}

static int link_made(struct admin *a, const struct store_link *l, const char *secret, bool replaced)
{
	char base[SETTINGS_TEXT];
	bool known = admin_base_url(a, base);
	const char *url = arena_printf(&a->arena, "%s" LINK_PATH "%s", base, secret);

	if (!url)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	if (a->json) {
		json_t *json = link_json(a, l);
		if (json)
			json_object_set_new(json, "link", admin_json_text(a, url));
		return admin_json(a, json);
	}
	if (!a->quiet)
		return link_print(a, l, url, known, replaced);
	admin_print(a, "%s\n", url);
	return 0;
}

static int link_make(struct admin *a, enum link_kind kind)
{
	const struct gate_link_ask ask = {kind, a->args[0], admin_flag(a, "expires")};
	char secret[TOKEN_LEN + 1] = "";
	struct store_link l;
	bool replaced = false;

	int rc = gate_link_make(&a->gate, &ask, &l, secret, &replaced, &a->err);
	if (!rc)
		rc = link_made(a, &l, secret, replaced);
	secret_wipe(secret, sizeof(secret));
	return rc;
}

int admin_user_invite(struct admin *a)
{
	return link_make(a, LINK_INVITE);
}

int admin_user_reset(struct admin *a)
{
	return link_make(a, LINK_RESET);
}

int admin_user_uninvite(struct admin *a)
{
	struct store_link l;
	int rc = gate_link_revoke(&a->gate, a->args[0], &l, &a->err);

	if (rc)
		return rc;
	if (a->json)
		return admin_json(a, link_json(a, &l));
	admin_print(a, a->quiet ? "%s\n" : "Ended the link for %s: it opens nothing any more.\n",
	            gate_link_who(&l));
	return 0;
}

/* -- the list -- */

static int keep_link(void *arg, const struct store_link *l)
{
	return admin_list_keep(arg, l);
}

static const char *link_bare(struct admin *a, const void *item)
{
	(void)a;
	return gate_link_who(item);
}

static void link_cells(struct admin_table *t, const void *item)
{
	const struct store_link *l = item;

	admin_table_add(t, gate_link_who(l));
	admin_table_add(t, kinds[l->kind]);
	admin_table_add(t, gate_link_state_name(l, clock_now()));
	admin_table_add(t, admin_time(t->a, l->expires));
	admin_table_add(t, admin_time(t->a, l->created));
	admin_table_add(t, l->created_by);
}

int admin_user_invites(struct admin *a)
{
	static const struct admin_shape shape = {
	        "No link lives. To make one: gatehouse user invite NAME",
	        {"FOR", "KIND", "STATE", "EXPIRES", "MADE", "BY"},
	        link_json,
	        link_bare,
	        link_cells};
	struct admin_list list = ADMIN_LIST(struct store_link);
	int rc = gate_link_list(&a->gate, admin_flag(a, "all") != NULL, keep_link, &list, &a->err);

	return admin_list_show(a, rc, &list, &shape);
}

/* -- administrators -- */

struct admins {
	unsigned others;
	int64_t but;
};

static int count_admin(void *arg, const struct store_user *u)
{
	struct admins *n = arg;

	n->others += u->server_admin && u->id != n->but && u->suspended == CLOCK_NEVER;
	return 0;
}

static int admin_print_role(struct admin *a, const struct store_user *u)
{
	struct admins n = {.but = u->id};
	int rc = gate_user_list(&a->gate, count_admin, &n, &a->err);

	if (rc)
		return rc;
	if (u->server_admin)
		admin_print(a, "%s is an administrator of the server now.%s\n", u->name,
		            u->suspended == CLOCK_NEVER ? "" : " They are suspended all the same.");
	else
		admin_print(a, "%s is no administrator of the server any more.\n", u->name);
	if (!u->server_admin && !n.others)
		admin_print(a, "Nobody is one now. These commands go on working; to make somebody "
		               "one:\n    gatehouse user admin NAME\n");
	return 0;
}

int admin_user_admin(struct admin *a)
{
	const struct gate_user_edit edit = {.server_admin = admin_flag(a, "off") == NULL};
	struct store_user u;
	int rc = gate_user_edit(&a->gate, a->args[0], &edit, &u, &a->err);

	if (rc)
		return rc;
	if (a->json)
		return admin_json(
		        a, json_pack("{s:s, s:b}", "name", u.name, "server_admin", u.server_admin));
	if (!a->quiet)
		return admin_print_role(a, &u);
	admin_print(a, "%s\n", u.name);
	return 0;
}
