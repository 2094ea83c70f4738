#include "gate/access.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static int load_owner(struct gate *g, struct gate_session *s, struct err *err)
{
	if (s->credential.owner != OWNER_USER) {
		s->is_bot = true;
		snprintf(s->acts_as, sizeof(s->acts_as), "bot %.100s", s->credential.name);
		return gate_owner_of(g, &s->credential, &s->owner, err);
	}
	int code = store_user_get_id(g->store, s->credential.owner_id, &s->user, err);
	if (code)
		return code;
	snprintf(s->acts_as, sizeof(s->acts_as), "%s", s->user.name);
	return 0;
}

/* A secret is the credential's newest, or one before it. Read again with each
 * question: a rotation makes the one the other. */
static int load_secret(struct gate *g, struct gate_session *s, struct err *err)
{
	int code = store_credential_by_hash(g->store, s->hash, &s->credential, err);

	s->is_former = code == ERR_NOT_FOUND;
	if (!s->is_former)
		return code;
	code = store_former_by_hash(g->store, s->hash, &s->former, err);
	return code ? code
	            : store_credential_get(g->store, s->former.credential, &s->credential, err);
}

int gate_authenticate(struct gate *g, const struct gate_presented *p, struct gate_session *out,
                      struct err *err)
{
	memset(out, 0, sizeof(*out));
	out->presented = p->form;
	out->look = p->look;
	out->look.start = NULL;
	out->fault = p->fault;
	out->bearer = p->bearer;
	out->as_name = p->as_name;
	memcpy(out->hint, p->hint, sizeof(out->hint));
	if (p->form != PRESENTED_UNKNOWN)
		return 0;

	gate_secret_hash(p->look.start, TOKEN_LEN, out->hash);
	int code = load_secret(g, out, err);
	if (code == ERR_NOT_FOUND)
		return 0;
	if (code)
		return code;
	out->presented = PRESENTED_GENUINE;
	return load_owner(g, out, err);
}

int gate_authenticate_key(struct gate *g, const uint8_t *blob, size_t len, struct gate_session *out,
                          struct err *err)
{
	memset(out, 0, sizeof(*out));
	out->presented = PRESENTED_UNKNOWN;
	gate_key_hash(blob, len, out->hash);
	gate_key_fingerprint(out->hash, out->fingerprint);
	int code = store_credential_by_hash(g->store, out->hash, &out->credential, err);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	out->presented = PRESENTED_GENUINE;
	return load_owner(g, out, err);
}

int gate_session_credential(struct gate *g, const struct store_credential *c,
                            struct gate_session *out, struct err *err)
{
	memset(out, 0, sizeof(*out));
	out->presented = PRESENTED_GENUINE;
	out->credential = *c;
	memcpy(out->hash, c->hash, sizeof(out->hash));
	if (gate_is_key(c))
		gate_key_fingerprint(c->hash, out->fingerprint);
	return load_owner(g, out, err);
}

void gate_session_user(const struct store_user *u, struct gate_session *out)
{
	memset(out, 0, sizeof(*out));
	out->presented = PRESENTED_GENUINE;
	out->user = *u;
	out->credential.kind = CREDENTIAL_API_TOKEN;
	out->credential.owner = OWNER_USER;
	out->credential.owner_id = u->id;
	out->credential.scopes = SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY;
	out->credential.expires = out->credential.revoked = CLOCK_NEVER;
	snprintf(out->acts_as, sizeof(out->acts_as), "%s", u->name);
}

int gate_renew(struct gate *g, struct gate_session *s, struct err *err)
{
	struct gate_session fresh;

	if (s->presented != PRESENTED_GENUINE)
		return 0;
	if (s->certificate) {
		int rc = gate_authenticate_certificate(g, s->certificate, &fresh, err);
		if (!rc)
			*s = fresh;
		return rc;
	}
	int code = load_secret(g, s, err);
	if (code == ERR_NOT_FOUND) {
		s->presented = PRESENTED_UNKNOWN;
		return 0;
	}
	return code ? code : load_owner(g, s, err);
}

int64_t gate_former_ends(const struct store_former *f, const struct store_credential *c)
{
	return f->until_used && c->secret_used && c->secret_used < f->until ? c->secret_used
	                                                                    : f->until;
}

bool gate_hint_fits(struct gate *g, const struct gate_session *s)
{
	struct store_user user;

	if (!s->hint[0] || policy_name_static(s->hint, strlen(s->hint)))
		return true;
	if (s->is_bot)
		return policy_name_equal(s->hint, s->credential.name) ||
		       policy_name_equal(s->hint, s->credential.bot_email);
	if (policy_name_equal(s->hint, s->user.name))
		return true;
	return strchr(s->hint, '@') && !store_user_by_email(g->store, s->hint, &user, NULL) &&
	       user.id == s->user.id;
}

void gate_principal(const struct gate_session *s, char *out, size_t size)
{
	if (s->presented != PRESENTED_GENUINE)
		snprintf(out, size, "%s", "");
	else if (s->is_bot)
		snprintf(out, size, "c%lld", (long long)s->credential.id);
	else
		snprintf(out, size, "u%lld", (long long)s->user.id);
}
