#include "wire/exchange_int.h"

#include <sys/epoll.h>

static const struct head_refusal too_long = {413, "The body of this request is too long.\n"};
static const struct head_refusal no_room = {
        503, "The server has no room for this request now. Please try again in a moment.\n"};
static const struct head_refusal bad_packing = {
        400, "The body of this request is not the Content-Encoding it says.\n"};

bool body_collect(struct exchange *ex, uint64_t limit, size_t expected)
{
	if (!collect_open(&ex->collect, &ex->wire->budget, limit, expected, ex->head.coding))
		return false;
	ex->mode = MODE_COLLECT;
	return true;
}

/* The rest of the body is read and thrown away; then `why` is the answer, if
 * it is one. */
static void start_dropping(struct exchange *ex, const struct head_refusal *why, uint64_t limit)
{
	ex->mode = MODE_DROP;
	ex->failed = why;
	ex->drop_limit = limit;
	if (why != NULL)
		collect_close(&ex->collect);
}

static enum MHD_Result drop(struct exchange *ex, size_t *size)
{
	ex->dropped += *size;
	*size = 0;
	return ex->dropped > ex->drop_limit ? MHD_NO : MHD_YES;
}

static enum MHD_Result take_collected(struct exchange *ex, const char *data, size_t *size)
{
	enum collect_result result = collect_add(&ex->collect, data, *size);

	*size = 0;
	if (result == COLLECT_OVER && ex->rest_wanted) {
		ex->overflowed = true;
		start_dropping(ex, NULL, ex->rest_limit);
	} else if (result != COLLECT_OK) {
		start_dropping(ex,
		               result == COLLECT_OVER     ? &too_long
		               : result == COLLECT_MEMORY ? &no_room
		                                          : &bad_packing,
		               WIRE_DROP);
	}
	return MHD_YES;
}

/* The pipe is full: sleep until it has room. Lock not held. */
static void wait_for_room(struct exchange *ex)
{
	struct wire *w = ex->wire;

	pthread_mutex_lock(&w->lock);
	exchange_no_deadline(ex);
	exchange_sleep(ex);
	if (ex->dead || !pump_watch(w, ex->feed.fd, EPOLLOUT, ex->node.key, EVENT_BODY)) {
		ex->dead = true;
		exchange_wake(ex);
	}
	pthread_mutex_unlock(&w->lock);
}

static void close_feed(struct exchange *ex)
{
	if (ex->feed.fd >= 0)
		pump_unwatch(ex->wire, ex->feed.fd);
	feed_close(&ex->feed);
}

/* The child reads no more. Its answer is what counts, but it can be sent only
 * once the body is over. */
static enum MHD_Result take_fed(struct exchange *ex, const char *data, size_t *size)
{
	enum feed_result result = feed_add(&ex->feed, &data, size);

	if (result == FEED_WAIT && *size > 0) {
		wait_for_room(ex);
	} else if (result == FEED_CLOSED || result == FEED_BROKEN) {
		close_feed(ex);
		*size = 0;
		start_dropping(ex, result == FEED_BROKEN ? &bad_packing : NULL,
		               result == FEED_BROKEN ? WIRE_DROP : UINT64_MAX);
	}
	return MHD_YES;
}

enum MHD_Result body_take(struct exchange *ex, const char *data, size_t *size)
{
	enum MHD_Result result;
	size_t offered;
	bool dead;

	pthread_mutex_lock(&ex->wire->lock);
	dead = ex->dead;
	pthread_mutex_unlock(&ex->wire->lock);
	if (dead)
		return MHD_NO;
	exchange_progress(ex);
	offered = *size;
	if (ex->mode == MODE_COLLECT)
		result = take_collected(ex, data, size);
	else if (ex->mode == MODE_FEED)
		result = take_fed(ex, data, size);
	else
		result = drop(ex, size);
	count(ex->wire, COUNT_BYTES_IN, offered - *size);
	return result;
}

const struct head_refusal *body_finish(struct exchange *ex, bool *again)
{
	enum feed_result result;

	*again = false;
	if (ex->mode == MODE_COLLECT && collect_end(&ex->collect) != COLLECT_OK) {
		collect_close(&ex->collect);
		return &bad_packing;
	}
	if (ex->mode != MODE_FEED)
		return ex->failed;
	result = feed_end(&ex->feed);
	if (result == FEED_WAIT) {
		wait_for_room(ex);
		*again = true;
		return NULL;
	}
	close_feed(ex);
	return result == FEED_BROKEN ? &bad_packing : NULL;
}
