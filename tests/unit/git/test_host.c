#include "git/git_int.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[100], box[200];

static int make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/gatehouse-host.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(box, sizeof(box), "%s/box", folder);
	return symlink("/bin/true", box);
}

static int unmake(void **state)
{
	(void)state;
	file_remove_tree(AT_FDCWD, folder, 4);
	return 0;
}

static void script(const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/git", folder);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fchmod(fileno(f), 0755) == 0 && fclose(f) == 0);
}

static void the_git_of_this_machine_is_found(void **state)
{
	struct git_host h;
	struct err err = {0};
	char link[GIT_PATH + 32];

	(void)state;
	assert_int_equal(git_host_init(&h, box, folder, &err), 0);
	assert_true(h.git[0] == '/' && h.exec_path[0] == '/' && h.version[0] == '2');
	assert_true(h.seccomp == (h.filter_fd >= 0));
	snprintf(link, sizeof(link), "%s/pre-receive", h.hooks);
	assert_int_equal(access(link, X_OK), 0);
	git_host_clear(&h);
	assert_int_equal(h.filter_fd, -1);
}

static void strangers_leave_the_folder_of_hooks(void **state)
{
	struct git_host h;
	char hooks[200], stranger[300], half[300];

	(void)state;
	snprintf(hooks, sizeof(hooks), "%s/hooks", folder);
	snprintf(stranger, sizeof(stranger), "%s/post-receive", hooks);
	snprintf(half, sizeof(half), "%s/.pre-receive.17", hooks);
	assert_int_equal(mkdir(hooks, 0700), 0);
	assert_int_equal(symlink("/bin/true", stranger), 0);
	assert_int_equal(symlink("/bin/true", half), 0);
	assert_int_equal(git_host_init(&h, box, folder, NULL), 0);
	assert_int_not_equal(access(stranger, F_OK), 0);
	assert_int_not_equal(access(half, F_OK), 0);
	git_host_clear(&h);
}

static void what_cannot_serve_is_refused_in_words(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct git_host h;
	struct err err = {0};

	(void)state;
	assert_int_equal(git_host_init(&h, "/nonexistent", folder, &err), ERR_NOT_FOUND);
	assert_int_equal(git_host_init(&h, box, "/tmp/a:b", &err), ERR_INVALID);
	assert_int_equal(setenv("PATH", folder, 1), 0);
	assert_int_equal(git_host_init(&h, box, folder, &err), ERR_NOT_FOUND);
	script("#!/bin/sh\necho git version 2.30.2\n");
	assert_int_equal(git_host_init(&h, box, folder, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "git 2.30.2 is too old: 2.36"));
	script("#!/bin/sh\ncase $1 in --version) echo git version 2.39.5 ;; *) echo /tmp ;; "
	       "esac\n");
	assert_int_equal(git_host_init(&h, box, folder, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "a script?"));
	assert_int_equal(setenv("PATH", path, 1), 0);
	free(path);
}

static void the_filter_is_sealed_and_small(void **state)
{
	int fd = -1;
	struct stat st;

	(void)state;
	if (!filter_possible())
		skip();
	for (int abi = 0; abi < 8; abi += 7) {
		assert_int_equal(filter_make(abi, &fd, NULL), 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(st.st_size > 0 && st.st_size % 8 == 0 && st.st_size / 8 < 4096);
		assert_int_equal(write(fd, "x", 1), -1);
		assert_int_equal(ftruncate(fd, 0), -1);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(the_git_of_this_machine_is_found, make, unmake),
	        cmocka_unit_test_setup_teardown(strangers_leave_the_folder_of_hooks, make, unmake),
	        cmocka_unit_test_setup_teardown(what_cannot_serve_is_refused_in_words, make,
	                                        unmake),
	        cmocka_unit_test(the_filter_is_sealed_and_small),
	};

	return cmocka_run_group_tests_name("git/host", tests, NULL, NULL);
}
