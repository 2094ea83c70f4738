/* Kinds of credential that are on their way out (policy/retire.h): the policies as
 * commands make them, and whom they concern. */
#ifndef GATEHOUSE_GATE_RETIRE_H
#define GATEHOUSE_GATE_RETIRE_H

#include "gate/gate.h"

#define GATE_RETIREMENTS 16 /* each is looked at with every question */

/* As it is typed; NULL: as it is, or in a new one what is said here. */
struct gate_retire {
	const char *name;
	const char *kind;        /* "app-password"; a new one has one */
	bool without_expiry;     /* of a new one */
	const char *made_before; /* "2026-01-01", a moment; of a new one: whenever */
	const char *notice;      /* a moment, "now": now */
	const char *end;         /* a moment, or "never": not decided */
	const char *brownouts;   /* "2026-06-09=15m,2026-06-16=30m", "none" */
	const char *times;       /* "00:00,06:00,12:00,18:00" */
	const char *offset;      /* "+02:00": of dates and times; UTC */
};
/* Reads what was typed into a rule; dates are of the offset. retire_read.c */
int gate_retire_read(const struct gate_retire *ask, struct retirement *rule, struct err *err);
/* The policy as `create` (fresh) or `edit` would make it, with nothing made. */
int gate_retire_prepare(struct gate *g, const struct gate_retire *ask, bool fresh,
                        struct store_retirement *out, struct err *err);
int gate_retire_create(struct gate *g, const struct gate_retire *ask, struct store_retirement *out,
                       struct err *err);
int gate_retire_edit(struct gate *g, const struct gate_retire *ask, struct store_retirement *out,
                     struct err *err);
/* What it had ended works again. */
int gate_retire_cancel(struct gate *g, const char *name, struct store_retirement *out,
                       struct err *err);
int gate_retire_find(struct gate *g, const char *name, struct store_retirement *out,
                     struct err *err);
int gate_retire_list(struct gate *g, int (*each)(void *, const struct store_retirement *),
                     void *arg, struct err *err);

/* Of the living ones that it chooses: how many, ever used, used in 30 days. */
struct gate_retire_count {
	size_t living, used, lately;
};
int gate_retire_count(struct gate *g, const struct retirement *rule, struct gate_retire_count *out,
                      struct err *err);
/* `most` of them, in the order of their numbers behind this one. */
int gate_retire_walk(struct gate *g, const struct retirement *rule, int64_t behind, size_t most,
                     int (*each)(void *, const struct store_credential *), void *arg, bool *more,
                     struct err *err);
/* The command that makes a token of the same reach; adds nothing where none can. */
int gate_retire_replacement(struct gate *g, const struct store_credential *c, struct buf *out,
                            struct err *err);

#endif
