/* Inside the door: one session on its way through. */
#ifndef GATEHOUSE_SSH_INT_H
#define GATEHOUSE_SSH_INT_H

#include "ssh/command.h"
#include "ssh/ssh.h"

struct visit {
	struct ssh_context *c;
	const struct question_session *q;
	struct ssh_answer *out;
	struct ssh_command command;
	struct gate_decision decision;
	bool decided; /* decision holds memory */
};

/* Asks about the command's repository, or with no command about none, and fills
 * p->decision: also for an accident. */
void visit_decide(struct visit *p, enum operation operation);
/* The whole answer, in words: copied into the arena. */
void visit_say(struct visit *p, const char *out, size_t out_len, const char *errors, int status);
/* welcome.c: who came, by which key, and what it opens; line: before it, or NULL. Says it
 * on standard output with status 0, or with a line on standard error with 1. */
void visit_welcome(struct visit *p, const char *line);
/* words.c: a key that is not known, after those that were rejected before; its own
 * fingerprint comes with the kind of key before it. */
void words_unknown(struct buf *out, const struct question_key *q, const char *fingerprint,
                   const char *address);
/* "ED25519 SHA256:…", as `ssh-add -l` names a kind. */
void words_fingerprint(const void *blob, size_t len, char out[QUESTION_FINGERPRINT]);

#endif
