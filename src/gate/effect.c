/* Who may do what with a repository, before a change and after it. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* -- everybody -- */

struct walk {
	struct gate *g;
	struct gate_effect *effect;
	const struct store_user *user; /* whose tokens are walked through */
};

static struct gate_reached *add(struct gate_effect *e, enum gate_who who, int64_t id)
{
	if (e->count == e->room) {
		size_t room = e->room ? e->room * 2 : 32;
		struct gate_reached *more = realloc(e->all, room * sizeof(*more));
		if (!more)
			return NULL;
		e->all = more;
		e->room = room;
	}
	struct gate_reached *r = &e->all[e->count++];
	*r = (struct gate_reached){.who = who, .id = id};
	return r;
}

static int add_user(void *arg, const struct store_user *u)
{
	struct walk *w = arg;

	if (u->suspended != CLOCK_NEVER)
		return 0;
	struct gate_reached *r = add(w->effect, WHO_USER, u->id);
	if (!r)
		return ERR_MEMORY;
	gate_put(r->name, sizeof(r->name), "%s", u->name);
	return 0;
}

/* Dead ones do nothing before and nothing after. */
static int add_credential(void *arg, const struct store_credential *c)
{
	struct walk *w = arg;
	bool bot = c->owner != OWNER_USER;

	struct gate_standing standing;

	if (c->revoked != CLOCK_NEVER || c->expires <= clock_now())
		return 0;
	int rc = gate_standing(w->g, c, clock_now(), &standing, NULL);
	if (rc || standing.standing >= STANDING_OFF)
		return rc;
	struct gate_reached *r = add(w->effect, bot ? WHO_BOT : WHO_TOKEN, c->id);
	if (!r)
		return ERR_MEMORY;
	gate_put(r->name, sizeof(r->name), "\"%s\"", c->name);
	return 0;
}

int gate_effect_list(struct gate *g, struct gate_effect *e, struct err *err)
{
	struct walk walk = {.g = g, .effect = e};
	struct gate_reached *anyone = add(e, WHO_ANYONE, 0);

	if (!anyone)
		return err_set(err, ERR_MEMORY, "out of memory");
	gate_put(anyone->name, sizeof(anyone->name), "anyone");
	int rc = store_user_list(g->store, add_user, &walk, err);
	if (!rc)
		rc = store_credential_list(g->store, NULL, add_credential, &walk, err);
	return rc;
}

/* -- their sessions -- */

/* The person with nothing in the way: no limit, all scopes. */
static int user_session(struct gate *g, const struct gate_reached *r, struct gate_session *s,
                        struct err *err)
{
	s->presented = PRESENTED_GENUINE;
	s->credential = (struct store_credential){.owner = OWNER_USER,
	                                          .owner_id = r->id,
	                                          .scopes = SCOPE_ALL,
	                                          .expires = CLOCK_NEVER,
	                                          .revoked = CLOCK_NEVER};
	return store_user_get_id(g->store, r->id, &s->user, err);
}

static int credential_session(struct gate *g, struct gate_reached *r, struct gate_session *s,
                              struct err *err)
{
	struct store_credential c;
	int rc = store_credential_get(g->store, r->id, &c, err);

	if (!rc)
		rc = gate_session_credential(g, &c, s, err);
	if (!rc)
		gate_put(r->name, sizeof(r->name), "\"%s\" of %s", c.name,
		         s->is_bot ? s->owner.name : s->user.name);
	return rc;
}

int gate_effect_session(struct gate *g, struct gate_reached *r, struct gate_session *s,
                        struct err *err)
{
	memset(s, 0, sizeof(*s));
	s->presented = PRESENTED_NOTHING;
	if (r->who == WHO_ANYONE)
		return 0;
	return r->who == WHO_USER ? user_session(g, r, s, err) : credential_session(g, r, s, err);
}

static int match(void *arg, const char *value)
{
	return strcmp(value, arg) == 0;
}

static int limited_to(struct gate *g, struct gate_reached *r, const char *id, struct err *err)
{
	if (r->who != WHO_TOKEN && r->who != WHO_BOT)
		return 0;
	int rc = store_limit_list(g->store, r->id, LIMIT_REPOSITORY, match, (void *)id, err);
	r->limited = rc > 0;
	return rc < 0 ? rc : 0;
}

/* -- what they may -- */

static int reach_of(struct gate *g, const struct gate_session *s, const char *id,
                    struct gate_reach *out, struct err *err)
{
	struct verdict reading, pushing;

	int rc = gate_would(g, s, id, OPERATION_READ, &reading, err);
	if (!rc)
		rc = gate_would(g, s, id, OPERATION_WRITE, &pushing, err);
	if (rc)
		return rc;
	out->reads = reading.reason == REASON_ALLOWED;
	out->pushes = pushing.reason == REASON_ALLOWED;
	out->right = out->reads ? reading.right_present : RIGHT_NONE;
	return 0;
}

static int fill(struct gate *g, struct gate_effect *e, bool after, struct err *err)
{
	struct gate_session *s = malloc(sizeof(*s));
	int rc = s ? 0 : err_set(err, ERR_MEMORY, "out of memory");

	for (size_t i = 0; !rc && i < e->count; i++) {
		struct gate_reached *r = &e->all[i];
		rc = gate_effect_session(g, r, s, err);
		if (!rc && !after)
			rc = limited_to(g, r, e->before.id, err);
		if (!rc)
			rc = reach_of(g, s, e->before.id, after ? &r->after : &r->before, err);
	}
	free(s);
	return rc;
}

int gate_effect_before(struct gate *g, struct gate_effect *e, struct err *err)
{
	int rc = gate_effect_list(g, e, err);
	return rc ? rc : fill(g, e, false, err);
}

int gate_effect_after(struct gate *g, struct gate_effect *e, struct err *err)
{
	return fill(g, e, true, err);
}

void gate_effect_clear(struct gate_effect *e)
{
	free(e->all);
	e->all = NULL;
	e->count = e->room = 0;
}
