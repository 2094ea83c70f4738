#include "fake_keeper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SEEN 8192
#define LOG_SIZE 65536
#define ORDINARY_USER 65534
#define FIELDS 16

extern char **environ;

struct fake {
	pid_t pid;
	int channel, listener, port, log_fd;
	bool tls, reaped;
	int status;
	pthread_t thread;
	pthread_mutex_t lock;
	struct seen seen[SEEN];
	unsigned nseen;
	struct msg last; /* the newest Q_REQUEST */
	char field[4096], ready[256], log[LOG_SIZE], log_name[64];
	int release[2];
	unsigned children; /* threads that still run; guarded by lock */
};

/* -- small things -- */

unsigned char pattern_byte(uint64_t n)
{
	return (unsigned char)(n * 7 + (n >> 12));
}

uint64_t pattern_sum(uint64_t bytes)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < bytes; i++)
		sum = sum * 31 + pattern_byte(i);
	return sum;
}

static void pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static bool write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_pattern(int fd, uint64_t bytes)
{
	unsigned char block[65536];
	uint64_t at = 0;

	while (at < bytes) {
		size_t n = bytes - at < sizeof(block) ? (size_t)(bytes - at) : sizeof(block);

		for (size_t i = 0; i < n; i++)
			block[i] = pattern_byte(at + i);
		if (!write_all(fd, block, n))
			return false;
		at += n;
	}
	return true;
}

static void sum_up(int fd, char *out, size_t size)
{
	unsigned char block[65536];
	uint64_t bytes = 0, sum = 0;
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			sum = sum * 31 + block[i];
		bytes += (uint64_t)n;
	}
	snprintf(out, size, "%llu bytes, sum %llu\n", (unsigned long long)bytes,
	         (unsigned long long)sum);
}

/* -- what it says -- */

static void say(struct fake *f, const struct msg *m)
{
	msg_send(f->channel, m, NULL); /* wire may be gone: the test sees that */
}

static void head(struct msg *m, uint16_t type, uint64_t id, uint64_t status)
{
	msg_start(m, type, id);
	msg_add_u64(m, TAG_STATUS, status);
	msg_add_str(m, TAG_HEADER, "Content-Type: text/plain");
}

static void say_text(struct fake *f, uint64_t id, uint64_t status, const char *text)
{
	static _Thread_local struct msg m;

	head(&m, A_ANSWER, id, status);
	msg_add_str(&m, TAG_HEADER, "WWW-Authenticate: Basic realm=\"test\"");
	msg_add_str(&m, TAG_TEXT, text);
	say(f, &m);
}

static void say_end(struct fake *f, uint64_t id, bool whole, uint64_t status, const char *text)
{
	static _Thread_local struct msg m;

	if (status != 0) {
		head(&m, A_END, id, status);
		msg_add_str(&m, TAG_TEXT, text);
	} else {
		msg_start(&m, A_END, id);
	}
	msg_add_u64(&m, TAG_WHOLE, whole);
	say(f, &m);
}

/* -- children: threads that do what a git child would -- */

struct child {
	struct fake *f;
	uint64_t id, bytes;
	char path[PATH_SIZE];
	int in, out; /* -1: none */
};

static bool starts(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

static void child_speak(struct child *c, char *text, size_t size)
{
	if (starts(c->path, "/chatty"))
		write_pattern(c->out, 300000);
	if (c->in >= 0 && !starts(c->path, "/dying"))
		sum_up(c->in, text, size);
	if (starts(c->path, "/stream/") || starts(c->path, "/broken/"))
		write_pattern(c->out, c->bytes);
	if (starts(c->path, "/push"))
		write_all(c->out, text, strlen(text));
	if (starts(c->path, "/dying"))
		write_all(c->out, "died\n", 5);
}

static void child_trickle(struct child *c)
{
	char byte;

	write_all(c->out, "a", 1);
	if (read(c->f->release[0], &byte, 1) == 1)
		write_all(c->out, "b", 1);
}

static unsigned count_children(struct fake *f, int change)
{
	unsigned count;

	pthread_mutex_lock(&f->lock);
	f->children += (unsigned)change;
	count = f->children;
	pthread_mutex_unlock(&f->lock);
	return count;
}

static void *child_run(void *arg)
{
	struct child *c = arg;
	char text[128] = "";
	bool whole = !starts(c->path, "/broken") && !starts(c->path, "/lost") &&
	             !starts(c->path, "/instead");
	uint64_t status = starts(c->path, "/instead") ? 503 : 0;

	if (starts(c->path, "/trickle"))
		child_trickle(c);
	else
		child_speak(c, text, sizeof(text));
	if (c->in >= 0)
		close(c->in);
	close(c->out);
	say_end(c->f, c->id, whole, status, "another answer\n");
	count_children(c->f, -1);
	free(c);
	return NULL;
}

static void start_child(struct fake *f, uint64_t id, const char *path, int in, int out)
{
	struct child *c = calloc(1, sizeof(*c));
	const char *number = strrchr(path, '/');
	pthread_attr_t attr;
	pthread_t thread;

	c->f = f;
	c->id = id;
	c->in = in;
	c->out = out;
	c->bytes = strtoull(number + 1, NULL, 10);
	snprintf(c->path, sizeof(c->path), "%s", path);
	count_children(f, 1);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_create(&thread, &attr, child_run, c);
	pthread_attr_destroy(&attr);
}

static void say_stream(struct fake *f, uint64_t id, const char *path)
{
	static _Thread_local struct msg m;
	int out[2];

	if (pipe2(out, O_CLOEXEC) != 0)
		abort();
	head(&m, A_ANSWER, id, 200);
	msg_add_str(&m, TAG_TEXT, starts(path, "/trickle") ? "" : "start:");
	msg_add_u64(&m, TAG_STREAM, 1);
	msg_add_fd(&m, out[0]);
	say(f, &m);
	close(out[0]);
	start_child(f, id, path, -1, out[1]);
}

static void say_file(struct fake *f, uint64_t id, uint64_t bytes)
{
	static _Thread_local struct msg m;
	int fd = memfd_create("cached", MFD_CLOEXEC);

	write_pattern(fd, bytes);
	head(&m, A_ANSWER, id, 200);
	msg_add_str(&m, TAG_TEXT, "start:");
	msg_add_u64(&m, TAG_STREAM, 1);
	msg_add_fd(&m, fd);
	say(f, &m);
	close(fd);
	say_end(f, id, true, 0, "");
}

static void say_take(struct fake *f, uint64_t id, const char *path)
{
	static _Thread_local struct msg m;
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		abort();
	head(&m, A_STREAM, id, 200);
	msg_add_u64(&m, TAG_STREAM, 1);
	msg_add_fd(&m, in[1]);
	msg_add_fd(&m, out[0]);
	say(f, &m);
	close(in[1]);
	close(out[0]);
	if (starts(path, "/dying")) {
		close(in[0]);
		in[0] = -1;
	}
	start_child(f, id, path, in[0], out[1]);
}

static void say_collect(struct fake *f, uint64_t id, const char *path)
{
	static _Thread_local struct msg m;

	msg_start(&m, A_COLLECT, id);
	msg_add_u64(&m, TAG_LIMIT, strtoull(strrchr(path, '/') + 1, NULL, 10));
	if (starts(path, "/rest/")) {
		msg_add_u64(&m, TAG_REST, 1);
		msg_add_u64(&m, TAG_REST_LIMIT, 100 << 20);
	}
	say(f, &m);
}

/* A body in a file: it must be sealed, and at its start. */
static void say_sum(struct fake *f, uint64_t id, struct msg *m, uint64_t body)
{
	int fd = msg_take_fd(m, 0), seals = fd < 0 ? 0 : fcntl(fd, F_GET_SEALS);
	char text[160], sum[128];

	if (fd < 0 || lseek(fd, 0, SEEK_CUR) != 0 || (seals & F_SEAL_WRITE) == 0) {
		say_text(f, id, 500, "the body's file is not as promised\n");
		return;
	}
	sum_up(fd, sum, sizeof(sum));
	close(fd);
	snprintf(text, sizeof(text), "%s%s", body == BODY_START ? "start of " : "", sum);
	say_text(f, id, 200, text);
}

static void say_split(struct fake *f, uint64_t id)
{
	static _Thread_local struct msg m;

	head(&m, A_ANSWER, id, 200);
	msg_add_str(&m, TAG_HEADER, "X-One: 1\r\nX-Two: 2");
	say(f, &m);
}

static void on_request(struct fake *f, struct msg *m, const char *path, uint64_t body)
{
	uint64_t id = m->id, status = starts(path, "/status/") ? strtoull(path + 8, NULL, 10) : 0;

	if (status >= 200 && status <= 599)
		say_text(f, id, status, "a refusal\n");
	else if (starts(path, "/stream/") || starts(path, "/broken/") ||
	         !strcmp(path, "/instead") || !strcmp(path, "/lost") || !strcmp(path, "/trickle"))
		say_stream(f, id, path);
	else if (starts(path, "/file/"))
		say_file(f, id, strtoull(path + 6, NULL, 10));
	else if (!strcmp(path, "/split"))
		say_split(f, id);
	else if (!strcmp(path, "/never"))
		return;
	else if (body == BODY_WHOLE || body == BODY_START)
		say_sum(f, id, m, body);
	else if (body == BODY_PENDING && (starts(path, "/collect/") || starts(path, "/rest/")))
		say_collect(f, id, path);
	else if (body == BODY_PENDING)
		say_take(f, id, path);
	else
		say_text(f, id, 200, "hello\n");
}

/* -- what it hears -- */

static void remember(struct fake *f, struct msg *m)
{
	struct seen *s;

	pthread_mutex_lock(&f->lock);
	s = &f->seen[f->nseen % SEEN];
	memset(s, 0, sizeof(*s));
	s->type = m->type;
	s->id = m->id;
	s->body = msg_u64(m, TAG_BODY, 99);
	msg_str(m, TAG_TARGET, s->path, sizeof(s->path));
	if (m->type == Q_GONE)
		for (unsigned i = 0; i < f->nseen && i < SEEN; i++)
			if (f->seen[i].id == m->id && f->seen[i].type == Q_REQUEST)
				memcpy(s->path, f->seen[i].path, sizeof(s->path));
	if (m->type == Q_READY)
		msg_str(m, TAG_TEXT, f->ready, sizeof(f->ready));
	if (m->type == Q_REQUEST) {
		memcpy(&f->last, m, sizeof(*m));
		msg_parse(&f->last, f->last.len, NULL);
	}
	f->nseen++;
	pthread_mutex_unlock(&f->lock);
}

static void *listen_to_wire(void *arg)
{
	struct fake *f = arg;
	struct msg *m = malloc(sizeof(*m));
	struct seen now;

	while (msg_receive(f->channel, m, NULL) == 0) {
		remember(f, m);
		if (m->type == Q_REQUEST) {
			memset(&now, 0, sizeof(now));
			msg_str(m, TAG_TARGET, now.path, sizeof(now.path));
			on_request(f, m, now.path, msg_u64(m, TAG_BODY, BODY_NONE));
		}
		msg_close_fds(m);
	}
	free(m);
	return NULL;
}

/* -- the process -- */

static int open_listener(int *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)(void *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* In the child: an ordinary user, the channel at 3, nothing else. */
static _Noreturn void become_wire(int program, int channel, int log)
{
	static char *const argv[] = {(char *)(uintptr_t) "gatehouse-http", NULL};

	if (getuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setgid(ORDINARY_USER) != 0 || setuid(ORDINARY_USER) != 0))
		_exit(90);
	if (dup2(log, 2) < 0 || dup2(channel, 3) < 0)
		_exit(91);
	fexecve(program, argv, environ);
	_exit(92);
}

static void start_process(struct fake *f, const char *path)
{
	int program = open(path, O_RDONLY | O_CLOEXEC), pair[2];

	assert_true(program >= 0);
	if (program < 10) /* out of the way of descriptor 3 */
		program = fcntl(program, F_DUPFD_CLOEXEC, 10);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	snprintf(f->log_name, sizeof(f->log_name), "/tmp/wire-log-XXXXXX");
	f->log_fd = mkostemp(f->log_name, O_CLOEXEC | O_APPEND);
	assert_true(f->log_fd >= 0);
	f->pid = fork(); /* may fork: the child only drops its rights and starts a program */
	assert_true(f->pid >= 0);
	if (f->pid == 0) {
		int channel = fcntl(pair[1], F_DUPFD_CLOEXEC, 20);

		become_wire(program, channel, f->log_fd);
	}
	close(program);
	close(pair[1]);
	f->channel = pair[0];
}

static char *read_file(const char *path)
{
	char *text = calloc(1, 65536);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, 65535);
	assert_true(n > 0);
	close(fd);
	return text;
}

static void add_certificate(struct msg *m)
{
	char key_name[] = "/tmp/wire-key-XXXXXX", cert_name[] = "/tmp/wire-cert-XXXXXX", out[4096];
	char *argv[] = {(char *)(uintptr_t) "openssl",
	                (char *)(uintptr_t) "req",
	                (char *)(uintptr_t) "-x509",
	                (char *)(uintptr_t) "-newkey",
	                (char *)(uintptr_t) "ec",
	                (char *)(uintptr_t) "-pkeyopt",
	                (char *)(uintptr_t) "ec_paramgen_curve:prime256v1",
	                (char *)(uintptr_t) "-nodes",
	                (char *)(uintptr_t) "-keyout",
	                key_name,
	                (char *)(uintptr_t) "-out",
	                cert_name,
	                (char *)(uintptr_t) "-days",
	                (char *)(uintptr_t) "2",
	                (char *)(uintptr_t) "-subj",
	                (char *)(uintptr_t) "/CN=localhost",
	                NULL};
	char *key, *cert;

	close(mkostemp(key_name, O_CLOEXEC));
	close(mkostemp(cert_name, O_CLOEXEC));
	assert_int_equal(run(argv, out, sizeof(out)), 0);
	key = read_file(key_name);
	cert = read_file(cert_name);
	msg_add_str(m, TAG_CERTIFICATE, cert);
	msg_add_str(m, TAG_KEY, key);
	unlink(key_name);
	unlink(cert_name);
	free(key);
	free(cert);
}

static void send_setup(struct fake *f, const struct fake_options *o)
{
	struct msg *m = malloc(sizeof(*m));

	msg_start(m, A_SETUP, 0);
	msg_add_str(m, TAG_LISTEN, o->tls ? "https" : "http");
	msg_add_fd(m, f->listener);
	if (o->tls)
		add_certificate(m);
	msg_add_u64(m, TAG_HEAD_TIME, o->head_time != 0 ? o->head_time : 20);
	msg_add_u64(m, TAG_IDLE_TIME, o->idle_time != 0 ? o->idle_time : 60);
	msg_add_u64(m, TAG_CONNECTIONS, o->connections != 0 ? o->connections : 200);
	msg_add_u64(m, TAG_CONNECTIONS_PER_ADDRESS, o->per_address != 0 ? o->per_address : 200);
	msg_add_u64(m, TAG_MEMORY, o->memory != 0 ? o->memory : 64 << 20);
	msg_add_u64(m, TAG_HEADER_LIMIT, 32768);
	msg_add_u64(m, TAG_LOG_LEVEL, 1);
	assert_int_equal(msg_send(f->channel, m, NULL), 0);
	free(m);
}

struct fake *fake_start(const struct fake_options *options)
{
	static const struct fake_options none;
	struct fake *f = calloc(1, sizeof(*f));

	if (options == NULL)
		options = &none;
	signal(SIGPIPE, SIG_IGN);
	f->tls = options->tls;
	f->listener = open_listener(&f->port);
	assert_int_equal(pipe2(f->release, O_CLOEXEC), 0);
	pthread_mutex_init(&f->lock, NULL);
	start_process(f, options->program != NULL ? options->program : GATEHOUSE_HTTP);
	pthread_create(&f->thread, NULL, listen_to_wire, f);
	send_setup(f, options);
	if (!fake_wait(f, Q_READY, NULL, 1))
		fail_msg("gatehouse-http is not ready: %s", fake_log(f));
	return f;
}

int fake_exit_status(struct fake *f, int seconds)
{
	for (int i = 0; i < seconds * 50 && !f->reaped; i++) {
		int status;

		if (waitpid(f->pid, &status, WNOHANG) == f->pid) {
			f->reaped = true;
			f->status =
			        WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
		} else {
			pause_ms(20);
		}
	}
	return f->reaped ? f->status : -1;
}

static void fake_free(struct fake *f)
{
	if (!f->reaped) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	shutdown(f->channel, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	close(f->release[1]); /* ends the trickles */
	while (count_children(f, 0) > 0)
		pause_ms(5);
	close(f->channel);
	close(f->listener);
	close(f->release[0]);
	close(f->log_fd);
	unlink(f->log_name);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

void fake_stop(struct fake *f)
{
	int status;

	fake_send(f, A_DRAIN);
	status = fake_exit_status(f, 20);
	if (status != 0)
		fail_msg("gatehouse-http ended with %d: %s", status, fake_log(f));
	fake_free(f);
}

void fake_forget(struct fake *f)
{
	fake_free(f);
}

int fake_abandon(struct fake *f)
{
	int status;

	shutdown(f->channel, SHUT_RDWR);
	status = fake_exit_status(f, 10);
	if (strstr(fake_log(f), "the keeper is gone; stopping") == NULL)
		status = -2;
	fake_free(f);
	return status;
}

int fake_port(const struct fake *f)
{
	return f->port;
}

pid_t fake_pid(const struct fake *f)
{
	return f->pid;
}

const char *fake_ready_text(const struct fake *f)
{
	return f->ready;
}

const char *fake_log(struct fake *f)
{
	ssize_t n = pread(f->log_fd, f->log, sizeof(f->log) - 1, 0);

	f->log[n > 0 ? n : 0] = '\0';
	return f->log;
}

unsigned fake_count(struct fake *f, uint16_t type, const char *path)
{
	unsigned count = 0;

	pthread_mutex_lock(&f->lock);
	for (unsigned i = 0; i < f->nseen && i < SEEN; i++)
		count +=
		        f->seen[i].type == type && (path == NULL || !strcmp(f->seen[i].path, path));
	pthread_mutex_unlock(&f->lock);
	return count;
}

bool fake_wait(struct fake *f, uint16_t type, const char *path, unsigned count)
{
	for (int i = 0; i < 1000; i++) {
		if (fake_count(f, type, path) >= count)
			return true;
		pause_ms(10);
	}
	return false;
}

bool fake_last(struct fake *f, const char *path, struct seen *out)
{
	bool found = false;

	pthread_mutex_lock(&f->lock);
	for (unsigned i = 0; i < f->nseen && i < SEEN; i++) {
		if (f->seen[i].type != Q_REQUEST || strcmp(f->seen[i].path, path) != 0)
			continue;
		*out = f->seen[i];
		found = true;
	}
	pthread_mutex_unlock(&f->lock);
	return found;
}

const char *fake_field(struct fake *f, uint16_t tag, unsigned nth)
{
	const struct msg_field *field;

	pthread_mutex_lock(&f->lock);
	field = msg_find(&f->last, tag, nth);
	f->field[0] = '\0';
	if (field != NULL)
		snprintf(f->field, sizeof(f->field), "%.*s", (int)field->len, field->data);
	pthread_mutex_unlock(&f->lock);
	return f->field;
}

void fake_send(struct fake *f, uint16_t type)
{
	struct msg *m = malloc(sizeof(*m));

	msg_start(m, type, 0);
	say(f, m);
	free(m);
}

void fake_send_nonsense(struct fake *f)
{
	assert_int_equal(send(f->channel, "nonsense", 8, MSG_NOSIGNAL), 8);
}

void fake_release(struct fake *f)
{
	assert_int_equal(write(f->release[1], "x", 1), 1);
}

long fake_memory(const struct fake *f)
{
	char path[64], text[4096], *at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)f->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "VmRSS:");
	return at == NULL ? -1 : strtol(at + 6, NULL, 10);
}

int fake_connect(const struct fake *f)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                        .sin_port = htons((uint16_t)f->port)};
	struct timeval patience = {5, 0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)(void *)&a, sizeof(a)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* -- clients -- */

int run(char *const *argv, char *out, size_t size)
{
	posix_spawn_file_actions_t actions;
	int ends[2], status;
	size_t len = 0;
	ssize_t n = 1;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	assert_int_equal(posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while (n > 0) {
		char nowhere[4096];

		n = len + 1 < size ? read(ends[0], out + len, size - len - 1)
		                   : read(ends[0], nowhere, sizeof(nowhere));
		if (n > 0 && len + 1 < size)
			len += (size_t)n;
	}
	out[len] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int curl(const struct fake *f, char *out, size_t size, ...)
{
	char *argv[48] = {(char *)(uintptr_t) "curl", (char *)(uintptr_t) "-sSk",
	                  (char *)(uintptr_t) "--max-time", (char *)(uintptr_t) "60"};
	char urls[8][PATH_SIZE + 64];
	unsigned n = 4, nurls = 0;
	va_list args;
	char *arg;

	va_start(args, size);
	while ((arg = va_arg(args, char *)) != NULL && n < 47) {
		if (strncmp(arg, "%U", 2) == 0 && nurls < 8) {
			snprintf(urls[nurls], sizeof(urls[nurls]), "%s://127.0.0.1:%d%s",
			         f->tls ? "https" : "http", f->port, arg + 2);
			arg = urls[nurls++];
		}
		argv[n++] = arg;
	}
	va_end(args);
	return run(argv, out, size);
}

size_t talk(const struct fake *f, const char *text, size_t len, char *out, size_t size)
{
	int fd = fake_connect(f);
	size_t got = 0;
	ssize_t n;

	if (!write_all(fd, text, len))
		got = 0;
	while (got + 1 < size && (n = recv(fd, out + got, size - got - 1, 0)) > 0)
		got += (size_t)n;
	out[got] = '\0';
	close(fd);
	return got;
}
