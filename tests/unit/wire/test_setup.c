#include "wire/setup.h"

#include "base/question.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct msg *start(void)
{
	struct msg *m = malloc(sizeof(*m));

	assert_non_null(m);
	msg_start(m, A_SETUP, 0);
	return m;
}

/* As if it had come over the channel, with this many descriptors. */
static int read_it(struct msg *m, unsigned nfds, struct setup *s)
{
	assert_int_equal(msg_parse(m, m->len, NULL), 0);
	m->nfds = nfds;
	for (unsigned i = 0; i < nfds; i++)
		m->fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return setup_read(m, s, NULL);
}

static void finish(struct msg *m, struct setup *s)
{
	setup_clear(s);
	msg_close_fds(m);
	free(m);
}

static void reads_everything(void **state)
{
	struct msg *m = start();
	struct setup s;

	(void)state;
	msg_add_str(m, TAG_LISTEN, "http");
	msg_add_str(m, TAG_LISTEN, "https");
	msg_add_str(m, TAG_CERTIFICATE, "cert");
	msg_add_str(m, TAG_KEY, "key");
	msg_add_u64(m, TAG_CONNECTIONS, 77);
	msg_add_u64(m, TAG_HEAD_TIME, 3);
	msg_add_u64(m, TAG_LOG_JSON, 1);
	assert_int_equal(read_it(m, 2, &s), 0);
	assert_int_equal(s.nlisteners, 2);
	assert_false(s.listeners[0].kind == SETUP_HTTPS);
	assert_true(s.listeners[1].kind == SETUP_HTTPS);
	assert_string_equal(s.certificate, "cert");
	assert_string_equal(s.key, "key");
	assert_int_equal(s.connections, 77);
	assert_int_equal(s.head_ms, 3000);
	assert_int_equal(s.idle_ms, 60000);
	assert_true(s.log_json);
	finish(m, &s);
}

static void keeps_limits_in_bounds(void **state)
{
	struct msg *m = start();
	struct setup s;

	(void)state;
	msg_add_str(m, TAG_LISTEN, "http");
	msg_add_u64(m, TAG_HEADER_LIMIT, 1 << 30);
	msg_add_u64(m, TAG_CONNECTIONS, 0);
	msg_add_u64(m, TAG_IDLE_TIME, UINT64_MAX);
	msg_add_u64(m, TAG_LOG_LEVEL, 99);
	assert_int_equal(read_it(m, 1, &s), 0);
	assert_int_equal(s.header_limit, 49152);
	assert_int_equal(s.connections, 1);
	assert_int_equal(s.idle_ms, 86400000);
	assert_int_equal(s.log_level, LOG_ERROR);
	finish(m, &s);
}

static void refuses_what_does_not_fit(void **state)
{
	static const struct {
		uint16_t type;
		const char *listen;
		unsigned times, nfds;
	} rows[] = {
	        {A_SETUP, "http", 0, 0},  /* no listener */
	        {A_SETUP, "http", 2, 1},  /* one without its socket */
	        {A_SETUP, "ftp", 1, 1},   /* unknown */
	        {A_SETUP, "https", 1, 1}, /* no certificate */
	        {A_SETUP, "http", 5, 4},  /* too many */
	        {A_ANSWER, "http", 1, 1}, /* something else */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct msg *m = start();
		struct setup s;

		msg_start(m, rows[i].type, 0);
		for (unsigned n = 0; n < rows[i].times; n++)
			msg_add_str(m, TAG_LISTEN, rows[i].listen);
		assert_int_equal(read_it(m, rows[i].nfds, &s), ERR_INVALID);
		finish(m, &s);
	}
}

static void ssh_needs_a_host_key(void **state)
{
	struct msg *m = start();
	struct setup s;

	(void)state;
	msg_add_str(m, TAG_LISTEN, "ssh");
	assert_int_equal(read_it(m, 1, &s), ERR_INVALID);
	finish(m, &s);
	m = start();
	msg_add_str(m, TAG_LISTEN, "ssh");
	msg_add_str(m, TAG_HOST_KEY, "one");
	msg_add_str(m, TAG_HOST_KEY, "two");
	msg_add_u64(m, TAG_LOGIN_TRIES, 1000);
	msg_add_u64(m, TAG_LOGIN_TIME, 7);
	assert_int_equal(read_it(m, 1, &s), 0);
	assert_int_equal(s.listeners[0].kind, SETUP_SSH);
	assert_string_equal(s.host_keys[0], "one");
	assert_string_equal(s.host_keys[1], "two");
	assert_null(s.host_keys[2]);
	assert_int_equal(s.login_ms, 7000);
	assert_int_equal(s.login_tries, 24); /* as many as a question names */
	setup_forget_key(&s);
	assert_null(s.host_keys[0]);
	finish(m, &s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"a set-up is read as the keeper means it", reads_everything, NULL, NULL, NULL},
	        {"ssh is not served without a host key", ssh_needs_a_host_key, NULL, NULL, NULL},
	        {"limits out of bounds are brought inside", keeps_limits_in_bounds, NULL, NULL,
	         NULL},
	        {"a set-up that does not fit together is refused", refuses_what_does_not_fit, NULL,
	         NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire/setup", tests, NULL, NULL);
}
