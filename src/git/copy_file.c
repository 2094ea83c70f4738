/* The files of a copy: one copied and hashed in one go, and the ways to them. */
#include "git/copy_int.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (64 << 10)

/* 0 at the end, ERR_IO with words else. to -1: nothing is written. */
static int pump(int from, int to, const char *name, crypto_generichash_state *state, int64_t *len,
                struct err *err)
{
	unsigned char chunk[CHUNK]; /* on the stack: thread-local room would be each thread's */

	for (;;) {
		ssize_t n = read(from, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_system(err, errno, "can't read %s", name);
		if (n == 0)
			return 0;
		crypto_generichash_update(state, chunk, (size_t)n);
		*len += n;
		if (to >= 0 && file_write(to, chunk, (size_t)n) < 0)
			return err_system(err, errno, "can't write the copy of %s", name);
	}
}

static int open_source(int at, const char *name, struct err *err)
{
	struct stat st;
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return err_system(err, errno, "can't open %s", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(err, ERR_INVALID, "%s is no file", name);
	}
	return fd;
}

int copy_file(int at, const char *name, int to_at, const char *to_name, char hex[COPY_HEX],
              int64_t *len, struct err *err)
{
	unsigned char hash[COPY_HASH];
	crypto_generichash_state state;
	int from = open_source(at, name, err), to = -1, rc = 0;

	if (from < 0)
		return from;
	if (to_at >= 0) {
		to = openat(to_at, to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		            0600);
		if (to < 0)
			rc = err_system(err, errno, "can't make the copy of %s", name);
	}
	*len = 0;
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	if (!rc)
		rc = pump(from, to, name, &state, len, err);
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2hex(hex, COPY_HEX, hash, sizeof(hash));
	close(from);
	if (to >= 0 && close(to) < 0 && !rc)
		rc = err_system(err, errno, "can't write the copy of %s", name);
	if (rc && to >= 0)
		unlinkat(to_at, to_name, 0);
	return rc;
}

int copy_open_above(int at, const char *path, bool make, const char **base, struct err *err)
{
	int dir = fcntl(at, F_DUPFD_CLOEXEC, 0);
	const char *slash;

	while (dir >= 0 && (slash = strchr(path, '/'))) {
		char part[NAME_MAX + 1];
		int next;

		if (slash == path || slash - path > NAME_MAX || strncmp(path, "..", 2) == 0) {
			close(dir);
			return err_set(err, ERR_INVALID, "%.100s is no path within a copy", path);
		}
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		if (make && mkdirat(dir, part, 0700) < 0 && errno != EEXIST)
			next = err_system(err, errno, "can't make the folder %s", part);
		else
			next = file_open_dir(dir, part, err);
		close(dir);
		dir = next;
		path = slash + 1;
	}
	*base = path;
	if (dir >= 0 && (!*path || strcmp(path, "..") == 0 || strcmp(path, ".") == 0)) {
		close(dir);
		return err_set(err, ERR_INVALID, "there is no file without a name");
	}
	return dir;
}

int copy_frame(int to, struct err *err)
{
	static const char *const folders[] = {"refs",    "refs/heads",   "refs/tags",
	                                      "objects", "objects/info", "objects/pack"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mkdirat(to, folders[i], 0700) < 0 && errno != EEXIST)
			return err_system(err, errno, "can't make the folder %s", folders[i]);
	return 0;
}

int copy_sums_read(int dir, struct buf *out, struct err *err)
{
	int fd = openat(dir, COPY_SUMS, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc = 0;
	ssize_t n = 1;

	if (fd < 0)
		return err_system(err, errno, "can't open " COPY_SUMS);
	while (!rc && n > 0) {
		rc = buf_reserve(out, 1 << 16);
		n = rc ? 0 : read(fd, out->data + out->len, 1 << 16);
		if (n > 0)
			out->len += (size_t)n;
		out->data[out->len] = '\0';
	}
	close(fd);
	return rc || n < 0 ? err_set(err, ERR_IO, "can't read " COPY_SUMS) : 0;
}

bool copy_is_folder(int dir, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}
