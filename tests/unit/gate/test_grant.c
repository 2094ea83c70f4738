#include "house.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum right right_of(struct house *h, const char *user, const char *path)
{
	struct store_repository r;
	struct store_user u;
	enum right right;

	assert_int_equal(gate_repository_find(&h->gate, path, &r, &h->err), 0);
	assert_int_equal(gate_user_find(&h->gate, user, &u, &h->err), 0);
	assert_int_equal(store_right_of_user(h->gate.store, u.id, &r, &right, &h->err), 0);
	return right;
}

static void a_grant_reaches_workspace_project_and_repository(void **state)
{
	struct house *h = *state;
	struct gate_repository_edit in = {.project = "web site"};

	house_repository(h, "acme/site", NULL);
	assert_int_equal(right_of(h, "bob", "acme/site"), RIGHT_NONE);
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme/site", "write", NULL, &h->err), 0);
	assert_int_equal(right_of(h, "bob", "acme/site"), RIGHT_WRITE);
	assert_int_equal(gate_grant_remove(&h->gate, "bob", "acme/site", &h->err), 0);
	assert_int_equal(right_of(h, "bob", "acme/site"), RIGHT_NONE);
	assert_int_equal(gate_project_add(&h->gate, "acme", "web site", NULL, NULL, &h->err), 0);
	assert_int_equal(gate_repository_edit(&h->gate, "acme/site", &in, NULL, &h->err), 0);
	assert_int_equal(
	        gate_grant_set(&h->gate, "bob", "acme/project:web site", "read", NULL, &h->err), 0);
	assert_int_equal(right_of(h, "bob", "acme/site"), RIGHT_READ);
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme", "admin", NULL, &h->err), 0);
	assert_int_equal(right_of(h, "bob", "acme/site"), RIGHT_ADMIN);
}

static void a_group_passes_its_grant_on_while_one_is_in_it(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_group_add(&h->gate, "acme", "devs", NULL, &h->err), 0);
	assert_int_equal(gate_group_add(&h->gate, "acme", "devs", NULL, &h->err), ERR_EXISTS);
	assert_int_equal(gate_group_member(&h->gate, "acme", "devs", "bob", true, &h->err), 0);
	assert_int_equal(
	        gate_grant_set(&h->gate, "group:devs", "acme/site", "write", NULL, &h->err), 0);
	assert_int_equal(right_of(h, "bob", "acme/site"), RIGHT_WRITE);
	assert_int_equal(gate_group_member(&h->gate, "acme", "devs", "bob", false, &h->err), 0);
	assert_int_equal(right_of(h, "bob", "acme/site"), RIGHT_NONE);
	assert_int_equal(gate_group_remove(&h->gate, "acme", "devs", &h->err), 0);
	assert_int_equal(gate_group_find(&h->gate, "acme", "devs", NULL, &h->err), ERR_NOT_FOUND);
}

static void what_is_no_grant_is_told(void **state)
{
	struct house *h = *state;

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme/site", "rule", NULL, &h->err),
	                 ERR_INVALID);
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme/site", "none", NULL, &h->err),
	                 ERR_INVALID);
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme/nope", "read", NULL, &h->err),
	                 ERR_NOT_FOUND);
	assert_int_equal(gate_grant_set(&h->gate, "eve", "acme/site", "read", NULL, &h->err),
	                 ERR_NOT_FOUND);
	assert_int_equal(gate_grant_set(&h->gate, "group:x", "acme", "read", NULL, &h->err),
	                 ERR_NOT_FOUND);
	assert_int_equal(gate_grant_remove(&h->gate, "bob", "acme/site", &h->err), ERR_NOT_FOUND);
	assert_non_null(strstr(h->err.text, "bob"));
}

struct seen {
	size_t count;
	struct store_grant grants[8];
};

static int see(void *arg, const struct store_grant *g)
{
	struct seen *s = arg;
	s->grants[s->count++] = *g;
	return 0;
}

static void grants_are_listed_in_the_words_that_set_them(void **state)
{
	struct house *h = *state;
	struct seen all = {0}, one = {0};
	char subject[200], object[300];

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_group_add(&h->gate, "acme", "devs", NULL, &h->err), 0);
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme", "read", NULL, &h->err), 0);
	assert_int_equal(
	        gate_grant_set(&h->gate, "group:devs", "acme/site", "write", NULL, &h->err), 0);
	assert_int_equal(gate_grant_list(&h->gate, "acme", see, &all, &h->err), 0);
	assert_int_equal(all.count, 2);
	assert_int_equal(gate_grant_list(&h->gate, "acme/site", see, &one, &h->err), 0);
	assert_int_equal(one.count, 1);
	assert_int_equal(gate_grant_words(&h->gate, &one.grants[0], subject, sizeof(subject),
	                                  object, sizeof(object), &h->err),
	                 0);
	assert_string_equal(subject, "group:devs");
	assert_string_equal(object, "acme/site");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	        T(a_grant_reaches_workspace_project_and_repository),
	        T(a_group_passes_its_grant_on_while_one_is_in_it),
	        T(what_is_no_grant_is_told),
	        T(grants_are_listed_in_the_words_that_set_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
