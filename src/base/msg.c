#include "base/msg.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_SIZE 16
#define FIELD_SIZE 8
#define COUNT_AT 6

static const char magic[4] = {'G', 'T', 'H', '1'};

/* Byte by byte: right on any machine and at any address. */
static uint64_t get(const char *p, unsigned size)
{
	uint64_t v = 0;

	for (unsigned i = size; i-- > 0;)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static void put(char *p, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (char)(v >> (8 * i) & 0xff);
}

void msg_start(struct msg *m, uint16_t type, uint64_t id)
{
	m->type = type;
	m->id = id;
	m->failed = 0;
	m->nfields = 0;
	m->nfds = 0;
	memcpy(m->bytes, magic, sizeof(magic));
	put(m->bytes + 4, type, 2);
	put(m->bytes + COUNT_AT, 0, 2);
	put(m->bytes + 8, id, 8);
	m->len = HEAD_SIZE;
}

void msg_add(struct msg *m, uint16_t tag, const void *data, size_t len)
{
	char *p = m->bytes + m->len;

	if (m->failed != 0)
		return;
	if (m->nfields == MSG_FIELDS || MSG_MAX - m->len < FIELD_SIZE ||
	    len > MSG_MAX - m->len - FIELD_SIZE) {
		m->failed = ERR_LIMIT;
		return;
	}
	put(p, tag, 2);
	put(p + 2, 0, 2);
	put(p + 4, len, 4);
	if (len > 0)
		memcpy(p + FIELD_SIZE, data, len);
	m->len += FIELD_SIZE + len;
	m->nfields++;
	put(m->bytes + COUNT_AT, m->nfields, 2);
}

void msg_add_str(struct msg *m, uint16_t tag, const char *text)
{
	msg_add(m, tag, text, strlen(text));
}

void msg_add_u64(struct msg *m, uint16_t tag, uint64_t value)
{
	char bytes[8];

	put(bytes, value, sizeof(bytes));
	msg_add(m, tag, bytes, sizeof(bytes));
}

void msg_add_fd(struct msg *m, int fd)
{
	if (m->nfds == MSG_FDS || fd < 0)
		m->failed = ERR_LIMIT;
	else
		m->fds[m->nfds++] = fd;
}

/* Room for the most descriptors a message may carry, aligned for its header. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(MSG_FDS * sizeof(int))];
};

static void attach(struct msghdr *h, union control *control, const struct msg *m)
{
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	h->msg_control = control->bytes;
	h->msg_controllen = CMSG_SPACE(m->nfds * sizeof(int));
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(m->nfds * sizeof(int));
	memcpy(CMSG_DATA(c), m->fds, m->nfds * sizeof(int));
}

static int send_message(int sock, const struct msg *m, int flags, struct err *err)
{
	struct iovec io = {(void *)(uintptr_t)m->bytes, m->len};
	struct msghdr h = {.msg_iov = &io, .msg_iovlen = 1};
	union control control;
	ssize_t n;

	if (m->failed != 0)
		return err_set(err, m->failed, "message of type %u is too large", m->type);
	if (m->nfds > 0)
		attach(&h, &control, m);
	do {
		n = sendmsg(sock, &h, MSG_NOSIGNAL | flags);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	if (errno == EPIPE || errno == ECONNRESET || errno == ECONNREFUSED || errno == ENOTCONN)
		return err_set(err, ERR_CLOSED, "the other process is gone");
	return err_system(err, errno, "cannot send a message of type %u", m->type);
}

int msg_send(int sock, const struct msg *m, struct err *err)
{
	return send_message(sock, m, 0, err);
}

int msg_send_now(int sock, const struct msg *m, struct err *err)
{
	return send_message(sock, m, MSG_DONTWAIT, err);
}

/* A socket that lingers would hold up who closes it for as long as its owner
 * chose. */
static void discard(int fd)
{
	const struct linger none = {0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)); /* no socket: fine */
	close(fd);
}

/* Takes every descriptor that came; those too many are closed. Returns false
 * when there was anything that a message may not carry. */
static bool collect(struct msghdr *h, struct msg *m)
{
	bool fine = true;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
			fine = false;
			continue;
		}
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (m->nfds < MSG_FDS) {
				m->fds[m->nfds++] = fd;
			} else {
				discard(fd);
				fine = false;
			}
		}
	}
	return fine;
}

static int receive_failed(int errnum, struct err *err)
{
	if (errnum == ECONNRESET || errnum == ENOTCONN)
		return err_set(err, ERR_CLOSED, "the other process is gone");
	return err_system(err, errnum, "cannot receive a message");
}

/* What the kernel says about the bytes, then what they say themselves. */
static int judge(struct msg *m, ssize_t n, int flags, bool fine, struct err *err)
{
	if (flags & MSG_TRUNC)
		return err_set(err, ERR_INVALID, "a message is longer than %d bytes", MSG_MAX);
	if ((flags & MSG_CTRUNC) || !fine)
		return err_set(err, ERR_INVALID,
		               "a message carries more than %d descriptors, or control data",
		               MSG_FDS);
	if (n == 0)
		return err_set(err, ERR_CLOSED, "the other process is gone");
	return msg_parse(m, (size_t)n, err);
}

int msg_receive(int sock, struct msg *m, struct err *err)
{
	struct iovec io = {m->bytes, MSG_MAX};
	union control control;
	struct msghdr h = {.msg_iov = &io,
	                   .msg_iovlen = 1,
	                   .msg_control = control.bytes,
	                   .msg_controllen = sizeof(control.bytes)};
	ssize_t n;
	bool fine;
	int rc;

	m->nfields = 0;
	m->nfds = 0;
	m->len = 0;
	m->failed = 0;
	do {
		n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return receive_failed(errno, err);
	fine = collect(&h, m);
	rc = judge(m, n, h.msg_flags, fine, err);
	if (rc != 0)
		msg_close_fds(m);
	return rc;
}

static int parse_fields(struct msg *m, unsigned count, struct err *err)
{
	size_t at = HEAD_SIZE;

	for (unsigned i = 0; i < count; i++) {
		const char *p = m->bytes + at;
		size_t len;

		if (m->len - at < FIELD_SIZE)
			return err_set(err, ERR_INVALID, "message: field %u is cut off", i);
		len = get(p + 4, 4);
		if (get(p + 2, 2) != 0)
			return err_set(err, ERR_INVALID, "message: field %u has a reserved number",
			               i);
		at += FIELD_SIZE;
		if (len > m->len - at)
			return err_set(err, ERR_INVALID, "message: field %u passes the end", i);
		m->fields[i] =
		        (struct msg_field){(uint16_t)get(p, 2), (uint32_t)len, p + FIELD_SIZE};
		at += len;
	}
	if (at != m->len)
		return err_set(err, ERR_INVALID, "message: bytes are left over");
	m->nfields = count;
	return 0;
}

int msg_parse(struct msg *m, size_t len, struct err *err)
{
	unsigned count;

	/* Whatever happens, no field of an older message can be found. */
	m->nfields = 0;
	m->failed = 0;
	m->len = 0;
	if (len > MSG_MAX || len < HEAD_SIZE)
		return err_set(err, ERR_INVALID, "message: %zu bytes are none", len);
	if (memcmp(m->bytes, magic, sizeof(magic)) != 0)
		return err_set(err, ERR_INVALID, "message: wrong magic");
	count = (unsigned)get(m->bytes + COUNT_AT, 2);
	if (count > MSG_FIELDS)
		return err_set(err, ERR_INVALID, "message: %u fields are too many", count);
	m->len = len;
	m->type = (uint16_t)get(m->bytes + 4, 2);
	m->id = get(m->bytes + 8, 8);
	return parse_fields(m, count, err);
}

const struct msg_field *msg_find(const struct msg *m, uint16_t tag, unsigned nth)
{
	for (unsigned i = 0; i < m->nfields; i++) {
		if (m->fields[i].tag == tag && nth-- == 0)
			return &m->fields[i];
	}
	return NULL;
}

uint64_t msg_u64(const struct msg *m, uint16_t tag, uint64_t fallback)
{
	const struct msg_field *f = msg_find(m, tag, 0);

	return f != NULL && f->len == 8 ? get(f->data, 8) : fallback;
}

bool msg_str(const struct msg *m, uint16_t tag, char *out, size_t size)
{
	const struct msg_field *f = msg_find(m, tag, 0);

	if (size == 0)
		return false;
	out[0] = '\0';
	if (f == NULL || f->len >= size || memchr(f->data, '\0', f->len) != NULL)
		return false;
	memcpy(out, f->data, f->len);
	out[f->len] = '\0';
	return true;
}

int msg_take_fd(struct msg *m, unsigned n)
{
	int fd;

	if (n >= m->nfds)
		return -1;
	fd = m->fds[n];
	m->fds[n] = -1;
	return fd;
}

void msg_close_fds(struct msg *m)
{
	for (unsigned i = 0; i < m->nfds; i++) {
		if (m->fds[i] >= 0)
			discard(m->fds[i]);
	}
	m->nfds = 0;
}
