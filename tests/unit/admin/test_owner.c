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

#include <fts.h>
#include <pwd.h>

/* The program must be one that the other user may run: a copy in the folder. */
static void copy_program(struct run *r)
{
	char path[120], bytes[65536];
	FILE *from = fopen(getenv("ADMIN_PROGRAM"), "r"), *to;
	size_t got;

	snprintf(path, sizeof(path), "%s/program", r->folder);
	to = fopen(path, "w");
	assert_true(from && to);
	while ((got = fread(bytes, 1, sizeof(bytes), from)) > 0)
		assert_int_equal(fwrite(bytes, 1, got, to), got);
	fclose(from);
	fclose(to);
	chmod(path, 0755);
	chmod(r->folder, 0755);
	setenv("ADMIN_PROGRAM", path, 1);
}

static void all_belongs_to(const char *folder, uid_t uid)
{
	char path[120], *roots[] = {path, NULL};
	size_t files = 0;

	snprintf(path, sizeof(path), "%s", folder);
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e = fts_read(tree); e; e = fts_read(tree)) {
		if (e->fts_statp->st_uid != uid)
			fail_msg("%s belongs to %u", e->fts_path, e->fts_statp->st_uid);
		files++;
	}
	fts_close(tree);
	assert_true(files > 2);
}

static void root_leaves_no_file_of_its_own_in_anothers_folder(void **state)
{
	struct run *r = *state;
	const struct passwd *nobody = getpwnam("nobody");
	char *real = strdup(getenv("ADMIN_PROGRAM"));

	if (geteuid() != 0 || !nobody) {
		free(real);
		skip();
	}
	copy_program(r);
	setenv("SUDO_USER", "cleo", 1);
	assert_int_equal(mkdir(r->data, 0700), 0);
	assert_int_equal(chown(r->data, nobody->pw_uid, nobody->pw_gid), 0);
	run_fine(r, "user add ann");
	run_fine(r, "repo create ann/site");
	all_belongs_to(r->data, nobody->pw_uid);
	/* the log knows who sat there all the same */
	run_fine(r, "audit --actor operator~cleo --quiet");
	assert_true(strlen(r->out) > 10);
	/* a folder that is still to be made belongs to the owner of its parent */
	strcat(r->data, "/new");
	run_fine(r, "user add bob");
	all_belongs_to(r->data, nobody->pw_uid);
	unsetenv("SUDO_USER");
	setenv("ADMIN_PROGRAM", real, 1);
	free(real);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, run_setup, run_teardown)
	const struct CMUnitTest tests[] = {
	        T(root_leaves_no_file_of_its_own_in_anothers_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
