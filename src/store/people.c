/* Users and their e-mail addresses. */
#include "store/store_int.h"

#include "base/clock.h"

#include <string.h>

static const char no_user[] = "there is no such user";

void store_read_user(struct query *q, void *row)
{
	struct store_user *u = row;

	u->id = query_get_int(q);
	query_get_text(q, u->name, sizeof u->name);
	query_get_text(q, u->display, sizeof u->display);
	query_get_text(q, u->email, sizeof u->email);
	u->server_admin = query_get_bool(q);
	u->created = query_get_int(q);
	u->suspended = query_get_int(q);
	query_get_text(q, u->suspend_reason, sizeof u->suspend_reason);
	u->hardware_keys = query_get_bool(q);
}

static int get_user(struct query *q, struct store_user *out)
{
	struct store_user u = {0};
	int code = query_one(q, store_read_user, &u, no_user);

	if (!code)
		*out = u;
	return code;
}

int store_user_get(struct store *s, const char *name, struct store_user *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_USER_BY_NAME, err);
	query_text(&q, name, STORE_TEXT);
	return get_user(&q, out);
}

int store_user_get_id(struct store *s, int64_t id, struct store_user *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_USER_BY_ID, err);
	query_int(&q, id);
	return get_user(&q, out);
}

int store_user_by_email(struct store *s, const char *email, struct store_user *out, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_USER_BY_EMAIL, err);
	query_text(&q, email, STORE_EMAIL);
	return get_user(&q, out);
}

int store_user_list(struct store *s, int (*each)(void *, const struct store_user *), void *arg,
                    struct err *err)
{
	return store_user_page(s, "", each, arg, err);
}

int store_user_page(struct store *s, const char *after,
                    int (*each)(void *, const struct store_user *), void *arg, struct err *err)
{
	struct store_user u = {0};
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_USER_LIST, err);
	query_text(&q, after, STORE_TEXT);
	while (!stop && query_row(&q)) {
		store_read_user(&q, &u);
		if (!q.code)
			stop = each(arg, &u);
	}
	code = query_end(&q);
	return code ? code : stop;
}

static int insert_user(struct store *s, struct store_user *u, int64_t now, struct err *err)
{
	struct query q;
	int code;

	query_open(&q, s, SQL_USER_ADD, err);
	query_text(&q, u->name, sizeof u->name);
	query_text(&q, u->display, sizeof u->display);
	query_int(&q, u->server_admin);
	query_int(&q, now);
	query_int(&q, u->suspended ? u->suspended : CLOCK_NEVER);
	query_text(&q, u->suspend_reason, sizeof u->suspend_reason);
	code = query_run(&q, NULL);
	if (!code)
		u->id = sqlite3_last_insert_rowid(s->db);
	return code;
}

static int insert_all(struct store *s, struct store_user *u, int64_t now, struct err *err)
{
	struct store_workspace w = {.creation = CREATION_OWNERS, .token_lifetime = CLOCK_NEVER};
	int code = insert_user(s, u, now, err);

	memcpy(w.name, u->name, sizeof w.name);
	memcpy(w.display, u->display, sizeof w.display);
	w.personal = u->id;
	if (!code)
		code = store_workspace_make(s, &w, u->id, u->id, now, err);
	if (!code && u->email[0])
		code = store_email_add(s, u->id, u->email, err);
	return code;
}

int store_user_add(struct store *s, struct store_user *u, int64_t now, struct err *err)
{
	struct store_user made = *u;
	int code = store_check_owner_name(u->name, err);

	if (!code)
		code = store_join(s, err);
	if (code)
		return code;
	code = store_part(s, insert_all(s, &made, now, err), err);
	if (code == ERR_EXISTS)
		return err_prefix(err, "the name or the e-mail address is taken");
	if (code)
		return code;
	u->id = made.id;
	u->created = now;
	u->suspended = u->suspended ? u->suspended : CLOCK_NEVER;
	return 0;
}

int store_user_update(struct store *s, const struct store_user *u, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_USER_UPDATE, err);
	query_int(&q, u->id);
	query_text(&q, u->display, sizeof u->display);
	query_int(&q, u->server_admin);
	query_int(&q, u->suspended);
	query_text(&q, u->suspend_reason, sizeof u->suspend_reason);
	query_int(&q, u->hardware_keys);
	return query_must(&q, no_user);
}

int store_email_add(struct store *s, int64_t user, const char *email, struct err *err)
{
	struct query q;

	if (!strchr(email, '@'))
		return err_set(err, ERR_INVALID, "an e-mail address holds an @");
	query_open(&q, s, SQL_EMAIL_ADD, err);
	query_int(&q, user);
	query_text(&q, email, STORE_EMAIL);
	return query_run(&q, NULL);
}

int store_email_remove(struct store *s, int64_t user, const char *email, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_EMAIL_REMOVE, err);
	query_int(&q, user);
	query_text(&q, email, STORE_EMAIL);
	return query_must(&q, "the user has no such e-mail address");
}

int store_email_list(struct store *s, int64_t user, int (*each)(void *, const char *email),
                     void *arg, struct err *err)
{
	char email[STORE_EMAIL];
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_EMAIL_LIST, err);
	query_int(&q, user);
	while (!stop && query_row(&q)) {
		query_get_text(&q, email, sizeof email);
		if (!q.code)
			stop = each(arg, email);
	}
	code = query_end(&q);
	return code ? code : stop;
}
