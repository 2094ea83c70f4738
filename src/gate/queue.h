/* The one writer of a running server: what the questions leave behind goes
 * through here, many in one transaction (group commit).
 *
 * Audit rows and stamps are handed over and written soon; when the queue is
 * full they wait for room, so that nothing decided goes unwritten unless the
 * ledger itself fails (then it is counted and told to the log by the owner).
 * Refusals of strangers are added up in memory: the same reason from the same
 * network is one row, whatever comes; a stranger can't fill the disk.
 */
#ifndef GATEHOUSE_GATE_QUEUE_H
#define GATEHOUSE_GATE_QUEUE_H

#include "gate/access.h"

struct gate_queue;

/* Opens the ledger for writing (making or upgrading it) and starts the thread. */
int gate_queue_start(struct gate_queue **out, const struct gate_settings *settings,
                     struct err *err);
/* Writes what is left, stops the thread, frees. NULL is fine. */
void gate_queue_stop(struct gate_queue *q);
/* False while the ledger can't be written (disk full, failing writes); turns
 * true by itself once a write went through again. */
bool gate_queue_healthy(struct gate_queue *q);
/* How many rows could not be written since the last call, and why. */
unsigned gate_queue_lost(struct gate_queue *q, struct err *why);

#define GATE_OPERATIONS (OPERATION_WRITE + 1)

struct gate_queue_numbers {
	uint64_t waiting, room; /* entries now, and at most */
	uint64_t written;       /* entries since the start */
	bool held;              /* the last write waited in vain for another writer */
	uint64_t decided[REASON_COUNT][GATE_OPERATIONS]; /* decisions that were recorded */
};
void gate_queue_count(struct gate_queue *q, struct gate_queue_numbers *out);

/* Runs a use case on the writer's own gate and waits for its end. */
int gate_queue_run(struct gate_queue *q, int (*work)(struct gate *g, void *arg, struct err *err),
                   void *arg, struct err *err);

/* Records a decision: the audit row with every gate, and the stamps on the
 * credential. Strangers' refusals are added up: d->reference is then set to the
 * reference of their row, so call it before the words are made.
 * operation: "fetch", "push", "advertise fetch", …; NULL stamps the credential
 * and writes no row. */
void gate_record(struct gate_queue *q, const struct gate_session *s, const struct gate_ask *ask,
                 struct gate_decision *d, const char *operation, const char *agent,
                 const char *note);

#endif
