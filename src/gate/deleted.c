/* Deleting repositories, bringing them back, and the end of their time. */
#include "gate/gate_int.h"

#include "base/clock.h"
#include "git/git.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int delete_read(struct gate *g, const char *path, struct store_repository *out,
                       struct err *err)
{
	int rc = gate_repository_find(g, path, out, err);

	if (!rc && out->by_alias)
		return err_set(err, ERR_INVALID, "%s is an old name: the repository is %s/%s", path,
		               out->workspace_name, out->name);
	if (!rc && *out->folder)
		return err_set(err, ERR_INVALID,
		               "%s/%s is adopted: its files in %s are not the server's to remove; "
		               "gatehouse repo disown %s/%s gives it back and leaves them",
		               out->workspace_name, out->name, out->folder, out->workspace_name,
		               out->name);
	return rc;
}

static int64_t kept_until(const struct gate *g, int64_t now)
{
	return now + g->settings->deleted_kept;
}

int gate_repository_delete(struct gate *g, const char *path, struct store_deleted *out,
                           struct err *err)
{
	struct store_deleted d = {.at = clock_now()};
	char object[NAME_PATH_SIZE + 8], note[STORE_TEXT], until[CLOCK_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = delete_read(g, path, &d.was, err);
	d.until = kept_until(g, d.at);
	if (!rc)
		rc = store_repository_delete(g->store, d.was.id, g->actor, d.at, d.until, err);
	gate_put(d.by, sizeof(d.by), "%s", g->actor);
	gate_put(object, sizeof(object), "%s/%s", d.was.workspace_name, d.was.name);
	gate_put(note, sizeof(note), "id %s, kept until %s", d.was.id, clock_text(d.until, until));
	rc = gate_change_end(g, rc, &(struct gate_change){"repo delete", object, note, NULL}, err);
	if (!rc && out)
		*out = d;
	return rc;
}

int gate_deletion_rehearse(struct gate *g, const char *path, struct gate_effect *out,
                           struct err *err)
{
	memset(out, 0, sizeof(*out));
	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = delete_read(g, path, &out->before, err);
	if (!rc)
		rc = gate_effect_before(g, out, err);
	if (!rc)
		rc = store_repository_delete(g->store, out->before.id, g->actor, clock_now(),
		                             kept_until(g, clock_now()), err);
	if (!rc)
		rc = gate_effect_after(g, out, err);
	store_rollback(g->store);
	if (rc)
		gate_effect_clear(out);
	return rc;
}

/* -- and back -- */

struct hunt {
	const char *id, *workspace, *name;
	struct store_deleted found;
	size_t count;
};

static int hunt_one(void *arg, const struct store_deleted *d)
{
	struct hunt *h = arg;
	bool hit = h->id ? !strcmp(h->id, d->was.id)
	                 : policy_name_equal(h->workspace, d->was.workspace_name) &&
	                           policy_name_equal(h->name, d->was.name);

	if (hit && !h->count++)
		h->found = *d;
	return 0;
}

/* An id, or a name that one alone had. */
int gate_deleted_find(struct gate *g, const char *what, struct store_deleted *out, struct err *err)
{
	char workspace[NAME_OWNER_SIZE] = "", name[NAME_REPOSITORY_SIZE] = "";
	struct store_workspace w;
	struct hunt h = {.id = strchr(what, '/') ? NULL : what};
	const char *fault = h.id ? NULL : policy_name_path(what, workspace, name);

	if (fault)
		return err_set(err, ERR_INVALID, "\"%.200s\" names no repository: %s", what, fault);
	/* its workspace may have another name since */
	if (!h.id && !store_workspace_get(g->store, workspace, &w, NULL))
		memcpy(workspace, w.name, sizeof(workspace));
	h.workspace = workspace;
	h.name = name;
	int rc = store_deleted_list(g->store, CLOCK_NEVER, hunt_one, &h, err);
	if (rc)
		return rc;
	if (!h.count)
		return err_set(err, ERR_NOT_FOUND,
		               "no deleted repository is kept under \"%.200s\": see gatehouse repo "
		               "list --deleted",
		               what);
	if (h.count > 1)
		return err_set(err, ERR_INVALID,
		               "%zu deleted repositories were called %s: name one by its id, see "
		               "gatehouse repo list --deleted",
		               h.count, what);
	*out = h.found;
	return 0;
}

static int folder_there(struct gate *g, const struct store_repository *r, struct err *err)
{
	char path[GIT_PATH];
	struct stat st;

	int rc = gate_repository_path(g, r, path, sizeof(path), err);
	if (!rc && (stat(path, &st) || !S_ISDIR(st.st_mode)))
		return err_set(err, ERR_NOT_FOUND, "its folder %s is gone", path);
	return rc;
}

int gate_repository_undelete(struct gate *g, const char *what, const char *as,
                             struct store_repository *out, struct err *err)
{
	struct store_deleted d = {0};
	struct store_repository r = {0};
	char object[NAME_PATH_SIZE + 8], note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_deleted_find(g, what, &d, err);
	if (!rc)
		rc = folder_there(g, &d.was, err);
	if (!rc)
		rc = store_repository_undelete(g->store, d.was.id, as ? as : d.was.name, err);
	if (rc == ERR_EXISTS)
		err_set(err, rc,
		        "the name %s/%s is taken meanwhile: gatehouse repo undelete %s --as NAME",
		        d.was.workspace_name, as ? as : d.was.name, d.was.id);
	if (!rc)
		rc = store_repository_get(g->store, d.was.id, &r, err);
	gate_put(object, sizeof(object), "%s/%s", r.workspace_name, r.name);
	gate_put(note, sizeof(note), "id %s, was %s", d.was.id, d.was.name);
	rc = gate_change_end(g, rc, &(struct gate_change){"repo undelete", object, note, NULL},
	                     err);
	if (rc)
		return rc;
	*out = r;
	if (as)
		return gate_folder_name(g, &r, err);
	return 0;
}

int gate_deleted_list(struct gate *g, int (*each)(void *, const struct store_deleted *), void *arg,
                      struct err *err)
{
	return store_deleted_list(g->store, CLOCK_NEVER, each, arg, err);
}

const char *gate_deleted_place(const struct store_deleted *d, char out[GATE_DELETED_PLACE])
{
	char at[CLOCK_TEXT];

	gate_put(out, GATE_DELETED_PLACE, "%s/%s", clock_rfc3339(d->at, at), d->was.id);
	return out;
}

/* Fills the moment and the id. One that came back meanwhile has a place as well. */
static int place_read(struct gate *g, const char *text, struct store_deleted *out, struct err *err)
{
	const char *slash = strchr(text, '/');
	char at[CLOCK_TEXT];
	int rc;

	if (!slash) {
		rc = store_deleted_get(g->store, text, out, err);
		return rc != ERR_NOT_FOUND
		               ? rc
		               : err_set(err, rc, "no deleted repository has the id %.80s", text);
	}
	gate_put(at, sizeof(at), "%.*s", (int)(slash - text), text);
	if ((size_t)(slash - text) >= sizeof(at) || strlen(slash + 1) != STORE_ID - 1 ||
	    clock_parse_past(at, clock_now(), 0, &out->at, err))
		return err_set(err, ERR_INVALID,
		               "\"%.100s\" is no place in this list (wanted: an id of it)", text);
	memcpy(out->was.id, slash + 1, STORE_ID);
	return 0;
}

int gate_deleted_page(struct gate *g, const char *after,
                      int (*each)(void *, const struct store_deleted *), void *arg, struct err *err)
{
	struct store_deleted d = {.at = CLOCK_NEVER};
	int rc = after ? place_read(g, after, &d, err) : 0;

	return rc ? rc : store_deleted_page(g->store, d.at, d.was.id, each, arg, err);
}

/* -- the end -- */

static int take_first(void *arg, const struct store_deleted *d)
{
	*(struct store_deleted *)arg = *d;
	return 1;
}

/* Killed between the folder's move and the commit, the row is found again at
 * the next sweep, and the folder is gone already: that is no error. */
int gate_deleted_expire(struct gate *g, struct store_deleted *out, struct err *err)
{
	char object[NAME_PATH_SIZE + 8], note[STORE_TEXT];

	memset(out, 0, sizeof(*out));
	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = store_deleted_list(g->store, clock_now(), take_first, out, err);
	if (rc <= 0) {
		store_rollback(g->store);
		return rc ? rc : ERR_NOT_FOUND;
	}
	rc = store_repository_remove(g->store, out->was.id, err);
	if (!rc)
		rc = git_repository_expire(g->settings->data, out->was.id, err);
	gate_put(object, sizeof(object), "%s/%s", out->was.workspace_name, out->was.name);
	gate_put(note, sizeof(note), "id %s", out->was.id);
	return gate_change_end(g, rc, &(struct gate_change){"repo expire", object, note, NULL},
	                       err);
}
