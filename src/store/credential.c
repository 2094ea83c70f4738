/* Credentials: how they are recognised, what they may, what became of them.
 * Never the secret: only its hash comes here. */
#include "store/store_int.h"

#include "base/clock.h"

static const char no_credential[] = "there is no such credential";

static void read_scopes(struct query *q, struct store_credential *c)
{
	int64_t scopes = query_get_int(q);

	/* a bit that this program does not know may allow nothing */
	c->scopes = (scope_set_t)((uint64_t)scopes & SCOPE_ALL);
	if (query_get_bool(q))
		c->scopes |= SCOPE_EXACT;
}

static void read_credential(struct query *q, void *row)
{
	struct store_credential *c = row;

	c->id = query_get_int(q);
	c->kind = (enum credential_kind)query_get_enum(q, CREDENTIAL_API_TOKEN,
	                                               CREDENTIAL_ACCESS_KEY);
	c->owner = (enum credential_owner)query_get_enum(q, OWNER_USER, OWNER_WORKSPACE);
	c->owner_id = query_get_int(q);
	query_get_text(q, c->owner_repository, sizeof c->owner_repository);
	query_get_text(q, c->name, sizeof c->name);
	query_get_blob(q, c->hash, sizeof c->hash);
	read_scopes(q, c);
	c->created = query_get_int(q);
	c->not_before = query_get_int(q);
	c->expires = query_get_int(q);
	query_get_text(q, c->created_by, sizeof c->created_by);
	c->revoked = query_get_int(q);
	query_get_text(q, c->revoked_by, sizeof c->revoked_by);
	query_get_text(q, c->revoke_reason, sizeof c->revoke_reason);
	c->leaked = query_get_bool(q);
	c->used = query_get_int(q);
	query_get_text(q, c->used_from, sizeof c->used_from);
	c->refused = query_get_int(q);
	query_get_text(q, c->refused_from, sizeof c->refused_from);
	query_get_text(q, c->refused_why, sizeof c->refused_why);
	c->exposed = query_get_int(q);
	query_get_text(q, c->bot_email, sizeof c->bot_email);
	c->secret_made = query_get_int(q);
	c->secret_used = query_get_int(q);
	c->quiet = query_get_bool(q);
	c->alerts = query_get_bool(q);
	for (int kind = LIMIT_REPOSITORY; kind <= LIMIT_ADDRESS; kind++)
		c->limits[kind] = query_get_enum(q, 0, INT32_MAX);
}

static int get_credential(struct query *q, struct store_credential *out)
{
	struct store_credential c = {0};
	int code = query_one(q, read_credential, &c, no_credential);

	if (!code)
		*out = c;
	return code;
}

int store_credential_by_hash(struct store *s, const uint8_t hash[STORE_HASH],
                             struct store_credential *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CREDENTIAL_BY_HASH, err);
	query_blob(&q, hash, STORE_HASH);
	return get_credential(&q, out);
}

int store_credential_get(struct store *s, int64_t id, struct store_credential *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CREDENTIAL_BY_ID, err);
	query_int(&q, id);
	return get_credential(&q, out);
}

static void bind_owner(struct query *q, const struct store_owner *owner)
{
	bool repository = owner->kind == OWNER_REPOSITORY;

	query_int(q, owner->kind);
	query_int(q, repository ? 0 : owner->id);
	query_text(q, repository ? owner->repository : "", sizeof owner->repository);
}

static int by_name(struct store *s, enum statement which, const struct store_owner *owner,
                   const char *name, struct store_credential *out, struct err *err)
{
	struct query q;

	query_open(&q, s, which, err);
	bind_owner(&q, owner);
	query_text(&q, name, STORE_TEXT);
	return get_credential(&q, out);
}

int store_credential_by_name(struct store *s, const struct store_owner *owner, const char *name,
                             struct store_credential *out, struct err *err)
{
	return by_name(s, SQL_CREDENTIAL_BY_NAME, owner, name, out, err);
}

int store_key_by_name(struct store *s, const struct store_owner *owner, const char *name,
                      struct store_credential *out, struct err *err)
{
	return by_name(s, SQL_KEY_BY_NAME, owner, name, out, err);
}

/* Its owner is there: looked up in the table of its kind. */
static int check_owner(struct store *s, const struct store_credential *c, struct err *err)
{
	static const enum statement ask[] = {
	        [OWNER_USER] = SQL_SUBJECT_USER,
	        [OWNER_REPOSITORY] = SQL_PLACE_REPOSITORY,
	        [OWNER_PROJECT] = SQL_PLACE_PROJECT,
	        [OWNER_WORKSPACE] = SQL_PLACE_WORKSPACE,
	};
	struct query q;
	bool found;
	int code;

	if (c->owner < OWNER_USER || c->owner > OWNER_WORKSPACE)
		return err_set(err, ERR_INVALID, "a credential has an owner");
	query_open(&q, s, ask[c->owner], err);
	if (c->owner == OWNER_REPOSITORY)
		query_text(&q, c->owner_repository, sizeof c->owner_repository);
	else
		query_int(&q, c->owner_id);
	found = query_row(&q);
	code = query_end(&q);
	if (!code && !found)
		return err_set(err, ERR_NOT_FOUND, "the credential's owner does not exist");
	return code;
}

static void bind_credential(struct query *q, const struct store_credential *c)
{
	bool repository = c->owner == OWNER_REPOSITORY;

	query_int(q, c->kind);
	query_int(q, c->owner);
	query_int(q, repository ? 0 : c->owner_id);
	query_text(q, repository ? c->owner_repository : "", sizeof c->owner_repository);
	query_text(q, c->name, sizeof c->name);
	query_blob(q, c->hash, sizeof c->hash);
	query_int(q, c->scopes & SCOPE_ALL);
	query_int(q, c->created);
	query_int(q, c->not_before);
	query_int(q, c->expires);
	query_text(q, c->created_by, sizeof c->created_by);
	query_int(q, c->revoked);
	query_text(q, c->revoked_by, sizeof c->revoked_by);
	query_text(q, c->revoke_reason, sizeof c->revoke_reason);
	query_int(q, c->leaked);
	query_text(q, c->bot_email, sizeof c->bot_email);
	query_int(q, (c->scopes & SCOPE_EXACT) != 0);
}

int store_credential_add(struct store *s, struct store_credential *c, struct err *err)
{
	struct query q;
	int code = store_check_label(c->name, sizeof c->name, err);

	if (!code)
		code = check_owner(s, c, err);
	if (code)
		return code;
	query_open(&q, s, SQL_CREDENTIAL_ADD, err);
	bind_credential(&q, c);
	code = query_run(&q, NULL);
	if (!code)
		c->id = sqlite3_last_insert_rowid(s->db);
	return code;
}

static int walk(struct query *q, int (*each)(void *, const struct store_credential *), void *arg)
{
	struct store_credential c = {0};
	int stop = 0, code;

	while (!stop && query_row(q)) {
		read_credential(q, &c);
		if (!q->code)
			stop = each(arg, &c);
	}
	code = query_end(q);
	return code ? code : stop;
}

int store_credential_list(struct store *s, const struct store_owner *owner,
                          int (*each)(void *, const struct store_credential *), void *arg,
                          struct err *err)
{
	return store_credential_page(s, owner, 0, each, arg, err);
}

int store_credential_page(struct store *s, const struct store_owner *owner, int64_t after,
                          int (*each)(void *, const struct store_credential *), void *arg,
                          struct err *err)
{
	struct query q;

	query_open(&q, s, owner ? SQL_CREDENTIAL_LIST : SQL_CREDENTIAL_LIST_ALL, err);
	if (owner)
		bind_owner(&q, owner);
	query_int(&q, after);
	return walk(&q, each, arg);
}

int store_key_list(struct store *s, const struct store_owner *owner,
                   int (*each)(void *, const struct store_credential *), void *arg, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_KEY_LIST, err);
	bind_owner(&q, owner);
	return walk(&q, each, arg);
}

int store_credential_list_bots(struct store *s,
                               int (*each)(void *, const struct store_credential *), void *arg,
                               struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CREDENTIAL_LIST_BOTS, err);
	return walk(&q, each, arg);
}

int store_credential_revoke(struct store *s, const struct store_credential *c, struct err *err)
{
	struct query q;

	if (c->revoked == CLOCK_NEVER)
		return err_set(err, ERR_INVALID, "what is revoked does not live again");
	query_open(&q, s, SQL_CREDENTIAL_REVOKE, err);
	query_int(&q, c->id);
	query_int(&q, c->revoked);
	query_text(&q, c->revoked_by, sizeof c->revoked_by);
	query_text(&q, c->revoke_reason, sizeof c->revoke_reason);
	query_int(&q, c->leaked);
	return query_must(&q, no_credential);
}

int store_credential_stamp(struct store *s, int64_t id, const uint8_t hash[STORE_HASH],
                           int64_t when, const char *from, const char *why, struct err *err)
{
	struct store_credential *sizes = NULL;
	struct query q;

	query_open(&q, s, why ? SQL_CREDENTIAL_REFUSED : SQL_CREDENTIAL_USED, err);
	query_int(&q, id);
	query_int(&q, when);
	query_text(&q, from, sizeof sizes->used_from);
	if (why)
		query_text(&q, why, sizeof sizes->refused_why);
	else
		query_blob(&q, hash, STORE_HASH);
	return query_must(&q, no_credential);
}

int store_credential_email(struct store *s, int64_t id, const char *email, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CREDENTIAL_EMAIL, err);
	query_int(&q, id);
	query_text(&q, email, STORE_EMAIL);
	return query_must(&q, no_credential);
}

int store_credential_tell(struct store *s, const struct store_credential *c, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CREDENTIAL_TELL, err);
	query_int(&q, c->id);
	query_int(&q, c->quiet);
	query_int(&q, c->alerts);
	return query_must(&q, no_credential);
}

int store_credential_expose(struct store *s, int64_t id, int64_t when, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CREDENTIAL_EXPOSED, err);
	query_int(&q, id);
	query_int(&q, when);
	return query_must(&q, no_credential);
}

int store_credential_scopes(struct store *s, int64_t id, scope_set_t scopes, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_CREDENTIAL_SCOPES, err);
	query_int(&q, id);
	query_int(&q, scopes);
	return query_must(&q, no_credential);
}
