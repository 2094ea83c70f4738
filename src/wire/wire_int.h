/* What the files of this room share. Nobody else includes it.
 *
 * Threads: the HTTP library's threads run exchange_* callbacks for their own
 * connections; the pump (the main thread) takes in the keeper's messages, pipe
 * events and time. A thread that has just asked takes in messages itself for a
 * moment: a short answer then wakes it alone. Everything below that both touch is guarded by
 * wire.lock; libmicrohttpd's own locks are always taken inside it, never around it.
 */
#ifndef GATEHOUSE_WIRE_WIRE_INT_H
#define GATEHOUSE_WIRE_WIRE_INT_H

#include "base/question.h"
#include "wire/answer.h"
#include "wire/collect.h"
#include "wire/feed.h"
#include "wire/head.h"
#include "wire/setup.h"
#include "wire/table.h"
#include "wire/transport.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define WIRE_FAST_BODY 65536         /* Content-Length up to this is read before asking */
#define WIRE_FAST_UNPACKED (1 << 20) /* and may unpack to this */
#define WIRE_DROP (64 << 20)         /* most bytes of a body read only to throw them away */
#define WIRE_SPOOL (1 << 20)         /* most bytes of an answer held while the body still comes */
#define WIRE_FIRST 16384             /* bytes of an answer read before its head is sent */
#define WIRE_LINGERS 64
#define WIRE_LINGER_MS 5000
#define WIRE_LINGER_BYTES (256 << 20)
#define WIRE_METRICS 16       /* connections to an address for metrics */
#define WIRE_COUNTS_MS 1000   /* between two reports while draining */
#define WIRE_PATIENCE_US 5000 /* a thread's wait for an answer, with other connections to serve */
#define WIRE_FRESH_MS 1000    /* what a new connection still gets after A_DRAIN */

/* What an event of the pump's epoll is about: key << 3 | kind. */
enum event_kind {
	EVENT_CHANNEL,
	EVENT_WAKE,
	EVENT_LISTENER,
	EVENT_CONN,
	EVENT_OUT,
	EVENT_BODY,
	EVENT_LINGER
};

/* Who takes in the keeper's words. */
enum hearing {
	HEARD_BY_PUMP,
	HEARD_BY_THREAD, /* of the library */
	HEARD_BY_NOBODY  /* none is owed */
};

struct exchange;

/* One client connection. */
struct conn {
	struct table_node node; /* in wire.conns */
	struct wire *wire;
	int fd; /* the library's: valid while the conn is in the table */
	enum setup_kind kind;
	bool served;              /* a request has been answered on it */
	bool gone;                /* the client hung up */
	bool linger;              /* closed with a body unread: see pump_linger */
	_Atomic int64_t deadline; /* milliseconds; 0: none */
	struct exchange *exchange;
	char address[INET6_ADDRSTRLEN];
	struct transport transport; /* of TLS */
};

struct closing {
	int fd; /* -1: free */
	int64_t deadline;
	uint64_t read;
};

struct wire {
	struct setup setup;
	int channel; /* sending waits while it is full: not for the pump */
	int epoll, wakeup;
	struct MHD_Daemon *daemons[SETUP_KINDS];
	atomic_ullong counts[COUNT_COUNT]; /* COUNT_OPEN is `accepted` */
	gnutls_datum_t ticket_key;
	struct budget budget;
	pthread_mutex_t lock;
	/* guarded by lock: */
	struct table exchanges, conns;
	uint64_t last_id, last_conn;
	unsigned patience; /* questions until a thread may wait for its answer again */
	unsigned accepted; /* connections handed to the library and not closed yet */
	bool draining, drain_asked;
	enum hearing hearing;
	unsigned owed;    /* exchanges whose last word has not come */
	struct err fault; /* what a thread of the library found in the channel */
	struct closing lingers[WIRE_LINGERS];
	unsigned nlingers;
	/* the pump's alone: */
	bool paused; /* not accepting: at the limit, or out of descriptors */
	int64_t pause_until, next_look, next_counts;
};

/* -- server.c: the library's daemons and connections -- */

/* TLS state that wants files: before the lock. */
int server_prepare(struct wire *w, struct err *err);
/* Starts the library's threads: after the lock. */
int server_start(struct wire *w, struct err *err);
void server_stop(struct wire *w);

/* -- exchange.c: one request and its answer -- */

void *exchange_begin(void *arg, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result exchange_handle(void *arg, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **context);
void exchange_completed(void *arg, struct MHD_Connection *mhd, void **context,
                        enum MHD_RequestTerminationCode why);
/* All with the lock held. */
void exchange_wake(struct exchange *ex);
void exchange_abort(struct exchange *ex);

/* -- exchange_keeper.c: what the keeper says of it; all with the lock held -- */

bool exchange_waits(const struct exchange *ex); /* for the keeper's word */
/* The keeper's words for this exchange; take descriptors out of m. */
int exchange_answer(struct exchange *ex, struct msg *m, struct err *err);
int exchange_collect(struct exchange *ex, const struct msg *m, struct err *err);
int exchange_stream(struct exchange *ex, struct msg *m, struct err *err);
int exchange_end(struct exchange *ex, const struct msg *m, struct err *err);
/* Its pipes are ready. */
void exchange_out_ready(struct exchange *ex);
void exchange_body_ready(struct exchange *ex);

/* -- pump.c: the main loop -- */

int pump_run(struct wire *w);
/* Takes in one message; ERR_BUSY when none came within WIRE_PATIENCE_US. Lock
 * not held. */
int pump_take(struct wire *w, struct err *err);
/* From any thread: the pump looks at everything again. */
void pump_wake(struct wire *w);
/* Watches fd once; key and kind come back with the event. False: it cannot be
 * watched (a file, or no memory). */
bool pump_watch(struct wire *w, int fd, uint32_t events, uint64_t key, enum event_kind kind);
void pump_unwatch(struct wire *w, int fd);
/* Keeps a closing connection's socket open and reads what still comes, so that
 * the client gets to read the answer instead of a reset. Lock held. */
void pump_linger(struct wire *w, int fd);
/* What was counted, as a message for the keeper. */
void counts_write(struct wire *w, struct msg *m);
void count(struct wire *w, enum question_count what, uint64_t n);

/* -- hear.c: who takes in the keeper's words -- */

/* The pump does, from here on. False: the channel cannot be watched. */
bool hear_start(struct wire *w);
/* If nobody did, the pump does. Lock held. */
void hear_by_pump(struct wire *w);
/* For a thread of the library that is about to ask: true when it may take in
 * the keeper's messages itself, until hear_back, which does so until ex has
 * its word, or for a moment. Lock not held. */
bool hear_aside(struct wire *w);
void hear_back(struct wire *w, const struct exchange *ex);

#endif
