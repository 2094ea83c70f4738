#include "base/question_ssh.h"

#include <stdio.h>
#include <string.h>

/* -- writing -- */

static void too_long(struct msg *m, bool is)
{
	if (is && m->failed == 0)
		m->failed = ERR_LIMIT;
}

static void add_bytes(struct msg *m, uint16_t tag, const void *data, size_t len, size_t most)
{
	too_long(m, len > most);
	if (len > 0)
		msg_add(m, tag, data, len);
}

static void add_text(struct msg *m, uint16_t tag, const char *text, size_t size)
{
	add_bytes(m, tag, text, strnlen(text, size), size - 1);
}

static void add_flag(struct msg *m, uint16_t tag, bool is)
{
	if (is)
		msg_add_u64(m, tag, 1);
}

static void add_peer(struct msg *m, const struct question_peer *p)
{
	msg_add_u64(m, TAG_CONNECTION, p->connection);
	msg_add_u64(m, TAG_PORT, p->port);
	add_text(m, TAG_ADDRESS, p->address, sizeof(p->address));
	add_text(m, TAG_USER, p->user, sizeof(p->user));
	add_text(m, TAG_CLIENT, p->client, sizeof(p->client));
	add_bytes(m, TAG_KEY_BLOB, p->key, p->key_len, QUESTION_KEY_BLOB);
}

void question_key_write(struct msg *m, uint64_t id, const struct question_key *q)
{
	msg_start(m, Q_KEY, id);
	add_peer(m, &q->peer);
	add_flag(m, TAG_SIGNED, q->proved);
	too_long(m, q->offered > QUESTION_OFFERED);
	for (size_t i = 0; i < q->offered && m->failed == 0; i++)
		add_text(m, TAG_OFFERED, q->fingerprints[i], sizeof(q->fingerprints[i]));
}

void question_session_write(struct msg *m, uint64_t id, const struct question_session *q)
{
	msg_start(m, Q_EXEC, id);
	add_peer(m, &q->peer);
	msg_add_u64(m, TAG_EXEC, q->kind);
	add_text(m, TAG_COMMAND, q->command, sizeof(q->command));
	add_text(m, TAG_GIT_PROTOCOL, q->git_protocol, sizeof(q->git_protocol));
	add_flag(m, TAG_PTY, q->pty);
}

void question_verdict_write(struct msg *m, uint64_t id, const struct question_verdict *v)
{
	msg_start(m, A_KEY, id);
	msg_add_u64(m, TAG_ALLOW, v->allowed);
	add_flag(m, TAG_CLOSE, v->close);
	add_bytes(m, TAG_TEXT, v->banner, v->banner ? v->banner_len : 0, QUESTION_BANNER);
}

void question_words_write(struct msg *m, const struct question_words *w)
{
	add_bytes(m, TAG_TEXT, w->out, w->out_len, QUESTION_OUT);
	add_bytes(m, TAG_ERRORS, w->errors, w->errors_len, QUESTION_ERRORS);
	too_long(m, w->status > 255);
	if (w->status >= 0)
		msg_add_u64(m, TAG_EXIT, (uint64_t)w->status);
}

/* -- reading -- */

/* An absent text is an empty one. */
static bool read_text(const struct msg *m, uint16_t tag, unsigned nth, char *out, size_t size)
{
	const struct msg_field *f = msg_find(m, tag, nth);
	size_t len = f ? f->len : 0;

	if (len >= size || (f && memchr(f->data, '\0', len)))
		return false;
	if (len > 0)
		memcpy(out, f->data, len);
	out[len] = '\0';
	return true;
}

/* An absent one is NULL. */
static bool read_bytes(const struct msg *m, uint16_t tag, size_t most, const char **out,
                       size_t *len)
{
	const struct msg_field *f = msg_find(m, tag, 0);

	*out = f && f->len > 0 ? f->data : NULL;
	*len = f ? f->len : 0;
	return *len <= most;
}

static bool read_peer(const struct msg *m, struct question_peer *p)
{
	uint64_t port = msg_u64(m, TAG_PORT, 0);
	const char *key;

	p->connection = msg_u64(m, TAG_CONNECTION, 0);
	p->port = (uint16_t)port;
	if (!read_bytes(m, TAG_KEY_BLOB, QUESTION_KEY_BLOB, &key, &p->key_len) || !key)
		return false;
	p->key = key;
	return p->connection != 0 && port <= UINT16_MAX &&
	       read_text(m, TAG_ADDRESS, 0, p->address, sizeof(p->address)) && p->address[0] &&
	       read_text(m, TAG_USER, 0, p->user, sizeof(p->user)) &&
	       read_text(m, TAG_CLIENT, 0, p->client, sizeof(p->client));
}

static bool read_offered(const struct msg *m, struct question_key *out)
{
	for (out->offered = 0; msg_find(m, TAG_OFFERED, (unsigned)out->offered); out->offered++) {
		if (out->offered == QUESTION_OFFERED ||
		    !read_text(m, TAG_OFFERED, (unsigned)out->offered,
		               out->fingerprints[out->offered], QUESTION_FINGERPRINT) ||
		    !out->fingerprints[out->offered][0])
			return false;
	}
	return true;
}

int question_key_read(const struct msg *m, struct question_key *out, struct err *err)
{
	memset(out, 0, sizeof(*out));
	out->proved = msg_u64(m, TAG_SIGNED, 0) == 1;
	if (m->type != Q_KEY || !read_peer(m, &out->peer) || !read_offered(m, out))
		return err_set(err, ERR_INVALID, "a malformed question about a key");
	return 0;
}

/* A command has a line, and a subsystem a name; a shell has neither. */
static bool is_consistent(const struct question_session *s)
{
	return s->kind == EXEC_SHELL ? !s->command[0] : s->kind < EXEC_KINDS;
}

int question_session_read(const struct msg *m, struct question_session *out, struct err *err)
{
	uint64_t kind = msg_u64(m, TAG_EXEC, EXEC_KINDS);

	memset(out, 0, sizeof(*out));
	out->kind = kind < EXEC_KINDS ? (enum question_exec)kind : EXEC_KINDS;
	out->pty = msg_u64(m, TAG_PTY, 0) == 1;
	if (m->type != Q_EXEC || !read_peer(m, &out->peer) ||
	    !read_text(m, TAG_COMMAND, 0, out->command, sizeof(out->command)) ||
	    !read_text(m, TAG_GIT_PROTOCOL, 0, out->git_protocol, sizeof(out->git_protocol)) ||
	    !is_consistent(out))
		return err_set(err, ERR_INVALID, "a malformed question of a session");
	return 0;
}

int question_verdict_read(const struct msg *m, struct question_verdict *out, struct err *err)
{
	uint64_t allow = msg_u64(m, TAG_ALLOW, UINT64_MAX);

	memset(out, 0, sizeof(*out));
	out->allowed = allow == 1;
	out->close = msg_u64(m, TAG_CLOSE, 0) == 1;
	if (m->type != A_KEY || allow > 1 || (out->allowed && out->close) ||
	    !read_bytes(m, TAG_TEXT, QUESTION_BANNER, &out->banner, &out->banner_len))
		return err_set(err, ERR_INVALID, "a malformed answer about a key");
	return 0;
}

int question_words_read(const struct msg *m, struct question_words *out, struct err *err)
{
	uint64_t status = msg_u64(m, TAG_EXIT, UINT64_MAX);

	memset(out, 0, sizeof(*out));
	out->status = status <= 255 ? (int)status : -1;
	if ((msg_find(m, TAG_EXIT, 0) && status > 255) ||
	    !read_bytes(m, TAG_TEXT, QUESTION_OUT, &out->out, &out->out_len) ||
	    !read_bytes(m, TAG_ERRORS, QUESTION_ERRORS, &out->errors, &out->errors_len))
		return err_set(err, ERR_INVALID, "a malformed answer to a session");
	return 0;
}
