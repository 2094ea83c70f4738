#include "git/git_int.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "00112233445566778899aabbccddeeff"
static char data[200], repository[GIT_PATH];

static int make(void **state)
{
	(void)state;
	snprintf(data, sizeof(data), "/tmp/gatehouse-git.XXXXXX");
	if (!mkdtemp(data) || git_repository_path(data, ID, repository, NULL) != 0)
		return -1;
	return git_repository_make(data, ID, "team", "site", "sha1", NULL);
}

static int unmake(void **state)
{
	(void)state;
	file_remove_tree(AT_FDCWD, data, 10);
	return access(data, F_OK) == 0 ? -1 : 0;
}

static void put(const char *name, const char *text)
{
	int dir = open(repository, O_RDONLY | O_DIRECTORY);

	unlinkat(dir, name, 0);
	assert_int_equal(file_make(dir, name, text, strlen(text), NULL), 0);
	close(dir);
}

static void folder(const char *name)
{
	char path[2 * GIT_PATH];

	snprintf(path, sizeof(path), "%s/%s", repository, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static bool exists(const char *name)
{
	char path[2 * GIT_PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", repository, name);
	return lstat(path, &st) == 0;
}

static void expect_text(const char *name, const char *text)
{
	int dir = open(repository, O_RDONLY | O_DIRECTORY);
	struct buf b;

	buf_init(&b, 100000);
	assert_int_equal(file_read(dir, name, &b, NULL), 0);
	assert_string_equal(buf_str(&b), text);
	buf_clear(&b);
	close(dir);
}

static void a_path_is_made_of_a_whole_id_only(void **state)
{
	char path[GIT_PATH];

	(void)state;
	assert_int_equal(git_repository_path("/d", ID, path, NULL), 0);
	assert_string_equal(path, "/d/repositories/00/" ID ".git");
	assert_int_equal(
	        git_repository_path("/d", "../../../../../../etc/passwd/x/y/z", path, NULL),
	        ERR_INVALID);
	assert_int_equal(git_repository_path("/d", "00", path, NULL), ERR_INVALID);
	assert_int_equal(git_repository_path("/d", "00112233445566778899AABBCCDDEEFF", path, NULL),
	                 ERR_INVALID);
}

static void a_new_repository_is_whole_and_empty(void **state)
{
	char branch[100];
	bool born = true;

	(void)state;
	expect_text("HEAD", "ref: refs/heads/main\n");
	expect_text("config",
	            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
	            "[gatehouse]\n\tworkspace = \"team\"\n\tname = \"site\"\n\tid = \"" ID "\"\n");
	assert_true(exists("objects/info") && exists("objects/pack") && exists("refs/heads") &&
	            exists("refs/tags"));
	assert_int_equal(git_head_get(repository, branch, sizeof(branch), &born, NULL), 0);
	assert_string_equal(branch, "main");
	assert_false(born);
}

static void nothing_is_made_over_what_is_there(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(git_repository_make(data, ID, "team", "other", "sha1", &err), ERR_EXISTS);
	expect_text("HEAD", "ref: refs/heads/main\n");
	/* and what was made aside is gone */
	char shard[300];
	int count = 0;

	snprintf(shard, sizeof(shard), "%s/repositories/00", data);
	DIR *list = file_list(AT_FDCWD, shard);

	assert_non_null(list);
	for (struct dirent *e; (e = readdir(list));)
		count += e->d_name[0] != '.' || strlen(e->d_name) > 2;
	closedir(list);
	assert_int_equal(count, 1);
}

static void names_that_would_break_config_are_refused(void **state)
{
	(void)state;
	assert_int_equal(git_repository_make(data, "ffffffffffffffffffffffffffffffff", "a\nb", "c",
	                                     "sha1", NULL),
	                 ERR_INVALID);
	assert_int_equal(git_repository_make(data, "ffffffffffffffffffffffffffffffff", "a", "c",
	                                     "md5", NULL),
	                 ERR_INVALID);
	assert_int_equal(git_repository_rename(repository, "a\n[core]", "b", NULL), ERR_INVALID);
}

static void a_rename_changes_the_names_and_nothing_else(void **state)
{
	(void)state;
	put("config", "[core]\n\tbare = true\n[GateHouse]\n\tname = \"a\\\n "
	              "b\"\n\tWorkspace=x\n\tid = \"1\"\n"
	              "[other]\n\tname = \"kept\"\n");
	assert_int_equal(git_repository_rename(repository, "we", "say \"hi\"\\", NULL), 0);
	expect_text("config",
	            "[core]\n\tbare = true\n[GateHouse]\n\tworkspace = \"we\"\n"
	            "\tname = \"say \\\"hi\\\"\\\\\"\n\tid = \"1\"\n[other]\n\tname = \"kept\"\n");
	put("config", "[core]\n\tbare = true");
	assert_int_equal(git_repository_rename(repository, "we", "us", NULL), 0);
	expect_text("config",
	            "[core]\n\tbare = true\n[gatehouse]\n\tworkspace = \"we\"\n\tname = \"us\"\n");
	put("config.lock", "");
	assert_int_equal(git_repository_rename(repository, "we", "us", NULL), 0); /* it is so */
	assert_int_equal(git_repository_rename(repository, "we", "them", NULL), ERR_BUSY);
}

static void a_discarded_repository_lies_in_the_trash(void **state)
{
	char path[400];

	(void)state;
	assert_int_equal(git_repository_discard(data, ID, 1234, NULL), 0);
	assert_false(exists("HEAD"));
	snprintf(path, sizeof(path), "%s/trash/" ID "-1234.git/HEAD", data);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(git_repository_discard(data, ID, 1235, NULL), ERR_NOT_FOUND);
}

static void head_follows_a_branch(void **state)
{
	static const char *const bad[] = {"",       "-x",   "a..b", "a/", "a b",
	                                  "x.lock", "a\nb", "@{",   ".a"};
	char branch[100];
	bool born;

	(void)state;
	assert_int_equal(git_head_set(repository, "feature/one", NULL), 0);
	expect_text("HEAD", "ref: refs/heads/feature/one\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(git_head_set(repository, bad[i], NULL), ERR_INVALID);
	assert_int_equal(git_head_get(repository, branch, sizeof(branch), &born, NULL), 0);
	assert_string_equal(branch, "feature/one");
	assert_false(born);
	put("packed-refs", "# pack-refs with: peeled fully-peeled sorted \n"
	                   "1111111111111111111111111111111111111111 refs/heads/feature/one\n"
	                   "^1111111111111111111111111111111111111111\n");
	assert_int_equal(git_head_get(repository, branch, sizeof(branch), &born, NULL), 0);
	assert_true(born);
	assert_int_equal(git_head_set(repository, "feature", NULL), 0);
	assert_int_equal(git_head_get(repository, branch, sizeof(branch), &born, NULL), 0);
	assert_false(born);
	put("refs/heads/loose", "1111111111111111111111111111111111111111\n");
	assert_int_equal(git_head_set(repository, "loose", NULL), 0);
	assert_int_equal(git_head_get(repository, branch, sizeof(branch), &born, NULL), 0);
	assert_true(born);
	assert_int_equal(git_head_get(repository, branch, 5, &born, NULL), ERR_LIMIT);
}

static void a_head_that_names_no_branch_is_told_apart(void **state)
{
	static const char *const table[] = {"",
	                                    "ref",
	                                    "1111111111111111111111111111111111111111\n",
	                                    "ref: refs/heads/a..b\n",
	                                    "ref: refs/heads/main",
	                                    "ref: refs/heads/.invalid\n"};
	char branch[100] = "untouched";
	bool born;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		put("HEAD", table[i]);
		assert_int_equal(git_head_get(repository, branch, sizeof(branch), &born, NULL),
		                 ERR_INVALID);
		assert_string_equal(branch, "untouched");
	}
}

static void a_sweep_takes_what_killed_transfers_left(void **state)
{
	static const char *const left[] = {
	        "objects/pack/tmp_pack_AB",
	        "objects/pack/.tmp-17-pack-ab.pack",
	        "objects/pack/tmp_idx_AB",
	        "objects/ab/tmp_obj_1",
	        "refs/heads/a/b.lock",
	        "packed-refs.lock",
	        "HEAD.lock",
	        "shallow.lock",
	};
	static const char *const kept[] = {"objects/pack/pack-1.pack",
	                                   "objects/ab/1234567890123456789012345678901234567a",
	                                   "refs/heads/a/b",
	                                   "packed-refs",
	                                   "HEAD",
	                                   "config"};
	unsigned removed = 0;

	(void)state;
	folder("objects/ab");
	folder("refs/heads/a");
	folder("objects/tmp_objdir-incoming-xyz");
	folder("objects/tmp_objdir-incoming-xyz/pack");
	put("objects/tmp_objdir-incoming-xyz/pack/tmp_pack", "x");
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		put(left[i], "x");
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		put(kept[i], "x");
	assert_int_equal(git_repository_sweep(repository, false, &removed, NULL), 0);
	assert_int_equal(removed, sizeof(left) / sizeof(left[0]) + 1);
	assert_false(exists("objects/tmp_objdir-incoming-xyz"));
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		assert_false(exists(left[i]));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		assert_true(exists(kept[i]));
	assert_int_equal(git_repository_sweep(repository, false, &removed, NULL), 0);
	assert_int_equal(removed, 0);
}

/* Others write there too: what they began a moment ago is theirs. */
static void a_sweep_of_a_shared_one_takes_what_is_old(void **state)
{
	const struct timespec old[2] = {{.tv_sec = time(NULL) - 2 * 24 * 3600},
	                                {.tv_sec = time(NULL) - 2 * 24 * 3600}};
	unsigned removed = 0;
	char path[sizeof(repository) + 32];

	(void)state;
	folder("objects/tmp_objdir-incoming-young");
	put("refs/heads/young.lock", "x");
	put("objects/pack/tmp_pack_young", "x");
	put("refs/heads/old.lock", "x");
	snprintf(path, sizeof(path), "%s/refs/heads/old.lock", repository);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(git_repository_sweep(repository, true, &removed, NULL), 0);
	assert_int_equal(removed, 1);
	assert_false(exists("refs/heads/old.lock"));
	assert_true(exists("refs/heads/young.lock"));
	assert_true(exists("objects/pack/tmp_pack_young"));
	assert_true(exists("objects/tmp_objdir-incoming-young"));
	assert_int_equal(git_repository_sweep(repository, false, &removed, NULL), 0);
	assert_int_equal(removed, 3);
}

static void a_sync_walks_what_is_there(void **state)
{
	static const char refs[] = "refs/heads/a/b\0refs/tags/v1\0refs/heads/gone/deep/ref";

	(void)state;
	folder("refs/heads/a");
	folder("objects/ab");
	put("refs/heads/a/b", "x");
	assert_int_equal(git_repository_sync(repository, refs, 3, NULL), 0);
	assert_int_equal(git_repository_sync(repository, NULL, 0, NULL), 0);
	assert_int_equal(git_repository_sync(repository, "../../etc", 1, NULL), ERR_INVALID);
	assert_int_equal(git_repository_sync("/nonexistent", refs, 3, NULL), ERR_NOT_FOUND);
}

static void alternates_open_folders_of_objects_only(void **state)
{
	const char *out[ALTERNATES];
	struct arena a;
	size_t count = 7;
	char text[3 * GIT_PATH];

	(void)state;
	assert_int_equal(git_repository_make(data, "ab112233445566778899aabbccddeeff", "t", "o",
	                                     "sha1", NULL),
	                 0);
	/* the second repository, twice; itself by a relative path (a ring); and what must not count
	 */
	snprintf(text, sizeof(text),
	         "# words\n%s/repositories/ab/ab112233445566778899aabbccddeeff.git/objects\n"
	         "../../../ab/ab112233445566778899aabbccddeeff.git/objects\n../objects\n/etc\n/"
	         "\n%s\n"
	         "/nonexistent/objects\n\"quoted\"\n",
	         data, data);
	put("objects/info/alternates", text);
	arena_init(&a, 100000);
	assert_int_equal(alternates_read(repository, &a, out, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_non_null(strstr(out[0], "/ab112233445566778899aabbccddeeff.git/objects"));
	assert_non_null(strstr(out[1], "/" ID ".git/objects"));
	arena_reset(&a);
}

static void names_of_refs_follow_gits_rules(void **state)
{
	static const char *const good[] = {
	        "refs/heads/main",     "refs/heads/a/b-c.d",  "refs/x/y",     "refs/heads/@",
	        "refs/heads/\xc3\xa9", "refs/heads/a.lock.b", "refs/heads/-x"};
	static const char *const bad[] = {
	        "",
	        "main",
	        "heads/main",
	        "refs/main",
	        "refs/heads/",
	        "refs/heads//a",
	        "refs/heads/a/",
	        "refs//a/b",
	        "refs/heads/.a",
	        "refs/heads/a..b",
	        "refs/heads/a.",
	        "refs/heads/a.lock",
	        "refs/heads/a.lock/b",
	        "refs/heads/a b",
	        "refs/heads/a~1",
	        "refs/heads/a^",
	        "refs/heads/a:b",
	        "refs/heads/a?",
	        "refs/heads/a*",
	        "refs/heads/[a",
	        "refs/heads/a\\b",
	        "refs/heads/a@{1",
	        "refs/heads/a\x01",
	        "refs/heads/a\x7f",
	        "refs/../heads/a",
	        "refs/heads/a\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(git_ref_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(git_ref_valid(bad[i], strlen(bad[i])));
	assert_false(git_ref_valid("refs/heads/a\0b", 14));
}

static void what_is_wrong_with_a_name_is_said(void **state)
{
	static const struct {
		const char *name, *fault;
	} table[] = {
	        {"HEAD", "it does not begin with refs/heads/ or refs/tags/"},
	        {"refs/main", "there is no name behind refs/heads/ or refs/tags/"},
	        {"refs/heads", "there is no name behind refs/heads/ or refs/tags/"},
	        {"refs/heads//a", "a part of it between slashes is empty"},
	        {"refs/heads/a..b", "it holds two dots in a row"},
	        {"refs/heads/.a", "a part of it begins with a dot"},
	        {"refs/heads/x.lock", "a part of it ends with .lock"},
	        {"refs/heads/a.", "it ends with a dot"},
	        {"refs/heads/a b", "it holds a blank"},
	        {"refs/heads/a\x1b[1m", "it holds a control byte"},
	        {"refs/heads/a^", "it holds one of ~ ^ : ? * [ \\"},
	        {"refs/heads/a@{1", "it holds @{"},
	};
	char name[1100] = "refs/heads/";

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(git_ref_fault(table[i].name, strlen(table[i].name)),
		                    table[i].fault);
	memset(name + 11, 'a', sizeof(name) - 12);
	assert_null(git_ref_fault(name, 11 + 250));
	assert_string_equal(git_ref_fault(name, 11 + 251), "a part of it is longer than 250 bytes");
	for (size_t i = 15; i < sizeof(name) - 1; i += 5)
		name[i] = '/';
	assert_null(git_ref_fault(name, 1024));
	assert_string_equal(git_ref_fault(name, 1026), "it is longer than 1024 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_path_is_made_of_a_whole_id_only),
	        cmocka_unit_test_setup_teardown(a_new_repository_is_whole_and_empty, make, unmake),
	        cmocka_unit_test_setup_teardown(nothing_is_made_over_what_is_there, make, unmake),
	        cmocka_unit_test_setup_teardown(names_that_would_break_config_are_refused, make,
	                                        unmake),
	        cmocka_unit_test_setup_teardown(a_rename_changes_the_names_and_nothing_else, make,
	                                        unmake),
	        cmocka_unit_test_setup_teardown(a_discarded_repository_lies_in_the_trash, make,
	                                        unmake),
	        cmocka_unit_test_setup_teardown(head_follows_a_branch, make, unmake),
	        cmocka_unit_test_setup_teardown(a_head_that_names_no_branch_is_told_apart, make,
	                                        unmake),
	        cmocka_unit_test_setup_teardown(a_sweep_takes_what_killed_transfers_left, make,
	                                        unmake),
	        cmocka_unit_test_setup_teardown(a_sweep_of_a_shared_one_takes_what_is_old, make,
	                                        unmake),
	        cmocka_unit_test_setup_teardown(a_sync_walks_what_is_there, make, unmake),
	        cmocka_unit_test_setup_teardown(alternates_open_folders_of_objects_only, make,
	                                        unmake),
	        cmocka_unit_test(names_of_refs_follow_gits_rules),
	        cmocka_unit_test(what_is_wrong_with_a_name_is_said),
	};

	return cmocka_run_group_tests_name("git/repository", tests, NULL, NULL);
}
