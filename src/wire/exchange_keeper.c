/* What the keeper says of an exchange: in whichever thread takes it in, lock held. */
#include "wire/exchange_int.h"

#include "base/question.h"

#include <stdlib.h>

bool exchange_waits(const struct exchange *ex)
{
	return ex->waiting;
}

static void take_stream(struct exchange *ex, struct msg *m, unsigned n, struct err *err, int *rc)
{
	int fd;

	if (!ex->answer.stream)
		return;
	fd = msg_take_fd(m, n);
	if (fd < 0) {
		*rc = err_set(err, ERR_INVALID, "a stream without its descriptor");
		return;
	}
	out_open(ex, fd);
}

/* An answer or order that nobody waits for is the keeper's mistake. */
static int expect_reply(struct exchange *ex, bool pending, const char *what, struct err *err)
{
	if (!ex->waiting || (pending && !ex->pending))
		return err_set(err, ERR_INVALID, "%s that was not asked for", what);
	ex->waiting = false;
	return 0;
}

int exchange_answer(struct exchange *ex, struct msg *m, struct err *err)
{
	int rc = expect_reply(ex, false, "an answer", err);

	if (rc == 0)
		rc = answer_read(m, out_read, ex, &ex->answer, err);
	if (rc == 0)
		take_stream(ex, m, 0, err, &rc);
	if (rc != 0)
		return rc;
	ex->reply = REPLY_ANSWER;
	exchange_set_open(ex, ex->answer.stream);
	if (out_ready(ex))
		exchange_wake(ex);
	return 0;
}

int exchange_collect(struct exchange *ex, const struct msg *m, struct err *err)
{
	int rc = expect_reply(ex, true, "an order to collect", err);

	if (rc != 0)
		return rc;
	ex->collect_limit = msg_u64(m, TAG_LIMIT, 0);
	ex->rest = msg_u64(m, TAG_REST, 0) == 1;
	ex->rest_limit = msg_u64(m, TAG_REST_LIMIT, WIRE_DROP);
	ex->reply = REPLY_COLLECT;
	ex->open = false;
	exchange_wake(ex);
	return 0;
}

int exchange_stream(struct exchange *ex, struct msg *m, struct err *err)
{
	int rc = expect_reply(ex, true, "an order to stream", err), fd;

	if (rc == 0)
		rc = answer_read(m, out_read, ex, &ex->answer, err);
	if (rc != 0)
		return rc;
	fd = msg_take_fd(m, 0);
	if (fd < 0)
		return err_set(err, ERR_INVALID, "a stream without the body's descriptor");
	if (!feed_open(&ex->feed, fd, ex->head.coding))
		return err_set(err, ERR_MEMORY, "no memory for a body");
	take_stream(ex, m, 1, err, &rc);
	if (rc != 0)
		return rc;
	ex->reply = REPLY_STREAM;
	/* The child may speak before it has read everything: if nobody listened,
	 * both sides would wait for ever. */
	out_fill(ex, WIRE_SPOOL);
	exchange_wake(ex);
	return 0;
}

/* The child failed before the client saw anything: another answer. */
static int replace_answer(struct exchange *ex, const struct msg *m, struct err *err)
{
	struct answer a;
	int rc;

	if (msg_u64(m, TAG_STATUS, 0) != 0)
		rc = answer_read(m, out_read, ex, &a, err);
	else
		rc = answer_text(exchange_broken.status, exchange_broken.text, false, &a);
	if (rc != 0)
		return rc;
	if (a.stream) {
		answer_clear(&a);
		return err_set(err, ERR_INVALID, "an end with a stream");
	}
	answer_clear(&ex->answer);
	ex->answer = a;
	out_close(ex);
	free(ex->spool);
	ex->spool = NULL;
	ex->spool_len = 0;
	ex->spool_size = 0;
	return 0;
}

/* The child has ended, so all it ever said is in the pipe by now. */
static bool nothing_came(struct exchange *ex)
{
	if (ex->out >= 0 && ex->spool_len == 0)
		out_fill(ex, WIRE_FIRST);
	return ex->out < 0 && ex->spool_len == 0;
}

int exchange_end(struct exchange *ex, const struct msg *m, struct err *err)
{
	bool whole = msg_u64(m, TAG_WHOLE, 0) == 1;
	bool other = msg_u64(m, TAG_STATUS, 0) != 0;
	int rc = 0;

	if (ex->ended && ex->whole)
		return 0;
	ex->ended = true;
	exchange_set_open(ex, false);
	ex->whole = whole;
	if (!ex->queued && ex->answer.status != 0 && (!whole || (other && nothing_came(ex))))
		rc = replace_answer(ex, m, err);
	/* Asleep in the middle of the body for the pipe's sake: that goes on until
	 * the pipe says so. */
	if (rc == 0 && (ex->queued || ex->finished || ex->reply == REPLY_ANSWER))
		exchange_wake(ex);
	return rc;
}

/* -- its pipes -- */

void exchange_out_ready(struct exchange *ex)
{
	if (ex->queued) {
		exchange_wake(ex);
		return;
	}
	if (ex->out < 0)
		return;
	out_fill(ex, ex->finished || ex->reply == REPLY_ANSWER ? WIRE_FIRST : WIRE_SPOOL);
	if ((ex->finished || ex->reply == REPLY_ANSWER) && out_ready(ex))
		exchange_wake(ex);
}

void exchange_body_ready(struct exchange *ex)
{
	exchange_wake(ex);
}
