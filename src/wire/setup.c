#include "wire/setup.h"

#include "base/question.h"
#include "base/question_ssh.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct limit {
	uint16_t tag;
	uint64_t fallback, least, most;
};

/* The header limit is the memory of one connection in libmicrohttpd; a head
 * must fit into one message. */
static const struct limit limit_connections = {TAG_CONNECTIONS, 1024, 1, 65536};
static const struct limit limit_per_address = {TAG_CONNECTIONS_PER_ADDRESS, 256, 1, 65536};
static const struct limit limit_header = {TAG_HEADER_LIMIT, 32768, 4096, 49152};
static const struct limit limit_memory = {TAG_MEMORY, 64 << 20, 1 << 16, UINT64_C(1) << 40};
static const struct limit limit_head_time = {TAG_HEAD_TIME, 20, 1, 3600};
static const struct limit limit_idle_time = {TAG_IDLE_TIME, 60, 1, 86400};
static const struct limit limit_level = {TAG_LOG_LEVEL, LOG_INFO, LOG_DEBUG, LOG_ERROR};
static const struct limit limit_login_time = {TAG_LOGIN_TIME, 120, 1, 3600};
static const struct limit limit_rest_time = {TAG_REST_TIME, 1800, 1, 7 * 86400};
static const struct limit limit_tries = {TAG_LOGIN_TRIES, 20, 1, QUESTION_OFFERED};
static const struct limit limit_sessions = {TAG_SESSIONS, 16, 1, 1024};
static const struct limit limit_strangers = {TAG_STRANGERS, 256, 1, 65536};

static uint64_t number(const struct msg *m, const struct limit *l)
{
	uint64_t n = msg_u64(m, l->tag, l->fallback);

	return n < l->least ? l->least : n > l->most ? l->most : n;
}

static bool is(const struct msg_field *f, const char *text)
{
	return f->len == strlen(text) && memcmp(f->data, text, f->len) == 0;
}

const char *const setup_kind_names[SETUP_KINDS] = {[SETUP_HTTP] = "http",
                                                   [SETUP_HTTPS] = "https",
                                                   [SETUP_METRICS] = "metrics",
                                                   [SETUP_SSH] = "ssh"};

static bool read_kind(const struct msg_field *f, enum setup_kind *out)
{
	for (int kind = 0; kind < SETUP_KINDS; kind++) {
		if (is(f, setup_kind_names[kind])) {
			*out = (enum setup_kind)kind;
			return true;
		}
	}
	return false;
}

static int read_listeners(struct msg *m, struct setup *out, struct err *err)
{
	const struct msg_field *f;

	while ((f = msg_find(m, TAG_LISTEN, out->nlisteners)) != NULL) {
		struct setup_listener *l = &out->listeners[out->nlisteners];

		if (out->nlisteners == MSG_FDS)
			return err_set(err, ERR_INVALID, "more listeners than descriptors");
		if (!read_kind(f, &l->kind))
			return err_set(err, ERR_INVALID, "a listener of an unknown kind");
		l->fd = msg_take_fd(m, out->nlisteners);
		if (l->fd < 0)
			return err_set(err, ERR_INVALID, "a listener without its socket");
		out->nlisteners++;
	}
	if (out->nlisteners == 0)
		return err_set(err, ERR_INVALID, "no listener");
	return 0;
}

static char *copy(const struct msg *m, uint16_t tag)
{
	const struct msg_field *f = msg_find(m, tag, 0);

	return f == NULL || f->len == 0 ? NULL : strndup(f->data, f->len);
}

static bool has_kind(const struct setup *s, enum setup_kind kind)
{
	for (unsigned i = 0; i < s->nlisteners; i++)
		if (s->listeners[i].kind == kind)
			return true;
	return false;
}

static int read_certificate(const struct msg *m, struct setup *out, struct err *err)
{
	if (!has_kind(out, SETUP_HTTPS))
		return 0;
	out->certificate = copy(m, TAG_CERTIFICATE);
	out->key = copy(m, TAG_KEY);
	if (out->certificate == NULL || out->key == NULL)
		return err_set(err, ERR_INVALID, "https without certificate and key");
	return 0;
}

static int read_host_keys(const struct msg *m, struct setup *out, struct err *err)
{
	const struct msg_field *f;
	unsigned n;

	for (n = 0; n < SETUP_HOST_KEYS && (f = msg_find(m, TAG_HOST_KEY, n)); n++) {
		out->host_keys[n] = strndup(f->data, f->len);
		if (out->host_keys[n] == NULL)
			return err_set(err, ERR_MEMORY, "no memory for a host key");
	}
	if (n == 0 && has_kind(out, SETUP_SSH))
		return err_set(err, ERR_INVALID, "ssh without a host key");
	return 0;
}

int setup_read(struct msg *m, struct setup *out, struct err *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (m->type != A_SETUP)
		return err_set(err, ERR_INVALID, "the first message is no set-up (%u)", m->type);
	out->connections = (unsigned)number(m, &limit_connections);
	out->connections_per_address = (unsigned)number(m, &limit_per_address);
	out->header_limit = (size_t)number(m, &limit_header);
	out->memory = (size_t)number(m, &limit_memory);
	out->head_ms = (int64_t)number(m, &limit_head_time) * 1000;
	out->idle_ms = (int64_t)number(m, &limit_idle_time) * 1000;
	out->log_json = msg_u64(m, TAG_LOG_JSON, 0) == 1;
	out->log_level = (enum log_level)number(m, &limit_level);
	out->login_ms = (int64_t)number(m, &limit_login_time) * 1000;
	out->rest_ms = (int64_t)number(m, &limit_rest_time) * 1000;
	out->login_tries = (unsigned)number(m, &limit_tries);
	out->sessions = (unsigned)number(m, &limit_sessions);
	out->strangers = (unsigned)number(m, &limit_strangers);
	rc = read_listeners(m, out, err);
	if (rc == 0)
		rc = read_certificate(m, out, err);
	if (rc == 0)
		rc = read_host_keys(m, out, err);
	return rc;
}

static void forget(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void setup_forget_key(struct setup *s)
{
	forget(&s->key);
	forget(&s->certificate);
	for (unsigned i = 0; i < SETUP_HOST_KEYS; i++)
		forget(&s->host_keys[i]);
}

void setup_clear(struct setup *s)
{
	for (unsigned i = 0; i < s->nlisteners; i++)
		if (s->listeners[i].fd >= 0)
			close(s->listeners[i].fd);
	s->nlisteners = 0;
	setup_forget_key(s);
}
