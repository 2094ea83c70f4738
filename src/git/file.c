#include "git/git_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int file_open_dir(int at, const char *name, struct err *err)
{
	/* A whole path comes from settings or the ledger, and may lead over links
	 * of the operator's; a name within a folder never does. */
	int fd = openat(at, name, at == AT_FDCWD ? DIR_FLAGS & ~O_NOFOLLOW : DIR_FLAGS);

	return fd >= 0 ? fd : err_system(err, errno, "can't open the folder %s", name);
}

int file_sync_dir(int at, const char *name, struct err *err)
{
	int fd = openat(at, name, DIR_FLAGS), rc = 0;

	if (fd < 0)
		return errno == ENOENT ? 0
		                       : err_system(err, errno, "can't open %s to sync it", name);
	if (fsync(fd) < 0)
		rc = err_system(err, errno, "can't sync the folder %s", name);
	close(fd);
	return rc;
}

int file_write(int fd, const void *data, size_t len)
{
	for (const char *p = data; len > 0;) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_make(int at, const char *name, const char *data, size_t len, struct err *err)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc = 0;

	if (fd < 0)
		return err_system(err, errno, "can't make %s", name);
	if (file_write(fd, data, len) < 0 || fsync(fd) < 0)
		rc = err_system(err, errno, "can't write %s", name);
	if (close(fd) < 0 && !rc)
		rc = err_system(err, errno, "can't write %s", name);
	if (rc)
		unlinkat(at, name, 0);
	return rc;
}

/* The new file is for whoever the old one was for: others may read it too. */
static void keep_mode(int at, const char *from, const char *to)
{
	struct stat st;
	int fd = openat(at, to, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && fstatat(at, from, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		fchmod(fd, st.st_mode & 0664);
	if (fd >= 0)
		close(fd);
}

int file_replace(int at, const char *name, const char *data, size_t len, struct err *err)
{
	char lock[64];
	int n = snprintf(lock, sizeof(lock), "%s.lock", name), rc;

	if (n < 0 || (size_t)n >= sizeof(lock))
		return err_set(err, ERR_INVALID, "the name %s is too long", name);
	rc = file_make(at, lock, data, len, err);
	if (rc == ERR_EXISTS)
		return err_set(err, ERR_BUSY, "%s is locked by somebody else", name);
	if (rc)
		return rc;
	keep_mode(at, name, lock);
	if (renameat(at, lock, at, name) < 0) {
		rc = err_system(err, errno, "can't put %s in its place", name);
		unlinkat(at, lock, 0);
		return rc;
	}
	return file_sync_dir(at, ".", err);
}

static int read_all(int fd, struct buf *out, size_t size)
{
	if (size > FILE_READ_MAX)
		return ERR_LIMIT;
	for (;;) {
		int rc = buf_reserve(out, 4096);
		ssize_t n;

		if (rc)
			return rc;
		n = read(fd, out->data + out->len, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0)
			return 0;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
	}
}

int file_read(int at, const char *name, struct buf *out, struct err *err)
{
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0)
		return err_system(err, errno, "can't open %s", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = err_set(err, ERR_INVALID, "%s is no file", name);
	else if ((rc = read_all(fd, out, (size_t)st.st_size)) != 0)
		err_set(err, rc, "can't read %s: %s", name,
		        rc == ERR_LIMIT ? "it is too large" : "the system said no");
	close(fd);
	return rc;
}

DIR *file_list(int at, const char *name)
{
	int fd = openat(at, name, DIR_FLAGS);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

void file_remove_tree(int at, const char *name, int depth)
{
	DIR *dir = depth > 0 ? file_list(at, name) : NULL;
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), e->d_name, 0) < 0 && (errno == EISDIR || errno == EPERM))
			file_remove_tree(dirfd(dir), e->d_name, depth - 1);
	}
	if (dir)
		closedir(dir);
	unlinkat(at, name, AT_REMOVEDIR);
}
