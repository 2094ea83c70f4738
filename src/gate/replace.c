/* The command that makes a token, or registers a key, with the reach of another one. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <string.h>

#define PROJECT "/project:"

struct replacing {
	struct gate *g;
	const struct gate_replace *ask;
	const struct store_credential *old;
	struct buf *out;
};

/* -- its name -- */

static bool name_is_free(const struct replacing *r, const char *name)
{
	struct store_credential c;
	struct store_owner owner = {.kind = r->old->owner, .id = r->old->owner_id};

	memcpy(owner.repository, r->old->owner_repository, sizeof(owner.repository));
	int rc = gate_is_key(r->old)
	                 ? store_key_by_name(r->g->store, &owner, name, &c, NULL)
	                 : store_credential_by_name(r->g->store, &owner, name, &c, NULL);

	return rc == ERR_NOT_FOUND || (!rc && c.revoked != CLOCK_NEVER);
}

static bool new_name(const struct replacing *r, char out[STORE_LABEL])
{
	const char *old = r->old->name;

	gate_put(out, STORE_LABEL, "%s", old);
	for (int n = 2; n < 100 && !name_is_free(r, out); n++)
		gate_put(out, STORE_LABEL, "%.100s-%d", old, n);
	return name_is_free(r, out);
}

/* -- what it may -- */

static void add_scopes(struct buf *out, scope_set_t set)
{
	bool only_push = (set & SCOPE_EXACT) && policy_scope_only_push(set);
	const char *before = "";

	if (set & SCOPE_WRITE_REPOSITORY) /* brings it with it */
		set &= ~SCOPE_READ_REPOSITORY;
	for (unsigned i = 0; i < SCOPE_COUNT; i++)
		if (set & UINT32_C(1) << i) {
			buf_addf(out, "%s%s", before, policy_scope_name(UINT32_C(1) << i));
			before = ",";
		}
	if (only_push)
		buf_add_str(out, " --only push");
}

/* As short as can be: an access key reads, unless it is made to push. */
static void add_key_scopes(const struct replacing *r, scope_set_t set)
{
	scope_set_t all = policy_scope_expand(set);

	if (r->ask->s->is_bot && all == SCOPE_READ_REPOSITORY)
		return;
	if (r->ask->s->is_bot && all == policy_scope_expand(SCOPE_WRITE_REPOSITORY)) {
		buf_add_str(r->out, " --write");
		return;
	}
	buf_add_str(r->out, " --scopes ");
	add_scopes(r->out, set);
}

struct items {
	const struct replacing *r;
	enum limit_kind kind;
	const char *flag;
	size_t count;
};

/* A repository that its owner may not see any more has no name for them. */
static bool may_be_named(const struct items *i, const char *path)
{
	struct store_repository found;

	return !i->r->ask->for_owner || i->kind != LIMIT_REPOSITORY ||
	       (!gate_repository_find(i->r->g, path, &found, NULL) &&
	        gate_owner_sees(i->r->g, i->r->old, &found));
}

static int add_item(void *arg, const char *words)
{
	struct items *i = arg;

	/* a new token can't name what was deleted */
	if (!strncmp(words, "deleted:", 8) || !may_be_named(i, words))
		return 0;
	return buf_addf(i->r->out, "%s%s", i->count++ ? "," : i->flag, words);
}

/* False when the list would be empty: the new token would reach more. */
static bool add_limit(struct replacing *r, enum limit_kind kind, const char *flag, const char *more)
{
	struct items items = {r, kind, flag, 0};

	if (!r->old->limits[kind])
		return true;
	if (gate_credential_limits(r->g, r->old, kind, add_item, &items, NULL))
		return false;
	return (!more || !add_item(&items, more)) && items.count > 0;
}

void gate_add_whose(struct buf *out, const struct gate_session *s)
{
	static const char *const flags[] = {[OWNER_USER] = "--user ",
	                                    [OWNER_REPOSITORY] = "--repo ",
	                                    [OWNER_PROJECT] = "--project ",
	                                    [OWNER_WORKSPACE] = "--workspace "};
	const struct gate_owner *o = &s->owner;
	const char *mark = o->key.kind == OWNER_PROJECT ? strstr(o->name, PROJECT) : NULL;
	char word[sizeof(o->name)];

	gate_put(word, sizeof(word), "%s", s->is_bot ? o->name : s->user.name);
	if (mark)
		gate_put(word, sizeof(word), "%.*s/%s", (int)(mark - o->name), o->name,
		         mark + strlen(PROJECT));
	buf_add_str(out, flags[s->credential.owner]);
	gate_add_word(out, word);
}

/* What a command can't give a token (limits of refs and paths) or a key (scopes that are
 * none, or exact) must not be lost on the way. An API token goes where an app password
 * was. */
static bool can_be_made(const struct replacing *r)
{
	const struct store_credential *c = r->old;
	bool key = gate_is_key(c);

	return c->id && (key || c->kind <= CREDENTIAL_APP_PASSWORD) && !c->limits[LIMIT_REF] &&
	       !c->limits[LIMIT_PATH] &&
	       !(key && (!r->ask->scopes || (r->ask->scopes & SCOPE_EXACT)));
}

/* -- a key -- */

struct served {
	const struct replacing *r;
	const char *first;
};

static int add_served(void *arg, const struct store_repository *also)
{
	struct served *s = arg;

	if (!strcmp(also->id, s->first))
		return 0;
	return buf_addf(s->r->out, ",%s/%s", also->workspace_name, also->name);
}

/* A key does not end unless that is asked for, and where what has no end is on its way
 * out, a new one must. */
static bool must_end(const struct replacing *r)
{
	struct gate_standing s;

	return !gate_standing(r->g, r->old, clock_now(), &s, NULL) && s.by.id &&
	       s.by.rule.without_expiry;
}

static bool add_key(struct replacing *r, const char *name)
{
	const struct gate_session *s = r->ask->s;
	struct served served = {r, s->owner.key.repository};

	buf_add_str(r->out, "gatehouse key add FILE.pub ");
	gate_add_whose(r->out, s);
	if (s->is_bot && gate_key_served(r->g, r->old, add_served, &served, NULL))
		return false;
	buf_add_str(r->out, " --name ");
	gate_add_word(r->out, name);
	add_key_scopes(r, r->ask->scopes);
	return true;
}

/* -- a token -- */

static void add_token(struct replacing *r, const char *name)
{
	buf_add_str(r->out, "gatehouse token create ");
	gate_add_whose(r->out, r->ask->s);
	buf_add_str(r->out, " --name ");
	gate_add_word(r->out, name);
	if (r->ask->scopes) {
		buf_add_str(r->out, " --scopes ");
		add_scopes(r->out, r->ask->scopes);
	} else {
		buf_add_str(r->out, " --no-scopes");
	}
}

bool gate_replacement(struct gate *g, const struct gate_replace *ask, struct buf *out)
{
	struct replacing r = {g, ask, &ask->s->credential, out};
	char name[STORE_LABEL], span[CLOCK_TEXT];

	if (!can_be_made(&r) || !new_name(&r, name))
		return false;
	if (!gate_is_key(r.old))
		add_token(&r, name);
	else if (!add_key(&r, name))
		return false;
	if (!add_limit(&r, LIMIT_REPOSITORY, " --repos ", ask->repository) ||
	    !add_limit(&r, LIMIT_ADDRESS, " --addresses ", ask->address))
		return false;
	if (gate_is_key(r.old))
		buf_add_str(out, must_end(&r) ? " --expires 1y" : "");
	else if (ask->life_most != CLOCK_NEVER)
		buf_addf(out, " --expires %s", clock_typed(ask->life_most, span));
	return true;
}
