/* Why was it so, and what would be: the decision of a request explained, and
 * the same decision for a question that nobody asked over the network.
 *
 * All of it goes through gate_authorise; nothing here has a rule of its own.
 */
#ifndef GATEHOUSE_GATE_WHY_H
#define GATEHOUSE_GATE_WHY_H

#include "gate/access.h"

/* -- the trace: every gate with what it saw, gate/trace.c -- */

/* One line for each gate, "name\tresult\twhat it saw\n": the form of the
 * audit. out holds STORE_GATES. */
void gate_trace_write(char *out, size_t size, const struct gate_decision *d);
struct gate_trace_line {
	char name[32], result[16], saw[400];
};
/* Takes the next line off *trace; false at its end. The gate's name before what
 * it saw is dropped; who was not asked saw nothing, or what did not bind. */
bool gate_trace_next(const char **trace, struct gate_trace_line *out);
/* Leaves in the trace what the credential's owner may hear: what a repository
 * they may not see told the gates is put in the words of a missing one. */
void gate_trace_redact(char trace[STORE_GATES]);

/* -- may: gate/may.c -- */

struct gate_may_ask {
	const char *who;       /* "ann", "ann/laptop" (her token), "id:12" (any), "anyone" */
	const char *operation; /* "fetch", "push"; gate_may_operation */
	const char *path;      /* "acme/site" */
	const char *address;   /* NULL: one that the credential allows */
	int64_t now;
};
enum gate_may_kind { MAY_USER, MAY_CREDENTIAL, MAY_ANYONE };
struct gate_may {
	enum gate_may_kind kind;
	struct gate_session session;
	struct gate_ask ask; /* its pointers lead into this struct */
	struct gate_decision decision;
	char workspace[NAME_OWNER_SIZE], repository[NAME_REPOSITORY_SIZE], address[NET_TEXT];
	bool address_assumed; /* nobody said it, and the credential has a limit */
	char trace[STORE_GATES];
	struct buf how;   /* allowed: by what right; "" else */
	struct buf opens; /* refused: the commands that would open it, one a line */
};
/* Fills out when it returns 0; gate_may_clear when done. out must stay where
 * it is. An operation, user, credential, address or path that makes no sense is
 * ERR_INVALID or ERR_NOT_FOUND with words. */
int gate_may(struct gate *g, const struct gate_may_ask *ask, struct gate_may *out, struct err *err);
void gate_may_clear(struct gate_may *m);
/* "fetch", "clone", "pull", "read"; "push", "write": false for other words. */
bool gate_may_operation(const char *word, enum operation *out);

/* Somebody who could: a user, a credential of the user before, or a bot. */
struct gate_could {
	enum gate_may_kind kind;
	bool is_bot;
	const char *name;   /* "ann"; "laptop"; "" for anyone */
	int64_t credential; /* its id */
	const char *how;    /* by what right; for a credential, what cuts it: "" for nothing */
	size_t more;        /* a last credential without name: so many more of that user */
};
/* Who could do ask->operation on ask->path: anyone, then users in order of
 * name, each followed by their credentials, then bots. ask->who is not read. At
 * most `most` users and bots; *more tells how many others could. */
int gate_may_who(struct gate *g, const struct gate_may_ask *ask, size_t most,
                 int (*each)(void *, const struct gate_could *), void *arg, size_t *more,
                 struct err *err);

/* By what right the session does what was allowed: "write, by a grant to
 * group:devs on acme". */
int gate_may_how(struct gate *g, const struct gate_session *s, const struct gate_decision *d,
                 struct buf *out, struct err *err);
/* The commands that would open what was refused, one a line, in the order to
 * be run; nothing when no command can. gate/open.c */
int gate_opens(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
               const struct gate_decision *d, struct buf *out, struct err *err);

/* -- why: gate/why.c -- */

struct gate_why {
	struct store_audit row; /* what the reader may know of it */
	/* The same request decided by the ledger of this moment; REASON_COUNT:
	 * can't be told (strangers, changes, what lay in the content). */
	enum reason today;
	struct buf opens; /* for the operator: commands, one a line */
};
/* What is known under a reference (as typed: case and white space do not
 * matter). reader: a user, who hears what concerns their own credentials and is
 * told of everything else that there is none; NULL: the operator. Strangers'
 * refusals are the operator's alone. gate_why_clear when it returned 0. */
int gate_why(struct gate *g, const struct store_user *reader, const char *reference,
             struct gate_why *out, struct err *err);
void gate_why_clear(struct gate_why *w);

#endif
