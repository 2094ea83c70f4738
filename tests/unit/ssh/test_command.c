/* The command line of a session: what is Git's, and what path it names. */
#include "ssh/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void reads(const char *line, enum ssh_verb verb, const char *path)
{
	char both[sizeof(((struct ssh_command *)0)->path) * 2];
	struct ssh_command c;

	ssh_command_read(line, &c);
	snprintf(both, sizeof(both), "%s%s%s", c.workspace, *c.workspace ? "/" : "", c.repository);
	if (c.verb != verb || strcmp(c.path, path) != 0)
		fail_msg("%s: verb %d, path \"%s\"", line, (int)c.verb, c.path);
	/* the two names are the path, where it has two parts */
	if (*both && strcmp(both, path) != 0)
		fail_msg("%s: \"%s\"", line, both);
}

static void every_form_of_the_command_is_read(void **state)
{
	(void)state;
	reads("git-upload-pack 'acme/site.git'", SSH_UPLOAD_PACK, "acme/site");
	reads("git-receive-pack 'acme/site.git'", SSH_RECEIVE_PACK, "acme/site");
	reads("git-upload-archive 'acme/site.git'", SSH_UPLOAD_ARCHIVE, "acme/site");
	reads("git upload-pack 'acme/site.git'", SSH_UPLOAD_PACK, "acme/site");
	reads("git receive-pack 'acme/site'", SSH_RECEIVE_PACK, "acme/site");
	reads("git upload-archive 'acme/site'", SSH_UPLOAD_ARCHIVE, "acme/site");
	reads("git-lfs-authenticate acme/site.git download", SSH_LFS, "acme/site");
	reads("git-lfs-authenticate 'acme/site' upload 0123", SSH_LFS, "acme/site");
	reads("git-lfs-transfer acme/site.git upload", SSH_LFS, "acme/site");
	reads("git-upload-pack acme/site.git", SSH_UPLOAD_PACK, "acme/site");
	reads("git-upload-pack \"acme/site.git\"", SSH_UPLOAD_PACK, "acme/site");
	reads("git-upload-pack acme\\/site.git", SSH_UPLOAD_PACK, "acme/site");
	reads("  git-upload-pack   'acme'/'site'  ", SSH_UPLOAD_PACK, "acme/site");
}

static void every_form_of_the_path_is_read(void **state)
{
	static const char *const forms[] = {
	        "acme/site",      "acme/site.git",    "/acme/site.git",  "//acme/site.git",
	        "acme/site.git/", "/acme//site.git/", "./acme/site.git", "~/acme/site.git",
	        "/~/acme/site",   "~acme/site.git",   "/~acme/site.git", "/acme/./site.git",
	};
	char line[200];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		snprintf(line, sizeof(line), "git-upload-pack '%s'", forms[i]);
		reads(line, SSH_UPLOAD_PACK, "acme/site");
	}
}

static void other_paths_are_kept_whole_for_old_addresses(void **state)
{
	struct ssh_command c;

	(void)state;
	reads("git-upload-pack '/git/team/project.git'", SSH_UPLOAD_PACK, "git/team/project");
	reads("git-upload-pack 'project.git'", SSH_UPLOAD_PACK, "project");
	reads("git-upload-pack ''", SSH_UPLOAD_PACK, "");
	reads("git-upload-pack '/'", SSH_UPLOAD_PACK, "");
	reads("git-upload-pack '../../etc/passwd'", SSH_UPLOAD_PACK, "../../etc/passwd");
	reads("git-upload-pack 'acme/.git'", SSH_UPLOAD_PACK, "acme/.git");
	ssh_command_read("git-upload-pack 'it'\\''s/a name'", &c);
	assert_string_equal(c.workspace, "it's");
	assert_string_equal(c.repository, "a name");
	ssh_command_read("git-upload-pack 'a'\\!'/b'", &c);
	assert_string_equal(c.workspace, "a!");
}

static void what_is_too_long_is_not_cut_to_another(void **state)
{
	char line[3000] = "git-upload-pack '", name[300];
	struct ssh_command c;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(line, sizeof(line), "git-upload-pack '%s/site'", name);
	ssh_command_read(line, &c);
	assert_int_equal(c.verb, SSH_UPLOAD_PACK);
	assert_true(strlen(c.workspace) > NAME_OWNER_MAX);
	snprintf(line, sizeof(line), "git-upload-pack 'acme/%s'", name);
	ssh_command_read(line, &c);
	assert_true(strlen(c.repository) > NAME_REPOSITORY_MAX);
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line, "git-upload-pack ", 16);
	reads(line, SSH_OTHER, "");
}

static void all_else_is_none_of_ours(void **state)
{
	static const char *const lines[] = {
	        "",
	        " ",
	        "ls",
	        "git",
	        "git ",
	        "git status",
	        "git-shell",
	        "git-upload-pack",
	        "git upload-pack",
	        "git-upload-pack 'a/b' c",
	        "git-upload-pack --strict 'a/b'",
	        "git-upload-pack 'a/b'; rm -rf /",
	        "git-upload-pack 'a/b' && id",
	        "git-upload-pack a/b|id",
	        "git-upload-pack $(id)",
	        "git-upload-pack `id`",
	        "git-upload-pack \"$(id)\"",
	        "git-upload-pack a/*",
	        "git-upload-pack 'a/b",
	        "git-upload-pack \"a/b",
	        "git-upload-pack a/b\\",
	        "git-upload-pack 'a\nb/c'",
	        "git-upload-pack\t'a/b'",
	        "git-upload-pack 'a/b' > x",
	        "git lfs-authenticate a/b download",
	        "git-lfs-authenticate",
	        "GIT-UPLOAD-PACK 'a/b'",
	        "git-upload-packs 'a/b'",
	        "/usr/bin/git-upload-pack 'a/b'",
	        "scp -t .",
	        "scp -f /etc/passwd",
	        "a b c d e f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		reads(lines[i], SSH_OTHER, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_form_of_the_command_is_read),
	        cmocka_unit_test(every_form_of_the_path_is_read),
	        cmocka_unit_test(other_paths_are_kept_whole_for_old_addresses),
	        cmocka_unit_test(what_is_too_long_is_not_cut_to_another),
	        cmocka_unit_test(all_else_is_none_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
