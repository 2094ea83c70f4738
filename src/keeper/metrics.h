/* What a running server counts, and how Prometheus is told.
 *
 * Counters only rise and live as long as the process: a reload does not touch
 * them. Every label has a fixed set of values: nothing a peer sends becomes
 * one. Text format: prometheus.io, "Exposition formats", version 0.0.4.
 */
#ifndef GATEHOUSE_KEEPER_METRICS_H
#define GATEHOUSE_KEEPER_METRICS_H

#include "base/buf.h"
#include "base/question.h"
#include "gate/queue.h"
#include "git/git.h"
#include "smart/smart.h"

#include <stdatomic.h>
#include <stdint.h>

/* How a git child came to its end. */
enum child_end {
	CHILD_DONE,      /* with status 0 */
	CHILD_FAILED,    /* with another status */
	CHILD_SIGNALLED, /* by a signal that was not ours */
	CHILD_LEFT,      /* its client was gone */
	CHILD_LATE,      /* it took longer than transfer-time */
	CHILD_ENDS
};

/* By which way somebody came. */
enum metrics_transport { TRANSPORT_HTTP, TRANSPORT_SSH, TRANSPORT_OPENSSH, TRANSPORTS };
const char *metrics_transport_name(enum metrics_transport t); /* "http" */

/* What a session over SSH led to. */
enum metrics_session {
	SESSION_FETCH,
	SESSION_PUSH,
	SESSION_WORDS, /* a refusal, a welcome */
	SESSION_KINDS
};

#define METRICS_STATUSES 20 /* more than are ever sent; the last is "other" */
#define METRICS_BUCKETS 12

/* The statuses that are counted apart, 0 for all others; the upper bounds of
 * the histogram's buckets. */
extern const int metrics_statuses[METRICS_STATUSES];
extern const int64_t metrics_bounds_ms[METRICS_BUCKETS];

/* Counted by any thread. Zeroed memory is a good start. */
struct metrics {
	atomic_ullong requests[TOPIC_COUNT][METRICS_STATUSES];
	atomic_ullong sessions[TRANSPORTS][SESSION_KINDS]; /* none over HTTP */
	atomic_ullong keys[2];                             /* asked about: rejected, accepted */
	atomic_ullong children_started[GIT_UPLOAD_ARCHIVE + 1];
	atomic_ullong children_ended[GIT_UPLOAD_ARCHIVE + 1][CHILD_ENDS];
	atomic_ullong children_unstarted; /* git could not be started */
	atomic_llong children_queued;     /* wait for a place now */
	atomic_ullong queue_expired;      /* waited longer than queue-time */
	atomic_llong workers_busy;
	atomic_ullong wire_restarts;
	atomic_ullong reloads, reloads_failed;
	atomic_ullong audit_lost;
	atomic_ullong decision_log_rows, decision_log_failures, decision_log_missed;
	atomic_ullong decision_log_failing;          /* 1: it stands still */
	atomic_ullong push_buckets[METRICS_BUCKETS]; /* not added up */
	atomic_ullong push_count, push_ms;
	/* of all wires there were; COUNT_OPEN: now */
	atomic_ullong wire[TRANSPORTS][COUNT_COUNT];
};

/* status: of HTTP. */
void metrics_request(struct metrics *m, enum smart_topic topic, int status);
void metrics_session(struct metrics *m, enum metrics_transport by, enum metrics_session what);
void metrics_key(struct metrics *m, bool accepted);
void metrics_child_started(struct metrics *m, enum git_service service);
void metrics_child_ended(struct metrics *m, enum git_service service, enum child_end how);
void metrics_push(struct metrics *m, int64_t ms);
/* What wire says it has counted so far; `last` is what it said before and is
 * brought up to date. A count that falls (but COUNT_OPEN) is not believed. */
void metrics_wire(struct metrics *m, enum metrics_transport by, uint64_t last[COUNT_COUNT],
                  const uint64_t now[COUNT_COUNT]);

/* What is looked up when somebody asks. */
struct metrics_moment {
	int64_t now, started; /* seconds since 1970 */
	size_t workers;
	const char *git_version;
	struct gate_queue_numbers queue;
	bool ready;
	uint64_t ledger_bytes, disk_free, disk_size;
	const struct gate_settings *settings;
};
/* At most 40 KB, whatever was counted. A failure sticks in out. */
void metrics_write(struct buf *out, const struct metrics *m, const struct metrics_moment *t);

#endif
