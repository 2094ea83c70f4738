/* What happens when: sockets, pipes, the keeper, time. */
#include "wire/ssh/ssh_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define EVENTS 64
#define ACCEPT_ROUND 16
#define HEAR_ROUND 64
#define TICK_MS 1000

bool loop_watch(struct server *sv, int fd, uint32_t events, uint64_t key, enum event_kind kind)
{
	struct epoll_event e = {.events = events, .data.u64 = key << 3 | kind};

	return epoll_ctl(sv->epoll, EPOLL_CTL_MOD, fd, &e) == 0 ||
	       (errno == ENOENT && epoll_ctl(sv->epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

void loop_unwatch(struct server *sv, int fd)
{
	epoll_ctl(sv->epoll, EPOLL_CTL_DEL, fd, NULL); /* not watched: fine */
}

/* -- new connections -- */

static void listen_to(struct server *sv, bool on)
{
	sv->paused = !on;
	for (unsigned i = 0; i < sv->setup.nlisteners; i++)
		loop_watch(sv, sv->setup.listeners[i].fd, on ? EPOLLIN : 0, i, EVENT_LISTENER);
}

/* True when there may be more. Out of descriptors, trying again at once would spin. */
static bool accept_one(struct server *sv, int listener)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int fd = accept4(listener, (struct sockaddr *)(void *)&address, &len,
	                 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		conn_accept(sv, fd, (struct sockaddr *)(void *)&address);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		log_warn("no connection can be accepted now: %s", strerror(errno));
		listen_to(sv, false);
	}
	return errno == ECONNABORTED || errno == EINTR;
}

static void accept_some(struct server *sv, uint64_t which)
{
	if (which >= sv->setup.nlisteners)
		return;
	for (int i = 0; i < ACCEPT_ROUND; i++)
		if (!accept_one(sv, sv->setup.listeners[which].fd))
			return;
}

/* -- events -- */

static void client_event(struct server *sv, uint64_t key, uint32_t events)
{
	struct conn *c = (struct conn *)(void *)table_find(&sv->conns, key);

	if (!c)
		return;
	/* one that is not read now would never be found to be gone */
	if ((events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) && !(c->watched & EPOLLIN))
		conn_free(c);
	else
		conn_run(c);
}

static void pipe_event(struct server *sv, uint64_t key, enum event_kind kind)
{
	struct session *s = (struct session *)(void *)table_find(&sv->sessions, key);

	if (!s)
		return;
	if (kind == EVENT_IN)
		relay_input(s);
	else
		s->out_watched = false;
	conn_settle(s->conn);
}

static int channel_event(struct server *sv, uint32_t events, struct err *err)
{
	int rc = 0;

	if (events & EPOLLOUT)
		ask_flush(sv);
	for (int i = 0; rc == 0 && i < HEAR_ROUND; i++)
		rc = ask_hear(sv, err);
	return rc == ERR_BUSY ? 0 : rc;
}

static int one_event(struct server *sv, const struct epoll_event *e, struct err *err)
{
	uint64_t key = e->data.u64 >> 3;

	switch ((enum event_kind)(e->data.u64 & 7)) {
	case EVENT_CHANNEL:
		return channel_event(sv, e->events, err);
	case EVENT_LISTENER:
		accept_some(sv, key);
		break;
	case EVENT_CONN:
		client_event(sv, key, e->events);
		break;
	case EVENT_OUT:
		pipe_event(sv, key, EVENT_OUT);
		break;
	case EVENT_IN:
		pipe_event(sv, key, EVENT_IN);
		break;
	}
	return 0;
}

/* -- time -- */

/* Looking at one may end it, and only it. */
static void look_at_all(struct server *sv, int64_t now)
{
	for (size_t i = 0; i < TABLE_SLOTS; i++) {
		for (struct table_node *node = sv->conns.slots[i], *next; node; node = next) {
			next = node->next;
			conn_tick((struct conn *)(void *)node, now);
		}
	}
}

/* Returns how long the loop may sleep: -1 for ever. */
static int tick(struct server *sv)
{
	int64_t now = clock_mono_ms();

	if (now >= sv->next_tick) {
		sv->next_tick = now + TICK_MS;
		look_at_all(sv, now);
		if (sv->counted)
			ask_counts(sv);
		if (sv->paused && !sv->draining)
			listen_to(sv, true);
	}
	if (sv->conns.count == 0 && !sv->counted && !sv->paused)
		return -1;
	return (int)(sv->next_tick - now);
}

static int one_round(struct server *sv, struct err *err)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(sv->epoll, events, EVENTS, tick(sv)), rc = 0;

	if (n < 0 && errno != EINTR)
		return err_system(err, errno, "cannot wait for events");
	for (int i = 0; i < n && rc == 0; i++)
		rc = one_event(sv, &events[i], err);
	return rc;
}

int loop_run(struct server *sv)
{
	struct err err = {0};
	int rc = 0;

	loop_watch(sv, sv->channel, EPOLLIN, 0, EVENT_CHANNEL);
	listen_to(sv, true);
	while (rc == 0 && !(sv->draining && sv->conns.count == 0))
		rc = one_round(sv, &err);
	if (rc == 0)
		ask_counts(sv);
	if (rc == ERR_CLOSED)
		log_error("the keeper is gone; stopping");
	else if (rc != 0)
		log_error("the keeper is not understood; stopping: %s", err.text);
	return rc;
}
