#include "wire/transport.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PIECES 8

/* -- out -- */

/* The library writes head and body of an answer one after the other, which
 * would make two packets of them and two calls. */
static bool hold(struct transport *t, const giovec_t *pieces, int count)
{
	size_t len = 0;

	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	if (t->held_len > 0 || len > sizeof(t->held))
		return false;
	for (int i = 0; i < count; i++) {
		memcpy(t->held + t->held_len, pieces[i].iov_base, pieces[i].iov_len);
		t->held_len += pieces[i].iov_len;
	}
	return true;
}

static ssize_t write_pieces(struct transport *t, const giovec_t *pieces, int count)
{
	struct iovec all[PIECES + 1] = {{.iov_base = t->held, .iov_len = t->held_len}};
	struct msghdr h = {.msg_iov = all, .msg_iovlen = (size_t)count + 1};

	memcpy(all + 1, pieces, (size_t)count * sizeof(*pieces));
	return sendmsg(t->fd, &h, MSG_NOSIGNAL | (t->more ? MSG_MORE : 0));
}

/* How many bytes of the new pieces have gone, when n of all have. */
static ssize_t written(struct transport *t, size_t n)
{
	size_t old = n < t->held_len ? n : t->held_len;
	bool held = t->held_len > 0;

	t->held_len -= old;
	memmove(t->held, t->held + old, t->held_len);
	if (!held || n > old)
		return (ssize_t)(n - old);
	errno = EAGAIN; /* none: another try, without what has gone */
	return -1;
}

static ssize_t push(gnutls_transport_ptr_t arg, const giovec_t *pieces, int count)
{
	struct transport *t = arg;
	ssize_t n;

	if (t == NULL) { /* it is over */
		errno = EPIPE;
		return -1;
	}
	if (count > PIECES)
		count = PIECES; /* TLS comes again with the rest */
	if (t->more && hold(t, pieces, count)) {
		t->more = false;
		return (ssize_t)t->held_len;
	}
	n = write_pieces(t, pieces, count);
	if (n < 0)
		return n;
	t->more = false;
	return written(t, (size_t)n);
}

/* -- in -- */

static ssize_t take(struct transport *t, void *out, size_t size)
{
	size_t n = t->end - t->at < size ? t->end - t->at : size;

	memcpy(out, t->ahead + t->at, n);
	t->at += n;
	return (ssize_t)n;
}

/* TLS asks for five bytes, and then for what those announce. */
static ssize_t pull(gnutls_transport_ptr_t arg, void *out, size_t size)
{
	struct transport *t = arg;
	ssize_t n;

	if (t == NULL)
		return 0;
	if (t->at < t->end)
		return take(t, out, size);
	if (size >= sizeof(t->ahead))
		return recv(t->fd, out, size, 0);
	n = recv(t->fd, t->ahead, sizeof(t->ahead), 0);
	if (n <= 0)
		return n;
	t->at = 0;
	t->end = (size_t)n;
	return take(t, out, size);
}

/* Nobody waits inside TLS: whether there is something, the reading shows. */
static int pull_timeout(gnutls_transport_ptr_t arg, unsigned milliseconds)
{
	(void)arg;
	(void)milliseconds;
	return 1;
}

void transport_start(struct transport *t, int fd, gnutls_session_t session)
{
	t->fd = fd;
	gnutls_transport_set_vec_push_function(session, push);
	gnutls_transport_set_pull_function(session, pull);
	gnutls_transport_set_pull_timeout_function(session, pull_timeout);
	gnutls_transport_set_ptr(session, t);
}

void transport_end(gnutls_session_t session)
{
	gnutls_transport_set_ptr(session, NULL);
}
