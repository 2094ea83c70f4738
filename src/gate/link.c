#include "gate/link.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "gate/gate_int.h"

#include <string.h>

#define LIFE_MOST (INT64_C(30) * 86400)

static const char *const kinds[] = {[LINK_INVITE] = "invite", [LINK_RESET] = "reset"};

const char *gate_link_who(const struct store_link *l)
{
	return l->user ? l->user_name : l->email;
}

const char *gate_link_state_name(const struct store_link *l, int64_t now)
{
	static const char *const ends[] = {
	        [LINK_USED] = "used", [LINK_REVOKED] = "revoked", [LINK_REPLACED] = "replaced"};

	if (l->how != LINK_LIVES)
		return ends[l->how];
	return now >= l->expires ? "expired" : "lives";
}

/* -- making one -- */

/* The person: a user, or for an invitation an address that is nobody's yet. */
static int link_person(struct gate *g, enum link_kind kind, const char *who, struct store_link *l,
                       struct err *err)
{
	struct store_user u;
	int rc = gate_user_find(g, who, &u, err);

	if (!rc) {
		l->user = u.id;
		memcpy(l->user_name, u.name, sizeof(l->user_name));
		l->user_suspended = u.suspended != CLOCK_NEVER;
		return 0;
	}
	if (rc != ERR_NOT_FOUND || kind != LINK_INVITE)
		return rc;
	if (!strchr(who, '@'))
		return err_set(
		        err, rc,
		        "there is no user \"%.100s\": add them first (gatehouse user add "
		        "NAME), or invite an e-mail address, whose owner then chooses a name",
		        who);
	return gate_email(g, l->email, who, err);
}

static int link_time(struct store_link *l, const char *expires, struct err *err)
{
	int64_t now = clock_now();
	char span[CLOCK_TEXT];
	int rc = clock_parse(expires ? expires : LINK_LIFE, now, 1, &l->expires, err);

	if (rc)
		return err_prefix(err, "\"%.60s\"", expires);
	if (l->expires <= now)
		return err_set(err, ERR_INVALID, "the link would have expired already");
	if (l->expires - now > LIFE_MOST)
		return err_set(err, ERR_LIMIT, "a link lives %s at most: make another when needed",
		               clock_span(LIFE_MOST, span));
	l->created = now;
	l->ended = CLOCK_NEVER;
	return 0;
}

static void link_secret(struct store_link *l, char secret[TOKEN_LEN + 1])
{
	uint8_t bytes[TOKEN_RANDOM];

	random_bytes(bytes, sizeof(bytes));
	(void)policy_token_write(CREDENTIAL_LINK, bytes, secret);
	secret_wipe(bytes, sizeof(bytes));
	gate_secret_hash(secret, TOKEN_LEN, l->hash);
}

static int link_end(struct gate *g, struct store_link *l, enum link_end how, struct err *err)
{
	l->how = how;
	l->ended = clock_now();
	gate_put(l->ended_by, sizeof(l->ended_by), "%s", g->actor);
	return store_link_end(g->store, l, err);
}

static int link_replace(struct gate *g, const struct store_link *l, bool *replaced, struct err *err)
{
	struct store_link old;
	int rc = store_link_living(g->store, l->user, l->email, &old, err);

	*replaced = !rc;
	if (rc == ERR_NOT_FOUND)
		return 0;
	return rc ? rc : link_end(g, &old, LINK_REPLACED, err);
}

int gate_link_make(struct gate *g, const struct gate_link_ask *ask, struct store_link *out,
                   char *secret, bool *replaced, struct err *err)
{
	struct store_link l = {.kind = ask->kind};
	char fresh[TOKEN_LEN + 1], note[STORE_TEXT], expires[CLOCK_TEXT];
	bool ended = false;

	int rc = link_time(&l, ask->expires, err);
	if (!rc)
		rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	gate_put(l.created_by, sizeof(l.created_by), "%s", g->actor);
	link_secret(&l, fresh);
	rc = link_person(g, ask->kind, ask->who, &l, err);
	if (!rc && l.user_suspended)
		rc = err_set(err, ERR_INVALID, "%s is suspended: first gatehouse user resume %s",
		             l.user_name, l.user_name);
	if (!rc)
		rc = link_replace(g, &l, &ended, err);
	if (!rc)
		rc = store_link_add(g->store, &l, err);
	gate_put(note, sizeof(note), "%s link %lld, expires %s%s", kinds[ask->kind],
	         (long long)l.id, clock_text(l.expires, expires),
	         ended ? "; an older one ended" : "");
	rc = gate_change_end(
	        g, rc, &(struct gate_change){"link make", gate_link_who(&l), note, NULL}, err);
	if (!rc) {
		memcpy(secret, fresh, sizeof(fresh));
		if (out)
			*out = l;
		if (replaced)
			*replaced = ended;
	}
	secret_wipe(fresh, sizeof(fresh));
	return rc;
}

/* -- looking at it, using it up -- */

int gate_link_look(struct gate *g, const char *text, size_t len, struct gate_link *out,
                   struct err *err)
{
	struct link_facts f = {.now = clock_now()};
	struct token_look look;
	uint8_t hash[STORE_HASH];
	int rc = 0;

	memset(out, 0, sizeof(*out));
	policy_token_look(text, len, &look);
	f.whole = look.shape == TOKEN_GOOD && look.kind == CREDENTIAL_LINK;
	if (f.whole) {
		gate_secret_hash(look.start, TOKEN_LEN, hash);
		rc = store_link_by_hash(g->store, hash, &out->link, err);
		f.known = !rc;
		rc = rc == ERR_NOT_FOUND ? 0 : rc;
	}
	f.end = out->link.how;
	f.expires = out->link.expires;
	f.suspended = out->link.user_suspended;
	out->state = policy_link_state(&f);
	return rc;
}

int gate_link_use(struct gate *g, const char *text, size_t len,
                  int (*act)(struct gate *g, const struct store_link *l, void *arg,
                             struct err *err),
                  void *arg, struct gate_link *out, struct err *err)
{
	char note[STORE_TEXT];

	/* the write lock is taken first: nobody else uses it between look and end */
	int rc = gate_change_begin(g, err);
	if (!rc)
		rc = gate_link_look(g, text, len, out, err);
	if (rc || out->state != LINK_GOOD) {
		store_rollback(g->store);
		return rc;
	}
	rc = link_end(g, &out->link, LINK_USED, err);
	if (!rc && act)
		rc = act(g, &out->link, arg, err);
	gate_put(note, sizeof(note), "%s link %lld", kinds[out->link.kind],
	         (long long)out->link.id);
	return gate_change_end(
	        g, rc, &(struct gate_change){"link use", gate_link_who(&out->link), note, NULL},
	        err);
}

/* -- for the operator -- */

static int link_find(struct gate *g, const char *who, struct store_link *out, struct err *err)
{
	struct store_user u;
	int rc = gate_user_find(g, who, &u, err);

	if (!rc)
		rc = store_link_living(g->store, u.id, "", out, err);
	else if (rc == ERR_NOT_FOUND && strchr(who, '@'))
		rc = store_link_living(g->store, 0, who, out, err);
	else
		return rc;
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "no link lives for %.100s", who);
	return rc;
}

int gate_link_revoke(struct gate *g, const char *who, struct store_link *out, struct err *err)
{
	struct store_link l = {0};
	char note[STORE_TEXT] = "";

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = link_find(g, who, &l, err);
	if (!rc) {
		gate_put(note, sizeof(note), "%s link %lld", kinds[l.kind], (long long)l.id);
		rc = link_end(g, &l, LINK_REVOKED, err);
	}
	rc = gate_change_end(
	        g, rc, &(struct gate_change){"link revoke", gate_link_who(&l), note, NULL}, err);
	if (!rc && out)
		*out = l;
	return rc;
}

int gate_link_list(struct gate *g, bool all, int (*each)(void *, const struct store_link *),
                   void *arg, struct err *err)
{
	return store_link_list(g->store, all, each, arg, err);
}
