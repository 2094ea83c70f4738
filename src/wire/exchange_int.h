/* The inside of an exchange, shared by exchange*.c. */
#ifndef GATEHOUSE_WIRE_EXCHANGE_INT_H
#define GATEHOUSE_WIRE_EXCHANGE_INT_H

#include "wire/wire_int.h"

/* Where the library is in the request. */
enum exchange_stage {
	STAGE_HEAD, /* the head is there, no byte of the body was taken */
	STAGE_BODY, /* the body comes */
	STAGE_END   /* the whole request is there: answers keep the connection */
};

/* What happens to the body. */
enum exchange_mode { MODE_NONE, MODE_COLLECT, MODE_FEED, MODE_DROP };

/* What the keeper said last. */
enum exchange_reply { REPLY_NONE, REPLY_COLLECT, REPLY_STREAM, REPLY_ANSWER };

struct exchange {
	struct table_node node; /* key: id; in wire.exchanges once asked */
	struct wire *wire;
	struct conn *conn;
	struct MHD_Connection *mhd;
	char *target; /* raw, owned */
	struct head head;

	/* this thread of the library's alone: */
	enum exchange_stage stage;
	enum exchange_mode mode;
	bool judged;      /* the head was looked at */
	bool old;         /* HTTP/1.0: the end of a stream is the end of the connection */
	bool finished;    /* the end of the body was seen */
	bool overflowed;  /* the body was longer than the limit */
	bool rest_wanted; /* and that is fine: TAG_REST */
	uint64_t dropped, drop_limit;
	struct collect collect;
	const struct head_refusal *failed; /* to be said once the body is over */

	/* guarded by wire.lock: */
	bool asked;     /* the keeper has heard the id: it is in wire.exchanges */
	bool open;      /* the last word on it has not come */
	bool waiting;   /* a question is open */
	bool pending;   /* it was about a body that is not read yet */
	bool suspended; /* asleep in the library */
	bool dead;      /* to be closed at the next look */
	bool queued;    /* the answer is with the library */
	enum exchange_reply reply;
	uint64_t collect_limit, rest_limit;
	bool rest;
	struct feed feed; /* opened by the pump, used by the library's thread */
	struct answer answer;
	bool ended, whole; /* A_END came, and what it said */

	/* the answer's pipe or file; the pump's until queued, then the library's */
	int out;
	bool out_file, out_watched;
	uint64_t out_at;
	char *spool; /* bytes read before their turn: spool[at..len) */
	size_t spool_at, spool_len, spool_size;
};

/* -- exchange_out.c: what comes out of the keeper's pipe -- */

/* Takes fd as the answer's stream. */
void out_open(struct exchange *ex, int fd);
void out_close(struct exchange *ex);
/* Reads into the spool until it holds `most` bytes; watches the pipe when it
 * is empty. Lock held, not queued. */
void out_fill(struct exchange *ex, size_t most);
/* True when the head can be sent. Lock held. */
bool out_ready(struct exchange *ex);
/* The library asks for the next piece. */
ssize_t out_read(void *arg, uint64_t at, char *buffer, size_t size);

/* -- exchange.c -- */

/* Puts it to sleep until exchange_wake. Lock held, in the library's thread. */
void exchange_sleep(struct exchange *ex);
/* The time without progress starts again, or stops while others work. */
void exchange_progress(struct exchange *ex);
void exchange_no_deadline(struct exchange *ex);
/* Whether the keeper's last word on it is still to come. Lock held. */
void exchange_set_open(struct exchange *ex, bool open);
/* An answer that can't be read, or that ended before it began. */
extern const struct head_refusal exchange_broken;

/* -- exchange_body.c -- */

enum MHD_Result body_take(struct exchange *ex, const char *data, size_t *size);
/* Chooses what becomes of the body. False: no memory. */
bool body_collect(struct exchange *ex, uint64_t limit, size_t expected);
/* The body is over. NULL, or a refusal; *again: come back when the pipe has room. */
const struct head_refusal *body_finish(struct exchange *ex, bool *again);

#endif
