/* A client's connection: its coming, its time, its end. */
#include "wire/ssh/ssh_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "wire/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TOO_SLOW "nobody has come in for too long"
#define NO_USE "this connection was not used for too long"
#define STOPS "the server is being stopped or restarted"
#define NOT_READ "what the server sends is not read"

/* -- strangers: those in which nobody has come in yet -- */

static void add_stranger(struct conn *c)
{
	struct server *sv = c->server;

	c->older = sv->last_stranger;
	*(c->older ? &c->older->newer : &sv->strangers) = c;
	sv->last_stranger = c;
	sv->nstrangers++;
}

static void remove_stranger(struct conn *c)
{
	struct server *sv = c->server;

	*(c->older ? &c->older->newer : &sv->strangers) = c->newer;
	*(c->newer ? &c->newer->older : &sv->last_stranger) = c->older;
	c->older = c->newer = NULL;
	sv->nstrangers--;
}

/* How far it has come. Who floods a server does not trouble to speak; a client does at
 * once. */
static int progress(const struct conn *c)
{
	return c->state == CONN_LOGIN ? 2 : ssh_get_clientbanner(c->ssh) ? 1 : 0;
}

/* The oldest of those who have come least far; address: NULL: from anywhere. */
static struct conn *find_idlest(const struct server *sv, const char *address, unsigned *count)
{
	struct conn *idlest = NULL;

	*count = 0;
	for (struct conn *c = sv->strangers; c; c = c->newer) {
		if (address && strcmp(c->peer.address, address) != 0)
			continue;
		++*count;
		if (!idlest || progress(c) < progress(idlest))
			idlest = c;
	}
	return idlest;
}

/* There is always room for the newest: a stranger makes it. Somebody who has a key is
 * no stranger for long. */
static void make_room(struct server *sv, const char *address)
{
	unsigned count;
	struct conn *c = find_idlest(sv, address, &count);

	if (count < STRANGERS_PER_ADDRESS)
		c = sv->nstrangers < sv->setup.strangers ? NULL : find_idlest(sv, NULL, &count);
	if (!c)
		return;
	sv->counts[COUNT_TURNED_AWAY]++;
	conn_free(c);
}

static bool has_room(struct server *sv, const char *address)
{
	return sv->conns.count < sv->setup.connections &&
	       addresses_take(&sv->addresses, address, sv->setup.connections_per_address);
}

/* -- coming -- */

static struct conn *make(struct server *sv, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct login *l = calloc(1, sizeof(*l));
	ssh_session ssh = c && l ? library_accept(sv, fd) : NULL;

	if (!ssh) {
		if (!c || !l)
			close(fd);
		free(c);
		free(l);
		return NULL;
	}
	c->server = sv;
	c->ssh = ssh;
	c->fd = fd;
	ssh_set_counters(ssh, NULL, &c->received);
	c->login = l;
	l->conn = c;
	buf_init(&l->banner, QUESTION_BANNER + 1);
	return c;
}

static uint16_t port_of(const struct sockaddr *a)
{
	return a->sa_family == AF_INET6
	               ? ntohs(((const struct sockaddr_in6 *)(const void *)a)->sin6_port)
	               : ntohs(((const struct sockaddr_in *)(const void *)a)->sin_port);
}

void conn_accept(struct server *sv, int fd, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	struct conn *c;

	sv->counts[COUNT_ACCEPTED]++;
	sv->counted = true;
	process_show_address(address, text);
	make_room(sv, text);
	if (!has_room(sv, text)) {
		sv->counts[COUNT_TURNED_AWAY]++;
		close(fd);
		return;
	}
	c = make(sv, fd);
	if (!c) {
		addresses_give(&sv->addresses, text);
		return;
	}
	c->node.key = ++sv->last_conn;
	c->peer.connection = c->node.key;
	c->peer.port = port_of(address);
	memcpy(c->peer.address, text, sizeof(text));
	c->login->question.peer = c->peer;
	c->deadline = clock_mono_ms() + sv->setup.login_ms;
	table_add(&sv->conns, &c->node);
	add_stranger(c);
	conn_run(c);
}

/* Until when it may stay without being used. */
static int64_t patience(const struct conn *c, int64_t now)
{
	return now + (c->server->draining ? FRESH_MS : c->server->setup.rest_ms);
}

void conn_is_in(struct conn *c)
{
	c->state = CONN_OPEN;
	login_free(c);
	remove_stranger(c);
	c->deadline = patience(c, clock_mono_ms());
}

/* -- going -- */

void conn_part(struct conn *c, const char *words)
{
	if (c->over)
		return;
	c->over = true;
	if (!library_is_over(c->ssh))
		library_part(c->ssh, words);
}

void conn_free(struct conn *c)
{
	struct server *sv = c->server;

	if (c->state != CONN_OPEN)
		remove_stranger(c);
	login_free(c);
	while (c->sessions) {
		struct session *s = c->sessions;

		c->sessions = s->next;
		session_free(s);
	}
	table_remove(&sv->conns, &c->node);
	addresses_give(&sv->addresses, c->peer.address);
	loop_unwatch(sv, c->fd);
	ssh_free(c->ssh);
	free((void *)(uintptr_t)c->peer.key);
	free(c);
	sv->counted = true;
	if (sv->paused)
		sv->next_tick = 0;
}

/* -- work -- */

static void handle(struct conn *c, ssh_message m)
{
	bool done = true;

	switch (ssh_message_type(m)) {
	case SSH_REQUEST_AUTH:
		done = login_request(c, m);
		break;
	case SSH_REQUEST_CHANNEL_OPEN:
		session_open(c, m);
		break;
	case SSH_REQUEST_CHANNEL:
		session_request(c, m);
		break;
	default: /* a service, or forwarding, which there is none of */
		ssh_message_reply_default(m);
	}
	if (done)
		ssh_message_free(m);
}

/* The keeper thinks about a key: nothing else is heard meanwhile. */
static bool is_asking(const struct conn *c)
{
	return c->login && c->login->asked;
}

/* One call of the library. True: there may be more. */
static bool step(struct conn *c)
{
	ssh_message m;
	int rc;

	if (c->state == CONN_HANDSHAKE) {
		rc = ssh_handle_key_exchange(c->ssh);
		if (rc == SSH_ERROR)
			c->over = true;
		if (rc == SSH_OK)
			c->state = CONN_LOGIN;
		return rc == SSH_OK;
	}
	c->took = false;
	m = ssh_message_get(c->ssh);
	if (c->state == CONN_LOGIN)
		login_heard(c, m);
	if (m)
		handle(c, m);
	return m || c->took;
}

/* What waits for a child bounds what is read: the library would read as long as
 * it is called. */
static bool may_read(const struct conn *c)
{
	return !is_asking(c) && relay_waiting(c) <= INPUT_SOFT;
}

static bool may_write(const struct conn *c)
{
	return relay_waiting(c) <= INPUT_HARD;
}

static void arm(struct conn *c)
{
	uint32_t events = EPOLLRDHUP;

	if (may_read(c))
		events |= EPOLLIN;
	if (library_is_full(c->ssh) && may_write(c))
		events |= EPOLLOUT;
	if (events == c->watched)
		return;
	c->watched = events;
	if (!loop_watch(c->server, c->fd, events, c->node.key, EVENT_CONN))
		c->over = true;
}

/* The first that has something fills the socket: each is the first in its turn. */
static void take_turns(struct conn *c)
{
	struct session *first = c->sessions, **end = &c->sessions;

	if (!first || !first->next)
		return;
	c->sessions = first->next;
	first->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = first;
}

/* What the sessions have for it goes out; then whether it goes on. */
void conn_settle(struct conn *c)
{
	for (struct session *s = c->sessions; s && !c->over; s = s->next)
		if (may_write(c))
			relay_output(s);
	take_turns(c);
	if (!c->over)
		session_settle(c);
	if (!c->over && !library_is_over(c->ssh))
		arm(c);
	if (c->over || library_is_over(c->ssh))
		conn_free(c);
}

void conn_run(struct conn *c)
{
	for (int i = 0; i < ROUNDS && !c->over && !library_is_over(c->ssh) && may_read(c); i++)
		if (!step(c))
			break;
	/* what waits for the socket goes out though nothing may be read */
	if (!c->over && !library_is_over(c->ssh) && library_is_full(c->ssh) && may_write(c))
		(void)ssh_blocking_flush(c->ssh, 0);
	conn_settle(c);
}

/* -- time -- */

static bool is_used(const struct conn *c)
{
	for (const struct session *s = c->sessions; s; s = s->next)
		if (s->asked && !s->closed_here)
			return true;
	return false;
}

static bool is_stalled(const struct conn *c, int64_t now)
{
	for (const struct session *s = c->sessions; s; s = s->next)
		if (s->stalled && now - s->stalled > c->server->setup.idle_ms)
			return true;
	return false;
}

void conn_tick(struct conn *c, int64_t now)
{
	if (is_stalled(c, now)) {
		log_info("a client at %s is cut off: it has not read for too long",
		         c->peer.address);
		conn_part(c, NOT_READ);
		conn_free(c);
	} else if (login_owes(c, now)) {
		login_answer_unread(c);
		conn_run(c);
	} else if (is_used(c)) {
		c->deadline = patience(c, now);
	} else if (now >= c->deadline) {
		conn_part(c, c->server->draining     ? STOPS
		             : c->state == CONN_OPEN ? NO_USE
		                                     : TOO_SLOW);
		conn_free(c);
	}
}

void conn_drain(struct conn *c)
{
	int64_t soon = clock_mono_ms() + FRESH_MS;

	if (c->state == CONN_OPEN && c->deadline > soon)
		c->deadline = soon;
}
