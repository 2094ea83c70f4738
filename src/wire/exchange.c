#include "wire/exchange_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/question.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIRE_MAX_BLANKS 1024 /* between a header's name and its value */

static const struct head_refusal too_large_head = {431, "The head of this request is too large.\n"};
const struct head_refusal exchange_broken = {
        502, "The server could not answer this request. Please try again.\n"};
static const struct head_refusal no_room = {
        503, "The server has no room for this request now. Please try again in a moment.\n"};
static const struct head_refusal too_long = {413, "The body of this request is too long.\n"};

/* -- sleep and time -- */

void exchange_sleep(struct exchange *ex)
{
	ex->suspended = true;
	MHD_suspend_connection(ex->mhd);
}

/* The library must be told once for each sleep: a resume of a connection that
 * is awake would undo its next sleep. */
void exchange_wake(struct exchange *ex)
{
	if (!ex->suspended)
		return;
	ex->suspended = false;
	MHD_resume_connection(ex->mhd);
}

void exchange_abort(struct exchange *ex)
{
	ex->dead = true;
	exchange_wake(ex);
}

void exchange_progress(struct exchange *ex)
{
	atomic_store(&ex->conn->deadline, clock_mono_ms() + ex->wire->setup.idle_ms);
}

void exchange_no_deadline(struct exchange *ex)
{
	atomic_store(&ex->conn->deadline, 0);
}

/* -- birth and death -- */

void exchange_set_open(struct exchange *ex, bool open)
{
	if (open && !ex->open)
		ex->wire->owed++;
	else if (!open && ex->open)
		ex->wire->owed--;
	ex->open = open;
	if (open)
		hear_by_pump(ex->wire);
}

void *exchange_begin(void *arg, const char *uri, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *ex = calloc(1, sizeof(*ex));
	struct wire *w = arg;

	if (ex == NULL || info == NULL || info->socket_context == NULL)
		goto failed;
	ex->target = strdup(uri == NULL ? "" : uri);
	if (ex->target == NULL)
		goto failed;
	ex->wire = w;
	ex->conn = info->socket_context;
	ex->mhd = mhd;
	ex->out = -1;
	collect_init(&ex->collect);
	feed_init(&ex->feed);
	pthread_mutex_lock(&w->lock);
	ex->node.key = ++w->last_id;
	ex->conn->exchange = ex;
	pthread_mutex_unlock(&w->lock);
	return ex;
failed:
	free(ex);
	return NULL;
}

static void tell_gone(struct exchange *ex)
{
	static _Thread_local struct msg m; /* 64 KB: not on the stack */

	msg_start(&m, Q_GONE, ex->node.key);
	msg_send(ex->wire->channel, &m, NULL); /* a channel that is gone ends the pump */
}

/* The keeper hears of it before a body's pipe is closed: a cut upload must not
 * look like a whole one for longer than it takes. */
static void end_exchange(struct exchange *ex)
{
	struct wire *w = ex->wire;
	bool open;

	pthread_mutex_lock(&w->lock);
	ex->conn->exchange = NULL;
	open = ex->open;
	exchange_set_open(ex, false);
	table_remove(&w->exchanges, &ex->node);
	pthread_mutex_unlock(&w->lock);
	if (open)
		tell_gone(ex);
	if (ex->feed.fd >= 0)
		pump_unwatch(w, ex->feed.fd);
	feed_close(&ex->feed);
	collect_close(&ex->collect);
	out_close(ex);
	answer_clear(&ex->answer);
	free(ex->spool);
	free(ex->target);
	free(ex);
}

void exchange_completed(void *arg, struct MHD_Connection *mhd, void **context,
                        enum MHD_RequestTerminationCode why)
{
	struct exchange *ex = *context;
	struct wire *w = arg;
	struct conn *conn;

	(void)mhd;
	(void)why;
	*context = NULL;
	if (ex == NULL)
		return;
	conn = ex->conn;
	end_exchange(ex);
	pthread_mutex_lock(&w->lock);
	conn->served = true;
	atomic_store(&conn->deadline,
	             w->draining ? 1 : clock_mono_ms() + w->setup.idle_ms + w->setup.head_ms);
	if (w->draining)
		pump_wake(w);
	pthread_mutex_unlock(&w->lock);
}

/* -- answers -- */

/* With the library from here on. */
static enum MHD_Result queue(struct exchange *ex)
{
	enum MHD_Result result;
	bool draining, head_only;

	pthread_mutex_lock(&ex->wire->lock);
	ex->queued = true;
	draining = ex->wire->draining;
	pthread_mutex_unlock(&ex->wire->lock);
	if (draining)
		answer_close_after(&ex->answer);
	head_only = strcmp(ex->head.method, "HEAD") == 0;
	if (head_only)
		answer_head_only(&ex->answer);
	if (ex->stage == STAGE_HEAD && head_has_body(&ex->head))
		ex->conn->linger = true; /* the library closes, with a body unread */
	exchange_progress(ex);
	/* the first piece of a stream is there (out_ready) */
	ex->conn->transport.more = !head_only && (ex->answer.stream || ex->answer.text_len > 0);
	result = MHD_queue_response(ex->mhd, ex->answer.status, ex->answer.response);
	count(ex->wire, COUNT_BYTES_OUT, ex->answer.text_len);
	if (ex->answer.stream)
		return result; /* prefix and pipe are read from here */
	answer_clear(&ex->answer);
	return result;
}

/* Says it in wire's own words. close: nothing more on this connection. */
static enum MHD_Result refuse(struct exchange *ex, const struct head_refusal *why, bool close)
{
	struct answer a;

	if (answer_text(why->status, why->text, close, &a) != 0)
		return MHD_NO;
	count(ex->wire, COUNT_REFUSED, 1);
	pthread_mutex_lock(&ex->wire->lock);
	answer_clear(&ex->answer);
	ex->answer = a;
	pthread_mutex_unlock(&ex->wire->lock);
	return queue(ex);
}

/* -- questions -- */

static void write_request(struct exchange *ex, struct msg *m, enum question_body body, int fd)
{
	msg_start(m, Q_REQUEST, ex->node.key);
	head_write(&ex->head, m);
	msg_add_str(m, TAG_ADDRESS, ex->conn->address);
	if (ex->conn->kind == SETUP_HTTPS)
		msg_add_u64(m, TAG_TLS, 1);
	if (ex->conn->kind == SETUP_METRICS)
		msg_add_u64(m, TAG_METRICS, 1);
	msg_add_u64(m, TAG_BODY, body);
	if (fd >= 0)
		msg_add_fd(m, fd);
}

/* Asks the keeper. Closes fd. NULL, or why it can't be asked. */
static const struct head_refusal *ask(struct exchange *ex, enum question_body body, int fd)
{
	static _Thread_local struct msg m;
	struct wire *w = ex->wire;
	struct err err = {0};
	int rc;

	pthread_mutex_lock(&w->lock);
	if (!ex->asked)
		table_add(&w->exchanges, &ex->node);
	ex->asked = true; /* before it is sent: the answer may be faster than this thread */
	exchange_set_open(ex, true);
	ex->waiting = true;
	ex->pending = body == BODY_PENDING;
	ex->reply = REPLY_NONE;
	pthread_mutex_unlock(&w->lock);
	if (ex->conn->kind == SETUP_METRICS) {
		counts_write(w, &m);
		(void)msg_send(w->channel, &m, NULL); /* the question tells how it failed */
	}
	write_request(ex, &m, body, fd);
	rc = msg_send(w->channel, &m, &err);
	explicit_bzero(m.bytes, m.len); /* it held a credential */
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		return NULL;
	if (rc != ERR_CLOSED && rc != ERR_LIMIT)
		log_error("cannot ask the keeper: %s", err.text);
	return rc == ERR_LIMIT ? &too_large_head : &exchange_broken;
}

/* -- the stages -- */

static enum MHD_Result on_end(struct exchange *ex);

/* The library forgives a NUL inside a value (it cuts it there), a line that
 * ends in LF alone, and a value folded over lines (it copies those together):
 * each can mean one thing to a proxy and another to us. Its strings still lie
 * in the head as it came, where only their ends were made NUL: a name, one byte
 * for the colon, blanks, the value, blanks, two bytes for CR and LF. */
static bool came_as_one_line(const char *name, size_t name_len, const char *value, size_t value_len)
{
	uintptr_t from = (uintptr_t)name + name_len, to = (uintptr_t)value;
	const char *p;

	if (to <= from || to - from > WIRE_MAX_BLANKS)
		return false;
	for (p = name + name_len + 1; p < value; p++)
		if (*p != ' ' && *p != '\t')
			return false;
	for (p = value + value_len; *p == ' ' || *p == '\t';)
		p++;
	return p[0] == '\0' && p[1] == '\0';
}

static enum MHD_Result add_field(void *arg, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
	struct head *h = arg;

	(void)kind;
	if (value != NULL && !came_as_one_line(name, name_len, value, value_len))
		h->bad_value = true;
	head_field(h, name, name_len, value, value_len);
	return MHD_YES;
}

/* A NUL inside the target: the library cuts it there, but method, target and
 * version still lie behind each other as they came. */
static bool target_was_cut(const struct exchange *ex, const char *url, const char *version)
{
	uintptr_t from = (uintptr_t)url, to = (uintptr_t)version;

	return to > from && to - from <= ex->wire->setup.header_limit &&
	       to - from - 1 > strlen(ex->target);
}

static const struct head_refusal *judge(struct exchange *ex, const char *url, const char *method,
                                        const char *version)
{
	ex->judged = true;
	ex->old = strcmp(version, "HTTP/1.1") != 0;
	MHD_get_connection_values_n(ex->mhd, MHD_HEADER_KIND, add_field, &ex->head);
	return head_check(&ex->head, method, target_was_cut(ex, url, version) ? NULL : ex->target,
	                  version);
}

/* True when the body is small enough to be read before the keeper is asked. */
static bool collect_first(struct exchange *ex)
{
	const struct head *h = &ex->head;
	bool packed = h->coding == CODING_ZLIB;

	return h->has_length && h->length <= WIRE_FAST_BODY && !h->expects_continue &&
	       body_collect(ex, packed ? WIRE_FAST_UNPACKED : h->length,
	                    packed ? WIRE_FAST_BODY : (size_t)h->length);
}

/* The keeper wants the body in a file. Without a body the library would have
 * to be answered now; a longer one than allowed is refused unread. */
static enum MHD_Result start_collect(struct exchange *ex)
{
	const struct head *h = &ex->head;
	uint64_t limit = ex->collect_limit;

	ex->rest_wanted = ex->rest;
	if (h->has_length && h->coding == CODING_NONE && h->length > limit && !ex->rest)
		return refuse(ex, &too_long, true);
	if (!body_collect(ex, limit, 0))
		return refuse(ex, &no_room, true);
	ex->stage = STAGE_BODY;
	return MHD_YES;
}

static enum MHD_Result start_feed(struct exchange *ex)
{
	ex->mode = MODE_FEED;
	ex->stage = STAGE_BODY;
	return MHD_YES;
}

/* What to do before the body, now that the keeper may have spoken. */
static enum MHD_Result step_head(struct exchange *ex)
{
	struct wire *w = ex->wire;
	enum exchange_reply reply;
	bool ready, dead;

	pthread_mutex_lock(&w->lock);
	dead = ex->dead || ex->conn->gone;
	reply = ex->reply;
	ready = reply == REPLY_COLLECT || reply == REPLY_STREAM ||
	        (reply == REPLY_ANSWER && out_ready(ex));
	if (!dead && !ready) {
		exchange_no_deadline(ex);
		exchange_sleep(ex);
	}
	pthread_mutex_unlock(&w->lock);
	if (dead)
		return MHD_NO;
	if (!ready)
		return MHD_YES;
	exchange_progress(ex);
	if (reply == REPLY_ANSWER)
		return queue(ex);
	return reply == REPLY_COLLECT ? start_collect(ex) : start_feed(ex);
}

static enum MHD_Result on_head(struct exchange *ex, const char *url, const char *method,
                               const char *version)
{
	const struct head_refusal *refusal;

	if (ex->judged)
		return step_head(ex);
	exchange_progress(ex);
	refusal = judge(ex, url, method, version);
	if (refusal != NULL) {
		ex->conn->linger = true;
		return refuse(ex, refusal, true);
	}
	if (!head_has_body(&ex->head)) {
		ex->stage = STAGE_END;
		return MHD_YES; /* the library comes again: an answer now would close */
	}
	if (collect_first(ex)) {
		ex->stage = STAGE_BODY;
		return MHD_YES;
	}
	refusal = ask(ex, BODY_PENDING, -1);
	return refusal != NULL ? refuse(ex, refusal, true) : step_head(ex);
}

/* The body is over: the question that waited for it. One without a body is
 * answered at once, as a rule. */
static const struct head_refusal *ask_at_end(struct exchange *ex)
{
	const struct head_refusal *refusal;
	bool aside;
	int fd = -1;

	if (!head_has_body(&ex->head)) {
		aside = hear_aside(ex->wire);
		refusal = ask(ex, BODY_NONE, -1);
		if (aside)
			hear_back(ex->wire, ex);
		return refusal;
	}
	if (ex->mode == MODE_FEED || ex->collect.fd < 0)
		return NULL; /* the answer came with A_STREAM */
	fd = collect_take(&ex->collect);
	if (fd < 0)
		return &no_room;
	return ask(ex, ex->overflowed ? BODY_START : BODY_WHOLE, fd);
}

static enum MHD_Result finish(struct exchange *ex)
{
	const struct head_refusal *refusal;
	bool again;

	ex->stage = STAGE_END;
	refusal = body_finish(ex, &again);
	if (again)
		return MHD_YES;
	if (refusal == NULL)
		refusal = ask_at_end(ex);
	pthread_mutex_lock(&ex->wire->lock);
	ex->finished = true;
	pthread_mutex_unlock(&ex->wire->lock);
	return refusal != NULL ? refuse(ex, refusal, false) : on_end(ex);
}

static enum MHD_Result on_end(struct exchange *ex)
{
	struct wire *w = ex->wire;
	bool ready, dead;

	pthread_mutex_lock(&w->lock);
	dead = ex->dead || ex->conn->gone;
	/* A_STREAM's answer came early; its reply is still REPLY_STREAM. */
	ready = ex->finished && ex->answer.status != 0 && out_ready(ex);
	if (!dead && !ready && ex->finished) {
		exchange_no_deadline(ex);
		exchange_sleep(ex);
	}
	pthread_mutex_unlock(&w->lock);
	if (dead)
		return MHD_NO;
	if (!ex->finished)
		return finish(ex);
	return ready ? queue(ex) : MHD_YES;
}

enum MHD_Result exchange_handle(void *arg, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **context)
{
	struct exchange *ex = *context;

	(void)arg;
	(void)mhd;
	if (ex == NULL)
		return MHD_NO;
	if (*size > 0)
		return body_take(ex, data, size);
	if (ex->stage == STAGE_HEAD)
		return on_head(ex, url, method, version);
	return on_end(ex);
}
