/* gatehouse-http: started by `gatehouse serve`, never by a person. */
#include "wire/wire.h"

#include "base/log.h"

#include <sys/socket.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
/* The leak checker traces the process from a thread of its own: the lock
 * forbids that. */
const char *__asan_default_options(void);
int __lsan_is_turned_off(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int __lsan_is_turned_off(void)
{
	return 1;
}
#endif

static int is_channel(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

int main(int argc, char **argv)
{
	(void)argv;
	log_init("http", false, LOG_INFO);
	if (argc > 1 || !is_channel(WIRE_CHANNEL)) {
		log_error("gatehouse-http is started by gatehouse serve, not by hand");
		return 2;
	}
	return wire_http_run(WIRE_CHANNEL);
}
