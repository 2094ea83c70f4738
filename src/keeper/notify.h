/* What the supervisor is told: sd_notify(3), a datagram to $NOTIFY_SOCKET. All
 * of it is silent where there is no such socket. Main's thread only. */
#ifndef GATEHOUSE_KEEPER_NOTIFY_H
#define GATEHOUSE_KEEPER_NOTIFY_H

#include <stdint.h>

void notify_ready(const char *url);
void notify_reloading(void);
/* stop_time: seconds that running transfers get; the supervisor is asked to
 * wait that long. */
void notify_stopping(int64_t stop_time);
/* Called again and again: keeps the watchdog ($WATCHDOG_USEC) quiet. now:
 * monotonic milliseconds. */
void notify_alive(int64_t now);

#endif
