/* The door for Git over SSH: a key or a session in, an answer or a plan out.
 *
 * What wire asks over the channel of its role (../base/question_ssh.h), or a forced
 * command of OpenSSH in its place. Reads the command line by a closed grammar, asks the
 * gate, and either answers in the way a Git client shows, or says which git child to
 * start. Starts nothing itself. Runs in a worker's thread; everything it returns lives in
 * the question's arena.
 */
#ifndef GATEHOUSE_SSH_SSH_H
#define GATEHOUSE_SSH_SSH_H

#include "base/arena.h"
#include "base/question_ssh.h"
#include "gate/queue.h"
#include "gate/rate.h"
#include "git/git.h"

struct ssh_context {
	struct gate *gate; /* this worker's */
	struct gate_queue *queue;
	struct gate_rates *rates;
	const struct git_host *host;
	enum server_state server;
	struct policy_busy busy;     /* ssh_unserved: what is full; all 0: not told */
	bool (*storable)(void *arg); /* there is room for a push */
	void *storable_arg;
	bool certificates; /* sshd asks, which has checked who signed one; nobody else has */
	struct arena *arena;
};

enum ssh_kind {
	SSH_REPLY, /* words: the whole answer */
	SSH_PLAN   /* start plan; words go before its output, and have no status */
};

struct ssh_answer {
	enum ssh_kind kind;
	struct question_words words;
	struct git_plan plan;
	/* for counting, for the hook's question, for what follows a push */
	char principal[32];
	char address[NET_TEXT];
	struct gate_session session;
	struct gate_ask ask; /* names and address live in the arena */
	struct store_repository repository;
};

/* May a key come in? An unknown one: no, with the words for a client that has no other,
 * about all that it offered. One that is known may be tried, and what became of a dead one
 * is told only when its signature is good. Always fills out. */
void ssh_key_offered(struct ssh_context *c, const struct question_key *q,
                     struct question_verdict *out);

/* Always fills out: even an accident has an answer (and a log line). */
void ssh_session_asked(struct ssh_context *c, const struct question_session *q,
                       struct ssh_answer *out);

/* The answer for a plan that could not be carried out after all (queue full, child
 * failed, disk full). */
void ssh_unserved(struct ssh_context *c, const struct question_session *q,
                  const struct ssh_answer *plan, enum server_state why, struct question_words *out);

#endif
