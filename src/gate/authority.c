/* Authorities that sign SSH certificates: made known, changed, ended. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS 100 /* repositories or networks of one authority */

/* -- what is typed -- */

/* A certificate opens Git over SSH and nothing else, so no other scope could be used. */
static int scopes_fill(const char *typed, struct store_authority *a, struct err *err)
{
	const scope_set_t content = SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY;
	const char *bad = NULL;
	size_t len = 0;

	if (!policy_scope_parse_list(typed, &a->scopes, &bad, &len))
		return err_set(err, ERR_INVALID,
		               "there is no scope \"%.*s\"; wanted: read:repository or "
		               "write:repository",
		               (int)(len < 60 ? len : 60), bad);
	if (a->scopes && !(a->scopes & ~content))
		return 0;
	return err_set(err, ERR_INVALID,
	               "certificates open Git alone: their scopes are read:repository or "
	               "write:repository, which brings reading");
}

struct limits {
	struct gate *g;
	size_t repositories, networks;
	char ids[ITEMS][STORE_ID];
	char nets[ITEMS][NET_TEXT];
};

static int add_repository(void *arg, const char *item, struct err *err)
{
	struct limits *l = arg;
	struct store_repository r;

	if (l->repositories == ITEMS)
		return err_set(err, ERR_LIMIT, "an authority can name at most %d repositories",
		               ITEMS);
	int rc = gate_repository_find(l->g, item, &r, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < l->repositories; i++)
		if (!strcmp(l->ids[i], r.id))
			return 0;
	memcpy(l->ids[l->repositories++], r.id, STORE_ID);
	return 0;
}

static int add_network(void *arg, const char *item, struct err *err)
{
	struct limits *l = arg;
	struct net net;

	if (l->networks == ITEMS)
		return err_set(err, ERR_LIMIT, "an authority can name at most %d networks", ITEMS);
	const char *fault = policy_net_parse(item, &net);
	if (fault)
		return err_set(err, ERR_INVALID, "\"%.80s\" is no address or network: %s", item,
		               fault);
	policy_net_text(&net, l->nets[l->networks]);
	for (size_t i = 0; i < l->networks; i++)
		if (!strcmp(l->nets[i], l->nets[l->networks]))
			return 0;
	l->networks++;
	return 0;
}

/* An empty list must not turn into "all of them". */
static int limits_fill(const struct gate_authority_new *n, struct limits *l, struct err *err)
{
	int rc = n->repositories ? gate_items(n->repositories, add_repository, l, err) : 0;

	if (!rc && n->addresses)
		rc = gate_items(n->addresses, add_network, l, err);
	if (!rc && n->repositories && !l->repositories)
		rc = err_set(err, ERR_INVALID, "the list of repositories is empty");
	if (!rc && n->addresses && !l->networks)
		rc = err_set(err, ERR_INVALID, "the list of addresses is empty");
	return rc;
}

static int limits_store(struct limits *l, struct store_authority *a, struct err *err)
{
	struct store *s = l->g->store;
	int rc = 0;

	for (size_t i = 0; i < l->repositories && !rc; i++)
		rc = store_authority_limit_add(s, a->id, LIMIT_REPOSITORY, l->ids[i], err);
	for (size_t i = 0; i < l->networks && !rc; i++)
		rc = store_authority_limit_add(s, a->id, LIMIT_ADDRESS, l->nets[i], err);
	a->limits[LIMIT_REPOSITORY] = (int)l->repositories;
	a->limits[LIMIT_ADDRESS] = (int)l->networks;
	return rc;
}

/* -- added -- */

/* With the key of one that was revoked somebody else may be signing. */
static int key_free(struct gate *g, const struct store_authority *a, struct err *err)
{
	struct store_authority was;
	int rc = store_authority_by_hash(g->store, a->hash, &was, err);

	if (rc)
		return rc == ERR_NOT_FOUND ? 0 : rc;
	if (was.revoked == CLOCK_NEVER)
		return err_set(err, ERR_EXISTS, "this key is the authority \"%s\" already",
		               was.name);
	return err_set(err, ERR_EXISTS,
	               "this key was the authority \"%s\", which was revoked: what it signed would "
	               "open again; make another (ssh-keygen -t ed25519 -f FILE)",
	               was.name);
}

static int add_rows(struct gate *g, const struct gate_authority_new *n, struct limits *l,
                    struct store_authority *a, struct err *err)
{
	int rc = key_free(g, a, err);

	if (!rc)
		rc = store_authority_add(g->store, a, n->key->blob, n->key->len, err);
	return rc ? rc : limits_store(l, a, err);
}

static void add_note(const struct store_authority *a, char note[STORE_TEXT])
{
	char print[GATE_FINGERPRINT];
	struct buf scopes;

	buf_init(&scopes, 1024);
	policy_scope_write(&scopes, a->scopes);
	gate_key_fingerprint(a->hash, print);
	gate_put(note, STORE_TEXT, "%s: %s", print, buf_str(&scopes));
	buf_clear(&scopes);
}

static int add(struct gate *g, const struct gate_authority_new *n, struct limits *l,
               struct store_authority *a, struct err *err)
{
	char note[STORE_TEXT];
	struct store_authority living;
	int rc = gate_label(a->name, n->name, "an authority's name", err);

	if (!rc)
		rc = scopes_fill(n->scopes ? n->scopes : "write:repository", a, err);
	if (!rc)
		rc = limits_fill(n, l, err);
	if (rc)
		return rc;
	a->created = clock_now();
	a->revoked = CLOCK_NEVER;
	gate_put(a->created_by, sizeof(a->created_by), "%s", g->actor);
	gate_key_hash(n->key->blob, n->key->len, a->hash);
	add_note(a, note);
	rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	if (!store_authority_by_name(g->store, a->name, &living, NULL) &&
	    living.revoked == CLOCK_NEVER)
		rc = err_set(err, ERR_EXISTS, "there is a living authority \"%s\" already",
		             a->name);
	if (!rc)
		rc = add_rows(g, n, l, a, err);
	return gate_change_end(g, rc, &(struct gate_change){"authority add", a->name, note, NULL},
	                       err);
}

int gate_authority_add(struct gate *g, const struct gate_authority_new *n,
                       struct store_authority *out, struct err *err)
{
	struct store_authority a = {0};
	struct limits *l = calloc(1, sizeof(*l));

	if (!l)
		return err_set(err, ERR_MEMORY, "out of memory");
	l->g = g;
	int rc = add(g, n, l, &a, err);
	free(l);
	if (!rc && out)
		*out = a;
	return rc;
}

/* -- looked up -- */

int gate_authority_find(struct gate *g, const char *name, struct store_authority *out,
                        struct err *err)
{
	int rc = store_authority_by_name(g->store, name, out, err);

	return rc == ERR_NOT_FOUND ? err_set(err, rc, "there is no authority \"%.100s\"", name)
	                           : rc;
}

int gate_authority_list(struct gate *g, int (*each)(void *, const struct store_authority *),
                        void *arg, struct err *err)
{
	return store_authority_list(g->store, each, arg, err);
}

int gate_authority_key(struct gate *g, const struct store_authority *a, struct ssh_key *out,
                       struct err *err)
{
	uint8_t blob[SSH_KEY_BLOB];
	size_t len;
	int rc = store_authority_blob(g->store, a->id, blob, &len, err);

	if (rc)
		return rc;
	const char *fault = policy_ssh_key_read(blob, len, out);
	return fault ? err_set(err, ERR_INVALID, "the key of the authority %s: %s", a->name, fault)
	             : 0;
}

/* Values first, names after: no look-up runs inside another one's walk. */
struct values {
	size_t count;
	char texts[ITEMS][STORE_ID > NET_TEXT ? STORE_ID : NET_TEXT];
};

static int keep_value(void *arg, const char *value)
{
	struct values *v = arg;

	gate_put(v->texts[v->count++], sizeof(v->texts[0]), "%s", value);
	return v->count == ITEMS;
}

static void repository_words(struct gate *g, const char *id, char *out, size_t size)
{
	struct store_repository r;

	if (store_repository_get(g->store, id, &r, NULL))
		gate_put(out, size, "deleted:%s", id);
	else
		gate_put(out, size, "%s/%s", r.workspace_name, r.name);
}

int gate_authority_limits(struct gate *g, const struct store_authority *a, enum limit_kind kind,
                          int (*each)(void *, const char *words), void *arg, struct err *err)
{
	char words[NAME_PATH_SIZE];
	struct values v = {0};
	int rc = store_authority_limit_list(g->store, a->id, kind, keep_value, &v, err);

	if (rc < 0)
		return rc;
	rc = 0;
	for (size_t i = 0; i < v.count && !rc; i++) {
		if (kind == LIMIT_REPOSITORY)
			repository_words(g, v.texts[i], words, sizeof(words));
		rc = each(arg, kind == LIMIT_REPOSITORY ? words : v.texts[i]);
	}
	return rc;
}

int gate_certificate_revoked_list(struct gate *g, const struct store_authority *a,
                                  int (*each)(void *, const struct store_revoked *), void *arg,
                                  struct err *err)
{
	return store_certificate_revoked_list(g->store, a->id, each, arg, err);
}

/* -- changed, ended -- */

/* A change of a living one: begun, and *a found. gate_change_end when it returned 0. */
static int begin(struct gate *g, const char *name, struct store_authority *a, struct err *err)
{
	char when[CLOCK_TEXT];
	int rc = gate_change_begin(g, err);

	if (rc)
		return rc;
	rc = gate_authority_find(g, name, a, err);
	if (!rc && a->revoked != CLOCK_NEVER)
		rc = err_set(err, ERR_EXISTS, "the authority \"%s\" was revoked already, at %s",
		             a->name, clock_text(a->revoked, when));
	if (rc)
		store_rollback(g->store);
	return rc;
}

int gate_authority_edit(struct gate *g, const char *name, const char *scopes,
                        struct store_authority *out, struct err *err)
{
	struct store_authority a;
	int rc = begin(g, name, &a, err);

	if (rc)
		return rc;
	rc = scopes_fill(scopes, &a, err);
	if (!rc)
		rc = store_authority_scopes(g->store, a.id, a.scopes, err);
	rc = gate_change_end(g, rc, &(struct gate_change){"authority edit", a.name, scopes, NULL},
	                     err);
	if (!rc && out)
		*out = a;
	return rc;
}

int gate_authority_revoke(struct gate *g, const char *name, const char *reason,
                          struct store_authority *out, struct err *err)
{
	struct store_authority a;
	int rc = begin(g, name, &a, err);

	if (rc)
		return rc;
	a.revoked = clock_now();
	gate_put(a.revoked_by, sizeof(a.revoked_by), "%s", g->actor);
	if (reason)
		rc = gate_text(a.revoke_reason, sizeof(a.revoke_reason), reason, "the reason", err);
	if (!rc)
		rc = store_authority_revoke(g->store, &a, err);
	rc = gate_change_end(g, rc, &(struct gate_change){"authority revoke", a.name, reason, NULL},
	                     err);
	if (!rc && out)
		*out = a;
	return rc;
}

/* Written as it is compared. 0 is what all have that were given none. */
static int serial_fill(const char *typed, char *out, size_t size, struct err *err)
{
	char *end = NULL;

	errno = 0;
	unsigned long long serial = strtoull(typed, &end, 10);
	if (!*typed || typed[strspn(typed, "0123456789")] || errno || *end)
		return err_set(err, ERR_INVALID, "\"%.40s\" is no serial number", typed);
	if (!serial)
		return err_set(err, ERR_INVALID,
		               "the serial 0 is that of all certificates which were given none: "
		               "revoke by --key-id");
	gate_put(out, size, "%llu", serial);
	return 0;
}

static int mark_fill(const char *serial, const char *id, struct store_revoked *out, struct err *err)
{
	out->mark = serial ? CERTIFICATE_SERIAL : CERTIFICATE_ID;
	if (serial)
		return serial_fill(serial, out->value, sizeof(out->value), err);
	if (!*id || strlen(id) >= SSH_CERTIFICATE_ID)
		return err_set(err, ERR_INVALID, "a key id has 1 to %d bytes",
		               SSH_CERTIFICATE_ID - 1);
	gate_put(out->value, sizeof(out->value), "%s", id);
	return 0;
}

static int revoke_row(struct gate *g, const struct store_authority *a, struct store_revoked *r,
                      const char *reason, struct err *err)
{
	int rc = 0;

	r->when = clock_now();
	gate_put(r->by, sizeof(r->by), "%s", g->actor);
	if (reason)
		rc = gate_text(r->reason, sizeof(r->reason), reason, "the reason", err);
	if (!rc)
		rc = store_certificate_revoke(g->store, a->id, r, err);
	return rc == ERR_EXISTS ? err_set(err, rc, "that certificate was revoked already") : rc;
}

int gate_certificate_revoke(struct gate *g, const char *name, const char *serial, const char *id,
                            const char *reason, struct store_authority *out, struct err *err)
{
	struct store_revoked r = {0};
	struct store_authority a;
	char note[STORE_TEXT];
	int rc = mark_fill(serial, id, &r, err);

	if (!rc)
		rc = begin(g, name, &a, err);
	if (rc)
		return rc;
	gate_put(note, sizeof(note), "%s %s%s%s", serial ? "serial" : "key id", r.value,
	         reason ? ": " : "", reason ? reason : "");
	rc = revoke_row(g, &a, &r, reason, err);
	rc = gate_change_end(g, rc, &(struct gate_change){"certificate revoke", a.name, note, NULL},
	                     err);
	if (!rc && out)
		*out = a;
	return rc;
}
