#include "base/msg.h"

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Big, so not on the stack. */
static struct msg out, in;
static int pair[2];

/* How many descriptors this process has open: a leak shows as a difference. */
static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static int make_pair(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int close_pair(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static void must_pass(void)
{
	struct err err;

	if (msg_send(pair[0], &out, &err) != 0 || msg_receive(pair[1], &in, &err) != 0)
		fail_msg("%s", err.text);
}

static void test_round_trip(void **state)
{
	char text[16];

	(void)state;
	msg_start(&out, 0x1234, UINT64_C(0x1122334455667788));
	msg_add_str(&out, 1, "GET");
	msg_add(&out, 2, "a\0b", 3);
	msg_add_u64(&out, 3, UINT64_MAX - 1);
	msg_add_str(&out, 1, "again");
	msg_add(&out, 4, NULL, 0);
	must_pass();
	assert_int_equal(in.type, 0x1234);
	assert_true(in.id == UINT64_C(0x1122334455667788));
	assert_int_equal(in.nfields, 5);
	assert_int_equal(in.nfds, 0);
	assert_true(msg_str(&in, 1, text, sizeof(text)));
	assert_string_equal(text, "GET");
	assert_memory_equal(msg_find(&in, 1, 1)->data, "again", 5);
	assert_null(msg_find(&in, 1, 2));
	assert_int_equal(msg_find(&in, 2, 0)->len, 3);
	assert_true(msg_u64(&in, 3, 0) == UINT64_MAX - 1);
	assert_int_equal(msg_find(&in, 4, 0)->len, 0);
	assert_true(msg_str(&in, 4, text, sizeof(text)));
	assert_string_equal(text, "");
}

static void test_little_endian(void **state)
{
	static const char bytes[] = "GTH1\x02\x01\x01\0\x08\x07\x06\x05\x04\x03\x02\x01"
	                            "\x0b\x0a\0\0\x08\0\0\0\x18\x17\x16\x15\x14\x13\x12\x11";

	(void)state;
	msg_start(&out, 0x0102, UINT64_C(0x0102030405060708));
	msg_add_u64(&out, 0x0a0b, UINT64_C(0x1112131415161718));
	assert_int_equal(out.len, sizeof(bytes) - 1);
	assert_memory_equal(out.bytes, bytes, sizeof(bytes) - 1);
}

static void test_reading(void **state)
{
	char text[4] = "old";

	(void)state;
	msg_start(&out, 1, 1);
	msg_add_str(&out, 1, "four");
	msg_add_str(&out, 2, "six");
	msg_add(&out, 3, "a\0b", 3);
	must_pass();
	assert_false(msg_str(&in, 1, text, sizeof(text)));
	assert_string_equal(text, "");
	assert_true(msg_str(&in, 2, text, sizeof(text)));
	assert_string_equal(text, "six");
	assert_false(msg_str(&in, 3, text, sizeof(text)));
	assert_string_equal(text, "");
	assert_false(msg_str(&in, 9, text, sizeof(text)));
	assert_false(msg_str(&in, 2, text, 0));
	assert_true(msg_u64(&in, 1, 42) == 42);
	assert_true(msg_u64(&in, 9, 43) == 43);
}

static void test_add_limits(void **state)
{
	static char big[MSG_MAX];
	struct err err;

	(void)state;
	msg_start(&out, 1, 1);
	msg_add(&out, 1, big, MSG_MAX - 16 - 8);
	assert_int_equal(out.failed, 0);
	assert_int_equal(out.len, MSG_MAX);
	must_pass();
	assert_int_equal(msg_find(&in, 1, 0)->len, MSG_MAX - 24);
	msg_add(&out, 1, big, 0);
	assert_int_equal(msg_send(pair[0], &out, &err), ERR_LIMIT);
	msg_start(&out, 1, 1);
	msg_add(&out, 1, big, MSG_MAX - 16 - 7);
	assert_int_equal(msg_send(pair[0], &out, &err), ERR_LIMIT);
	msg_add_str(&out, 1, "fits, but it is too late");
	assert_int_equal(out.nfields, 0);
	msg_start(&out, 1, 1);
	msg_add(&out, 1, big, SIZE_MAX);
	assert_int_equal(out.failed, ERR_LIMIT);
}

static void test_field_limit(void **state)
{
	struct err err;

	(void)state;
	msg_start(&out, 1, 1);
	for (int i = 0; i < MSG_FIELDS; i++)
		msg_add_str(&out, 1, "x");
	must_pass();
	assert_int_equal(in.nfields, MSG_FIELDS);
	msg_add_str(&out, 1, "x");
	assert_int_equal(msg_send(pair[0], &out, &err), ERR_LIMIT);
}

static void test_descriptors(void **state)
{
	unsigned before = open_descriptors();
	struct stat a, b;
	int pipes[2], fd;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	msg_start(&out, 1, 1);
	msg_add_fd(&out, pipes[0]);
	msg_add_fd(&out, pipes[1]);
	msg_add_fd(&out, STDIN_FILENO);
	msg_add_fd(&out, STDOUT_FILENO);
	must_pass();
	assert_int_equal(in.nfds, MSG_FDS);
	fd = msg_take_fd(&in, 1);
	assert_true(fd >= 0 && fd != pipes[1]);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(fstat(pipes[1], &b), 0);
	assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(msg_take_fd(&in, 1), -1);
	assert_int_equal(msg_take_fd(&in, MSG_FDS), -1);
	assert_int_equal(write(fd, "x", 1), 1);
	msg_close_fds(&in);
	msg_close_fds(&in);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(open_descriptors(), before);
}

static void test_descriptor_limit(void **state)
{
	struct err err;

	(void)state;
	msg_start(&out, 1, 1);
	for (int i = 0; i < MSG_FDS + 1; i++)
		msg_add_fd(&out, STDIN_FILENO);
	assert_int_equal(msg_send(pair[0], &out, &err), ERR_LIMIT);
	msg_start(&out, 1, 1);
	msg_add_fd(&out, -1);
	assert_int_equal(msg_send(pair[0], &out, &err), ERR_LIMIT);
}

/* Sends any bytes with any number of descriptors, as a broken peer would. */
static void send_raw(const void *bytes, size_t len, unsigned fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control = {0};
	struct iovec io = {(void *)(uintptr_t)bytes, len};
	struct msghdr h = {.msg_iov = &io, .msg_iovlen = 1};

	if (fds > 0) {
		struct cmsghdr *c;

		h.msg_control = control.bytes;
		h.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds * sizeof(int));
		for (unsigned i = 0; i < fds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &pair[0], sizeof(int));
	}
	assert_int_equal(sendmsg(pair[0], &h, 0), (ssize_t)len);
}

static void must_refuse(const void *bytes, size_t len, unsigned fds)
{
	unsigned before = open_descriptors();
	struct err err = {0};

	send_raw(bytes, len, fds);
	assert_int_equal(msg_receive(pair[1], &in, &err), ERR_INVALID);
	assert_int_equal(err.code, ERR_INVALID);
	assert_true(err.text[0] != '\0');
	assert_int_equal(in.nfds, 0);
	assert_int_equal(in.nfields, 0);
	assert_int_equal(open_descriptors(), before);
}

static void test_malformed(void **state)
{
	char bytes[64];

	(void)state;
	msg_start(&out, 1, 1);
	msg_add_str(&out, 1, "abc");
	for (size_t len = 1; len < out.len; len++)
		must_refuse(out.bytes, len, 2);
	memcpy(bytes, out.bytes, out.len + 1);
	must_refuse(bytes, out.len + 1, 1); /* left over */
	bytes[0] = 'X';
	must_refuse(bytes, out.len, 1); /* magic */
	bytes[0] = 'G';
	bytes[6] = 2;
	must_refuse(bytes, out.len, 1); /* more fields than there are */
	bytes[6] = MSG_FIELDS + 1;
	must_refuse(bytes, out.len, 1);
	bytes[6] = 0;
	must_refuse(bytes, out.len, 1); /* fewer */
	bytes[6] = 1;
	bytes[18] = 1;
	must_refuse(bytes, out.len, 1); /* reserved */
	bytes[18] = 0;
	memset(bytes + 20, 0xff, 4);
	must_refuse(bytes, out.len, 4); /* length */
}

static void test_oversized(void **state)
{
	static char big[MSG_MAX + 1];

	(void)state;
	/* Its first MSG_MAX bytes alone would be fine. */
	msg_start(&out, 1, 1);
	msg_add(&out, 1, big, MSG_MAX - 16 - 8);
	assert_int_equal(out.len, MSG_MAX);
	memcpy(big, out.bytes, MSG_MAX);
	must_refuse(big, sizeof(big), 3);
}

static void test_flood_of_descriptors(void **state)
{
	(void)state;
	msg_start(&out, 1, 1);
	for (unsigned n = MSG_FDS + 1; n <= 64; n++)
		must_refuse(out.bytes, out.len, n);
}

static void test_credentials(void **state)
{
	int on = 1, off = 0;
	struct err err;

	(void)state;
	/* Control data that nobody asked a peer for. */
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	msg_start(&out, 1, 1);
	must_refuse(out.bytes, out.len, 1);
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &off, sizeof(off)), 0);
	assert_int_equal(msg_send(pair[0], &out, &err), 0);
	assert_int_equal(msg_receive(pair[1], &in, &err), 0);
}

static void test_closed(void **state)
{
	struct err err = {0};

	(void)state;
	signal(SIGPIPE, SIG_DFL);
	close(pair[0]);
	assert_int_equal(msg_receive(pair[1], &in, &err), ERR_CLOSED);
	msg_start(&out, 1, 1);
	assert_int_equal(msg_send(pair[1], &out, &err), ERR_CLOSED);
	assert_int_equal(err.code, ERR_CLOSED);
	pair[0] = -1;
}

static void test_lost_descriptors(void **state)
{
	unsigned before = open_descriptors();
	struct err err;

	(void)state;
	/* An empty packet looks like the end, but may carry descriptors. */
	send_raw("", 0, 2);
	assert_int_equal(msg_receive(pair[1], &in, &err), ERR_CLOSED);
	assert_int_equal(in.nfds, 0);
	assert_int_equal(open_descriptors(), before);
}

static void test_busy(void **state)
{
	struct err err = {0};
	unsigned sent = 0;
	int rc;

	(void)state;
	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(msg_receive(pair[1], &in, &err), ERR_BUSY);
	msg_start(&out, 1, 1);
	while ((rc = msg_send(pair[0], &out, &err)) == 0)
		sent++;
	assert_int_equal(rc, ERR_BUSY);
	while (msg_receive(pair[1], &in, &err) == 0)
		sent--;
	assert_int_equal(sent, 0);
}

static void test_wrong_socket(void **state)
{
	struct err err = {0};

	(void)state;
	msg_start(&out, 1, 1);
	assert_int_equal(msg_send(-1, &out, &err), ERR_IO);
	assert_int_equal(msg_receive(-1, &in, &err), ERR_IO);
}

#define SENDERS 4
#define EACH 200

static void *sender(void *arg)
{
	struct msg *m = malloc(sizeof(*m));
	struct err err;
	size_t me = (size_t)(uintptr_t)arg;
	char text[1000];

	memset(text, 'a' + (int)me, sizeof(text));
	for (int i = 0; m != NULL && i < EACH; i++) {
		msg_start(m, (uint16_t)me, (uint64_t)i);
		msg_add(m, 1, text, sizeof(text));
		if (msg_send(pair[0], m, &err) != 0)
			break;
	}
	free(m);
	return NULL;
}

static void test_threads(void **state)
{
	uint64_t next[SENDERS] = {0};
	pthread_t threads[SENDERS];
	struct err err;

	(void)state;
	for (size_t i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sender, (void *)i), 0);
	for (int i = 0; i < SENDERS * EACH; i++) {
		assert_int_equal(msg_receive(pair[1], &in, &err), 0);
		assert_in_range(in.type, 0, SENDERS - 1);
		assert_true(in.id == next[in.type]++);
		assert_int_equal(msg_find(&in, 1, 0)->data[999], 'a' + in.type);
	}
	for (size_t i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
}

#define PAIR_TEST(title, function)                                                                 \
	{                                                                                          \
		title, function, make_pair, close_pair, NULL                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        PAIR_TEST("a message arrives as it was sent", test_round_trip),
	        PAIR_TEST("the layout is little endian byte for byte", test_little_endian),
	        PAIR_TEST("a field is read whole or not at all", test_reading),
	        PAIR_TEST("a message is filled to its last byte and not beyond", test_add_limits),
	        PAIR_TEST("one field too many sticks as a failure", test_field_limit),
	        PAIR_TEST("descriptors arrive, close on exec, and none leaks", test_descriptors),
	        PAIR_TEST("one descriptor too many is not sent", test_descriptor_limit),
	        PAIR_TEST("a malformed message is refused and its descriptors closed",
	                  test_malformed),
	        PAIR_TEST("an oversized message is refused and its descriptors closed",
	                  test_oversized),
	        PAIR_TEST("too many descriptors are refused and closed", test_flood_of_descriptors),
	        PAIR_TEST("control data that is no descriptor is refused", test_credentials),
	        PAIR_TEST("a peer that is gone is told apart and raises no signal", test_closed),
	        PAIR_TEST("an empty packet with descriptors leaks none", test_lost_descriptors),
	        PAIR_TEST("a non-blocking socket says busy both ways", test_busy),
	        PAIR_TEST("a socket that is none is an error", test_wrong_socket),
	        PAIR_TEST("threads may send on one socket without mixing", test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
