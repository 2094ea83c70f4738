/* Authorities that sign SSH certificates, and the certificates that were revoked. Of all
 * others nothing is kept: each says itself what it is. */
#include "store/store_int.h"

#include "base/clock.h"

#include <string.h>

static const char no_authority[] = "there is no such authority";

static void read_authority(struct query *q, void *row)
{
	struct store_authority *a = row;

	a->id = query_get_int(q);
	query_get_text(q, a->name, sizeof a->name);
	query_get_blob(q, a->hash, sizeof a->hash);
	/* a bit that this program does not know may allow nothing */
	a->scopes = (scope_set_t)((uint64_t)query_get_int(q) & SCOPE_ALL);
	a->created = query_get_int(q);
	query_get_text(q, a->created_by, sizeof a->created_by);
	a->revoked = query_get_int(q);
	query_get_text(q, a->revoked_by, sizeof a->revoked_by);
	query_get_text(q, a->revoke_reason, sizeof a->revoke_reason);
	a->used = query_get_int(q);
	query_get_text(q, a->used_from, sizeof a->used_from);
	a->refused = query_get_int(q);
	query_get_text(q, a->refused_from, sizeof a->refused_from);
	query_get_text(q, a->refused_why, sizeof a->refused_why);
	a->limits[LIMIT_REPOSITORY] = query_get_enum(q, 0, INT32_MAX);
	a->limits[LIMIT_ADDRESS] = query_get_enum(q, 0, INT32_MAX);
}

static int get_authority(struct query *q, struct store_authority *out)
{
	struct store_authority a = {0};
	int code = query_one(q, read_authority, &a, no_authority);

	if (!code)
		*out = a;
	return code;
}

int store_authority_add(struct store *s, struct store_authority *a, const uint8_t *blob, size_t len,
                        struct err *err)
{
	struct query q;
	int code = store_check_label(a->name, sizeof a->name, err);

	if (!code && (!len || len > SSH_KEY_BLOB))
		code = err_set(err, ERR_LIMIT, "no SSH key has this length");
	if (code)
		return code;
	query_open(&q, s, SQL_AUTHORITY_ADD, err);
	query_text(&q, a->name, sizeof a->name);
	query_blob(&q, a->hash, sizeof a->hash);
	query_blob(&q, blob, len);
	query_int(&q, a->scopes & SCOPE_ALL);
	query_int(&q, a->created);
	query_text(&q, a->created_by, sizeof a->created_by);
	code = query_run(&q, NULL);
	if (!code)
		a->id = sqlite3_last_insert_rowid(s->db);
	return code;
}

int store_authority_by_hash(struct store *s, const uint8_t hash[STORE_HASH],
                            struct store_authority *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_AUTHORITY_BY_HASH, err);
	query_blob(&q, hash, STORE_HASH);
	return get_authority(&q, out);
}

int store_authority_by_name(struct store *s, const char *name, struct store_authority *out,
                            struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_AUTHORITY_BY_NAME, err);
	query_text(&q, name, STORE_TEXT);
	return get_authority(&q, out);
}

int store_authority_list(struct store *s, int (*each)(void *, const struct store_authority *),
                         void *arg, struct err *err)
{
	struct store_authority a = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_AUTHORITY_LIST, err);
	while (!stop && query_row(&q)) {
		read_authority(&q, &a);
		if (!q.code)
			stop = each(arg, &a);
	}
	code = query_end(&q);
	return code ? code : stop;
}

struct blob {
	uint8_t bytes[SSH_KEY_BLOB];
	size_t len;
};

static void read_blob(struct query *q, void *row)
{
	struct blob *b = row;

	query_get_bytes(q, b->bytes, sizeof b->bytes, &b->len);
}

int store_authority_blob(struct store *s, int64_t id, uint8_t out[SSH_KEY_BLOB], size_t *len,
                         struct err *err)
{
	struct blob b = {.len = 0};
	struct query q;

	query_open(&q, s, SQL_AUTHORITY_BLOB, err);
	query_int(&q, id);
	int code = query_one(&q, read_blob, &b, no_authority);
	if (code)
		return code;
	memcpy(out, b.bytes, b.len);
	*len = b.len;
	return 0;
}

int store_authority_scopes(struct store *s, int64_t id, scope_set_t scopes, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_AUTHORITY_SCOPES, err);
	query_int(&q, id);
	query_int(&q, scopes & SCOPE_ALL);
	return query_must(&q, no_authority);
}

int store_authority_revoke(struct store *s, const struct store_authority *a, struct err *err)
{
	struct query q;

	if (a->revoked == CLOCK_NEVER)
		return err_set(err, ERR_INVALID, "what is revoked does not live again");
	query_open(&q, s, SQL_AUTHORITY_REVOKE, err);
	query_int(&q, a->id);
	query_int(&q, a->revoked);
	query_text(&q, a->revoked_by, sizeof a->revoked_by);
	query_text(&q, a->revoke_reason, sizeof a->revoke_reason);
	return query_must(&q, no_authority);
}

int store_authority_stamp(struct store *s, int64_t id, int64_t when, const char *from,
                          const char *why, struct err *err)
{
	struct store_authority *sizes = NULL;
	struct query q;

	query_open(&q, s, why ? SQL_AUTHORITY_REFUSED : SQL_AUTHORITY_USED, err);
	query_int(&q, id);
	query_int(&q, when);
	query_text(&q, from, sizeof sizes->used_from);
	if (why)
		query_text(&q, why, sizeof sizes->refused_why);
	return query_must(&q, no_authority);
}

/* -- certificates -- */

static void read_revoked(struct query *q, void *row)
{
	struct store_revoked *r = row;

	r->mark = (enum certificate_mark)query_get_enum(q, CERTIFICATE_SERIAL, CERTIFICATE_ID);
	query_get_text(q, r->value, sizeof r->value);
	r->when = query_get_int(q);
	query_get_text(q, r->by, sizeof r->by);
	query_get_text(q, r->reason, sizeof r->reason);
}

int store_certificate_revoke(struct store *s, int64_t authority, const struct store_revoked *r,
                             struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CERTIFICATE_REVOKE, err);
	query_int(&q, authority);
	query_int(&q, r->mark);
	query_text(&q, r->value, sizeof r->value);
	query_int(&q, r->when);
	query_text(&q, r->by, sizeof r->by);
	query_text(&q, r->reason, sizeof r->reason);
	return query_run(&q, NULL);
}

int store_certificate_revoked(struct store *s, int64_t authority, const char *serial,
                              const char *id, struct store_revoked *out, struct err *err)
{
	struct store_revoked r = {0};
	struct query q;

	query_open(&q, s, SQL_CERTIFICATE_REVOKED, err);
	query_int(&q, authority);
	query_text(&q, serial, STORE_TEXT);
	query_text(&q, id, STORE_TEXT);
	int code = query_one(&q, read_revoked, &r, "the certificate was not revoked");
	if (!code)
		*out = r;
	return code;
}

int store_certificate_revoked_list(struct store *s, int64_t authority,
                                   int (*each)(void *, const struct store_revoked *), void *arg,
                                   struct err *err)
{
	struct store_revoked r = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_CERTIFICATE_REVOKED_LIST, err);
	query_int(&q, authority);
	while (!stop && query_row(&q)) {
		read_revoked(&q, &r);
		if (!q.code)
			stop = each(arg, &r);
	}
	code = query_end(&q);
	return code ? code : stop;
}
