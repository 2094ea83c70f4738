/* Sockets that were opened before us and stay open after us: an ordinary user
 * serves ports 80 and 443, and no connection is refused during a restart. */
#include "keeper/keeper_int.h"
#include "keeper/listen.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define NAME_MOST 32
#define PASSED_MOST 16

/* The name at *names, up to a colon; *names moves behind it. */
static void next_name(const char **names, char out[NAME_MOST])
{
	size_t len = strcspn(*names, ":");

	snprintf(out, NAME_MOST, "%.*s", (int)(len < NAME_MOST ? len : NAME_MOST - 1), *names);
	*names += len + ((*names)[len] == ':');
}

static bool listens(int fd)
{
	int type = 0, on = 0;
	socklen_t size = sizeof(type), also = sizeof(on);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) && type == SOCK_STREAM &&
	       !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &also) && on;
}

static int take_one(struct keeper *k, int fd, const char *name, struct err *err)
{
	struct listener *l = &k->listeners[k->listener_count];

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	for (int kind = 0; kind < LISTENER_KINDS; kind++) {
		if (strcmp(name, listener_names[kind]) != 0)
			continue;
		if (k->listener_count == sizeof(k->listeners) / sizeof(*k->listeners))
			return err_set(err, ERR_LIMIT, "at most %d addresses can be listened on",
			               MSG_FDS);
		if (!listens(fd))
			return err_set(err, ERR_INVALID,
			               "the socket \"%s\" that was passed does not listen "
			               "(ListenStream= is wanted, with Accept=no)",
			               name);
		*l = (struct listener){.fd = fd, .kind = (enum listener_kind)kind};
		k->listener_count++;
		return listen_show(fd, l->text, sizeof(l->text), err);
	}
	return err_set(err, ERR_INVALID,
	               "a socket named \"%s\" was passed: FileDescriptorName= must be http, "
	               "https, metrics or ssh",
	               name);
}

int activate_take(struct keeper *k, struct err *err)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	char name[NAME_MOST];
	int code = 0;

	if (!pid || !fds || strtoll(pid, NULL, 10) != getpid())
		return 0;
	long long count = strtoll(fds, NULL, 10);
	if (count < 0 || count > PASSED_MOST)
		return err_set(err, ERR_LIMIT, "%s sockets were passed: too many", fds);
	names = names ? names : "";
	for (int i = 0; !code && i < (int)count; i++) {
		next_name(&names, name);
		code = take_one(k, FIRST_FD + i, name, err);
	}
	return code;
}
