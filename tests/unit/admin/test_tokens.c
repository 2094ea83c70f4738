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

#include "policy/token.h"

static void quiet_is_the_token_alone(void **state)
{
	struct run *r = *state;
	struct token_look look;

	run_fine(r, "token create --user ann --name a --scopes read:repository,write:repository "
	            "--repos ann/site --addresses 127.0.0.0/8,::1 --expires 30d --not-before 1d "
	            "--quiet");
	assert_int_equal(strlen(r->out), TOKEN_LEN + 1);
	policy_token_look(r->out, strlen(r->out), &look);
	assert_int_equal(look.shape, TOKEN_GOOD);
	assert_int_equal(look.kind, CREDENTIAL_API_TOKEN);
}

static void a_new_token_comes_with_all_that_is_needed(void **state)
{
	struct run *r = *state;
	char path[120];
	FILE *f;

	run_fine(r, "token create --user ann --name a --scopes write:repository");
	assert_non_null(strstr(r->out, "gthu_"));
	assert_non_null(strstr(r->out, "git clone http://ann@YOUR-SERVER/ann/site.git"));
	assert_non_null(strstr(r->out, "credential.helper store"));
	assert_non_null(strstr(r->out, "git credential approve"));
	assert_non_null(strstr(r->out, "brings read:repository"));
	assert_non_null(strstr(r->out, "what ann may read and write"));
	assert_non_null(strstr(r->out, "stands for the server's address"));
	/* a running server says where it is */
	snprintf(path, sizeof(path), "%s/run", r->data);
	mkdir(path, 0700);
	strcat(path, "/address");
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("http://127.0.0.1:8080\n", f);
	fclose(f);
	run_fine(r, "token create --user ann --name b --scopes read:repository --expires never");
	assert_non_null(strstr(r->out, "git clone http://ann@127.0.0.1:8080/ann/site.git"));
	assert_null(strstr(r->out, "YOUR-SERVER"));
	assert_non_null(strstr(r->out, "never"));
	/* but its word is not trusted blindly: it is pasted into a shell */
	f = fopen(path, "w");
	fputs("http://x';rm -rf ~;'\n", f);
	fclose(f);
	run_fine(r, "token create --user ann --name c --scopes read:repository");
	assert_null(strstr(r->out, "rm -rf"));
}

static void a_token_shows_all_but_its_secret(void **state)
{
	struct run *r = *state;
	char token[100];

	run_fine(r, "token create --user ann --name a~b --scopes write:repository --repos ann/site "
	            "--addresses 192.0.2.0/24 --expires never --quiet");
	snprintf(token, sizeof(token), "%.*s", TOKEN_LEN, r->out);
	json_t *json = run_json(r, "token show a~b --user ann --json");
	assert_null(strstr(r->out, token + 5));
	assert_string_equal(json_text(json, "state"), "live");
	assert_true(json_is_null(json_object_get(json, "expires")));
	assert_true(json_is_null(json_object_get(json, "last_used")));
	assert_int_equal(json_array_size(json_object_get(json, "scopes")), 1);
	assert_int_equal(json_array_size(json_object_get(json, "effective_scopes")), 2);
	assert_string_equal(
	        json_string_value(json_array_get(json_object_get(json, "repositories"), 0)),
	        "ann/site");
	assert_string_equal(
	        json_string_value(json_array_get(json_object_get(json, "addresses"), 0)),
	        "192.0.2.0/24");
	json_decref(json);
	run_fine(r, "token show a~b --user ann");
	assert_null(strstr(r->out, token + 5));
	run_fine(r, "audit --json");
	assert_null(strstr(r->out, token + 5));
	json = run_json(r, "token create --user ann --name j --scopes read:repository --json");
	assert_int_equal(strlen(json_text(json, "token")), TOKEN_LEN);
	json_decref(json);
}

static void a_revocation_is_told(void **state)
{
	struct run *r = *state;

	run_fine(r, "token create --user ann --name a --scopes read:repository --quiet");
	run_fine(r, "token revoke a --user ann --reason lost~it --leaked");
	json_t *json = run_json(r, "token show a --user ann --json");
	assert_string_equal(json_text(json, "state"), "leaked");
	assert_true(strlen(json_text(json, "revoked")) > 0);
	assert_string_equal(json_text(json, "revoke_reason"), "lost it");
	assert_memory_equal(json_text(json, "revoked_by"), "operator ", 9);
	json_decref(json);
	run_fails(r, "token revoke a --user ann", 1, "revoked already");
}

static void what_can_not_be_asked_for_is_told(void **state)
{
	struct run *r = *state;
	static const char create[] = "token create --user ann --name x --scopes ";
	static const struct {
		const char *rest;
		int status;
		const char *word;
	} bad[] = {{"''", 1, "write:repository"},
	           {"no:such", 1, "no:such"},
	           {"read:repository --repos ann/nope,ann/no", 1, "ann/nope, ann/no"},
	           {"read:repository --addresses 10.0.0.0/99", 1, "10.0.0.0"},
	           {"read:repository --expires 2001-01-01", 1, "expired already"},
	           {"read:repository --expires never --token-lifetime 90d", 1, "90 days"}};
	char line[300];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "%s%s", create, bad[i].rest);
		run_fails(r, line, bad[i].status, bad[i].word);
	}
	run_fails(r, "token create --user ann --name x", 2, "--scopes");
	run_fails(r, "token show x", 2, "--user");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, run_setup_ann, run_teardown)
	const struct CMUnitTest tests[] = {
	        T(quiet_is_the_token_alone),          T(a_new_token_comes_with_all_that_is_needed),
	        T(a_token_shows_all_but_its_secret),  T(a_revocation_is_told),
	        T(what_can_not_be_asked_for_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
