/* Messages: the parser on any bytes, a round trip built from the input, and the
 * input as a packet with descriptors. */
#include "base/msg.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAGS 128 /* more than question.h has */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool inside(const struct msg *m, const struct msg_field *f)
{
	return f->data >= m->bytes && f->data + f->len <= m->bytes + m->len;
}

/* Every way to read a field agrees with the field itself. */
static void read_tag(const struct msg *m, uint16_t tag)
{
	const struct msg_field *f = msg_find(m, tag, 0);
	char text[64];
	bool fits = msg_str(m, tag, text, sizeof(text));
	unsigned n = 0;

	while (msg_find(m, tag, n) != NULL)
		must(inside(m, msg_find(m, tag, n++)));
	must((f != NULL) == (n > 0));
	if (f == NULL || f->len != 8)
		must(msg_u64(m, tag, 77) == 77);
	else
		must(msg_u64(m, tag, 1) == msg_u64(m, tag, 2));
	must(fits == (f != NULL && f->len < sizeof(text) && memchr(f->data, 0, f->len) == NULL));
	must(fits ? strlen(text) == f->len : text[0] == '\0');
	must(!msg_str(m, tag, text, 0));
}

static void read_all(const struct msg *m)
{
	must(m->nfields <= MSG_FIELDS);
	for (unsigned i = 0; i < m->nfields; i++) {
		must(inside(m, &m->fields[i]));
		if (m->fields[i].tag >= TAGS)
			read_tag(m, m->fields[i].tag);
	}
	for (uint16_t tag = 0; tag < TAGS; tag++)
		read_tag(m, tag);
}

/* Writing what was read gives the same bytes. */
static void write_again(const struct msg *m, struct msg *copy)
{
	msg_start(copy, m->type, m->id);
	for (unsigned i = 0; i < m->nfields; i++)
		msg_add(copy, m->fields[i].tag, m->fields[i].data, m->fields[i].len);
	must(copy->failed == 0 && copy->len == m->len);
	must(memcmp(copy->bytes, m->bytes, m->len) == 0);
}

/* The input as a list of adds: tag, length / 4, bytes. A tag that divides by
 * four adds a number. What was written without failure must parse. */
static void build(const uint8_t *data, size_t size, struct msg *m, struct msg *copy)
{
	struct err err;

	msg_start(m, (uint16_t)size, size * 3);
	while (size >= 2) {
		size_t len = (size_t)data[1] * 4;
		uint16_t tag = data[0];

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		if (tag % 4 == 0)
			msg_add_u64(m, tag, len);
		else
			msg_add(m, tag, data, len);
		data += len;
		size -= len;
	}
	msg_add_str(m, 5, "end");
	if (m->failed != 0)
		return;
	must(msg_parse(m, m->len, &err) == 0);
	read_all(m);
	write_again(m, copy);
}

static void send_packet(int sock, const uint8_t *data, size_t size, unsigned fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control = {0};
	struct iovec io = {(void *)(uintptr_t)data, size};
	struct msghdr h = {.msg_iov = &io, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (fds > 0) {
		h.msg_control = control.bytes;
		h.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds * sizeof(int));
		for (unsigned i = 0; i < fds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &sock, sizeof(int));
	}
	must(sendmsg(sock, &h, 0) == (ssize_t)size);
}

static int lowest_free(int any)
{
	int fd = dup(any);

	must(fd >= 0);
	close(fd);
	return fd;
}

/* What a broken peer sends: refused or not, no descriptor stays open. */
static void receive(const uint8_t *data, size_t size, bool parses, struct msg *m)
{
	static int pair[2] = {-1, -1};
	struct err err;
	unsigned fds = size % 7;
	int free_before, rc;

	if (pair[0] < 0)
		must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	if (size > MSG_MAX + 1)
		size = MSG_MAX + 1;
	free_before = lowest_free(pair[0]);
	send_packet(pair[0], data, size, fds);
	rc = msg_receive(pair[1], m, &err);
	if (size == 0 && fds == 0)
		must(rc == ERR_CLOSED);
	else
		must(rc == (parses && fds <= MSG_FDS ? 0 : ERR_INVALID));
	must(m->nfds == (rc == 0 ? fds : 0));
	if (rc == 0) {
		struct msg sent = *m;

		must(msg_send(pair[1], &sent, &err) == 0 && msg_receive(pair[0], m, &err) == 0);
		must(m->nfds == fds && m->len == size && memcmp(m->bytes, data, size) == 0);
		msg_close_fds(&sent); /* what arrived are copies */
	}
	msg_close_fds(m);
	must(lowest_free(pair[0]) == free_before);
}

/* As a process does it: descriptors added, sent, taken; too many, or a number
 * that is none, make the message one that is not sent. */
static void with_descriptors(size_t size, struct msg *m, struct msg *copy)
{
	static int pair[2] = {-1, -1};
	struct err err;
	unsigned fds = size % 7;
	int free_before, failed;

	if (pair[0] < 0)
		must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	free_before = lowest_free(pair[0]);
	for (unsigned i = 0; i < fds; i++)
		msg_add_fd(m, size % 5 == 4 ? -1 : pair[0]);
	must(fds == 0 || (m->failed != 0) >= (fds > MSG_FDS || size % 5 == 4));
	failed = m->failed;
	must(msg_send(pair[0], m, &err) == failed);
	if (failed != 0)
		return;
	must(msg_receive(pair[1], copy, &err) == 0 && copy->nfds == fds);
	for (unsigned i = 0; i < fds; i++) {
		int fd = msg_take_fd(copy, i);

		must(fd >= 0 && msg_take_fd(copy, i) < 0 && close(fd) == 0);
	}
	must(msg_take_fd(copy, fds) < 0);
	msg_close_fds(copy); /* those taken are not its own any more */
	must(lowest_free(pair[0]) == free_before);
}

/* The other process is gone, or there is none. */
static void without_peer(const struct msg *m, struct msg *copy)
{
	struct err err = {0};
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	close(pair[1]);
	must(msg_send(pair[0], m, &err) == (m->failed != 0 ? m->failed : ERR_CLOSED));
	must(msg_receive(pair[0], copy, &err) == ERR_CLOSED);
	close(pair[0]);
	must(msg_receive(pair[0], copy, &err) < 0 && err.text[0] != '\0');
	must(m->failed != 0 || msg_send(pair[0], m, &err) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct msg m, copy;
	struct err err = {0};
	bool parses;

	memcpy(m.bytes, data, size < MSG_MAX ? size : MSG_MAX);
	parses = msg_parse(&m, size, &err) == 0;
	if (parses) {
		read_all(&m);
		write_again(&m, &copy);
	} else {
		must(err.code == ERR_INVALID && err.text[0] != '\0' && m.nfields == 0);
	}
	build(data, size, &m, &copy);
	with_descriptors(size, &m, &copy);
	without_peer(&m, &copy);
	receive(data, size, parses, &copy);
	return 0;
}
