/* SSH certificates: whom one stands for, and how far. sshd has checked who signed it and
 * that its key was proved; here is asked what that is worth, anew with each question. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <inttypes.h>
#include <string.h>

/* -- whom it names -- */

/* In sshd's line it stands as it came: no blank, no quote, no remark. */
static bool is_plain(const char *principal)
{
	return *principal &&
	       !principal[strspn(principal, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                                    "0123456789@._:+-")];
}

static void take_user(const struct store_user *u, struct gate_session *s, bool *active)
{
	s->user = *u;
	s->is_bot = false;
	s->credential = (struct store_credential){.owner = OWNER_USER,
	                                          .owner_id = u->id,
	                                          .expires = CLOCK_NEVER,
	                                          .scopes = SCOPE_ALL};
	gate_put(s->acts_as, sizeof(s->acts_as), "%s", u->name);
	*active = u->suspended == CLOCK_NEVER;
}

/* A bot lives as long as the token or key that it was made with. */
static bool bot_lives(const struct store_credential *c)
{
	int64_t now = clock_now();

	return c->owner != OWNER_USER && c->revoked == CLOCK_NEVER && c->expires > now &&
	       c->not_before <= now;
}

static int take_bot(struct gate *g, const struct store_credential *c, struct gate_session *s,
                    bool *active, struct err *err)
{
	int rc = gate_owner_of(g, c, &s->owner, err);

	if (rc)
		return rc;
	s->credential = *c;
	s->is_bot = true;
	gate_put(s->acts_as, sizeof(s->acts_as), "bot %.100s", c->name);
	*active = !s->owner.deleted;
	return 0;
}

/* ERR_NOT_FOUND: it is nobody's here. */
static int find_person(struct gate *g, const char *principal, struct gate_session *s, bool *active,
                       struct err *err)
{
	struct store_credential c;
	struct store_user u;

	if (!is_plain(principal))
		return ERR_NOT_FOUND;
	int rc = gate_credential_by_number(g, principal, &c, err);
	if (!rc)
		return bot_lives(&c) ? take_bot(g, &c, s, active, err) : ERR_NOT_FOUND;
	if (rc != ERR_NOT_FOUND && rc != ERR_INVALID)
		return rc;
	rc = gate_user_find(g, principal, &u, err);
	if (!rc)
		take_user(&u, s, active);
	return rc == ERR_INVALID ? ERR_NOT_FOUND : rc;
}

/* The first that is active; where none is, the first of the others, who is told why. */
static int find_principal(struct gate *g, const struct ssh_certificate *cert,
                          struct gate_session *out, struct err *err)
{
	struct gate_session s = *out;
	bool active = false;

	for (size_t i = 0; i < cert->principals; i++) {
		s.principal = policy_ssh_principal(cert, i);
		int rc = find_person(g, s.principal, &s, &active, err);

		if (rc == ERR_NOT_FOUND)
			continue;
		if (rc)
			return rc;
		if (active || !out->principal)
			*out = s;
		if (active)
			return 0;
	}
	return out->principal ? 0 : ERR_NOT_FOUND;
}

/* -- how far it reaches -- */

/* What all of them allow: the certificate, its authority, and a bot's own row. */
static void narrow(struct gate_session *s)
{
	const struct ssh_certificate *cert = s->certificate;
	struct store_credential *c = &s->credential;
	scope_set_t exact = c->scopes & SCOPE_EXACT;

	c->kind = CREDENTIAL_CERTIFICATE;
	gate_put(c->name, sizeof(c->name), "%s", cert->id);
	c->scopes = policy_scope_expand(c->scopes) & policy_scope_expand(s->authority.scopes);
	c->scopes = (c->scopes & SCOPE_ALL) | exact;
	c->created = cert->after;
	if (cert->after > c->not_before)
		c->not_before = cert->after;
	if (cert->before < c->expires)
		c->expires = cert->before;
	c->revoked = CLOCK_NEVER;
	c->leaked = c->alerts = false;
}

static void end(struct gate_session *s, int64_t when, const char *reason)
{
	s->credential.revoked = when;
	gate_put(s->credential.revoke_reason, sizeof(s->credential.revoke_reason), "%s", reason);
}

static int look_revoked(struct gate *g, struct gate_session *s, struct err *err)
{
	struct store_revoked r;
	char serial[32];

	if (s->authority.revoked != CLOCK_NEVER) {
		s->authority_revoked = true;
		end(s, s->authority.revoked, s->authority.revoke_reason);
		return 0;
	}
	gate_put(serial, sizeof(serial), "%" PRIu64, s->certificate->serial);
	int rc = store_certificate_revoked(g->store, s->authority.id, serial, s->certificate->id,
	                                   &r, err);
	if (!rc)
		end(s, r.when, r.reason);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

int gate_authenticate_certificate(struct gate *g, const struct ssh_certificate *cert,
                                  struct gate_session *out, struct err *err)
{
	uint8_t signer[STORE_HASH];

	memset(out, 0, sizeof(*out));
	out->presented = PRESENTED_UNKNOWN;
	out->certificate = cert;
	gate_key_hash(cert->key.blob, cert->key.len, out->hash);
	gate_key_fingerprint(out->hash, out->fingerprint);
	gate_key_hash(cert->authority.blob, cert->authority.len, signer);
	int rc = store_authority_by_hash(g->store, signer, &out->authority, err);
	if (!rc)
		rc = find_principal(g, cert, out, err);
	if (rc)
		return rc == ERR_NOT_FOUND ? 0 : rc;
	out->presented = PRESENTED_GENUINE;
	narrow(out);
	return look_revoked(g, out, err);
}

/* -- for those who ask about it -- */

void gate_certificate_name(const struct gate_session *s, char *out, size_t size)
{
	struct buf name;

	buf_init(&name, size - 1);
	buf_add_safe(&name, s->certificate->id, strnlen(s->certificate->id, 24));
	if (strlen(s->certificate->id) > 24)
		buf_add_str(&name, "...");
	buf_addf(&name, " (serial %" PRIu64 ")", s->certificate->serial);
	if (s->authority.id)
		buf_addf(&name, " of %.60s", s->authority.name);
	gate_put(out, size, "%s", buf_str(&name));
	buf_clear(&name);
}

static int decide(struct gate *g, const struct gate_session *s, bool *out, struct buf *why,
                  struct err *err)
{
	struct gate_ask ask = {.workspace = "",
	                       .repository = "",
	                       .address = "",
	                       .server = SERVER_READY,
	                       .now = clock_now()};
	struct policy_story story;
	struct gate_decision d;
	int rc = gate_authorise(g, s, &ask, &d, err);

	if (rc)
		return rc;
	*out = s->presented == PRESENTED_GENUINE && !gate_key_ends(&d.verdict);
	if (!*out) {
		gate_story(g, s, &ask, &d, &story);
		story.reference = NULL;
		(void)policy_explain(why, &d.facts, &d.verdict, &story);
	}
	gate_decision_clear(&d);
	return 0;
}

int gate_certificate_lets_in(struct gate *g, const struct ssh_certificate *cert,
                             const char **principal, bool *out, struct buf *why, struct err *err)
{
	struct gate_session s;
	int rc = gate_authenticate_certificate(g, cert, &s, err);

	*out = false;
	if (!rc)
		rc = decide(g, &s, out, why, err);
	*principal = s.principal;
	return rc;
}
