/* What lies between TLS and the socket: fewer system calls for the same bytes. */
#ifndef GATEHOUSE_WIRE_TRANSPORT_H
#define GATEHOUSE_WIRE_TRANSPORT_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#define TRANSPORT_AHEAD 512 /* a request of git, with the headers of its record */
#define TRANSPORT_HELD 768  /* the head of a refusal, likewise */

struct transport {
	int fd;         /* the library's */
	bool more;      /* what is written next is a head; its body follows at once */
	size_t at, end; /* ahead[at..end) was read before TLS asked for it */
	size_t held_len;
	char ahead[TRANSPORT_AHEAD], held[TRANSPORT_HELD];
};

/* The session reads and writes fd through t from here on. */
void transport_start(struct transport *t, int fd, gnutls_session_t session);
/* t is about to go; the session may be used once more, but finds nobody there. */
void transport_end(gnutls_session_t session);

#endif
