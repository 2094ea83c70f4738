/* Sessions of OpenSSH: its forced command connects by a path, asks once, and carries the
 * answer. Each connection is a link like that of a process at the network, with a role
 * and a table of its own; who connects is checked by the kernel's word for it.
 *
 * What it says of the key is believed: sshd has proved that, and only who may run as its
 * account gets here. */
#include "keeper/keeper_int.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

/* -- one of them -- */

static void peer_ended(struct source *s, uint32_t events)
{
	struct wire_link *w = s->owner;

	(void)events;
	keeper_close_source(w->k, s);
	channel_unwatch(w);
	exchange_wire_lost(w); /* what it started ends; the link goes at a later tick */
}

/* The account of sshd's sessions, ourselves, or root. */
static bool may_connect(const struct keeper *k, int fd)
{
	const char *name = atomic_load(&k->settings)->ssh_socket_user;
	const struct passwd *account = getpwnam(name);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return false;
	if (peer.uid == 0 || peer.uid == geteuid() || (account && peer.uid == account->pw_uid))
		return true;
	log_warn("a process of user %u is not let in at ssh-socket (ssh-socket-user is %s)",
	         (unsigned)peer.uid, name);
	return false;
}

static size_t count(const struct keeper *k)
{
	size_t n = 0;

	for (const struct wire_link *w = k->wires; w; w = w->next)
		n += w->kind == WIRE_COMMAND;
	return n;
}

/* Main sees its end by a second descriptor; the workers hear the channel. */
static int adopt(struct wire_link *w, struct err *err)
{
	int watched = fcntl(w->channel_fd, F_DUPFD_CLOEXEC, 0);
	int code;

	if (watched < 0)
		return err_system(err, errno, "no descriptor for it");
	code = keeper_watch(w->k, &w->process, watched, EPOLLRDHUP, err);
	if (code) {
		close(watched);
		return code;
	}
	return channel_watch(w, err);
}

static void take_in(struct keeper *k, int fd)
{
	struct wire_link *w = calloc(1, sizeof(*w));
	struct err err = {0};

	if (!w) {
		close(fd);
		return;
	}
	w->k = k;
	w->kind = WIRE_COMMAND;
	w->ready = true;
	w->channel_fd = fd;
	w->process = (struct source){-1, peer_ended, w};
	pthread_mutex_lock(&k->work_mutex);
	w->next = k->wires;
	k->wires = w;
	pthread_mutex_unlock(&k->work_mutex);
	if (adopt(w, &err)) {
		log_error("a session of sshd: %s", err.text);
		keeper_close_source(k, &w->process);
	}
}

static void connected(struct source *s, uint32_t events)
{
	struct keeper *k = s->owner;
	size_t most = (size_t)atomic_load(&k->settings)->connection_limit;
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	if (may_connect(k, fd) && count(k) < most)
		take_in(k, fd);
	else
		close(fd);
}

/* -- the socket -- */

/* One that an earlier server left is in the way; anything else is somebody's. */
static int make_way(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : err_system(err, errno, "ssh-socket %s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, ERR_EXISTS, "ssh-socket %s: something else lies there", path);
	return unlink(path) ? err_system(err, errno, "ssh-socket %s", path) : 0;
}

static int open_socket(const char *path, int *out, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_LIMIT, "ssh-socket %s: a socket's path is shorter", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	int code = make_way(path, err);
	if (code)
		return code;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_system(err, errno, "ssh-socket");
	/* open to all: who connects is asked for their account */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || chmod(path, 0666) ||
	    listen(fd, BACKLOG)) {
		code = err_system(err, errno, "ssh-socket %s can't be listened on", path);
		close(fd);
		return code;
	}
	*out = fd;
	return 0;
}

int commands_start(struct keeper *k, struct err *err)
{
	const char *path = atomic_load(&k->settings)->ssh_socket;
	int fd = -1;

	k->commands = (struct source){-1, connected, k};
	if (!*path)
		return 0;
	int code = open_socket(path, &fd, err);
	if (!code)
		code = keeper_watch(k, &k->commands, fd, EPOLLIN, err);
	if (code && fd >= 0)
		close(fd);
	return code;
}

/* The socket's file stays: the next server makes way for its own. */
void commands_stop(struct keeper *k)
{
	keeper_close_source(k, &k->commands);
}
