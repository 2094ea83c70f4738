/* Lists of ten thousand, page by page, while more is added: every row comes once. */
#include "house.h"

#include "base/clock.h"
#include "gate/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 10000
#define PAGE 500

/* Names rise with their numbers; those that are added lie between them. */
#define OLD "n%05d"
#define NEW "n%05d-more"

static void ok(struct house *h, int rc)
{
	if (rc)
		fail_msg("%s", h->err.text);
}

struct list {
	void (*add)(struct house *h, const char *name);
	/* Tells each name of a page with told(). */
	int (*page)(struct house *h, const char *after);
};

/* What came, by number; and the page that is being read. */
static struct {
	unsigned char seen[ROWS], more[ROWS];
	int count, rows;
	char last[GATE_GRANT_PLACE];
} now;

static int told(const char *name, const char *place)
{
	int number = -1;
	const char *n = strstr(name, "n0");

	if (n && sscanf(n, OLD, &number) == 1 && number < ROWS) {
		unsigned char *seen = strstr(n, "-more") ? now.more : now.seen;
		seen[number]++;
	}
	snprintf(now.last, sizeof(now.last), "%s", place);
	now.rows++;
	return ++now.count == PAGE;
}

/* -- the lists -- */

static void user_add(struct house *h, const char *name)
{
	struct store_user u = {0};

	snprintf(u.name, sizeof(u.name), "%s", name);
	ok(h, store_user_add(h->gate.store, &u, 1, &h->err));
}

static int user_told(void *arg, const struct store_user *u)
{
	(void)arg;
	return told(u->name, u->name);
}

static int user_page(struct house *h, const char *after)
{
	return gate_user_page(&h->gate, after, user_told, NULL, &h->err);
}

static int workspace_told(void *arg, const struct store_workspace *w)
{
	(void)arg;
	return told(w->name, w->name);
}

static int workspace_page(struct house *h, const char *after)
{
	return gate_workspace_page(&h->gate, NULL, after, workspace_told, NULL, &h->err);
}

static int64_t workspace_of(struct house *h, const char *name)
{
	struct store_workspace w;

	ok(h, store_workspace_get(h->gate.store, name, &w, &h->err));
	return w.id;
}

static int repository_number;

static void repository_add(struct house *h, const char *name)
{
	struct store_repository r = {
	        .workspace = workspace_of(h, repository_number % 2 ? "acme" : "bob"),
	        .format = "sha1"};

	snprintf(r.id, sizeof(r.id), "%032x", ++repository_number);
	snprintf(r.name, sizeof(r.name), "%s", name);
	ok(h, store_repository_add(h->gate.store, &r, 1, &h->err));
}

static int repository_told(void *arg, const struct store_repository *r)
{
	char place[NAME_PATH_SIZE];

	(void)arg;
	snprintf(place, sizeof(place), "%s/%s", r->workspace_name, r->name);
	return told(r->name, place);
}

static int repository_page(struct house *h, const char *after)
{
	return gate_repository_page(&h->gate, NULL, after, repository_told, NULL, &h->err);
}

/* Seven in a second, and those that are added before, around and behind all the others. */
static void deleted_add(struct house *h, const char *name)
{
	static int number;
	char id[STORE_ID];
	int64_t at = 1000 + number++ * 37 % ROWS / 7;

	repository_add(h, name);
	snprintf(id, sizeof(id), "%032x", repository_number);
	ok(h, store_repository_delete(h->gate.store, id, "ann", at, CLOCK_NEVER, &h->err));
}

static int deleted_told(void *arg, const struct store_deleted *d)
{
	char place[GATE_DELETED_PLACE];

	(void)arg;
	return told(d->was.name, gate_deleted_place(d, place));
}

static int deleted_page(struct house *h, const char *after)
{
	return gate_deleted_page(&h->gate, after, deleted_told, NULL, &h->err);
}

static void group_add(struct house *h, const char *name)
{
	struct store_group g = {.workspace = workspace_of(h, "acme")};

	snprintf(g.name, sizeof(g.name), "%s", name);
	ok(h, store_group_add(h->gate.store, &g, 1, &h->err));
}

static int group_told(void *arg, const struct store_group *g)
{
	(void)arg;
	return told(g->name, g->name);
}

static int group_page(struct house *h, const char *after)
{
	return gate_group_page(&h->gate, "acme", after, group_told, NULL, &h->err);
}

static void project_add(struct house *h, const char *name)
{
	struct store_project p = {.workspace = workspace_of(h, "acme")};

	snprintf(p.name, sizeof(p.name), "%s", name);
	ok(h, store_project_add(h->gate.store, &p, 1, &h->err));
}

static int project_told(void *arg, const struct store_project *p)
{
	(void)arg;
	return told(p->name, p->name);
}

static int project_page(struct house *h, const char *after)
{
	return gate_project_page(&h->gate, "acme", after, project_told, NULL, &h->err);
}

/* A third each on the workspace, a project and a repository: for a user of the name. */
static void grant_add(struct house *h, const char *name)
{
	static int number;
	struct store_user u = {0};
	struct store_grant grant = {.subject = GRANT_USER,
	                            .object = (enum grant_object)(1 + number++ % 3),
	                            .right = RIGHT_READ};
	struct store_project web;
	struct store_repository site;

	snprintf(u.name, sizeof(u.name), "%s", name);
	ok(h, store_user_add(h->gate.store, &u, 1, &h->err));
	grant.subject_id = u.id;
	ok(h, gate_project_find(&h->gate, "acme", "Web: all", &web, &h->err));
	ok(h, gate_repository_find(&h->gate, "acme/site", &site, &h->err));
	grant.object_id = grant.object == GRANT_PROJECT ? web.id : web.workspace;
	memcpy(grant.repository, site.id, sizeof(grant.repository));
	ok(h, store_grant_set(h->gate.store, &grant, 1, &h->err));
}

/* Names, kept until the walk is over: no look-up runs inside it. */
static struct {
	struct store_grant rows[PAGE];
	int count;
} grants;

static int grant_keep(void *arg, const struct store_grant *grant)
{
	(void)arg;
	grants.rows[grants.count++] = *grant;
	return grants.count == PAGE;
}

static int grant_page_of(struct house *h, const char *object, const char *after)
{
	char subject[200], on[300], place[GATE_GRANT_PLACE];

	grants.count = 0;
	int rc = gate_grant_page(&h->gate, object, after, grant_keep, NULL, &h->err);
	for (int i = 0; i < grants.count; i++) {
		ok(h, gate_grant_words(&h->gate, &grants.rows[i], subject, sizeof(subject), on,
		                       sizeof(on), &h->err));
		told(subject, gate_grant_place(&grants.rows[i], on, place));
	}
	return rc;
}

static int grant_page(struct house *h, const char *after)
{
	return grant_page_of(h, "acme", after);
}

static void token_add(struct house *h, const char *name)
{
	static uint32_t number;
	struct store_credential c = {.kind = CREDENTIAL_API_TOKEN,
	                             .owner = OWNER_USER,
	                             .owner_id = 1,
	                             .scopes = SCOPE_READ_REPOSITORY,
	                             .expires = CLOCK_NEVER,
	                             .revoked = CLOCK_NEVER};

	snprintf(c.name, sizeof(c.name), "%s", name);
	number++;
	memcpy(c.hash, &number, sizeof(number));
	ok(h, store_credential_add(h->gate.store, &c, &h->err));
}

static int token_told(void *arg, const struct store_credential *c)
{
	char place[32];

	(void)arg;
	snprintf(place, sizeof(place), "id:%lld", (long long)c->id);
	return told(c->name, place);
}

static int token_page(struct house *h, const char *after)
{
	return gate_credential_page(&h->gate, GATE_USER("ann"), after, token_told, NULL, &h->err);
}

static void audit_add(struct house *h, const char *name)
{
	static int number;
	struct store_audit a = {.kind = AUDIT_CHANGE, .at = 1000 + number / 7, .count = 1};

	snprintf(a.reference, sizeof(a.reference), "r%d", number++);
	snprintf(a.object, sizeof(a.object), "%s", name);
	ok(h, store_audit_add(h->gate.store, &a, &h->err));
}

static int audit_told(void *arg, const struct store_audit *a)
{
	(void)arg;
	return told(a->object, a->reference);
}

static int audit_page(struct house *h, const char *after)
{
	struct store_audit_filter f = {0};

	if (after)
		ok(h, gate_history_behind(&h->gate, after, &f, &h->err));
	return gate_history_walk(&h->gate, &f, audit_told, NULL, NULL, &h->err);
}

/* -- the walk -- */

static void begin(struct house *h)
{
	ok(h, store_begin(h->gate.store, &h->err));
}

static void commit(struct house *h)
{
	ok(h, store_commit(h->gate.store, &h->err));
}

static void fill(struct house *h, const struct list *l)
{
	char name[32];

	begin(h);
	for (int n = 0; n < ROWS; n++) {
		snprintf(name, sizeof(name), OLD, n);
		l->add(h, name);
	}
	commit(h);
}

/* Before, around and behind the place the walk has reached. */
static void add_some(struct house *h, const struct list *l, int page)
{
	char name[32];

	begin(h);
	for (int n = page; n < ROWS; n += ROWS / 20) {
		snprintf(name, sizeof(name), NEW, n);
		l->add(h, name);
	}
	commit(h);
}

static void walk(struct house *h, const struct list *l, bool adding)
{
	char after[GATE_GRANT_PLACE] = "";
	int rc = 1;

	memset(&now, 0, sizeof(now));
	for (int page = 0; rc == 1; page++) {
		assert_true(page < 100);
		now.count = 0;
		rc = l->page(h, *after ? after : NULL);
		snprintf(after, sizeof(after), "%s", now.last);
		if (adding && rc == 1 && page < 20)
			add_some(h, l, page);
	}
	ok(h, rc);
}

static void every_row_comes_once(struct house *h, const struct list *l)
{
	fill(h, l);
	walk(h, l, false);
	assert_true(now.rows >= ROWS);
	for (int n = 0; n < ROWS; n++)
		assert_int_equal(now.seen[n], 1);
	walk(h, l, true);
	assert_true(now.rows > ROWS);
	for (int n = 0; n < ROWS; n++) {
		assert_int_equal(now.seen[n], 1);
		assert_in_range(now.more[n], 0, 1);
	}
}

static void users(void **state)
{
	every_row_comes_once(*state, &(struct list){user_add, user_page});
}

static void workspaces(void **state)
{
	every_row_comes_once(*state, &(struct list){user_add, workspace_page});
}

static void repositories(void **state)
{
	every_row_comes_once(*state, &(struct list){repository_add, repository_page});
}

static void deleted_repositories(void **state)
{
	every_row_comes_once(*state, &(struct list){deleted_add, deleted_page});
}

static void groups(void **state)
{
	every_row_comes_once(*state, &(struct list){group_add, group_page});
}

static void projects(void **state)
{
	every_row_comes_once(*state, &(struct list){project_add, project_page});
}

static void the_grants(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	ok(h, gate_project_add(&h->gate, "acme", "Web: all", NULL, NULL, &h->err));
	every_row_comes_once(h, &(struct list){grant_add, grant_page});
	now.rows = 0;
	assert_int_equal(grant_page_of(h, "acme/site", NULL), 1);
	assert_int_equal(grant_page_of(h, "acme/site", now.last), 1);
	assert_int_equal(now.rows, 2 * PAGE);
	assert_non_null(strstr(now.last, "acme/site:user:"));
}

static void tokens(void **state)
{
	every_row_comes_once(*state, &(struct list){token_add, token_page});
}

static void the_audit(void **state)
{
	every_row_comes_once(*state, &(struct list){audit_add, audit_page});
}

static void a_place_that_is_none_is_told(void **state)
{
	struct house *h = *state;
	struct store_audit_filter f = {0};

	assert_int_equal(repository_page(h, "acme"), ERR_INVALID);
	assert_int_equal(deleted_page(h, "acme/site"), ERR_INVALID);
	assert_int_equal(deleted_page(h, "2026-11-25T14:03:07Z/"), ERR_INVALID);
	assert_int_equal(deleted_page(h, "0123456789abcdef0123456789abcdef"), ERR_NOT_FOUND);
	assert_int_equal(grant_page(h, "ann acme"), ERR_INVALID);
	assert_int_equal(grant_page(h, "user:1"), ERR_INVALID);
	assert_int_equal(grant_page(h, ":user:1"), ERR_INVALID);
	assert_int_equal(grant_page(h, "acme:owner:1"), ERR_INVALID);
	assert_int_equal(grant_page(h, "acme/site:user:1x"), ERR_INVALID);
	assert_int_equal(grant_page(h, "acme/:user:1"), ERR_INVALID);
	assert_int_equal(token_page(h, "laptop"), ERR_INVALID);
	assert_int_equal(token_page(h, "id:"), ERR_INVALID);
	assert_int_equal(token_page(h, "id:12x"), ERR_INVALID);
	assert_int_equal(gate_history_behind(&h->gate, "nothing", &f, &h->err), ERR_NOT_FOUND);
}

/* Somebody removed the row a page ended with. */
static void a_place_that_is_gone_is_still_a_place(void **state)
{
	struct house *h = *state;

	memset(&now, 0, sizeof(now));
	ok(h, user_page(h, "annabel"));
	assert_int_equal(now.rows, 1); /* bob */
	assert_string_equal(now.last, "bob");
	now.rows = 0;
	ok(h, repository_page(h, "nobody/none"));
	ok(h, token_page(h, "id:999999"));
	ok(h, grant_page(h, "acme/never-was:group:999999"));
	ok(h, grant_page(h, "a:id:1"));
	ok(h, deleted_page(h, "2026-11-25T14:03:07Z/0123456789abcdef0123456789abcdef"));
	assert_int_equal(now.rows, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(users),
	        test(workspaces),
	        test(repositories),
	        test(deleted_repositories),
	        test(groups),
	        test(projects),
	        test(the_grants),
	        test(tokens),
	        test(the_audit),
	        test(a_place_that_is_none_is_told),
	        test(a_place_that_is_gone_is_still_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
