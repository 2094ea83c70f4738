#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

static const struct store_audit refusal = {
        .reference = "7kq2m9xa4e",
        .kind = AUDIT_DECISION,
        .at = 1764082987,
        .last = 1764082987,
        .count = 1,
        .reason = "scope-missing",
        .actor = "ann",
        .credential_name = "laptop",
        .operation = "push",
        .object = "ann/site",
        .address = "192.0.2.7",
        .agent = "git/2.39.5 \033[31mred",
        .gates = "alive\topen\tit lives\n"
                 "scope\tclosed\tscope: needs write:repository, has read:repository\n"
                 "right\tskipped\tright: not asked\n",
};

static void a_refusal_is_told_gate_by_gate(void **state)
{
	struct run *r = *state;

	run_audit_row(r, &refusal);
	run_fine(r, "why 7KQ2M9XA4E");
	assert_non_null(strstr(r->out, "7kq2m9xa4e: refused"));
	assert_non_null(strstr(r->out, "ann, by the credential \"laptop\""));
	assert_non_null(strstr(r->out, "192.0.2.7"));
	assert_non_null(strstr(r->out, "push"));
	assert_non_null(strstr(r->out, "scope-missing: The token lacks a scope"));
	char *alive = strstr(r->out, "alive"), *closed = strstr(r->out, "CLOSED"),
	     *skipped = strstr(r->out, "not asked");
	assert_true(alive && closed && skipped && alive < closed && closed < skipped);
	assert_non_null(
	        strstr(r->out, "CLOSED     needs write:repository, has read:repository   <-"));
	assert_null(strchr(r->out, '\033'));
}

static void a_refusal_is_told_as_json(void **state)
{
	struct run *r = *state;

	run_audit_row(r, &refusal);
	json_t *json = run_json(r, "why 7kq2m9xa4e --json");
	assert_string_equal(json_text(json, "reason"), "scope-missing");
	assert_string_equal(json_text(json, "closed"), "scope");
	assert_string_equal(json_text(json, "actor"), "ann");
	assert_int_equal(json_array_size(json_object_get(json, "gates")), 3);
	json_decref(json);
}

static void strangers_are_added_up(void **state)
{
	struct run *r = *state;
	struct store_audit row = {.reference = "stranger00",
	                          .kind = AUDIT_STRANGER,
	                          .at = 1764082987,
	                          .last = 1764082987,
	                          .count = 1,
	                          .reason = "token-unknown",
	                          .address = "192.0.2.0/24"};

	run_audit_row(r, &row);
	row.count = 6;
	row.last += 3600;
	run_audit_row(r, &row);
	run_fine(r, "why stranger00");
	assert_non_null(
	        strstr(r->out, "7 times: first 2025-11-25 15:03:07 UTC, last 2025-11-25 16:03:07"));
	assert_non_null(strstr(r->out, "nobody known here"));
}

static void a_change_is_found_by_its_reference(void **state)
{
	struct run *r = *state;
	char line[100];

	json_t *json = run_json(r, "audit --operation repo~create --json");
	snprintf(line, sizeof(line), "why %s", json_text(json, "reference"));
	json_decref(json);
	run_fine(r, line);
	assert_non_null(strstr(r->out, "repo create"));
	assert_non_null(strstr(r->out, "operator "));
	assert_non_null(strstr(r->out, "ann/site"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, run_setup_ann, run_teardown)
	const struct CMUnitTest tests[] = {
	        T(a_refusal_is_told_gate_by_gate),
	        T(a_refusal_is_told_as_json),
	        T(strangers_are_added_up),
	        T(a_change_is_found_by_its_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
