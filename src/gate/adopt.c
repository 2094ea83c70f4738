/* Adopting repositories, and giving them back. */
#include "gate/adopt.h"
#include "gate/gate_int.h"

#include "base/clock.h"
#include "base/random.h"

#include <string.h>

/* -- where they lie -- */

int gate_repository_path(struct gate *g, const struct store_repository *r, char *out, size_t size,
                         struct err *err)
{
	char path[GIT_PATH];
	int rc = 0;

	if (*r->folder)
		gate_put(path, sizeof(path), "%s", r->folder);
	else
		rc = git_repository_path(g->settings->data, r->id, path, err);
	if (rc)
		return rc;
	if (strlen(path) >= size)
		return err_set(err, ERR_LIMIT, "the path of the repository is too long");
	memcpy(out, path, strlen(path) + 1);
	return 0;
}

int gate_repository_reach(struct gate *g, const struct store_repository *r, char *out, size_t size,
                          struct err *err)
{
	int rc = gate_repository_path(g, r, out, size, err);

	return rc || !*r->folder ? rc : git_folder_stands(out, g->settings->data, err);
}

/* -- adopt -- */

static int folder_free(struct gate *g, const char *folder, struct err *err)
{
	struct store_repository r;
	int rc = store_repository_by_folder(g->store, folder, &r, err);

	if (rc == ERR_NOT_FOUND)
		return 0;
	return rc ? rc
	          : err_set(err, ERR_EXISTS, "%s is served already, as %s/%s", folder,
	                    r.workspace_name, r.name);
}

/* The row as it will be, from what was found. */
static void row_fill(struct store_repository *r, const struct git_folder *found)
{
	gate_put(r->folder, sizeof(r->folder), "%s", found->path);
	gate_put(r->format, sizeof(r->format), "%s", found->format);
	gate_put(r->default_branch, sizeof(r->default_branch), "%s",
	         found->born ? found->branch : "");
	/* a text that the ledger would not take is none worth keeping */
	if (gate_text(r->description, sizeof(r->description), found->description, "its description",
	              NULL))
		r->description[0] = '\0';
}

int gate_adoption_look(struct gate *g, const struct gate_adoption *ask, struct git_folder *found,
                       struct store_repository *out, struct err *err)
{
	const struct gate_repository_new n = {.path = ask->path, .visibility = ask->visibility};
	const struct git_inspection inspection = {.host = ask->host,
	                                          .data = g->settings->data,
	                                          .quick = ask->quick,
	                                          .say = ask->say,
	                                          .arg = ask->arg};

	memset(out, 0, sizeof(*out));
	int rc = gate_repository_prepare(g, &n, out, err);
	if (!rc)
		rc = git_folder_inspect(&inspection, ask->folder, found, err);
	if (rc || found->against)
		return rc;
	row_fill(out, found);
	return folder_free(g, found->path, err);
}

static int row_make(struct gate *g, struct store_repository *r, struct err *err)
{
	char object[NAME_PATH_SIZE + 8], note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = folder_free(g, r->folder, err);
	if (!rc)
		rc = store_repository_add(g->store, r, clock_now(), err);
	gate_put(object, sizeof(object), "%s/%s", r->workspace_name, r->name);
	gate_put(note, sizeof(note), "%s, id %s, from %s", policy_visibility_name(r->visibility),
	         r->id, r->folder);
	return gate_change_end(g, rc, &(struct gate_change){"repo adopt", object, note, NULL}, err);
}

/* The stand-in first, as with any repository: without a row, the sweep takes it. */
int gate_adopt(struct gate *g, const struct store_repository *looked, struct store_repository *out,
               struct err *err)
{
	struct store_repository r = *looked;
	const char *data = g->settings->data;
	int rc;

	random_id(r.id);
	rc = git_repository_stand_in(data, r.id, r.workspace_name, r.name, r.format, r.folder, err);
	if (rc)
		return rc;
	rc = row_make(g, &r, err);
	if (rc)
		git_repository_expire(data, r.id, NULL);
	else if (out)
		*out = r;
	return rc;
}

/* -- and back -- */

static int find_adopted(struct gate *g, const char *path, struct store_repository *out,
                        struct err *err)
{
	int rc = gate_repository_find(g, path, out, err);

	if (!rc && out->by_alias)
		return err_set(err, ERR_INVALID, "%s is an old name: the repository is %s/%s", path,
		               out->workspace_name, out->name);
	if (!rc && !*out->folder)
		return err_set(err, ERR_INVALID,
		               "%s/%s was not adopted: it was made here and lies in the data "
		               "folder (gatehouse repo delete removes it)",
		               out->workspace_name, out->name);
	return rc;
}

int gate_disowning_rehearse(struct gate *g, const char *path, struct gate_effect *out,
                            struct err *err)
{
	memset(out, 0, sizeof(*out));
	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = find_adopted(g, path, &out->before, err);
	if (!rc)
		rc = gate_effect_before(g, out, err);
	store_rollback(g->store);
	if (rc)
		gate_effect_clear(out);
	return rc;
}

int gate_disown(struct gate *g, const char *path, struct store_repository *out, struct err *err)
{
	char object[NAME_PATH_SIZE + 8], note[STORE_TEXT];
	struct store_repository r = {0};

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = find_adopted(g, path, &r, err);
	if (!rc)
		rc = store_repository_remove(g->store, r.id, err);
	gate_put(object, sizeof(object), "%s/%s", r.workspace_name, r.name);
	gate_put(note, sizeof(note), "id %s, left in %s", r.id, r.folder);
	rc = gate_change_end(g, rc, &(struct gate_change){"repo disown", object, note, NULL}, err);
	if (rc)
		return rc;
	/* without a row it is swept anyhow: it holds no object */
	git_repository_expire(g->settings->data, r.id, NULL);
	if (out)
		*out = r;
	return 0;
}
