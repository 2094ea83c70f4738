/* Kinds of credential that are on their way out: the policies, and how things stand
 * with a credential by them. */
#include "gate/retire.h"
#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define USED_LATELY (30 * INT64_C(86400))

/* -- how things stand -- */

struct standing_walk {
	const struct store_credential *c;
	int64_t now;
	struct gate_standing *out;
};

/* Of two policies the sterner stage counts; of one stage what comes sooner, or
 * lasts longer. */
static bool is_sterner(const struct gate_standing *old, const struct store_retirement *r,
                       const struct retire_state *state)
{
	if (state->stage != old->standing)
		return state->stage > old->standing;
	return state->stage == STANDING_BROWNOUT ? state->until > old->state.until
	                                         : r->rule.end < old->by.rule.end;
}

static int look(void *arg, const struct store_retirement *r)
{
	struct standing_walk *w = arg;
	struct retire_state state;

	if (!policy_retire_chooses(&r->rule, w->c->kind, w->c->created, w->c->expires))
		return 0;
	policy_retire_at(&r->rule, w->now, &state);
	if (!is_sterner(w->out, r, &state))
		return 0;
	w->out->standing = state.stage;
	w->out->state = state;
	w->out->by = *r;
	return 0;
}

int gate_standing(struct gate *g, const struct store_credential *c, int64_t now,
                  struct gate_standing *out, struct err *err)
{
	struct standing_walk w = {c, now, out};
	bool off = c->kind == CREDENTIAL_APP_PASSWORD && !g->settings->app_passwords;

	memset(out, 0, sizeof(*out));
	int rc = store_retirement_list(g->store, look, &w, err);
	if (!rc && off && out->standing < STANDING_OFF)
		out->standing = STANDING_OFF;
	return rc;
}

/* What is on its way out is not made any more. */
int gate_retire_may_make(struct gate *g, const struct store_credential *c, struct err *err)
{
	struct gate_standing s;
	struct buf words;
	char when[CLOCK_TEXT];
	int rc = gate_standing(g, c, clock_now(), &s, err);

	if (rc || s.standing == STANDING_ALLOWED || s.standing == STANDING_OFF)
		return rc;
	buf_init(&words, 300);
	policy_retire_words(&s.by.rule, &words);
	rc = err_set(err, ERR_DENIED,
	             "%s are on their way out since %s (gatehouse retire show %s): no new one is "
	             "made; %s",
	             buf_str(&words), clock_text(s.by.rule.notice, when), s.by.name,
	             s.by.rule.without_expiry ? "give it an end (--expires)"
	                                      : "make an API token in its place");
	buf_clear(&words);
	return rc;
}

/* -- the policies -- */

static int count_one(void *arg, const struct store_retirement *r)
{
	(void)r;
	++*(size_t *)arg;
	return 0;
}

int gate_retire_find(struct gate *g, const char *name, struct store_retirement *out,
                     struct err *err)
{
	int rc = store_retirement_get(g->store, name, out, err);

	return rc == ERR_NOT_FOUND ? err_set(err, rc, "there is no retirement \"%.100s\"", name)
	                           : rc;
}

int gate_retire_list(struct gate *g, int (*each)(void *, const struct store_retirement *),
                     void *arg, struct err *err)
{
	return store_retirement_list(g->store, each, arg, err);
}

/* The policy as it would be: of a new one, or of one that there is. */
int gate_retire_prepare(struct gate *g, const struct gate_retire *ask, bool fresh,
                        struct store_retirement *out, struct err *err)
{
	struct store_retirement r = {0};
	size_t count = 0;
	int rc = 0;

	if (!fresh) {
		rc = gate_retire_find(g, ask->name, &r, err);
	} else {
		r.created = clock_now();
		r.rule.notice = r.created;
		r.rule.end = r.rule.made_before = CLOCK_NEVER;
		gate_put(r.created_by, sizeof(r.created_by), "%s", g->actor);
		rc = gate_label(r.name, ask->name, "a retirement's name", err);
		if (!rc)
			rc = store_retirement_list(g->store, count_one, &count, err);
		if (!rc && count >= GATE_RETIREMENTS)
			rc = err_set(err, ERR_LIMIT, "there can be %d retirements at most",
			             GATE_RETIREMENTS);
	}
	if (!rc)
		rc = gate_retire_read(ask, &r.rule, err);
	const char *fault = rc ? NULL : policy_retire_fault(&r.rule);
	if (fault)
		rc = err_set(err, ERR_INVALID, "%s", fault);
	if (!rc)
		*out = r;
	return rc;
}

static void note_of(const struct store_retirement *r, char note[STORE_TEXT])
{
	char notice[CLOCK_TEXT], end[CLOCK_TEXT];
	struct buf words;

	buf_init(&words, 300);
	policy_retire_words(&r->rule, &words);
	gate_put(note, STORE_TEXT, "%s; notice %s, %u lengths of brownouts, end %s",
	         buf_str(&words), clock_text(r->rule.notice, notice), r->rule.nphases,
	         clock_text(r->rule.end, end));
	buf_clear(&words);
}

static int change(struct gate *g, const struct gate_retire *ask, bool fresh,
                  struct store_retirement *out, struct err *err)
{
	struct store_retirement r = {0};
	char note[STORE_TEXT] = "";
	int rc = gate_change_begin(g, err);

	if (rc)
		return rc;
	rc = gate_retire_prepare(g, ask, fresh, &r, err);
	if (!rc)
		rc = fresh ? store_retirement_add(g->store, &r, err)
		           : store_retirement_update(g->store, &r, err);
	if (rc == ERR_EXISTS)
		err_set(err, rc, "there is a retirement \"%.100s\" already", r.name);
	if (!rc)
		note_of(&r, note);
	rc = gate_change_end(
	        g, rc,
	        &(struct gate_change){fresh ? "retire create" : "retire edit", r.name, note, NULL},
	        err);
	if (!rc)
		*out = r;
	return rc;
}

int gate_retire_create(struct gate *g, const struct gate_retire *ask, struct store_retirement *out,
                       struct err *err)
{
	return change(g, ask, true, out, err);
}

int gate_retire_edit(struct gate *g, const struct gate_retire *ask, struct store_retirement *out,
                     struct err *err)
{
	return change(g, ask, false, out, err);
}

int gate_retire_cancel(struct gate *g, const char *name, struct store_retirement *out,
                       struct err *err)
{
	struct store_retirement r = {0};
	char note[STORE_TEXT] = "";
	int rc = gate_change_begin(g, err);

	if (rc)
		return rc;
	rc = gate_retire_find(g, name, &r, err);
	if (!rc) {
		note_of(&r, note);
		rc = store_retirement_remove(g->store, r.id, err);
	}
	rc = gate_change_end(g, rc, &(struct gate_change){"retire cancel", r.name, note, NULL},
	                     err);
	if (!rc)
		*out = r;
	return rc;
}

/* -- whom it concerns -- */

struct concerned {
	const struct retirement *rule;
	int64_t now;
	struct gate_retire_count *count;
	/* of a page */
	size_t most, found;
	int64_t *ids;
	bool more;
};

static bool concerns(const struct concerned *w, const struct store_life *life)
{
	return life->expires > w->now &&
	       policy_retire_chooses(w->rule, life->kind, life->created, life->expires);
}

static int count_life(void *arg, const struct store_life *life)
{
	struct concerned *w = arg;

	if (!concerns(w, life))
		return 0;
	w->count->living++;
	w->count->used += life->used != 0;
	w->count->lately += life->used && life->used > w->now - USED_LATELY;
	return 0;
}

int gate_retire_count(struct gate *g, const struct retirement *rule, struct gate_retire_count *out,
                      struct err *err)
{
	struct concerned w = {.rule = rule, .now = clock_now(), .count = out};

	memset(out, 0, sizeof(*out));
	return store_credential_lives(g->store, 0, count_life, &w, err);
}

static int keep_life(void *arg, const struct store_life *life)
{
	struct concerned *w = arg;

	if (!concerns(w, life))
		return 0;
	if (w->found == w->most) {
		w->more = true;
		return 1;
	}
	w->ids[w->found++] = life->id;
	return 0;
}

int gate_retire_walk(struct gate *g, const struct retirement *rule, int64_t behind, size_t most,
                     int (*each)(void *, const struct store_credential *), void *arg, bool *more,
                     struct err *err)
{
	struct concerned w = {.rule = rule, .now = clock_now(), .most = most};
	struct store_credential c;

	w.ids = calloc(most, sizeof(*w.ids));
	if (!w.ids)
		return err_set(err, ERR_MEMORY, "out of memory");
	int rc = store_credential_lives(g->store, behind, keep_life, &w, err);
	if (rc > 0)
		rc = 0;
	for (size_t i = 0; i < w.found && !rc; i++) {
		rc = store_credential_get(g->store, w.ids[i], &c, err);
		if (!rc)
			rc = each(arg, &c);
	}
	*more = w.more;
	free(w.ids);
	return rc;
}

/* -- what goes in its place -- */

static int count_grant(void *arg, const struct store_grant *grant)
{
	(void)grant;
	++*(size_t *)arg;
	return 0;
}

int gate_retire_replacement(struct gate *g, const struct store_credential *c, struct buf *out,
                            struct err *err)
{
	struct gate_session *s = malloc(sizeof(*s));
	struct buf command;
	size_t grants = 0;
	int rc = s ? gate_session_credential(g, c, s, err)
	           : err_set(err, ERR_MEMORY, "out of memory");

	buf_init(&command, out->limit);
	if (!rc && s->is_bot)
		rc = store_grant_list_of(g->store, GRANT_CREDENTIAL, c->id, count_grant, &grants,
		                         err);
	if (!rc && gate_replacement(g,
	                            &(struct gate_replace){
	                                    .s = s, .scopes = c->scopes, .life_most = CLOCK_NEVER},
	                            &command)) {
		buf_add_str(out, buf_str(&command));
		if (grants)
			buf_addf(out, "  # and the %zu right%s it was granted besides", grants,
			         grants == 1 ? "" : "s");
	}
	buf_clear(&command);
	free(s);
	return rc;
}
