#include "gate/gate_int.h"

#include "base/clock.h"

#include <string.h>

/* A second revocation says nothing new, unless it says that the secret leaked:
 * then the refusal must become silent about it. */
static int revoke_apply(struct gate *g, struct store_credential *c, const char *reason, bool leaked,
                        struct err *err)
{
	char when[CLOCK_TEXT];
	int rc = 0;

	if (c->revoked != CLOCK_NEVER && (!leaked || c->leaked))
		return err_set(err, ERR_EXISTS, "the %s \"%s\" was revoked already, at %s",
		               gate_is_key(c) ? "key" : "token", c->name,
		               clock_text(c->revoked, when));
	if (c->revoked == CLOCK_NEVER) {
		c->revoked = clock_now();
		gate_put(c->revoked_by, sizeof(c->revoked_by), "%s", g->actor);
	}
	if (reason)
		rc = gate_text(c->revoke_reason, sizeof(c->revoke_reason), reason, "the reason",
		               err);
	c->leaked = c->leaked || leaked;
	return rc ? rc : store_credential_revoke(g->store, c, err);
}

static int revoke(struct gate *g, bool key, const struct gate_whose *whose, const char *name,
                  const char *reason, bool leaked, struct store_credential *out, struct err *err)
{
	struct store_credential c = {0};
	struct gate_owner o = {0};
	char note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	gate_put(note, sizeof(note), "%s%s%s%s", name, leaked ? " (leaked)" : "",
	         reason ? ": " : "", reason ? reason : "");
	rc = key ? gate_key_find(g, whose, name, &c, err)
	         : gate_credential_find(g, whose, name, &c, err);
	if (!rc)
		rc = gate_owner_of(g, &c, &o, err);
	if (!rc)
		rc = revoke_apply(g, &c, reason, leaked, err);
	rc = gate_change_end(
	        g, rc, &(struct gate_change){key ? "key revoke" : "token revoke", o.name, note, &c},
	        err);
	if (!rc && out)
		*out = c;
	return rc;
}

int gate_revoke(struct gate *g, const struct gate_whose *whose, const char *name,
                const char *reason, bool leaked, struct store_credential *out, struct err *err)
{
	return revoke(g, false, whose, name, reason, leaked, out, err);
}

int gate_key_revoke(struct gate *g, const struct gate_whose *whose, const char *name,
                    const char *reason, bool leaked, struct store_credential *out, struct err *err)
{
	return revoke(g, true, whose, name, reason, leaked, out, err);
}
