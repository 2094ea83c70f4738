/* What is printed, once, when a token was made: enough to start without
 * reading anything else. */
#include "admin/admin_int.h"

#include <string.h>

/* "http://ann@host": Git then asks for the password only, and its helpers keep
 * one entry per user. */
static const char *with_user(struct admin *a, const char *base, const char *user)
{
	const char *host = strstr(base, "://"), *url;
	if (!host)
		return base;
	host += 3;
	url = arena_printf(&a->arena, "%.*s%s@%s", (int)(host - base), base, user, host);
	return url ? url : base;
}

static const char *owner_name(struct admin *a, const struct store_credential *c)
{
	struct store_user u;
	const char *name;
	(void)c;
	if (gate_user_find(&a->gate, admin_flag(a, "user"), &u, NULL))
		return admin_flag(a, "user");
	name = arena_strdup(&a->arena, u.name);
	return name ? name : "";
}

static void recipe_print(struct admin *a, const struct store_credential *c, const char *base,
                         const char *user)
{
	struct store_repository r;
	bool some = !gate_credential_example(&a->gate, c, &r, NULL);
	bool write = c->scopes & SCOPE_WRITE_REPOSITORY;

	admin_print(a, "Let Git remember it (once on each machine), then clone; Git asks for the\n"
	               "password one last time: paste the token.\n\n"
	               "    git config --global credential.helper store\n");
	if (some)
		admin_print(a, "    git clone %s/%s/%s.git\n\n", base, r.workspace_name, r.name);
	else
		admin_print(a, "    git %s %s/%s/NAME.git%s\n\n", write ? "push" : "clone", base,
		            user, write ? " HEAD    # makes the repository" : "");
	admin_print(
	        a,
	        "`store` keeps it in ~/.git-credentials, readable by you alone; `cache` in place\n"
	        "of `store` keeps it in memory for a while. To store it without a prompt from Git\n"
	        "(the token never enters the shell's history):\n\n"
	        "    read -rsp 'Token: ' T; printf 'url=%%s\\npassword=%%s\\n\\n' '%s' \"$T\" | "
	        "git "
	        "credential approve; unset T\n",
	        base);
}

int admin_token_made(struct admin *a, const struct store_credential *c, const char *token)
{
	char base[SETTINGS_TEXT];
	const char *user = owner_name(a, c);
	bool known = admin_base_url(a, base);
	scope_set_t content = SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY;

	admin_print(a,
	            "Made the API token \"%s\" of %s. It is shown this once; the server keeps only "
	            "its hash.\n\n    %s\n\n",
	            admin_safe(a, c->name), user, token);
	int rc = admin_token_facts(a, c);
	if (rc)
		return rc;
	admin_print(a, "\n");
	if (c->scopes & content)
		recipe_print(a, c, with_user(a, base, user), user);
	else
		admin_print(
		        a,
		        "It opens no repository's content: cloning needs read:repository, pushing "
		        "write:repository.\n");
	if (!known)
		admin_print(
		        a,
		        "\nYOUR-SERVER stands for the server's address: it is not running, and no "
		        "base-url is set.\n");
	return 0;
}
