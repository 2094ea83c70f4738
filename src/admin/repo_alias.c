/* repo alias: old names and addresses of a repository. */
#include "admin/effect.h"

#include <string.h>

static int keep_alias(void *arg, const struct store_alias *alias)
{
	return admin_list_keep(arg, alias);
}

static const char *alias_url(struct admin *a, const struct store_alias *alias)
{
	char base[SETTINGS_TEXT];
	const char *url;

	admin_base_url(a, base);
	url = arena_printf(&a->arena, "%s/%s.git", base, alias->path);
	return url ? url : "";
}

static const char *alias_kind(const struct store_alias *alias)
{
	return alias->address ? "address" : "name";
}

static json_t *alias_json(struct admin *a, const void *item)
{
	const struct store_alias *alias = item;

	return json_pack("{s:s, s:s, s:o}", "path", alias->path, "kind", alias_kind(alias), "url",
	                 admin_json_text(a, alias_url(a, alias)));
}

static const char *alias_bare(struct admin *a, const void *item)
{
	(void)a;
	return ((const struct store_alias *)item)->path;
}

static void alias_cells(struct admin_table *t, const void *item)
{
	const struct store_alias *alias = item;

	admin_table_add(t, alias->path);
	admin_table_add(t, alias_kind(alias));
	admin_table_add(t, alias_url(t->a, alias));
}

static int alias_list(struct admin *a)
{
	static const struct admin_shape shape = {"No old names, no old addresses.",
	                                         {"OLD", "KIND", "URL"},
	                                         alias_json,
	                                         alias_bare,
	                                         alias_cells};
	struct admin_list list = ADMIN_LIST(struct store_alias);
	struct store_repository r;
	int rc = gate_repository_find(&a->gate, a->args[1], &r, &a->err);

	if (!rc)
		rc = gate_alias_list(&a->gate, &r, keep_alias, &list, &a->err);
	return admin_list_show(a, rc, &list, &shape);
}

static int alias_add(struct admin *a)
{
	struct store_repository r;
	int rc = gate_alias_add(&a->gate, a->args[1], a->args[2], &r, &a->err);

	return rc ? rc : admin_repo_done(a, &r, "It leads to %s as well now.\n");
}

/* -- the end of one -- */

static int keep_row(void *arg, const struct store_audit *row)
{
	*(struct store_audit *)arg = *row;
	return 1;
}

static void say_last_use(struct effect *e, const struct store_alias *alias)
{
	struct store_audit_filter f = {
	        .object = alias->path, .reason = policy_reason_name(REASON_ALLOWED), .most = 1};
	struct store_audit row = {0};

	(void)gate_history(&e->a->gate, &f, keep_row, &row, NULL);
	if (row.at)
		effect_say(e, "It was last used %s, by %s.", admin_time(e->a, row.last),
		           *row.actor ? row.actor : "somebody without credential");
	else
		effect_say(e, "The audit knows of no use.");
}

static void say_removal(struct effect *e, const struct store_repository *r,
                        const struct store_alias *alias)
{
	char base[SETTINGS_TEXT];
	const char *name = admin_repo_name(e->a, r);

	admin_base_url(e->a, base);
	effect_say(e, "%s no longer leads to %s.", alias->path, name);
	say_last_use(e, alias);
	effect_say(e,
	           "Whoever still uses it and may read the repository is refused, and told: git "
	           "remote set-url origin %s/%s.git",
	           base, name);
	effect_say(e, alias->address
	                      ? "It is free then, to be kept for another repository: what is "
	                        "pushed there goes to that one."
	                      : "The name is free then: who makes a repository of that name "
	                        "gets what is pushed there.");
}

static int removal_asked(struct admin *a, bool *go)
{
	struct store_repository r = {0};
	struct store_alias alias = {0};
	struct effect e;

	int rc = gate_repository_find(&a->gate, a->args[1], &r, &a->err);
	if (!rc)
		rc = gate_alias_find(&a->gate, &r, a->args[2], &alias, &a->err);
	if (!rc)
		rc = effect_begin(&e, a);
	if (rc)
		return rc;
	say_removal(&e, &r, &alias);
	rc = effect_consent(&e, "End it?", go);
	effect_end(&e);
	return rc;
}

static int alias_remove(struct admin *a)
{
	struct store_repository r;
	bool go = false;

	int rc = removal_asked(a, &go);
	if (rc || !go)
		return rc;
	rc = gate_alias_remove(&a->gate, a->args[1], a->args[2], &r, &a->err);
	return rc ? rc : admin_repo_done(a, &r, "It leads to %s no longer.\n");
}

static const struct {
	const char *word;
	size_t args;
	bool asks;
	int (*run)(struct admin *a);
} words[] = {{"list", 2, false, alias_list},
             {"add", 3, false, alias_add},
             {"remove", 3, true, alias_remove}};

int admin_repo_alias(struct admin *a)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(words[i].word, a->args[0]) != 0)
			continue;
		if (a->nargs != words[i].args)
			return admin_usage(a, "repo alias %s wants: WS/REPO%s", words[i].word,
			                   words[i].args > 2 ? " PATH" : " and nothing more");
		if (!words[i].asks && (admin_flag(a, "yes") || admin_flag(a, "dry-run")))
			return admin_usage(a, "repo alias %s does not ask", words[i].word);
		return words[i].run(a);
	}
	return admin_usage(a, "repo alias %.60s: the word is list, add or remove", a->args[0]);
}
