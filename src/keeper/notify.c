#include "keeper/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STOP_SPARE 20 /* seconds beyond stop-time: workers, the last rows */

/* "@" stands for the NUL of an abstract name. A supervisor that is not there is
 * no fault of ours. */
static void say(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;

	if (len < 2 || len >= sizeof(a.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, len);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
	              (const struct sockaddr *)(const void *)&a,
	              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

void notify_ready(const char *url)
{
	char text[1200];

	snprintf(text, sizeof(text), "READY=1\nSTATUS=serving %s\n", url);
	say(text);
}

void notify_reloading(void)
{
	struct timespec now;
	char text[100];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n",
	         (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	say(text);
}

void notify_stopping(int64_t stop_time)
{
	char text[100];

	snprintf(text, sizeof(text), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64 "\n",
	         (stop_time + STOP_SPARE) * 1000000);
	say(text);
}

/* Milliseconds; 0: nobody watches, or somebody else is meant. */
static int64_t watchdog_span(void)
{
	const char *span = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!span || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return strtoll(span, NULL, 10) / 1000;
}

void notify_alive(int64_t now)
{
	static _Thread_local int64_t last; /* of main's thread */
	int64_t span = watchdog_span();

	if (span <= 0 || now - last < span / 3)
		return;
	last = now;
	say("WATCHDOG=1\n");
}
