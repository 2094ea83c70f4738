/* A new secret for a credential, while the old one lives on for a while. */
#include "gate/access.h"
#include "gate/gate_int.h"
#include "gate/retire.h"

#include "base/clock.h"
#include "base/secret.h"

#include <string.h>

#define ROTATE_OVERLAP "1d"
#define ROTATE_MOST (90 * INT64_C(86400)) /* the longest overlap */
#define UNTIL_USED "until-used"
#define COMMAND 280 /* of a longer one a part would stand in the complaint */

/* What is dead already gets no overlap; nothing lives longer than it would have. */
static int overlap_fill(const char *text, const struct store_credential *c, int64_t now,
                        struct store_former *old, struct err *err)
{
	int64_t until = CLOCK_NEVER;

	old->until_used = text && !strcmp(text, UNTIL_USED);
	if (!old->until_used) {
		int rc = clock_parse(text ? text : ROTATE_OVERLAP, now, 0, &until, err);
		if (rc)
			return err_set(err, rc,
			               "\"%.60s\" is no overlap (wanted: 1h, 7d, or " UNTIL_USED
			               ")",
			               text);
		if (until < now || until - now > ROTATE_MOST)
			return err_set(err, ERR_INVALID, "an overlap lasts from 0s to 90d");
	}
	old->until = until < c->expires ? until : c->expires;
	return 0;
}

struct narrowing {
	struct gate *g;
	struct gate_life *life;
	struct err *err;
};

static int narrow(void *arg, const char *repository)
{
	struct narrowing *n = arg;

	return gate_life_narrow(n->g, repository, n->life, n->err);
}

/* As long a life as it had, from now on; within the rules of today. */
static int life_fill(struct gate *g, const struct gate_owner *o, struct store_credential *c,
                     int64_t now, struct err *err)
{
	struct gate_life life;
	struct narrowing n = {g, &life, err};
	int64_t had = gate_credential_life(c);

	int rc = gate_life_rule(g, o, c->limits[LIMIT_REPOSITORY] > 0, &life, err);
	if (!rc)
		rc = store_limit_list(g->store, c->id, LIMIT_REPOSITORY, narrow, &n, err);
	if (life.most > had)
		life.most = had;
	c->expires = life.most == CLOCK_NEVER ? CLOCK_NEVER : now + life.most;
	return rc;
}

/* Its new secret would be refused: that is said, with what makes another. */
static int no_more(struct gate *g, const struct store_credential *c, const char *why,
                   struct err *err)
{
	struct buf command;
	bool told;

	buf_init(&command, COMMAND);
	told = !gate_retire_replacement(g, c, &command, NULL) && command.len && !command.failed;
	int rc = err_set(err, ERR_INVALID, "%s; make another in its place%s%s", why,
	                 told ? ": " : "", told ? buf_str(&command) : "");
	buf_clear(&command);
	return rc;
}

static int see_it_is_not_revoked(struct gate *g, const struct store_credential *c, struct err *err)
{
	char why[STORE_LABEL + 100], when[CLOCK_TEXT];

	if (c->revoked == CLOCK_NEVER)
		return 0;
	gate_put(why, sizeof(why),
	         "the token \"%s\" was revoked at %s, and what is revoked does not live again",
	         c->name, clock_text(c->revoked, when));
	return no_more(g, c, why, err);
}

/* As it would be with its new life: one that gets an end is none of those without. */
static int see_it_is_not_retired(struct gate *g, const struct store_credential *c, int64_t now,
                                 struct err *err)
{
	char why[STORE_LABEL + 100], when[CLOCK_TEXT];
	struct gate_standing s;
	int rc = gate_standing(g, c, now, &s, err);

	if (rc || (s.standing != STANDING_OFF && s.standing != STANDING_ENDED))
		return rc;
	if (s.standing == STANDING_OFF)
		gate_put(why, sizeof(why), "app passwords are turned off here (app-passwords)");
	else
		gate_put(why, sizeof(why), "the retirement %s ended \"%s\" at %s", s.by.name,
		         c->name, clock_text(s.by.rule.end, when));
	return no_more(g, c, why, err);
}

static int rotate_fill(struct gate *g, const struct gate_rotate *ask, struct gate_owner *o,
                       struct store_credential *c, struct store_former *old, char *token,
                       struct err *err)
{
	int64_t now = clock_now();

	int rc = gate_credential_find(g, &ask->owner, ask->name, c, err);
	if (!rc)
		rc = see_it_is_not_revoked(g, c, err);
	if (!rc)
		rc = overlap_fill(ask->overlap, c, now, old, err);
	if (!rc)
		rc = gate_owner_of(g, c, o, err);
	old->life = gate_credential_life(c);
	if (!rc)
		rc = life_fill(g, o, c, now, err);
	if (!rc)
		rc = see_it_is_not_retired(g, c, now, err);
	if (rc)
		return rc;
	memcpy(old->hash, c->hash, sizeof(old->hash));
	old->credential = c->id;
	old->replaced = now;
	c->secret_made = now;
	return gate_secret_make(c, token, err);
}

int gate_rotate(struct gate *g, const struct gate_rotate *ask, struct store_credential *out,
                struct store_former *old, char *token, struct err *err)
{
	char secret[TOKEN_LEN + 1] = "", note[STORE_TEXT], until[CLOCK_TEXT];
	struct store_credential c = {0};
	struct store_former former = {0};
	struct gate_owner o = {0};

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = rotate_fill(g, ask, &o, &c, &former, secret, err);
	if (!rc)
		rc = store_credential_rotate(g->store, &c, &former, err);
	gate_put(note, sizeof(note), "%s; the old secret lives until %s", c.name,
	         former.until_used ? "the new one is used" : clock_text(former.until, until));
	rc = gate_change_end(g, rc, &(struct gate_change){"token rotate", o.name, note, &c}, err);
	if (!rc) {
		memcpy(token, secret, sizeof(secret));
		c.secret_used = 0;
		*out = c;
		*old = former;
	}
	secret_wipe(secret, sizeof(secret));
	return rc;
}

int gate_former_list(struct gate *g, const struct store_credential *c,
                     int (*each)(void *, const struct store_former *), void *arg, struct err *err)
{
	return store_former_list(g->store, c->id, each, arg, err);
}
