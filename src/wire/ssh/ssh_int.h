/* What the files of this folder share: the process that speaks SSH.
 *
 * One thread, one loop. The library (libssh) is driven by hand: it holds the socket of a
 * connection, and is called when there is something to read or to write; it never waits.
 * What it calls back only notes what came: a callback that wrote, or freed, could pull
 * away what the library still stands on.
 */
#ifndef GATEHOUSE_WIRE_SSH_SSH_INT_H
#define GATEHOUSE_WIRE_SSH_SSH_INT_H

#include "base/buf.h"
#include "base/question_ssh.h"
#include "wire/setup.h"
#include "wire/ssh/addresses.h"
#include "wire/ssh/known.h"
#include "wire/table.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <stdbool.h>
#include <stdint.h>

#define BLOCK 32768          /* bytes of a child's output read at once */
#define INPUT_SOFT 65536     /* waiting for a child: then its connection is not read */
#define INPUT_HARD (1 << 20) /* nor written to, since the library reads then too */
#define INPUT_MOST (INPUT_HARD + (1 << 18))
#define ROUNDS 16                /* of the library, before others have their turn */
#define FRESH_MS 3000            /* what an idle connection still gets after A_DRAIN */
#define STRANGERS_PER_ADDRESS 64 /* connections in which nobody has come in yet */
#define REQUESTS_PER_TRY 4       /* of a client that comes in: a key is offered, then signed */
#define UNREAD_MS 1000           /* a client that waits for an answer to what could not be read */

/* What an event is about: key << 3 | kind. */
enum event_kind {
	EVENT_CHANNEL,
	EVENT_LISTENER,
	EVENT_CONN,
	EVENT_OUT, /* a child's output, key: the question of its session */
	EVENT_IN
};

struct unsent;

struct server {
	struct setup setup;
	int channel, epoll;
	ssh_bind bind;                        /* host keys and algorithms */
	struct table conns, logins, sessions; /* by number; by question; by question */
	uint64_t last_conn, last_question;
	struct conn *strangers, *last_stranger; /* oldest first */
	unsigned nstrangers;
	struct addresses addresses; /* of all connections */
	struct known known;
	struct unsent *unsent, **unsent_end; /* the channel is full: for later */
	uint64_t counts[COUNT_COUNT];
	bool counted; /* since it was last said */
	bool draining, paused;
	int64_t next_tick;
	struct msg msg; /* too large for a stack */
};

/* -- one client -- */

enum conn_state {
	CONN_HANDSHAKE, /* keys are being exchanged */
	CONN_LOGIN,     /* nobody has come in yet */
	CONN_OPEN
};

/* Until somebody has come in. */
struct login {
	struct table_node node; /* in server.logins while the keeper is asked */
	struct conn *conn;
	ssh_message asked; /* the request that waits for the keeper's word */
	struct question_key question;
	char blob[QUESTION_KEY_BLOB];
	char fingerprint[QUESTION_FINGERPRINT];
	unsigned rejected, requests;
	ssh_message refused;       /* the last one that was */
	uint64_t messages, unread; /* packets that led to a request, and that did not */
	int64_t unread_since;      /* milliseconds; 0: a request came after it */
	struct buf banner;         /* about the keys rejected so far; not shown yet */
	bool shown;
};

struct conn {
	struct table_node node; /* in server.conns */
	struct server *server;
	struct conn *older, *newer; /* among strangers */
	ssh_session ssh;
	struct ssh_counter_struct received; /* of packets; the library counts */
	int fd;                             /* the library's */
	uint32_t watched;
	enum conn_state state;
	bool over;        /* to be ended when the round is done */
	bool took;        /* bytes for a session came in this round */
	int64_t deadline; /* milliseconds; 0: none */
	struct login *login;
	struct session *sessions;
	unsigned nsessions;
	struct question_peer peer; /* its key points into what is allocated for it */
};

/* -- one session of a client: a command -- */

struct session {
	struct table_node node; /* in server.sessions once it has asked */
	struct session *next;   /* of its connection */
	struct conn *conn;
	ssh_channel channel;
	struct ssh_channel_callbacks_struct callbacks;
	char git_protocol[QUESTION_GIT_PROTOCOL];
	bool pty, asked;
	bool owed;                      /* the keeper has not said its last word */
	bool closed_there, closed_here; /* the channel, by either side */
	bool streams;                   /* there is, or was, a child: */
	int in, out;                    /* its pipes, -1: none */
	bool in_watched, out_watched;
	struct buf input; /* what the child has not taken yet */
	bool input_ended;
	struct buf text, errors; /* words that come before what flows */
	char *block;             /* output on its way: block[at..len) */
	size_t at, len;
	bool flowed;   /* something came through the pipe */
	bool finished; /* nothing more will come but these: */
	struct buf last_text, last_errors;
	int status;      /* -1: none is said */
	int64_t stalled; /* since when the client takes nothing; 0: it does */
};

/* -- library.c: what the library is told once, and what it says in its own way -- */

int library_prepare(struct server *sv, struct err *err);
/* A session on that socket, which it owns from then on; NULL: none, and it is closed. */
ssh_session library_accept(struct server *sv, int fd);
/* The key of that request as on the line, and its fingerprint with its kind. False:
 * neither, or too long. */
bool library_key(ssh_message m, struct login *out);
bool library_is_proved(ssh_message m);
/* Bytes wait for the socket. */
bool library_is_full(ssh_session ssh);
bool library_is_over(ssh_session ssh);
/* Ends it, with words for the person. */
void library_part(ssh_session ssh, const char *words);

/* -- conn.c -- */

void conn_accept(struct server *sv, int fd, const struct sockaddr *address);
/* The socket is ready, or something has changed: lets the library work. */
void conn_run(struct conn *c);
/* After the keeper or a child has moved something: looks at it again. */
void conn_settle(struct conn *c);
/* Ends it, with words when there are some. */
void conn_part(struct conn *c, const char *words);
void conn_free(struct conn *c);
void conn_tick(struct conn *c, int64_t now);
void conn_drain(struct conn *c);
/* It is not a stranger any more. */
void conn_is_in(struct conn *c);

/* -- login.c -- */

/* False: the message is kept. */
bool login_request(struct conn *c, ssh_message m);
/* The library took in what came, and m is the request in it, or NULL. */
void login_heard(struct conn *c, ssh_message m);
/* Its client waits for an answer to what could not be read; the answer, or its end. */
bool login_owes(const struct conn *c, int64_t now);
void login_answer_unread(struct conn *c);
int login_answer(struct login *l, const struct msg *m, struct err *err);
/* Its end: what the last rejected key led to is kept in mind. */
void login_free(struct conn *c);

/* -- session.c -- */

void session_open(struct conn *c, ssh_message m);
void session_request(struct conn *c, ssh_message m);
int session_answer(struct session *s, struct msg *m, struct err *err);
/* Frees it when both sides have closed. Not from a callback. */
void session_settle(struct conn *c);
void session_free(struct session *s);

/* -- relay.c: bytes -- */

/* From the client. All of it is taken. */
void relay_take(struct session *s, const char *data, size_t len);
void relay_input(struct session *s);
/* To the client, as much as goes. */
void relay_output(struct session *s);
void relay_close_input(struct session *s);
void relay_close(struct session *s);
size_t relay_waiting(const struct conn *c); /* the most that waits for one child */

/* -- ask.c: the keeper -- */

uint64_t ask_id(struct server *sv);
/* Sends sv->msg, at once or in its turn. */
void ask(struct server *sv);
void ask_gone(struct session *s);
void ask_counts(struct server *sv);
void ask_flush(struct server *sv);
/* Takes in one message; ERR_BUSY: there is none. */
int ask_hear(struct server *sv, struct err *err);

/* -- loop.c -- */

int loop_run(struct server *sv);
bool loop_watch(struct server *sv, int fd, uint32_t events, uint64_t key, enum event_kind kind);
void loop_unwatch(struct server *sv, int fd);

#endif
