/* What the files of the inspection share. */
#ifndef GATEHOUSE_GIT_INSPECT_INT_H
#define GATEHOUSE_GIT_INSPECT_INT_H

#include "git/git_int.h"
#include "git/inspect.h"

struct inspect {
	const struct git_inspection *ask;
	struct git_folder *out;
	const char *user; /* whom the server runs as */
};
/* Says it, and counts what stands against. */
void inspect_say(struct inspect *i, enum git_finding kind, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* inspect_files.c: who may do what with its files, links, folders on the way. */
void inspect_files(struct inspect *i);
/* inspect_config.c: what its config says. */
int inspect_config(struct inspect *i, struct err *err);
/* inspect_parts.c: HEAD, alternates, hooks, description, what other servers look for. */
int inspect_parts(struct inspect *i, struct err *err);

#endif
