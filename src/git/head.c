/* Names of refs, and the branch that HEAD names. */
#include "git/git_int.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REF_MAX 1024
/* git writes "<name>.lock" beside a loose ref, and a file's name ends at 255. */
#define COMPONENT_MAX 250

static const char *byte_fault(unsigned char c)
{
	if (c == ' ')
		return "it holds a blank";
	if (c < 0x20 || c == 0x7f)
		return "it holds a control byte";
	return strchr("~^:?*[\\", c) ? "it holds one of ~ ^ : ? * [ \\" : NULL;
}

static const char *pair_fault(char a, char b)
{
	if (a == '.' && b == '.')
		return "it holds two dots in a row";
	return a == '@' && b == '{' ? "it holds @{" : NULL;
}

static const char *component_fault(const char *s, size_t len)
{
	static const char lock[] = ".lock";
	const size_t end = sizeof(lock) - 1;
	const char *fault = NULL;

	if (len == 0)
		return "a part of it between slashes is empty";
	for (size_t i = 0; i < len && !fault; i++) {
		fault = byte_fault((unsigned char)s[i]);
		if (!fault && i > 0)
			fault = pair_fault(s[i - 1], s[i]);
	}
	if (fault)
		return fault;
	if (s[0] == '.')
		return "a part of it begins with a dot";
	if (len >= end && memcmp(s + len - end, lock, end) == 0)
		return "a part of it ends with .lock";
	return len > COMPONENT_MAX ? "a part of it is longer than 250 bytes" : NULL;
}

const char *git_ref_fault(const char *name, size_t len)
{
	size_t start = 5, parts = 0;

	if (len < 5 || memcmp(name, "refs/", 5) != 0)
		return "it does not begin with refs/heads/ or refs/tags/";
	if (len > REF_MAX)
		return "it is longer than 1024 bytes";
	for (size_t i = start; i <= len; i++) {
		const char *fault;

		if (i < len && name[i] != '/')
			continue;
		fault = component_fault(name + start, i - start);
		if (fault)
			return fault;
		start = i + 1;
		parts++;
	}
	if (name[len - 1] == '.')
		return "it ends with a dot";
	return parts < 2 ? "there is no name behind refs/heads/ or refs/tags/" : NULL;
}

bool git_ref_valid(const char *name, size_t len)
{
	return !git_ref_fault(name, len);
}

int git_head_set(const char *path, const char *branch, struct err *err)
{
	char text[REF_MAX + 32];
	int n = snprintf(text, sizeof(text), "ref: refs/heads/%s\n", branch), dir, rc;

	if (n < 0 || (size_t)n >= sizeof(text) || branch[0] == '-' ||
	    !git_ref_valid(text + 5, (size_t)n - 6))
		return err_set(err, ERR_INVALID, "that is no name of a branch");
	dir = file_open_dir(AT_FDCWD, path, err);
	if (dir < 0)
		return dir;
	rc = file_replace(dir, "HEAD", text, (size_t)n, err);
	close(dir);
	return rc;
}

/* Looks for "<id> <ref>\n" in packed-refs, a part at a time. */
static bool packed_has(int dir, const char *ref)
{
	int fd = openat(dir, "packed-refs", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *f = fd >= 0 ? fdopen(fd, "re") : NULL;
	char line[REF_MAX + 128];
	bool found = false;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && fgets(line, sizeof(line), f)) {
		const char *name = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		found = line[0] != '#' && line[0] != '^' && name && strcmp(name + 1, ref) == 0;
	}
	fclose(f);
	return found;
}

static int read_head(int dir, char *branch, size_t size, bool *born, struct err *err)
{
	static const char start[] = "ref: refs/heads/";
	struct buf text;
	struct stat st;
	int rc;

	buf_init(&text, FILE_READ_MAX + 4096);
	rc = file_read(dir, "HEAD", &text, err);
	if (!rc) {
		char *ref = text.data ? text.data + 5 : NULL;
		size_t len = strcspn(buf_str(&text), "\n");

		if (!ref || len >= text.len || strncmp(text.data, start, sizeof(start) - 1) != 0 ||
		    !git_ref_valid(ref, len - 5))
			rc = err_set(err, ERR_INVALID, "HEAD names no branch");
		else if (len - (sizeof(start) - 1) >= size)
			rc = err_set(err, ERR_LIMIT, "the name of HEAD's branch is too long");
		else {
			ref[len - 5] = '\0';
			memcpy(branch, text.data + sizeof(start) - 1,
			       len + 1 - (sizeof(start) - 1));
			*born = (fstatat(dir, ref, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			         S_ISREG(st.st_mode)) ||
			        packed_has(dir, ref);
		}
	}
	buf_clear(&text);
	return rc;
}

int git_head_get(const char *path, char *branch, size_t size, bool *born, struct err *err)
{
	int dir = file_open_dir(AT_FDCWD, path, err), rc;

	if (dir < 0)
		return dir;
	rc = read_head(dir, branch, size, born, err);
	close(dir);
	return rc;
}
