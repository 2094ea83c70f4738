/* Coming in: keys are offered, proved, accepted or not. */
#include "wire/ssh/ssh_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METHODS (SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_INTERACTIVE)
#define TOO_MANY "too many keys were offered (ssh -o IdentitiesOnly=yes offers only those named)"
#define NOT_READ "a key of a kind that is not known here was offered, or its signature is wrong"
#define NO_ANSWER "the server cannot answer now; please try again in a moment"

#define HANDSHAKE 3 /* packets before the first request */

/* -- answers -- */

/* The client may try another way. The request is kept: see login_answer_unread. */
static void refuse(struct conn *c, ssh_message m)
{
	struct login *l = c->login;

	ssh_message_auth_set_methods(m, METHODS);
	ssh_message_reply_default(m);
	if (m != l->refused)
		ssh_message_free(l->refused);
	l->refused = m;
}

/* -- words -- */

static void send_banner(struct conn *c, const char *text)
{
	ssh_string words = ssh_string_from_char(text);

	if (words)
		ssh_send_issue_banner(c->ssh, words);
	ssh_string_free(words);
}

static void show_banner(struct conn *c)
{
	struct login *l = c->login;

	if (l->banner.len > 0)
		send_banner(c, buf_str(&l->banner));
	l->shown = l->shown || l->banner.len > 0;
	buf_reset(&l->banner);
}

/* -- what is remembered of keys -- */

static const char *last_rejected(const struct login *l)
{
	return l->question.offered ? l->question.fingerprints[l->question.offered - 1] : NULL;
}

static void note_last(struct conn *c, enum known_end end)
{
	const char *fingerprint = last_rejected(c->login);

	if (fingerprint)
		known_note(&c->server->known, fingerprint, end);
}

/* Of a key that was never met the person hears once, when it is the first: most
 * have one. */
static bool is_time(const struct conn *c)
{
	const struct login *l = c->login;

	switch (known_find(&c->server->known, l->fingerprint)) {
	case KNOWN_GAVE_UP:
		return true;
	case KNOWN_WENT_ON:
		return false;
	default:
		return l->question.offered == 1 && !l->shown;
	}
}

/* -- the keeper's word -- */

static void add_rejected(struct login *l)
{
	struct question_key *q = &l->question;

	l->rejected++;
	for (size_t i = 0; i < q->offered; i++)
		if (strcmp(q->fingerprints[i], l->fingerprint) == 0)
			return;
	if (q->offered == QUESTION_OFFERED) { /* the last ones */
		memmove(q->fingerprints[0], q->fingerprints[1],
		        sizeof(q->fingerprints) - sizeof(q->fingerprints[0]));
		q->offered--;
	}
	memcpy(q->fingerprints[q->offered++], l->fingerprint, sizeof(l->fingerprint));
}

static void reject(struct conn *c, ssh_message m, const struct question_verdict *v)
{
	struct login *l = c->login;

	buf_reset(&l->banner);
	if (v->banner_len > 0 && memchr(v->banner, '\0', v->banner_len) == NULL)
		buf_add(&l->banner, v->banner, v->banner_len);
	add_rejected(l);
	if (l->question.proved || v->close || is_time(c))
		show_banner(c);
	if (v->close) {
		conn_part(c, "no key is accepted here now");
		ssh_message_free(m);
		return;
	}
	refuse(c, m);
}

static void come_in(struct conn *c, ssh_message m)
{
	struct login *l = c->login;
	char *key = malloc(l->question.peer.key_len);

	if (!key) {
		conn_part(c, NO_ANSWER);
		return;
	}
	note_last(c, KNOWN_WENT_ON);
	memcpy(key, l->blob, l->question.peer.key_len);
	c->peer = l->question.peer;
	c->peer.key = key;
	if (ssh_message_auth_reply_success(m, 0) != SSH_OK)
		c->over = true;
	conn_is_in(c);
}

int login_answer(struct login *l, const struct msg *m, struct err *err)
{
	struct conn *c = l->conn;
	struct question_verdict v;
	ssh_message asked = l->asked;
	int rc = question_verdict_read(m, &v, err);

	if (rc != 0)
		return rc;
	table_remove(&c->server->logins, &l->node);
	l->asked = NULL;
	if (!v.allowed) {
		reject(c, asked, &v);
	} else {
		if (l->question.proved)
			come_in(c, asked);
		else
			ssh_message_auth_reply_pk_ok_simple(asked);
		ssh_message_free(asked);
	}
	conn_run(c);
	return 0;
}

/* -- the client's -- */

static bool is_new_key(const struct login *l)
{
	const char *last = last_rejected(l);

	return last && strcmp(last, l->fingerprint) != 0;
}

static bool copy(char *out, size_t size, const char *text)
{
	return text && snprintf(out, size, "%s", text) < (int)size;
}

/* False: it cannot be asked about. */
static bool ask_about(struct conn *c, ssh_message m)
{
	struct login *l = c->login;
	struct server *sv = c->server;

	if (!library_key(m, l) ||
	    !copy(l->question.peer.user, QUESTION_USER, ssh_message_auth_user(m)))
		return false;
	(void)copy(l->question.peer.client, QUESTION_CLIENT, ssh_get_clientbanner(c->ssh));
	if (is_new_key(l))
		note_last(c, KNOWN_WENT_ON);
	l->question.proved = library_is_proved(m);
	l->node.key = ask_id(sv);
	question_key_write(&sv->msg, l->node.key, &l->question);
	if (sv->msg.failed)
		return false;
	l->asked = m;
	table_add(&sv->logins, &l->node);
	ask(sv);
	return true;
}

static bool offer(struct conn *c, ssh_message m)
{
	if (c->login->rejected >= c->server->setup.login_tries) {
		show_banner(c);
		conn_part(c, TOO_MANY);
		return true;
	}
	if (!ask_about(c, m))
		refuse(c, m);
	return false;
}

/* Nobody is asked anything here: a client that gets to this has no other key left, and
 * what it then prints names the one method that there is. */
static void give_up(struct conn *c, ssh_message m)
{
	show_banner(c);
	ssh_message_auth_set_methods(m, SSH_AUTH_METHOD_PUBLICKEY);
	ssh_message_reply_default(m);
}

static bool is_too_much(struct conn *c)
{
	if (++c->login->requests <= REQUESTS_PER_TRY * c->server->setup.login_tries)
		return false;
	show_banner(c);
	conn_part(c, TOO_MANY);
	return true;
}

bool login_request(struct conn *c, ssh_message m)
{
	if (c->state != CONN_LOGIN) {
		ssh_message_reply_default(m);
		return true;
	}
	c->login->unread = c->received.in_packets - c->login->messages; /* before the answer */
	if (is_too_much(c))
		return true;
	if (ssh_message_subtype(m) == SSH_AUTH_METHOD_PUBLICKEY)
		return offer(c, m);
	if (ssh_message_subtype(m) == SSH_AUTH_METHOD_INTERACTIVE) {
		give_up(c, m);
		return true;
	}
	refuse(c, m);
	return false;
}

/* -- what the library keeps to itself -- */

/* Of a request that it can't read, or whose signature is wrong, it says nothing to anybody,
 * and its client waits. All there is to see is a packet that led to no request, which a
 * client that asks for nothing by it (SSH_MSG_IGNORE) has another one follow at once. */
void login_heard(struct conn *c, ssh_message m)
{
	struct login *l = c->login;
	uint64_t unread;

	if (m) {
		l->messages++;
		l->unread_since = 0;
		return;
	}
	unread = c->received.in_packets - l->messages;
	if (unread > HANDSHAKE && unread > l->unread)
		l->unread_since = clock_mono_ms();
	l->unread = unread;
}

bool login_owes(const struct conn *c, int64_t now)
{
	const struct login *l = c->login;

	return c->state == CONN_LOGIN && l->unread_since && now - l->unread_since >= UNREAD_MS;
}

/* It is refused by the answer to a request before it, so that the client goes on to its next
 * key. */
void login_answer_unread(struct conn *c)
{
	struct login *l = c->login;

	l->unread_since = 0;
	if (is_too_much(c))
		return;
	if (l->refused)
		refuse(c, l->refused);
	else
		conn_part(c, NOT_READ);
}

void login_free(struct conn *c)
{
	struct login *l = c->login;

	if (!l)
		return;
	if (c->state == CONN_LOGIN && !l->asked)
		note_last(c, KNOWN_GAVE_UP);
	table_remove(&c->server->logins, &l->node);
	ssh_message_free(l->asked);
	ssh_message_free(l->refused);
	buf_clear(&l->banner);
	free(l);
	c->login = NULL;
}
