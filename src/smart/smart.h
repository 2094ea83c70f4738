/* The door for Git over HTTP(S): a request head in, an answer or a plan out.
 *
 * Parses the path, asks the gate, and either answers in the way the client at
 * the other end will show (../../docs/http.md), or says which git child to start and
 * what goes before its output. Starts nothing itself. Runs in a worker's
 * thread; everything it returns lives in the question's arena.
 */
#ifndef GATEHOUSE_SMART_SMART_H
#define GATEHOUSE_SMART_SMART_H

#include "base/arena.h"
#include "base/question.h"
#include "gate/queue.h"
#include "gate/rate.h"
#include "git/git.h"
#include "smart/memory.h"

/* A request as wire sent it; pointers into the question, NULL where absent. */
struct smart_request {
	const char *method, *target, *peer, *host, *content_type;
	const char *git_protocol, *user_agent, *forwarded_for, *forwarded_proto;
	bool tls;
	const char *authorization[2];
	size_t authorizations;
	enum question_body body;
	int body_fd;  /* BODY_WHOLE, BODY_START: a memory file; the caller's */
	bool metrics; /* came on the address for metrics */
};

/* What requests are about, to count them by. */
enum smart_topic {
	TOPIC_OTHER,
	TOPIC_BAD,
	TOPIC_PAGE,
	TOPIC_ADVERTISE,
	TOPIC_FETCH,
	TOPIC_PUSH,
	TOPIC_LFS,
	TOPIC_HEALTH,
	TOPIC_METRICS,
	TOPIC_LINK,
	TOPIC_COUNT
};
const char *smart_topic_name(enum smart_topic t);

/* What this door asks of whom it lies in. */
struct smart_house {
	void *arg;
	bool (*storable)(void *arg); /* there is room for a push */
	/* NULL: it can do its work. Else why not, in a sentence; const text. */
	const char *(*unready)(void *arg, struct gate *g);
	void (*metrics)(void *arg, struct buf *out); /* Prometheus' text format */
};

/* What protocol v2 begins with, by object format. */
struct smart_capabilities {
	const char *sha1, *sha256;
	size_t sha1_len, sha256_len;
};

struct smart_context {
	struct gate *gate; /* this worker's */
	struct gate_queue *queue;
	struct smart_memory *memory;
	struct gate_rates *rates;
	const struct git_host *host;
	const struct smart_house *house;
	enum server_state server;
	struct policy_busy busy; /* smart_unserved: what is full; all 0: not told */
	const char *template;    /* an empty repository, advertised where a push makes one */
	const struct smart_capabilities *capabilities;
	struct arena *arena;
};

enum smart_kind {
	SMART_REPLY,   /* status, headers, text: the whole answer */
	SMART_COLLECT, /* wire collects the body and asks again */
	SMART_PLAN     /* start plan; status, headers, text go before its output */
};

#define SMART_HEADERS 8

struct smart_answer {
	enum smart_kind kind;
	enum smart_topic topic;
	int status;
	const char *headers[SMART_HEADERS]; /* "Name: value" */
	size_t header_count;
	const char *text;
	size_t text_len;
	bool short_of_memory; /* a part of it is missing; no such answer leaves this room */

	int64_t collect_limit;
	bool drop_rest;
	int64_t rest_limit;

	struct git_plan plan;
	bool head_only; /* HEAD: the plan need not run */
	/* for counting, for the hook's question, for what follows a push */
	char principal[32];
	char address[NET_TEXT];
	struct gate_session session;
	struct gate_ask ask; /* names and address live in the arena */
	struct store_repository repository;
};

/* Always fills out: even an accident has an answer (and a log line). */
void smart_answer(struct smart_context *c, const struct smart_request *r, struct smart_answer *out);

/* The answer for a plan that could not be carried out after all (queue full,
 * child failed, disk full): in the form the service shows. */
void smart_unserved(struct smart_context *c, const struct smart_request *r,
                    const struct smart_answer *plan, enum server_state why,
                    struct smart_answer *out);

/* What a push names: count names, each with a NUL behind it; bad: whole lines
 * about those that Git allows for no ref, made safe, NULL when there are none. */
struct smart_refs {
	const char *names;
	size_t count;
	const char *bad;
};

/* The pre-receive question of a push: decides again with fresh facts. Returns
 * true to let it in; else text (in the arena) is for the person. */
bool smart_pre_receive(struct smart_context *c, struct smart_answer *push,
                       const struct smart_refs *refs, const char **text);

/* The lines for a push whose objects failed the check (C16a); writes the
 * audit row. In the arena; NULL when memory is out. */
const char *smart_object_fault(struct smart_context *c, const struct smart_answer *push,
                               const char *object, const char *defect);

#endif
