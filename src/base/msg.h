/* Messages between the processes.
 *
 * A message travels whole over a SOCK_SEQPACKET Unix socket, at most MSG_MAX
 * bytes, with at most MSG_FDS descriptors (SCM_RIGHTS). Layout, all integers
 * little endian:
 *
 *   u32 magic 'GTH1' | u16 type | u16 number of fields | u64 id | fields…
 *   field: u16 tag | u16 reserved (0) | u32 length | bytes
 *
 * A message is refused (ERR_INVALID) when the magic is wrong, a length passes
 * the end, bytes are left over, a reserved number is not 0, or there are more
 * than MSG_FIELDS fields. A tag may come more than once. What types and tags
 * mean is in base/question.h. Both sides are fuzzed: tests/fuzz/fuzz_msg.c.
 */
#ifndef GATEHOUSE_BASE_MSG_H
#define GATEHOUSE_BASE_MSG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSG_MAX 65536
#define MSG_FIELDS 96
#define MSG_FDS 4

struct msg_field {
	uint16_t tag;
	uint32_t len;
	const char *data; /* inside bytes[]; NOT NUL-terminated */
};

/* One message, for writing or reading. Big: keep it off small stacks. */
struct msg {
	uint16_t type;
	uint64_t id;
	int failed; /* sticks: an add went over the limit */
	unsigned nfields, nfds;
	size_t len;
	int fds[MSG_FDS];                    /* reading: owned by the message until taken */
	struct msg_field fields[MSG_FIELDS]; /* filled by reading only */
	char bytes[MSG_MAX];
};

/* Writing. Adds stick on failure; msg_send then returns ERR_LIMIT. A string
 * is sent without its NUL. Descriptors stay the caller's (they are copied by
 * the kernel). */
void msg_start(struct msg *m, uint16_t type, uint64_t id);
void msg_add(struct msg *m, uint16_t tag, const void *data, size_t len);
void msg_add_str(struct msg *m, uint16_t tag, const char *text);
void msg_add_u64(struct msg *m, uint16_t tag, uint64_t value);
void msg_add_fd(struct msg *m, int fd);
/* Blocks while the socket is full when it is a blocking one; with
 * MSG_DONTWAIT semantics of a non-blocking one returns ERR_BUSY. ERR_CLOSED
 * when the peer is gone. Safe from several threads on one socket. */
int msg_send(int sock, const struct msg *m, struct err *err);
/* Never blocks, whatever the socket: ERR_BUSY. */
int msg_send_now(int sock, const struct msg *m, struct err *err);

/* Reading. msg_receive returns 0; ERR_BUSY on a non-blocking socket with
 * nothing to read; ERR_CLOSED at the end; ERR_INVALID on a malformed message
 * (its descriptors are closed). Descriptors are received close-on-exec. */
int msg_receive(int sock, struct msg *m, struct err *err);
/* The parser alone, on m->bytes[0..len): fills type, id, fields. */
int msg_parse(struct msg *m, size_t len, struct err *err);
/* The nth (from 0) field with this tag, or NULL. */
const struct msg_field *msg_find(const struct msg *m, uint16_t tag, unsigned nth);
/* The first field with this tag as number; fallback when absent or not 8 bytes. */
uint64_t msg_u64(const struct msg *m, uint16_t tag, uint64_t fallback);
/* Copies the first field with this tag as a string; false (out empty) when it
 * is absent, does not fit, or holds a NUL. */
bool msg_str(const struct msg *m, uint16_t tag, char *out, size_t size);
/* Takes descriptor n out of the message; -1 when there is none. */
int msg_take_fd(struct msg *m, unsigned n);
/* Closes every descriptor that was not taken. */
void msg_close_fds(struct msg *m);

#endif
