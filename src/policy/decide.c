#include "base/clock.h"
#include "policy/policy.h"

#include <string.h>

/* What a gate says: REASON_ALLOWED opens it, PASS_BY means that it has nothing
 * to ask here, every other reason closes it. Numbers outside an enum (a bug
 * elsewhere) always land on a refusal. */
#define PASS_BY REASON_COUNT

static bool genuine(const struct policy_facts *f)
{
	return f->presented == PRESENTED_GENUINE;
}

/* May whoever comes read it, without any credential? */
static bool open_to_anyone(const struct policy_facts *f)
{
	return f->exists && f->visibility == VISIBILITY_PUBLIC && f->anonymous_reading;
}

/* The right that the principal has here, visibility counted in. */
static enum right effective_right(const struct policy_facts *f)
{
	bool user = genuine(f) && !f->is_bot;

	if (!f->exists)
		return RIGHT_NONE;
	if (genuine(f) && f->right >= RIGHT_READ)
		return f->right;
	if (open_to_anyone(f))
		return RIGHT_READ;
	if (user && (f->visibility == VISIBILITY_INTERNAL || f->visibility == VISIBILITY_PUBLIC))
		return RIGHT_READ;
	return RIGHT_NONE;
}

static bool visible(const struct policy_facts *f)
{
	return effective_right(f) >= RIGHT_READ;
}

static bool reads(const struct policy_facts *f)
{
	return f->operation == OPERATION_READ;
}

/* Does the workspace let this member make a repository? */
static bool may_create(const struct policy_facts *f)
{
	return f->creation == CREATION_MEMBERS ||
	       (f->creation == CREATION_OWNERS && f->workspace_owner);
}

static enum reason ask_server(const struct policy_facts *f)
{
	switch (f->server) {
	case SERVER_READY:
		return REASON_ALLOWED;
	case SERVER_OVERLOADED:
		return REASON_OVERLOADED;
	case SERVER_STOPPING:
		return REASON_STOPPING;
	case SERVER_DISK_FULL:
		return REASON_DISK_FULL;
	default:
		return REASON_SERVER_FAULT;
	}
}

static enum reason ask_transport(const struct policy_facts *f)
{
	return f->in_clear ? REASON_TLS_REQUIRED : REASON_ALLOWED;
}

static enum reason ask_alive(const struct policy_facts *f);
static enum reason ask_owner(const struct policy_facts *f);

static bool alive(const struct policy_facts *f)
{
	return ask_alive(f) == REASON_ALLOWED && ask_owner(f) == REASON_ALLOWED;
}

/* What others did never keeps a living credential out, nor who has none yet and
 * must be asked for one. */
static enum reason ask_rate(const struct policy_facts *f)
{
	if (f->presented == PRESENTED_NOTHING)
		return REASON_ALLOWED;
	if (genuine(f) && f->requests_reached)
		return REASON_TOO_MANY_REQUESTS;
	if (f->failures_reached && !(genuine(f) && alive(f)))
		return REASON_TOO_MANY_FAILURES;
	return REASON_ALLOWED;
}

static enum reason ask_credential(const struct policy_facts *f)
{
	switch (f->presented) {
	case PRESENTED_NOTHING:
		return reads(f) && visible(f) ? REASON_ALLOWED : REASON_NO_CREDENTIAL;
	case PRESENTED_TWICE:
		return REASON_HEADER_REPEATED;
	case PRESENTED_DAMAGED:
	case PRESENTED_ENCODED:
	case PRESENTED_WRAPPED:
	case PRESENTED_FOREIGN:
	case PRESENTED_UNKNOWN:
	case PRESENTED_GENUINE:
		return REASON_ALLOWED;
	default:
		return REASON_HEADER_MALFORMED;
	}
}

static enum reason ask_form(const struct policy_facts *f)
{
	switch (f->presented) {
	case PRESENTED_DAMAGED:
		return REASON_TOKEN_DAMAGED;
	case PRESENTED_ENCODED:
		return REASON_TOKEN_ENCODED;
	case PRESENTED_WRAPPED:
		return REASON_TOKEN_WRAPPED;
	case PRESENTED_UNKNOWN:
	case PRESENTED_GENUINE:
		return REASON_ALLOWED;
	default:
		return REASON_NOT_A_TOKEN;
	}
}

static enum reason ask_known(const struct policy_facts *f)
{
	return genuine(f) ? REASON_ALLOWED : REASON_TOKEN_UNKNOWN;
}

static enum reason ask_alive(const struct policy_facts *f)
{
	if (f->revoked != CLOCK_NEVER)
		return REASON_TOKEN_REVOKED;
	if (f->expires <= f->now)
		return REASON_TOKEN_EXPIRED;
	if (f->replaced)
		return REASON_TOKEN_REPLACED;
	return f->not_before > f->now ? REASON_TOKEN_NOT_YET : REASON_ALLOWED;
}

static enum reason ask_owner(const struct policy_facts *f)
{
	if (f->owner_suspended)
		return REASON_OWNER_SUSPENDED;
	if (f->key_in_file)
		return REASON_SK_KEY_NEEDED;
	return f->owner_deleted ? REASON_OWNER_DELETED : REASON_ALLOWED;
}

/* Before the public is let in: what is retired opens nothing at all, so that it is
 * noticed. */
static enum reason ask_retirement(const struct policy_facts *f)
{
	switch (f->standing) {
	case STANDING_ALLOWED:
	case STANDING_NOTICE:
		return REASON_ALLOWED;
	case STANDING_BROWNOUT:
		return REASON_BROWNOUT;
	case STANDING_OFF:
		return REASON_APP_PASSWORDS_OFF;
	default:
		return REASON_RETIRED;
	}
}

static enum reason ask_address(const struct policy_facts *f)
{
	return f->address_limited && !f->address_inside ? REASON_ADDRESS_NOT_ALLOWED
	                                                : REASON_ALLOWED;
}

static scope_set_t scopes_needed(const struct policy_facts *f)
{
	scope_set_t exact = genuine(f) ? f->scopes & SCOPE_EXACT : 0;
	scope_set_t needed = reads(f) ? SCOPE_READ_REPOSITORY : SCOPE_WRITE_REPOSITORY;

	return policy_scope_expand(needed | exact) & ~SCOPE_EXACT;
}

static enum reason ask_scope(const struct policy_facts *f)
{
	scope_set_t present = policy_scope_expand(f->scopes);
	scope_set_t content = SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY;

	if (!(scopes_needed(f) & ~present))
		return REASON_ALLOWED;
	if (!(f->scopes & SCOPE_ALL))
		return REASON_NO_SCOPES;
	if ((present & SCOPE_ADMIN_REPOSITORY) && !(present & content))
		return REASON_SCOPE_ADMIN_ONLY;
	return REASON_SCOPE_MISSING;
}

/* The same answer for a name that does not exist, one that is not on the list,
 * and one on the list that the principal may see no longer. */
static enum reason ask_repository_limit(const struct policy_facts *f)
{
	bool named = f->repository_inside && visible(f);

	return f->repository_limited && !named ? REASON_REPOSITORY_LIMIT : REASON_ALLOWED;
}

/* A push to what can't be seen is a wish to make it, and the create gate has
 * the word. A taken name that is hidden can't be made and can't be told, so
 * who could have made it hears what a stranger hears. */
static enum reason ask_visible(const struct policy_facts *f)
{
	if (visible(f))
		return REASON_ALLOWED;
	if (f->elsewhere)
		return REASON_TOKEN_ELSEWHERE;
	if (reads(f) || !f->workspace_seen || (f->exists && may_create(f)))
		return REASON_NOT_FOUND;
	return PASS_BY;
}

/* Before the right: asking for a right that opens nothing would be in vain. */
static enum reason ask_archived(const struct policy_facts *f)
{
	if (!visible(f))
		return PASS_BY;
	return f->archived && !reads(f) ? REASON_ARCHIVED : REASON_ALLOWED;
}

static enum reason ask_right(const struct policy_facts *f)
{
	enum right needed = reads(f) ? RIGHT_READ : RIGHT_WRITE;

	if (!visible(f))
		return PASS_BY;
	return effective_right(f) >= needed ? REASON_ALLOWED : REASON_RIGHT_MISSING;
}

/* What is left of a push to what can't be seen: a free name in a workspace the
 * principal belongs to, or a taken one that could not be made anyway. */
static enum reason ask_create(const struct policy_facts *f)
{
	if (visible(f))
		return PASS_BY;
	return may_create(f) ? REASON_ALLOWED : REASON_CREATE_NOT_ALLOWED;
}

/* Last, so that it is told to nobody who sees neither the repository nor the
 * workspace, and only where nothing else stands in the way. */
static enum reason ask_lifetime(const struct policy_facts *f)
{
	return f->life > f->life_most ? REASON_TOKEN_LIFETIME : REASON_ALLOWED;
}

/* Asked in the order of the enum. */
static enum reason (*const asks[GATE_COUNT])(const struct policy_facts *) = {
        [GATE_SERVER] = ask_server,
        [GATE_TRANSPORT] = ask_transport,
        [GATE_RATE] = ask_rate,
        [GATE_CREDENTIAL] = ask_credential,
        [GATE_FORM] = ask_form,
        [GATE_KNOWN] = ask_known,
        [GATE_ALIVE] = ask_alive,
        [GATE_OWNER] = ask_owner,
        [GATE_RETIREMENT] = ask_retirement,
        [GATE_ADDRESS] = ask_address,
        [GATE_SCOPE] = ask_scope,
        [GATE_REPOSITORY_LIMIT] = ask_repository_limit,
        [GATE_VISIBLE] = ask_visible,
        [GATE_ARCHIVED] = ask_archived,
        [GATE_RIGHT] = ask_right,
        [GATE_CREATE] = ask_create,
        [GATE_LIFETIME] = ask_lifetime,
};

/* Does the gate look at the credential? It has nothing to ask where none came. */
static bool of_credential(enum policy_gate gate)
{
	return (gate >= GATE_FORM && gate <= GATE_REPOSITORY_LIMIT) || gate == GATE_LIFETIME;
}

/* A credential that is alive may fall short of what anyone may do. */
static bool anyone_passes(enum policy_gate gate, const struct policy_facts *f)
{
	return gate >= GATE_ADDRESS && reads(f) && open_to_anyone(f);
}

/* Asks one gate and writes down what it said. False: it closed. */
static bool pass(enum policy_gate gate, const struct policy_facts *f, struct verdict *v)
{
	enum reason said = PASS_BY;

	if (f->presented != PRESENTED_NOTHING || !of_credential(gate))
		said = asks[gate](f);
	if (said == PASS_BY)
		return true;
	if (said == REASON_ALLOWED) {
		v->trace[gate] = GATE_OPEN;
		return true;
	}
	if (anyone_passes(gate, f)) {
		v->as_anyone = true;
		return true;
	}
	v->trace[gate] = GATE_CLOSED;
	v->reason = said;
	return false;
}

/* Is the credential itself no good, for good? One that is suspended, not
 * begun or in a brownout may live again. */
static bool is_dead(enum reason reason)
{
	switch (reason) {
	case REASON_TOKEN_DAMAGED:
	case REASON_TOKEN_ENCODED:
	case REASON_TOKEN_WRAPPED:
	case REASON_NOT_A_TOKEN:
	case REASON_TOKEN_UNKNOWN:
	case REASON_TOKEN_REVOKED:
	case REASON_TOKEN_EXPIRED:
	case REASON_TOKEN_REPLACED:
	case REASON_RETIRED:
		return true;
	default:
		return false;
	}
}

static void fill_needs(const struct policy_facts *f, struct verdict *v)
{
	v->needed = scopes_needed(f);
	v->present = genuine(f) ? policy_scope_expand(f->scopes) : 0;
	v->missing = v->needed & ~v->present;
	v->right_needed = reads(f) ? RIGHT_READ : RIGHT_WRITE;
	/* What the right is depends on the repository: known to those who got
	 * as far as to see it. */
	v->right_present = v->trace[GATE_VISIBLE] == GATE_OPEN ? effective_right(f) : RIGHT_NONE;
}

void policy_decide(const struct policy_facts *facts, struct verdict *out)
{
	memset(out, 0, sizeof *out);
	out->reason = REASON_ALLOWED;
	out->trace[GATE_REQUEST] = GATE_OPEN;
	for (enum policy_gate gate = GATE_SERVER; gate <= GATE_LIFETIME; gate++)
		if (!pass(gate, facts, out))
			break;
	if (out->reason != REASON_ALLOWED)
		out->as_anyone = false;
	else if (facts->presented == PRESENTED_NOTHING)
		out->as_anyone = true;
	out->create = out->reason == REASON_ALLOWED && out->trace[GATE_CREATE] == GATE_OPEN;
	out->dead = is_dead(out->reason);
	/* who reads along hears what its holder hears */
	out->genuine = genuine(facts) && !facts->in_clear;
	fill_needs(facts, out);
}

void policy_refuse(struct verdict *verdict, enum reason reason)
{
	enum policy_gate gate = policy_reason_gate(reason);

	if (verdict->reason != REASON_ALLOWED || gate == GATE_NONE)
		return;
	verdict->reason = reason;
	verdict->create = false;
	verdict->as_anyone = false;
	verdict->trace[gate] = GATE_CLOSED;
	for (int later = gate + 1; later < GATE_COUNT; later++)
		verdict->trace[later] = GATE_SKIPPED;
}
