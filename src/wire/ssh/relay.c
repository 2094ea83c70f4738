/* The bytes of a session, both ways. Nothing grows when one side is slow: what waits for
 * a child stops the reading of its connection, and a child is read only when
 * the client has taken what came before. */
#include "wire/ssh/ssh_int.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TURN 8 /* blocks of one session, before others have their turn */

/* -- from the client to the child -- */

static void end_input(struct session *s)
{
	if (s->in < 0)
		return;
	if (s->in_watched)
		loop_unwatch(s->conn->server, s->in);
	close(s->in);
	s->in = -1;
	s->in_watched = false;
}

void relay_close_input(struct session *s)
{
	end_input(s);
	buf_clear(&s->input);
}

/* Returns how many bytes the child took. */
static size_t give(struct session *s, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len && s->in >= 0) {
		ssize_t n = write(s->in, data + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) { /* it reads no more: the rest is for nobody */
			relay_close_input(s);
			return len;
		}
		at += (size_t)n;
	}
	return at;
}

static void watch_input(struct session *s)
{
	s->in_watched =
	        loop_watch(s->conn->server, s->in, EPOLLOUT | EPOLLONESHOT, s->node.key, EVENT_IN);
	if (!s->in_watched)
		s->conn->over = true;
}

/* Before it is answered, somebody may be about to read it. */
static bool wants_input(const struct session *s)
{
	return s->in >= 0 || !(s->streams || s->finished || s->closed_there);
}

void relay_take(struct session *s, const char *data, size_t len)
{
	size_t taken = 0;

	if (!wants_input(s))
		return;
	if (s->input.len == 0)
		taken = give(s, data, len);
	if (taken < len && buf_add(&s->input, data + taken, len - taken) != 0)
		s->conn->over = true;
	if (s->input.len > 0 && s->in >= 0)
		watch_input(s);
}

void relay_input(struct session *s)
{
	if (s->input.len > 0 && s->in >= 0)
		buf_drop(&s->input, give(s, s->input.data, s->input.len));
	if (s->input.len == 0)
		buf_clear(&s->input); /* its memory too */
	if (s->input.len > 0 && s->in >= 0)
		watch_input(s);
	else if (s->input_ended)
		end_input(s);
}

size_t relay_waiting(const struct conn *c)
{
	size_t most = 0;

	for (const struct session *s = c->sessions; s; s = s->next)
		most = s->input.len > most ? s->input.len : most;
	return most;
}

/* -- from the child to the client -- */

/* Sends some of it. 0: nothing goes now. */
static size_t put(struct session *s, const char *data, size_t len, bool errors)
{
	struct conn *c = s->conn;
	uint32_t window = ssh_channel_window_size(s->channel);
	int n = 0;

	if (len > BLOCK)
		len = BLOCK;
	if (len > window)
		len = window;
	if (len > 0 && !library_is_full(c->ssh))
		n = errors ? ssh_channel_write_stderr(s->channel, data, (uint32_t)len)
		           : ssh_channel_write(s->channel, data, (uint32_t)len);
	if (n > 0) {
		c->server->counts[COUNT_BYTES_OUT] += (uint64_t)n;
		s->stalled = 0;
	} else if (!s->stalled) {
		s->stalled = clock_mono_ms();
	}
	return n > 0 ? (size_t)n : 0;
}

static bool put_words(struct session *s, struct buf *b, bool errors)
{
	size_t n;

	while (b->len > 0 && (n = put(s, b->data, b->len, errors)) > 0)
		buf_drop(b, n);
	if (b->len == 0)
		buf_clear(b);
	return b->len == 0;
}

static bool put_block(struct session *s)
{
	size_t n;

	while (s->at < s->len && (n = put(s, s->block + s->at, s->len - s->at, false)) > 0)
		s->at += n;
	return s->at == s->len;
}

static void close_output(struct session *s)
{
	if (s->out >= 0) {
		if (s->out_watched)
			loop_unwatch(s->conn->server, s->out);
		close(s->out);
	}
	s->out = -1;
	s->out_watched = false;
	free(s->block);
	s->block = NULL;
	s->at = s->len = 0;
}

static void wait_for_output(struct session *s)
{
	s->out_watched =
	        loop_watch(s->conn->server, s->out, EPOLLIN | EPOLLONESHOT, s->node.key, EVENT_OUT);
	if (!s->out_watched)
		s->conn->over = true;
	free(s->block); /* nothing to hold while it thinks */
	s->block = NULL;
	s->at = s->len = 0;
}

/* True: there is a block to send. */
static bool fetch_block(struct session *s)
{
	ssize_t n;

	if (!s->block)
		s->block = malloc(BLOCK);
	if (!s->block) {
		s->conn->over = true;
		return false;
	}
	s->at = s->len = 0;
	do
		n = read(s->out, s->block, BLOCK);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		s->flowed = true;
		s->len = (size_t)n;
		return true;
	}
	if (n < 0 && errno == EAGAIN)
		wait_for_output(s);
	else
		close_output(s);
	return false;
}

/* True: all that came from the child is through. */
static bool put_stream(struct session *s)
{
	for (int i = 0; s->out >= 0; i++) {
		if (!put_block(s) || s->out_watched)
			return false;
		if (i == TURN) { /* on with it in the next round */
			wait_for_output(s);
			return false;
		}
		if (!fetch_block(s))
			return s->out < 0;
	}
	return true;
}

/* The last words, the exit status, the end: in this order. */
static void put_end(struct session *s)
{
	if (s->flowed)
		buf_clear(&s->last_text);
	if (!put_words(s, &s->last_text, false) || !put_words(s, &s->last_errors, true))
		return;
	if (library_is_full(s->conn->ssh))
		return;
	s->stalled = 0;
	relay_close_input(s);
	if (s->status >= 0)
		ssh_channel_request_send_exit_status(s->channel, s->status);
	s->status = -1;
	s->closed_here = ssh_channel_close(s->channel) != SSH_AGAIN;
}

void relay_output(struct session *s)
{
	if (s->closed_here || s->closed_there)
		return;
	relay_input(s);
	if (put_words(s, &s->errors, true) && put_words(s, &s->text, false) && put_stream(s) &&
	    s->finished)
		put_end(s);
}

void relay_close(struct session *s)
{
	relay_close_input(s);
	close_output(s);
	s->stalled = 0;
}
