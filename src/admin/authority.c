/* Authorities that sign SSH certificates, and certificates that were revoked. */
#include "admin/admin_int.h"

#include "base/clock.h"

#include <string.h>

static bool lives(const struct store_authority *s)
{
	return s->revoked == CLOCK_NEVER;
}

static const char *state(const struct store_authority *s)
{
	return lives(s) ? "live" : "revoked";
}

static const char *scopes(struct admin *a, scope_set_t set)
{
	struct buf text;

	buf_init(&text, 1024);
	policy_scope_write(&text, set);
	const char *copy = admin_safe(a, buf_str(&text));
	buf_clear(&text);
	return copy;
}

/* -- JSON; the names here are a promise to scripts -- */

static int add_limit(void *arg, const char *words)
{
	return json_array_append_new(arg, json_string(words)) ? ERR_MEMORY : 0;
}

/* null: not limited so. */
static json_t *limits_json(struct admin *a, const struct store_authority *s, enum limit_kind kind)
{
	json_t *list = s->limits[kind] ? json_array() : json_null();

	if (list && s->limits[kind] &&
	    gate_authority_limits(&a->gate, s, kind, add_limit, list, NULL)) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *revoked_json(struct admin *a, const struct store_revoked *r)
{
	const struct admin_field fields[] = {
	        {"serial", admin_json_text(a, r->mark == CERTIFICATE_SERIAL ? r->value : "")},
	        {"key_id", admin_json_text(a, r->mark == CERTIFICATE_ID ? r->value : "")},
	        {"revoked", admin_json_time(r->when)},
	        {"revoked_by", admin_json_text(a, r->by)},
	        {"reason", admin_json_text(a, r->reason)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(*fields));
}

struct revoked {
	struct admin *a;
	json_t *list;
};

static int add_revoked(void *arg, const struct store_revoked *r)
{
	struct revoked *all = arg;

	return json_array_append_new(all->list, revoked_json(all->a, r)) ? ERR_MEMORY : 0;
}

static json_t *certificates_json(struct admin *a, const struct store_authority *s)
{
	struct revoked all = {a, json_array()};

	if (all.list && gate_certificate_revoked_list(&a->gate, s, add_revoked, &all, &a->err)) {
		json_decref(all.list);
		return NULL;
	}
	return all.list;
}

static json_t *authority_json(struct admin *a, const struct store_authority *s)
{
	struct ssh_key key;

	if (gate_authority_key(&a->gate, s, &key, &a->err))
		return NULL;
	const struct admin_field fields[] = {
	        {"name", admin_json_text(a, s->name)},
	        {"state", json_string(state(s))},
	        {"type", json_string(key.type)},
	        {"fingerprint", json_string(admin_key_fingerprint(a, &key))},
	        {"scopes", admin_scopes_json(s->scopes)},
	        {"repositories", limits_json(a, s, LIMIT_REPOSITORY)},
	        {"addresses", limits_json(a, s, LIMIT_ADDRESS)},
	        {"created", admin_json_time(s->created)},
	        {"created_by", admin_json_text(a, s->created_by)},
	        {"revoked", admin_json_time(s->revoked)},
	        {"revoked_by", admin_json_text(a, s->revoked_by)},
	        {"revoke_reason", admin_json_text(a, s->revoke_reason)},
	        {"last_used", admin_json_time(s->used)},
	        {"last_used_from", admin_json_text(a, s->used_from)},
	        {"last_refused", admin_json_time(s->refused)},
	        {"last_refused_from", admin_json_text(a, s->refused_from)},
	        {"last_refused_why", admin_json_text(a, s->refused_why)},
	        {"revoked_certificates", certificates_json(a, s)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(*fields));
}

/* -- lines -- */

static int join(void *arg, const char *words)
{
	struct buf *out = arg;

	buf_addf(out, "%s%s", out->len ? ", " : "", words);
	return 0;
}

static int limits_print(struct admin *a, const struct store_authority *s, enum limit_kind kind,
                        const char *left)
{
	struct buf text;
	int rc = 0;

	if (!s->limits[kind])
		return 0;
	buf_init(&text, 16384);
	rc = gate_authority_limits(&a->gate, s, kind, join, &text, &a->err);
	if (!rc)
		admin_print(a, "  %-11s%s\n", left, admin_safe(a, buf_str(&text)));
	buf_clear(&text);
	return rc;
}

static int print_revoked(void *arg, const struct store_revoked *r)
{
	struct admin *a = arg;

	admin_print(a, "  without    %s %s, revoked %s%s%s\n",
	            r->mark == CERTIFICATE_SERIAL ? "serial" : "key id", admin_safe(a, r->value),
	            admin_time(a, r->when), *r->reason ? ": " : "", admin_safe(a, r->reason));
	return 0;
}

static void life_print(struct admin *a, const struct store_authority *s)
{
	admin_print(a, "  made       %s by %s\n", admin_time(a, s->created),
	            admin_safe(a, s->created_by));
	if (!lives(s))
		admin_print(a, "  revoked    %s by %s%s%s\n", admin_time(a, s->revoked),
		            admin_safe(a, s->revoked_by), *s->revoke_reason ? ": " : "",
		            admin_safe(a, s->revoke_reason));
	if (s->used)
		admin_print(a, "  last used  %s from %s\n", admin_time(a, s->used),
		            admin_safe(a, s->used_from));
	if (s->refused)
		admin_print(a, "  refused    %s from %s: %s\n", admin_time(a, s->refused),
		            admin_safe(a, s->refused_from), admin_safe(a, s->refused_why));
}

static int authority_print(struct admin *a, const struct store_authority *s)
{
	struct ssh_key key;
	int rc = gate_authority_key(&a->gate, s, &key, &a->err);

	if (rc)
		return rc;
	admin_print(a, "authority \"%s\": %s\n", admin_safe(a, s->name), state(s));
	admin_print(a, "  key        %s, %u bits, %s\n", key.type, key.bits,
	            admin_key_fingerprint(a, &key));
	admin_print(a, "  scopes     %s\n", scopes(a, s->scopes));
	rc = limits_print(a, s, LIMIT_REPOSITORY, "limited to");
	if (!rc)
		rc = limits_print(a, s, LIMIT_ADDRESS, "addresses");
	life_print(a, s);
	return rc ? rc : gate_certificate_revoked_list(&a->gate, s, print_revoked, a, &a->err);
}

static int done(struct admin *a, const struct store_authority *s, const char *sentence)
{
	if (a->json)
		return admin_json(a, authority_json(a, s));
	admin_print(a, a->quiet ? "%s\n" : sentence, admin_safe(a, s->name));
	return 0;
}

/* What sshd believes stands in a file of root's. */
static int done_for_sshd(struct admin *a, const struct store_authority *s, const char *sentence)
{
	int rc = done(a, s, sentence);

	if (!rc && !a->json && !a->quiet)
		fprintf(a->complaints, "For sshd, as root: gatehouse authority keys > "
		                       "/etc/ssh/gatehouse_user_ca.pub\n");
	return rc;
}

/* -- the commands -- */

int admin_authority_add(struct admin *a)
{
	struct ssh_key key;
	const struct gate_authority_new ask = {.name = admin_flag(a, "name"),
	                                       .key = &key,
	                                       .scopes = admin_flag(a, "scopes"),
	                                       .repositories = admin_flag(a, "repos"),
	                                       .addresses = admin_flag(a, "addresses")};
	struct store_authority s;
	int rc = admin_key_take(a, &key);

	if (!rc)
		rc = gate_authority_add(&a->gate, &ask, &s, &a->err);
	return rc ? rc
	          : done_for_sshd(
	                    a, &s,
	                    "What the authority %s signs for a user or bot opens Git over the "
	                    "system's OpenSSH.\n");
}

int admin_authority_show(struct admin *a)
{
	struct store_authority s;
	int rc = gate_authority_find(&a->gate, a->args[0], &s, &a->err);

	if (rc)
		return rc;
	return a->json || a->quiet ? done(a, &s, "") : authority_print(a, &s);
}

int admin_authority_edit(struct admin *a)
{
	struct store_authority s;
	int rc = gate_authority_edit(&a->gate, a->args[0], admin_flag(a, "scopes"), &s, &a->err);

	return rc ? rc : done(a, &s, "Changed the authority %s.\n");
}

int admin_authority_revoke(struct admin *a)
{
	const char *serial = admin_flag(a, "serial"), *id = admin_flag(a, "key-id");
	const char *reason = admin_flag(a, "reason");
	struct store_authority s;
	int rc;

	if (serial && id)
		return admin_usage(a, "--serial and --key-id exclude each other");
	if (serial || id) {
		rc = gate_certificate_revoke(&a->gate, a->args[0], serial, id, reason, &s, &a->err);
		return rc ? rc
		          : done(a, &s,
		                 "Revoked the certificate of %s: the very next request is "
		                 "refused.\n");
	}
	rc = gate_authority_revoke(&a->gate, a->args[0], reason, &s, &a->err);
	return rc ? rc
	          : done_for_sshd(a, &s,
	                          "Revoked the authority %s: the very next request is refused.\n");
}

static int print_key(void *arg, const struct store_authority *s)
{
	struct admin *a = arg;
	struct ssh_key key;
	char line[SSH_KEY_LINE];

	if (!lives(s))
		return 0;
	int rc = gate_authority_key(&a->gate, s, &key, &a->err);
	if (!rc)
		rc = gate_key_line(&key, line, sizeof(line), &a->err);
	if (!rc)
		fprintf(a->out, "%s %s\n", line, admin_safe(a, s->name));
	return rc;
}

int admin_authority_keys(struct admin *a)
{
	return gate_authority_list(&a->gate, print_key, a, &a->err);
}

static int keep(void *arg, const struct store_authority *s)
{
	return admin_list_keep(arg, s);
}

static json_t *list_json(struct admin *a, const void *item)
{
	return authority_json(a, item);
}

static const char *list_bare(struct admin *a, const void *item)
{
	return admin_safe(a, ((const struct store_authority *)item)->name);
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_authority *s = item;
	char print[GATE_FINGERPRINT];

	gate_key_fingerprint(s->hash, print);
	admin_table_add(t, s->name);
	admin_table_add(t, state(s));
	admin_table_add(t, print);
	admin_table_add(t, scopes(t->a, s->scopes));
	admin_table_add(t, s->used ? admin_time(t->a, s->used) : "never");
}

int admin_authority_list(struct admin *a)
{
	static const struct admin_shape shape = {
	        "No authorities.",
	        {"NAME", "STATE", "FINGERPRINT", "SCOPES", "LAST USED"},
	        list_json,
	        list_bare,
	        list_cells};
	struct admin_list list = ADMIN_LIST(struct store_authority);
	int rc = gate_authority_list(&a->gate, keep, &list, &a->err);

	return admin_list_show(a, rc, &list, &shape);
}
