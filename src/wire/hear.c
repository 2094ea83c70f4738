/* Who takes in the keeper's words: the pump, or for a moment a thread of the
 * library that has just asked. After that, as long as the keeper owes none,
 * nobody: the pump would be told and untold of the channel with every request.
 * What comes unasked (A_DRAIN) is heard when the pump next looks at the clock. */
#include "wire/wire_int.h"

#include "base/question.h"

#include <sys/epoll.h>

#define WAIT_MESSAGES 8  /* a thread waits for that many */
#define WAIT_PATIENCE 16 /* questions after an answer that took longer */

/* Lock held: the order of these calls is the order of the states. */
static bool watch(struct wire *w, int how, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u64 = EVENT_CHANNEL};

	return epoll_ctl(w->epoll, how, w->channel, &e) == 0;
}

bool hear_start(struct wire *w)
{
	w->hearing = HEARD_BY_PUMP;
	return watch(w, EPOLL_CTL_ADD, EPOLLIN);
}

void hear_by_pump(struct wire *w)
{
	if (w->hearing != HEARD_BY_NOBODY)
		return;
	w->hearing = HEARD_BY_PUMP;
	watch(w, EPOLL_CTL_MOD, EPOLLIN);
}

bool hear_aside(struct wire *w)
{
	bool may;

	pthread_mutex_lock(&w->lock);
	may = w->hearing != HEARD_BY_THREAD && w->patience == 0;
	if (w->patience > 0)
		w->patience--;
	if (may && w->hearing == HEARD_BY_PUMP)
		watch(w, EPOLL_CTL_MOD, 0);
	if (may)
		w->hearing = HEARD_BY_THREAD;
	pthread_mutex_unlock(&w->lock);
	return may;
}

/* One message, if it comes in time. True: on with the next. */
static bool take_for(struct wire *w, const struct exchange *ex)
{
	struct err err = {0};
	int rc = pump_take(w, &err);
	bool goes_on;

	pthread_mutex_lock(&w->lock);
	goes_on = rc == 0 && exchange_waits(ex);
	if (rc == ERR_BUSY)
		w->patience = WAIT_PATIENCE;
	else if (rc != 0)
		w->fault = err;
	pthread_mutex_unlock(&w->lock);
	if (rc != 0 && rc != ERR_BUSY)
		pump_wake(w);
	return goes_on;
}

void hear_back(struct wire *w, const struct exchange *ex)
{
	for (int i = 0; i < WAIT_MESSAGES && take_for(w, ex); i++)
		continue;
	pthread_mutex_lock(&w->lock);
	w->hearing = HEARD_BY_NOBODY;
	if (w->owed > 0)
		hear_by_pump(w);
	pthread_mutex_unlock(&w->lock);
}
