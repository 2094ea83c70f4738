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

#include "git/git.h"

#include <fcntl.h>
#include <stdio.h>

static void a_repository_has_a_row_and_a_folder(void **state)
{
	struct house *h = *state;
	struct store_repository r;
	struct store_audit row;
	char path[GIT_PATH], branch[64];
	bool born;

	house_repository(h, "acme/site", &r);
	assert_int_equal(strlen(r.id), 32);
	assert_string_equal(r.format, "sha1");
	assert_int_equal(gate_repository_path(&h->gate, &r, path, sizeof(path), &h->err), 0);
	assert_int_equal(git_head_get(path, branch, sizeof(branch), &born, &h->err), 0);
	assert_false(born);
	house_last_audit(h, &row);
	assert_string_equal(row.object, "acme/site");
}

static unsigned shelves(struct house *h)
{
	unsigned removed;
	assert_int_equal(gate_repository_sweep(&h->gate, &removed, &h->err), 0);
	return removed;
}

static void what_is_wrong_with_a_new_repository_is_told(void **state)
{
	struct house *h = *state;
	struct gate_repository_new n = {.path = "acme/site"};

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_repository_add(&h->gate, &n, NULL, &h->err), ERR_EXISTS);
	n.path = "acme/SITE";
	assert_int_equal(gate_repository_add(&h->gate, &n, NULL, &h->err), ERR_EXISTS);
	n.path = "nowhere/site";
	assert_int_equal(gate_repository_add(&h->gate, &n, NULL, &h->err), ERR_NOT_FOUND);
	assert_non_null(strstr(h->err.text, "nowhere"));
	n.path = "acme/..";
	assert_int_equal(gate_repository_add(&h->gate, &n, NULL, &h->err), ERR_INVALID);
	n.path = "acme/other";
	n.format = "md5";
	assert_int_equal(gate_repository_add(&h->gate, &n, NULL, &h->err), ERR_INVALID);
	n.format = "sha256";
	assert_int_equal(gate_repository_add(&h->gate, &n, NULL, &h->err), 0);
}

static void config_names(struct house *h, const struct store_repository *r, char *out, size_t size)
{
	char path[GIT_PATH + 16];
	assert_int_equal(gate_repository_path(&h->gate, r, path, GIT_PATH, &h->err), 0);
	strcat(path, "/config");
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t got = fread(out, 1, size - 1, f);
	out[got] = 0;
	fclose(f);
}

static void a_rename_reaches_row_config_and_old_name(void **state)
{
	struct house *h = *state;
	struct gate_repository_edit edit = {.new_name = "web",
	                                    .default_branch = "trunk",
	                                    .visibility = "public",
	                                    .check = "lenient"};
	struct gate_repository_new again = {.path = "acme/site"};
	struct store_repository r, found;
	char text[4096], path[GIT_PATH], branch[64];
	bool born;

	house_repository(h, "acme/site", &r);
	assert_int_equal(gate_repository_edit(&h->gate, "acme/site", &edit, &r, &h->err), 0);
	assert_string_equal(r.name, "web");
	assert_int_equal(r.visibility, VISIBILITY_PUBLIC);
	assert_int_equal(r.check, CHECK_LENIENT);
	config_names(h, &r, text, sizeof(text));
	assert_non_null(strstr(text, "web"));
	assert_null(strstr(text, "site"));
	assert_int_equal(gate_repository_path(&h->gate, &r, path, sizeof(path), &h->err), 0);
	assert_int_equal(git_head_get(path, branch, sizeof(branch), &born, &h->err), 0);
	assert_string_equal(branch, "trunk");
	assert_int_equal(gate_repository_find(&h->gate, "acme/site", &found, &h->err), 0);
	assert_true(found.by_alias);
	assert_string_equal(found.id, r.id);
	assert_int_equal(gate_repository_add(&h->gate, &again, NULL, &h->err), ERR_EXISTS);
	assert_non_null(strstr(h->err.text, "acme/web"));
}

static void an_edit_whose_folder_fails_leaves_the_row(void **state)
{
	struct house *h = *state;
	struct gate_repository_edit edit = {.new_name = "web", .default_branch = "trunk"};
	struct store_repository r, found;
	char path[GIT_PATH], aside[GIT_PATH + 8];

	house_repository(h, "acme/site", &r);
	assert_int_equal(gate_repository_path(&h->gate, &r, path, sizeof(path), &h->err), 0);
	snprintf(aside, sizeof(aside), "%s.away", path);
	assert_int_equal(rename(path, aside), 0);
	assert_true(gate_repository_edit(&h->gate, "acme/site", &edit, NULL, &h->err) < 0);
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(gate_repository_find(&h->gate, "acme/site", &found, &h->err), 0);
	assert_false(found.by_alias);
	assert_string_equal(found.default_branch, "");
	/* the write lock was given back */
	assert_int_equal(gate_repository_edit(&h->gate, "acme/site", &edit, NULL, &h->err), 0);
}

static void a_bad_edit_changes_nothing(void **state)
{
	struct house *h = *state;
	const struct gate_repository_edit bad[] = {
	        {.new_name = "x.git"},        {.new_name = "nobody/x"}, {.visibility = "secret"},
	        {.default_branch = "a..b"},   {.check = "sometimes"},   {.project = "nope"},
	        {.description = "two\nlines"}};
	struct store_repository r;

	house_repository(h, "acme/site", NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(gate_repository_edit(&h->gate, "acme/site", &bad[i], NULL, &h->err) <
		            0);
	assert_int_equal(gate_repository_find(&h->gate, "acme/site", &r, &h->err), 0);
	assert_string_equal(r.name, "site");
	assert_int_equal(r.visibility, VISIBILITY_PRIVATE);
}

static void a_deleted_repository_is_gone_and_can_be_brought_back(void **state)
{
	struct house *h = *state;
	struct store_repository r, back;
	struct store_deleted d;
	char path[GIT_PATH];
	enum right right;
	struct store_user bob;
	struct stat st;

	house_repository(h, "acme/site", &r);
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme/site", "write", NULL, &h->err), 0);
	assert_int_equal(gate_repository_path(&h->gate, &r, path, sizeof(path), &h->err), 0);
	assert_int_equal(gate_repository_delete(&h->gate, "acme/site", &d, &h->err), 0);
	assert_int_equal(d.until - d.at, h->settings.deleted_kept);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(gate_repository_find(&h->gate, "acme/site", NULL, &h->err), ERR_NOT_FOUND);
	assert_int_equal(store_repository_get(h->gate.store, r.id, &back, &h->err), ERR_NOT_FOUND);
	house_repository(h, "acme/site", NULL); /* the name is free */
	assert_int_equal(gate_repository_undelete(&h->gate, "acme/site", NULL, &back, &h->err),
	                 ERR_EXISTS);
	assert_non_null(strstr(h->err.text, "--as NAME"));
	assert_int_equal(gate_repository_undelete(&h->gate, r.id, "page", &back, &h->err), 0);
	assert_string_equal(back.id, r.id);
	assert_string_equal(back.name, "page");
	assert_int_equal(gate_user_find(&h->gate, "bob", &bob, &h->err), 0);
	assert_int_equal(store_right_of_user(h->gate.store, bob.id, &back, &right, &h->err), 0);
	assert_int_equal(right, RIGHT_WRITE);
	assert_int_equal(gate_repository_undelete(&h->gate, r.id, NULL, &back, &h->err),
	                 ERR_NOT_FOUND);
}

static void an_old_name_comes_back_with_its_repository(void **state)
{
	struct house *h = *state;
	struct gate_repository_edit edit = {.new_name = "web"};
	struct store_repository r, found;

	house_repository(h, "acme/site", &r);
	assert_int_equal(gate_repository_edit(&h->gate, "acme/site", &edit, &r, &h->err), 0);
	assert_int_equal(gate_repository_delete(&h->gate, "acme/web", NULL, &h->err), 0);
	assert_int_equal(gate_repository_find(&h->gate, "acme/site", NULL, &h->err), ERR_NOT_FOUND);
	assert_int_equal(gate_repository_undelete(&h->gate, "acme/web", NULL, &r, &h->err), 0);
	assert_int_equal(gate_repository_find(&h->gate, "acme/site", &found, &h->err), 0);
	assert_true(found.by_alias);
}

static void what_was_deleted_ends_when_its_time_is_over(void **state)
{
	struct house *h = *state;
	struct store_repository r;
	struct store_deleted d;
	char path[GIT_PATH], grave[GIT_PATH + 64];
	struct stat st;

	house_repository(h, "acme/site", &r);
	assert_int_equal(gate_repository_path(&h->gate, &r, path, sizeof(path), &h->err), 0);
	assert_int_equal(gate_repository_delete(&h->gate, "acme/site", NULL, &h->err), 0);
	assert_int_equal(gate_deleted_expire(&h->gate, &d, &h->err), ERR_NOT_FOUND);
	assert_int_equal(gate_repository_undelete(&h->gate, r.id, NULL, &r, &h->err), 0);
	h->settings.deleted_kept = 0;
	assert_int_equal(gate_repository_delete(&h->gate, "acme/site", NULL, &h->err), 0);
	snprintf(grave, sizeof(grave), "%s/trash/%s.gone", h->settings.data, r.id);
	assert_int_equal(gate_deleted_expire(&h->gate, &d, &h->err), 0);
	assert_string_equal(d.was.name, "site");
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(stat(grave, &st), 0);
	gate_trash_empty(h->settings.data);
	assert_int_equal(stat(grave, &st), -1);
	assert_int_equal(gate_deleted_find(&h->gate, r.id, &d, &h->err), ERR_NOT_FOUND);
}

/* A folder without a row, as a crash between the two leaves it. */
static void orphan(struct house *h, char path[GIT_PATH], const char *id)
{
	struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	assert_int_equal(git_repository_make(h->settings.data, id, "acme", "lost", "sha1", &h->err),
	                 0);
	assert_int_equal(git_repository_path(h->settings.data, id, path, &h->err), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

static void the_sweep_takes_empty_folders_without_a_row_only(void **state)
{
	struct house *h = *state;
	struct store_repository r;
	struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	char empty[GIT_PATH], full[GIT_PATH], object[GIT_PATH + 32], mine[GIT_PATH];
	struct stat st;

	house_repository(h, "acme/site", &r);
	assert_int_equal(gate_repository_path(&h->gate, &r, mine, sizeof(mine), &h->err), 0);
	assert_int_equal(utimensat(AT_FDCWD, mine, old, 0), 0);
	orphan(h, empty, "00000000000000000000000000000001");
	orphan(h, full, "00000000000000000000000000000002");
	snprintf(object, sizeof(object), "%s/objects/pack/a.pack", full);
	close(open(object, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(git_repository_make(h->settings.data, "00000000000000000000000000000003",
	                                     "acme", "young", "sha1", &h->err),
	                 0);
	assert_int_equal(shelves(h), 1);
	assert_int_equal(stat(empty, &st), -1);
	assert_int_equal(stat(full, &st), 0);
	assert_int_equal(stat(mine, &st), 0);
	assert_int_equal(shelves(h), 0);
}

static void half_made_ledgers_are_swept_when_old_and_empty(void **state)
{
	static const struct {
		const char *end;
		bool full, old, goes;
	} files[] = {
	        {".a1B2c3", false, true, true},   {".d4E5f6", false, false, false},
	        {".g7H8i9", true, true, false},   {"-wal2", false, true, false},
	        {".backups", false, true, false},
	};
	struct house *h = *state;
	struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	char ledger[SETTINGS_TEXT + 32], path[SETTINGS_TEXT + 64];

	gate_settings_database(&h->settings, ledger);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", ledger, files[i].end);
		int fd = open(path, O_CREAT | O_WRONLY, 0600);
		assert_true(fd >= 0);
		if (files[i].full)
			assert_int_equal(write(fd, "x", 1), 1);
		if (files[i].old)
			assert_int_equal(futimens(fd, old), 0);
		close(fd);
	}
	assert_int_equal(shelves(h), 1);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", ledger, files[i].end);
		assert_int_equal(access(path, F_OK) != 0, files[i].goes);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	        T(a_repository_has_a_row_and_a_folder),
	        T(what_is_wrong_with_a_new_repository_is_told),
	        T(a_rename_reaches_row_config_and_old_name),
	        T(an_edit_whose_folder_fails_leaves_the_row),
	        T(a_bad_edit_changes_nothing),
	        T(a_deleted_repository_is_gone_and_can_be_brought_back),
	        T(an_old_name_comes_back_with_its_repository),
	        T(what_was_deleted_ends_when_its_time_is_over),
	        T(the_sweep_takes_empty_folders_without_a_row_only),
	        T(half_made_ledgers_are_swept_when_old_and_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
