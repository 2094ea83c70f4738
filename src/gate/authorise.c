#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

#define ADMINS_SHOWN 5
#define WORDS_LIMIT 2000
#define COMMAND_LIMIT 700 /* a longer one is not told: a part of it would reach less */

/* Names that no repository can have are not looked up, and make none: their
 * cut copy in the decision is for showing only. */
static bool names_possible(const struct gate_ask *ask)
{
	return !policy_name_owner_fault(ask->workspace, strlen(ask->workspace)) &&
	       !policy_name_repository_fault(ask->repository, strlen(ask->repository));
}

struct matcher {
	const char *value;
	struct net address;
	bool hit;
};

static int match_repository(void *arg, const char *value)
{
	struct matcher *m = arg;
	m->hit = m->hit || !strcmp(m->value, value);
	return 0;
}

static int match_address(void *arg, const char *value)
{
	struct matcher *m = arg;
	struct net net;

	/* a limit that can't be read opens nothing */
	if (!policy_net_parse(value, &net) && policy_net_contains(&net, &m->address))
		m->hit = true;
	return 0;
}

/* Somebody's limits: a credential's, or those of the authority that signed it. */
struct limits {
	const int *counts;
	int64_t id;
	int (*list)(struct store *, int64_t, enum limit_kind, int (*)(void *, const char *), void *,
	            struct err *);
};

/* A limit more: who is to be inside must be inside of all. */
static void narrow(bool *limited, bool *inside, bool hit)
{
	*inside = hit && (!*limited || *inside);
	*limited = true;
}

static int gather_limits_of(struct gate *g, const struct limits *l, const struct gate_ask *ask,
                            struct gate_decision *d, struct err *err)
{
	struct policy_facts *f = &d->facts;
	struct matcher repository = {.value = d->repository.id}, address = {0};
	int code = 0;

	if (l->counts[LIMIT_ADDRESS]) {
		if (!policy_net_parse(ask->address, &address.address))
			code = l->list(g->store, l->id, LIMIT_ADDRESS, match_address, &address,
			               err);
		narrow(&f->address_limited, &f->address_inside, address.hit);
	}
	if (!code && l->counts[LIMIT_REPOSITORY]) {
		if (f->exists)
			code = l->list(g->store, l->id, LIMIT_REPOSITORY, match_repository,
			               &repository, err);
		narrow(&f->repository_limited, &f->repository_inside, repository.hit);
	}
	return code;
}

/* Those of the certificate itself: sshd has looked at them, and so do we. */
static void gather_source(const struct ssh_certificate *cert, const struct gate_ask *ask,
                          struct policy_facts *f)
{
	struct matcher m = {0};
	char item[NET_TEXT];

	if (!cert->narrowed)
		return;
	bool known = !policy_net_parse(ask->address, &m.address);
	for (const char *p = cert->addresses; known && *p; p += *p == ',') {
		size_t len = strcspn(p, ",");

		snprintf(item, sizeof(item), "%.*s", (int)(len < NET_TEXT ? len : 0), p);
		(void)match_address(&m, item);
		p += len;
	}
	narrow(&f->address_limited, &f->address_inside, m.hit);
}

static int gather_limits(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                         struct gate_decision *d, struct err *err)
{
	const struct limits own = {s->credential.limits, s->credential.id, store_limit_list};
	const struct limits signer = {s->authority.limits, s->authority.id,
	                              store_authority_limit_list};
	int code = gather_limits_of(g, &own, ask, d, err);

	if (code || !s->certificate)
		return code;
	gather_source(s->certificate, ask, &d->facts);
	return gather_limits_of(g, &signer, ask, d, err);
}

/* What a push to a new name would need. Asked for every write, so that a
 * hidden repository and a missing one take the same road. */
static int gather_creation(struct gate *g, const struct gate_session *s, struct gate_decision *d,
                           struct err *err)
{
	struct store_workspace w;
	enum member_role role = MEMBER_NONE;

	int code = store_workspace_get(g->store, d->workspace, &w, err);
	if (code == ERR_NOT_FOUND)
		return 0;
	if (!code && !s->is_bot)
		code = store_member_get(g->store, w.id, s->user.id, &role, err);
	if (code)
		return code;
	d->facts.workspace_seen = role != MEMBER_NONE;
	d->facts.workspace_owner = role == MEMBER_OWNER;
	d->facts.creation = w.creation;
	if (!d->facts.exists)
		d->facts.life_most = w.token_lifetime;
	return 0;
}

/* Does the name that was asked for lie in what the bot belongs to? A workspace is
 * known by its name, so that a repository in it that is hidden, and one that is
 * not there, are told alike. */
static int gather_elsewhere(struct gate *g, const struct gate_session *s,
                            const struct gate_ask *ask, struct gate_decision *d, struct err *err)
{
	const struct store_owner *owner = &s->owner.key;
	struct store_workspace w;

	d->facts.elsewhere = !d->facts.exists || !gate_owner_holds(owner, &d->repository);
	if (!d->facts.elsewhere || owner->kind != OWNER_WORKSPACE)
		return 0;
	int code = store_workspace_get(g->store, ask->workspace, &w, err);
	if (!code)
		d->facts.elsewhere = w.id != owner->id;
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int gather_credential(struct gate *g, const struct gate_session *s,
                             const struct gate_ask *ask, struct gate_decision *d, struct err *err)
{
	const struct store_credential *c = &s->credential;
	struct policy_facts *f = &d->facts;
	int code = 0;

	f->not_before = c->not_before;
	f->expires = c->expires;
	f->revoked = c->revoked;
	f->replaced = s->is_former && gate_former_ends(&s->former, c) <= ask->now;
	f->scopes = c->scopes;
	f->life = s->is_former && s->former.life ? s->former.life : gate_credential_life(c);
	f->is_bot = s->is_bot;
	f->owner_suspended = !s->is_bot && s->user.suspended != CLOCK_NEVER;
	f->owner_deleted = s->is_bot && s->owner.deleted;
	if (c->id && !s->certificate)
		code = gate_standing(g, c, ask->now, &d->standing, err);
	f->standing = d->standing.standing;
	if (!code && s->is_bot)
		code = gather_elsewhere(g, s, ask, d, err);
	else if (!code)
		code = gate_key_in_file(g, &s->user, c, &f->key_in_file, err);
	if (s->certificate)
		f->key_in_file = s->user.hardware_keys && !s->certificate->key.hardware;
	if (code)
		return code;
	if (f->exists && s->is_bot)
		code = store_right_of_credential(g->store, c->id, &d->repository, &f->right, err);
	else if (f->exists)
		code = store_right_of_user(g->store, s->user.id, &d->repository, &f->right, err);
	if (!code)
		code = gather_limits(g, s, ask, d, err);
	if (!code && f->operation == OPERATION_WRITE && names_possible(ask))
		code = gather_creation(g, s, d, err);
	return code;
}

static void gather_question(struct gate *g, const struct gate_session *s,
                            const struct gate_ask *ask, struct policy_facts *f)
{
	f->server = ask->server;
	f->operation = ask->operation;
	f->presented = s->presented;
	f->in_clear = ask->in_clear;
	f->failures_reached = ask->rate.failures;
	f->requests_reached = ask->rate.requests;
	f->now = ask->now;
	f->expires = f->revoked = f->life_most = CLOCK_NEVER;
	f->anonymous_reading = g->settings->anonymous_reading;
}

static void gather_repository(struct gate_decision *d)
{
	d->facts.visibility = d->repository.visibility;
	d->facts.archived = d->repository.archived != 0;
	d->facts.life_most = d->repository.token_lifetime;
}

/* A name, or what no name can be and may be kept as an address from before. */
static int find(struct gate *g, const struct gate_ask *ask, struct store_repository *out,
                struct err *err)
{
	if (names_possible(ask))
		return store_repository_find(g->store, ask->workspace, ask->repository, out, err);
	return ask->path && *ask->path ? store_address_find(g->store, ask->path, out, err)
	                               : ERR_NOT_FOUND;
}

static int gather(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                  struct gate_decision *d, struct err *err)
{
	struct policy_facts *f = &d->facts;

	gather_question(g, s, ask, f);
	int code = find(g, ask, &d->repository, err);
	if (code && code != ERR_NOT_FOUND)
		return code;
	f->exists = code == 0 && (!ask->id || !strcmp(ask->id, d->repository.id));
	if (f->exists)
		gather_repository(d);
	return s->presented == PRESENTED_GENUINE ? gather_credential(g, s, ask, d, err) : 0;
}

/* -- what was there -- */

static int find_ended(struct gate *g, const struct gate_ask *ask, struct store_repository *out,
                      struct err *err)
{
	if (names_possible(ask))
		return store_alias_find_ended(g->store, ask->workspace, ask->repository, out, err);
	return ask->path && *ask->path ? store_address_find_ended(g->store, ask->path, out, err)
	                               : ERR_NOT_FOUND;
}

/* Nothing is there, or would be made: all that a repository's name decides. */
static bool leads_nowhere(const struct gate_decision *d)
{
	switch (d->verdict.reason) {
	case REASON_ALLOWED:
	case REASON_NOT_FOUND:
	case REASON_REPOSITORY_LIMIT:
	case REASON_CREATE_NOT_ALLOWED:
		return !d->facts.exists;
	default:
		return false;
	}
}

/* Refuses for this reason whoever would read the repository of `reading`; for all
 * others it is as if there had never been one. */
static int refuse_readers(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                          struct gate_decision *reading, enum reason reason,
                          struct gate_decision *d, struct err *err)
{
	struct gate_ask read = *ask;

	read.operation = OPERATION_READ;
	reading->facts.exists = true;
	gather_question(g, s, &read, &reading->facts);
	gather_repository(reading);
	int code = gather_credential(g, s, &read, reading, err);
	if (code)
		return code;
	policy_decide(&reading->facts, &reading->verdict);
	if (reading->verdict.reason != REASON_ALLOWED)
		return 0;
	policy_refuse(&reading->verdict, reason);
	d->facts = reading->facts;
	d->facts.operation = ask->operation;
	d->verdict = reading->verdict;
	d->repository = reading->repository;
	return 0;
}

/* An old name or address that was ended: told to who comes with a credential
 * that reads the repository, so that no push makes another one; to all others it
 * never was. */
static int decide_moved(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                        struct gate_decision *d, struct err *err)
{
	struct gate_decision reading = {0};

	if (s->presented != PRESENTED_GENUINE || !leads_nowhere(d))
		return 0;
	int code = find_ended(g, ask, &reading.repository, err);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	return refuse_readers(g, s, ask, &reading, REASON_MOVED, d, err);
}

static int find_deleted(struct gate *g, const struct gate_ask *ask, struct store_deleted *out,
                        struct err *err)
{
	struct store_workspace w;

	if (ask->id)
		return store_deleted_get(g->store, ask->id, out, err);
	if (!names_possible(ask))
		return ask->path && *ask->path
		               ? store_deleted_address(g->store, ask->path, out, err)
		               : ERR_NOT_FOUND;
	int code = store_workspace_get(g->store, ask->workspace, &w, err);
	return code ? code : store_deleted_find(g->store, w.id, ask->repository, out, err);
}

/* One that was deleted and is kept: told to whoever could read it, also by a name or an
 * address that led to it. Its name is free:
 * what may make another one under it makes it, but a push that was on its way to
 * the old one. */
static int decide_deleted(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                          struct gate_decision *d, struct err *err)
{
	struct gate_decision reading = {0};
	struct store_deleted was;

	if (s->presented != PRESENTED_GENUINE || !leads_nowhere(d) ||
	    (d->verdict.reason == REASON_ALLOWED && !ask->id))
		return 0;
	int code = find_deleted(g, ask, &was, err);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	reading.repository = was.was;
	code = refuse_readers(g, s, ask, &reading, REASON_DELETED, d, err);
	if (code || d->verdict.reason != REASON_DELETED)
		return code;
	d->deleted = was.at;
	d->kept_until = was.until;
	gate_put(d->deleted_by, sizeof(d->deleted_by), "%s", was.by);
	return 0;
}

static int add_admin(void *arg, const char *name)
{
	struct buf *b = arg;
	return b->len ? buf_addf(b, ", %s", name) : buf_add_str(b, name);
}

/* What is on its way out, and what goes in its place, in words for who comes with
 * it. */
static int gather_retired(struct gate *g, const struct gate_session *s, struct gate_decision *d,
                          struct err *err)
{
	const struct gate_replace ask = {.s = s,
	                                 .scopes = s->credential.scopes,
	                                 .life_most = CLOCK_NEVER,
	                                 .for_owner = true};

	if (d->standing.standing == STANDING_ALLOWED || s->credential.leaked)
		return 0;
	if (d->standing.by.id)
		policy_retire_words(&d->standing.by.rule, &d->retired);
	if (!gate_replacement(g, &ask, &d->replacement) || d->replacement.failed)
		buf_reset(&d->replacement);
	return d->retired.failed ? err_set(err, d->retired.failed, "out of memory") : 0;
}

/* A person whom the workspace that was asked for has removed. Found by its name alone:
 * told alike for what is hidden in it and what is not there. */
static int gather_membership(struct gate *g, const struct gate_session *s, struct gate_decision *d,
                             struct err *err)
{
	struct store_workspace w;

	if (s->is_bot || !d->workspace[0])
		return 0;
	int code = store_workspace_get(g->store, d->workspace, &w, err);
	if (!code)
		code = store_member_former(g->store, w.id, s->user.id, &d->left, err);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Words that only some refusals need: gathered when they are. */
static int gather_words(struct gate *g, const struct gate_session *s, struct gate_decision *d,
                        struct err *err)
{
	int code = 0;

	if (!d->verdict.genuine)
		return 0;
	if (d->verdict.reason == REASON_ALLOWED ||
	    policy_reason_gate(d->verdict.reason) == GATE_RETIREMENT)
		return gather_retired(g, s, d, err);
	if (d->verdict.reason == REASON_RIGHT_MISSING || d->verdict.reason == REASON_NOT_FOUND)
		code = gather_membership(g, s, d, err);
	if (!code && d->verdict.reason == REASON_RIGHT_MISSING)
		code = store_repository_admins(g->store, &d->repository, ADMINS_SHOWN, add_admin,
		                               &d->admins, err);
	if (!code &&
	    (d->verdict.reason == REASON_NOT_FOUND || d->verdict.reason == REASON_TOKEN_ELSEWHERE ||
	     d->verdict.reason == REASON_REPOSITORY_LIMIT))
		code = gate_credential_reach(g, &s->credential, &d->reaches, err);
	return code;
}

int gate_authorise(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                   struct gate_decision *out, struct err *err)
{
	memset(out, 0, sizeof(*out));
	buf_init(&out->reaches, WORDS_LIMIT);
	buf_init(&out->admins, WORDS_LIMIT);
	buf_init(&out->retired, WORDS_LIMIT);
	buf_init(&out->replacement, COMMAND_LIMIT);
	snprintf(out->workspace, sizeof(out->workspace), "%s", ask->workspace);
	snprintf(out->name, sizeof(out->name), "%s", ask->repository);
	if (ask->path && !*ask->workspace)
		snprintf(out->path, sizeof(out->path), "%s", ask->path);
	random_reference(out->reference, ACCESS_REFERENCE);

	int code = gather(g, s, ask, out, err);
	if (!code) {
		policy_decide(&out->facts, &out->verdict);
		code = decide_moved(g, s, ask, out, err);
	}
	if (!code)
		code = decide_deleted(g, s, ask, out, err);
	if (!code) {
		code = gather_words(g, s, out, err);
	}
	if (code)
		gate_decision_clear(out);
	return code;
}

int gate_would_facts(struct gate *g, const struct gate_session *s, const char *id,
                     enum operation operation, struct policy_facts *out, struct err *err)
{
	/* no name: what does not exist is not to be made */
	const struct gate_ask ask = {.operation = operation,
	                             .workspace = "",
	                             .repository = "",
	                             .address = "",
	                             .server = SERVER_READY,
	                             .now = clock_now()};
	struct gate_decision d = {0};

	gather_question(g, s, &ask, &d.facts);
	int code = store_repository_get(g->store, id, &d.repository, err);
	d.facts.exists = code == 0;
	if (d.facts.exists)
		gather_repository(&d);
	if (code == ERR_NOT_FOUND)
		code = 0;
	if (!code && s->presented == PRESENTED_GENUINE)
		code = gather_credential(g, s, &ask, &d, err);
	d.facts.address_inside = true;
	d.facts.standing = STANDING_ALLOWED;
	*out = d.facts;
	return code;
}

int gate_would(struct gate *g, const struct gate_session *s, const char *id,
               enum operation operation, struct verdict *out, struct err *err)
{
	struct policy_facts facts;
	int code = gate_would_facts(g, s, id, operation, &facts, err);

	if (!code)
		policy_decide(&facts, out);
	return code;
}

void gate_decision_clear(struct gate_decision *d)
{
	buf_clear(&d->reaches);
	buf_clear(&d->admins);
	buf_clear(&d->retired);
	buf_clear(&d->replacement);
}

/* A name is shown as it is stored only to those who may see the repository;
 * whoever may not sees their own spelling, as for one that does not exist. */
bool gate_decision_sees(const struct gate_decision *d)
{
	return d->facts.exists &&
	       (d->verdict.trace[GATE_VISIBLE] == GATE_OPEN || d->verdict.reason == REASON_MOVED ||
	        d->verdict.reason == REASON_DELETED);
}

void gate_decision_object(const struct gate_decision *d, char *out, size_t size)
{
	if (d->path[0])
		snprintf(out, size, "%s", d->path);
	else
		snprintf(out, size, "%s/%s", d->workspace, d->name);
}

static void story_retired(const struct gate_decision *d, struct policy_story *out)
{
	const struct gate_standing *s = &d->standing;

	out->retired = d->retired.len ? buf_str(&d->retired) : NULL;
	out->replacement =
	        d->replacement.len && !d->replacement.failed ? buf_str(&d->replacement) : NULL;
	out->brownout_until = out->brownout_next = out->retires = CLOCK_NEVER;
	if (!s->by.id)
		return;
	out->retires = s->by.rule.end;
	out->brownout_until = s->state.until;
	out->brownout_next = s->state.next;
}

static void story_certificate(const struct gate_session *s, struct policy_story *out)
{
	out->certificate = s->certificate;
	out->authority = s->authority.id ? s->authority.name : NULL;
	out->authority_revoked = s->authority_revoked;
}

/* Which account an operator has on the server's machine stays there. */
static const char *actor_words(const char *actor)
{
	return strncmp(actor, "operator ", 9) ? actor : "the server's operator";
}

void gate_story(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                const struct gate_decision *d, struct policy_story *out)
{
	const struct store_credential *c = &s->credential;

	memset(out, 0, sizeof(*out));
	out->base_url = ask->base_url ? ask->base_url : g->settings->base_url;
	bool seen = gate_decision_sees(d);
	out->workspace = seen ? d->repository.workspace_name : d->workspace;
	out->repository = seen ? d->repository.name : d->name;
	out->path = !seen && !d->workspace[0] ? d->path : NULL;
	out->reference = d->reference;
	out->address = ask->address;
	out->address_header = ask->address_header;
	out->now = ask->now;
	out->user_hint = s->hint[0] ? s->hint : NULL;
	out->look = &s->look;
	out->rate_limit = ask->rate.limit;
	out->rate_span = ask->rate.span;
	out->rate_until = ask->rate.until;
	out->rate_by_address = ask->rate.by_address;
	out->header_fault = s->fault;
	out->created = out->expires = out->not_before = out->revoked = CLOCK_NEVER;
	out->notice_window = g->settings->expiry_notice;
	out->by_old_name = d->repository.by_alias;
	story_certificate(s, out);
	if (s->fingerprint[0])
		out->fingerprint = s->fingerprint;
	if (s->presented != PRESENTED_GENUINE)
		return;
	out->credential_name = c->name;
	out->acts_as = s->acts_as;
	out->hint_fits = gate_hint_fits(g, s);
	if (s->is_bot) {
		out->owner = *s->owner.name ? s->owner.name : NULL;
		out->bot = c->id;
		out->deleted = s->owner.deleted_at;
		out->deleted_id = s->owner.key.repository;
	}
	out->kind = c->kind;
	out->created = c->created;
	out->expires = c->expires;
	out->not_before = c->not_before;
	out->revoked = c->revoked;
	out->leaked = c->leaked;
	story_retired(d, out);
	if (s->is_former) {
		out->replaced = s->former.replaced;
		out->replaced_until = gate_former_ends(&s->former, c);
	}
	/* who else administers this server is nobody's business */
	if (c->revoked_by[0])
		out->revoked_by = policy_name_equal(c->revoked_by, s->user.name)
		                          ? "its owner"
		                          : "an administrator";
	out->revoke_reason = c->revoke_reason[0] ? c->revoke_reason : NULL;
	out->archived = d->repository.archived;
	out->left = d->left;
	out->archived_by = actor_words(d->repository.archived_by);
	if (d->verdict.reason == REASON_DELETED) {
		out->deleted = d->deleted;
		out->deleted_by = actor_words(d->deleted_by);
		out->kept_until = d->kept_until;
	}
	out->reaches = d->reaches.len ? buf_str(&d->reaches) : NULL;
	out->admins = d->admins.len ? buf_str(&d->admins) : NULL;
}
