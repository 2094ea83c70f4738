/* Inside the queue: what waits to be written, and what strangers' refusals added up
 * to so far. queue.c writes it, record.c makes it. */
#ifndef GATEHOUSE_GATE_QUEUE_INT_H
#define GATEHOUSE_GATE_QUEUE_INT_H

#include "gate/queue.h"

#include <pthread.h>
#include <stdatomic.h>

#define STRANGERS 1024   /* kinds of strangers' refusals remembered */
#define STRANGER_FLUSH 5 /* seconds between writes of what was added up */

struct stamp {
	int64_t credential, when;
	int64_t authority;        /* by a certificate of it: 0 no */
	uint8_t hash[STORE_HASH]; /* of the secret that came */
	bool late;                /* a newer one replaced it, and its time is over */
	char from[NET_TEXT];
	char why[64]; /* "": a use */
	char name[STORE_LABEL], actor[STORE_LABEL];
	char owner[NAME_PATH_SIZE];
	bool exposed; /* it was sent in the clear */
};

struct run {
	int (*work)(struct gate *, void *, struct err *);
	void *arg;
	struct err err;
	int code;
	bool done;
};

struct entry {
	struct entry *next;
	enum { ENTRY_AUDIT, ENTRY_STAMP, ENTRY_RUN } kind;
	union {
		struct store_audit audit;
		struct stamp stamp;
		struct run *run; /* the waiting thread's */
	} u;
};

struct stranger {
	uint64_t key; /* 0: free */
	int64_t since, last, unwritten;
	char reference[ACCESS_REFERENCE + 1];
};

struct gate_queue {
	struct gate gate;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t work, room, finished;
	struct entry *first, **last;
	size_t waiting;
	bool stopping, healthy;
	bool held; /* the last write waited in vain for another writer */
	bool gap;  /* rows were lost, and no row says so yet */
	unsigned lost;
	struct err why;
	int64_t flushed, pruned;
	bool pruning;   /* the writer's own: there is more to take off */
	unsigned begun; /* strangers' rows since the last pruning: a flood is pruned early */
	uint64_t salt;
	struct stranger strangers[STRANGERS];
	uint64_t written;
	atomic_ullong decided[REASON_COUNT][GATE_OPERATIONS];
};

/* Takes the entry over; waits for room where there is none. One that comes when the
 * queue has stopped is counted as lost. */
void gate_queue_hand_over(struct gate_queue *q, struct entry *e);
/* What the strangers' rows have still to add becomes entries, every STRANGER_FLUSH
 * seconds and at the end. Mutex held. */
void gate_queue_flush_strangers(struct gate_queue *q, int64_t now);

#endif
