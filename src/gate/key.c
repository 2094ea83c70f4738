/* SSH keys in the ledger: registered, found, changed, ended. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

bool gate_is_key(const struct store_credential *c)
{
	return c->kind == CREDENTIAL_USER_KEY || c->kind == CREDENTIAL_ACCESS_KEY;
}

void gate_key_hash(const uint8_t *blob, size_t len, uint8_t out[STORE_HASH])
{
	crypto_hash_sha256(out, blob, len);
}

void gate_key_fingerprint(const uint8_t hash[STORE_HASH], char out[GATE_FINGERPRINT])
{
	memcpy(out, "SHA256:", 7);
	sodium_bin2base64(out + 7, GATE_FINGERPRINT - 7, hash, STORE_HASH,
	                  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

int gate_key_line(const struct ssh_key *key, char *out, size_t size, struct err *err)
{
	const int form = sodium_base64_VARIANT_ORIGINAL;
	size_t type = strlen(key->type) + 1;

	if (type + sodium_base64_encoded_len(key->len, form) > size)
		return err_set(err, ERR_LIMIT, "the key is too long for a line");
	gate_put(out, size, "%s ", key->type);
	sodium_bin2base64(out + type, size - type, key->blob, key->len, form);
	return 0;
}

/* -- may it be added -- */

static bool same_owner(const struct store_credential *c, const struct store_owner *o)
{
	return c->owner == o->kind &&
	       (o->kind == OWNER_REPOSITORY ? !strcmp(c->owner_repository, o->repository)
	                                    : c->owner_id == o->id);
}

/* Where it lives nobody learns: a public key is no secret, and whoever has one could
 * ask whose it is. */
static int taken(const struct store_credential *c, const struct gate_owner *owner, struct err *err)
{
	if (same_owner(c, &owner->key))
		return err_set(err, ERR_EXISTS, "%s has this key already, under the name \"%s\"",
		               owner->name, c->name);
	return err_set(err, ERR_EXISTS,
	               "this key is registered on this server already, and a key opens one "
	               "account or one access; make another (ssh-keygen -t ed25519 -f FILE), or "
	               "have it revoked where it is");
}

int gate_key_free(struct gate *g, const struct gate_owner *owner, const uint8_t hash[STORE_HASH],
                  struct err *err)
{
	struct store_credential c;
	int rc = store_credential_by_hash(g->store, hash, &c, err);

	if (rc)
		return rc == ERR_NOT_FOUND ? 0 : rc;
	if (c.revoked == CLOCK_NEVER)
		return taken(&c, owner, err);
	if (c.leaked)
		return err_set(
		        err, ERR_INVALID,
		        "this key was revoked as leaked: somebody else may have it too; make "
		        "another (ssh-keygen -t ed25519 -f FILE)");
	return store_key_forget(g->store, c.id, err);
}

/* -- looked up -- */

int gate_key_find(struct gate *g, const struct gate_whose *whose, const char *name,
                  struct store_credential *out, struct err *err)
{
	struct gate_owner o;
	struct store_credential c;

	int rc = gate_owner_find(g, whose, &o, err);
	if (rc)
		return rc;
	rc = store_key_by_name(g->store, &o.key, name, &c, err);
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "%s has no key \"%.100s\"", o.name, name);
	if (!rc && out)
		*out = c;
	return rc;
}

int gate_key_list(struct gate *g, const struct gate_whose *whose,
                  int (*each)(void *, const struct store_credential *), void *arg, struct err *err)
{
	struct gate_owner o;
	int rc = gate_owner_find(g, whose, &o, err);

	return rc ? rc : store_key_list(g->store, &o.key, each, arg, err);
}

int gate_key_of(struct gate *g, const struct store_credential *c, struct ssh_key *out,
                struct err *err)
{
	uint8_t blob[SSH_KEY_BLOB];
	size_t len;
	int rc = store_key_blob(g->store, c->id, blob, &len, err);

	if (rc)
		return rc;
	const char *fault = policy_ssh_key_read(blob, len, out);
	return fault ? err_set(err, ERR_INVALID, "the key of credential %lld: %s", (long long)c->id,
	                       fault)
	             : 0;
}

int gate_key_in_file(struct gate *g, const struct store_user *u, const struct store_credential *c,
                     bool *out, struct err *err)
{
	struct ssh_key key;

	*out = false;
	if (c->kind != CREDENTIAL_USER_KEY || !u->hardware_keys)
		return 0;
	int rc = gate_key_of(g, c, &key, err);
	*out = rc || !key.hardware;
	return rc;
}

/* Ids first: no look-up runs inside another one's walk. */
struct served {
	size_t count;
	char ids[100][STORE_ID];
};

static int keep_id(void *arg, const char *repository)
{
	struct served *s = arg;

	gate_put(s->ids[s->count++], STORE_ID, "%s", repository);
	return s->count == sizeof(s->ids) / sizeof(s->ids[0]);
}

int gate_key_served(struct gate *g, const struct store_credential *c,
                    int (*each)(void *, const struct store_repository *), void *arg,
                    struct err *err)
{
	struct served s = {0};
	struct store_repository r;

	if (c->kind != CREDENTIAL_ACCESS_KEY && c->kind != CREDENTIAL_CERTIFICATE)
		return 0;
	int rc = store_key_repository_list(g->store, c->id, keep_id, &s, err);
	if (rc < 0)
		return rc;
	rc = 0;
	for (size_t i = 0; !rc && i < s.count; i++) {
		rc = store_repository_get(g->store, s.ids[i], &r, err);
		if (!rc)
			rc = each(arg, &r);
		else if (rc == ERR_NOT_FOUND) /* deleted, and kept for a while */
			rc = 0;
	}
	return rc;
}

/* -- may it come in -- */

bool gate_key_ends(const struct verdict *v)
{
	return policy_reason_gate(v->reason) == GATE_ALIVE || v->reason == REASON_SK_KEY_NEEDED;
}

int gate_key_lets_in(struct gate *g, const struct ssh_key *key, bool *out, struct err *err)
{
	struct gate_session s;
	struct verdict v;
	int rc = gate_authenticate_key(g, key->blob, key->len, &s, err);

	*out = false;
	if (rc || s.presented != PRESENTED_GENUINE)
		return rc;
	rc = gate_would(g, &s, "", OPERATION_READ, &v, err);
	*out = !rc && !gate_key_ends(&v);
	return rc;
}

/* -- what it opens -- */

struct opens {
	struct gate *g;
	const struct gate_session *s;
	size_t most, told;
	bool more;
	int (*each)(void *, const struct store_repository *, bool, bool);
	void *arg;
	struct err *err;
};

static int open_one(void *arg, const struct store_repository *r)
{
	struct opens *o = arg;
	struct verdict v;
	bool reads;

	if (o->s->owner.key.kind != OWNER_REPOSITORY && !gate_owner_holds(&o->s->owner.key, r))
		return 0;
	if (o->told == o->most) {
		o->more = true;
		return 1;
	}
	o->told++;
	int rc = gate_would(o->g, o->s, r->id, OPERATION_READ, &v, o->err);
	reads = !rc && v.reason == REASON_ALLOWED;
	if (!rc)
		rc = gate_would(o->g, o->s, r->id, OPERATION_WRITE, &v, o->err);
	return rc ? rc : o->each(o->arg, r, reads, v.reason == REASON_ALLOWED);
}

static int open_served(void *arg, const struct store_repository *r)
{
	struct opens *o = arg;

	return strcmp(r->id, o->s->owner.key.repository) ? open_one(arg, r) : 0;
}

int gate_key_opens(struct gate *g, const struct gate_session *s, size_t most,
                   int (*each)(void *, const struct store_repository *, bool reads, bool pushes),
                   void *arg, bool *more, struct err *err)
{
	struct opens o = {.g = g, .s = s, .most = most, .each = each, .arg = arg, .err = err};
	struct store_repository own;
	int rc = 0;

	if (s->owner.key.kind != OWNER_REPOSITORY) {
		rc = store_repository_list(g->store, s->owner.workspace, open_one, &o, err);
	} else if (!s->owner.deleted) {
		rc = store_repository_get(g->store, s->owner.key.repository, &own, err);
		if (!rc)
			rc = open_one(&o, &own);
		if (!rc)
			rc = gate_key_served(g, &s->credential, open_served, &o, err);
	}
	*more = o.more;
	return rc < 0 ? rc : 0;
}

/* -- changed, ended -- */

int gate_key_write(struct gate *g, const struct gate_whose *whose, const char *name, bool write,
                   struct store_credential *out, struct err *err)
{
	struct store_credential c = {0};
	struct gate_owner o = {0};
	char note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_key_find(g, whose, name, &c, err);
	if (!rc)
		rc = gate_owner_of(g, &c, &o, err);
	if (!rc && c.revoked != CLOCK_NEVER)
		rc = err_set(err, ERR_INVALID, "the key \"%s\" was revoked: add it again", c.name);
	c.scopes &= ~(scope_set_t)(SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY);
	c.scopes |= write ? SCOPE_WRITE_REPOSITORY : SCOPE_READ_REPOSITORY;
	if (!rc)
		rc = store_credential_scopes(g->store, c.id, c.scopes, err);
	gate_put(note, sizeof(note), "%s: %s", c.name, write ? "read-write" : "read-only");
	rc = gate_change_end(g, rc, &(struct gate_change){"key edit", o.name, note, &c}, err);
	if (!rc && out)
		*out = c;
	return rc;
}
