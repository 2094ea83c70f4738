/* repo alias: old names and addresses of a repository. */
#include "admin/admin_int.h"

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

static const struct {
	const char *word;
	size_t args;
	int (*run)(struct admin *a);
} words[] = {{"list", 2, alias_list}, {"add", 3, alias_add}};

int admin_repo_alias(struct admin *a)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(words[i].word, a->args[0]) != 0)
			continue;
		if (a->nargs != words[i].args)
			return admin_usage(a, "repo alias %s wants: WS/REPO%s", words[i].word,
			                   words[i].args > 2 ? " PATH" : " and nothing more");
		return words[i].run(a);
	}
	return admin_usage(a, "repo alias %.60s: the word is list or add", a->args[0]);
}
