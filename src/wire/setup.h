/* What the keeper tells wire at the start (A_SETUP). */
#ifndef GATEHOUSE_WIRE_SETUP_H
#define GATEHOUSE_WIRE_SETUP_H

#include "base/log.h"
#include "base/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is served at a socket. */
enum setup_kind { SETUP_HTTP, SETUP_HTTPS, SETUP_METRICS, SETUP_SSH, SETUP_KINDS };
extern const char *const setup_kind_names[SETUP_KINDS]; /* "http", … */

struct setup_listener {
	int fd; /* shared with the keeper and other wires: never shutdown(2) it */
	enum setup_kind kind;
};

#define SETUP_HOST_KEYS 4

struct setup {
	unsigned nlisteners;
	struct setup_listener listeners[MSG_FDS];
	char *certificate, *key; /* PEM with a NUL, owned; NULL when there is none */
	unsigned connections, connections_per_address;
	size_t header_limit, memory;
	int64_t head_ms, idle_ms;
	bool log_json;
	enum log_level log_level;
	/* of the process that speaks SSH: */
	char *host_keys[SETUP_HOST_KEYS]; /* with a NUL, owned; NULL behind the last */
	int64_t login_ms;                 /* until somebody must have come in */
	int64_t rest_ms;                  /* a connection without a session */
	unsigned login_tries, sessions;   /* of one connection */
	unsigned strangers;               /* connections in which nobody has come in yet */
};

/* Takes the listening sockets out of m. Limits out of bounds are brought
 * inside them; ERR_INVALID when sockets and TAG_LISTEN do not fit together or
 * an https listener has no certificate, an ssh listener no host key (*out is then to be cleared
 * too). */
int setup_read(struct msg *m, struct setup *out, struct err *err);
/* Forgets certificate and keys; the keys' memory is wiped. */
void setup_forget_key(struct setup *s);
/* Closes what is still open and frees the rest. */
void setup_clear(struct setup *s);

#endif
