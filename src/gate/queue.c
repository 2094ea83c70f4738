#include "gate/gate_int.h"
#include "gate/queue_int.h"

#include "base/clock.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>

#define QUEUE_ROOM 4096 /* entries waiting to be written */
#define BATCH 256       /* entries in one transaction */
#define STRANGER_ROWS 20000
#define PRUNE_EVERY 600 /* seconds */

/* -- the writer's thread -- */

static int write_use(struct gate_queue *q, const struct stamp *t, struct err *err)
{
	const struct gate_use use = {.credential = t->credential,
	                             .when = t->when,
	                             .name = t->name,
	                             .owner = t->owner,
	                             .actor = t->actor,
	                             .from = t->from};

	return gate_network_note(&q->gate, &use, err);
}

static int write_stamp(struct gate_queue *q, const struct stamp *t, struct err *err)
{
	struct store *s = q->gate.store;
	bool refused = t->why[0] != 0;
	int code = 0;

	if (t->authority)
		return store_authority_stamp(s, t->authority, t->when, t->from,
		                             refused ? t->why : NULL, err);

	if (t->exposed)
		code = store_credential_expose(s, t->credential, t->when, err);
	if (!code && t->late)
		code = store_former_late(s, t->hash, t->when, t->from, err);
	if (!code && !refused)
		code = write_use(q, t, err);
	return code ? code
	            : store_credential_stamp(s, t->credential, t->hash, t->when, t->from,
	                                     refused ? t->why : NULL, err);
}

static int write_entry(struct gate_queue *q, struct entry *e, struct err *err)
{
	return e->kind == ENTRY_AUDIT ? store_audit_add(q->gate.store, &e->u.audit, err)
	                              : write_stamp(q, &e->u.stamp, err);
}

/* One row's failure must not take the others with it. */
static int write_marked(struct gate_queue *q, struct entry *e, struct err *err)
{
	int code = store_mark(q->gate.store, err);

	if (code)
		return code;
	code = write_entry(q, e, err);
	if (code)
		store_undo(q->gate.store);
	else
		code = store_keep(q->gate.store, err);
	return code;
}

/* Returns how many were lost. */
static unsigned write_batch(struct gate_queue *q, struct entry *batch, unsigned count,
                            struct err *err)
{
	unsigned lost = 0;
	int code = store_begin(q->gate.store, err);

	for (struct entry *e = batch; e; e = e->next) {
		if (!code && write_marked(q, e, err))
			lost++;
	}
	if (!code)
		code = store_commit(q->gate.store, err);
	if (code) {
		store_rollback(q->gate.store);
		return count;
	}
	return lost;
}

static void free_entries(struct entry *e)
{
	while (e) {
		struct entry *next = e->next;
		free(e);
		e = next;
	}
}

/* Takes a run of entries off the queue: one ENTRY_RUN alone, or up to BATCH
 * others. Called with the mutex held. */
static struct entry *take_batch(struct gate_queue *q)
{
	struct entry *head = q->first, *tail = head;
	size_t count = 1;

	if (!head)
		return NULL;
	while (head->kind != ENTRY_RUN && tail->next && tail->next->kind != ENTRY_RUN &&
	       count < BATCH) {
		tail = tail->next;
		count++;
	}
	q->first = tail->next;
	if (!q->first)
		q->last = &q->first;
	tail->next = NULL;
	q->waiting -= count;
	pthread_cond_broadcast(&q->room);
	return head;
}

static void finish_run(struct gate_queue *q, struct run *run)
{
	struct err err = {0};
	int code = run->work(&q->gate, run->arg, &err);

	pthread_mutex_lock(&q->mutex);
	run->err = err;
	run->code = code;
	run->done = true;
	pthread_cond_broadcast(&q->finished);
	pthread_mutex_unlock(&q->mutex);
}

static void note_result(struct gate_queue *q, unsigned count, unsigned lost, const struct err *err)
{
	pthread_mutex_lock(&q->mutex);
	q->healthy = !lost || (err->code != ERR_FULL && err->code != ERR_IO);
	q->held = lost && err->code == ERR_BUSY;
	q->lost += lost;
	q->written += count - lost;
	if (lost) {
		q->why = *err;
		q->gap = true;
	}
	pthread_mutex_unlock(&q->mutex);
}

/* After a write that failed: a row that marks the gap's end, whoever's row was the
 * first to be written again. It is tried when nobody comes, too. Else the server
 * would call itself unready until somebody came, and a load balancer lets nobody
 * come. */
static void mark_gap(struct gate_queue *q)
{
	struct entry e = {.kind = ENTRY_AUDIT};
	struct err err = {0};

	pthread_mutex_lock(&q->mutex);
	bool gap = q->gap;
	pthread_mutex_unlock(&q->mutex);
	if (!gap)
		return;
	e.u.audit.kind = AUDIT_CHANGE;
	e.u.audit.at = e.u.audit.last = clock_now();
	e.u.audit.count = 1;
	random_reference(e.u.audit.reference, GATE_REFERENCE);
	gate_put(e.u.audit.reason, sizeof(e.u.audit.reason), "audit resume");
	gate_put(e.u.audit.actor, sizeof(e.u.audit.actor), "%s", q->gate.actor);
	if (write_batch(q, &e, 1, &err))
		return;
	note_result(q, 1, 0, &err);
	pthread_mutex_lock(&q->mutex);
	q->gap = false;
	pthread_mutex_unlock(&q->mutex);
}

static void handle_batch(struct gate_queue *q, struct entry *batch)
{
	struct err err = {0};
	unsigned count = 0;

	for (const struct entry *e = batch; e; e = e->next)
		count++;

	if (batch->kind == ENTRY_RUN)
		finish_run(q, batch->u.run);
	else
		note_result(q, count, write_batch(q, batch, count, &err), &err);
	free_entries(batch);
}

static bool append(struct gate_queue *q, struct entry *e)
{
	while (q->waiting >= QUEUE_ROOM && !q->stopping)
		pthread_cond_wait(&q->room, &q->mutex);
	if (q->stopping)
		return false;
	e->next = NULL;
	*q->last = e;
	q->last = &e->next;
	q->waiting++;
	pthread_cond_signal(&q->work);
	return true;
}

/* Takes a piece of what is too old or too much off the ledger, then lets waiting
 * entries go first: with a smaller limit there may be a million rows to go. */
static void prune(struct gate_queue *q, int64_t now)
{
	const struct gate_settings *s = q->gate.settings;
	int64_t removed = 0;
	struct err err = {0};

	pthread_mutex_lock(&q->mutex);
	bool due = q->pruning || now - q->pruned >= PRUNE_EVERY || q->begun >= STRANGER_ROWS / 4;
	if (due) {
		q->pruned = now;
		q->begun = 0;
	}
	pthread_mutex_unlock(&q->mutex);
	q->pruning = false;
	if (!due || store_begin(q->gate.store, &err))
		return;
	if (store_audit_prune(q->gate.store, now - s->audit_age, s->audit_rows, STRANGER_ROWS,
	                      &removed, &err) ||
	    store_commit(q->gate.store, &err))
		store_rollback(q->gate.store);
	else
		q->pruning = removed > 0;
}

/* Sleeps until there is an entry, a while has passed, or the end has come. What
 * strangers added up becomes entries on the way. Mutex held. */
static void wait_for_work(struct gate_queue *q)
{
	struct timespec until;

	gate_queue_flush_strangers(q, clock_now());
	if (q->first || q->stopping || q->pruning)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STRANGER_FLUSH;
	pthread_cond_timedwait(&q->work, &q->mutex, &until);
	gate_queue_flush_strangers(q, clock_now());
}

static void *writer(void *arg)
{
	struct gate_queue *q = arg;
	bool over = false;

	while (!over) {
		pthread_mutex_lock(&q->mutex);
		wait_for_work(q);
		struct entry *batch = take_batch(q);
		over = q->stopping && !batch;
		pthread_mutex_unlock(&q->mutex);
		if (batch)
			handle_batch(q, batch);
		else if (!over)
			mark_gap(q);
		if (!over)
			prune(q, clock_now());
	}
	return NULL;
}

/* -- the askers' side -- */

int gate_queue_start(struct gate_queue **out, const struct gate_settings *settings, struct err *err)
{
	struct gate_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return err_set(err, ERR_MEMORY, "no memory for the ledger's queue");
	int code = gate_open(&q->gate, settings, STORE_WRITE, err);
	if (code) {
		free(q);
		return code;
	}
	pthread_mutex_init(&q->mutex, NULL);
	pthread_cond_init(&q->work, NULL);
	pthread_cond_init(&q->room, NULL);
	pthread_cond_init(&q->finished, NULL);
	q->last = &q->first;
	q->healthy = true;
	random_bytes(&q->salt, sizeof(q->salt));
	snprintf(q->gate.actor, sizeof(q->gate.actor), "server");
	if (pthread_create(&q->thread, NULL, writer, q)) {
		gate_close(&q->gate);
		free(q);
		return err_set(err, ERR_BUSY, "the ledger's thread can't be started");
	}
	*out = q;
	return 0;
}

void gate_queue_stop(struct gate_queue *q)
{
	if (!q)
		return;
	pthread_mutex_lock(&q->mutex);
	q->stopping = true;
	pthread_cond_broadcast(&q->work);
	pthread_cond_broadcast(&q->room);
	pthread_mutex_unlock(&q->mutex);
	pthread_join(q->thread, NULL);
	free_entries(q->first);
	gate_close(&q->gate);
	pthread_mutex_destroy(&q->mutex);
	pthread_cond_destroy(&q->work);
	pthread_cond_destroy(&q->room);
	pthread_cond_destroy(&q->finished);
	free(q);
}

void gate_queue_count(struct gate_queue *q, struct gate_queue_numbers *out)
{
	pthread_mutex_lock(&q->mutex);
	out->waiting = q->waiting;
	out->written = q->written;
	out->held = q->held;
	pthread_mutex_unlock(&q->mutex);
	out->room = QUEUE_ROOM;
	for (int r = 0; r < REASON_COUNT; r++)
		for (int o = 0; o < GATE_OPERATIONS; o++)
			out->decided[r][o] = atomic_load(&q->decided[r][o]);
}

bool gate_queue_healthy(struct gate_queue *q)
{
	pthread_mutex_lock(&q->mutex);
	bool healthy = q->healthy;
	pthread_mutex_unlock(&q->mutex);
	return healthy;
}

unsigned gate_queue_lost(struct gate_queue *q, struct err *why)
{
	pthread_mutex_lock(&q->mutex);
	unsigned lost = q->lost;
	q->lost = 0;
	*why = q->why;
	pthread_mutex_unlock(&q->mutex);
	return lost;
}

int gate_queue_run(struct gate_queue *q, int (*work)(struct gate *g, void *arg, struct err *err),
                   void *arg, struct err *err)
{
	struct run run = {.work = work, .arg = arg};
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return err_set(err, ERR_MEMORY, "no memory to reach the ledger");
	e->kind = ENTRY_RUN;
	e->u.run = &run;
	pthread_mutex_lock(&q->mutex);
	if (!append(q, e)) {
		pthread_mutex_unlock(&q->mutex);
		free(e);
		return err_set(err, ERR_CLOSED, "the server is stopping");
	}
	while (!run.done)
		pthread_cond_wait(&q->finished, &q->mutex);
	pthread_mutex_unlock(&q->mutex);
	if (run.code && err)
		*err = run.err;
	return run.code;
}

void gate_queue_hand_over(struct gate_queue *q, struct entry *e)
{
	pthread_mutex_lock(&q->mutex);
	bool taken = append(q, e);
	if (!taken)
		q->lost++;
	pthread_mutex_unlock(&q->mutex);
	if (!taken)
		free(e);
}
