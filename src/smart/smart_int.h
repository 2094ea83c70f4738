/* Inside the door: one request on its way through. */
#ifndef GATEHOUSE_SMART_INT_H
#define GATEHOUSE_SMART_INT_H

#include "smart/route.h"
#include "smart/smart.h"

enum phase { PHASE_REFS, PHASE_SERVICE, PHASE_OTHER };

struct passage {
	struct smart_context *c;
	const struct smart_request *r;
	struct smart_answer *out;
	struct route route;
	enum phase phase;
	struct gate_decision decision;
	bool decided;                    /* decision holds memory */
	uint8_t secret_hash[STORE_HASH]; /* of what was presented, for the memory of the dead */
};

/* Where the request came from: the peer, or what a trusted proxy says. */
void passage_address(struct passage *p);

/* A passage and its answer from nothing: where it leads is known then. */
void passage_begin(struct passage *p, struct smart_context *c, const struct smart_request *r,
                   struct smart_answer *out);
/* True for GET and HEAD. */
bool passage_gets(const struct passage *p);
/* ours.c: what lies below "/-/". */
void passage_ours(struct passage *p);

/* headers.c */
void answer_header(struct smart_context *c, struct smart_answer *out, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
void answer_no_cache(struct smart_context *c, struct smart_answer *out);
/* A whole plain-text answer; text is copied into the arena. */
void answer_text(struct smart_context *c, struct smart_answer *out, int status, const char *text);
void answer_bytes(struct smart_context *c, struct smart_answer *out, int status, const char *type,
                  const char *data, size_t len);
/* An answer that lacks a part becomes a 503: half a plan or half a refusal
 * could be read as something else. */
void answer_whole(struct smart_answer *out);

/* Asks the gate about p->route's repository, and fills p->decision: also for an
 * accident. One that was there must have been cleared. */
void passage_decide(struct passage *p, enum operation operation);
/* The gate, or what it needs, failed: the decision says so, and the log. */
void passage_accident(struct passage *p, const struct err *err);
bool passage_allowed(const struct passage *p);
/* What the server can do now: what is stored can be read from a full disk. */
enum server_state passage_state(const struct smart_context *c, enum operation operation);

/* stray.c: the address that was asked for leads to nothing that may be seen. True
 * when the right one was told instead. */
bool passage_stray(struct passage *p);

/* refuse.c: the verdict of p->decision in the form the client shows. Writes
 * the audit row, unless the answer is to collect the body first. */
void passage_refuse(struct passage *p);

#endif
