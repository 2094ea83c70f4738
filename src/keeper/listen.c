#include "keeper/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

/* Parts host and port; brackets around an IPv6 address are taken off. */
static int part(const char *text, char *host, size_t size, const char **port, struct err *err)
{
	const char *colon = strrchr(text, ':'), *start = text, *end = colon;

	if (!colon || !colon[1])
		return err_set(err, ERR_INVALID, "%s: an address to listen on is ADDR:PORT", text);
	if (*start == '[') {
		if (end == start || end[-1] != ']')
			return err_set(err, ERR_INVALID, "%s: the bracket is not closed", text);
		start++;
		end--;
	} else if (memchr(start, ':', (size_t)(end - start))) {
		return err_set(err, ERR_INVALID, "%s: an IPv6 address needs brackets: [%.*s]:%s",
		               text, (int)(end - start), start, colon + 1);
	}
	if ((size_t)(end - start) >= size)
		return err_set(err, ERR_INVALID, "%s: too long", text);
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	*port = colon + 1;
	return 0;
}

int listen_show(int fd, char *shown, size_t size, struct err *err)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&a, &len) ||
	    getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port, sizeof(port),
	                NI_NUMERICHOST | NI_NUMERICSERV))
		return err_set(err, ERR_IO, "the address in use can't be read");
	snprintf(shown, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
	return 0;
}

static int bind_one(const struct addrinfo *a, int *fd)
{
	int on = 1, off = 0;

	*fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return errno;
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->ai_family == AF_INET6)
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(*fd, a->ai_addr, a->ai_addrlen) || listen(*fd, BACKLOG)) {
		int errnum = errno;
		close(*fd);
		return errnum;
	}
	return 0;
}

int listen_open(const char *text, int *fd, char *shown, size_t size, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	                         .ai_flags = AI_PASSIVE | AI_NUMERICSERV | AI_NUMERICHOST};
	struct addrinfo *list;
	char host[256];
	const char *port = NULL;
	int made;

	int code = part(text, host, sizeof(host), &port, err);
	if (code)
		return code;
	if (!host[0]) /* one socket for both families */
		snprintf(host, sizeof(host), "::");
	int failed = getaddrinfo(host, port, &hints, &list);
	if (failed)
		return err_set(err, ERR_INVALID, "%s: %s (addresses are given as numbers)", text,
		               gai_strerror(failed));
	failed = bind_one(list, &made);
	freeaddrinfo(list);
	if (failed)
		return err_system(err, failed, "%s can't be listened on", text);
	code = listen_show(made, shown, size, err);
	if (code)
		close(made);
	else
		*fd = made;
	return code;
}
