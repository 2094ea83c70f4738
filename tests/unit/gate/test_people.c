#include "gate/why.h"
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

static void a_user_comes_with_a_workspace_and_an_audit_row(void **state)
{
	struct house *h = *state;
	struct store_user u;
	struct store_workspace w;
	struct store_audit row;
	struct gate_why why;

	assert_int_equal(gate_user_add(&h->gate, "Cleo", "c@example.org", NULL, true, &u, &h->err),
	                 0);
	assert_string_equal(u.name, "cleo");
	assert_true(u.server_admin);
	assert_int_equal(gate_workspace_find(&h->gate, "cleo", &w, &h->err), 0);
	assert_int_equal(w.personal, u.id);
	house_last_audit(h, &row);
	assert_string_equal(row.reason, "user add");
	assert_string_equal(row.actor, "operator test");
	assert_string_equal(row.object, "cleo");
	assert_int_equal(strlen(row.reference), 10);
	assert_int_equal(gate_why(&h->gate, NULL, row.reference, &why, &h->err), 0);
	assert_int_equal(why.row.id, row.id);
	gate_why_clear(&why);
}

static void a_failed_change_leaves_no_row_behind(void **state)
{
	struct house *h = *state;
	struct store_audit before, after;

	house_last_audit(h, &before);
	assert_int_equal(gate_user_add(&h->gate, "ann", "", NULL, false, NULL, &h->err),
	                 ERR_EXISTS);
	assert_non_null(strstr(h->err.text, "ann"));
	house_last_audit(h, &after);
	assert_int_equal(before.id, after.id);
	/* and the gate is still of use: nothing stayed open */
	assert_int_equal(gate_user_add(&h->gate, "dora", "", NULL, false, NULL, &h->err), 0);
}

static void names_and_addresses_are_checked_in_words(void **state)
{
	struct house *h = *state;
	struct gate_user_edit edit = {.add_email = "no address", .server_admin = -1};

	assert_int_equal(gate_user_add(&h->gate, "a.b", "", NULL, false, NULL, &h->err),
	                 ERR_INVALID);
	assert_non_null(strstr(h->err.text, "a.b"));
	assert_int_equal(gate_user_add(&h->gate, "oauth2", "", NULL, false, NULL, &h->err),
	                 ERR_INVALID);
	assert_int_equal(gate_user_add(&h->gate, "eve", "two@at@signs", NULL, false, NULL, &h->err),
	                 ERR_INVALID);
	assert_int_equal(gate_user_edit(&h->gate, "ann", &edit, NULL, &h->err), ERR_INVALID);
	assert_int_equal(gate_user_find(&h->gate, "nobody", NULL, &h->err), ERR_NOT_FOUND);
	assert_string_equal(h->err.text, "there is no user \"nobody\"");
}

static void a_user_is_found_by_address(void **state)
{
	struct house *h = *state;
	struct gate_user_edit edit = {.add_email = "a2@example.org", .server_admin = -1};
	struct store_user u;

	assert_int_equal(gate_user_edit(&h->gate, "ann", &edit, &u, &h->err), 0);
	assert_int_equal(gate_user_find(&h->gate, "a2@example.org", &u, &h->err), 0);
	assert_string_equal(u.name, "ann");
}

static void a_user_is_suspended_once_and_resumed_once(void **state)
{
	struct house *h = *state;
	struct store_user u;

	assert_int_equal(gate_user_suspend(&h->gate, "bob", true, "left", &u, &h->err), 0);
	assert_true(u.suspended != CLOCK_NEVER);
	assert_string_equal(u.suspend_reason, "left");
	assert_int_equal(gate_user_suspend(&h->gate, "bob", true, NULL, NULL, &h->err), ERR_EXISTS);
	assert_int_equal(gate_user_suspend(&h->gate, "bob", false, NULL, &u, &h->err), 0);
	assert_true(u.suspended == CLOCK_NEVER);
	assert_int_equal(gate_user_suspend(&h->gate, "bob", false, NULL, NULL, &h->err),
	                 ERR_INVALID);
}

static int role_of(struct house *h, const char *user)
{
	struct store_workspace w;
	struct store_user u;
	enum member_role role;

	assert_int_equal(gate_workspace_find(&h->gate, "acme", &w, &h->err), 0);
	assert_int_equal(gate_user_find(&h->gate, user, &u, &h->err), 0);
	assert_int_equal(store_member_get(h->gate.store, w.id, u.id, &role, &h->err), 0);
	return role;
}

static void an_owner_can_hand_over_in_one_edit(void **state)
{
	struct house *h = *state;
	struct gate_workspace_edit hand = {.add_owner = "bob", .remove_member = "ann"};
	struct gate_workspace_edit leave = {.remove_member = "bob"};
	struct gate_workspace_edit nobody = {.remove_member = "ann"};

	assert_int_equal(gate_workspace_edit(&h->gate, "acme", &hand, NULL, &h->err), 0);
	assert_int_equal(role_of(h, "bob"), MEMBER_OWNER);
	assert_int_equal(role_of(h, "ann"), MEMBER_NONE);
	assert_int_equal(gate_workspace_edit(&h->gate, "acme", &leave, NULL, &h->err), ERR_INVALID);
	assert_int_equal(role_of(h, "bob"), MEMBER_OWNER);
	assert_int_equal(gate_workspace_edit(&h->gate, "acme", &nobody, NULL, &h->err),
	                 ERR_NOT_FOUND);
}

static void workspace_rules_are_set_together_or_not_at_all(void **state)
{
	struct house *h = *state;
	struct gate_workspace_edit good = {
	        .creation = "members", .token_lifetime = "90d", .add_member = "bob"};
	struct gate_workspace_edit bad = {.creation = "off", .add_member = "bob,nobody"};
	struct gate_workspace_edit date = {.token_lifetime = "2030-01-01"};
	struct store_workspace w;

	assert_int_equal(gate_workspace_edit(&h->gate, "acme", &good, &w, &h->err), 0);
	assert_int_equal(w.creation, CREATION_MEMBERS);
	assert_int_equal(w.token_lifetime, 90 * 86400);
	assert_int_equal(role_of(h, "bob"), MEMBER_MEMBER);
	assert_int_equal(gate_workspace_edit(&h->gate, "acme", &bad, NULL, &h->err), ERR_NOT_FOUND);
	assert_int_equal(gate_workspace_edit(&h->gate, "acme", &date, NULL, &h->err), ERR_INVALID);
	assert_int_equal(gate_workspace_find(&h->gate, "acme", &w, &h->err), 0);
	assert_int_equal(w.creation, CREATION_MEMBERS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	        T(a_user_comes_with_a_workspace_and_an_audit_row),
	        T(a_failed_change_leaves_no_row_behind),
	        T(names_and_addresses_are_checked_in_words),
	        T(a_user_is_found_by_address),
	        T(a_user_is_suspended_once_and_resumed_once),
	        T(an_owner_can_hand_over_in_one_edit),
	        T(workspace_rules_are_set_together_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
