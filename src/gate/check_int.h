/* What the files of the check share. */
#ifndef GATEHOUSE_GATE_CHECK_INT_H
#define GATEHOUSE_GATE_CHECK_INT_H

#include "gate/check.h"
#include "gate/gate_int.h"
#include "git/git.h"

/* mend: NULL for none. The rest makes the sentence. */
void check_say(const struct gate_check *c, enum gate_level level, const char *part,
               const char *mend, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* A command, held as long as the block it stands in. */
#define CHECK_MEND 1200
struct check_mend {
	char text[CHECK_MEND];
};
/* fmt with every %s a word that the shell must take as one: quoted where needed. */
const char *check_mend(struct check_mend *m, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/* check_folders.c: room on the disk that path lies on. */
void check_disk(const struct gate_check *c, const char *path);
/* check_repositories.c. host: NULL when git can't read them. */
void check_repositories(const struct gate_check *c, struct gate *g, const struct git_host *host);
/* check_leftovers.c: what lies in repositories/ and trash/. g: NULL: no ledger. */
void check_leftovers(const struct gate_check *c, struct gate *g);

#endif
