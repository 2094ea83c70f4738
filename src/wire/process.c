#include "wire/process.h"

#include "base/log.h"
#include "base/question.h"
#include "wire/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Dies with the keeper, even in the middle of something, and only with it: a
 * signal to the whole group (Ctrl-C, a stop of the service) is the keeper's to
 * answer, which lets running transfers end. */
void process_prepare(int channel)
{
	struct rlimit files;

	close_range((unsigned)channel + 1, ~0U, 0); /* whatever else was left open for it */
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

int process_receive_setup(int channel, struct setup *out, struct err *err)
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
		explicit_bzero(m->bytes, m->len); /* it held the keys */
		msg_close_fds(m);
	}
	free(m);
	return rc;
}

int process_set_nonblocking(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_system(err, errno, "descriptor %d cannot be used", fd);
	return 0;
}

/* What is accepted from it inherits this. Small pieces go out at once: what belongs
 * together is written together. */
int process_prepare_listener(int fd, struct err *err)
{
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return process_set_nonblocking(fd, err);
}

void process_show_address(const struct sockaddr *a, char out[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)a;
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)a;

	out[0] = '\0';
	if (a->sa_family == AF_INET)
		inet_ntop(AF_INET, &four->sin_addr, out, INET6_ADDRSTRLEN);
	else if (a->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, out, INET6_ADDRSTRLEN);
	else if (a->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &six->sin6_addr, out, INET6_ADDRSTRLEN);
}

int process_say_ready(int channel, const char *report, struct err *err)
{
	struct msg *m = malloc(sizeof(*m));
	int rc;

	if (m == NULL)
		return err_set(err, ERR_MEMORY, "no memory");
	msg_start(m, Q_READY, 0);
	msg_add_str(m, TAG_TEXT, report);
	rc = msg_send(channel, m, err);
	free(m);
	return rc;
}

static int is_channel(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

int process_main(const char *program, const char *word, int argc, int (*run)(int channel))
{
	log_init(word, false, LOG_INFO);
	if (argc > 1 || !is_channel(WIRE_CHANNEL)) {
		log_error("%s is started by gatehouse serve, not by hand", program);
		return 2;
	}
	return run(WIRE_CHANNEL);
}
