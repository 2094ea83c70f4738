/* What happened: the audit read back, for whoever lists, exports or follows it. */
#ifndef GATEHOUSE_GATE_HISTORY_H
#define GATEHOUSE_GATE_HISTORY_H

#include "gate/gate.h"

#include <jansson.h>

/* -- lists: gate/history.c -- */

/* Newest first. The ledger is being read while `each` runs. */
int gate_history(struct gate *g, const struct store_audit_filter *filter,
                 int (*each)(void *, const struct store_audit *), void *arg, struct err *err);
/* Oldest first: the newest filter->most of those that match (0: all of them),
 * in constant memory. The ledger is not read while `each` runs, so that it may
 * take its time. *left_out (NULL: no matter): there are older ones. With a place to
 * begin behind they are the first so many from there on, and newer ones are left out. */
int gate_history_walk(struct gate *g, const struct store_audit_filter *filter,
                      int (*each)(void *, const struct store_audit *), void *arg, bool *left_out,
                      struct err *err);

/* Lets a walk begin behind the row of this reference. */
int gate_history_behind(struct gate *g, const char *reference, struct store_audit_filter *filter,
                        struct err *err);

/* "decision", "change", "strangers"; NULL for another number. */
const char *gate_audit_kind(enum audit_kind kind);
/* What a filter's operation may be, or begin with: "fetch", "token create", …; ends with NULL. */
extern const char *const gate_audit_operations[];

/* -- as it goes on: gate/follow.c -- */

struct gate_follow;
/* From behind the row of this number, -1: from now on. The ledger may be another
 * one after a restore, or away for a while; whatever is written meanwhile is
 * given when it is back. settings must stay. */
int gate_follow_open(struct gate_follow **out, const struct gate_settings *settings, int64_t id,
                     struct err *err);
void gate_follow_close(struct gate_follow *f); /* NULL is fine */
/* Gives `each` the rows that came since, each once and in their order, a bounded
 * number at a time; *more: there are others already. A row that adds up is given
 * again, with its count of then, once a minute while that grows. When `each`
 * returns something other than 0 that is returned, and its row comes again. */
int gate_follow_next(struct gate_follow *f, int64_t now,
                     int (*each)(void *, const struct store_audit *), void *arg, bool *more,
                     struct err *err);
/* The number of the last row that was given; how many were swept before they
 * could be. */
int64_t gate_follow_place(const struct gate_follow *f);
int64_t gate_follow_missed(const struct gate_follow *f);

/* -- as JSON: gate/history_json.c -- */

/* A row with all its fields; NULL: no memory. Text that is no UTF-8 is escaped.
 * The names of the fields stay as they are: docs/audit.md. */
json_t *gate_audit_json(const struct store_audit *row);
/* The gates of a trace (gate/why.h). closed: the name of the one that refused. */
json_t *gate_trace_json(const char *trace, char closed[32]);
json_t *gate_json_text(const char *text); /* "" is null */
json_t *gate_json_time(int64_t t);        /* CLOCK_NEVER and 0 are null */

#endif
