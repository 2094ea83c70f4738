/* Who could: every user, credential and bot put before the same decision. */
#include "gate/gate_int.h"
#include "gate/why.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 2000
#define CREDENTIALS_SHOWN 20 /* of one user */
#define NETWORKS_SHOWN 3     /* of one credential */

struct who {
	struct gate *g;
	struct gate_may m;   /* what is asked; who asks changes */
	const char *address; /* as asked for; NULL: one that each credential allows */
	size_t most, told, more;
	size_t credentials; /* of the user that is being told */
	int (*each)(void *, const struct gate_could *);
	void *arg;
	struct err *err;
};

/* True when the session in w->m may. The decision stays to be cleared. */
static int decide(struct who *w, enum gate_may_kind kind, bool *may)
{
	w->m.kind = kind;
	int rc = gate_may_decide(w->g, &w->m, w->address, w->err);
	*may = !rc && w->m.decision.verdict.reason == REASON_ALLOWED;
	if (!rc && !*may)
		gate_decision_clear(&w->m.decision);
	return rc;
}

static int tell(struct who *w, struct gate_could could, const struct buf *how)
{
	could.kind = w->m.kind;
	could.is_bot = w->m.session.is_bot;
	could.how = buf_str(how);
	return w->each(w->arg, &could);
}

/* -- credentials: what cuts them -- */

struct networks {
	struct buf *out;
	size_t count;
};

static int add_network(void *arg, const char *value)
{
	struct networks *n = arg;

	if (n->count++ < NETWORKS_SHOWN)
		buf_addf(n->out, "%s%s", n->count > 1 ? ", " : "only from ", value);
	return 0;
}

static int cuts(struct who *w, const struct store_credential *c, struct buf *out)
{
	struct networks n = {out, 0};
	char text[CLOCK_TEXT];
	int rc = 0;

	if (c->limits[LIMIT_ADDRESS])
		rc = store_limit_list(w->g->store, c->id, LIMIT_ADDRESS, add_network, &n, w->err);
	if (n.count > NETWORKS_SHOWN)
		buf_addf(out, " and %zu more", n.count - NETWORKS_SHOWN);
	if (c->limits[LIMIT_REPOSITORY])
		buf_addf(out, "%sonly on %d named repositor%s", out->len ? "; " : "",
		         c->limits[LIMIT_REPOSITORY],
		         c->limits[LIMIT_REPOSITORY] == 1 ? "y" : "ies");
	if (c->expires != CLOCK_NEVER)
		buf_addf(out, "%suntil %s", out->len ? "; " : "", clock_text(c->expires, text));
	return rc;
}

static int tell_credential(struct who *w, const struct store_credential *c)
{
	struct buf how;

	buf_init(&how, WORDS);
	int rc = w->m.session.is_bot
	                 ? gate_may_how(w->g, &w->m.session, &w->m.decision, &how, w->err)
	                 : cuts(w, c, &how);
	if (!rc)
		rc = tell(w, (struct gate_could){.name = c->name, .credential = c->id}, &how);
	buf_clear(&how);
	return rc;
}

static int try_credential(struct who *w, const struct store_credential *c, bool *may)
{
	int rc = gate_session_credential(w->g, c, &w->m.session, w->err);

	return rc ? rc : decide(w, MAY_CREDENTIAL, may);
}

static int user_credential(void *arg, const struct store_credential *c)
{
	struct who *w = arg;
	bool may = false;
	int rc = try_credential(w, c, &may);

	if (rc || !may)
		return rc;
	if (w->credentials++ < CREDENTIALS_SHOWN)
		rc = tell_credential(w, c);
	gate_decision_clear(&w->m.decision);
	return rc;
}

static int user_credentials(struct who *w, int64_t user)
{
	const struct buf none = {0};

	w->credentials = 0;
	int rc = store_credential_list(w->g->store,
	                               &(struct store_owner){.kind = OWNER_USER, .id = user},
	                               user_credential, w, w->err);
	if (rc || w->credentials <= CREDENTIALS_SHOWN)
		return rc;
	w->m.kind = MAY_CREDENTIAL;
	return tell(w, (struct gate_could){.name = "", .more = w->credentials - CREDENTIALS_SHOWN},
	            &none);
}

/* -- users, bots, anyone -- */

static int tell_user(struct who *w, const struct store_user *u)
{
	struct buf how;

	buf_init(&how, WORDS);
	int rc = gate_may_how(w->g, &w->m.session, &w->m.decision, &how, w->err);
	if (!rc)
		rc = tell(w, (struct gate_could){.name = u->name}, &how);
	buf_clear(&how);
	return rc;
}

/* True when one more is told; else it is only counted. */
static bool take_room(struct who *w)
{
	bool room = w->told < w->most;

	w->told += room;
	w->more += !room;
	return room;
}

static int each_user(void *arg, const struct store_user *u)
{
	struct who *w = arg;
	bool may = false;

	gate_session_user(u, &w->m.session);
	int rc = decide(w, MAY_USER, &may);
	if (rc || !may)
		return rc;
	bool room = take_room(w);
	if (room)
		rc = tell_user(w, u);
	gate_decision_clear(&w->m.decision);
	return rc || !room ? rc : user_credentials(w, u->id);
}

static int each_bot(void *arg, const struct store_credential *c)
{
	struct who *w = arg;
	bool may = false;
	int rc = try_credential(w, c, &may);

	if (rc || !may)
		return rc;
	if (take_room(w))
		rc = tell_credential(w, c);
	gate_decision_clear(&w->m.decision);
	return rc;
}

static int try_anyone(struct who *w)
{
	bool may = false;
	struct buf how;

	memset(&w->m.session, 0, sizeof(w->m.session));
	int rc = decide(w, MAY_ANYONE, &may);
	if (rc || !may)
		return rc;
	buf_init(&how, WORDS);
	rc = gate_may_how(w->g, &w->m.session, &w->m.decision, &how, w->err);
	if (!rc)
		rc = tell(w, (struct gate_could){.name = ""}, &how);
	buf_clear(&how);
	gate_decision_clear(&w->m.decision);
	return rc;
}

int gate_may_who(struct gate *g, const struct gate_may_ask *ask, size_t most,
                 int (*each)(void *, const struct gate_could *), void *arg, size_t *more,
                 struct err *err)
{
	struct who *w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(err, ERR_MEMORY, "out of memory");
	*w = (struct who){.g = g,
	                  .address = ask->address,
	                  .most = most,
	                  .each = each,
	                  .arg = arg,
	                  .err = err};
	int rc = gate_may_fill(ask, &w->m, err);
	if (!rc)
		rc = try_anyone(w);
	if (!rc)
		rc = store_user_list(g->store, each_user, w, err);
	if (!rc)
		rc = store_credential_list_bots(g->store, each_bot, w, err);
	*more = w->more;
	gate_may_clear(&w->m);
	free(w);
	return rc;
}
