/* The rules for how long a credential may live: what they allow, and whom a
 * workspace's keeps out. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int64_t gate_credential_life(const struct store_credential *c)
{
	if (!c->id || gate_is_key(c) || c->kind == CREDENTIAL_CERTIFICATE)
		return 0;
	if (c->expires == CLOCK_NEVER)
		return CLOCK_NEVER;
	return c->expires - (c->secret_made ? c->secret_made : c->created);
}

/* -- the rules of today -- */

static int narrow(void *arg, const struct store_workspace *w)
{
	struct gate_life *life = arg;

	if (w->token_lifetime < life->most) {
		life->most = w->token_lifetime;
		gate_put(life->whose, sizeof(life->whose), "workspace %s", w->name);
	}
	return 0;
}

int gate_life_rule(struct gate *g, const struct gate_owner *o, bool limited, struct gate_life *out,
                   struct err *err)
{
	struct store_workspace w;
	int rc = 0;

	*out = (struct gate_life){.most = CLOCK_NEVER};
	if (g->settings->token_lifetime > 0) {
		out->most = g->settings->token_lifetime;
		gate_put(out->whose, sizeof(out->whose), "this server (token-lifetime)");
	}
	if (o->workspace) {
		rc = store_workspace_get_id(g->store, o->workspace, &w, err);
		if (!rc)
			narrow(out, &w);
	} else if (o->key.kind == OWNER_USER && !limited) {
		rc = store_workspace_list(g->store, o->key.id, narrow, out, err);
	}
	return rc;
}

int gate_life_narrow(struct gate *g, const char *repository, struct gate_life *life,
                     struct err *err)
{
	struct store_repository r;
	struct store_workspace w;

	int rc = store_repository_get(g->store, repository, &r, err);
	if (!rc)
		rc = store_workspace_get_id(g->store, r.workspace, &w, err);
	if (!rc)
		narrow(life, &w);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

int gate_lifetime_parse(const char *text, int64_t *out, struct err *err)
{
	size_t digits = strspn(text, "0123456789");
	if (!strcmp(text, "any") || !strcmp(text, "never")) {
		*out = CLOCK_NEVER;
		return 0;
	}
	if (!digits || !isalpha((unsigned char)text[digits]) || text[digits + 1])
		return err_set(err, ERR_INVALID,
		               "\"%.60s\" is no lifetime (wanted: 90d, 12h, 1y, or any)", text);
	int rc = clock_parse(text, 0, 0, out, err);
	if (!rc && *out <= 0)
		rc = err_set(err, ERR_INVALID, "a lifetime of 0 would let no token live");
	return rc;
}

/* -- the repositories of a workspace -- */

struct ids {
	char (*all)[STORE_ID];
	size_t count, room;
};

static int keep_id(void *arg, const struct store_repository *r)
{
	struct ids *ids = arg;

	if (ids->count == ids->room) {
		size_t room = ids->room ? ids->room * 2 : 64;
		void *more = realloc(ids->all, room * sizeof(*ids->all));
		if (!more)
			return ERR_MEMORY;
		ids->all = more;
		ids->room = room;
	}
	memcpy(ids->all[ids->count++], r->id, STORE_ID);
	return 0;
}

/* Would this rule alone keep the session from one of them? */
static int is_barred(struct gate *g, const struct gate_session *s, const struct ids *ids,
                     int64_t most, bool *out, struct err *err)
{
	static const enum operation operations[] = {OPERATION_READ, OPERATION_WRITE};
	struct policy_facts facts;
	struct verdict v;

	*out = false;
	for (size_t i = 0; i < 2 * ids->count && !*out; i++) {
		int rc = gate_would_facts(g, s, ids->all[i / 2], operations[i % 2], &facts, err);
		if (rc)
			return rc;
		facts.life_most = most;
		policy_decide(&facts, &v);
		*out = v.reason == REASON_TOKEN_LIFETIME;
	}
	return 0;
}

/* -- another rule -- */

/* Keeps in e->all whom the stricter rule keeps out and the looser one does not. */
static int keep_concerned(struct gate *g, const struct ids *ids, struct gate_effect *e,
                          struct err *err)
{
	int64_t before = e->before.token_lifetime, after = e->after.token_lifetime;
	int64_t least = before < after ? before : after, most = before < after ? after : before;
	struct gate_session *s = malloc(sizeof(*s));
	int rc = s ? 0 : err_set(err, ERR_MEMORY, "out of memory");
	size_t kept = 0;

	for (size_t i = 0; i < e->count && !rc; i++) {
		struct gate_reached *r = &e->all[i];
		bool barred = false;
		if (r->who != WHO_TOKEN && r->who != WHO_BOT)
			continue;
		rc = gate_effect_session(g, r, s, err);
		int64_t life = rc ? 0 : gate_credential_life(&s->credential);
		if (!rc && life > least && life <= most)
			rc = is_barred(g, s, ids, least, &barred, err);
		if (!barred)
			continue;
		r->before.reads = life <= before;
		r->after.reads = life <= after;
		e->all[kept++] = *r;
	}
	e->count = kept;
	free(s);
	return rc;
}

/* Reads only, so that a large server goes on meanwhile. */
int gate_lifetime_rehearse(struct gate *g, const char *workspace, const char *lifetime,
                           struct gate_effect *out, struct err *err)
{
	struct store_workspace w;
	struct ids ids = {0};

	memset(out, 0, sizeof(*out));
	int rc = gate_workspace_find(g, workspace, &w, err);
	if (!rc)
		rc = gate_lifetime_parse(lifetime, &out->after.token_lifetime, err);
	if (rc)
		return rc;
	out->before.token_lifetime = w.token_lifetime;
	gate_put(out->before.workspace_name, sizeof(out->before.workspace_name), "%s", w.name);
	rc = store_repository_list(g->store, w.id, keep_id, &ids, err);
	if (!rc)
		rc = gate_effect_list(g, out, err);
	if (!rc)
		rc = keep_concerned(g, &ids, out, err);
	free(ids.all);
	if (rc)
		gate_effect_clear(out);
	return rc;
}

/* -- where a credential is kept out today -- */

struct bars {
	int64_t life;
	size_t count, room;
	struct store_workspace *all; /* with a rule that is shorter than its life */
};

static int keep_rule(void *arg, const struct store_workspace *w)
{
	struct bars *b = arg;

	if (w->token_lifetime >= b->life)
		return 0;
	if (b->count == b->room) {
		size_t room = b->room ? b->room * 2 : 16;
		void *more = realloc(b->all, room * sizeof(*b->all));
		if (!more)
			return ERR_MEMORY;
		b->all = more;
		b->room = room;
	}
	b->all[b->count++] = *w;
	return 0;
}

static int bars_of(struct gate *g, const struct gate_session *s, const struct store_workspace *w,
                   bool *out, struct err *err)
{
	struct ids ids = {0};
	int rc = store_repository_list(g->store, w->id, keep_id, &ids, err);

	if (!rc)
		rc = is_barred(g, s, &ids, w->token_lifetime, out, err);
	free(ids.all);
	return rc;
}

int gate_lifetime_bars(struct gate *g, const struct store_credential *c,
                       int (*each)(void *, const struct store_workspace *), void *arg,
                       struct err *err)
{
	struct bars b = {.life = gate_credential_life(c)};
	struct gate_session *s = malloc(sizeof(*s));
	int rc = s ? gate_session_credential(g, c, s, err)
	           : err_set(err, ERR_MEMORY, "out of memory");

	if (!rc)
		rc = store_workspace_list(g->store, 0, keep_rule, &b, err);
	for (size_t i = 0; i < b.count && !rc; i++) {
		bool barred = false;
		rc = bars_of(g, s, &b.all[i], &barred, err);
		if (!rc && barred)
			rc = each(arg, &b.all[i]);
	}
	free(b.all);
	free(s);
	return rc;
}
