/* The questions of the SSH role and their answers: what is in them, written and read.
 *
 * Reading refuses what is malformed or beyond a limit (ERR_INVALID): it comes from
 * a process that may be taken over; *out is then not to be used. What is read points into
 * the message, or is copied where it is text. Text holds no NUL, and may hold any other
 * byte: it is what a stranger sent.
 */
#ifndef GATEHOUSE_BASE_QUESTION_SSH_H
#define GATEHOUSE_BASE_QUESTION_SSH_H

#include "base/msg.h"
#include "base/question.h"

#define QUESTION_ADDRESS 64       /* sizes with their NUL */
#define QUESTION_USER 256         /* a user name */
#define QUESTION_CLIENT 256       /* a version line */
#define QUESTION_FINGERPRINT 96   /* "ED25519 SHA256:…", with the kind before it */
#define QUESTION_OFFERED 24       /* fingerprints rejected before */
#define QUESTION_KEY_BLOB 8192    /* bytes of a public key or certificate */
#define QUESTION_COMMAND 8193     /* a line */
#define QUESTION_GIT_PROTOCOL 257 /* its value */
#define QUESTION_BANNER 8192      /* bytes of words for a banner */
#define QUESTION_OUT 40960        /* bytes for standard output, */
#define QUESTION_ERRORS 16384     /* and for standard error, in one answer */

/* Who is at the other end. */
struct question_peer {
	uint64_t connection; /* not 0; the same for all that one connection asks */
	uint16_t port;
	char address[QUESTION_ADDRESS]; /* no port; an IPv4 peer of an IPv6 socket as IPv4 */
	char user[QUESTION_USER];
	char client[QUESTION_CLIENT];
	const void *key; /* the public key's blob */
	size_t key_len;
};

struct question_key {
	struct question_peer peer;
	bool proved;    /* its signature was checked and is good */
	size_t offered; /* keys rejected before, in their order */
	char fingerprints[QUESTION_OFFERED][QUESTION_FINGERPRINT]; /* each once; the last ones */
};

struct question_session {
	struct question_peer peer; /* its key is proved */
	enum question_exec kind;
	char command[QUESTION_COMMAND];           /* "" with EXEC_SHELL */
	char git_protocol[QUESTION_GIT_PROTOCOL]; /* "": none was sent */
	bool pty;                                 /* a terminal was asked for, and refused */
};

/* A_KEY. */
struct question_verdict {
	bool allowed, close;
	const char *banner; /* NULL or "": none; not NUL-terminated when read */
	size_t banner_len;
};

/* The words of A_ANSWER, A_STREAM and A_END: bytes, not NUL-terminated; NULL with length 0. */
struct question_words {
	const char *out, *errors;
	size_t out_len, errors_len;
	int status; /* exit status, 0 to 255; -1: none is said */
};

/* Writing starts the message. What is too long makes m->failed, as msg_add does. */
void question_key_write(struct msg *m, uint64_t id, const struct question_key *q);
void question_session_write(struct msg *m, uint64_t id, const struct question_session *q);
void question_verdict_write(struct msg *m, uint64_t id, const struct question_verdict *v);
/* Adds to a message that is started: its type says what else belongs to it. */
void question_words_write(struct msg *m, const struct question_words *w);

int question_key_read(const struct msg *m, struct question_key *out, struct err *err);
int question_session_read(const struct msg *m, struct question_session *out, struct err *err);
int question_verdict_read(const struct msg *m, struct question_verdict *out, struct err *err);
int question_words_read(const struct msg *m, struct question_words *out, struct err *err);

#endif
