#include "base/log.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char out[16384];

static int saved = -1, file = -1;

/* Standard error goes into a file until read_log. */
static void start_log(void)
{
	saved = dup(STDERR_FILENO);
	file = memfd_create("log", MFD_CLOEXEC);
	assert_true(saved >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
}

static const char *read_log(void)
{
	ssize_t n;

	dup2(saved, STDERR_FILENO);
	n = pread(file, out, sizeof(out) - 1, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	close(saved);
	close(file);
	return out;
}

/* The line from behind its time stamp, whose form is checked. */
static const char *behind_time(const char *line)
{
	static const char form[] = "0000-00-00T00:00:00Z";

	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] == '0')
			assert_in_range(line[i], '0', '9');
		else
			assert_int_equal(line[i], form[i]);
	}
	return line + strlen(form);
}

static void test_human(void **state)
{
	(void)state;
	start_log();
	log_init("keeper", false, LOG_INFO);
	log_warn("%d of %s", 3, "them");
	assert_string_equal(behind_time(read_log()), " warn keeper: 3 of them\n");
}

static void test_json(void **state)
{
	const char *line;

	(void)state;
	start_log();
	log_init("http", true, LOG_INFO);
	log_error("say \"%s\"", "a\\b\nc\x1b\xc3\xa9");
	line = read_log();
	assert_memory_equal(line, "{\"time\":\"", 9);
	assert_string_equal(behind_time(line + 9),
	                    "\",\"level\":\"error\",\"process\":\"http\",\"text\":"
	                    "\"say \\\"a\\\\b\\\\x0ac\\\\x1b\xc3\xa9\\\"\"}\n");
}

static void test_levels(void **state)
{
	(void)state;
	start_log();
	log_init("keeper", false, LOG_WARN);
	log_debug("a");
	log_info("b");
	log_warn("c");
	log_error("d");
	read_log();
	assert_null(strstr(out, ": a"));
	assert_null(strstr(out, ": b"));
	assert_non_null(strstr(out, "warn keeper: c\n"));
	assert_non_null(strstr(out, "error keeper: d\n"));
}

static void test_safe(void **state)
{
	(void)state;
	start_log();
	log_init("keeper", false, LOG_DEBUG);
	log_debug("%s", "x\n2026-01-01T00:00:00Z error forged\r\x1b[2J\xe2\x80\xae\xff");
	assert_string_equal(behind_time(read_log()),
	                    " debug keeper: x\\x0a2026-01-01T00:00:00Z error forged"
	                    "\\x0d\\x1b[2J\\xe2\\x80\\xae\\xff\n");
}

static void long_line(bool json, char filler)
{
	char text[10000];

	memset(text, filler, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	start_log();
	log_init("keeper", json, LOG_INFO);
	log_info("%s", text);
	read_log();
	assert_true(strlen(out) <= 4096);
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
	assert_non_null(strstr(out, json ? "...\"}\n" : "...\n"));
}

static void test_long(void **state)
{
	(void)state;
	long_line(false, 'x');
	long_line(false, '\x01');
	long_line(true, '"');
	long_line(true, '\x01');
}

static void test_errno(void **state)
{
	int closed;

	(void)state;
	start_log();
	log_init("keeper", false, LOG_INFO);
	closed = dup(STDERR_FILENO);
	close(STDERR_FILENO);
	errno = ENOSPC;
	log_info("to nobody");
	assert_int_equal(errno, ENOSPC);
	dup2(closed, STDERR_FILENO);
	close(closed);
	assert_string_equal(read_log(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("the human form has time, level, process and text", test_human),
	        TEST("the JSON form is one valid object a line", test_json),
	        TEST("lines below the least level are dropped", test_levels),
	        TEST("no control byte of a peer reaches the log", test_safe),
	        TEST("a long line is cut, marked and still whole", test_long),
	        TEST("logging to nobody changes nothing", test_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
