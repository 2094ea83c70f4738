/* Copies of repositories, for backups.
 *
 * A copy is a bare repository that git can read as it stands: its refs are one
 * packed-refs file, taken from one moment, and everything they lead to is
 * there. Its file `b2sums` lists every other file with its BLAKE2b-256, in the
 * form that `b2sum -l 256 --check b2sums` reads.
 */
#ifndef GATEHOUSE_GIT_COPY_H
#define GATEHOUSE_GIT_COPY_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct git_copy {
	size_t refs;
	int64_t files, bytes;               /* what was read and written */
	int64_t linked_files, linked_bytes; /* what an earlier copy had */
	int64_t fresh;                      /* packs and objects that it had not */
	unsigned damaged;                   /* things left out, since nothing could read them */
	char damage[200];                   /* the first of them, in words; "" when none */
};

/* Copies the repository at `source` (a whole path) into a new folder `name`
 * below the folder `to`. before: an earlier copy's folder, whose packs are linked where they are
 * the same, or -1. It may be pushed to and repacked meanwhile. On failure
 * the new folder may stay half filled: the caller removes it. ERR_BUSY: it
 * changed too fast for a copy. Nothing is synced: syncfs is the caller's. */
int git_copy_make(const char *source, int to, const char *name, int before, struct git_copy *out,
                  struct err *err);
/* Reads all files of a copy: ERR_INVALID names the first that is not what
 * b2sums says it is. at: the folder that holds `name`. */
int git_copy_check(int at, const char *name, struct git_copy *out, struct err *err);
/* Makes a repository `name` below `to` from the copy of that name below
 * `from`, checked on the way. On failure the new folder is removed. */
int git_copy_restore(int from, int to, const char *name, struct git_copy *out, struct err *err);
/* Removes a folder and all in it, at most 32 levels deep. */
void git_copy_remove(int at, const char *name);

#endif
