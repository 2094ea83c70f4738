/* What the files of this room share: files written so that they are there
 * whole or not at all, always relative to an opened folder. */
#ifndef GATEHOUSE_GIT_GIT_INT_H
#define GATEHOUSE_GIT_GIT_INT_H

#include "base/arena.h"
#include "git/git.h"

#include <dirent.h>

#define FILE_READ_MAX (4u << 20)

/* Opens a folder; name may be a path for at == AT_FDCWD. Symbolic links are
 * followed in a path, but a name within a folder must be none. Returns the descriptor. */
int file_open_dir(int at, const char *name, struct err *err);
/* fsync of the folder itself. A missing one is no error. */
int file_sync_dir(int at, const char *name, struct err *err);
/* Writes all of it; -1 and errno when that fails. */
int file_write(int fd, const void *data, size_t len);
/* Makes a new file (ERR_EXISTS when there is one), writes, syncs. */
int file_make(int at, const char *name, const char *data, size_t len, struct err *err);
/* Puts a new content in the place of name by way of name.lock, as git does: the
 * lock being held is ERR_BUSY. Syncs file and folder. */
int file_replace(int at, const char *name, const char *data, size_t len, struct err *err);
/* The whole file (a regular one, no symbolic link). */
int file_read(int at, const char *name, struct buf *out, struct err *err);
/* Removes a folder and what lies in it, at most a few levels deep. */
void file_remove_tree(int at, const char *name, int depth);
/* Opens a folder for listing; NULL when it can't be. */
DIR *file_list(int at, const char *name);

/* Folders of objects that the repository borrows from (objects/info/alternates, and theirs in
 * turn): at most ALTERNATES, in a. Only real folders called "objects" that look like one count: a
 * line in that file opens nothing else to the child. */
#define ALTERNATES 16
int alternates_read(const char *path, struct arena *a, const char *out[ALTERNATES], size_t *count,
                    struct err *err);
/* The same; skipped hears of each line that opens nothing, and why. */
int alternates_walk(const char *path, struct arena *a, const char *out[ALTERNATES], size_t *count,
                    void (*skipped)(void *, const char *line, const char *why), void *arg,
                    struct err *err);

/* names.c: its own config as git reads it, in the box: "key\nvalue\0" and so on.
 * ERR_INVALID: git can't, and why. */
#define CONFIG_TEXT (1u << 20)
int config_read(const struct git_host *h, const char *path, struct buf *text, struct err *err);

/* What to start: the box's arguments and the child's environment. */
#define PLAN_ARGS 96
#define PLAN_ENV 192
struct plan_words {
	const char *args[PLAN_ARGS], *env[PLAN_ENV];
	size_t nargs, nenv;
};
int plan_words(const struct git_host *h, const struct git_plan *plan, pid_t parent, bool hook,
               struct arena *a, struct plan_words *out, struct err *err);

/* ask.c: starts a plan, reads all it says (each cut at its buffer's limit) and
 * waits for its end, at most `seconds`. *status as from waitpid. */
int git_child_ask(const struct git_host *h, const struct git_plan *plan, int seconds,
                  struct buf *out, struct buf *errors, int *status, struct err *err);

/* The children's system calls as a program in a sealed memory file. */
int filter_make(int landlock, int *fd, struct err *err);
bool filter_possible(void);

#endif
