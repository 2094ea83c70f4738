#include "base/settings.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct target {
	char name[SETTINGS_TEXT], folder[SETTINGS_TEXT];
	bool flag;
	int64_t limit, size, idle;
	struct settings_list http;
};

#define AT(member) offsetof(struct target, member)

static const struct setting table[] = {
        {"name", SETTING_TEXT, AT(name), 0, 0, "default name", NULL, SETTING_LIVE},
        {"data-folder", SETTING_PATH, AT(folder), 0, 0, NULL, NULL, SETTING_LIVE},
        {"a-flag", SETTING_BOOL, AT(flag), 0, 0, "yes", NULL, SETTING_LIVE},
        {"http-header-limit", SETTING_COUNT, AT(limit), 10, 1000, "100", NULL, SETTING_LIVE},
        {"size", SETTING_BYTES, AT(size), 0, 0, "4k", NULL, SETTING_LIVE},
        {"idle-time", SETTING_TIME, AT(idle), 0, 0, "1m", NULL, SETTING_LIVE},
        {"http", SETTING_LIST, AT(http), 0, 0, "one, two", NULL, SETTING_LIVE},
        {NULL, SETTING_TEXT, 0, 0, 0, NULL, NULL, SETTING_LIVE},
};

static struct target target;
static struct err err;
static char folder[64], path[96];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test-settings-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/g.ini", folder);
	memset(&target, 0xee, sizeof(target));
	err = (struct err){0};
	return settings_defaults(table, &target, &err);
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static int read_bytes(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
	return settings_file(table, &target, path, &err);
}

static int read_file(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void must_read(const char *text)
{
	if (read_file(text) != 0)
		fail_msg("%s", err.text);
}

static void test_defaults(void **state)
{
	(void)state;
	assert_string_equal(target.name, "default name");
	assert_string_equal(target.folder, "");
	assert_true(target.flag);
	assert_true(target.limit == 100 && target.size == 4096 && target.idle == 60);
	assert_int_equal(target.http.count, 2);
	assert_string_equal(target.http.items[1], "two");
}

static void test_bad_default(void **state)
{
	static const struct setting bad[] = {
	        {"n", SETTING_COUNT, AT(limit), 0, 0, "x", NULL, SETTING_LIVE},
	        {NULL, SETTING_TEXT, 0, 0, 0, NULL, NULL, SETTING_LIVE},
	};

	(void)state;
	assert_int_equal(settings_defaults(bad, &target, &err), ERR_INVALID);
	assert_string_equal(err.text, "default: n must be a whole number");
}

static void test_file(void **state)
{
	char expected[128];

	(void)state;
	must_read("\xef\xbb\xbf# comment\n"
	          "; comment\n\n"
	          "name = Gate house ; inline\r\n"
	          "[server] ; a section only groups\n"
	          "data_folder = sub/dir\n"
	          "  a-flag = off\n"
	          "[limits]\n"
	          "http_header_limit=500\n"
	          "size: 2MB\n"
	          "idle-time = 12h\n"
	          "http = a:1, [::1]:2\n"
	          "http = c#3");
	assert_string_equal(target.name, "Gate house");
	snprintf(expected, sizeof(expected), "%s/sub/dir", folder);
	assert_string_equal(target.folder, expected);
	assert_false(target.flag);
	assert_true(target.limit == 500 && target.size == 2 << 20 && target.idle == 43200);
	assert_int_equal(target.http.count, 3);
	assert_string_equal(target.http.items[1], "[::1]:2");
	assert_string_equal(target.http.items[2], "c#3");
}

static void test_empty_file(void **state)
{
	(void)state;
	must_read("");
	must_read("\n\n");
	must_read("http =\n");
	assert_int_equal(target.http.count, 0);
}

/* Every complaint names file and line. */
static void must_complain(const char *text, unsigned line, const char *words)
{
	char expected[512];

	assert_int_equal(read_file(text), ERR_INVALID);
	assert_int_equal(err.code, ERR_INVALID);
	snprintf(expected, sizeof(expected), "%s:%u: %s", path, line, words);
	assert_string_equal(err.text, expected);
}

static void test_complaints(void **state)
{
	static const char form[] = "expected 'key = value' or '[section]'";

	(void)state;
	must_complain("\n\nnmae = x\n", 3, "no such setting: 'nmae'");
	must_complain("name = x\nNAME = x\n", 2, "no such setting: 'NAME'");
	must_complain("= x\n", 1, "no such setting: ''");
	must_complain("[a]\nb\x1b]0;\xc2\x9b = 1\n", 2, "no such setting: 'b\\x1b]0;\\xc2\\x9b'");
	must_complain("name\n", 1, form);
	must_complain("name = a\n  continued\n", 2, form);
	must_complain("# x\n[server\n", 2, form);
	must_complain("[server] name = x\n", 1, form);
	must_complain("http-header-limit = ten\n", 1, "http-header-limit must be a whole number");
	must_complain("http-header-limit = 9\n", 1, "http-header-limit must be at least 10");
	must_complain("http_header_limit = 1001\n", 1, "http-header-limit must be at most 1000");
	must_complain("a-flag = maybe\n", 1, "a-flag must be yes or no");
	must_complain("name = a\n\nname = b\n", 3, "name was already given in line 1");
	must_complain("name = a\x01z\n", 1, "name holds a control character");
	must_complain("name = a\n\xef\xbb\xbfsize = 1\n", 2,
	              "no such setting: '\\xef\\xbb\\xbfsize'");
}

static void test_first_error(void **state)
{
	(void)state;
	must_complain("size = x\nname = y\nnmae = z\n", 1,
	              "size must be a number of bytes such as 4096, 64k, 100m or 2g");
	assert_string_equal(target.name, "default name");
}

static void test_long_lines(void **state)
{
	static char text[300000];

	(void)state;
	/* Longer than inih's own 200 bytes, and not too long. */
	snprintf(text, sizeof(text), "name = %01000d\nsize = 9\n", 7);
	must_read(text);
	assert_int_equal(strlen(target.name), 1000);
	assert_true(target.size == 9);
	snprintf(text, sizeof(text), "name = %01024d\n", 7);
	must_complain(text, 1, "name is too long");
	snprintf(text, sizeof(text), "size = 1\n# %05000d\n", 7);
	must_complain(text, 2, "the line is too long");
	snprintf(text, sizeof(text), "%0280000d", 7);
	assert_int_equal(read_file(text), ERR_LIMIT);
	assert_non_null(strstr(err.text, path));
}

static void test_full_list(void **state)
{
	char text[6000] = "http = ";
	size_t len = strlen(text);

	(void)state;
	for (int i = 0; i < SETTINGS_LIST; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%0255d", i ? ", " : "",
		                        i);
	must_read(text);
	assert_int_equal(target.http.count, SETTINGS_LIST);
	assert_int_equal(strlen(target.http.items[15]), 255);
}

static void test_no_text(void **state)
{
	(void)state;
	assert_int_equal(read_bytes("size = 1\n\0", 10), ERR_INVALID);
	assert_non_null(strstr(err.text, "NUL"));
	unlink(path);
	assert_int_equal(settings_file(table, &target, path, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(settings_file(table, &target, folder, &err), ERR_IO);
	read_file("");
}

static void test_relative_file(void **state)
{
	char here[1024], expected[2048];

	(void)state;
	must_read("data-folder = d\n");
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(settings_file(table, &target, "g.ini", &err), 0);
	snprintf(expected, sizeof(expected), "%s/./d", folder);
	assert_string_equal(target.folder, expected);
	assert_int_equal(chdir("/tmp"), 0);
	assert_int_equal(settings_file(table, &target, strrchr(folder, '/') + 1, &err), ERR_IO);
	snprintf(expected, sizeof(expected), "%s/g.ini", strrchr(folder, '/') + 1);
	assert_int_equal(settings_file(table, &target, expected, &err), 0);
	snprintf(expected, sizeof(expected), "%s/d", folder);
	assert_string_equal(target.folder, expected);
	assert_int_equal(chdir(here), 0);
}

static int read_environment(const char *const *variables)
{
	static const char *const others[] = {"GATEHOUSE_STAGE", NULL};

	return settings_environment(table, &target, (char *const *)(uintptr_t)variables, others,
	                            &err);
}

static void test_environment(void **state)
{
	const char *variables[] = {"PATH=/bin",
	                           "GATEHOUSE=x",
	                           "GATEHOUSE_HTTP_HEADER_LIMIT=77",
	                           "GATEHOUSE_STAGE=/x",
	                           "GATEHOUSE_NAME",
	                           "GATEHOUSE_HTTP=x,y,z",
	                           NULL};

	(void)state;
	assert_int_equal(read_environment(variables), 0);
	assert_true(target.limit == 77);
	assert_string_equal(target.name, "");
	assert_int_equal(target.http.count, 3);
	assert_int_equal(settings_environment(table, &target, NULL, NULL, &err), 0);
}

static void test_environment_complaints(void **state)
{
	static const struct {
		const char *variable;
		const char *words;
	} rows[] = {
	        {"GATEHOUSE_NMAE=x", "environment: no such setting: 'GATEHOUSE_NMAE'"},
	        {"GATEHOUSE_name=x", "environment: no such setting: 'GATEHOUSE_name'"},
	        {"GATEHOUSE_HTTP-HEADER-LIMIT=20",
	         "environment: no such setting: 'GATEHOUSE_HTTP-HEADER-LIMIT'"},
	        {"GATEHOUSE_=x", "environment: no such setting: 'GATEHOUSE_'"},
	        {"GATEHOUSE_STAGE_2=x", "environment: no such setting: 'GATEHOUSE_STAGE_2'"},
	        {"GATEHOUSE_SIZE=big",
	         "environment: GATEHOUSE_SIZE: size must be a number of bytes "
	         "such as 4096, 64k, 100m or 2g"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *variables[] = {rows[i].variable, NULL};

		assert_int_equal(read_environment(variables), ERR_INVALID);
		assert_string_equal(err.text, rows[i].words);
	}
}

/* Reads flags until one is none of the table's; returns its index or an error. */
static int read_flags(const char *const *argv)
{
	int argc = 0, i = 0, rc;

	while (argv[argc] != NULL)
		argc++;
	while ((rc = settings_flag(table, &target, argc, (char *const *)(uintptr_t)argv, &i,
	                           &err)) == 1)
		;
	return rc < 0 ? rc : i;
}

static void test_flags(void **state)
{
	const char *argv[] = {"--name",   "a=b",      "--size=3k", "--http",      "x",
	                      "--http=y", "--a-flag", "no",        "--idle_time", "5",
	                      "--name=",  "serve",    "--size=1",  NULL};

	(void)state;
	assert_int_equal(read_flags(argv), 11);
	assert_string_equal(target.name, "");
	assert_true(target.size == 3072 && target.idle == 5);
	assert_false(target.flag);
	assert_int_equal(target.http.count, 2);
	assert_string_equal(target.http.items[0], "x");
	assert_string_equal(target.http.items[1], "y");
}

static void test_flags_again(void **state)
{
	const char *argv[] = {"--http", "x", "--http=y", NULL};

	(void)state;
	/* As on a reload: the same flags read twice give the same list. */
	assert_int_equal(read_flags(argv), 3);
	assert_int_equal(read_flags(argv), 3);
	assert_int_equal(target.http.count, 2);
}

static void test_flag_complaints(void **state)
{
	const char *no_value[] = {"--size", NULL}, *next_flag[] = {"--size", "--name", NULL};
	const char *bad[] = {"--size", "much", NULL}, *other[] = {"--sizes", "1", NULL};
	const char *short_flag[] = {"-size", "1", NULL}, *word[] = {"size", "1", NULL};

	(void)state;
	assert_int_equal(read_flags(no_value), ERR_INVALID);
	assert_string_equal(err.text, "flag --size needs a value");
	assert_int_equal(read_flags(next_flag), ERR_INVALID);
	assert_int_equal(read_flags(bad), ERR_INVALID);
	assert_string_equal(
	        err.text,
	        "flag --size: size must be a number of bytes such as 4096, 64k, 100m or 2g");
	assert_int_equal(read_flags(other), 0);
	assert_int_equal(read_flags(short_flag), 0);
	assert_int_equal(read_flags(word), 0);
	assert_true(target.size == 4096);
}

static void test_precedence(void **state)
{
	const char *variables[] = {"GATEHOUSE_SIZE=3", "GATEHOUSE_IDLE_TIME=3",
	                           "GATEHOUSE_HTTP=env", NULL};
	const char *argv[] = {"--idle-time=4", "--http", "flag", NULL};

	(void)state;
	must_read("http-header-limit = 22\nsize = 2\nidle-time = 2\nhttp = file\n");
	assert_string_equal(target.http.items[0], "file");
	assert_int_equal(read_environment(variables), 0);
	assert_string_equal(target.http.items[0], "env");
	assert_int_equal(read_flags(argv), 3);
	assert_string_equal(target.name, "default name");
	assert_true(target.limit == 22 && target.size == 3 && target.idle == 4);
	assert_int_equal(target.http.count, 1);
	assert_string_equal(target.http.items[0], "flag");
}

static void test_long_path(void **state)
{
	char longest[400];

	(void)state;
	snprintf(longest, sizeof(longest), "%s", folder);
	while (strlen(longest) < 300)
		snprintf(longest + strlen(longest), 10, "/.");
	snprintf(longest + strlen(longest), 10, "/g.ini");
	read_file("\n\nbad\n");
	assert_int_equal(settings_file(table, &target, longest, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "/g.ini:3: expected"));
}

#define FILE_TEST(title, function)                                                                 \
	{                                                                                          \
		title, function, setup, teardown, NULL                                             \
	}

struct heard {
	char text[1000];
};

static void hear_change(void *arg, const struct setting *s, const char *was, const char *is)
{
	struct heard *h = arg;
	size_t len = strlen(h->text);

	snprintf(h->text + len, sizeof(h->text) - len, "%s: %s -> %s\n", s->key, was, is);
}

static void test_change(void **state)
{
	struct setting rows[sizeof(table) / sizeof(*table)];
	struct target old, fresh;
	struct heard heard = {""};

	(void)state;
	memcpy(rows, table, sizeof(rows));
	rows[0].takes = SETTING_RESTART;
	rows[6].takes = SETTING_RESTART;
	assert_int_equal(settings_defaults(rows, &old, NULL), 0);
	fresh = old;
	settings_change(rows, &old, &fresh, hear_change, &heard);
	assert_string_equal(heard.text, "");
	snprintf(fresh.name, sizeof(fresh.name), "new");
	fresh.flag = false;
	fresh.limit = 11;
	fresh.size = INT64_C(3) << 20;
	fresh.idle = 7200;
	fresh.http.count = 1;
	/* what lies behind the items of a list is no difference */
	settings_change(rows, &old, &fresh, hear_change, &heard);
	assert_string_equal(heard.text, "name: default name -> new\n"
	                                "a-flag: yes -> no\n"
	                                "http-header-limit: 100 -> 11\n"
	                                "size: 4k -> 3m\n"
	                                "idle-time: 1m -> 2h\n"
	                                "http: one, two -> one\n");
	assert_string_equal(fresh.name, "default name");
	assert_int_equal(fresh.http.count, 2);
	assert_int_equal(fresh.limit, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FILE_TEST("defaults fill every key", test_defaults),
	        FILE_TEST("a bad default is an error", test_bad_default),
	        FILE_TEST("a file sets every kind, in any section", test_file),
	        FILE_TEST("a file may be empty, and may empty a list", test_empty_file),
	        FILE_TEST("every complaint about a file names file and line", test_complaints),
	        FILE_TEST("the first error ends the reading", test_first_error),
	        FILE_TEST("long lines are whole or an error", test_long_lines),
	        FILE_TEST("a full list fits in one line", test_full_list),
	        FILE_TEST("what is no text file is refused", test_no_text),
	        FILE_TEST("a relative path starts from the file's folder", test_relative_file),
	        FILE_TEST("the environment sets keys by their capitals", test_environment),
	        FILE_TEST("complaints about the environment name the variable",
	                  test_environment_complaints),
	        FILE_TEST("flags take their value behind = or as the next word", test_flags),
	        FILE_TEST("the same flags read again give the same list", test_flags_again),
	        FILE_TEST("complaints about a flag name it", test_flag_complaints),
	        FILE_TEST("later sources win and replace lists", test_precedence),
	        FILE_TEST("a very long path keeps the line number in the complaint",
	                  test_long_path),
	        FILE_TEST("what changed is told, and what needs a restart stays", test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
