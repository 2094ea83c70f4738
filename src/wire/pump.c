#include "wire/wire_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/question.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64
#define ACCEPT_ROUND 16
#define TICK_MS 1000
#define SHORTEST_MS 20

/* -- what others call -- */

void pump_wake(struct wire *w)
{
	const uint64_t one = 1;
	ssize_t n = write(w->wakeup, &one, sizeof(one));

	(void)n; /* full: it is awake anyway */
}

bool pump_watch(struct wire *w, int fd, uint32_t events, uint64_t key, enum event_kind kind)
{
	struct epoll_event e = {.events = events | EPOLLONESHOT, .data.u64 = key << 3 | kind};

	return epoll_ctl(w->epoll, EPOLL_CTL_MOD, fd, &e) == 0 ||
	       (errno == ENOENT && epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

void pump_unwatch(struct wire *w, int fd)
{
	epoll_ctl(w->epoll, EPOLL_CTL_DEL, fd, NULL); /* not watched: fine */
}

/* -- what was counted -- */

void count(struct wire *w, enum question_count what, uint64_t n)
{
	atomic_fetch_add(&w->counts[what], n);
}

void counts_write(struct wire *w, struct msg *m)
{
	unsigned open;

	pthread_mutex_lock(&w->lock);
	open = w->accepted;
	pthread_mutex_unlock(&w->lock);
	msg_start(m, Q_COUNTS, 0);
	msg_add_u64(m, TAG_COUNTS + COUNT_OPEN, open);
	for (int i = COUNT_OPEN + 1; i < COUNT_COUNT; i++)
		msg_add_u64(m, (uint16_t)(TAG_COUNTS + i), atomic_load(&w->counts[i]));
}

/* One that drains is asked for nothing any more. When the channel is full it is
 * said later: the pump never waits. */
static void say_counts(struct wire *w)
{
	static _Thread_local struct msg m;
	int64_t now = clock_mono_ms();

	if (now < w->next_counts)
		return;
	w->next_counts = now + WIRE_COUNTS_MS;
	counts_write(w, &m);
	(void)msg_send_now(w->channel, &m, NULL);
}

/* -- connections that are closing -- */

void pump_linger(struct wire *w, int fd)
{
	struct closing *l = NULL;

	for (unsigned i = 0; i < WIRE_LINGERS && l == NULL; i++)
		if (w->lingers[i].fd < 0)
			l = &w->lingers[i];
	if (l == NULL)
		return;
	l->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (l->fd < 0)
		return;
	shutdown(l->fd, SHUT_WR);
	l->read = 0;
	l->deadline = clock_mono_ms() + WIRE_LINGER_MS;
	w->nlingers++;
	pump_wake(w); /* it may sleep without a clock */
	pump_watch(w, l->fd, EPOLLIN, (uint64_t)(l - w->lingers), EVENT_LINGER);
}

static void linger_end(struct wire *w, struct closing *l)
{
	pump_unwatch(w, l->fd);
	close(l->fd);
	l->fd = -1;
	w->nlingers--;
}

static void linger_read(struct wire *w, uint64_t key)
{
	struct closing *l = &w->lingers[key % WIRE_LINGERS];
	char nowhere[16384];
	ssize_t n = 1;

	if (l->fd < 0)
		return;
	for (int i = 0; i < ACCEPT_ROUND && n > 0; i++) {
		n = recv(l->fd, nowhere, sizeof(nowhere), MSG_DONTWAIT);
		if (n > 0)
			l->read += (uint64_t)n;
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || l->read > WIRE_LINGER_BYTES ||
	    !pump_watch(w, l->fd, EPOLLIN, key, EVENT_LINGER))
		linger_end(w, l);
	else if (n > 0 || l->read > 0)
		l->deadline = clock_mono_ms() + WIRE_LINGER_MS;
}

/* -- time -- */

struct look {
	int64_t now, next; /* next: the earliest deadline that is not over */
};

static void cut(struct conn *c)
{
	atomic_store(&c->deadline, 0);
	shutdown(c->fd, SHUT_RDWR); /* the library notices, unless it is told to sleep */
	if (c->exchange != NULL)
		exchange_abort(c->exchange);
}

static void look_at(struct table_node *node, void *arg)
{
	struct conn *c = (struct conn *)(void *)node;
	int64_t deadline = atomic_load(&c->deadline);
	struct look *look = arg;

	if (deadline == 0)
		return;
	if (deadline <= look->now)
		cut(c);
	else if (deadline < look->next)
		look->next = deadline;
}

static bool look_at_all(struct wire *w, struct look *look)
{
	bool clock;

	pthread_mutex_lock(&w->lock);
	hear_by_pump(w);
	table_each(&w->conns, look_at, look);
	for (unsigned i = 0; w->nlingers > 0 && i < WIRE_LINGERS; i++)
		if (w->lingers[i].fd >= 0 && w->lingers[i].deadline <= look->now)
			linger_end(w, &w->lingers[i]);
	clock = w->conns.count > 0 || w->nlingers > 0 || w->paused;
	pthread_mutex_unlock(&w->lock);
	return clock;
}

/* Cuts what is late. Returns how long the pump may sleep: -1 for ever. A
 * deadline that another thread sets meanwhile is seen within a tick. */
static int tick(struct wire *w)
{
	struct look look = {clock_mono_ms(), 0};

	if (look.now < w->next_look)
		return (int)(w->next_look - look.now);
	look.next = look.now + TICK_MS;
	if (!look_at_all(w, &look)) {
		w->next_look = 0;
		return -1;
	}
	if (look.next < look.now + SHORTEST_MS)
		look.next = look.now + SHORTEST_MS;
	w->next_look = look.next;
	return (int)(look.next - look.now);
}

/* -- new connections -- */

static void listen_again(struct wire *w)
{
	w->paused = false;
	for (unsigned i = 0; i < w->setup.nlisteners; i++)
		pump_watch(w, w->setup.listeners[i].fd, EPOLLIN, i, EVENT_LISTENER);
}

static bool has_room(struct wire *w)
{
	bool room;

	pthread_mutex_lock(&w->lock);
	room = !w->draining && w->accepted < w->setup.connections;
	pthread_mutex_unlock(&w->lock);
	return room;
}

static void count_accepted(struct wire *w, int change)
{
	pthread_mutex_lock(&w->lock);
	w->accepted += (unsigned)change;
	pthread_mutex_unlock(&w->lock);
}

/* Out of descriptors: trying at once again would spin. */
static void pause_accepting(struct wire *w)
{
	log_warn("no connection can be accepted now: %s", strerror(errno));
	w->paused = true;
	w->pause_until = clock_mono_ms() + TICK_MS;
	w->next_look = 0;
}

/* True when there may be more. */
static bool accept_one(struct wire *w, const struct setup_listener *l)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int fd = accept4(l->fd, (struct sockaddr *)(void *)&address, &len,
	                 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		bool again = errno == ECONNABORTED || errno == EINTR;

		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			pause_accepting(w);
		return again;
	}
	count_accepted(w, 1);
	count(w, COUNT_ACCEPTED, 1);
	if (MHD_add_connection(w->daemons[l->kind], fd, (struct sockaddr *)(void *)&address, len) !=
	    MHD_YES) {
		count_accepted(w, -1); /* too many from there: the library has closed it */
		count(w, COUNT_TURNED_AWAY, 1);
	}
	return true;
}

static void accept_some(struct wire *w, uint64_t which)
{
	const struct setup_listener *l;

	if (which >= w->setup.nlisteners)
		return;
	l = &w->setup.listeners[which];
	for (int i = 0; i < ACCEPT_ROUND; i++) {
		/* whoever watches the server wants to see it full too */
		if (l->kind != SETUP_METRICS && !has_room(w)) {
			w->paused = true;
			return;
		}
		if (!accept_one(w, l))
			break;
	}
	if (!w->paused || l->kind == SETUP_METRICS)
		pump_watch(w, l->fd, EPOLLIN, which, EVENT_LISTENER);
}

/* -- the keeper -- */

static void drain_one(struct table_node *node, void *arg)
{
	struct conn *c = (struct conn *)(void *)node;
	int64_t soon = clock_mono_ms() + WIRE_FRESH_MS, deadline = atomic_load(&c->deadline);

	(void)arg;
	if (c->exchange != NULL)
		return;
	if (c->served)
		atomic_store(&c->deadline, 1);
	else if (deadline == 0 || deadline > soon)
		atomic_store(&c->deadline, soon);
}

/* The sockets are shared: they are left, not shut down. */
static void drain(struct wire *w)
{
	for (unsigned i = 0; i < w->setup.nlisteners; i++) {
		pump_unwatch(w, w->setup.listeners[i].fd);
		close(w->setup.listeners[i].fd);
	}
	w->setup.nlisteners = 0;
	pthread_mutex_lock(&w->lock);
	w->draining = true;
	table_each(&w->conns, drain_one, NULL);
	pthread_mutex_unlock(&w->lock);
	w->next_look = 0;
}

static int to_exchange(struct wire *w, struct msg *m, struct err *err)
{
	struct exchange *ex;
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	ex = (struct exchange *)(void *)table_find(&w->exchanges, m->id);
	if (ex == NULL)
		rc = 0; /* its client is gone; the keeper hears of it */
	else if (m->type == A_ANSWER)
		rc = exchange_answer(ex, m, err);
	else if (m->type == A_COLLECT)
		rc = exchange_collect(ex, m, err);
	else if (m->type == A_STREAM)
		rc = exchange_stream(ex, m, err);
	else
		rc = exchange_end(ex, m, err);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

/* Not every thread that hears it may do it. */
static void ask_to_drain(struct wire *w)
{
	pthread_mutex_lock(&w->lock);
	w->drain_asked = true;
	pthread_mutex_unlock(&w->lock);
	pump_wake(w);
}

static int take_message(struct wire *w, struct msg *m, struct err *err)
{
	int rc = 0;

	switch (m->type) {
	case A_ANSWER:
	case A_COLLECT:
	case A_STREAM:
	case A_END:
		rc = to_exchange(w, m, err);
		break;
	case A_DRAIN:
		ask_to_drain(w);
		break;
	default:
		rc = err_set(err, ERR_INVALID, "a message of type %u", m->type);
	}
	msg_close_fds(m);
	return rc;
}

/* One at a time: the channel is watched for as long as something is in it. */
int pump_take(struct wire *w, struct err *err)
{
	static _Thread_local struct msg m;
	int rc = msg_receive(w->channel, &m, err);

	return rc == 0 ? take_message(w, &m, err) : rc;
}

/* -- the loop -- */

static void client_hung_up(struct wire *w, uint64_t key)
{
	struct conn *c = (struct conn *)(void *)table_find(&w->conns, key);

	if (c == NULL)
		return;
	c->gone = true;
	if (c->exchange != NULL)
		exchange_abort(c->exchange);
}

static void pipe_event(struct wire *w, uint64_t key, enum event_kind kind)
{
	struct exchange *ex = (struct exchange *)(void *)table_find(&w->exchanges, key);

	if (ex == NULL)
		return;
	if (kind == EVENT_OUT)
		exchange_out_ready(ex);
	else
		exchange_body_ready(ex);
}

static int wakened(struct wire *w, struct err *err)
{
	uint64_t count;
	ssize_t n = read(w->wakeup, &count, sizeof(count));
	bool drain_asked;

	(void)n;
	w->next_look = 0;
	pthread_mutex_lock(&w->lock);
	drain_asked = w->drain_asked;
	w->drain_asked = false;
	*err = w->fault;
	pthread_mutex_unlock(&w->lock);
	if (drain_asked)
		drain(w);
	return err->code;
}

static int one_event(struct wire *w, uint64_t what, struct err *err)
{
	enum event_kind kind = what & 7;
	uint64_t key = what >> 3;
	int rc;

	switch (kind) {
	case EVENT_CHANNEL:
		rc = pump_take(w, err);
		return rc == ERR_BUSY ? 0 : rc; /* another thread has taken it */
	case EVENT_WAKE:
		return wakened(w, err);
	case EVENT_LISTENER:
		accept_some(w, key);
		return 0;
	default:
		break;
	}
	pthread_mutex_lock(&w->lock);
	if (kind == EVENT_CONN)
		client_hung_up(w, key);
	else if (kind == EVENT_LINGER)
		linger_read(w, key);
	else
		pipe_event(w, key, kind);
	pthread_mutex_unlock(&w->lock);
	return 0;
}

static bool drained(struct wire *w)
{
	bool done;

	pthread_mutex_lock(&w->lock);
	done = w->draining && w->accepted == 0 && w->nlingers == 0;
	pthread_mutex_unlock(&w->lock);
	return done;
}

static int one_round(struct wire *w, struct err *err)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(w->epoll, events, EVENTS, tick(w)), rc = 0;

	if (n < 0 && errno != EINTR)
		return err_system(err, errno, "cannot wait for events");
	for (int i = 0; i < n && rc == 0; i++)
		rc = one_event(w, events[i].data.u64, err);
	if (rc == 0 && w->setup.nlisteners == 0)
		say_counts(w);
	if (rc == 0 && w->paused && clock_mono_ms() >= w->pause_until && has_room(w))
		listen_again(w);
	return rc;
}

int pump_run(struct wire *w)
{
	struct epoll_event wakeup = {.events = EPOLLIN, .data.u64 = EVENT_WAKE};
	struct err err = {0};
	int rc = 0;

	if (!hear_start(w) || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->wakeup, &wakeup) != 0) {
		log_error("cannot watch the channel: %s", strerror(errno));
		return ERR_IO;
	}
	listen_again(w);
	while (rc == 0 && !drained(w))
		rc = one_round(w, &err);
	w->next_counts = 0;
	if (rc == 0)
		say_counts(w);
	if (rc == ERR_CLOSED)
		log_error("the keeper is gone; stopping");
	else if (rc != 0)
		log_error("the keeper is not understood; stopping: %s", err.text);
	return rc;
}
