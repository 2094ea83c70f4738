#include "fake_keeper.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char out[REPLY_SIZE];

static void pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads to the end; false when the peer keeps it open for 5 s. */
static bool ends(int fd)
{
	ssize_t n;

	while ((n = recv(fd, out, sizeof(out), 0)) > 0)
		;
	return n == 0 || (n < 0 && out[0] != '\1' && recv(fd, out, 1, MSG_DONTWAIT) == 0);
}

static void locked_threads(void **state)
{
	struct fake *f = fake_start(NULL);
	char folder[64], path[400], text[4096];
	struct dirent *entry;
	unsigned threads = 0;
	DIR *dir;

	(void)state;
	assert_non_null(strstr(fake_ready_text(f), "seccomp"));
	snprintf(folder, sizeof(folder), "/proc/%d/task", (int)fake_pid(f));
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		FILE *file;
		size_t n;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/status", folder, entry->d_name);
		file = fopen(path, "r");
		assert_non_null(file);
		n = fread(text, 1, sizeof(text) - 1, file);
		text[n] = '\0';
		fclose(file);
		assert_non_null(strstr(text, "NoNewPrivs:\t1"));
		assert_non_null(strstr(text, "Seccomp:\t2"));
		threads++;
	}
	closedir(dir);
	assert_true(threads >= 3);
	fake_stop(f);
}

static void speaks_tls(void **state)
{
	const struct fake_options o = {.tls = true};
	struct fake *f = fake_start(&o);
	char port[40], command[600];
	char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", command, NULL};
	struct seen seen;

	(void)state;
	assert_int_equal(curl(f, out, sizeof(out), "%U/hello", NULL), 0);
	assert_string_equal(out, "hello\n");
	assert_true(fake_last(f, "/hello", &seen));
	assert_string_not_equal(fake_field(f, TAG_TLS, 0), "");
	assert_int_equal(curl(f, out, sizeof(out), "-o", "/dev/null", "-w", "%{size_download}",
	                      "%U/stream/5000000", NULL),
	                 0);
	assert_string_equal(out, "5000006");
	assert_int_equal(curl(f, out, sizeof(out), "-d", "abc", "-H", "Transfer-Encoding: chunked",
	                      "%U/push", NULL),
	                 0);
	assert_non_null(strstr(out, "3 bytes"));
	assert_int_not_equal(curl(f, out, sizeof(out), "--tls-max", "1.1", "%U/hello", NULL), 0);
	snprintf(port, sizeof(port), "127.0.0.1:%d", fake_port(f));
	snprintf(
	        command, sizeof(command),
	        "t=$(mktemp); for v in tls1_2 tls1_3; do"
	        " printf 'GET /hello HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' |"
	        " timeout 1 openssl s_client -connect %s -$v -sess_out $t -ign_eof >/dev/null 2>&1;"
	        " openssl s_client -connect %s -$v -sess_in $t </dev/null 2>/dev/null | grep -c "
	        "'^Reused';"
	        " done; rm -f $t",
	        port, port);
	run(argv, out, sizeof(out));
	assert_string_equal(out, "1\n1\n");
	fake_stop(f);
}

static void cuts_slow_heads(void **state)
{
	const struct fake_options o = {.head_time = 1, .idle_time = 2};
	struct fake *f = fake_start(&o);
	int silent = fake_connect(f), dripping = fake_connect(f), kept = fake_connect(f);
	bool cut = false;

	(void)state;
	say(dripping, "GET /hello HTTP/1.1\r\n");
	for (int i = 0; i < 60 && !cut; i++) { /* far longer than the head may take */
		pause_ms(100);
		cut = send(dripping, "X", 1, MSG_NOSIGNAL) < 0 ||
		      recv(dripping, out, 1, MSG_DONTWAIT) == 0;
	}
	assert_true(cut);
	assert_true(ends(silent));
	say(kept, "");
	assert_true(ends(kept));
	assert_int_equal(fake_count(f, Q_REQUEST, NULL), 0);
	close(silent);
	close(dripping);
	close(kept);
	fake_stop(f);
}

static void cuts_idle_clients(void **state)
{
	const struct fake_options o = {.head_time = 1, .idle_time = 1};
	struct fake *f = fake_start(&o);
	int stuck = fake_connect(f), unread = fake_connect(f), waiting = fake_connect(f);

	(void)state;
	say(waiting, "GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
	say(stuck, "POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc");
	say(unread, "GET /stream/100000000 HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(fake_wait(f, Q_GONE, "/push", 1));
	assert_true(fake_wait(f, Q_GONE, "/stream/100000000", 1));
	/* Waiting for the keeper is not idle. */
	assert_int_equal(fake_count(f, Q_GONE, "/never"), 0);
	close(waiting);
	assert_true(fake_wait(f, Q_GONE, "/never", 1));
	close(stuck);
	close(unread);
	fake_stop(f);
}

static void counts_connections(void **state)
{
	const struct fake_options o = {.per_address = 5};
	struct fake *f = fake_start(&o);
	int fds[6];

	(void)state;
	for (int i = 0; i < 5; i++) {
		fds[i] = fake_connect(f);
		say(fds[i], "GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	assert_true(fake_wait(f, Q_REQUEST, "/never", 5));
	fds[5] = fake_connect(f);
	assert_true(recv(fds[5], out, sizeof(out), 0) <= 0);
	close(fds[0]);
	assert_true(fake_wait(f, Q_GONE, "/never", 1));
	pause_ms(100);
	assert_int_equal(curl(f, out, sizeof(out), "%U/hello", NULL), 0);
	assert_string_equal(out, "hello\n");
	for (int i = 1; i < 6; i++)
		close(fds[i]);
	fake_stop(f);
}

/* At the limit new ones wait in the kernel until there is room. */
static void waits_for_room(void **state)
{
	const struct fake_options o = {.connections = 3};
	struct fake *f = fake_start(&o);
	int fds[4];

	(void)state;
	for (int i = 0; i < 3; i++) {
		fds[i] = fake_connect(f);
		say(fds[i], "GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	assert_true(fake_wait(f, Q_REQUEST, "/never", 3));
	fds[3] = fake_connect(f);
	say(fds[3], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	pause_ms(200);
	assert_int_equal(fake_count(f, Q_REQUEST, "/hello"), 0);
	close(fds[0]);
	assert_true(fake_wait(f, Q_REQUEST, "/hello", 1));
	for (int i = 1; i < 4; i++)
		close(fds[i]);
	fake_stop(f);
}

/* Memory goes back to the system when they leave: the C library asks for a
 * kernel setting then, which once killed the process. */
static void many_come_and_go(void **state)
{
	const struct fake_options o = {.connections = 700, .per_address = 700};
	struct fake *f = fake_start(&o);
	static int fds[600];

	(void)state;
	for (int i = 0; i < 600; i++) {
		fds[i] = fake_connect(f);
		say(fds[i], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	for (int i = 0; i < 600; i++)
		assert_true(recv(fds[i], out, 1000, 0) > 0);
	for (int i = 0; i < 600; i++)
		close(fds[i]);
	assert_int_equal(curl(f, out, sizeof(out), "%U/hello", NULL), 0);
	assert_string_equal(out, "hello\n");
	fake_stop(f);
}

/* The keeper decides when it ends: Ctrl-C reaches the whole group. */
static void ignores_signals(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct fake *f = fake_start(NULL);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(kill(fake_pid(f), signals[i]), 0);
	assert_int_equal(curl(f, out, sizeof(out), "%U/hello", NULL), 0);
	assert_string_equal(out, "hello\n");
	fake_stop(f);
}

static void drains(void **state)
{
	struct fake *f = fake_start(NULL);
	int idle = fake_connect(f), running = fake_connect(f);
	size_t len = 0;
	ssize_t n;

	(void)state;
	say(idle, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(recv(idle, out, sizeof(out), 0) > 0);
	say(running, "GET /trickle HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(fake_wait(f, Q_REQUEST, "/trickle", 1));
	fake_send(f, A_DRAIN);
	assert_true(ends(idle));
	assert_int_equal(fake_exit_status(f, 1), -1); /* one is still running */
	fake_release(f);
	while (len + 1 < sizeof(out) &&
	       (n = recv(running, out + len, sizeof(out) - len - 1, 0)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	assert_non_null(strstr(out, "1\r\nb\r\n0\r\n\r\n"));
	assert_int_equal(fake_exit_status(f, 10), 0);
	close(idle);
	close(running);
	/* The sockets are shared: they still take connections. */
	close(fake_connect(f));
	fake_stop(f);
}

static void stops_with_the_keeper(void **state)
{
	struct fake *f = fake_start(NULL);
	int waiting = fake_connect(f);

	(void)state;
	say(waiting, "GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(fake_wait(f, Q_REQUEST, "/never", 1));
	assert_int_equal(fake_abandon(f), 1);
	close(waiting);
}

static void stops_on_nonsense(void **state)
{
	struct fake *f = fake_start(NULL);

	(void)state;
	fake_send_nonsense(f);
	assert_int_equal(fake_exit_status(f, 10), 1);
	assert_non_null(strstr(fake_log(f), "not understood"));
	fake_forget(f);
	f = fake_start(NULL);
	curl(f, out, sizeof(out), "%U/split", NULL);
	assert_null(strstr(out, "X-Two"));
	assert_int_equal(fake_exit_status(f, 10), 1);
	assert_non_null(strstr(fake_log(f), "control character"));
	fake_forget(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"every thread is locked in when it says that it is ready", locked_threads, NULL,
	         NULL, NULL},
	        {"it speaks TLS 1.2 and 1.3 with session tickets, and nothing older", speaks_tls,
	         NULL, NULL, NULL},
	        {"silent and dripping clients are cut", cuts_slow_heads, NULL, NULL, NULL},
	        {"clients that neither send nor read are cut, waiting ones are not",
	         cuts_idle_clients, NULL, NULL, NULL},
	        {"one address gets no more connections than it may", counts_connections, NULL, NULL,
	         NULL},
	        {"at the limit of connections new ones wait", waits_for_room, NULL, NULL, NULL},
	        {"hundreds come and go", many_come_and_go, NULL, NULL, NULL},
	        {"signals to the whole group do not end it: the keeper does", ignores_signals, NULL,
	         NULL, NULL},
	        {"draining ends idle connections, finishes running ones, then exits with 0", drains,
	         NULL, NULL, NULL},
	        {"without its keeper it stops with a clear line and status 1",
	         stops_with_the_keeper, NULL, NULL, NULL},
	        {"a keeper that speaks nonsense stops it with status 1", stops_on_nonsense, NULL,
	         NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire: life", tests, NULL, NULL);
}
