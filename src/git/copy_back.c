/* Looking at a copy, and making a repository of it again. */
#include "git/copy_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One line of b2sums: "hex  path". */
static int next_line(const char *line, char hex[COPY_HEX], char path[GIT_PATH], struct err *err)
{
	size_t len = strcspn(line, "\n");

	if (len < COPY_HEX + 2 || len - COPY_HEX - 1 >= GIT_PATH || line[COPY_HEX - 1] != ' ' ||
	    line[COPY_HEX] != ' ')
		return err_set(err, ERR_INVALID, COPY_SUMS " has a line that is none");
	memcpy(hex, line, COPY_HEX - 1);
	hex[COPY_HEX - 1] = '\0';
	memcpy(path, line + COPY_HEX + 1, len - COPY_HEX - 1);
	path[len - COPY_HEX - 1] = '\0';
	return 0;
}

static int take_line(int from, int to, const char *line, struct git_copy *out, struct err *err)
{
	char wanted[COPY_HEX], hex[COPY_HEX], path[GIT_PATH];
	const char *base, *to_base = NULL;
	int dir, target = -1, rc = next_line(line, wanted, path, err);
	int64_t len = 0;

	if (rc)
		return rc;
	dir = copy_open_above(from, path, false, &base, err);
	if (dir < 0)
		return err_prefix(err, "%s", path);
	if (to >= 0)
		target = copy_open_above(to, path, true, &to_base, err);
	rc = to >= 0 && target < 0 ? target : copy_file(dir, base, target, to_base, hex, &len, err);
	if (!rc && strcmp(hex, wanted) != 0)
		rc = err_set(err, ERR_INVALID, "%s is not what it was when it was copied", path);
	if (target >= 0)
		close(target);
	close(dir);
	out->files++;
	out->bytes += len;
	return rc;
}

static int take_lines(int from, int to, struct git_copy *out, struct err *err)
{
	struct buf sums;
	int rc;

	buf_init(&sums, COPY_SUMS_MAX);
	rc = copy_sums_read(from, &sums, err);
	for (const char *line = buf_str(&sums); !rc && *line; line += strcspn(line, "\n") + 1) {
		rc = take_line(from, to, line, out, err);
		if (!line[strcspn(line, "\n")])
			break;
	}
	buf_clear(&sums);
	return rc;
}

int git_copy_check(int at, const char *name, struct git_copy *out, struct err *err)
{
	int dir = file_open_dir(at, name, err), rc;

	if (dir < 0)
		return dir;
	memset(out, 0, sizeof(*out));
	rc = take_lines(dir, -1, out, err);
	close(dir);
	return rc;
}

int git_copy_restore(int from, int to, const char *name, struct git_copy *out, struct err *err)
{
	int source = file_open_dir(from, name, err), target = -1, rc;

	if (source < 0)
		return source;
	memset(out, 0, sizeof(*out));
	rc = mkdirat(to, name, 0700) < 0 ? err_system(err, errno, "can't make the folder %s", name)
	                                 : 0;
	if (!rc) {
		target = file_open_dir(to, name, err);
		rc = target < 0 ? target : copy_frame(target, err);
		if (!rc)
			rc = take_lines(source, target, out, err);
		if (rc)
			git_copy_remove(to, name);
	}
	if (target >= 0)
		close(target);
	close(source);
	return rc;
}

void git_copy_remove(int at, const char *name)
{
	file_remove_tree(at, name, 32);
}
