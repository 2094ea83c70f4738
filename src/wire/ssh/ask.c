/* The keeper: what it is asked, and its answers on their way to who has asked. */
#include "wire/ssh/ssh_int.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* A question that did not fit into the channel. There are as many as connections and
 * sessions, and none carries a descriptor. */
struct unsent {
	struct unsent *next;
	size_t len;
	char bytes[];
};

uint64_t ask_id(struct server *sv)
{
	return ++sv->last_question;
}

static void watch(struct server *sv)
{
	loop_watch(sv, sv->channel, EPOLLIN | (sv->unsent ? EPOLLOUT : 0), 0, EVENT_CHANNEL);
}

static void keep(struct server *sv)
{
	struct unsent *u = malloc(sizeof(*u) + sv->msg.len);

	if (!u)
		abort(); /* a question that is lost would never be answered */
	u->next = NULL;
	u->len = sv->msg.len;
	memcpy(u->bytes, sv->msg.bytes, u->len);
	if (!sv->unsent)
		sv->unsent_end = &sv->unsent;
	*sv->unsent_end = u;
	sv->unsent_end = &u->next;
	watch(sv);
}

/* Never waits: the keeper may be waiting for us to read. That it is gone is heard. */
void ask(struct server *sv)
{
	if (sv->unsent || msg_send_now(sv->channel, &sv->msg, NULL) == ERR_BUSY)
		keep(sv);
}

void ask_flush(struct server *sv)
{
	while (sv->unsent) {
		struct unsent *u = sv->unsent;

		if (send(sv->channel, u->bytes, u->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
		    (errno == EAGAIN || errno == EINTR))
			return;
		sv->unsent = u->next;
		free(u);
	}
	watch(sv);
}

void ask_gone(struct session *s)
{
	struct server *sv = s->conn->server;

	msg_start(&sv->msg, Q_GONE, s->node.key);
	ask(sv);
}

void ask_counts(struct server *sv)
{
	sv->counted = false;
	sv->counts[COUNT_OPEN] = sv->conns.count;
	msg_start(&sv->msg, Q_COUNTS, 0);
	for (int i = 0; i < COUNT_COUNT; i++)
		msg_add_u64(&sv->msg, (uint16_t)(TAG_COUNTS + i), sv->counts[i]);
	ask(sv);
}

/* -- answers -- */

static int to_login(struct server *sv, const struct msg *m, struct err *err)
{
	struct table_node *node = table_find(&sv->logins, m->id);

	return node ? login_answer((struct login *)(void *)node, m, err) : 0;
}

static int to_session(struct server *sv, struct msg *m, struct err *err)
{
	struct table_node *node = table_find(&sv->sessions, m->id);

	return node ? session_answer((struct session *)(void *)node, m, err) : 0;
}

static void drain_one(struct table_node *node, void *arg)
{
	(void)arg;
	conn_drain((struct conn *)(void *)node);
}

static void drain(struct server *sv)
{
	if (sv->draining)
		return;
	sv->draining = true;
	for (unsigned i = 0; i < sv->setup.nlisteners; i++)
		loop_unwatch(sv, sv->setup.listeners[i].fd);
	setup_clear(&sv->setup); /* the sockets are shared: they are left, not shut down */
	table_each(&sv->conns, drain_one, NULL);
	sv->next_tick = 0;
}

int ask_hear(struct server *sv, struct err *err)
{
	static struct msg m; /* not sv->msg: an answer may lead to a question */
	int rc = msg_receive(sv->channel, &m, err);

	if (rc != 0)
		return rc;
	switch (m.type) {
	case A_KEY:
		rc = to_login(sv, &m, err);
		break;
	case A_ANSWER:
	case A_STREAM:
	case A_END:
		rc = to_session(sv, &m, err);
		break;
	case A_DRAIN:
		drain(sv);
		break;
	default:
		rc = err_set(err, ERR_INVALID, "a message of type %u", m.type);
	}
	msg_close_fds(&m);
	return rc;
}
