#include "run.h"

#include "admin/admin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void every_command_has_a_happy_path(void **state)
{
	static const char *const lines[] = {
	        "user add bob --email bob@example.org --display Bob~B. --admin",
	        "user list",
	        "user list --quiet",
	        "user show bob",
	        "user show bob@example.org",
	        "user edit bob --display Robert --add-email b2@example.org --admin no",
	        "user edit bob --remove-email b2@example.org",
	        "user suspend bob --reason on~leave",
	        "user show bob",
	        "user resume bob",
	        "workspace create acme --owner ann --display Acme",
	        "workspace list",
	        "workspace list --user ann",
	        "workspace show acme",
	        "workspace edit acme --creation members --longest-token-life 90d --add-member bob "
	        "--yes --quiet",
	        "workspace edit acme --remove-member bob --yes --quiet",
	        "workspace edit acme --add-owner bob",
	        "group create acme devs",
	        "group add acme devs bob",
	        "group show acme devs",
	        "group list acme",
	        "project create acme web --description The~site",
	        "project edit acme web --name www",
	        "project list acme",
	        "repo create acme/site --public --project www --description Site",
	        "repo create acme/old --format sha256 --internal",
	        "repo list",
	        "repo list acme",
	        "repo show acme/site",
	        "project show acme www",
	        "repo path acme/site",
	        "repo edit acme/site --name home --visibility private --default-branch trunk "
	        "--check "
	        "lenient --project none --description New --yes --quiet",
	        "repo archive acme/home --yes --quiet",
	        "repo show acme/home",
	        "repo unarchive acme/home --yes --quiet",
	        "repo archive acme/home --dry-run",
	        "repo show acme/home",
	        "repo show acme/site",
	        "grant add bob acme/home write",
	        "grant add group:devs acme/project:www read",
	        "grant list acme",
	        "grant list acme/home",
	        "grant remove bob acme/home",
	        "token create --user ann --name t --scopes read:repository --expires 30d",
	        "token list --user ann",
	        "token show t --user ann",
	        "token revoke t --user ann --reason done",
	        "group remove acme devs bob",
	        "group delete acme devs",
	        "repo rename acme/home house --yes --quiet",
	        "repo move acme/house ann --yes --quiet",
	        "repo move ann/house acme/home --yes --quiet",
	        "workspace rename acme apex --yes --quiet",
	        "workspace rename apex acme --yes --quiet",
	        "repo delete acme/old --yes --quiet",
	        "repo list --deleted",
	        "repo undelete acme/old --as older",
	        "audit",
	        "audit --actor x",
	        "audit --limit 3 --since 1d --operation user~add"};
	struct run *r = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		run_fine(r, lines[i]);
		assert_string_equal(r->complaints, "");
		assert_true(r->out[0] != 0);
	}
}

static void everything_that_lists_or_shows_speaks_json(void **state)
{
	static const char *const lines[] = {"user list --json",
	                                    "user show ann --json",
	                                    "workspace list --json",
	                                    "workspace show ann --json",
	                                    "group list ann --json",
	                                    "group show ann devs --json",
	                                    "project list ann --json",
	                                    "project show ann web --json",
	                                    "repo list --json",
	                                    "repo show ann/site --json",
	                                    "repo path ann/site --json",
	                                    "grant list ann --json",
	                                    "token list --user ann --json",
	                                    "token show t --user ann --json",
	                                    "audit --limit 1 --json"};
	struct run *r = *state;

	run_fine(r, "group create ann devs");
	run_fine(r, "project create ann web");
	run_fine(r, "grant add group:devs ann/site read");
	run_fine(r, "token create --user ann --name t --scopes read:repository --quiet");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		json_decref(run_json(r, lines[i]));
	json_t *json = run_json(r, "repo show ann/site --json");
	assert_string_equal(json_text(json, "full_name"), "ann/site");
	assert_string_equal(json_text(json, "visibility"), "private");
	assert_true(json_is_null(json_object_get(json, "default_branch")));
	assert_true(strstr(json_text(json, "created"), "T") != NULL);
	json_decref(json);
	json = run_json(r, "workspace show ann --json");
	assert_true(json_is_true(json_object_get(json, "personal")));
	assert_int_equal(json_array_size(json_object_get(json, "members")), 1);
	json_decref(json);
}

static void quiet_prints_the_bare_result(void **state)
{
	struct run *r = *state;
	struct stat st;

	run_fine(r, "user add bob --quiet");
	assert_string_equal(r->out, "bob\n");
	run_fine(r, "user list --quiet");
	assert_string_equal(r->out, "ann\nbob\n");
	run_fine(r, "repo create ann/x --quiet");
	assert_string_equal(r->out, "ann/x\n");
	run_fine(r, "repo path ann/x");
	r->out[strcspn(r->out, "\n")] = 0;
	assert_int_equal(stat(r->out, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
}

static void what_can_not_be_done_is_one_sentence_and_status_1(void **state)
{
	struct run *r = *state;

	run_fails(r, "user add ann", 1, "\"ann\" is taken");
	run_fails(r, "user add cleo --email ann@example.org", 1, "belongs to the user ann");
	run_fails(r, "user add a.b", 1, "a.b");
	run_fails(r, "user add oauth2", 1, "reserved");
	run_fails(r, "user show nobody", 1, "there is no user \"nobody\"");
	run_fails(r, "workspace create acme --owner nobody", 1, "nobody");
	run_fails(r, "workspace edit ann --creation often", 1, "off, owners or members");
	run_fails(r, "workspace edit ann --remove-member ann", 1, "owner");
	run_fails(r, "repo create ann/site", 1, "ann/site already");
	run_fails(r, "repo create ann/..", 1, "name");
	run_fails(r, "repo show ann/nope", 1, "there is no repository ann/nope");
	run_fails(r, "repo edit ann/site --visibility hidden", 1, "hidden");
	run_fails(r, "grant add ann ann/site rule", 1, "read, write or admin");
	run_fails(r, "group show ann devs", 1, "has no group \"devs\"");
	run_fails(r, "why 0000000000", 1, "nothing is known");
}

static void a_line_that_makes_no_sense_is_status_2_and_names_the_nearest(void **state)
{
	struct run *r = *state;

	run_fails(r, "frobnicate", 2, "frobnicate");
	run_fails(r, "usr list", 2, "did you mean \"user\"");
	run_fails(r, "repos list", 2, "did you mean \"repo\"");
	run_fails(r, "token crate", 2, "did you mean \"token create\"");
	run_fails(r, "user list --jsn", 2, "did you mean --json");
	run_fails(r, "repo create ann/y --pubic", 2, "did you mean --public");
	run_fails(r, "user list --htpp x", 2, "did you mean --http");
	run_fails(r, "user list -z", 2, "-z");
	run_fails(r, "user", 2, "one word more");
	run_fails(r, "user show", 2, "NAME");
	run_fails(r, "user show a b", 2, "one word too many");
	run_fails(r, "repo create", 2, "WS/REPO");
	run_fails(r, "workspace create acme", 2, "--owner");
	run_fails(r, "repo create ann/y --public --internal", 2, "exclude");
	run_fails(r, "repo create ann/y --description", 2, "needs a value");
	run_fails(r, "repo create ann/y --description a --description b", 2, "twice");
	run_fails(r, "user list --json --quiet", 2, "exclude");
	run_fails(r, "user edit ann", 2, "something to change");
	run_fails(r, "user edit ann --admin maybe", 2, "yes or no");
	run_fails(r, "audit --limit 0", 2, "--limit");
	run_fails(r, "", 2, "what shall it do");
}

static void a_deletion_wants_a_yes(void **state)
{
	struct run *r = *state;

	run_fails(r, "repo delete ann/site", 2, "--yes");
	run_fine(r, "repo show ann/site");
	run_fine(r, "repo delete ann/site --dry-run");
	run_fine(r, "repo show ann/site");
	run_fine(r, "repo delete ann/site --yes --quiet");
	json_decref(run_json(r, "repo list --deleted --json"));
	run_fails(r, "repo show ann/site", 1, "there is no repository");
}

static void only_an_empty_folder_becomes_a_data_folder(void **state)
{
	struct run *r = *state;
	char path[120];

	snprintf(r->data, sizeof(r->data), "%s/new/deeper", r->folder);
	run_fails(r, "user list", 1, "there is no ledger");
	run_fails(r, "repo create ann/site", 1, "user add");
	run_fine(r, "user add ann");
	snprintf(r->data, sizeof(r->data), "%s/full", r->folder);
	assert_int_equal(mkdir(r->data, 0700), 0);
	snprintf(path, sizeof(path), "%s/run", r->data);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/letters", r->data);
	assert_int_equal(mkdir(path, 0700), 0);
	run_fails(r, "user add ann", 1, "letters");
	assert_int_equal(rmdir(path), 0);
	run_fine(r, "user add ann");
	struct stat st;
	snprintf(path, sizeof(path), "%s/gatehouse.db", r->data);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
}

static void settings_come_from_file_environment_and_flags(void **state)
{
	struct run *r = *state;
	char line[300], file[100];
	FILE *f;

	if (access(ADMIN_CONFIG, F_OK)) { /* else that file is read */
		assert_int_equal(run_plain(r, "user list"), 1);
		assert_non_null(strstr(r->complaints, "--data DIR"));
	}
	snprintf(file, sizeof(file), "%s/gatehouse.ini", r->folder);
	f = fopen(file, "w");
	fprintf(f, "[server]\ndata = data\nbase-url = https://git.example.org\n");
	fclose(f);
	snprintf(line, sizeof(line), "--config %s repo show ann/site", file);
	assert_int_equal(run_plain(r, line), 0);
	assert_non_null(strstr(r->out, "https://git.example.org/ann/site.git"));
	snprintf(line, sizeof(line), "repo show ann/site --config=%s --base-url http://x.test/",
	         file);
	assert_int_equal(run_plain(r, line), 0);
	assert_non_null(strstr(r->out, "http://x.test/ann/site.git"));
	setenv("GATEHOUSE_CONFIG", file, 1);
	setenv("GATEHOUSE_BASE_URL", "http://env.test", 1);
	assert_int_equal(run_plain(r, "repo show ann/site"), 0);
	assert_non_null(strstr(r->out, "http://env.test/ann/site.git"));
	setenv("GATEHOUSE_NONSENSE", "1", 1);
	assert_int_equal(run_plain(r, "repo show ann/site"), 1);
	assert_non_null(strstr(r->complaints, "GATEHOUSE_NONSENSE"));
	unsetenv("GATEHOUSE_NONSENSE");
	unsetenv("GATEHOUSE_BASE_URL");
	unsetenv("GATEHOUSE_CONFIG");
	run_fails(r, "repo list --children many", 2, "children");
}

static void an_output_that_can_not_be_written_is_a_failure(void **state)
{
	struct run *r = *state;
	FILE *full = fopen("/dev/full", "w");
	if (!full)
		skip();
	fclose(full);
	/* the same program, its output on a full disk */
	pid_t pid = fork();
	if (!pid) {
		if (!freopen("/dev/full", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(99);
		execl(getenv("ADMIN_PROGRAM"), "gatehouse", "--data", r->data, "user", "list",
		      NULL);
		_exit(99);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, run_setup_ann, run_teardown)
	const struct CMUnitTest tests[] = {
	        T(every_command_has_a_happy_path),
	        T(everything_that_lists_or_shows_speaks_json),
	        T(quiet_prints_the_bare_result),
	        T(what_can_not_be_done_is_one_sentence_and_status_1),
	        T(a_line_that_makes_no_sense_is_status_2_and_names_the_nearest),
	        T(a_deletion_wants_a_yes),
	        T(only_an_empty_folder_becomes_a_data_folder),
	        T(settings_come_from_file_environment_and_flags),
	        T(an_output_that_can_not_be_written_is_a_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
