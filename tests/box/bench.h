/* A workbench for tests of the box: TAP, a temporary folder owned by an
 * ordinary user, programs run outside the box, and exchanges with a child. */
#ifndef GATEHOUSE_TESTS_BOX_BENCH_H
#define GATEHOUSE_TESTS_BOX_BENCH_H

#include "base/buf.h"
#include "git/git.h"

#include <stdbool.h>

void check(bool holds, const char *title);
void skip(const char *title, const char *why);
/* Shows text as comment lines, for whoever reads a failure. */
void remark(const char *what, const char *text);
int finish(void);

/* Makes the folder, copies the programs there as box and probe, and stops
 * being root. */
void bench_open(const char *box, const char *probe);
void bench_close(void);
const char *bench_path(const char *name); /* in the folder; good until 8 calls later */

/* Runs a shell line in the folder, outside the box; true when it succeeds. */
bool sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, and what it prints. */
void sh_read(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool there(const char *name);
void put_file(const char *name, const char *text);

struct exchange {
	struct buf out, errors;
	int status;          /* of the child, as from waitpid */
	unsigned refs_asked; /* lines that the hook asked about */
	char first_ref[256];
};
enum answer { ALLOW, DENY, HANG_UP };
/* Starts the plan, sends body (NULL: none), answers the hook, reads all. */
bool exchange(const struct git_host *h, struct git_plan *plan, const struct buf *body,
              enum answer answer, struct exchange *x);
void exchange_clear(struct exchange *x);
bool has(const struct buf *b, const char *text);
/* Joins what came in one side band. */
void band(const struct buf *in, int number, struct buf *out);
/* A body of lines as pkt-lines; "" is a flush, "|" a delimiter. NULL ends. */
void body_lines(struct buf *out, const char *const *lines);
/* A push of the branch `ref` at the tip of the work tree `from`. */
void body_push(struct buf *out, const char *from, const char *ref);

#endif
