#include "base/log.h"
#include "wire/process.h"
#include "wire/ssh/ssh_int.h"
#include "wire/wire.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REPORT 256

/* A client may be silent for hours while it makes a pack. One whose machine or line is gone
 * is silent too: the system finds that out. */
static void find_the_gone(int listener)
{
	const int idle = 120, between = 30, tries = 4;

	setsockopt(listener, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(listener, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof(between));
	setsockopt(listener, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
}

static int open_loop(struct server *sv, struct err *err)
{
	time_t now = time(NULL);
	struct tm tm;
	int rc = process_set_nonblocking(sv->channel, err);

	gmtime_r(&now, &tm); /* reads the time zone's file */
	for (unsigned i = 0; rc == 0 && i < sv->setup.nlisteners; i++) {
		rc = process_prepare_listener(sv->setup.listeners[i].fd, err);
		find_the_gone(sv->setup.listeners[i].fd);
	}
	sv->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (rc == 0 && sv->epoll < 0)
		rc = err_system(err, errno, "no event loop");
	return rc;
}

static int start(struct server *sv, struct err *err)
{
	char report[REPORT];
	int rc = open_loop(sv, err);

	if (rc == 0)
		rc = library_prepare(sv, err);
	setup_forget_key(&sv->setup);
	if (rc == 0)
		rc = lock_process(LOCK_SSH, report, sizeof(report), err);
	if (rc == 0)
		rc = process_say_ready(sv->channel, report, err);
	return rc;
}

int wire_ssh_run(int channel)
{
	struct server *sv = calloc(1, sizeof(*sv));
	struct err err = {0};
	int rc;

	process_prepare(channel);
	if (!sv)
		return 1;
	sv->channel = channel;
	rc = process_receive_setup(channel, &sv->setup, &err);
	if (rc == 0) {
		log_init("ssh", sv->setup.log_json, sv->setup.log_level);
		rc = start(sv, &err);
	}
	if (rc == ERR_CLOSED)
		log_error("the keeper is gone; stopping");
	else if (rc != 0)
		log_error("cannot start: %s", err.text);
	if (rc != 0)
		return 1;
	if (loop_run(sv) != 0)
		_exit(1); /* sessions are open: nothing to tidy, nobody to tell */
	ssh_bind_free(sv->bind);
	setup_clear(&sv->setup);
	close(sv->epoll);
	free(sv);
	return 0;
}
