/* The attacks of a gatehouse-http that was taken over. Its folder also holds
 *   token   a credential that may read and write ann/site */
#include "hostile.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void request(uint64_t id, const char *method, const char *target, uint64_t body)
{
	msg_start(&out, Q_REQUEST, id);
	msg_add_str(&out, TAG_METHOD, method);
	msg_add_str(&out, TAG_TARGET, target);
	msg_add_str(&out, TAG_ADDRESS, "192.0.2.7");
	msg_add_str(&out, TAG_HOST, "example.org");
	msg_add_u64(&out, TAG_BODY, body);
}

static void with_token(void)
{
	char token[128] = "", value[256];
	FILE *f = file("token", "re");

	if (f == NULL || fgets(token, sizeof(token), f) == NULL)
		exit(91);
	fclose(f);
	token[strcspn(token, "\n")] = '\0';
	snprintf(value, sizeof(value), "Bearer %s", token);
	msg_add_str(&out, TAG_AUTHORIZATION, value);
}

static uint64_t status_for(uint64_t id)
{
	while (hear(PATIENCE_MS)) {
		msg_close_fds(&in);
		if (in.id == id)
			return msg_u64(&in, TAG_STATUS, 0);
		report(": an answer for %llu came", (unsigned long long)in.id);
	}
	return 0;
}

/* -- messages that are none -- */

static void garbage(void)
{
	char bytes[300];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 151 + 13);
	send_bytes(bytes, sizeof(bytes));
}

static void empty(void)
{
	send_bytes("", 0);
}

static void half(void)
{
	request(1, "GET", "/", BODY_NONE);
	send_bytes(out.bytes, out.len - 11);
}

static void left_over(void)
{
	request(1, "GET", "/", BODY_NONE);
	send_bytes(out.bytes, out.len + 11);
}

static void wrong_magic(void)
{
	request(1, "GET", "/", BODY_NONE);
	out.bytes[3] = '2';
	send_bytes(out.bytes, out.len);
}

static void long_field(void)
{
	request(1, "GET", "/", BODY_NONE);
	memset(out.bytes + 20, 0xff, 4);
	send_bytes(out.bytes, out.len);
}

static void reserved(void)
{
	request(1, "GET", "/", BODY_NONE);
	out.bytes[18] = 1;
	send_bytes(out.bytes, out.len);
}

static void many_fields(void)
{
	request(1, "GET", "/", BODY_NONE);
	out.bytes[6] = out.bytes[7] = (char)0xff;
	send_bytes(out.bytes, out.len);
}

static void oversized(void)
{
	static char bytes[100000] = "GTH1\002";

	send_bytes(bytes, sizeof(bytes));
}

static void of_type(void)
{
	simple((uint16_t)strtoul(argument, NULL, 10), 7);
}

/* -- numbers -- */

static void id_zero(void)
{
	request(0, "GET", "/", BODY_NONE);
	put();
}

static void at_once(void)
{
	for (int i = 0; i < 3; i++) {
		request(5, "GET", "/ann/site.git/info/refs?service=git-upload-pack", BODY_NONE);
		with_token();
		put();
	}
}

/* An answer ends its number: a new question may have it. */
static void after_answer(void)
{
	request(5, "GET", "/", BODY_NONE);
	put();
	report(": status %llu", (unsigned long long)status_for(5));
	request(5, "GET", "/nothing", BODY_NONE);
	put();
	report(": again %llu", (unsigned long long)status_for(5));
}

/* While a git child waits for a push that never comes. */
static void while_running(void)
{
	for (int i = 0; i < 2; i++) {
		request(5, "POST", "/ann/site.git/git-receive-pack", BODY_PENDING);
		msg_add_str(&out, TAG_CONTENT_TYPE, "application/x-git-receive-pack-request");
		with_token();
		put();
		if (i == 0 && (!hear(PATIENCE_MS) || in.type != A_STREAM))
			report(": no stream");
	}
}

static void ready_twice(void)
{
	ready();
}

/* -- descriptors -- */

static int memory_file(bool sealed)
{
	int fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)!write(fd, "0000", 4);
	if (sealed)
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	return fd;
}

static int odd_descriptor(const char *kind)
{
	int pair[2] = {-1, -1};

	if (!strcmp(kind, "directory"))
		return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!strcmp(kind, "path"))
		return open("/", O_PATH | O_CLOEXEC);
	if (!strcmp(kind, "zero"))
		return open("/dev/zero", O_RDWR | O_CLOEXEC);
	if (!strcmp(kind, "file"))
		return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (!strcmp(kind, "unsealed"))
		return memory_file(false);
	if (!strcmp(kind, "pipe"))
		(void)!pipe2(pair, O_CLOEXEC);
	else if (!strcmp(kind, "socket"))
		(void)!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	else
		pair[0] = fcntl(CHANNEL, F_DUPFD_CLOEXEC, 10);
	return pair[0];
}

static void fetch_with(uint64_t body, int fd)
{
	request(9, "POST", "/ann/site.git/git-upload-pack", body);
	msg_add_str(&out, TAG_CONTENT_TYPE, "application/x-git-upload-pack-request");
	with_token();
	if (fd >= 0)
		msg_add_fd(&out, fd);
}

static void odd_body(void)
{
	fetch_with(BODY_WHOLE, odd_descriptor(argument));
	put();
}

static void no_body(void)
{
	fetch_with(BODY_WHOLE, -1);
	put();
}

static void two_bodies(void)
{
	fetch_with(BODY_WHOLE, memory_file(true));
	msg_add_fd(&out, memory_file(true));
	put();
}

static void unclaimed(void)
{
	fetch_with(BODY_NONE, memory_file(true));
	put();
}

static void gone_with_file(void)
{
	msg_start(&out, Q_GONE, 3);
	msg_add_fd(&out, memory_file(true));
	put();
}

static void send_many_fds(size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control;
	struct iovec io;
	struct msghdr h = {.msg_iov = &io, .msg_iovlen = 1};
	struct cmsghdr *c;

	fetch_with(BODY_WHOLE, -1);
	io = (struct iovec){out.bytes, out.len};
	memset(&control, 0, sizeof(control));
	h.msg_control = control.bytes;
	h.msg_controllen = CMSG_SPACE(count * sizeof(int));
	c = CMSG_FIRSTHDR(&h);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof(int));
	for (size_t i = 0; i < count; i++) {
		int fd = memory_file(true);
		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(fd));
	}
	(void)!sendmsg(CHANNEL, &h, MSG_NOSIGNAL);
}

static void too_many_files(void)
{
	send_many_fds(strtoul(argument, NULL, 10));
}

/* A TCP socket with bytes that nobody will ever read, and the wish to wait for
 * them a minute when it is closed. Whoever has the last copy waits. */
static int lingering_socket(void)
{
	const struct linger minute = {1, 60};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static const char bytes[65536];

	if (bind(listener, (struct sockaddr *)&a, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&a, &len) ||
	    connect(fd, (struct sockaddr *)&a, len))
		exit(92);
	int peer = accept(listener, NULL, NULL);
	pid_t keeps = fork();
	if (keeps == 0) { /* the peer that never reads */
		close(CHANNEL);
		close(fd);
		for (int i = 0; i < 50; i++) {
			sleep(1);
			if (file("over", "re"))
				break;
		}
		_exit(peer < 0);
	}
	close(peer);
	close(listener);
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		continue;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &minute, sizeof(minute));
	return fd;
}

static void lingering(void)
{
	int fd = lingering_socket();

	if (!strcmp(argument, "body"))
		fetch_with(BODY_WHOLE, fd);
	else
		msg_start(&out, Q_GONE, 3), msg_add_fd(&out, fd);
	if (!strcmp(argument, "behind")) /* it is still in the channel at the end */
		send_bytes("x", 1);
	put();
	close(fd);
}

/* -- too much -- */

/* Begins more than there may be at once, and lets none of it end. */
static void flood(void)
{
	for (uint64_t id = 1; id <= 10000; id++) {
		request(id, "POST", "/ann/site.git/git-receive-pack", BODY_PENDING);
		msg_add_str(&out, TAG_CONTENT_TYPE, "application/x-git-receive-pack-request");
		with_token();
		put();
		while (hear(0))
			continue; /* what came along stays open */
	}
}

/* Fills the channel with answers that it does not read. */
static void deaf(void)
{
	struct pollfd p = {.fd = CHANNEL, .events = POLLHUP};

	for (uint64_t id = 1; id <= 800; id++) {
		request(id, "GET", "/ann/site.git/info/refs?service=git-upload-pack", BODY_NONE);
		put();
	}
	poll(&p, 1, PATIENCE_MS);
	await_the_end();
}

/* Comes and goes faster than anybody works. */
static void restless(void)
{
	for (uint64_t id = 1; id <= 4000; id++) {
		request(id, "GET", "/ann/site.git/info/refs?service=git-upload-pack", BODY_NONE);
		with_token();
		put();
		simple(Q_GONE, id);
		while (hear(0))
			msg_close_fds(&in);
	}
	request(20000, "GET", "/", BODY_NONE);
	put();
	while (hear(PATIENCE_MS) && in.id != 20000)
		msg_close_fds(&in);
	report(": %s", in.id == 20000 ? "answered at the end" : "no answer at the end");
}

/* -- odd, and no reason to be cut off -- */

/* Ends of what never began, twice, in any order. */
static void strangers(void)
{
	for (uint64_t id = 0; id < 50; id++) {
		simple(Q_GONE, id * id);
		simple(Q_GONE, id * id);
	}
	simple(Q_GONE, UINT64_MAX);
	request(77, "GET", "/", BODY_NONE);
	put();
	report(": status %llu", (unsigned long long)status_for(77));
	simple(Q_GONE, 77);
	simple(Q_GONE, 77);
	request(78, "GET", "/", BODY_NONE);
	put();
	report(": again %llu", (unsigned long long)status_for(78));
}

static void bare(void)
{
	static char text[40000];
	char odd[] = "a\0b";

	msg_start(&out, Q_REQUEST, 1);
	put();
	report(": nothing %llu", (unsigned long long)status_for(1));
	msg_start(&out, Q_REQUEST, 2);
	for (uint16_t tag = 1; tag <= TAG_FORWARDED_OTHER; tag++)
		for (int i = 0; i < 3; i++)
			msg_add(&out, tag, odd, sizeof(odd) - 1);
	put();
	report(": NUL %llu", (unsigned long long)status_for(2));
	memset(text, 'a', sizeof(text) - 1);
	text[0] = '/';
	request(3, "GET", text, BODY_NONE);
	put();
	report(": long %llu", (unsigned long long)status_for(3));
	request(4, "GET", "/", 77);
	put();
	report(": body 77 %llu", (unsigned long long)status_for(4));
	fetch_with(BODY_NONE, -1);
	put();
	report(": none %llu", (unsigned long long)status_for(9));
	request(10, "GET", "/\x1b[31m\n\"<b>\xff", BODY_NONE);
	msg_add(&out, TAG_USER_AGENT, "\x1b]0;x\a\n\xff", 8);
	put();
	report(": escapes %llu", (unsigned long long)status_for(10));
}

/* Three kinds of question, whose answers differ, all at once: each number gets
 * its own. */
static void mixed(void)
{
	static const struct {
		const char *target;
		uint64_t status;
	} kinds[] = {{"/", 200}, {"/ann/site.git/HEAD", 403}, {"/nothing", 404}, {"//", 404}};
	unsigned answers = 0, wrong = 0;
	bool seen[1001] = {false};

	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t id = 1 + (i * 617) % 1000;

		request(id, "GET", kinds[id % 3].target, BODY_NONE);
		put();
		while (hear(i < 999 ? 0 : 2000)) {
			uint64_t got = msg_u64(&in, TAG_STATUS, 0);

			answers++;
			if (in.id < 1 || in.id > 1000 || seen[in.id] ||
			    got != kinds[in.id % 3].status)
				wrong++;
			else
				seen[in.id] = true;
		}
	}
	report(": %u answers, %u wrong", answers, wrong);
}

/* Every number that another process may use. */
static void meddling(void)
{
	for (uint64_t id = 1; id < 2000; id++)
		simple(Q_GONE, id);
	for (uint64_t id = 1; id < 200; id++) {
		request(id, "GET", "/nothing", BODY_NONE);
		put();
	}
	unsigned answers = 0, wrong = 0;
	while (answers < 199 && hear(PATIENCE_MS)) {
		answers++;
		wrong += msg_u64(&in, TAG_STATUS, 0) != 404 || in.nfds > 0;
		msg_close_fds(&in);
	}
	report(": %u answers, %u wrong", answers, wrong);
	sleep(3);
}

/* Dies with much under way. */
static void dying(void)
{
	for (uint64_t id = 1; id <= 300; id++) {
		request(id, "POST", "/ann/site.git/git-receive-pack", BODY_PENDING);
		msg_add_str(&out, TAG_CONTENT_TYPE, "application/x-git-receive-pack-request");
		with_token();
		put();
	}
	hear(PATIENCE_MS);
	abort();
}

const struct attack attacks[] = {
        {"garbage", garbage, true},
        {"empty", empty, true},
        {"half", half, true},
        {"left-over", left_over, true},
        {"wrong-magic", wrong_magic, true},
        {"long-field", long_field, true},
        {"reserved", reserved, true},
        {"many-fields", many_fields, true},
        {"oversized", oversized, true},
        {"type", of_type, true},
        {"id-zero", id_zero, true},
        {"at-once", at_once, true},
        {"after-answer", after_answer, false},
        {"while-running", while_running, true},
        {"ready-twice", ready_twice, true},
        {"body", odd_body, true},
        {"no-body", no_body, true},
        {"two-bodies", two_bodies, true},
        {"unclaimed", unclaimed, true},
        {"gone-with-file", gone_with_file, true},
        {"files", too_many_files, true},
        {"lingering", lingering, true},
        {"flood", flood, true},
        {"deaf", deaf, true},
        {"restless", restless, false},
        {"strangers", strangers, false},
        {"bare", bare, false},
        {"mixed", mixed, false},
        {"meddling", meddling, false},
        {"dying", dying, false},
};
const size_t attack_count = sizeof(attacks) / sizeof(*attacks);
