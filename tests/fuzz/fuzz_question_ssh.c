/* Any bytes as each message of the SSH role, in both directions: what is read lies inside
 * the message and within its limits, and means the same when it is written again. Then
 * values made from the bytes: what fits is written, and read as it was. */
#include "base/question_ssh.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Too large for a stack. */
static struct msg in, out;
static struct question_key key, key_again;
static struct question_session session, session_again;

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* A refusal has words. */
static bool reads(int code, const struct err *err)
{
	must(code == 0 || (code == ERR_INVALID && err->text[0]));
	return code == 0;
}

static void sent(void)
{
	struct err err;

	must(out.failed == 0 && msg_parse(&out, out.len, &err) == 0);
}

static bool same(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

static void inside(const struct msg *m, const void *data, size_t len)
{
	const char *at = data;

	must((data == NULL) == (len == 0));
	must(data == NULL || (at >= m->bytes && at + len <= m->bytes + m->len));
}

/* -- from wire -- */

/* All of a field, or nothing: no part that a NUL hides. */
static void whole(uint16_t tag, unsigned nth, const char *text, size_t room)
{
	const struct msg_field *f = msg_find(&in, tag, nth);

	must(memchr(text, '\0', room) != NULL);
	must(strlen(text) == (f ? f->len : 0));
}

static void check_peer(const struct question_peer *p)
{
	must(p->connection != 0 && p->key_len > 0 && p->key_len <= QUESTION_KEY_BLOB);
	inside(&in, p->key, p->key_len);
	must(p->address[0] != '\0');
	whole(TAG_ADDRESS, 0, p->address, sizeof(p->address));
	whole(TAG_USER, 0, p->user, sizeof(p->user));
	whole(TAG_CLIENT, 0, p->client, sizeof(p->client));
}

static void same_peer(const struct question_peer *a, const struct question_peer *b)
{
	must(a->connection == b->connection && a->port == b->port);
	must(!strcmp(a->address, b->address) && !strcmp(a->user, b->user));
	must(!strcmp(a->client, b->client) && same(a->key, a->key_len, b->key, b->key_len));
}

static void as_key(void)
{
	struct err err = {0};

	if (!reads(question_key_read(&in, &key, &err), &err))
		return;
	check_peer(&key.peer);
	must(key.offered <= QUESTION_OFFERED);
	for (unsigned i = 0; i < key.offered; i++)
		whole(TAG_OFFERED, i, key.fingerprints[i], QUESTION_FINGERPRINT);
	question_key_write(&out, in.id, &key);
	sent();
	must(question_key_read(&out, &key_again, &err) == 0);
	same_peer(&key.peer, &key_again.peer);
	must(key.proved == key_again.proved && key.offered == key_again.offered);
	for (size_t i = 0; i < key.offered; i++)
		must(!strcmp(key.fingerprints[i], key_again.fingerprints[i]));
}

static void as_session(void)
{
	struct err err = {0};

	if (!reads(question_session_read(&in, &session, &err), &err))
		return;
	check_peer(&session.peer);
	must(session.kind < EXEC_KINDS && (session.kind != EXEC_SHELL || !session.command[0]));
	whole(TAG_COMMAND, 0, session.command, sizeof(session.command));
	whole(TAG_GIT_PROTOCOL, 0, session.git_protocol, sizeof(session.git_protocol));
	question_session_write(&out, in.id, &session);
	sent();
	must(question_session_read(&out, &session_again, &err) == 0);
	same_peer(&session.peer, &session_again.peer);
	must(session.kind == session_again.kind && session.pty == session_again.pty);
	must(!strcmp(session.command, session_again.command));
	must(!strcmp(session.git_protocol, session_again.git_protocol));
}

/* -- from the keeper -- */

static void as_verdict(void)
{
	struct question_verdict v, again;
	struct err err = {0};

	if (!reads(question_verdict_read(&in, &v, &err), &err))
		return;
	must(!(v.allowed && v.close) && v.banner_len <= QUESTION_BANNER);
	inside(&in, v.banner, v.banner_len);
	question_verdict_write(&out, in.id, &v);
	sent();
	must(question_verdict_read(&out, &again, &err) == 0);
	must(v.allowed == again.allowed && v.close == again.close);
	must(same(v.banner, v.banner_len, again.banner, again.banner_len));
}

static void as_words(void)
{
	struct question_words w, again;
	struct err err = {0};

	if (!reads(question_words_read(&in, &w, &err), &err))
		return;
	must(w.status >= -1 && w.status <= 255);
	must(w.out_len <= QUESTION_OUT && w.errors_len <= QUESTION_ERRORS);
	inside(&in, w.out, w.out_len);
	inside(&in, w.errors, w.errors_len);
	msg_start(&out, A_END, in.id);
	question_words_write(&out, &w);
	sent();
	must(question_words_read(&out, &again, &err) == 0 && w.status == again.status);
	must(same(w.out, w.out_len, again.out, again.out_len));
	must(same(w.errors, w.errors_len, again.errors, again.errors_len));
}

/* -- values from the bytes: the first says which, and how -- */

static void take(const uint8_t **data, size_t *size, char *to, size_t room)
{
	size_t len = *size < room ? *size : room;

	memcpy(to, *data, len);
	*data += len;
	*size -= len;
}

static void make_peer(const uint8_t **data, size_t *size, uint8_t how, struct question_peer *p)
{
	static char blob[QUESTION_KEY_BLOB + 1];

	memset(p, 0, sizeof(*p));
	p->connection = 1 + how;
	p->port = (uint16_t)(how * 257);
	memcpy(p->address, "192.0.2.7", 10);
	take(data, size, p->user, sizeof(p->user) - 1);
	take(data, size, p->client, sizeof(p->client) - 1);
	p->key = blob;
	p->key_len = 1 + (size_t)how * 33; /* up to some beyond the limit */
	memset(blob, how, sizeof(blob));
}

static void write_key(const uint8_t *data, size_t size, uint8_t how)
{
	struct err err = {0};

	memset(&key, 0, sizeof(key));
	make_peer(&data, &size, how, &key.peer);
	key.proved = how & 1;
	for (key.offered = 0; size > 0 && key.offered < QUESTION_OFFERED; key.offered++) {
		take(&data, &size, key.fingerprints[key.offered], QUESTION_FINGERPRINT - 1);
		key.fingerprints[key.offered][0] |= 1; /* none is empty */
	}
	if (size > 0)
		key.offered++; /* one too many, which is not looked at */
	question_key_write(&out, 1, &key);
	must((out.failed != 0) ==
	     (key.peer.key_len > QUESTION_KEY_BLOB || key.offered > QUESTION_OFFERED));
	if (out.failed != 0)
		return;
	sent();
	must(question_key_read(&out, &key_again, &err) == 0);
	same_peer(&key.peer, &key_again.peer);
	must(key.offered == key_again.offered && key.proved == key_again.proved);
}

/* Words of any length up to some beyond the limits: two bytes say how many, and what
 * follows is repeated until it is enough, so that a long one needs no long input. */
static size_t make_words(const uint8_t *data, size_t size, char *to, size_t room)
{
	size_t len = ((size_t)data[0] << 8 | data[1]) % (room + 1);

	for (size_t i = 0; i < len; i++)
		to[i] = (char)(size > 2 ? data[2 + i % (size - 2)] : 0);
	return len;
}

static void write_words(const uint8_t *data, size_t size, uint8_t how)
{
	static char text[QUESTION_OUT + 64];
	struct question_words w = {.out = text}, again;
	struct err err = {0};

	if (size < 2)
		return;
	w.out_len = make_words(data, size, text, sizeof(text));
	w.status = how * 2 - 1;
	w.errors = w.out;
	w.errors_len = w.out_len / 2;
	msg_start(&out, A_ANSWER, 1);
	question_words_write(&out, &w);
	must((out.failed != 0) ==
	     (w.out_len > QUESTION_OUT || w.errors_len > QUESTION_ERRORS || w.status > 255));
	if (out.failed != 0)
		return;
	sent();
	must(question_words_read(&out, &again, &err) == 0 && again.status == w.status);
	must(same(w.out, w.out_len, again.out, again.out_len));
	must(same(w.errors, w.errors_len, again.errors, again.errors_len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = {0};

	if (size <= MSG_MAX) {
		memcpy(in.bytes, data, size);
		if (msg_parse(&in, size, &err) == 0) {
			as_key();
			as_session();
			as_verdict();
			as_words();
		}
	}
	if (size > 2 && data[0] % 2)
		write_key(data + 2, size - 2, data[1]);
	else if (size > 2)
		write_words(data + 2, size - 2, data[1]);
	return 0;
}
