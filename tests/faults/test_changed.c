/* A full disk, failing writes, no memory in the midst of a change: it has
 * happened wholly or not at all, the error says what it was, and the same change
 * goes through as soon as the fault is over, on the same connection. */
#include "fault.h"
#include "scene.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST 3000 /* faults of one change; there are far fewer */

/* A change of its own for each try, told apart by its number. */
struct change {
	const char *title;
	void (*prepare)(struct scene *s, unsigned number);
	int (*run)(struct gate *g, unsigned number, struct err *err);
	bool (*done)(struct scene *s, unsigned number); /* fails when it is half done */
};

static const char *text(char out[64], const char *form, unsigned number)
{
	snprintf(out, 64, form, number);
	return out;
}

static void nothing(struct scene *s, unsigned number)
{
	(void)s;
	(void)number;
}

/* -- a user with a workspace -- */

static int user_run(struct gate *g, unsigned number, struct err *err)
{
	char name[64], email[64];

	return gate_user_add(g, text(name, "user%u", number),
	                     text(email, "u%u@example.org", number), NULL, false, NULL, err);
}

static bool user_done(struct scene *s, unsigned number)
{
	char name[64], email[64];
	struct store_workspace w;
	bool user = !gate_user_find(&s->gate, text(name, "user%u", number), NULL, &s->err);

	assert_int_equal(!gate_workspace_find(&s->gate, name, &w, &s->err), user);
	assert_int_equal(
	        !gate_user_find(&s->gate, text(email, "u%u@example.org", number), NULL, &s->err),
	        user);
	return user;
}

/* -- a token with limits -- */

static int token_run(struct gate *g, unsigned number, struct err *err)
{
	char name[64], token[TOKEN_LEN + 1] = "";
	struct gate_issue ask = {.owner.user = "ann",
	                         .name = text(name, "token%u", number),
	                         .scopes = "read:repository",
	                         .repositories = "ann/site,ann/other",
	                         .addresses = "10.0.0.0/8"};
	int code = gate_issue(g, &ask, NULL, token, err);

	assert_int_equal(token[0] != 0, code == 0);
	return code;
}

static bool token_done(struct scene *s, unsigned number)
{
	struct store_credential c;
	char name[64];

	if (gate_credential_find(&s->gate, GATE_USER("ann"), text(name, "token%u", number), &c,
	                         &s->err))
		return false;
	/* one without its limits would open more than was asked for */
	assert_int_equal(c.limits[LIMIT_REPOSITORY], 2);
	assert_int_equal(c.limits[LIMIT_ADDRESS], 1);
	return true;
}

/* -- revoking one -- */

static void revoke_prepare(struct scene *s, unsigned number)
{
	char name[64], token[TOKEN_LEN + 1];

	scene_issue(s, "ann", text(name, "old%u", number), "read:repository", NULL, NULL, token);
}

static int revoke_run(struct gate *g, unsigned number, struct err *err)
{
	char name[64];

	return gate_revoke(g, GATE_USER("ann"), text(name, "old%u", number), "lost", true, NULL,
	                   err);
}

static bool revoke_done(struct scene *s, unsigned number)
{
	struct store_credential c;
	char name[64];

	assert_int_equal(gate_credential_find(&s->gate, GATE_USER("ann"),
	                                      text(name, "old%u", number), &c, &s->err),
	                 0);
	assert_int_equal(c.leaked, c.revoked != INT64_MAX);
	return c.revoked != INT64_MAX;
}

/* -- repositories -- */

static bool has_folder(struct scene *s, const struct store_repository *r)
{
	char path[GIT_PATH], config[GIT_PATH + 16];
	struct stat st;

	assert_int_equal(gate_repository_path(&s->gate, r, path, sizeof(path), &s->err), 0);
	snprintf(config, sizeof(config), "%s/config", path);
	return !stat(config, &st) && st.st_size > 0;
}

static bool repository_there(struct scene *s, const char *form, unsigned number)
{
	struct store_repository r;
	char path[64];

	if (gate_repository_find(&s->gate, text(path, form, number), &r, &s->err))
		return false;
	if (!has_folder(s, &r))
		fail_msg("%s has a row and no folder", path);
	return true;
}

/* Nothing that was begun lies about under repositories/. */
static void nothing_begun(struct scene *s)
{
	char shelves[SETTINGS_TEXT + 32], shelf[SETTINGS_TEXT + 320];
	struct dirent *e, *f;

	snprintf(shelves, sizeof(shelves), "%s/repositories", s->settings.data);
	DIR *dir = opendir(shelves);
	while (dir && (e = readdir(dir))) {
		snprintf(shelf, sizeof(shelf), "%s/%s", shelves, e->d_name);
		DIR *inner = e->d_name[0] == '.' ? NULL : opendir(shelf);
		while (inner && (f = readdir(inner)))
			if (!strncmp(f->d_name, ".new-", 5))
				fail_msg("%s/%s is left over", shelf, f->d_name);
		if (inner)
			closedir(inner);
	}
	if (dir)
		closedir(dir);
}

static int make_run(struct gate *g, unsigned number, struct err *err)
{
	char path[64];
	struct gate_repository_new n = {.path = text(path, "ann/made%u", number), .maker = "bob"};

	return gate_repository_add(g, &n, NULL, err);
}

static bool make_done(struct scene *s, unsigned number)
{
	nothing_begun(s);
	return repository_there(s, "ann/made%u", number);
}

static void rename_prepare(struct scene *s, unsigned number)
{
	char path[64];

	scene_repository(s, text(path, "ann/before%u", number));
}

static int rename_run(struct gate *g, unsigned number, struct err *err)
{
	char path[64], name[64];
	struct gate_repository_edit edit = {.new_name = text(name, "after%u", number),
	                                    .default_branch = "trunk"};

	return gate_repository_edit(g, text(path, "ann/before%u", number), &edit, NULL, err);
}

/* HEAD and the names in config, which repeat what the ledger says. */
static bool folder_says(struct scene *s, const struct store_repository *r, const char *branch,
                        const char *name)
{
	char folder[GIT_PATH], head[64], file[GIT_PATH + 16], config[4096] = "", line[80];
	bool born;

	assert_int_equal(gate_repository_path(&s->gate, r, folder, sizeof(folder), &s->err), 0);
	assert_int_equal(git_head_get(folder, head, sizeof(head), &born, &s->err), 0);
	snprintf(file, sizeof(file), "%s/config", folder);
	FILE *f = fopen(file, "r");
	assert_non_null(f);
	assert_true(fread(config, 1, sizeof(config) - 1, f) > 0);
	fclose(f);
	snprintf(line, sizeof(line), "name = \"%s\"\n", name);
	return !strcmp(head, branch) && strstr(config, line);
}

/* Ledger and folder tell the same; but where the disk had no room for the way
 * back either, the folder may be ahead (both its files whole) until the change is
 * made again. */
static bool rename_done(struct scene *s, unsigned number)
{
	char before[64], after[64];
	struct store_repository r;

	assert_int_equal(
	        gate_repository_find(&s->gate, text(before, "ann/before%u", number), &r, &s->err),
	        0);
	text(before, "before%u", number);
	text(after, "after%u", number);
	bool same = r.by_alias ? folder_says(s, &r, "trunk", after)
	                       : folder_says(s, &r, "main", before);
	bool ahead = !r.by_alias && s->no_way_back &&
	             (folder_says(s, &r, "trunk", after) || folder_says(s, &r, "main", after));

	assert_true(same || ahead);
	return r.by_alias;
}

static void delete_prepare(struct scene *s, unsigned number)
{
	char path[64];

	scene_repository(s, text(path, "ann/gone%u", number));
}

static int delete_run(struct gate *g, unsigned number, struct err *err)
{
	char path[64];

	return gate_repository_delete(g, text(path, "ann/gone%u", number), NULL, err);
}

static bool delete_done(struct scene *s, unsigned number)
{
	return !repository_there(s, "ann/gone%u", number);
}

/* -- a grant -- */

static void grant_prepare(struct scene *s, unsigned number)
{
	char path[64];

	scene_repository(s, text(path, "ann/shared%u", number));
}

static int grant_run(struct gate *g, unsigned number, struct err *err)
{
	char path[64];

	return gate_grant_set(g, "bob", text(path, "ann/shared%u", number), "write", NULL, err);
}

static int count_grant(void *arg, const struct store_grant *grant)
{
	assert_int_equal(grant->right, RIGHT_WRITE);
	++*(int *)arg;
	return 0;
}

static bool grant_done(struct scene *s, unsigned number)
{
	char path[64];
	int count = 0;

	assert_int_equal(gate_grant_list(&s->gate, text(path, "ann/shared%u", number), count_grant,
	                                 &count, &s->err),
	                 0);
	return count > 0;
}

static const struct change changes[] = {
        {"a user", nothing, user_run, user_done},
        {"a token", nothing, token_run, token_done},
        {"a revocation", revoke_prepare, revoke_run, revoke_done},
        {"a repository", nothing, make_run, make_done},
        {"a new name", rename_prepare, rename_run, rename_done},
        {"a deletion", delete_prepare, delete_run, delete_done},
        {"a grant", grant_prepare, grant_run, grant_done},
};
#define CHANGES (sizeof(changes) / sizeof(*changes))

/* -- the loop -- */

static bool code_fits(enum fault_kind kind, int code)
{
	static const int codes[FAULT_KINDS] = {[FAULT_MEMORY] = ERR_MEMORY,
	                                       [FAULT_READ] = ERR_IO,
	                                       [FAULT_FULL] = ERR_FULL,
	                                       [FAULT_SYNC] = ERR_IO,
	                                       [FAULT_FILES] = ERR_FULL};

	return code == codes[kind];
}

/* True when the fault happened. */
static bool try_once(struct scene *s, const struct change *c, enum fault_kind kind, unsigned nth,
                     bool lasting)
{
	static unsigned number;
	struct err err = {0};

	c->prepare(s, ++number);
	fault_arm(kind, nth, lasting);
	int code = c->run(&s->gate, number, &err);
	bool struck = fault_disarm();
	bool done = c->done(s, number);

	if (!struck && (code || !done))
		fail_msg("%s fails without a fault: %s", c->title, err.text);
	if (code && !code_fits(kind, code))
		fail_msg("%s, %s %u: the error is %d, %s", c->title, fault_name(kind), nth, code,
		         err.text);
	/* a deletion's folder may stay behind its row: the error says so */
	if (done == (code != 0) && !(done && c->run == delete_run && strstr(err.text, "stays")))
		fail_msg("%s, %s %u: it says %d, and is %s", c->title, fault_name(kind), nth, code,
		         done ? "done" : "not done");
	if (!done) {
		code = c->run(&s->gate, number, &err);
		if (code || !c->done(s, number))
			fail_msg("%s, %s %u: does not recover: %s", c->title, fault_name(kind), nth,
			         err.text);
	}
	return struck;
}

static void try_all(struct scene *s, enum fault_kind kind, bool lasting)
{
	bool any = false;

	for (size_t i = 0; i < CHANGES; i++) {
		unsigned nth = 1;

		while (nth < MOST && try_once(s, &changes[i], kind, nth, lasting))
			nth++;
		assert_true(nth < MOST);
		any = any || nth > 1;
	}
	assert_true(any);
	scene_sound(s);
}

static void a_full_disk_leaves_no_change_half_done(void **state)
{
	try_all(*state, FAULT_FULL, true);
}

static void one_write_that_finds_no_room_leaves_no_change_half_done(void **state)
{
	try_all(*state, FAULT_FULL, false);
}

static void a_failing_disk_leaves_no_change_half_done(void **state)
{
	try_all(*state, FAULT_SYNC, true);
}

static void one_failing_write_or_sync_leaves_no_change_half_done(void **state)
{
	try_all(*state, FAULT_SYNC, false);
}

static void no_room_for_a_repository_leaves_none_half_made(void **state)
{
	struct scene *s = *state;

	try_all(s, FAULT_FILES, false);
	s->no_way_back = true;
	try_all(s, FAULT_FILES, true);
	s->no_way_back = false;
}

static void no_memory_leaves_no_change_half_done(void **state)
{
	try_all(*state, FAULT_MEMORY, false);
}

static void a_ledger_that_can_not_be_read_leaves_no_change_half_done(void **state)
{
	try_all(*state, FAULT_READ, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_full_disk_leaves_no_change_half_done),
	        cmocka_unit_test(one_write_that_finds_no_room_leaves_no_change_half_done),
	        cmocka_unit_test(a_failing_disk_leaves_no_change_half_done),
	        cmocka_unit_test(one_failing_write_or_sync_leaves_no_change_half_done),
	        cmocka_unit_test(no_room_for_a_repository_leaves_none_half_made),
	        cmocka_unit_test(no_memory_leaves_no_change_half_done),
	        cmocka_unit_test(a_ledger_that_can_not_be_read_leaves_no_change_half_done),
	};

	return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
