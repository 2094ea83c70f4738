/* What the processes at the network say: taken in by whichever worker is free,
 * which answers a request itself. Main is told of the rest.
 *
 * Whatever comes over a channel is hostile: a message that is malformed or that
 * this role may not send ends the process behind it, nothing else. */
#include "keeper/keeper_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- who hears it -- */

/* One worker is woken for one message (EPOLLEXCLUSIVE). Mutex held, as a worker
 * may be at the channel. */
static int watch(struct wire_link *l, int how)
{
	struct keeper *k = l->k;
	struct epoll_event e = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data = {.ptr = l}};
	int failed = 0;

	for (size_t i = 0; i < k->worker_count; i++)
		failed |= epoll_ctl(k->workers[i].epoll_fd, how, l->channel_fd, &e);
	l->heard = how == EPOLL_CTL_ADD && !failed;
	return failed;
}

int channel_watch(struct wire_link *l, struct err *err)
{
	pthread_mutex_lock(&l->k->work_mutex);
	int failed = l->cut.wire ? 0 : watch(l, EPOLL_CTL_ADD);
	pthread_mutex_unlock(&l->k->work_mutex);
	return failed ? err_system(err, errno, "a channel can't be watched") : 0;
}

void channel_unwatch(struct wire_link *l)
{
	pthread_mutex_lock(&l->k->work_mutex);
	if (l->heard)
		(void)watch(l, EPOLL_CTL_DEL);
	pthread_mutex_unlock(&l->k->work_mutex);
}

/* -- what main is told; mutex held -- */

static void cut_done(struct keeper *k, struct job *job)
{
	struct letter *letter = job->owner;

	(void)k;
	wire_break(letter->wire, letter->text);
}

/* It is not heard any more: this is told once. */
static void cut(struct wire_link *l, const char *why)
{
	struct letter *letter = &l->cut;

	(void)watch(l, EPOLL_CTL_DEL);
	letter->wire = l;
	letter->job = (struct job){.done = cut_done, .owner = letter};
	snprintf(letter->text, sizeof(letter->text), "%s", why);
	work_tell(l->k, &letter->job);
}

void channel_cut(struct wire_link *l, const char *why)
{
	pthread_mutex_lock(&l->k->work_mutex);
	if (l->heard)
		cut(l, why);
	pthread_mutex_unlock(&l->k->work_mutex);
}

static void ready_done(struct keeper *k, struct job *job)
{
	struct letter *letter = job->owner;

	(void)k;
	wire_ready(letter->wire, letter->text);
	free(letter);
}

static void gone_done(struct keeper *k, struct job *job)
{
	struct letter *letter = job->owner;

	(void)k;
	exchange_gone(letter->wire, letter->id);
	free(letter);
}

static void tell(struct wire_link *l, const struct msg *m,
                 void (*done)(struct keeper *k, struct job *job))
{
	struct letter *letter = calloc(1, sizeof(*letter));

	if (!letter) {
		cut(l, "out of memory");
		return;
	}
	letter->wire = l;
	letter->id = m->id;
	letter->job = (struct job){.done = done, .owner = letter};
	if (!msg_str(m, TAG_TEXT, letter->text, sizeof(letter->text)))
		snprintf(letter->text, sizeof(letter->text), "it does not say");
	work_tell(l->k, &letter->job);
}

/* -- a message -- */

/* Only a request may bring a descriptor along, and only its body, in a memory
 * file that its sender can no longer change. Any other could hold up who reads
 * or closes it, or would lie here until the exchange ends. */
static bool descriptors_fit(const struct msg *m)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
	uint64_t body = msg_u64(m, TAG_BODY, BODY_NONE);

	if (m->type != Q_REQUEST || (body != BODY_WHOLE && body != BODY_START))
		return m->nfds == 0;
	if (m->nfds != 1)
		return false;
	int seals = fcntl(m->fds[0], F_GET_SEALS); /* -1: no memory file */
	return seals >= 0 && (seals & wanted) == wanted;
}

static struct exchange *take(struct wire_link *l, const struct msg *m)
{
	struct exchange *x = NULL;

	if (!question_allowed(wire_role(l->kind), m->type))
		cut(l, "it sent what its role may not");
	else if (!descriptors_fit(m))
		cut(l, "it sent descriptors that do not fit its question");
	else if (m->type == Q_READY)
		tell(l, m, ready_done);
	else if (m->type == Q_COUNTS)
		wire_counts(l, m);
	else if (m->type == Q_GONE)
		tell(l, m, gone_done);
	else if (m->id == 0)
		cut(l, "it asked under no number");
	else if (!(x = exchange_new(l, m->id)))
		cut(l, "out of memory");
	return x;
}

static const char *cut_reason(const struct wire_link *l, int code, const struct err *err)
{
	if (code != ERR_CLOSED)
		return err->text;
	return atomic_load(&l->deaf) ? "it does not read its answers" : "its channel closed";
}

/* Another worker may have been told of the same message, or main has let go of
 * the link meanwhile. */
static bool is_heard(const struct keeper *k, const struct wire_link *wanted)
{
	const struct wire_link *l = k->wires;

	while (l && l != wanted)
		l = l->next;
	return l && l->heard;
}

/* Received and known under one lock: else the end of a request could be told
 * before its beginning. */
static struct exchange *receive(struct worker *w, struct wire_link *l)
{
	struct err err = {0};
	struct msg *m = &w->question;

	int code = msg_receive(l->channel_fd, m, &err);
	if (code == ERR_BUSY)
		return NULL;
	if (code) {
		cut(l, cut_reason(l, code, &err));
		return NULL;
	}
	struct exchange *x = take(l, m);
	if (!x)
		msg_close_fds(m);
	return x;
}

void channel_hear(struct worker *w, struct wire_link *l)
{
	struct keeper *k = w->k;

	pthread_mutex_lock(&k->work_mutex);
	w->gate.settings = atomic_load(&k->settings);
	struct exchange *x = is_heard(k, l) ? receive(w, l) : NULL;
	pthread_mutex_unlock(&k->work_mutex);
	if (!x)
		return;
	atomic_fetch_add(&k->metrics.workers_busy, 1);
	exchange_answer(w, x);
	atomic_fetch_sub(&k->metrics.workers_busy, 1);
}

/* What a dead process left in its channel: it may have counted, and the rest is
 * closed with care, not by the kernel. The end of a channel and an empty message
 * look alike: hence the number, which is more than fits into a channel. */
void channel_empty(struct wire_link *l)
{
	struct msg *m = malloc(sizeof(*m));

	pthread_mutex_lock(&l->k->work_mutex);
	for (int i = 0; i < 1024 && m; i++) {
		int code = msg_receive(l->channel_fd, m, NULL);
		if (code == ERR_BUSY)
			break;
		if (!code && m->type == Q_COUNTS)
			wire_counts(l, m);
		msg_close_fds(m);
	}
	pthread_mutex_unlock(&l->k->work_mutex);
	free(m);
}
