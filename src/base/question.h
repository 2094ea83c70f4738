/* What the processes say to each other: the roles, the types, the tags.
 *
 * One channel per role, each with its own table of what it may ask. A type that
 * is not in the role's table closes the channel: whoever sends it is broken or
 * taken over. Descriptors ride along in the order named here.
 *
 * HTTP role (wire asks, keeper answers; id: chosen by wire, never 0, not used
 * again while a question is open under it). A Q_REQUEST opens a question; the
 * last word on it closes it, on both sides, and nobody speaks of it afterwards:
 * A_ANSWER without a stream, A_COLLECT, A_END, or Q_GONE. Q_GONE may cross with
 * another last word: the later one then means nothing.
 *
 *   wire → keeper
 *     Q_READY           start-up is done. TAG_TEXT: what is locked, in words.
 *     Q_REQUEST         a complete request head. fds: [body] when TAG_BODY is
 *                       BODY_WHOLE or BODY_START (a sealed memory file).
 *                       After A_COLLECT it is asked anew, as a rule under
 *                       the same id.
 *     Q_GONE            the client is gone or the exchange has ended on this
 *                       side while a question is open: the keeper ends the
 *                       child, forgets the id.
 *     Q_COUNTS          what was counted since this process began: TAG_COUNTS + each
 *                       of enum question_count, u64. Sent before a request
 *                       that came on a "metrics" socket, while draining, and last.
 *   keeper → wire
 *     A_SETUP           once, first: TAG_* settings; fds: one listening socket
 *                       per TAG_LISTEN. Certificate and key as bytes.
 *     A_ANSWER          the response head. TAG_TEXT: its body (or what goes
 *                       before the stream). fds: [out] when TAG_STREAM is 1:
 *                       read until end, then wait for A_END.
 *     A_COLLECT         read the body first: up to TAG_LIMIT bytes in a sealed
 *                       memory file (after gunzip), then Q_REQUEST again. With
 *                       TAG_REST = 1 the rest is read and thrown away (up to
 *                       TAG_REST_LIMIT); else more than the limit is 413.
 *     A_STREAM          write the body to fds[0] as it comes, close it at its
 *                       end; then answer as A_ANSWER says (same tags) with
 *                       fds[1] as out.
 *     A_END             the child of this id has ended. TAG_WHOLE 1: what came
 *                       through the pipe is the whole. 0: it is broken; if
 *                       nothing was sent to the client yet, TAG_STATUS,
 *                       TAG_HEADER, TAG_TEXT are the answer instead, else the
 *                       connection is cut. With 1 they are the answer only if
 *                       nothing at all came through the pipe.
 *     A_DRAIN           stop listening, end the running exchanges, then exit.
 *
 * SSH role (the same, of the process that speaks SSH; what these questions hold, and
 * their limits, is in base/question_ssh.h, which writes and reads them). Q_KEY is
 * closed by A_KEY, or by nobody when its client is gone: an answer then means nothing.
 * Q_EXEC is closed by A_ANSWER, A_END or Q_GONE.
 *
 *   wire → keeper
 *     Q_READY, Q_COUNTS as above.
 *     Q_KEY             a client offers a public key, or has proved that it holds it
 *                       (TAG_SIGNED). May it come in with that?
 *     Q_EXEC            a session of somebody who came in: what it asks for, by
 *                       which key.
 *     Q_GONE            that session's client is gone, as above.
 *   keeper → wire
 *     A_SETUP           as above; TAG_HOST_KEY once for each host key, as bytes.
 *     A_KEY             TAG_ALLOW 1: go on (sign, or come in). 0: this key is not
 *                       accepted, the client may offer another. TAG_TEXT: words
 *                       for a banner. TAG_CLOSE 1: no other either, the
 *                       connection ends, with these words.
 *     A_ANSWER          finished: TAG_TEXT for standard output, TAG_ERRORS for
 *                       standard error, TAG_EXIT.
 *     A_STREAM          a git child: what the client sends goes into fds[0], what
 *                       comes out of fds[1] to the client, behind TAG_TEXT
 *                       and TAG_ERRORS. Its standard error is the keeper's.
 *     A_END             the child of this id has ended, as above. TAG_EXIT is its
 *                       exit status, TAG_ERRORS goes to standard error before
 *                       it. TAG_TEXT goes to standard output if nothing at all
 *                       came through the pipe. TAG_WHOLE 0: with no
 *                       TAG_EXIT, the session is cut.
 *     A_DRAIN           as above.
 *
 * COMMAND role (a session of OpenSSH: gatehouse-ssh-session connects by a path, once for each):
 *     Q_EXEC, Q_GONE and their answers as in the SSH role.
 *
 * HOOK role (one socket pair per push; the hook helper in the box asks):
 *     Q_PRE_RECEIVE     TAG_REF* "old new name" lines, in as many messages as
 *                       needed, TAG_LAST = 1 in the last.
 *     A_PRE_RECEIVE     TAG_ALLOW 0/1, TAG_TEXT: lines for the person.
 */
#ifndef GATEHOUSE_BASE_QUESTION_H
#define GATEHOUSE_BASE_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

enum question_role { ROLE_HTTP, ROLE_SSH, ROLE_COMMAND, ROLE_HOOK, ROLE_COUNT };

enum question_type {
	Q_READY = 1,
	Q_REQUEST = 2,
	Q_GONE = 3,
	Q_COUNTS = 4,
	Q_KEY = 10,
	Q_EXEC = 11,
	Q_PRE_RECEIVE = 20,
	A_SETUP = 101,
	A_ANSWER = 102,
	A_COLLECT = 103,
	A_STREAM = 104,
	A_END = 105,
	A_DRAIN = 106,
	A_KEY = 110,
	A_PRE_RECEIVE = 120
};

enum question_tag {
	/* requests */
	TAG_METHOD = 1,
	TAG_TARGET,  /* raw request target, still percent-encoded, with query */
	TAG_ADDRESS, /* the peer's address as text, no port */
	TAG_TLS,     /* u64 1: came over TLS */
	TAG_HOST,
	TAG_AUTHORIZATION, /* once per header that came; at most 2 are sent */
	TAG_CONTENT_TYPE,
	TAG_CONTENT_LENGTH, /* u64; absent: chunked or none */
	TAG_CONTENT_ENCODING,
	TAG_GIT_PROTOCOL,
	TAG_USER_AGENT,
	TAG_ACCEPT,
	TAG_FORWARDED_FOR, /* X-Forwarded-For, whole, joined with ", " when repeated */
	TAG_FORWARDED_PROTO,
	TAG_BODY,            /* u64, enum question_body */
	TAG_FORWARDED_OTHER, /* u64 1: Forwarded or Via was there (a proxy) */
	TAG_METRICS,         /* u64 1: came on a "metrics" socket */

	/* answers */
	TAG_STATUS = 40, /* u64 HTTP status */
	TAG_HEADER,      /* "Name: value", once per header */
	TAG_TEXT,        /* bytes */
	TAG_STREAM,      /* u64 1: a stream follows TAG_TEXT */
	TAG_LIMIT,       /* u64 bytes */
	TAG_REST,        /* u64 1 */
	TAG_REST_LIMIT,  /* u64 bytes */
	TAG_WHOLE,       /* u64 0/1 */

	/* set-up */
	TAG_LISTEN = 60, /* "http", "https", "metrics" or "ssh", once per socket, in fd order */
	TAG_CERTIFICATE, /* PEM */
	TAG_KEY,         /* PEM */
	TAG_CONNECTIONS, /* u64 most connections */
	TAG_CONNECTIONS_PER_ADDRESS,
	TAG_HEADER_LIMIT, /* u64 bytes of a request head */
	TAG_HEAD_TIME,    /* u64 seconds for a request head */
	TAG_IDLE_TIME,    /* u64 seconds between requests, or without progress */
	TAG_LOG_JSON,     /* u64 */
	TAG_LOG_LEVEL,    /* u64 */
	TAG_MEMORY,       /* u64 bytes of collected bodies in all */

	/* hooks */
	TAG_REF = 80,
	TAG_LAST,
	TAG_ALLOW,

	/* counts */
	TAG_COUNTS = 100, /* and COUNT_COUNT - 1 more */

	/* ssh: questions (TAG_ADDRESS and TAG_GIT_PROTOCOL as above) */
	TAG_CONNECTION = 140, /* u64: the same in all questions of a connection */
	TAG_PORT,             /* u64: the peer's */
	TAG_USER,             /* the user name it gives: git */
	TAG_CLIENT,           /* how it names itself: SSH-2.0-OpenSSH_9.2p1 */
	TAG_KEY_BLOB,         /* the public key, as on the line (RFC 4253, 6.6) */
	TAG_SIGNED,           /* u64 1: its signature is good */
	TAG_OFFERED,          /* a fingerprint rejected before on this connection; repeated */
	TAG_EXEC,             /* u64, enum question_exec */
	TAG_COMMAND,          /* the line, or the subsystem's name */
	TAG_PTY,              /* u64 1: a terminal was asked for, and refused */

	/* ssh: answers and set-up */
	TAG_CLOSE = 160, /* u64 1 */
	TAG_ERRORS,      /* bytes for standard error */
	TAG_EXIT,        /* u64: 0 to 255 */
	TAG_HOST_KEY,    /* private, in OpenSSH's form or PEM */
	TAG_LOGIN_TIME,  /* u64 seconds until somebody must have come in */
	TAG_REST_TIME,   /* u64 seconds a connection may stay without a session */
	TAG_LOGIN_TRIES, /* u64 keys that may be offered */
	TAG_SESSIONS,    /* u64 sessions open at once on one connection */
	TAG_STRANGERS    /* u64 connections in which nobody has come in yet */
};

/* What wire counts. All but the first only rise. */
enum question_count {
	COUNT_OPEN,        /* connections now */
	COUNT_ACCEPTED,    /* connections */
	COUNT_TURNED_AWAY, /* connections that were closed at once */
	COUNT_REFUSED,     /* requests that wire refused itself */
	COUNT_BYTES_IN,    /* of bodies, as they came */
	COUNT_BYTES_OUT,   /* of bodies */
	COUNT_COUNT
};

/* What of the request body came along. */
enum question_body {
	BODY_NONE,    /* the request has none */
	BODY_PENDING, /* it has one, not read yet */
	BODY_WHOLE,   /* all of it, in fds[0], unpacked */
	BODY_START    /* its first bytes (A_COLLECT with TAG_REST), in fds[0] */
};

/* What a session asks for. */
enum question_exec {
	EXEC_SHELL,     /* no command: `ssh -T` */
	EXEC_COMMAND,   /* TAG_COMMAND is the line, not split */
	EXEC_SUBSYSTEM, /* TAG_COMMAND is its name: sftp */
	EXEC_KINDS
};

/* True when `role` may send `type` to the keeper. One table, in question.c. */
bool question_allowed(enum question_role role, uint16_t type);

#endif
