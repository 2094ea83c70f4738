#include "wire/wire.h"

#include "base/log.h"
#include "base/question.h"
#include "wire/lock.h"
#include "wire/wire_int.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REPORT 256

/* Dies with the keeper, even in the middle of something, and only with it: a
 * signal to the whole group (Ctrl-C, a stop of the service) is the keeper's to
 * answer, which lets running transfers end. */
static void prepare_process(void)
{
	struct rlimit files;

	close_range(WIRE_CHANNEL + 1, ~0U, 0); /* whatever else was left open for it */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	mallopt(M_ARENA_MAX, 2); /* and never asks the system for its processors */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int receive_setup(int channel, struct setup *out, struct err *err)
{
	struct msg *m = malloc(sizeof(*m));
	int rc;

	if (m == NULL)
		return err_set(err, ERR_MEMORY, "no memory");
	do {
		struct pollfd ready = {.fd = channel, .events = POLLIN};

		poll(&ready, 1, -1);
		rc = msg_receive(channel, m, err);
	} while (rc == ERR_BUSY);
	if (rc == 0) {
		rc = setup_read(m, out, err);
		explicit_bzero(m->bytes, m->len); /* it held the key */
		msg_close_fds(m);
	}
	free(m);
	return rc;
}

static int set_nonblocking(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_system(err, errno, "descriptor %d cannot be used", fd);
	return 0;
}

/* What is accepted from it inherits this. Small pieces go out at once: head and
 * body are written together (transport.c, and the HTTP library without TLS). */
static int prepare_listener(int fd, struct err *err)
{
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return set_nonblocking(fd, err);
}

static int open_loop(struct wire *w, struct err *err)
{
	const struct timeval patience = {0, WIRE_PATIENCE_US};
	int rc = 0;

	if (setsockopt(w->channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
		rc = err_system(err, errno, "the channel cannot be used");
	for (unsigned i = 0; rc == 0 && i < w->setup.nlisteners; i++)
		rc = prepare_listener(w->setup.listeners[i].fd, err);
	if (rc != 0)
		return rc;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->epoll < 0 || w->wakeup < 0)
		return err_system(err, errno, "no event loop");
	w->budget.limit = w->setup.memory;
	for (unsigned i = 0; i < WIRE_LINGERS; i++)
		w->lingers[i].fd = -1;
	return 0;
}

static int say_ready(struct wire *w, const char *report, struct err *err)
{
	struct msg *m = malloc(sizeof(*m));
	int rc;

	if (m == NULL)
		return err_set(err, ERR_MEMORY, "no memory");
	msg_start(m, Q_READY, 0);
	msg_add_str(m, TAG_TEXT, report);
	rc = msg_send(w->channel, m, err);
	free(m);
	return rc;
}

/* The order matters: a thread that is older than the lock is not covered. */
static int start(struct wire *w, struct err *err)
{
	char report[REPORT];
	int rc = open_loop(w, err);

	if (rc == 0)
		rc = server_prepare(w, err);
	if (rc == 0)
		rc = lock_process(report, sizeof(report), err);
	if (rc == 0)
		rc = server_start(w, err);
	setup_forget_key(&w->setup);
	if (rc == 0)
		rc = say_ready(w, report, err);
	return rc;
}

static void stop(struct wire *w)
{
	server_stop(w);
	pthread_mutex_destroy(&w->lock);
	setup_clear(&w->setup);
	close(w->epoll);
	close(w->wakeup);
	free(w);
}

int wire_http_run(int channel)
{
	struct wire *w = calloc(1, sizeof(*w));
	struct err err = {0};
	int rc;

	prepare_process();
	if (w == NULL)
		return 1;
	w->channel = channel;
	pthread_mutex_init(&w->lock, NULL);
	rc = receive_setup(channel, &w->setup, &err);
	if (rc == 0) {
		log_init("http", w->setup.log_json, w->setup.log_level);
		rc = start(w, &err);
	}
	if (rc == ERR_CLOSED)
		log_error("the keeper is gone; stopping");
	else if (rc != 0)
		log_error("cannot start: %s", err.text);
	if (rc != 0)
		return 1;
	if (pump_run(w) != 0)
		_exit(1); /* exchanges are open: nothing to tidy, nobody to tell */
	stop(w);
	return 0;
}
