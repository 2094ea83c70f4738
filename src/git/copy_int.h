/* What the files of copying share. */
#ifndef GATEHOUSE_GIT_COPY_INT_H
#define GATEHOUSE_GIT_COPY_INT_H

#include "git/copy.h"
#include "git/git_int.h"

#define COPY_SUMS "b2sums"
#define COPY_HASH 32
#define COPY_HEX (2 * COPY_HASH + 1)
#define COPY_REFS_MAX (256u << 20) /* bytes of all refs of one repository */
#define COPY_SUMS_MAX (64u << 20)

/* -- snapshot.c -- */
/* All refs at one moment: `packed` is a packed-refs file; `symbolic` has lines
 * "refs/… refs/…" of those that name another. Refs nobody can read are counted
 * in out->damaged and left out. */
struct snapshot {
	struct buf packed, symbolic;
	size_t count;
};
void snapshot_init(struct snapshot *s);
void snapshot_clear(struct snapshot *s);
int snapshot_take(int dir, struct snapshot *s, struct git_copy *out, struct err *err);
void copy_damage(struct git_copy *out, const char *what, const char *name);

/* -- copy_file.c -- */
/* Copies one file and gives its hash and length; to_at -1: only reads it.
 * A source that is gone is ERR_NOT_FOUND. */
int copy_file(int at, const char *name, int to_at, const char *to_name, char hex[COPY_HEX],
              int64_t *len, struct err *err);
/* Opens the folder that a path within `at` leads to (made where make says so);
 * *base is the file's name in it. Never leaves `at`. */
int copy_open_above(int at, const char *path, bool make, const char **base, struct err *err);
/* Not every file system tells with the name what it is. */
bool copy_is_folder(int dir, const struct dirent *e);
/* The folders that git wants to see before it takes one for a repository. */
int copy_frame(int to, struct err *err);
int copy_sums_read(int dir, struct buf *out, struct err *err);

#endif
