#include "git/git_int.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct git_host host = {.git = "/usr/bin/git",
                               .exec_path = "/usr/lib/git-core",
                               .box = "/opt/box",
                               .hooks = "/state/hooks",
                               .landlock = 4,
                               .filter_fd = 5};
static char folder[] = "/tmp/gatehouse-plan.XXXXXX";

static int make(void **state)
{
	char objects[100];

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(objects, sizeof(objects), "%s/objects", folder);
	return mkdir(objects, 0700);
}

static int unmake(void **state)
{
	(void)state;
	file_remove_tree(AT_FDCWD, folder, 3);
	return 0;
}

static bool in(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

/* The value of a setting, by the key's number. */
static const char *setting(const struct plan_words *w, const char *key)
{
	for (size_t i = 0; i < w->nenv; i++) {
		const char *eq = strchr(w->env[i], '=');
		char name[64];

		if (strncmp(w->env[i], "GIT_CONFIG_KEY_", 15) != 0 || strcmp(eq + 1, key) != 0)
			continue;
		snprintf(name, sizeof(name), "GIT_CONFIG_VALUE_%d=", atoi(w->env[i] + 15));
		for (size_t k = 0; k < w->nenv; k++)
			if (strncmp(w->env[k], name, strlen(name)) == 0)
				return w->env[k] + strlen(name);
	}
	return NULL;
}

static void words(const struct git_plan *plan, bool hook, struct plan_words *w, struct arena *a)
{
	struct git_plan p = *plan;

	p.path = folder;
	arena_init(a, 200000);
	assert_int_equal(plan_words(&host, &p, 77, hook, a, w, NULL), 0);
}

static void a_fetch_reads_and_a_push_writes(void **state)
{
	char reading[100], writing[100];
	struct plan_words w;
	struct arena a;

	(void)state;
	snprintf(reading, sizeof(reading), "read=%s", folder);
	snprintf(writing, sizeof(writing), "write=%s", folder);
	words(&(struct git_plan){.service = GIT_UPLOAD_PACK}, false, &w, &a);
	assert_true(in(w.args, reading) && !in(w.args, writing) && in(w.args, "file=0"));
	assert_true(in(w.args, "landlock=4") && in(w.args, "filter=3") && in(w.args, "parent=77"));
	assert_string_equal(setting(&w, "core.hooksPath"), "/dev/null");
	assert_null(setting(&w, "uploadpack.packObjectsHook"));
	arena_reset(&a);
	words(&(struct git_plan){.service = GIT_RECEIVE_PACK}, true, &w, &a);
	assert_true(in(w.args, writing) && in(w.args, "keep=4") && !in(w.args, "file=0"));
	assert_string_equal(setting(&w, "core.hooksPath"), "/state/hooks");
	assert_true(in(w.env, "GATEHOUSE_HOOK_FD=4"));
	arena_reset(&a);
	words(&(struct git_plan){.service = GIT_RECEIVE_PACK, .advertise = true}, false, &w, &a);
	assert_true(in(w.args, reading) && !in(w.args, writing) &&
	            in(w.args, "--http-backend-info-refs"));
	arena_reset(&a);
}

static void a_session_is_no_single_request(void **state)
{
	struct plan_words w;
	struct arena a;

	(void)state;
	words(&(struct git_plan){.service = GIT_UPLOAD_PACK}, false, &w, &a);
	assert_true(in(w.args, "--stateless-rpc"));
	arena_reset(&a);
	words(&(struct git_plan){.service = GIT_UPLOAD_PACK, .session = true}, false, &w, &a);
	assert_false(in(w.args, "--stateless-rpc"));
	arena_reset(&a);
	words(&(struct git_plan){.service = GIT_UPLOAD_ARCHIVE, .session = true}, false, &w, &a);
	assert_true(in(w.args, "upload-archive") && in(w.args, "file=0"));
	arena_reset(&a);
}

static void the_level_of_the_check_is_set(void **state)
{
	struct plan_words w;
	struct arena a;

	(void)state;
	words(&(struct git_plan){.service = GIT_RECEIVE_PACK}, true, &w, &a);
	assert_string_equal(setting(&w, "receive.fsckObjects"), "true");
	assert_null(setting(&w, "receive.fsck.badTimezone"));
	arena_reset(&a);
	words(&(struct git_plan){.service = GIT_RECEIVE_PACK, .level = GIT_CHECK_LENIENT}, true, &w,
	      &a);
	assert_string_equal(setting(&w, "receive.fsckObjects"), "true");
	assert_string_equal(setting(&w, "receive.fsck.badTimezone"), "ignore");
	assert_null(setting(&w, "receive.fsck.hasDotgit"));
	arena_reset(&a);
	words(&(struct git_plan){.service = GIT_RECEIVE_PACK,
	                         .level = GIT_CHECK_OFF,
	                         .pack_limit = 9},
	      true, &w, &a);
	assert_string_equal(setting(&w, "receive.fsckObjects"), "false");
	assert_string_equal(setting(&w, "receive.maxInputSize"), "9");
	arena_reset(&a);
}

static void what_a_peer_may_not_send_is_refused(void **state)
{
	static const struct git_plan table[] = {
	        {.path = "relative"},
	        {.path = NULL},
	        {.path = folder, .protocol = "version=2\nX: y"},
	        {.path = folder, .actor = "a\nb"},
	        {.path = folder, .actor = "a <b>"},
	};
	struct plan_words w;
	struct arena a;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		arena_init(&a, 200000);
		assert_int_equal(plan_words(&host, &table[i], 77, false, &a, &w, NULL),
		                 ERR_INVALID);
		arena_reset(&a);
	}
}

static void the_highest_protocol_named_wins(void **state)
{
	static const struct {
		const char *header;
		int version;
	} table[] = {
	        {NULL, 0},
	        {"", 0},
	        {"version=2", 2},
	        {"version=1", 1},
	        {"version=0", 0},
	        {"version=1:version=2", 2},
	        {"version=2:version=1", 2},
	        {"object-format=sha1:version=2:x", 2},
	        {"version=3", 0},
	        {"version=22", 0},
	        {"xversion=2", 0},
	        {":::version=1", 1},
	        {"version=2 ", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(git_protocol_version(table[i].header), table[i].version);
}

static void only_a_safe_protocol_is_passed_on(void **state)
{
	char longest[258];

	(void)state;
	memset(longest, 'a', 257);
	longest[257] = '\0';
	assert_null(git_protocol_safe(longest));
	longest[256] = '\0';
	assert_non_null(git_protocol_safe(longest));
	assert_non_null(git_protocol_safe("version=2:a-b_c.d"));
	assert_null(git_protocol_safe(NULL));
	assert_null(git_protocol_safe(""));
	assert_null(git_protocol_safe("version=2;x"));
	assert_null(git_protocol_safe("version=2\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_fetch_reads_and_a_push_writes),
	        cmocka_unit_test(a_session_is_no_single_request),
	        cmocka_unit_test(the_level_of_the_check_is_set),
	        cmocka_unit_test(what_a_peer_may_not_send_is_refused),
	        cmocka_unit_test(the_highest_protocol_named_wins),
	        cmocka_unit_test(only_a_safe_protocol_is_passed_on),
	};

	return cmocka_run_group_tests_name("git/plan", tests, make, unmake);
}
