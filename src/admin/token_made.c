/* What is printed, once, when a token was made: enough to start without
 * reading anything else. */
#include "admin/admin_int.h"

#include <string.h>

/* What the recipes speak of. */
struct recipe {
	const struct store_credential *c;
	const char *base; /* "https://git.example.org" */
	const char *user; /* the name to send with it */
	const char *url;  /* the base with that name in it */
	const char *path; /* "acme/site" */
	bool some;        /* there is a repository of that name */
	const char *verb; /* what it is shown with: "clone" */
	const char *rest; /* of that command, behind the address */
};

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

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* The repository that it is shown with: one it can be used on, or a name to be. */
static void find_path(struct admin *a, struct recipe *r, const struct gate_owner *o)
{
	struct store_repository found;

	r->some = !gate_credential_example(&a->gate, r->c, &found, NULL);
	if (r->some)
		r->path = or_empty(
		        arena_printf(&a->arena, "%s/%s", found.workspace_name, found.name));
	else
		r->path = or_empty(
		        arena_printf(&a->arena, "%.*s/NAME", (int)strcspn(o->name, "/"), o->name));
}

/* A token that does not read pushes, and so does one with nothing to clone yet. */
static void find_verb(struct recipe *r)
{
	bool makes =
	        !r->some && r->c->owner == OWNER_USER && (r->c->scopes & SCOPE_WRITE_REPOSITORY);
	bool pushes = makes || policy_scope_only_push(r->c->scopes);

	r->verb = pushes ? "push" : "clone";
	r->rest = makes ? " HEAD    # makes the repository" : pushes ? " HEAD" : "";
}

static void remember_print(struct admin *a, const struct recipe *r)
{
	admin_print(a,
	            "Let Git remember it (once on each machine), then %s; Git asks for the\n"
	            "password one last time: paste the token.\n\n"
	            "    git config --global credential.helper store\n",
	            policy_scope_only_push(r->c->scopes) ? "push" : "clone");
	admin_print(a, "    git %s %s/%s.git%s\n\n", r->verb, r->url, r->path, r->rest);
	admin_print(
	        a,
	        "`store` keeps it in ~/.git-credentials, readable by you alone; `cache` in place\n"
	        "of `store` keeps it in memory for a while. To store it without a prompt from Git\n"
	        "(the token never enters the shell's history):\n\n"
	        "    read -rsp 'Token: ' T; printf 'url=%%s\\npassword=%%s\\n\\n' '%s' \"$T\" | "
	        "git "
	        "credential approve; unset T\n",
	        r->url);
}

/* Git asks this for the password; the token stays in the environment, and goes to
 * this server alone. */
#define HELPER "!f() { echo username=x-token-auth; echo \"password=$%sGATE_TOKEN\"; }; f"

static void ci_print(struct admin *a, const struct recipe *r)
{
	admin_print(
	        a,
	        "\nIn a CI job, with the token in a secret variable GATE_TOKEN: no command line\n"
	        "holds it, and only this server gets it. In a shell:\n\n"
	        "    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0='credential.%s.helper'\n"
	        "    export GIT_CONFIG_VALUE_0='" HELPER "'\n"
	        "    git %s %s/%s.git%s\n",
	        r->base, "", r->verb, r->base, r->path, r->rest);
	admin_print(a,
	            "\nGitHub Actions, in a step:\n\n"
	            "    env:\n"
	            "      GATE_TOKEN: ${{ secrets.GATE_TOKEN }}\n"
	            "      GIT_CONFIG_COUNT: 1\n"
	            "      GIT_CONFIG_KEY_0: 'credential.%s.helper'\n"
	            "      GIT_CONFIG_VALUE_0: '" HELPER "'\n"
	            "    run: git %s %s/%s.git%s\n",
	            r->base, "", r->verb, r->base, r->path, r->rest);
	admin_print(a,
	            "\nGitLab CI, with GATE_TOKEN as a masked variable of the project:\n\n"
	            "    variables:\n"
	            "      GIT_CONFIG_COUNT: '1'\n"
	            "      GIT_CONFIG_KEY_0: 'credential.%s.helper'\n"
	            "      GIT_CONFIG_VALUE_0: '" HELPER "'\n"
	            "    script:\n"
	            "      - git %s %s/%s.git%s\n",
	            r->base, "$", r->verb, r->base, r->path, r->rest);
	admin_print(
	        a,
	        "\nJenkins, with the token as secret text under the id gate-token:\n\n"
	        "    withCredentials([string(credentialsId: 'gate-token', variable: "
	        "'GATE_TOKEN')]) {\n"
	        "      withEnv(['GIT_CONFIG_COUNT=1', 'GIT_CONFIG_KEY_0=credential.%s.helper',\n"
	        "               'GIT_CONFIG_VALUE_0=" HELPER "']) {\n"
	        "        sh 'git %s %s/%s.git%s'\n"
	        "      }\n"
	        "    }\n",
	        r->base, "", r->verb, r->base, r->path, r->rest);
}

/* A word of a command, quoted where it must be. */
static const char *word(struct admin *a, const char *text)
{
	struct buf quoted;

	buf_init(&quoted, 1000);
	gate_add_word(&quoted, text);
	const char *safe = admin_safe(a, buf_str(&quoted));
	buf_clear(&quoted);
	return safe;
}

static void bot_print(struct admin *a, const struct recipe *r)
{
	admin_print(a,
	            "The remote; any user name may stand before the @:\n\n"
	            "    %s/%s.git\n\n"
	            "Who commits, in the clone that the bot works in:\n\n"
	            "    git config user.name %s\n"
	            "    git config user.email %s\n\n",
	            r->url, r->path, word(a, r->c->name), word(a, r->c->bot_email));
}

static void recipe_print(struct admin *a, const struct recipe *r)
{
	bool bot = r->c->owner != OWNER_USER;

	if (bot)
		bot_print(a, r);
	remember_print(a, r);
	if (bot)
		ci_print(a, r);
}

int admin_token_made(struct admin *a, const struct store_credential *c, const char *token)
{
	scope_set_t content = SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY;
	char base[SETTINGS_TEXT];
	bool known = admin_base_url(a, base);
	struct recipe r = {.c = c, .base = base};
	struct gate_owner o;

	int rc = gate_owner_of(&a->gate, c, &o, &a->err);
	if (rc)
		return rc;
	r.user = c->owner == OWNER_USER ? o.name : "x-token-auth";
	r.url = with_user(a, base, r.user);
	find_path(a, &r, &o);
	find_verb(&r);
	admin_print(a,
	            "Made the %s. It is shown this once; the server keeps only its hash.\n\n    "
	            "%s\n\n",
	            admin_token_title(a, c), token);
	rc = admin_token_facts(a, c);
	if (rc)
		return rc;
	admin_print(a, "\n");
	if (c->scopes & content)
		recipe_print(a, &r);
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
