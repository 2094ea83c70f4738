/* repo adopt --tree. */
#include "admin/effect.h"
#include "gate/adopt.h"

#include <string.h>
#include <unistd.h>

struct tree {
	struct admin *a;
	struct gate_tree_all all;
	const char *keep; /* before the old addresses; NULL: they are not kept */
	size_t fit;
	json_t *adopted, *skipped; /* --json */
	size_t failed;
};

static void progress(void *arg, size_t done, size_t total, const char *below)
{
	struct admin *a = arg;

	if (!a->quiet && isatty(STDERR_FILENO))
		fprintf(a->complaints, "\r\033[Klooking at %zu of %zu: %.60s%s", done + 1, total,
		        admin_safe(a, below), done + 1 == total ? "\r\033[K" : "");
}

/* "git/team/project" of "team/project.git". */
static const char *old_address(struct tree *t, const struct gate_tree_one *one)
{
	const char *keep = t->keep + strspn(t->keep, "/");
	size_t len = strlen(keep);

	while (len && keep[len - 1] == '/')
		len--;
	const char *text =
	        arena_printf(&t->a->arena, "%.*s%s%s", (int)len, keep, len ? "/" : "", one->below);
	return text ? text : "";
}

/* -- before -- */

static void say_one(struct effect *e, struct tree *t, const struct gate_tree_one *one)
{
	if (*one->why) {
		effect_say(e, "left out: %s. %s", one->below, one->why);
		return;
	}
	effect_say(e, "%s: %s%s%s%s%s%s", admin_repo_name(t->a, &one->row), one->below,
	           t->keep ? ", reached too as /" : "", t->keep ? old_address(t, one) : "",
	           *one->hooks ? ", its hooks are not run: " : "", one->hooks,
	           one->notes ? "; see repo adopt --dry-run of it alone" : "");
}

static void say_tree(struct effect *e, struct tree *t, const struct gate_tree *ask)
{
	effect_say(e, "%zu of %zu repositories below %s will be served in %s, where they lie: %s.",
	           t->fit, t->all.count, ask->folder, ask->workspace,
	           policy_visibility_name(ask->visibility));
	for (size_t i = 0; i < t->all.count; i++)
		say_one(e, t, &t->all.all[i]);
	effect_say(e, "Nothing in them is changed now. Pushes will write into them as the server's "
	              "user; no object is ever removed.");
	effect_say(e,
	           "Whoever reaches the folders by other ways goes on as before: what is granted "
	           "here does not bind them.");
	effect_say(e, "To give one back: gatehouse repo disown %s/NAME", ask->workspace);
}

static int consent(struct tree *t, const struct gate_tree *ask, bool *go)
{
	struct effect e;
	int rc = effect_begin(&e, t->a);

	if (rc)
		return rc;
	say_tree(&e, t, ask);
	rc = effect_consent(&e, "Adopt them?", go);
	effect_end(&e);
	return rc;
}

/* -- after -- */

static void tell_failure(struct tree *t, const char *below, const char *what, const char *why)
{
	struct admin *a = t->a;

	t->failed++;
	fprintf(a->complaints, "gatehouse: %s%s: %s\n", admin_safe(a, below), what,
	        admin_safe(a, why));
}

static void keep_address(struct tree *t, const struct gate_tree_one *one)
{
	struct err err = {0};

	if (gate_alias_add(&t->a->gate, admin_repo_name(t->a, &one->row), old_address(t, one), NULL,
	                   &err))
		tell_failure(t, one->below, " is adopted, its old address is not kept", err.text);
}

/* What came between the look and now is told, and the others go on. */
static void adopt_one(struct tree *t, const struct gate_tree_one *one)
{
	struct admin *a = t->a;
	struct store_repository made;
	struct err err = {0};

	if (gate_adopt(&a->gate, &one->row, &made, &err)) {
		tell_failure(t, one->below, "", err.text);
		return;
	}
	if (a->json)
		json_array_append_new(t->adopted, admin_repo_json(a, &made));
	else
		admin_print(a, a->quiet ? "%s\n" : "Adopted %s.\n", admin_repo_name(a, &made));
	if (t->keep)
		keep_address(t, one);
}

static void skip_one(struct tree *t, const struct gate_tree_one *one)
{
	json_array_append_new(t->skipped,
	                      json_pack("{s:o, s:o}", "path", admin_json_text(t->a, one->below),
	                                "why", admin_json_text(t->a, one->why)));
}

static int adopt_all(struct tree *t)
{
	struct admin *a = t->a;

	t->adopted = json_array();
	t->skipped = json_array();
	for (size_t i = 0; i < t->all.count; i++) {
		if (*t->all.all[i].why)
			skip_one(t, &t->all.all[i]);
		else
			adopt_one(t, &t->all.all[i]);
	}
	if (a->json)
		admin_json(a,
		           json_pack("{s:O, s:O}", "adopted", t->adopted, "skipped", t->skipped));
	json_decref(t->adopted);
	json_decref(t->skipped);
	return t->failed ? err_set(&a->err, ERR_IO, "%zu things could not be done", t->failed) : 0;
}

/* -- the command -- */

int admin_repo_adopt_tree(struct admin *a, const struct git_host *host, enum visibility visibility)
{
	const struct gate_tree ask = {.folder = a->args[0],
	                              .workspace = a->args[1],
	                              .visibility = visibility,
	                              .host = host,
	                              .quick = admin_flag(a, "quick"),
	                              .progress = progress,
	                              .arg = a};
	struct tree t = {.a = a, .keep = admin_flag(a, "keep-addresses")};
	bool go = false;

	int rc = gate_tree_look(&a->gate, &ask, &t.all, &a->err);
	if (rc)
		return rc;
	for (size_t i = 0; i < t.all.count; i++)
		t.fit += !*t.all.all[i].why;
	if (!t.all.count)
		rc = err_set(&a->err, ERR_NOT_FOUND, "no repository lies below %s", ask.folder);
	else
		rc = consent(&t, &ask, &go);
	if (!rc && go && !t.fit)
		rc = err_set(&a->err, ERR_INVALID, "none of them can be adopted");
	else if (!rc && go)
		rc = adopt_all(&t);
	gate_tree_clear(&t.all);
	return rc;
}
