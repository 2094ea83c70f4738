#include "base/question_ssh.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

/* Big, so not on the stack. */
static struct msg m;
static struct question_key key, key_read;
static struct question_session session, session_read;
static char blob[QUESTION_KEY_BLOB + 1], large[QUESTION_OUT + 1];

static int fill(void **state)
{
	(void)state;
	memset(&key, 0, sizeof(key));
	key.peer = (struct question_peer){.connection = 7,
	                                  .port = 50022,
	                                  .address = "192.0.2.7",
	                                  .user = "git",
	                                  .client = "SSH-2.0-OpenSSH_9.2p1",
	                                  .key = blob,
	                                  .key_len = 51};
	memset(blob, 'k', sizeof(blob));
	blob[3] = '\0'; /* a blob may hold any byte */
	memset(&session, 0, sizeof(session));
	session.peer = key.peer;
	session.kind = EXEC_COMMAND;
	snprintf(session.command, sizeof(session.command), "git-upload-pack 'ann/site.git'");
	snprintf(session.git_protocol, sizeof(session.git_protocol), "version=2");
	return 0;
}

/* What was written goes over the line: the parser sees it as a peer would. */
static void send_it(void)
{
	struct err err = {0};

	assert_int_equal(m.failed, 0);
	assert_int_equal(msg_parse(&m, m.len, &err), 0);
}

static void same_peer(const struct question_peer *p)
{
	assert_int_equal(p->connection, 7);
	assert_int_equal(p->port, 50022);
	assert_string_equal(p->address, "192.0.2.7");
	assert_string_equal(p->user, "git");
	assert_string_equal(p->client, "SSH-2.0-OpenSSH_9.2p1");
	assert_int_equal(p->key_len, 51);
	assert_memory_equal(p->key, blob, 51);
}

static void test_key(void **state)
{
	(void)state;
	key.offered = 2;
	snprintf(key.fingerprints[0], QUESTION_FINGERPRINT, "RSA SHA256:one");
	snprintf(key.fingerprints[1], QUESTION_FINGERPRINT, "ED25519 SHA256:two");
	question_key_write(&m, 9, &key);
	send_it();
	assert_int_equal(m.id, 9);
	assert_int_equal(question_key_read(&m, &key_read, NULL), 0);
	same_peer(&key_read.peer);
	assert_false(key_read.proved);
	assert_int_equal(key_read.offered, 2);
	assert_string_equal(key_read.fingerprints[0], "RSA SHA256:one");
	assert_string_equal(key_read.fingerprints[1], "ED25519 SHA256:two");
	key.proved = true;
	key.offered = 0;
	question_key_write(&m, 9, &key);
	send_it();
	assert_int_equal(question_key_read(&m, &key_read, NULL), 0);
	assert_true(key_read.proved);
	assert_int_equal(key_read.offered, 0);
}

static void test_session(void **state)
{
	(void)state;
	session.pty = true;
	question_session_write(&m, 10, &session);
	send_it();
	assert_int_equal(question_session_read(&m, &session_read, NULL), 0);
	same_peer(&session_read.peer);
	assert_int_equal(session_read.kind, EXEC_COMMAND);
	assert_string_equal(session_read.command, "git-upload-pack 'ann/site.git'");
	assert_string_equal(session_read.git_protocol, "version=2");
	assert_true(session_read.pty);
}

static void test_shell(void **state)
{
	(void)state;
	session.kind = EXEC_SHELL;
	session.command[0] = session.git_protocol[0] = '\0';
	question_session_write(&m, 10, &session);
	send_it();
	assert_int_equal(question_session_read(&m, &session_read, NULL), 0);
	assert_int_equal(session_read.kind, EXEC_SHELL);
	assert_string_equal(session_read.command, "");
	assert_string_equal(session_read.git_protocol, "");
	assert_false(session_read.pty);
}

static void test_largest(void **state)
{
	struct question_words words = {large, large, QUESTION_OUT, QUESTION_ERRORS, 255};
	struct question_words words_read;

	(void)state;
	key.peer.key_len = QUESTION_KEY_BLOB;
	memset(key.peer.user, 'u', QUESTION_USER - 1);
	memset(key.peer.client, 'c', QUESTION_CLIENT - 1);
	key.offered = QUESTION_OFFERED;
	for (size_t i = 0; i < key.offered; i++)
		memset(key.fingerprints[i], 'f', QUESTION_FINGERPRINT - 1);
	question_key_write(&m, 1, &key);
	send_it();
	assert_int_equal(question_key_read(&m, &key_read, NULL), 0);
	assert_int_equal(key_read.offered, QUESTION_OFFERED);
	memset(session.command, 'x', QUESTION_COMMAND - 1);
	question_session_write(&m, 1, &session);
	send_it();
	assert_int_equal(question_session_read(&m, &session_read, NULL), 0);
	assert_int_equal(strlen(session_read.command), QUESTION_COMMAND - 1);
	msg_start(&m, A_ANSWER, 1);
	question_words_write(&m, &words);
	send_it();
	assert_int_equal(question_words_read(&m, &words_read, NULL), 0);
	assert_int_equal(words_read.out_len, QUESTION_OUT);
	assert_int_equal(words_read.errors_len, QUESTION_ERRORS);
	assert_int_equal(words_read.status, 255);
}

static void test_too_large_to_write(void **state)
{
	const struct question_words many = {large, NULL, QUESTION_OUT + 1, 0, 0};
	const struct question_words beyond = {NULL, NULL, 0, 0, 256};

	(void)state;
	key.peer.key_len = QUESTION_KEY_BLOB + 1;
	question_key_write(&m, 1, &key);
	assert_int_equal(m.failed, ERR_LIMIT);
	key.peer.key_len = 51;
	key.offered = QUESTION_OFFERED + 1;
	question_key_write(&m, 1, &key);
	assert_int_equal(m.failed, ERR_LIMIT);
	msg_start(&m, A_ANSWER, 1);
	question_words_write(&m, &many);
	assert_int_equal(m.failed, ERR_LIMIT);
	msg_start(&m, A_END, 1);
	question_words_write(&m, &beyond);
	assert_int_equal(m.failed, ERR_LIMIT);
}

/* A question about a key with one field put in the place of a good one. */
static int read_key_with(uint16_t tag, const void *data, size_t len)
{
	static const uint16_t tags[] = {TAG_CONNECTION, TAG_PORT, TAG_ADDRESS, TAG_USER,
	                                TAG_KEY_BLOB};
	static const char one[8] = {1};

	msg_start(&m, Q_KEY, 1);
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		if (tags[i] == tag && data)
			msg_add(&m, tag, data, len);
		else if (tags[i] != tag)
			msg_add(&m, tags[i], one, i < 2 ? 8 : 1);
	}
	send_it();
	return question_key_read(&m, &key_read, NULL);
}

static void test_malformed_key(void **state)
{
	static const char zero[8], port[8] = {0, 0, 1};

	(void)state;
	assert_int_equal(read_key_with(TAG_CLIENT, NULL, 0), 0); /* the rest is good */
	assert_int_equal(read_key_with(TAG_CONNECTION, NULL, 0), ERR_INVALID);
	assert_int_equal(read_key_with(TAG_CONNECTION, zero, 8), ERR_INVALID);
	assert_int_equal(read_key_with(TAG_PORT, port, 8), ERR_INVALID);
	assert_int_equal(read_key_with(TAG_ADDRESS, NULL, 0), ERR_INVALID);
	assert_int_equal(read_key_with(TAG_ADDRESS, large, QUESTION_ADDRESS), ERR_INVALID);
	assert_int_equal(read_key_with(TAG_USER, "g\0it", 4), ERR_INVALID);
	assert_int_equal(read_key_with(TAG_KEY_BLOB, NULL, 0), ERR_INVALID);
	assert_int_equal(read_key_with(TAG_KEY_BLOB, blob, sizeof(blob)), ERR_INVALID);
}

static void test_malformed_session(void **state)
{
	(void)state;
	session.kind = EXEC_SHELL; /* with a command */
	question_session_write(&m, 1, &session);
	send_it();
	assert_int_equal(question_session_read(&m, &session_read, NULL), ERR_INVALID);
	session.kind = EXEC_KINDS;
	question_session_write(&m, 1, &session);
	send_it();
	assert_int_equal(question_session_read(&m, &session_read, NULL), ERR_INVALID);
	session.kind = EXEC_COMMAND;
	session.peer.connection = 0;
	question_session_write(&m, 1, &session);
	send_it();
	assert_int_equal(question_session_read(&m, &session_read, NULL), ERR_INVALID);
	question_key_write(&m, 1, &key); /* of another type */
	send_it();
	assert_int_equal(question_session_read(&m, &session_read, NULL), ERR_INVALID);
}

static void test_verdict(void **state)
{
	struct question_verdict v = {false, true, "Not known here.\n", 16}, read;

	(void)state;
	question_verdict_write(&m, 3, &v);
	send_it();
	assert_int_equal(question_verdict_read(&m, &read, NULL), 0);
	assert_false(read.allowed);
	assert_true(read.close);
	assert_int_equal(read.banner_len, 16);
	assert_memory_equal(read.banner, "Not known here.\n", 16);
	v = (struct question_verdict){.allowed = true};
	question_verdict_write(&m, 3, &v);
	send_it();
	assert_int_equal(question_verdict_read(&m, &read, NULL), 0);
	assert_true(read.allowed);
	assert_false(read.close);
	assert_null(read.banner);
}

static void test_malformed_verdict(void **state)
{
	struct question_verdict v = {.allowed = true, .close = true}, read;

	(void)state;
	question_verdict_write(&m, 3, &v); /* come in, and go */
	send_it();
	assert_int_equal(question_verdict_read(&m, &read, NULL), ERR_INVALID);
	msg_start(&m, A_KEY, 3);
	send_it();
	assert_int_equal(question_verdict_read(&m, &read, NULL), ERR_INVALID);
	msg_add_u64(&m, TAG_ALLOW, 2);
	send_it();
	assert_int_equal(question_verdict_read(&m, &read, NULL), ERR_INVALID);
}

static void test_words(void **state)
{
	struct question_words w = {"out", "", 3, 0, 1}, read;

	(void)state;
	msg_start(&m, A_END, 3);
	question_words_write(&m, &w);
	send_it();
	assert_int_equal(question_words_read(&m, &read, NULL), 0);
	assert_int_equal(read.out_len, 3);
	assert_memory_equal(read.out, "out", 3);
	assert_null(read.errors);
	assert_int_equal(read.status, 1);
	w = (struct question_words){.status = -1};
	msg_start(&m, A_STREAM, 3);
	question_words_write(&m, &w);
	send_it();
	assert_int_equal(question_words_read(&m, &read, NULL), 0);
	assert_int_equal(read.status, -1);
	msg_start(&m, A_END, 3);
	msg_add_u64(&m, TAG_EXIT, 256);
	send_it();
	assert_int_equal(question_words_read(&m, &read, NULL), ERR_INVALID);
}

#define FILLED_TEST(title, function)                                                               \
	{                                                                                          \
		title, function, fill, NULL, NULL                                                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FILLED_TEST("a question about a key arrives as it was sent", test_key),
	        FILLED_TEST("a question of a session arrives as it was sent", test_session),
	        FILLED_TEST("a session without a command is a shell", test_shell),
	        FILLED_TEST("the largest of everything fits one message", test_largest),
	        FILLED_TEST("what is beyond a limit is not written", test_too_large_to_write),
	        FILLED_TEST("a malformed question about a key is refused", test_malformed_key),
	        FILLED_TEST("a malformed question of a session is refused", test_malformed_session),
	        FILLED_TEST("a verdict about a key arrives as it was given", test_verdict),
	        FILLED_TEST("a malformed verdict is refused", test_malformed_verdict),
	        FILLED_TEST("words and exit status arrive as they were said", test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
