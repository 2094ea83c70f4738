/* Old names and addresses: what else leads to a repository.
 *
 * Two parts that could be WORKSPACE/REPOSITORY are a name, and stand among the
 * names, so that nobody takes it; anything else is an address, which nothing in
 * this server could ever be called. So neither hides the other.
 */
#include "gate/gate_int.h"

#include <string.h>

/* "/git/team/project.git/" as "git/team/project". */
static int plain(char out[NAME_PATH_SIZE], const char *typed, struct err *err)
{
	size_t len = strlen(typed);

	while (*typed == '/') {
		typed++;
		len--;
	}
	while (len && typed[len - 1] == '/')
		len--;
	if (len > 4 && !strncasecmp(typed + len - 4, ".git", 4))
		len -= 4;
	if (len >= NAME_PATH_SIZE)
		return err_set(err, ERR_LIMIT,
		               "\"%.60s...\" can't be an old address: it is too long", typed);
	memcpy(out, typed, len);
	out[len] = '\0';
	return 0;
}

static int count_one(void *arg, const struct store_alias *a)
{
	(void)a;
	++*(size_t *)arg;
	return 0;
}

static int room(struct gate *g, const struct store_repository *r, struct err *err)
{
	size_t count = 0;
	int rc = store_alias_list(g->store, r->id, count_one, &count, err);

	if (!rc && count >= GATE_ALIASES)
		return err_set(err, ERR_LIMIT,
		               "%s/%s has %zu old names and addresses, which is all",
		               r->workspace_name, r->name, count);
	return rc;
}

static int name_put(struct gate *g, const struct store_repository *r, const char *workspace,
                    const char *name, struct err *err)
{
	struct store_workspace w;
	int rc = store_workspace_get(g->store, workspace, &w, err);

	if (rc == ERR_NOT_FOUND)
		return err_set(
		        err, ERR_INVALID,
		        "%s/%s could be the name of a repository one day, for whoever makes a "
		        "workspace or user %s: make that first (gatehouse workspace create %s "
		        "--owner NAME), which keeps it for you",
		        workspace, name, workspace, workspace);
	if (!rc)
		rc = gate_name_free(g, workspace, name, err);
	return rc ? rc : store_alias_add(g->store, w.id, name, r->id, err);
}

static int address_put(struct gate *g, const struct store_repository *r, const char *path,
                       struct err *err)
{
	const char *fault = policy_name_address_fault(path, strlen(path));
	struct store_repository found;
	int rc;

	if (fault)
		return err_set(err, ERR_INVALID, "\"%s\" can't be an old address: %s", path, fault);
	rc = store_address_find(g->store, path, &found, err);
	if (!rc)
		return err_set(err, ERR_EXISTS, "%s leads to %s/%s already", path,
		               found.workspace_name, found.name);
	return rc == ERR_NOT_FOUND ? store_address_set(g->store, path, r->id, err) : rc;
}

int gate_alias_put(struct gate *g, const struct store_repository *r, const char *typed,
                   struct err *err)
{
	char path[NAME_PATH_SIZE], workspace[NAME_OWNER_SIZE], name[NAME_REPOSITORY_SIZE];
	int rc = plain(path, typed, err);

	if (!rc)
		rc = room(g, r, err);
	if (rc)
		return rc;
	return policy_name_path(path, workspace, name) ? address_put(g, r, path, err)
	                                               : name_put(g, r, workspace, name, err);
}

int gate_alias_add(struct gate *g, const char *repository, const char *path,
                   struct store_repository *out, struct err *err)
{
	struct store_repository r = {0};
	char object[NAME_PATH_SIZE + 8], note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_repository_find(g, repository, &r, err);
	if (!rc)
		rc = gate_alias_put(g, &r, path, err);
	gate_put(object, sizeof(object), "%s/%s", r.workspace_name, r.name);
	gate_put(note, sizeof(note), "%s", path);
	rc = gate_change_end(g, rc, &(struct gate_change){"alias add", object, note, NULL}, err);
	if (!rc && out)
		*out = r;
	return rc;
}

/* -- the end -- */

struct alias_hunt {
	const char *path;
	struct store_alias *found;
};

static int match_alias(void *arg, const struct store_alias *a)
{
	struct alias_hunt *hunt = arg;

	if (!policy_name_equal(hunt->path, a->path))
		return 0;
	*hunt->found = *a;
	return 1;
}

int gate_alias_find(struct gate *g, const struct store_repository *r, const char *typed,
                    struct store_alias *out, struct err *err)
{
	char path[NAME_PATH_SIZE];
	struct alias_hunt hunt = {path, out};
	int rc = plain(path, typed, err);

	if (!rc)
		rc = store_alias_list(g->store, r->id, match_alias, &hunt, err);
	if (!rc)
		return err_set(err, ERR_NOT_FOUND,
		               "%s is no old name or address of %s/%s: see gatehouse repo alias "
		               "list %s/%s",
		               path, r->workspace_name, r->name, r->workspace_name, r->name);
	return rc < 0 ? rc : 0;
}

static int alias_end(struct gate *g, const struct store_repository *r, const struct store_alias *a,
                     struct err *err)
{
	char workspace[NAME_OWNER_SIZE], name[NAME_REPOSITORY_SIZE];
	struct store_workspace w;

	if (a->address)
		return store_address_end(g->store, a->path, r->id, err);
	const char *fault = policy_name_path(a->path, workspace, name);
	if (fault)
		return err_set(err, ERR_INVALID, "%s: %s", a->path, fault);
	int rc = store_workspace_get(g->store, workspace, &w, err);
	return rc ? rc : store_alias_end(g->store, w.id, name, r->id, err);
}

int gate_alias_remove(struct gate *g, const char *repository, const char *path,
                      struct store_repository *out, struct err *err)
{
	struct store_repository r = {0};
	struct store_alias a = {0};
	char object[NAME_PATH_SIZE + 8];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_repository_find(g, repository, &r, err);
	if (!rc)
		rc = gate_alias_find(g, &r, path, &a, err);
	if (!rc)
		rc = alias_end(g, &r, &a, err);
	gate_put(object, sizeof(object), "%s/%s", r.workspace_name, r.name);
	rc = gate_change_end(g, rc, &(struct gate_change){"alias remove", object, a.path, NULL},
	                     err);
	if (!rc && out)
		*out = r;
	return rc;
}

int gate_alias_list(struct gate *g, const struct store_repository *r,
                    int (*each)(void *, const struct store_alias *), void *arg, struct err *err)
{
	return store_alias_list(g->store, r->id, each, arg, err);
}
