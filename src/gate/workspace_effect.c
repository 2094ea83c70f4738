/* What an edit of a workspace means, with nothing done: it is made in a transaction
 * that is undone. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include <stdlib.h>
#include <string.h>

struct leaving {
	struct gate *g;
	struct store_workspace w;
	struct gate_leaver *all;
	size_t count, room;
};

/* -- what somebody opens in the workspace -- */

struct opening {
	struct gate *g;
	struct gate_session *s;
	struct gate_opened *out;
};

static int look(void *arg, const struct store_repository *r)
{
	struct opening *o = arg;
	struct verdict v;
	int rc = gate_would(o->g, o->s, r->id, OPERATION_READ, &v, NULL);

	o->out->reads += !rc && v.reason == REASON_ALLOWED;
	if (!rc)
		rc = gate_would(o->g, o->s, r->id, OPERATION_WRITE, &v, NULL);
	o->out->pushes += !rc && v.reason == REASON_ALLOWED;
	return rc;
}

static int opened(struct leaving *l, int64_t user, struct gate_opened *out, struct err *err)
{
	struct gate_session *s = malloc(sizeof(*s));
	struct opening o = {l->g, s, out};
	struct store_user u;
	int rc = s ? store_user_get_id(l->g->store, user, &u, err)
	           : err_set(err, ERR_MEMORY, "out of memory");

	if (!rc) {
		gate_session_user(&u, s);
		rc = store_repository_list(l->g->store, l->w.id, look, &o, err);
	}
	free(s);
	return rc;
}

/* -- who leaves -- */

static int keep(void *arg, const char *name, struct err *err)
{
	struct leaving *l = arg;
	struct store_user u;
	int rc = gate_user_find(l->g, name, &u, err);

	if (rc)
		return rc;
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 8;
		struct gate_leaver *more = realloc(l->all, room * sizeof(*more));
		if (!more)
			return err_set(err, ERR_MEMORY, "out of memory");
		l->all = more;
		l->room = room;
	}
	struct gate_leaver *one = &l->all[l->count++];
	*one = (struct gate_leaver){.user = u.id};
	gate_put(one->name, sizeof(one->name), "%s", u.name);
	return opened(l, u.id, &one->before, err);
}

static int rehearse(struct leaving *l, const struct gate_workspace_edit *edit,
                    struct store_workspace *after, struct err *err)
{
	int rc = edit->remove_member ? gate_items(edit->remove_member, keep, l, err) : 0;

	if (!rc)
		rc = gate_workspace_apply(l->g, after, edit, err);
	for (size_t i = 0; i < l->count && !rc; i++)
		rc = opened(l, l->all[i].user, &l->all[i].after, err);
	return rc;
}

int gate_workspace_rehearse(struct gate *g, const char *name,
                            const struct gate_workspace_edit *edit,
                            struct gate_workspace_effect *out, struct err *err)
{
	struct leaving l = {.g = g};

	memset(out, 0, sizeof(*out));
	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_workspace_find(g, name, &l.w, err);
	if (!rc) {
		out->before = out->after = l.w;
		rc = rehearse(&l, edit, &out->after, err);
	}
	store_rollback(g->store);
	out->leavers = l.all;
	out->count = l.count;
	if (rc)
		gate_workspace_effect_clear(out);
	return rc;
}

void gate_workspace_effect_clear(struct gate_workspace_effect *e)
{
	free(e->leavers);
	e->leavers = NULL;
	e->count = 0;
}
