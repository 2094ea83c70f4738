/* TLS through wire's transport, against TLS as the library does it by itself. */
#include "wire/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-ECDH"
#define BIG 300000

struct pair {
	gnutls_session_t ours, theirs;
	gnutls_anon_server_credentials_t server;
	gnutls_anon_client_credentials_t client;
	struct transport transport;
	int fds[2]; /* ours, theirs */
};

static void set_up(gnutls_session_t session, void *credentials)
{
	assert_int_equal(gnutls_priority_set_direct(session, PRIORITIES, NULL), 0);
	assert_int_equal(gnutls_credentials_set(session, GNUTLS_CRD_ANON, credentials), 0);
}

static void shake_hands(struct pair *p)
{
	int ours = GNUTLS_E_AGAIN, theirs = GNUTLS_E_AGAIN;

	while (ours != 0 || theirs != 0) {
		if (theirs != 0)
			theirs = gnutls_handshake(p->theirs);
		if (ours != 0)
			ours = gnutls_handshake(p->ours);
		assert_false(gnutls_error_is_fatal(ours));
		assert_false(gnutls_error_is_fatal(theirs));
	}
}

static void pair_open(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p->fds), 0);
	gnutls_anon_allocate_server_credentials(&p->server);
	gnutls_anon_allocate_client_credentials(&p->client);
	gnutls_init(&p->ours, GNUTLS_SERVER | GNUTLS_NONBLOCK);
	gnutls_init(&p->theirs, GNUTLS_CLIENT | GNUTLS_NONBLOCK);
	set_up(p->ours, p->server);
	set_up(p->theirs, p->client);
	transport_start(&p->transport, p->fds[0], p->ours);
	gnutls_transport_set_int(p->theirs, p->fds[1]);
	shake_hands(p);
}

static void pair_close(struct pair *p)
{
	gnutls_deinit(p->ours);
	gnutls_deinit(p->theirs);
	gnutls_anon_free_server_credentials(p->server);
	gnutls_anon_free_client_credentials(p->client);
	close(p->fds[0]);
	close(p->fds[1]);
}

static int waiting(int fd)
{
	int n = -1;

	assert_int_equal(ioctl(fd, FIONREAD, &n), 0);
	return n;
}

static void a_head_goes_with_its_body(void **state)
{
	struct pair p;
	char text[32];

	(void)state;
	pair_open(&p);
	p.transport.more = true;
	assert_int_equal(gnutls_record_send(p.ours, "head", 4), 4);
	assert_int_equal(waiting(p.fds[1]), 0);
	assert_int_equal(gnutls_record_send(p.ours, "body", 4), 4);
	assert_int_equal(gnutls_record_recv(p.theirs, text, sizeof(text)), 4);
	assert_memory_equal(text, "head", 4);
	assert_int_equal(gnutls_record_recv(p.theirs, text, sizeof(text)), 4);
	assert_memory_equal(text, "body", 4);
	/* and what comes next is no head */
	assert_int_equal(gnutls_record_send(p.ours, "next", 4), 4);
	assert_int_not_equal(waiting(p.fds[1]), 0);
	pair_close(&p);
}

static void a_head_too_long_to_be_held_goes_at_once(void **state)
{
	char head[TRANSPORT_HELD] = "", text[TRANSPORT_HELD];
	struct pair p;

	(void)state;
	pair_open(&p);
	p.transport.more = true;
	assert_int_equal(gnutls_record_send(p.ours, head, sizeof(head)), sizeof(head));
	assert_int_equal(gnutls_record_recv(p.theirs, text, sizeof(text)), sizeof(text));
	pair_close(&p);
}

static void a_held_head_goes_with_the_farewell(void **state)
{
	struct pair p;
	char text[32];

	(void)state;
	pair_open(&p);
	p.transport.more = true;
	assert_int_equal(gnutls_record_send(p.ours, "head", 4), 4);
	assert_int_equal(gnutls_bye(p.ours, GNUTLS_SHUT_WR), 0);
	assert_int_equal(gnutls_record_recv(p.theirs, text, sizeof(text)), 4);
	assert_memory_equal(text, "head", 4);
	pair_close(&p);
}

static void a_request_is_read_at_once(void **state)
{
	struct pair p;
	char text[64];

	(void)state;
	pair_open(&p);
	assert_int_equal(gnutls_record_send(p.theirs, "one", 3), 3);
	assert_int_equal(gnutls_record_send(p.theirs, "two", 3), 3);
	assert_int_equal(gnutls_record_recv(p.ours, text, sizeof(text)), 3);
	assert_memory_equal(text, "one", 3);
	assert_int_equal(waiting(p.fds[0]), 0); /* the second was read along */
	assert_int_equal(gnutls_record_recv(p.ours, text, sizeof(text)), 3);
	assert_memory_equal(text, "two", 3);
	assert_int_equal(gnutls_record_recv(p.ours, text, sizeof(text)), GNUTLS_E_AGAIN);
	pair_close(&p);
}

/* Sends all of `sent` in pieces of all sizes, taking in as little at a time. */
static void carry(gnutls_session_t from, gnutls_session_t to, struct transport *heads)
{
	char *sent = malloc(BIG), *got = malloc(BIG);
	size_t out = 0, in = 0, piece = 1;

	for (size_t i = 0; i < BIG; i++)
		sent[i] = (char)(i * 2654435761U >> 13);
	while (in < BIG) {
		size_t most = piece < BIG - out ? piece : BIG - out;
		ssize_t n;

		if (heads != NULL && out < BIG / 2)
			heads->more = true;
		n = most > 0 ? gnutls_record_send(from, sent + out, most) : 0;
		assert_true(n >= 0 || n == GNUTLS_E_AGAIN);
		if (n > 0) { /* after E_AGAIN the same piece must come again */
			out += (size_t)n;
			piece = piece * 7 % 20011;
		}
		n = gnutls_record_recv(to, got + in,
		                       1 + piece % 911 < BIG - in ? 1 + piece % 911 : BIG - in);
		assert_true(n > 0 || n == GNUTLS_E_AGAIN);
		in += n > 0 ? (size_t)n : 0;
	}
	assert_memory_equal(sent, got, BIG);
	free(sent);
	free(got);
}

static void nothing_is_lost_through_a_narrow_socket(void **state)
{
	const int narrow = 4096;
	struct pair p;

	(void)state;
	pair_open(&p);
	for (int i = 0; i < 2; i++)
		setsockopt(p.fds[i], SOL_SOCKET, SO_SNDBUF, &narrow, sizeof(narrow));
	carry(p.theirs, p.ours, NULL);
	carry(p.ours, p.theirs, NULL);
	carry(p.ours, p.theirs, &p.transport);
	pair_close(&p);
}

static void after_the_end_nobody_is_there(void **state)
{
	struct pair p;
	char text[8];

	(void)state;
	pair_open(&p);
	transport_end(p.ours);
	assert_true(gnutls_record_send(p.ours, "late", 4) < 0);
	assert_true(gnutls_record_recv(p.ours, text, sizeof(text)) <= 0);
	pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_head_goes_with_its_body),
	        cmocka_unit_test(a_head_too_long_to_be_held_goes_at_once),
	        cmocka_unit_test(a_held_head_goes_with_the_farewell),
	        cmocka_unit_test(a_request_is_read_at_once),
	        cmocka_unit_test(nothing_is_lost_through_a_narrow_socket),
	        cmocka_unit_test(after_the_end_nobody_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
