#include "scene.h"

#include "fault.h"

#include <fts.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void scene_issue(struct scene *s, const char *user, const char *name, const char *scopes,
                 const char *repositories, const char *addresses, char token[TOKEN_LEN + 1])
{
	struct gate_issue ask = {.owner.user = user,
	                         .name = name,
	                         .scopes = scopes,
	                         .repositories = repositories,
	                         .addresses = addresses};

	if (gate_issue(&s->gate, &ask, NULL, token, &s->err))
		fail_msg("%s", s->err.text);
}

void scene_repository(struct scene *s, const char *path)
{
	struct gate_repository_new n = {.path = path, .visibility = VISIBILITY_PRIVATE};

	if (gate_repository_add(&s->gate, &n, NULL, &s->err))
		fail_msg("%s", s->err.text);
}

static int issue_all(struct scene *s)
{
	static const char all[] = "write:repository";

	scene_issue(s, "ann", "all", all, NULL, NULL, s->token[TOKEN_WRITE]);
	scene_issue(s, "ann", "read", "read:repository", NULL, NULL, s->token[TOKEN_READ]);
	scene_issue(s, "ann", "other", all, "ann/other", NULL, s->token[TOKEN_OTHER]);
	scene_issue(s, "ann", "elsewhere", all, NULL, "10.0.0.0/8", s->token[TOKEN_ELSEWHERE]);
	scene_issue(s, "ann", "revoked", all, NULL, NULL, s->token[TOKEN_REVOKED]);
	scene_issue(s, "ann", "doomed", all, NULL, NULL, s->token[TOKEN_DOOMED]);
	scene_issue(s, "ann", "unknown", all, NULL, NULL, s->token[TOKEN_UNKNOWN]);
	scene_issue(s, "bob", "all", all, NULL, NULL, s->token[TOKEN_BOB]);
	assert_int_equal(policy_token_write(CREDENTIAL_API_TOKEN, (uint8_t[TOKEN_RANDOM]){1},
	                                    s->token[TOKEN_UNKNOWN]),
	                 0);
	return gate_revoke(&s->gate, GATE_USER("ann"), "revoked", "over", false, NULL, &s->err);
}

int scene_setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	/* in memory where that is possible: there are many thousands of syncs */
	char folder[64] = "/dev/shm/gatehouse-faults-XXXXXX";

	fault_init();
	if (!mkdtemp(folder)) {
		snprintf(folder, sizeof(folder), "/tmp/gatehouse-faults-XXXXXX");
		if (!mkdtemp(folder))
			return -1;
	}
	assert_non_null(s);
	assert_int_equal(settings_defaults(gate_settings_table, &s->settings, &s->err), 0);
	snprintf(s->settings.data, sizeof(s->settings.data), "%s", folder);
	if (gate_settings_finish(&s->settings, &s->err) ||
	    gate_open(&s->gate, &s->settings, STORE_WRITE, &s->err)) {
		print_error("%s\n", s->err.text);
		return -1;
	}
	snprintf(s->gate.actor, sizeof(s->gate.actor), "operator test");
	assert_int_equal(
	        gate_user_add(&s->gate, "ann", "ann@example.org", "Ann", false, NULL, &s->err), 0);
	assert_int_equal(gate_user_add(&s->gate, "bob", "", NULL, false, NULL, &s->err), 0);
	scene_repository(s, "ann/site");
	scene_repository(s, "ann/other");
	assert_int_equal(issue_all(s), 0);
	assert_int_equal(gate_queue_start(&s->queue, &s->settings, &s->err), 0);
	s->memory = smart_memory_new();
	assert_non_null(s->memory);
	s->rates = gate_rates_new();
	assert_non_null(s->rates);
	*state = s;
	return 0;
}

int scene_teardown(void **state)
{
	struct scene *s = *state;
	char *roots[] = {s->settings.data, NULL};
	FTS *tree;

	gate_queue_stop(s->queue);
	gate_close(&s->gate);
	smart_memory_free(s->memory);
	gate_rates_free(s->rates);
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e = fts_read(tree); e; e = fts_read(tree)) {
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			unlink(e->fts_accpath);
	}
	fts_close(tree);
	free(s);
	return 0;
}

static void says(sqlite3 *db, const char *sql, const char *want)
{
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	if (want) {
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		assert_string_equal((const char *)sqlite3_column_text(stmt, 0), want);
	} else {
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	}
	sqlite3_finalize(stmt);
}

void scene_sound(struct scene *s)
{
	char path[SETTINGS_TEXT + 32];
	sqlite3 *db;

	assert_int_equal(sqlite3_open(gate_settings_database(&s->settings, path), &db), SQLITE_OK);
	says(db, "PRAGMA integrity_check", "ok");
	says(db, "PRAGMA foreign_key_check", NULL);
	sqlite3_close(db);
}
