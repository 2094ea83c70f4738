/* Reading credentials: for those who ask about them. */
#include "gate/gate_int.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define REACH_NAMES 12 /* repositories named in a sentence; the rest is counted */

int gate_credential_find(struct gate *g, const struct gate_whose *whose, const char *name,
                         struct store_credential *out, struct err *err)
{
	struct gate_owner o;
	struct store_credential c;

	int rc = gate_owner_find(g, whose, &o, err);
	if (rc)
		return rc;
	rc = store_credential_by_name(g->store, &o.key, name, &c, err);
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "%s has no token \"%.100s\"", o.name, name);
	if (!rc && out)
		*out = c;
	return rc;
}

int gate_credential_by_number(struct gate *g, const char *text, struct store_credential *out,
                              struct err *err)
{
	bool numbered = !strncmp(text, "id:", 3);
	const char *digits = numbered ? text + 3 : text;
	size_t len = strspn(digits, "0123456789");
	struct store_credential c;

	if (!len || len > 18 || (numbered ? digits[len] : digits[len] != '@'))
		return err_set(err, ERR_INVALID, "\"%.80s\" names no credential (wanted: id:12)",
		               text);
	int rc = store_credential_get(g->store, strtoll(digits, NULL, 10), &c, err);
	if (!rc && !numbered && strcmp(c.bot_email, text))
		rc = ERR_NOT_FOUND;
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "there is no credential %.80s", digits);
	if (!rc)
		*out = c;
	return rc;
}

struct tokens {
	int (*each)(void *, const struct store_credential *);
	void *arg;
};

static int each_token(void *arg, const struct store_credential *c)
{
	struct tokens *t = arg;

	return gate_is_key(c) ? 0 : t->each(t->arg, c);
}

int gate_credential_list(struct gate *g, const struct gate_whose *whose,
                         int (*each)(void *, const struct store_credential *), void *arg,
                         struct err *err)
{
	return gate_credential_page(g, whose, NULL, each, arg, err);
}

int gate_credential_page(struct gate *g, const struct gate_whose *whose, const char *after,
                         int (*each)(void *, const struct store_credential *), void *arg,
                         struct err *err)
{
	struct tokens tokens = {each, arg};
	struct gate_owner o;
	size_t digits = after && !strncmp(after, "id:", 3) ? strspn(after + 3, "0123456789") : 0;

	if (after && (!digits || digits > 18 || after[3 + digits]))
		return err_set(err, ERR_INVALID,
		               "\"%.80s\" is no place in this list (wanted: id:12)", after);
	int rc = gate_owner_find(g, whose, &o, err);
	return rc ? rc
	          : store_credential_page(g->store, &o.key,
	                                  after ? strtoll(after + 3, NULL, 10) : 0, each_token,
	                                  &tokens, err);
}

/* Values first, names after: no look-up runs inside another one's walk. */
struct limit_list {
	size_t count, room;
	char (*values)[GATE_ITEM];
};

static int limit_keep(void *arg, const char *value)
{
	struct limit_list *l = arg;
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 16;
		void *more = realloc(l->values, room * sizeof(*l->values));
		if (!more)
			return ERR_MEMORY;
		l->values = more;
		l->room = room;
	}
	gate_put(l->values[l->count++], GATE_ITEM, "%s", value);
	return 0;
}

static int limit_read(struct gate *g, const struct store_credential *c, enum limit_kind kind,
                      struct limit_list *out, struct err *err)
{
	memset(out, 0, sizeof(*out));
	int rc = store_limit_list(g->store, c->id, kind, limit_keep, out, err);
	if (rc) {
		free(out->values);
		out->values = NULL;
	}
	return rc;
}

int gate_credential_limits(struct gate *g, const struct store_credential *c, enum limit_kind kind,
                           int (*each)(void *, const char *words), void *arg, struct err *err)
{
	struct limit_list list;
	struct store_repository r;
	char words[GATE_ITEM];

	int rc = limit_read(g, c, kind, &list, err);
	for (size_t i = 0; !rc && i < list.count; i++) {
		gate_put(words, sizeof(words), "%s", list.values[i]);
		if (kind == LIMIT_REPOSITORY) {
			rc = store_repository_get(g->store, list.values[i], &r, err);
			if (!rc)
				gate_put(words, sizeof(words), "%s/%s", r.workspace_name, r.name);
			else if (rc == ERR_NOT_FOUND)
				gate_put(words, sizeof(words), "deleted:%s", list.values[i]);
			rc = rc == ERR_NOT_FOUND ? 0 : rc;
		}
		if (!rc)
			rc = each(arg, words);
	}
	free(list.values);
	return rc;
}

bool gate_owner_sees(struct gate *g, const struct store_credential *c,
                     const struct store_repository *r)
{
	enum right right = RIGHT_NONE;

	if (r->visibility == VISIBILITY_PUBLIC)
		return true;
	if (c->owner != OWNER_USER)
		return !store_right_of_credential(g->store, c->id, r, &right, NULL) &&
		       right >= RIGHT_READ;
	if (r->visibility == VISIBILITY_INTERNAL)
		return true;
	return !store_right_of_user(g->store, c->owner_id, r, &right, NULL) && right >= RIGHT_READ;
}

struct example_walk {
	size_t count;
	struct store_repository found[64];
};

static int example_keep(void *arg, const struct store_repository *r)
{
	struct example_walk *walk = arg;
	walk->found[walk->count++] = *r;
	return walk->count == sizeof(walk->found) / sizeof(walk->found[0]);
}

static int example_any(struct gate *g, const struct store_credential *c,
                       struct store_repository *out, struct err *err)
{
	struct example_walk *walk = calloc(1, sizeof(*walk));
	struct gate_owner o;

	if (!walk)
		return err_set(err, ERR_MEMORY, "out of memory");
	int rc = gate_owner_of(g, c, &o, err);
	if (!rc)
		rc = store_repository_list(g->store, o.workspace, example_keep, walk, err);
	if (rc >= 0)
		rc = ERR_NOT_FOUND;
	for (size_t i = 0; rc == ERR_NOT_FOUND && i < walk->count; i++)
		if (gate_owner_sees(g, c, &walk->found[i])) {
			*out = walk->found[i];
			rc = 0;
		}
	free(walk);
	return rc;
}

int gate_credential_example(struct gate *g, const struct store_credential *c,
                            struct store_repository *out, struct err *err)
{
	struct limit_list list;

	if (!c->limits[LIMIT_REPOSITORY] && c->owner == OWNER_REPOSITORY)
		return store_repository_get(g->store, c->owner_repository, out, err);
	if (!c->limits[LIMIT_REPOSITORY])
		return example_any(g, c, out, err);
	int rc = limit_read(g, c, LIMIT_REPOSITORY, &list, err);
	if (rc)
		return rc;
	rc = ERR_NOT_FOUND;
	for (size_t i = 0; rc == ERR_NOT_FOUND && i < list.count; i++)
		rc = store_repository_get(g->store, list.values[i], out, err);
	free(list.values);
	return rc;
}

static int reach_limited(struct gate *g, const struct store_credential *c, struct buf *out,
                         struct err *err)
{
	struct limit_list list;
	struct store_repository r;
	size_t named = 0, more = 0;

	int rc = limit_read(g, c, LIMIT_REPOSITORY, &list, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < list.count; i++) {
		if (store_repository_get(g->store, list.values[i], &r, NULL) ||
		    !gate_owner_sees(g, c, &r) || named == REACH_NAMES) {
			more++;
			continue;
		}
		buf_addf(out, "%s%s/%s", named++ ? ", " : "", r.workspace_name, r.name);
	}
	free(list.values);
	if (more && named)
		buf_addf(out, " and %zu more", more);
	else if (more)
		buf_add_str(out, "repositories that were deleted or that its owner may not see");
	return out->failed ? err_set(err, out->failed, "the reach is too long to say") : 0;
}

static int reach_count(void *arg, const struct store_grant *grant)
{
	(void)grant;
	++*(size_t *)arg;
	return 0;
}

struct reach_more {
	const struct gate_owner *o;
	struct buf *out;
};

static int reach_served(void *arg, const struct store_repository *r)
{
	struct reach_more *more = arg;

	if (strcmp(r->id, more->o->key.repository))
		buf_addf(more->out, ", %s/%s", r->workspace_name, r->name);
	return 0;
}

static int reach_bot(struct gate *g, const struct store_credential *c, struct buf *out,
                     struct err *err)
{
	struct gate_owner o;
	size_t grants = 0;

	int rc = gate_owner_of(g, c, &o, err);
	if (!rc)
		rc = store_grant_list_of(g->store, GRANT_CREDENTIAL, c->id, reach_count, &grants,
		                         err);
	if (rc)
		return rc;
	if (o.key.kind != OWNER_REPOSITORY)
		buf_add_str(out, "the repositories of ");
	gate_owner_words(&o, out);
	rc = gate_key_served(g, c, reach_served, &(struct reach_more){&o, out}, err);
	if (rc)
		return rc;
	if (grants)
		buf_add_str(out, ", and what was granted to it");
	return out->failed ? err_set(err, out->failed, "the reach is too long to say") : 0;
}

/* "read", "read and write", "push to", or NULL when it opens no content. */
static const char *reach_verb(scope_set_t scopes)
{
	if (policy_scope_only_push(scopes))
		return "push to";
	scopes = policy_scope_expand(scopes);
	if (scopes & SCOPE_WRITE_REPOSITORY)
		return "read and write";
	return scopes & SCOPE_READ_REPOSITORY ? "read" : NULL;
}

int gate_credential_reach(struct gate *g, const struct store_credential *c, struct buf *out,
                          struct err *err)
{
	const char *verb = reach_verb(c->scopes);
	struct store_user u;

	if (!verb) {
		buf_add_str(out, "no repository's content");
		return out->failed ? err_set(err, out->failed, "the reach is too long to say") : 0;
	}
	if (c->limits[LIMIT_REPOSITORY])
		return reach_limited(g, c, out, err);
	if (c->owner != OWNER_USER)
		return reach_bot(g, c, out, err);
	int rc = store_user_get_id(g->store, c->owner_id, &u, err);
	if (rc)
		return rc;
	buf_addf(out, "what %s may %s", u.name, verb);
	return out->failed ? err_set(err, out->failed, "the reach is too long to say") : 0;
}
