/* Main's event loop: channels, children, signals, time. */
#include "keeper/keeper_int.h"
#include "keeper/notify.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_MS 250
#define EVENTS 64

int keeper_watch(struct keeper *k, struct source *s, int fd, uint32_t events, struct err *err)
{
	struct epoll_event e = {.events = events, .data = {.ptr = s}};

	if (epoll_ctl(k->epoll_fd, EPOLL_CTL_ADD, fd, &e))
		return err_system(err, errno, "a descriptor can't be watched");
	s->fd = fd;
	return 0;
}

void keeper_rewatch(struct keeper *k, struct source *s, uint32_t events)
{
	struct epoll_event e = {.events = events, .data = {.ptr = s}};

	if (s->fd >= 0 && epoll_ctl(k->epoll_fd, EPOLL_CTL_MOD, s->fd, &e))
		log_error("a descriptor can't be watched on: %s", strerror(errno));
}

void keeper_unwatch(struct keeper *k, struct source *s)
{
	if (s->fd >= 0)
		epoll_ctl(k->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
	s->fd = -1;
}

void keeper_close_source(struct keeper *k, struct source *s)
{
	int fd = s->fd;

	keeper_unwatch(k, s);
	if (fd >= 0)
		close(fd);
}

/* Running transfers get their time; then what is left is ended. */
void keeper_stop(struct keeper *k, bool failed)
{
	k->failed = k->failed || failed;
	if (k->stopping)
		return;
	k->stopping = true;
	k->stop_deadline = clock_mono_ms() + atomic_load(&k->settings)->stop_time * 1000;
	atomic_store(&k->state, SERVER_STOPPING);
	notify_stopping(atomic_load(&k->settings)->stop_time);
	commands_stop(k);
	keeper_close_listeners(k); /* who comes now is refused, or waits in systemd's socket */
	log_info("stopping: %zu transfers are running", exchange_running(k));
	wires_drain(k);
}

static void tell_lost_rows(struct keeper *k)
{
	struct err why = {0};
	unsigned lost = gate_queue_lost(k->queue, &why);

	atomic_fetch_add(&k->metrics.audit_lost, lost);
	if (lost)
		log_error("%u audit rows could not be written: %s", lost, why.text);
}

static void tick(struct keeper *k)
{
	int64_t now = clock_mono_ms();

	if (now - k->ticked < TICK_MS)
		return;
	k->ticked = now;
	exchange_tick(k, now);
	wires_tick(k);
	tell_lost_rows(k);
	notify_alive(now);
}

static bool over(struct keeper *k)
{
	if (!k->stopping)
		return false;
	return !k->wires || clock_mono_ms() >= k->stop_deadline;
}

int keeper_loop(struct keeper *k)
{
	struct epoll_event events[EVENTS];

	while (!over(k)) {
		int count = epoll_wait(k->epoll_fd, events, EVENTS, TICK_MS);
		if (count < 0 && errno != EINTR) {
			log_error("epoll: %s", strerror(errno));
			return 1;
		}
		for (int i = 0; i < count; i++) {
			struct source *s = events[i].data.ptr;
			/* closed by an earlier event of this round: nothing to do */
			if (s->fd >= 0)
				s->ready(s, events[i].events);
		}
		tick(k);
		exchange_bury(k);
	}
	return k->failed ? 1 : 0;
}
