/* The attacks of a gatehouse-ssh that was taken over. Its folder also holds the blobs of
 * public keys: ann, bob, dead (revoked), strange (of nobody). */
#include "hostile.h"

#include "base/question_ssh.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 10000

/* Too large for a stack. */
static struct question_key key;
static struct question_session session;

static void as(const char *who, uint64_t connection, struct question_peer *out_peer)
{
	static char blobs[4][1024];
	static unsigned next;
	char *blob = blobs[next++ % 4];
	FILE *f = file(who, "re");

	if (f == NULL)
		exit(91);
	memset(out_peer, 0, sizeof(*out_peer));
	out_peer->connection = connection;
	out_peer->port = 50022;
	snprintf(out_peer->address, sizeof(out_peer->address), "192.0.2.7");
	snprintf(out_peer->user, sizeof(out_peer->user), "git");
	out_peer->key = blob;
	out_peer->key_len = fread(blob, 1, sizeof(blobs[0]), f);
	fclose(f);
}

static void ask_key(uint64_t id, const char *who, bool proved)
{
	memset(&key, 0, sizeof(key));
	as(who, 1, &key.peer);
	key.proved = proved;
	question_key_write(&out, id, &key);
}

/* command NULL: a shell. */
static void ask_session(uint64_t id, const char *who, uint64_t connection, const char *command)
{
	memset(&session, 0, sizeof(session));
	as(who, connection, &session.peer);
	session.kind = command ? EXEC_COMMAND : EXEC_SHELL;
	snprintf(session.command, sizeof(session.command), "%s", command ? command : "");
	question_session_write(&out, id, &session);
}

static bool says(uint16_t tag, const char *words)
{
	const struct msg_field *f = msg_find(&in, tag, 0);

	return f && memmem(f->data, f->len, words, strlen(words)) != NULL;
}

static bool await(uint64_t id)
{
	while (hear(PATIENCE_MS)) {
		msg_close_fds(&in);
		if (in.id == id)
			return true;
		report(": an answer for %llu came", (unsigned long long)in.id);
	}
	return false;
}

/* -- questions that are none -- */

static void bare_key(void)
{
	simple(Q_KEY, 1);
}

static void bare_session(void)
{
	simple(Q_EXEC, 1);
}

/* A sound question, and one more field, or another one, that makes it none. */
static void odd_key(void)
{
	static const char large[QUESTION_KEY_BLOB + 1] = "x";

	msg_start(&out, Q_KEY, 1);
	msg_add_u64(&out, TAG_CONNECTION, !strcmp(argument, "connection") ? 0 : 1);
	msg_add_u64(&out, TAG_PORT, !strcmp(argument, "port") ? 65536 : 22);
	msg_add(&out, TAG_ADDRESS, "192.0.2.7\0x", !strcmp(argument, "nul") ? 11 : 9);
	msg_add(&out, TAG_KEY_BLOB, large, !strcmp(argument, "blob") ? sizeof(large) : 51);
	for (int i = 0; !strcmp(argument, "offered") && i < 80; i++)
		msg_add_str(&out, TAG_OFFERED, "ED25519 SHA256:x");
	put();
}

static void odd_session(void)
{
	static char large[QUESTION_COMMAND + 1];

	memset(large, 'x', sizeof(large));
	ask_session(1, "ann", 1, NULL); /* no line, no protocol */
	if (!strcmp(argument, "kind")) {
		session.kind = EXEC_KINDS;
		question_session_write(&out, 1, &session);
	} else if (!strcmp(argument, "shell")) {
		msg_add_str(&out, TAG_COMMAND, "ls");
	} else if (!strcmp(argument, "command")) {
		msg_add(&out, TAG_COMMAND, large, sizeof(large));
	} else {
		msg_add(&out, TAG_GIT_PROTOCOL, large, QUESTION_GIT_PROTOCOL);
	}
	put();
}

static void of_type(void)
{
	simple((uint16_t)strtoul(argument, NULL, 10), 7);
}

/* -- descriptors -- */

static int memory_file(void)
{
	int fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	return fd;
}

/* Also as the one that HTTP may bring along. */
static void with_file(void)
{
	if (!strcmp(argument, "key"))
		ask_key(1, "ann", false);
	else if (!strcmp(argument, "gone"))
		msg_start(&out, Q_GONE, 1);
	else
		ask_session(1, "ann", 1, NULL);
	if (!strcmp(argument, "body"))
		msg_add_u64(&out, TAG_BODY, BODY_WHOLE);
	msg_add_fd(&out, memory_file());
	put();
}

static void with_pipes(void)
{
	int pipes[2];

	if (pipe(pipes) != 0)
		exit(92);
	ask_session(1, "ann", 1, "git-receive-pack 'ann/site.git'");
	msg_add_fd(&out, pipes[0]);
	msg_add_fd(&out, pipes[1]);
	put();
}

/* -- numbers -- */

static void id_zero(void)
{
	ask_session(0, "ann", 1, NULL);
	put();
}

static void while_running(void)
{
	for (int i = 0; i < 2; i++) {
		ask_session(5, "ann", 1, "git-receive-pack 'ann/site.git'");
		put();
		if (i == 0 && (!hear(PATIENCE_MS) || in.type != A_STREAM))
			report(": no stream");
	}
}

static void meddling(void)
{
	unsigned answers = 0, wrong = 0;

	for (uint64_t id = 1; id < 2000; id++)
		simple(Q_GONE, id);
	for (uint64_t id = 1; id < 200; id++) {
		ask_session(id, "ann", 1, NULL);
		put();
		while (hear(0)) {
			answers++;
			wrong += in.type != A_ANSWER || in.nfds > 0;
			msg_close_fds(&in);
		}
	}
	while (answers < 199 && hear(PATIENCE_MS)) {
		answers++;
		wrong += in.type != A_ANSWER || in.nfds > 0;
		msg_close_fds(&in);
	}
	report(": %u answers, %u wrong", answers, wrong);
	sleep(3);
}

/* -- whose key -- */

/* A session by a key that was never asked about. The gate judges it like any other, and
 * knows what it is worth. */
static void unasked(void)
{
	ask_session(1, argument, 1, "git-upload-pack 'ann/site.git'");
	put();
	if (!await(1) || in.type == A_STREAM)
		report(": %s", in.type == A_STREAM ? "a stream" : "no answer");
	else
		report(": exit %llu, %s", (unsigned long long)msg_u64(&in, TAG_EXIT, 99),
		       says(TAG_TEXT, "ERR ") ? "in words of Git" : "in none");
}

/* Proved by one connection, used by another, under the name of a third: what counts is
 * the key that the question brings. */
static void borrowed(void)
{
	ask_key(1, "ann", true);
	put();
	await(1);
	ask_session(2, "bob", 1, NULL);
	put();
	await(2);
	report(": the connection of ann, the key of bob: %s",
	       says(TAG_TEXT, "You are bob") && !says(TAG_TEXT, "ann") ? "bob" : "somebody else");
	ask_session(3, "strange", 1, NULL);
	put();
	await(3);
	report(": the key of nobody: %s", says(TAG_TEXT, "You are") ? "somebody" : "nobody");
}

/* An answer to "may it sign" tells nothing of whether the key is alive. */
static void offered(void)
{
	ask_key(1, "dead", false);
	put();
	await(1);
	report(": offered %llu, %s", (unsigned long long)msg_u64(&in, TAG_ALLOW, 9),
	       msg_find(&in, TAG_TEXT, 0) ? "with words" : "without a word");
	ask_key(2, "dead", true);
	put();
	await(2);
	report(": proved %llu, %s", (unsigned long long)msg_u64(&in, TAG_ALLOW, 9),
	       says(TAG_TEXT, "[token-revoked]") ? "with its end" : "without");
}

/* Two people by turns on one connection: each number gets its own answer. */
static void take_mixed(bool seen[MANY + 1], unsigned *answers, unsigned *wrong)
{
	bool fine = in.id >= 1 && in.id <= MANY && !seen[in.id] &&
	            says(TAG_TEXT, in.id % 2 ? "You are ann" : "You are bob");

	++*answers;
	*wrong += !fine;
	if (fine)
		seen[in.id] = true;
	msg_close_fds(&in);
}

static void mixed(void)
{
	static bool seen[MANY + 1];
	unsigned answers = 0, wrong = 0;

	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t id = 1 + (i * 617) % 1000;

		ask_session(id, id % 2 ? "ann" : "bob", 1, NULL);
		put();
		while (hear(0))
			take_mixed(seen, &answers, &wrong);
	}
	while (answers < 1000 && hear(PATIENCE_MS))
		take_mixed(seen, &answers, &wrong);
	report(": %u answers, %u wrong", answers, wrong);
}

/* -- too much -- */

static void many_keys(void)
{
	unsigned answers = 0, yes = 0;

	for (uint64_t id = 1; id <= MANY; id++) {
		ask_key(id, id % 2 ? "ann" : "strange", false);
		put();
		while (hear(0))
			answers++, yes += msg_u64(&in, TAG_ALLOW, 0) == 1;
	}
	while (answers < MANY && hear(PATIENCE_MS))
		answers++, yes += msg_u64(&in, TAG_ALLOW, 0) == 1;
	report(": %u answers, %u may sign", answers, yes);
}

/* Begins more than there may be at once, and lets none of it end. */
static void flood(void)
{
	for (uint64_t id = 1; id <= MANY; id++) {
		ask_session(id, "ann", id, "git-receive-pack 'ann/site.git'");
		put();
		while (hear(0))
			continue; /* what came along stays open */
	}
}

/* Fills the channel with answers that it does not read. */
static void deaf(void)
{
	struct pollfd p = {.fd = CHANNEL, .events = POLLHUP};

	for (uint64_t id = 1; id <= 2000; id++) {
		ask_session(id, "ann", 1, NULL);
		put();
	}
	poll(&p, 1, PATIENCE_MS);
	await_the_end();
}

/* Dies with much under way. */
static void dying(void)
{
	for (uint64_t id = 1; id <= 300; id++) {
		ask_session(id, "ann", id, "git-receive-pack 'ann/site.git'");
		put();
	}
	hear(PATIENCE_MS);
	abort();
}

/* What it says of itself stands in the log and in the words of a refusal. */
static void odd_words(void)
{
	memset(&key, 0, sizeof(key));
	as("strange", 1, &key.peer);
	snprintf(key.peer.address, sizeof(key.peer.address), "\x1b[31m\n");
	snprintf(key.peer.client, sizeof(key.peer.client), "\x1b]0;x\a\n\xff");
	snprintf(key.peer.user, sizeof(key.peer.user), "\xff\xfe");
	key.offered = 1;
	snprintf(key.fingerprints[0], sizeof(key.fingerprints[0]), "\x1b[2Jx");
	question_key_write(&out, 1, &key);
	put();
	await(1);
	report(": %s", says(TAG_TEXT, "\x1b") ? "an escape comes back" : "no escape comes back");
	ask_session(2, "ann", 1, "\x1b[31m\n");
	put();
	await(2);
	report(": exit %llu", (unsigned long long)msg_u64(&in, TAG_EXIT, 99));
}

const struct attack attacks[] = {
        {"bare-key", bare_key, true},
        {"bare-session", bare_session, true},
        {"key", odd_key, true},
        {"session", odd_session, true},
        {"type", of_type, true},
        {"file", with_file, true},
        {"pipes", with_pipes, true},
        {"id-zero", id_zero, true},
        {"while-running", while_running, true},
        {"meddling", meddling, false},
        {"unasked", unasked, false},
        {"borrowed", borrowed, false},
        {"offered", offered, false},
        {"mixed", mixed, false},
        {"many-keys", many_keys, false},
        {"flood", flood, true},
        {"deaf", deaf, true},
        {"dying", dying, false},
        {"odd-words", odd_words, false},
};
const size_t attack_count = sizeof(attacks) / sizeof(*attacks);
