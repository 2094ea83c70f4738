/* Retirement: how a kind of credential goes out of use.
 *
 * A policy chooses credentials (by kind, and more narrowly) and gives them stages:
 * allowed → notice, from a date → brownouts, windows of a day that grow → ended, at
 * a date. The stage at a moment is computed from the policy alone. Days begin by a
 * fixed offset from UTC, so that no window is lost or doubled when clocks change.
 */
#ifndef GATEHOUSE_POLICY_RETIRE_H
#define GATEHOUSE_POLICY_RETIRE_H

#include "base/buf.h"
#include "policy/policy.h"

#define RETIRE_TIMES 24  /* windows of a day */
#define RETIRE_PHASES 12 /* lengths, one after another */
#define RETIRE_DAY INT64_C(86400)

struct retire_phase {
	int64_t from;   /* windows that begin from then on … */
	int64_t length; /* … last so many seconds */
};

struct retirement {
	/* which credentials */
	unsigned kinds;      /* a set: policy_retire_kind_bit */
	bool without_expiry; /* only those that never end by themselves */
	int64_t made_before; /* only those made before; CLOCK_NEVER: whenever */

	/* when */
	int64_t notice; /* told from then on */
	int64_t end;    /* refused from then on; CLOCK_NEVER: not decided */
	int64_t offset; /* seconds east of Greenwich, for the times of the day */
	unsigned ntimes, nphases;
	int64_t times[RETIRE_TIMES]; /* seconds of the day, ascending */
	struct retire_phase phases[RETIRE_PHASES];
};

struct retire_state {
	enum standing stage;
	int64_t until; /* STANDING_BROWNOUT: when it is over; else CLOCK_NEVER */
	int64_t next;  /* the next brownout's begin; CLOCK_NEVER: none follows */
};

/* Sets of kinds by the words of a command: "app-password", "api-token",
 * "access-token", "ssh-key", "access-key", "any". 0: none of them. */
unsigned policy_retire_kinds(const char *word);
/* The word for a set that is one of them; "" for others. */
const char *policy_retire_kinds_word(unsigned kinds);
/* "app passwords", "API tokens that never expire, made before 2026-01-01 00:00:00
 * UTC": those it chooses. */
void policy_retire_words(const struct retirement *r, struct buf *out);

/* Does it choose such a credential? */
bool policy_retire_chooses(const struct retirement *r, enum credential_kind kind, int64_t created,
                           int64_t expires);
/* The stage of what it chooses. Total: any numbers, any moment. */
void policy_retire_at(const struct retirement *r, int64_t now, struct retire_state *out);
/* What makes no sense in it, in words; NULL: it is sound. Windows of a sound one
 * never touch, and lie between notice and end. */
const char *policy_retire_fault(const struct retirement *r);

#endif
