/* What each gate saw, for the audit and `gatehouse why`. The operator reads
 * it, so all facts may be told; secrets are no facts. */
#include "policy/explain_int.h"

static void saw_request(const struct tell *t)
{
	tell(t, tell_reads(t) ? "a fetch" : "a push");
	if (t->verdict->reason == REASON_DELETED)
		tell(t, ", of a repository that was deleted");
	else if (t->verdict->reason == REASON_MOVED)
		tell(t, ", by a name or an address that was ended");
	else if (t->verdict->trace[GATE_REQUEST] == GATE_CLOSED)
		tell(t, ", in no form that is known");
}

static void saw_server(const struct tell *t)
{
	static const char *const states[] = {"ready", "at its limit", "stopping",
	                                     "no space left on its disk", "a fault"};
	size_t state = t->facts->server;

	/* a fault that came after the decision is in the verdict alone */
	if (state == SERVER_READY && t->verdict->trace[GATE_SERVER] == GATE_CLOSED)
		tell(t, policy_reason_name(t->verdict->reason));
	else
		tell(t, state < sizeof states / sizeof *states ? states[state] : "a fault");
	if (state == SERVER_OVERLOADED && t->facts->busy.most > 0) {
		tell(t, ": ");
		tell_busy(t);
		tell(t, ", all busy");
	}
}

static void saw_transport(const struct tell *t)
{
	tell(t, t->facts->in_clear ? "plain HTTP, where TLS is required" : "as it is required");
}

static void saw_rate(const struct tell *t)
{
	if (t->facts->presented == PRESENTED_GENUINE && t->facts->requests_reached)
		tell(t, "the limit of requests of this credential is reached");
	else if (t->facts->failures_reached)
		tell(t, "the limit of failed tries is reached");
	else
		tell(t, "no limit reached");
}

static void saw_credential(const struct tell *t)
{
	switch (t->facts->presented) {
	case PRESENTED_NOTHING:
		tell(t, t->verdict->as_anyone ? "none sent, none needed for a public repository"
		                              : "none sent");
		break;
	case PRESENTED_TWICE:
		tell(t, "two Authorization headers");
		break;
	case PRESENTED_UNREADABLE:
		tell(t, "an Authorization header that can't be read");
		break;
	default:
		tell(t, "one sent");
	}
}

static void saw_form(const struct tell *t)
{
	switch (t->facts->presented) {
	case PRESENTED_DAMAGED:
		tell(t, "a token of wrong length or checksum");
		break;
	case PRESENTED_ENCODED:
		tell(t, "a token that is still percent-encoded");
		break;
	case PRESENTED_WRAPPED:
		tell(t, "a token with something around it");
		break;
	case PRESENTED_FOREIGN:
		tell(t, "no token of this server");
		break;
	default:
		tell(t, "a token of right length and checksum");
	}
}

static void saw_known(const struct tell *t)
{
	tell(t, t->facts->presented == PRESENTED_GENUINE ? "issued here" : "not issued here");
}

static void saw_alive(const struct tell *t)
{
	const struct policy_facts *f = t->facts;

	tell(t, "now ");
	tell_time(t, f->now);
	if (f->revoked != CLOCK_NEVER) {
		tell(t, ", revoked ");
		tell_time(t, f->revoked);
	}
	tell(t, ", expires ");
	tell_time(t, f->expires);
	if (f->replaced)
		tell(t, ", replaced by a newer secret");
	if (f->not_before != 0) {
		tell(t, ", begins ");
		tell_time(t, f->not_before);
	}
}

static void saw_owner(const struct tell *t)
{
	if (t->facts->owner_deleted)
		tell(t, "deleted");
	else if (t->facts->key_in_file && !t->facts->owner_suspended)
		tell(t, "active, and takes keys of a security key only");
	else
		tell(t, t->facts->owner_suspended ? "suspended" : "active");
	tell(t, t->facts->is_bot ? ", a bot" : ", a user");
}

static void saw_retirement(const struct tell *t)
{
	static const char *const words[] = {
	        [STANDING_ALLOWED] = "its kind is let in",
	        [STANDING_NOTICE] = "its kind is let in, and on its way out",
	        [STANDING_BROWNOUT] = "its kind is on its way out, and this is a brownout",
	        [STANDING_OFF] = "an app password, and they are turned off (app-passwords)",
	        [STANDING_ENDED] = "its kind was retired, and its time is over",
	};
	size_t standing = t->facts->standing;

	tell(t, standing < sizeof words / sizeof *words ? words[standing] : words[STANDING_ENDED]);
}

static void saw_address(const struct tell *t)
{
	if (!t->facts->address_limited)
		tell(t, "no limit");
	else
		tell(t, t->facts->address_inside ? "inside the limit" : "outside the limit");
}

static void saw_scope(const struct tell *t)
{
	tell(t, "needs ");
	policy_scope_write(t->out, t->verdict->needed);
	tell(t, ", has ");
	policy_scope_write(t->out, t->verdict->present);
}

static void saw_repository_limit(const struct tell *t)
{
	if (!t->facts->repository_limited)
		tell(t, "no limit");
	else
		tell(t, t->facts->repository_inside ? "names this repository"
		                                    : "does not name this one");
}

static void saw_visible(const struct tell *t)
{
	if (t->facts->elsewhere)
		tell(t, "outside what the bot belongs to, ");
	if (!t->facts->exists)
		tell(t, "no such repository");
	else
		buf_addf(t->out, "%s repository, right %s, anonymous reading %s",
		         policy_visibility_name(t->facts->visibility),
		         policy_right_name(t->facts->right),
		         t->facts->anonymous_reading ? "on" : "off");
}

static void saw_archived(const struct tell *t)
{
	if (!t->facts->archived)
		tell(t, "not archived");
	else
		tell(t,
		     tell_reads(t)
		             ? "archived, which leaves reading open"
		             : "archived: no push is taken; `gatehouse repo unarchive` opens it");
}

static void saw_right(const struct tell *t)
{
	buf_addf(t->out, "needs %s, has %s", policy_right_name(t->verdict->right_needed),
	         policy_right_name(t->verdict->right_present));
}

static void saw_create(const struct tell *t)
{
	const struct policy_facts *f = t->facts;

	buf_addf(t->out, "the workspace's rule is %s, the asker is %s",
	         policy_creation_name(f->creation),
	         !f->workspace_seen   ? "no member"
	         : f->workspace_owner ? "an owner"
	                              : "a member");
	if (f->exists)
		tell(t, ", the name is taken");
}

static void saw_lifetime(const struct tell *t)
{
	tell(t, "lives ");
	tell_life(t, t->facts->life);
	tell(t, ", the workspace allows ");
	if (t->facts->life_most == CLOCK_NEVER)
		tell(t, "any");
	else
		tell_life(t, t->facts->life_most);
}

static void saw_content(const struct tell *t)
{
	if (t->verdict->trace[GATE_CONTENT] != GATE_CLOSED)
		tell(t, "accepted");
	else
		tell(t, t->verdict->reason == REASON_REF_NAME ? "a ref has a name that is none"
		                                              : "an object is malformed");
}

static void (*const saw[GATE_COUNT])(const struct tell *) = {
        [GATE_REQUEST] = saw_request,
        [GATE_SERVER] = saw_server,
        [GATE_TRANSPORT] = saw_transport,
        [GATE_RATE] = saw_rate,
        [GATE_CREDENTIAL] = saw_credential,
        [GATE_FORM] = saw_form,
        [GATE_KNOWN] = saw_known,
        [GATE_ALIVE] = saw_alive,
        [GATE_OWNER] = saw_owner,
        [GATE_RETIREMENT] = saw_retirement,
        [GATE_ADDRESS] = saw_address,
        [GATE_SCOPE] = saw_scope,
        [GATE_REPOSITORY_LIMIT] = saw_repository_limit,
        [GATE_VISIBLE] = saw_visible,
        [GATE_ARCHIVED] = saw_archived,
        [GATE_RIGHT] = saw_right,
        [GATE_CREATE] = saw_create,
        [GATE_LIFETIME] = saw_lifetime,
        [GATE_CONTENT] = saw_content,
};

/* Gates that a public repository leaves out for a credential that falls short:
 * they were asked, and what they saw is worth reading. */
static bool waived(enum policy_gate gate, const struct tell *t)
{
	return t->verdict->as_anyone && t->facts->presented == PRESENTED_GENUINE &&
	       (gate == GATE_ADDRESS || gate == GATE_SCOPE || gate == GATE_REPOSITORY_LIMIT ||
	        gate == GATE_LIFETIME);
}

int policy_explain_gate(struct buf *out, enum policy_gate gate, const struct policy_facts *facts,
                        const struct verdict *verdict)
{
	static const struct policy_story none;
	struct tell t = {out, facts, verdict, &none};

	buf_addf(out, "%s: ", policy_gate_name(gate));
	if ((size_t)gate >= GATE_COUNT || !saw[gate]) {
		tell(&t, "nothing to ask");
	} else if (verdict->trace[gate] != GATE_SKIPPED) {
		saw[gate](&t);
	} else if (waived(gate, &t)) {
		saw[gate](&t);
		tell(&t, "; not binding, anyone may read this repository");
	} else {
		tell(&t, "not asked");
	}
	return out->failed;
}

const char *policy_explain_gate_hidden(enum policy_gate gate)
{
	static const char *const words[GATE_COUNT] = {
	        [GATE_REPOSITORY_LIMIT] = "names no repository of this name that may be seen",
	        [GATE_VISIBLE] = "no such repository, or none that may be seen",
	        [GATE_CREATE] = "the workspace does not let the asker make one of this name",
	};

	return (size_t)gate < GATE_COUNT ? words[gate] : NULL;
}
