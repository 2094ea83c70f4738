#include "house.h"

#include "gate/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int add(struct house *h, const char *repository, const char *path)
{
	return gate_alias_add(&h->gate, repository, path, NULL, &h->err);
}

static void refused(struct house *h, int code, const char *path, const char *why)
{
	assert_int_equal(add(h, "acme/site", path), code);
	if (!strstr(h->err.text, why))
		fail_msg("%s: %s", path, h->err.text);
}

static void an_address_is_taken_as_people_type_it(void **state)
{
	static const char *const same[] = {"/git/team/project.git", "git/team/project.git/",
	                                   "//git/team/project", "GIT/team/project.GIT"};
	struct house *h = *state;
	struct store_repository r;
	struct store_audit row;

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_alias_add(&h->gate, "acme/site", "git/team/project", &r, &h->err), 0);
	assert_string_equal(r.name, "site");
	house_last_audit(h, &row);
	assert_string_equal(row.reason, "alias add");
	assert_string_equal(row.object, "acme/site");
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		refused(h, ERR_EXISTS, same[i], "leads to acme/site already");
}

static void what_others_could_take_is_no_address(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	house_repository(h, "acme/other", NULL);
	refused(h, ERR_EXISTS, "acme/other", "there is a repository acme/other already");
	refused(h, ERR_EXISTS, "acme/site", "there is a repository acme/site already");
	refused(h, ERR_INVALID, "team/project", "gatehouse workspace create team");
	refused(h, ERR_INVALID, "-/login", "can't be an old address");
	refused(h, ERR_INVALID, "2.0/repositories", "can't be an old address");
	refused(h, ERR_INVALID, "", "can't be an old address");
	assert_int_equal(add(h, "acme/none", "project"), ERR_NOT_FOUND);
	assert_int_equal(add(h, "acme/site", "acme/old"), 0); /* a name, and reserved */
	struct gate_repository_new again = {.path = "acme/old"};
	assert_int_equal(gate_repository_add(&h->gate, &again, NULL, &h->err), ERR_EXISTS);
}

static void a_repository_has_so_many_and_no_more(void **state)
{
	struct house *h = *state;
	char path[40];

	house_repository(h, "acme/site", NULL);
	for (int i = 0; i < GATE_ALIASES; i++) {
		snprintf(path, sizeof(path), "git/team/project-%d", i);
		assert_int_equal(add(h, "acme/site", path), 0);
	}
	refused(h, ERR_LIMIT, "project", "which is all");
}

/* Decides for a user with all rights, by names or by the whole address. */
static void ask(struct house *h, const char *workspace, const char *repository, const char *path,
                struct gate_decision *out)
{
	const struct gate_ask ask = {.operation = OPERATION_WRITE,
	                             .workspace = workspace,
	                             .repository = repository,
	                             .path = path,
	                             .address = "127.0.0.1",
	                             .now = 1};
	struct gate_session s = {0};
	struct store_user ann;

	assert_int_equal(gate_user_find(&h->gate, "ann", &ann, &h->err), 0);
	gate_session_user(&ann, &s);
	assert_int_equal(gate_authorise(&h->gate, &s, &ask, out, &h->err), 0);
}

static void an_address_is_looked_for_where_no_name_can_be(void **state)
{
	struct house *h = *state;
	struct gate_decision d;
	char object[200];

	house_repository(h, "acme/site", NULL);
	assert_int_equal(add(h, "acme/site", "git/project"), 0);
	assert_int_equal(add(h, "acme/site", "project"), 0);
	ask(h, "git", "project", "git/project", &d);
	assert_int_equal(d.verdict.reason, REASON_ALLOWED);
	assert_true(d.repository.by_alias && gate_decision_sees(&d));
	gate_decision_clear(&d);
	ask(h, "", "", "project", &d);
	assert_int_equal(d.verdict.reason, REASON_ALLOWED);
	gate_decision_object(&d, object, sizeof(object));
	assert_string_equal(object, "project");
	gate_decision_clear(&d);
	ask(h, "", "", "git/none", &d); /* and never makes one */
	assert_int_equal(d.verdict.reason, REASON_NOT_FOUND);
	assert_false(gate_decision_sees(&d));
	gate_decision_clear(&d);
	ask(h, "", "", "", &d);
	assert_int_equal(d.verdict.reason, REASON_NOT_FOUND);
	gate_decision_clear(&d);
	ask(h, "acme", "site", "project", &d); /* a name goes by the name */
	assert_false(d.repository.by_alias);
	gate_decision_clear(&d);
}

static void decided(struct house *h, const char *workspace, const char *repository,
                    const char *path, enum reason reason)
{
	struct gate_decision d;

	ask(h, workspace, repository, path, &d);
	assert_int_equal(d.verdict.reason, reason);
	assert_int_equal(gate_decision_sees(&d),
	                 reason == REASON_MOVED || (reason == REASON_ALLOWED && !d.verdict.create));
	gate_decision_clear(&d);
}

static void an_ended_one_tells_who_may_read_it(void **state)
{
	const struct gate_repository_edit edit = {.new_name = "page"};
	struct house *h = *state;
	struct store_repository r;
	struct store_alias a;
	struct gate_decision d;

	house_repository(h, "acme/site", &r);
	assert_int_equal(gate_repository_edit(&h->gate, "acme/site", &edit, NULL, &h->err), 0);
	assert_int_equal(add(h, "acme/page", "git/project"), 0);
	assert_int_equal(gate_alias_find(&h->gate, &r, "/GIT/project.git", &a, &h->err), 0);
	assert_string_equal(a.path, "git/project");
	assert_int_equal(gate_alias_remove(&h->gate, "acme/page", "page", NULL, &h->err),
	                 ERR_NOT_FOUND);
	assert_int_equal(gate_alias_remove(&h->gate, "acme/page", "acme/site", NULL, &h->err), 0);
	assert_int_equal(gate_alias_remove(&h->gate, "acme/page", "git/project", NULL, &h->err), 0);
	assert_int_equal(gate_alias_remove(&h->gate, "acme/page", "acme/site", NULL, &h->err),
	                 ERR_NOT_FOUND);
	/* ann could make acme/site by the push: she is told instead */
	ask(h, "acme", "site", "acme/site", &d);
	assert_int_equal(d.verdict.reason, REASON_MOVED);
	assert_string_equal(d.repository.name, "page");
	assert_false(d.verdict.create);
	gate_decision_clear(&d);
	decided(h, "git", "project", "git/project", REASON_MOVED);
	house_repository(h, "acme/site", NULL); /* the new one wins */
	decided(h, "acme", "site", "acme/site", REASON_ALLOWED);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	        T(an_address_is_taken_as_people_type_it),
	        T(what_others_could_take_is_no_address),
	        T(a_repository_has_so_many_and_no_more),
	        T(an_ended_one_tells_who_may_read_it),
	        T(an_address_is_looked_for_where_no_name_can_be),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
