/* Whether a repository is sound, by git's own word. */
#include "git/git_int.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define FSCK_SECONDS (6 * 3600)
#define FSCK_MEMORY (INT64_C(4) << 30)
#define FSCK_TEXT 65536

/* How lines begin that name a fault. "error in": of an object's form alone. */
static const struct {
	const char *start;
	enum git_state means;
} start_table[] = {
        {"error in ", GIT_MALFORMED}, {"error", GIT_DAMAGED},   {"fatal", GIT_DAMAGED},
        {"missing ", GIT_DAMAGED},    {"broken ", GIT_DAMAGED},
};

static enum git_state meaning(const char *line)
{
	for (size_t i = 0; i < sizeof(start_table) / sizeof(start_table[0]); i++)
		if (strncmp(line, start_table[i].start, strlen(start_table[i].start)) == 0)
			return start_table[i].means;
	return GIT_SOUND;
}

static void read_lines(const char *text, struct git_checked *out)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		enum git_state state = meaning(line);

		out->faults += state != GIT_SOUND;
		if (state > out->state) {
			out->state = state;
			snprintf(out->fault, sizeof(out->fault), "%.*s", (int)len, line);
		}
		line += len + (line[len] == '\n');
	}
}

static int check_once(const struct git_host *h, const char *path, struct git_checked *out,
                      struct err *err)
{
	struct git_plan plan = {.service = GIT_FSCK,
	                        .path = path,
	                        .memory_limit = FSCK_MEMORY,
	                        .cpu_limit = FSCK_SECONDS,
	                        .body = -1};
	struct buf words, errors;
	int status = 0, rc;

	memset(out, 0, sizeof(*out));
	buf_init(&words, FSCK_TEXT);
	buf_init(&errors, FSCK_TEXT);
	rc = git_child_ask(h, &plan, FSCK_SECONDS, &words, &errors, &status, err);
	if (!rc && status != 0) {
		read_lines(buf_str(&errors), out);
		read_lines(buf_str(&words), out);
	}
	if (!rc && status != 0 && out->state == GIT_SOUND) {
		out->state = GIT_DAMAGED;
		out->faults = 1;
		snprintf(out->fault, sizeof(out->fault), "git fsck ended with %s %d",
		         WIFEXITED(status) ? "status" : "signal",
		         WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	}
	buf_clear(&words);
	buf_clear(&errors);
	return rc;
}

int git_repository_check(const struct git_host *h, const char *path, struct git_checked *out,
                         struct err *err)
{
	int rc = check_once(h, path, out, err);

	return !rc && out->state == GIT_DAMAGED ? check_once(h, path, out, err) : rc;
}
