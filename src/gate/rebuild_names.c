/* Whether the names can be used, and a free one where they can't. */
#include "gate/rebuild_int.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same(const struct rebuild_one *r, const char *workspace, const char *name)
{
	return policy_name_equal(r->workspace, workspace) && policy_name_equal(r->name, name);
}

/* -- what the operator says -- */

static int place_one(void *arg, const char *item, struct err *err)
{
	struct rebuild_all *l = arg;
	char workspace[NAME_OWNER_SIZE], name[NAME_REPOSITORY_SIZE];
	const char *equals = strchr(item, '=');
	size_t len = equals ? (size_t)(equals - item) : 0;
	const char *fault =
	        equals ? policy_name_path(equals + 1, workspace, name) : "ID=WS/NAME is wanted";

	if (fault)
		return err_set(err, ERR_INVALID, "--place \"%.120s\": %s", item, fault);
	for (size_t i = 0; i < l->count; i++) {
		struct rebuild_one *r = &l->all[i];
		if (strlen(r->id) != len || memcmp(r->id, item, len) != 0)
			continue;
		if (r->unread)
			return err_set(err, ERR_INVALID, "--place \"%.120s\": %.300s", item,
			               r->why);
		gate_put(r->workspace, sizeof(r->workspace), "%s", workspace);
		gate_put(r->name, sizeof(r->name), "%s", name);
		r->why[0] = '\0';
		return 0;
	}
	return err_set(err, ERR_NOT_FOUND, "--place \"%.120s\": no repository has that id", item);
}

/* -- what is wrong -- */

static void judge(struct rebuild_one *r)
{
	const char *fault;

	if (*r->why)
		return;
	if (!*r->workspace || !*r->name) {
		gate_put(r->why, sizeof(r->why), "its config names no workspace and repository");
		return;
	}
	fault = policy_name_owner_fault(r->workspace, strlen(r->workspace));
	if (fault)
		gate_put(r->why, sizeof(r->why), "\"%.80s\" can't name a workspace: %s",
		         r->workspace, fault);
	else if ((fault = policy_name_repository_fault(r->name, strlen(r->name))))
		gate_put(r->why, sizeof(r->why), "\"%.120s\" can't name a repository: %s", r->name,
		         fault);
	else if (strcmp(r->format, "sha1") != 0 && strcmp(r->format, "sha256") != 0)
		gate_put(r->why, sizeof(r->why), "\"%.16s\" is no object format", r->format);
}

static int by_name(const void *a, const void *b)
{
	const struct rebuild_one *l = a, *r = b;
	int order = strcasecmp(l->workspace, r->workspace);

	if (!order)
		order = strcasecmp(l->name, r->name);
	if (!order)
		order = l->changed < r->changed ? 1 : l->changed > r->changed ? -1 : 0;
	return order ? order : strcmp(l->id, r->id);
}

/* The next one that is well so far, from there on. */
static size_t next_well(const struct rebuild_all *l, size_t from)
{
	while (from < l->count && *l->all[from].why)
		from++;
	return from;
}

/* Sorted by name, the one that changed last first. Which of several is meant is
 * not ours to say: a deleted one is kept under its name for a while. */
static void judge_doubles(struct rebuild_all *l)
{
	for (size_t i = next_well(l, 0), next; i < l->count; i = next) {
		struct rebuild_one *first = &l->all[i];
		bool several = false;

		next = next_well(l, i + 1);
		while (next < l->count && same(first, l->all[next].workspace, l->all[next].name)) {
			several = true;
			gate_put(l->all[next].why, REBUILD_WHY, "another is called that too");
			next = next_well(l, next);
		}
		first->first = several;
		if (several)
			gate_put(first->why, REBUILD_WHY,
			         "others are called that too; this one changed last");
	}
}

/* -- a free name -- */

/* How much must go at the end. */
static size_t tail(const char *name, size_t len)
{
	static const char *const tails[] = {".git", ".lock", ".", "_", "-"};

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		size_t n = strlen(tails[i]);
		if (len >= n && !strcasecmp(name + len - n, tails[i]))
			return n;
	}
	return 0;
}

/* Letters, digits, and what may stand between them. */
static void fit(char *out, size_t size, const char *text, size_t most)
{
	size_t len = 0;

	for (const char *p = text; *p && len < most && len + 1 < size; p++)
		out[len++] = isalnum((unsigned char)*p) || strchr("._-", *p) ? *p : '-';
	out[len] = '\0';
	for (size_t cut; (cut = tail(out, len)); out[len] = '\0')
		len -= cut;
}

static bool taken(const struct rebuild_all *l, const struct rebuild_one *self,
                  const char *workspace, const char *name)
{
	char both[256];

	gate_put(both, sizeof(both), "%s/%s", workspace, name);
	for (size_t i = 0; i < l->count; i++) {
		const struct rebuild_one *r = &l->all[i];
		if (r != self && same(r, workspace, name))
			return true;
		if (*r->proposal && policy_name_equal(r->proposal + STORE_ID, both))
			return true;
	}
	return false;
}

static void propose(const struct gate_rebuild *ask, const struct rebuild_all *l,
                    struct rebuild_one *r)
{
	char workspace[NAME_OWNER_SIZE], base[NAME_REPOSITORY_SIZE], name[NAME_REPOSITORY_SIZE];

	if (r->unread)
		return;
	fit(workspace, sizeof(workspace), r->workspace, NAME_OWNER_MAX);
	policy_name_fold(workspace);
	if (policy_name_owner_fault(workspace, strlen(workspace)))
		gate_put(workspace, sizeof(workspace), "%s", ask->owner);
	fit(base, sizeof(base), r->name, NAME_REPOSITORY_MAX - 6);
	if (policy_name_repository_fault(base, strlen(base)))
		gate_put(base, sizeof(base), "found-%.8s", r->id);
	gate_put(name, sizeof(name), "%s", base);
	for (unsigned n = 2; n < 10000 && !r->first && taken(l, r, workspace, name); n++)
		gate_put(name, sizeof(name), "%.90s-%u", base, n);
	gate_put(r->proposal, sizeof(r->proposal), "%s=%s/%s", r->id, workspace, name);
}

int rebuild_name(const struct gate_rebuild *ask, struct rebuild_all *l, struct err *err)
{
	int rc = ask->place ? gate_items(ask->place, place_one, l, err) : 0;

	if (rc || !l->count)
		return rc;
	for (size_t i = 0; i < l->count; i++)
		judge(&l->all[i]);
	qsort(l->all, l->count, sizeof(*l->all), by_name);
	judge_doubles(l);
	for (size_t i = 0; i < l->count; i++)
		if (*l->all[i].why)
			propose(ask, l, &l->all[i]);
	return 0;
}
