/* Words about SSH certificates, where those about tokens and keys do not fit: nobody makes
 * one here, its authority does. */
#include "policy/explain_int.h"

#define PRINCIPALS_TOLD 8

/* "It names ann, bob." */
static void tell_principals(const struct tell *t)
{
	const struct ssh_certificate *c = t->story->certificate;

	tell(t, "It names ");
	for (size_t i = 0; i < c->principals && i < PRINCIPALS_TOLD; i++) {
		tell(t, i ? ", " : "");
		tell_peer(t, policy_ssh_principal(c, i), 64);
	}
	if (!c->principals)
		tell(t, "nobody");
	tell(t, c->principals > PRINCIPALS_TOLD ? " and more.\n" : ".\n");
}

static void tell_signed(const struct tell *t)
{
	tell(t, "It is signed by ");
	tell_authority(t);
	tell(t, ".\n");
	tell_fingerprint(t);
}

/* The last line of advice, where another certificate would do. */
static void tell_ask(const struct tell *t, const char *lead)
{
	tell(t, lead);
	tell(t, " Ask whoever signs by ");
	tell_authority(t);
	tell(t, ".\n");
}

/* A command that changes what the authority's certificates may; where its name can stand in
 * one. */
static void tell_edit(const struct tell *t, const char *lead, const char *flags)
{
	const char *name = t->story->authority;

	tell(t, lead);
	tell(t, " On the server (or ask its administrator):\n  gatehouse authority edit ");
	tell(t, tell_is_word(name) ? name : "NAME");
	tell(t, flags);
}

/* -- its life -- */

static void unknown(const struct tell *t)
{
	tell_credential(t);
	tell(t, t->story->authority ? " names nobody here."
	                            : " is signed by an authority that is not known here.");
}

static void unknown_rest(const struct tell *t)
{
	tell_principals(t);
	if (!t->story->authority) {
		tell(t,
		     "Use one that is signed for this server, or a key that is registered here.\n"
		     "An authority is made known on the server (or ask its administrator):\n"
		     "  gatehouse authority add CA.pub --name NAME\n");
		return;
	}
	tell(t, "A principal is the name or e-mail address of a user here, or a bot as id:NUMBER "
	        "or by its\ne-mail address; a bot lives as long as its token or key does.\n");
	tell_ask(t, "A certificate with such a name comes in.");
}

static void revoked(const struct tell *t)
{
	tell_credential(t);
	if (!t->story->authority_revoked) {
		tell(t, " was revoked.");
		return;
	}
	tell(t, " is not taken: ");
	tell_authority(t);
	tell(t, ", which signed it, was revoked.");
}

static void revoked_rest(const struct tell *t)
{
	int64_t when = tell_moment(t->story->revoked, t->facts->revoked);

	tell_whose(t);
	tell_signed(t);
	tell(t, t->story->authority_revoked ? "The authority was revoked " : "It was revoked ");
	tell_time(t, when);
	tell_ago(t, when);
	tell(t, ".\n");
	tell_about(t, "The reason given: ", t->story->revoke_reason, "\n");
	if (t->story->authority_revoked)
		tell(t, "Use a certificate of another authority that is known here, or a key that "
		        "is registered here.\n");
	else
		tell_ask(t, "It can't be brought back; get a new one.");
}

static void expired(const struct tell *t)
{
	tell_credential(t);
	tell(t, " has expired.");
}

static void expired_rest(const struct tell *t)
{
	int64_t when = tell_moment(t->story->expires, t->facts->expires);

	tell(t, "It ended ");
	tell_time(t, when);
	tell_ago(t, when);
	tell(t, "; the clock of this server says ");
	tell_time(t, tell_now(t));
	tell(t, ".\n");
	tell_signed(t);
	tell_ask(t, "Get a new one.");
}

static void not_yet(const struct tell *t)
{
	tell_credential(t);
	tell(t, " is not valid yet.");
}

static void not_yet_rest(const struct tell *t)
{
	tell(t, "It begins ");
	tell_time(t, tell_moment(t->story->not_before, t->facts->not_before));
	tell(t, "; the clock of this server says ");
	tell_time(t, tell_now(t));
	tell(t, ".\n");
	tell_signed(t);
	tell_ask(t, "Wait until then, or get one that begins at once.");
}

static void suspended(const struct tell *t)
{
	tell(t, "The account that this certificate names is suspended.");
}

static void suspended_rest(const struct tell *t)
{
	tell_credential(t);
	tell(t, " itself is sound: it works again as soon as the account of ");
	tell_who(t);
	tell(t, " does.\nAsk an administrator of the server.\n");
	tell_fingerprint(t);
}

static void in_file(const struct tell *t)
{
	tell_credential(t);
	tell(t, " is of a key in a file; the account takes keys of a security key only.");
}

static void in_file_rest(const struct tell *t)
{
	tell_fingerprint(t);
	tell(t, "Make a key with the security key plugged in (ssh-keygen -t ed25519-sk).\n");
	tell_ask(t, "Have that one signed.");
}

/* -- how far it reaches -- */

static void address(const struct tell *t)
{
	tell_credential(t);
	tell(t, " may not be used from ");
	tell_peer(t, t->story->address ? t->story->address : "this address", 64);
	tell(t, ".");
}

/* Which of the two sets it may be told: the holder can read the one, and the other keeps
 * nothing from them but what they came for. */
static void address_rest(const struct tell *t)
{
	tell(t, "The server saw this address as the other end of the connection.\n");
	tell_about(t, "The certificate is for these addresses: ",
	           t->story->certificate->narrowed ? t->story->certificate->addresses : NULL,
	           ".\n");
	if (!t->story->certificate->narrowed)
		tell(t, "The limit is set here, for all that this authority signs.\n");
	tell_signed(t);
	tell_ask(t, "Use an allowed network, or get one for this address.");
}

static void scope_missing(const struct tell *t)
{
	tell_credential(t);
	if (t->verdict->present & SCOPE_READ_REPOSITORY) {
		tell(t, " only reads, and this is a push.");
		return;
	}
	tell(t, tell_reads(t) ? " may not read: it lacks " : " may not push: it lacks ");
	policy_scope_write(t->out, t->verdict->missing);
	tell(t, ".");
}

static void scope_missing_rest(const struct tell *t)
{
	tell_whose(t);
	tell_signed(t);
	tell_scopes(t);
	if (t->story->owner) {
		tell(t, "What it may is what both the bot and ");
		tell_authority(t);
		tell(t, " may.\n");
	}
	tell_edit(t, "What an authority's certificates may is set here.",
	          tell_reads(t) ? " --scopes read:repository\n" : " --scopes write:repository\n");
}

static void other_repository(const struct tell *t)
{
	tell_credential(t);
	tell(t, " does not reach ");
	tell_path(t);
	tell(t, ": it is limited to some repositories.");
}

static void other_repository_rest(const struct tell *t)
{
	tell_whose(t);
	tell_signed(t);
	tell(t, "The limit is set here, for all that this authority signs");
	tell(t, t->story->owner ? " or for the bot.\n" : ".\n");
	tell(t, "Use another certificate or key, or ask an administrator of the server.\n");
}

const struct telling explain_certificate[] = {
        {REASON_TOKEN_UNKNOWN, unknown, unknown_rest},
        {REASON_TOKEN_REVOKED, revoked, revoked_rest},
        {REASON_TOKEN_EXPIRED, expired, expired_rest},
        {REASON_TOKEN_NOT_YET, not_yet, not_yet_rest},
        {REASON_OWNER_SUSPENDED, suspended, suspended_rest},
        {REASON_SK_KEY_NEEDED, in_file, in_file_rest},
        {REASON_ADDRESS_NOT_ALLOWED, address, address_rest},
        {REASON_NO_SCOPES, scope_missing, scope_missing_rest},
        {REASON_SCOPE_ADMIN_ONLY, scope_missing, scope_missing_rest},
        {REASON_SCOPE_MISSING, scope_missing, scope_missing_rest},
        {REASON_REPOSITORY_LIMIT, other_repository, other_repository_rest},
        {REASON_COUNT, NULL, NULL},
};
