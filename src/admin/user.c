#include "admin/admin_int.h"

#include <string.h>

static int keep_user(void *arg, const struct store_user *u)
{
	return admin_list_keep(arg, u);
}

struct emails {
	struct admin *a;
	json_t *list;
	struct buf text;
};

static int keep_email(void *arg, const char *email)
{
	struct emails *e = arg;
	buf_addf(&e->text, "%s%s", e->text.len ? ", " : "", email);
	return json_array_append_new(e->list, admin_json_text(e->a, email)) ? ERR_MEMORY : 0;
}

static json_t *user_json(struct admin *a, const struct store_user *u, json_t *emails)
{
	json_t *json = json_pack(
	        "{s:s, s:o, s:o, s:b, s:s, s:o, s:o, s:o}", "name", u->name, "display_name",
	        admin_json_text(a, u->display), "email", admin_json_text(a, u->email),
	        "server_admin", u->server_admin, "ssh_keys", u->hardware_keys ? "sk" : "any",
	        "created", admin_json_time(u->created), "suspended", admin_json_time(u->suspended),
	        "suspend_reason", admin_json_text(a, u->suspend_reason));
	if (json && emails)
		json_object_set(json, "emails", emails);
	return json;
}

static void user_print(struct admin *a, const struct store_user *u, const char *emails)
{
	admin_print(a, "%s\n", u->name);
	admin_print(a, "  name       %s\n", *u->display ? admin_safe(a, u->display) : "-");
	admin_print(a, "  e-mail     %s\n", *emails ? admin_safe(a, emails) : "-");
	admin_print(a, "  role       %s\n",
	            u->server_admin ? "administrator of the server" : "user");
	admin_print(a, "  since      %s\n", admin_time(a, u->created));
	if (u->hardware_keys)
		admin_print(a, "  SSH keys   only those of a security key\n");
	if (u->suspended != CLOCK_NEVER)
		admin_print(a, "  SUSPENDED  %s%s%s\n", admin_time(a, u->suspended),
		            *u->suspend_reason ? ": " : "", admin_safe(a, u->suspend_reason));
}

/* The whole of a user, as --json or in lines. */
static int user_whole(struct admin *a, const struct store_user *u)
{
	struct emails e = {.a = a, .list = json_array()};

	buf_init(&e.text, 4096);
	int rc = e.list ? gate_email_list(&a->gate, u, keep_email, &e, &a->err)
	                : err_set(&a->err, ERR_MEMORY, "out of memory");
	if (!rc && a->json)
		rc = admin_json(a, user_json(a, u, e.list));
	else if (!rc)
		user_print(a, u, buf_str(&e.text));
	json_decref(e.list);
	buf_clear(&e.text);
	return rc;
}

/* After a change: the bare name, the whole as JSON, or a sentence. */
static int user_done(struct admin *a, const struct store_user *u, const char *sentence)
{
	if (a->json)
		return user_whole(a, u);
	if (a->quiet)
		admin_print(a, "%s\n", u->name);
	else
		admin_print(a, sentence, u->name);
	return 0;
}

/* What comes next, with what this line was told about where the data lie. */
static void next_print(struct admin *a, const char *name)
{
	const char *flag = a->source.config ? "--config" : "--data";
	const char *where = a->source.config ? a->source.config : a->settings.data;

	admin_print(a,
	            "Next:\n"
	            "  gatehouse %s %s repo create %s/NAME\n"
	            "  gatehouse %s %s token create --user %s --name laptop --scopes "
	            "write:repository\n",
	            flag, where, name, flag, where, name);
}

int admin_user_add(struct admin *a)
{
	struct store_user u;
	int rc = gate_user_add(&a->gate, a->args[0], admin_flag(a, "email"),
	                       admin_flag(a, "display"), admin_flag(a, "admin") != NULL, &u,
	                       &a->err);
	if (rc)
		return rc;
	rc = user_done(a, &u, "Added the user %s, with a workspace of the same name.\n");
	if (!rc && !a->json && !a->quiet)
		next_print(a, u.name);
	return rc;
}

static json_t *list_json(struct admin *a, const void *item)
{
	return user_json(a, item, NULL);
}

static const char *list_bare(struct admin *a, const void *item)
{
	(void)a;
	return ((const struct store_user *)item)->name;
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_user *u = item;
	admin_table_add(t, u->name);
	admin_table_add(t, u->email);
	admin_table_add(t, u->display);
	admin_table_add(t, u->server_admin ? "administrator" : "user");
	admin_table_add(t, u->suspended == CLOCK_NEVER ? "active" : "suspended");
}

static int list_page(struct admin *a, const char *after, struct admin_list *l)
{
	return gate_user_page(&a->gate, after, keep_user, l, &a->err);
}

int admin_user_list(struct admin *a)
{
	static const struct admin_shape shape = {"No users yet.",
	                                         {"NAME", "E-MAIL", "FULL NAME", "ROLE", "STATE"},
	                                         list_json,
	                                         list_bare,
	                                         list_cells};
	static const struct admin_pages pages = {sizeof(struct store_user), &shape, list_page,
	                                         NULL};

	return admin_pages_show(a, &pages);
}

int admin_user_show(struct admin *a)
{
	struct store_user u;
	int rc = gate_user_find(&a->gate, a->args[0], &u, &a->err);
	if (rc)
		return rc;
	if (a->quiet) {
		admin_print(a, "%s\n", u.name);
		return 0;
	}
	return user_whole(a, &u);
}

int admin_user_edit(struct admin *a)
{
	const char *admin = admin_flag(a, "admin");
	struct gate_user_edit edit = {.display = admin_flag(a, "display"),
	                              .add_email = admin_flag(a, "add-email"),
	                              .remove_email = admin_flag(a, "remove-email"),
	                              .ssh_keys = admin_flag(a, "ssh-keys"),
	                              .server_admin = -1};
	struct store_user u;

	if (admin && strcmp(admin, "yes") != 0 && strcmp(admin, "no") != 0)
		return admin_usage(a, "--admin wants yes or no");
	if (admin)
		edit.server_admin = !strcmp(admin, "yes");
	if (!edit.display && !edit.add_email && !edit.remove_email && !edit.ssh_keys && !admin)
		return admin_usage(a, "user edit wants something to change");
	int rc = gate_user_edit(&a->gate, a->args[0], &edit, &u, &a->err);
	return rc ? rc : user_done(a, &u, "Changed the user %s.\n");
}

int admin_user_suspend(struct admin *a)
{
	struct store_user u;
	int rc =
	        gate_user_suspend(&a->gate, a->args[0], true, admin_flag(a, "reason"), &u, &a->err);
	return rc ? rc
	          : user_done(a, &u,
	                      "Suspended the user %s: from now on all their tokens are refused.\n");
}

int admin_user_resume(struct admin *a)
{
	struct store_user u;
	int rc = gate_user_suspend(&a->gate, a->args[0], false, NULL, &u, &a->err);
	return rc ? rc : user_done(a, &u, "Resumed the user %s: their tokens work again.\n");
}
