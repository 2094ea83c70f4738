#include "wire/wire.h"

#include "base/log.h"
#include "base/question.h"
#include "wire/process.h"
#include "wire/wire_int.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REPORT 256

static int open_loop(struct wire *w, struct err *err)
{
	const struct timeval patience = {0, WIRE_PATIENCE_US};
	int rc = 0;

	if (setsockopt(w->channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
		rc = err_system(err, errno, "the channel cannot be used");
	for (unsigned i = 0; rc == 0 && i < w->setup.nlisteners; i++)
		rc = process_prepare_listener(w->setup.listeners[i].fd, err);
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

/* The order matters: a thread that is older than the lock is not covered. */
static int start(struct wire *w, struct err *err)
{
	char report[REPORT];
	int rc = open_loop(w, err);

	if (rc == 0)
		rc = server_prepare(w, err);
	if (rc == 0)
		rc = lock_process(LOCK_HTTP, report, sizeof(report), err);
	if (rc == 0)
		rc = server_start(w, err);
	setup_forget_key(&w->setup);
	if (rc == 0)
		rc = process_say_ready(w->channel, report, err);
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

	process_prepare(channel);
	if (w == NULL)
		return 1;
	w->channel = channel;
	pthread_mutex_init(&w->lock, NULL);
	rc = process_receive_setup(channel, &w->setup, &err);
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
