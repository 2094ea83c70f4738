/* A session: what is asked for in it, and what becomes of that. */
#include "wire/ssh/ssh_int.h"

#include "wire/process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAILED 128 /* the exit status of a git that could not go on */
#define TOO_LONG "This command is too long.\n"

/* -- what the library calls back -- */

static int on_data(ssh_session ssh, ssh_channel channel, void *data, uint32_t len, int is_stderr,
                   void *arg)
{
	struct session *s = arg;

	(void)ssh;
	(void)channel;
	s->conn->took = true;
	s->conn->server->counts[COUNT_BYTES_IN] += len;
	if (!is_stderr)
		relay_take(s, data, len);
	return (int)len;
}

static void on_eof(ssh_session ssh, ssh_channel channel, void *arg)
{
	struct session *s = arg;

	(void)ssh;
	(void)channel;
	s->conn->took = true;
	s->input_ended = true;
}

static void on_close(ssh_session ssh, ssh_channel channel, void *arg)
{
	struct session *s = arg;

	(void)ssh;
	(void)channel;
	s->conn->took = true;
	s->closed_there = true;
}

/* -- coming -- */

static struct session *make(struct conn *c)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conn = c;
	s->in = s->out = -1;
	s->status = -1;
	buf_init(&s->input, INPUT_MOST);
	buf_init(&s->text, QUESTION_OUT);
	buf_init(&s->errors, QUESTION_ERRORS);
	buf_init(&s->last_text, QUESTION_OUT);
	buf_init(&s->last_errors, QUESTION_ERRORS);
	s->callbacks = (struct ssh_channel_callbacks_struct){.userdata = s,
	                                                     .channel_data_function = on_data,
	                                                     .channel_eof_function = on_eof,
	                                                     .channel_close_function = on_close};
	ssh_callbacks_init(&s->callbacks);
	return s;
}

static bool may_open(const struct conn *c, ssh_message m)
{
	return c->state == CONN_OPEN && ssh_message_subtype(m) == SSH_CHANNEL_SESSION &&
	       c->nsessions < c->server->setup.sessions;
}

void session_open(struct conn *c, ssh_message m)
{
	struct session *s = may_open(c, m) ? make(c) : NULL;

	if (!s) {
		ssh_message_reply_default(m);
		return;
	}
	s->channel = ssh_message_channel_request_open_reply_accept(m);
	if (!s->channel || ssh_set_channel_callbacks(s->channel, &s->callbacks) != SSH_OK) {
		free(s);
		c->over = true;
		return;
	}
	s->next = c->sessions;
	c->sessions = s;
	c->nsessions++;
}

/* -- asking -- */

/* It is answered without the keeper. */
static void finish(struct session *s, int status, const char *errors)
{
	s->asked = s->finished = true;
	s->status = status;
	buf_add_str(&s->last_errors, errors);
}

static void ask_for(struct session *s, enum question_exec kind, const char *command)
{
	struct server *sv = s->conn->server;
	static struct question_session q; /* too large for a stack */
	size_t len = command ? strlen(command) : 0;

	if (len >= sizeof(q.command)) {
		finish(s, FAILED, TOO_LONG);
		return;
	}
	q = (struct question_session){.peer = s->conn->peer, .kind = kind, .pty = s->pty};
	if (len > 0)
		memcpy(q.command, command, len);
	memcpy(q.git_protocol, s->git_protocol, sizeof(q.git_protocol));
	s->node.key = ask_id(sv);
	s->asked = s->owed = true;
	table_add(&sv->sessions, &s->node);
	question_session_write(&sv->msg, s->node.key, &q);
	ask(sv);
}

/* One variable is taken; a client lives well with the others being refused. */
static bool take_variable(struct session *s, const char *name, const char *value)
{
	size_t len = value ? strlen(value) : 0;

	if (s->asked || !name || strcmp(name, "GIT_PROTOCOL") != 0 ||
	    len >= sizeof(s->git_protocol))
		return false;
	memcpy(s->git_protocol, value ? value : "", len + 1);
	return true;
}

static bool take_request(struct session *s, ssh_message m)
{
	int what = ssh_message_subtype(m);

	if (what == SSH_CHANNEL_REQUEST_ENV)
		return take_variable(s, ssh_message_channel_request_env_name(m),
		                     ssh_message_channel_request_env_value(m));
	if (what == SSH_CHANNEL_REQUEST_PTY)
		s->pty = true; /* and refused */
	return !s->asked &&
	       (what == SSH_CHANNEL_REQUEST_EXEC || what == SSH_CHANNEL_REQUEST_SHELL ||
	        what == SSH_CHANNEL_REQUEST_SUBSYSTEM);
}

static void start(struct session *s, ssh_message m)
{
	const char *line;

	switch (ssh_message_subtype(m)) {
	case SSH_CHANNEL_REQUEST_EXEC:
		line = ssh_message_channel_request_command(m);
		ask_for(s, line && *line ? EXEC_COMMAND : EXEC_SHELL, line);
		break;
	case SSH_CHANNEL_REQUEST_SHELL:
		ask_for(s, EXEC_SHELL, NULL);
		break;
	case SSH_CHANNEL_REQUEST_SUBSYSTEM:
		ask_for(s, EXEC_SUBSYSTEM, ssh_message_channel_request_subsystem(m));
		break;
	default:
		break;
	}
}

void session_request(struct conn *c, ssh_message m)
{
	ssh_channel channel = ssh_message_channel_request_channel(m);
	struct session *s = c->sessions;

	while (s && s->channel != channel)
		s = s->next;
	if (!s || c->state != CONN_OPEN || !take_request(s, m)) {
		ssh_message_reply_default(m);
		return;
	}
	if (ssh_message_channel_request_reply_success(m) != SSH_OK)
		c->over = true;
	start(s, m);
}

/* -- the keeper's word -- */

static int add(struct buf *b, const char *data, size_t len, struct err *err)
{
	return len && buf_add(b, data, len) ? err_set(err, ERR_MEMORY, "no memory for words") : 0;
}

static int take_pipes(struct session *s, struct msg *m, struct err *err)
{
	int rc = 0;

	if (s->streams)
		return err_set(err, ERR_INVALID, "a second stream for one session");
	s->streams = true;
	s->in = msg_take_fd(m, 0);
	s->out = msg_take_fd(m, 1);
	if (s->in < 0 || s->out < 0)
		return err_set(err, ERR_INVALID, "a stream without its descriptors");
	rc = process_set_nonblocking(s->in, err);
	return rc ? rc : process_set_nonblocking(s->out, err);
}

static void close_owed(struct session *s)
{
	s->owed = false;
	s->finished = true;
}

int session_answer(struct session *s, struct msg *m, struct err *err)
{
	struct question_words w;
	bool end = m->type == A_END;
	int rc = question_words_read(m, &w, err);

	if (!s->owed)
		return 0; /* its client is gone; the keeper hears of it */
	if (rc == 0)
		rc = add(end ? &s->last_text : &s->text, w.out, w.out_len, err);
	if (rc == 0)
		rc = add(end ? &s->last_errors : &s->errors, w.errors, w.errors_len, err);
	if (rc == 0 && m->type == A_STREAM)
		rc = take_pipes(s, m, err);
	if (rc != 0)
		return rc;
	s->status = w.status;
	if (m->type != A_STREAM)
		close_owed(s);
	relay_input(s);
	conn_run(s->conn);
	return 0;
}

/* -- going -- */

static void abandon(struct session *s)
{
	if (s->owed)
		ask_gone(s);
	s->owed = false;
	relay_close(s);
}

void session_free(struct session *s)
{
	abandon(s);
	table_remove(&s->conn->server->sessions, &s->node);
	buf_clear(&s->input);
	buf_clear(&s->text);
	buf_clear(&s->errors);
	buf_clear(&s->last_text);
	buf_clear(&s->last_errors);
	free(s->block);
	free(s);
}

static bool is_done(const struct session *s)
{
	return s->closed_there && s->closed_here;
}

/* The library's own channel goes only now: until both sides have closed it, messages
 * that wait may point to it. */
void session_settle(struct conn *c)
{
	struct session **at = &c->sessions;

	while (*at) {
		struct session *s = *at;

		if (s->closed_there && !s->closed_here) {
			abandon(s);
			s->finished = true;
			/* it says so when it could not say it yet */
			s->closed_here = ssh_channel_close(s->channel) != SSH_AGAIN;
		}
		if (!is_done(s)) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		c->nsessions--;
		ssh_channel_free(s->channel);
		session_free(s);
	}
}
