/* The processes at the network: started, set up, replaced when they die. */
#include "keeper/keeper_int.h"
#include "keeper/notify.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANNEL_FD 3
#define SEND_SECONDS 5    /* a wire that does not read this long is broken */
#define STILLBORN_MOST 10 /* in a row that died before their first word */
#define YOUNG_MS 5000     /* died within: the next waits a little */
#define YOUNG_WAIT_MS 500
#define LEAVING_MOST 4096 /* gone but not settled yet: then it has to wait */
#define COLLECTED_MEMORY (INT64_C(128) << 20)

/* -- the programs -- */

static const struct {
	const char *name, *program;
	enum question_role role;
	enum metrics_transport transport;
} kinds[WIRE_KINDS] = {
        [WIRE_HTTP] = {"http", "gatehouse-http", ROLE_HTTP, TRANSPORT_HTTP},
        [WIRE_SSH] = {"ssh", "gatehouse-ssh", ROLE_SSH, TRANSPORT_SSH},
        [WIRE_COMMAND] = {"a session of sshd", "", ROLE_COMMAND, TRANSPORT_OPENSSH},
};

enum metrics_transport wire_transport(const struct wire_link *w)
{
	return kinds[w->kind].transport;
}

const char *wire_name(enum wire_kind kind)
{
	return kinds[kind].name;
}

enum question_role wire_role(enum wire_kind kind)
{
	return kinds[kind].role;
}

const char *const listener_names[LISTENER_KINDS] = {[LISTENER_HTTP] = "http",
                                                    [LISTENER_HTTPS] = "https",
                                                    [LISTENER_METRICS] = "metrics",
                                                    [LISTENER_SSH] = "ssh"};

enum wire_kind wire_of_listener(enum listener_kind kind)
{
	return kind == LISTENER_SSH ? WIRE_SSH : WIRE_HTTP;
}

static bool is_wanted(const struct keeper *k, enum wire_kind kind)
{
	for (size_t i = 0; i < k->listener_count; i++)
		if (wire_of_listener(k->listeners[i].kind) == kind)
			return true;
	return false;
}

/* -- set-up -- */

static void add_numbers(struct msg *m, const struct gate_settings *s)
{
	const struct {
		uint16_t tag;
		int64_t value;
	} numbers[] = {
	        {TAG_CONNECTIONS, s->connection_limit},
	        {TAG_CONNECTIONS_PER_ADDRESS, s->connection_limit_per_address},
	        {TAG_HEADER_LIMIT, s->header_limit},
	        {TAG_HEAD_TIME, s->head_time},
	        {TAG_IDLE_TIME, s->idle_time},
	        {TAG_LOG_LEVEL, keeper_log_level(s->log_level)},
	        {TAG_LOG_JSON, !strcmp(s->log_format, "json")},
	        {TAG_LOGIN_TIME, s->ssh_login_time},
	        {TAG_REST_TIME, s->ssh_idle_time},
	        {TAG_LOGIN_TRIES, s->ssh_login_tries},
	        {TAG_SESSIONS, s->ssh_sessions},
	        {TAG_STRANGERS, s->ssh_strangers},
	        {TAG_MEMORY, COLLECTED_MEMORY > s->body_limit ? COLLECTED_MEMORY : s->body_limit},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		msg_add_u64(m, numbers[i].tag, (uint64_t)numbers[i].value);
}

static void add_keys(struct msg *m, const struct keeper *k, enum wire_kind kind)
{
	if (kind == WIRE_HTTP && k->certificate) {
		msg_add_str(m, TAG_CERTIFICATE, k->certificate);
		msg_add_str(m, TAG_KEY, k->key);
	}
	for (int i = 0; kind == WIRE_SSH && i < HOST_KINDS; i++)
		if (k->host_keys.keys[i].secret)
			msg_add_str(m, TAG_HOST_KEY, k->host_keys.keys[i].secret);
}

static int send_setup(struct wire_link *w)
{
	struct keeper *k = w->k;
	struct msg *m = calloc(1, sizeof(*m));
	int failed = 1;

	if (!m)
		return failed;
	msg_start(m, A_SETUP, 0);
	add_numbers(m, atomic_load(&k->settings));
	for (size_t i = 0; i < k->listener_count; i++) {
		if (wire_of_listener(k->listeners[i].kind) != w->kind)
			continue;
		msg_add_str(m, TAG_LISTEN, listener_names[k->listeners[i].kind]);
		msg_add_fd(m, k->listeners[i].fd);
	}
	add_keys(m, k, w->kind);
	failed = wire_send(w, m);
	secret_wipe(m, sizeof(*m));
	free(m);
	return failed;
}

static int spawn(struct keeper *k, enum wire_kind kind, int channel, pid_t *pid)
{
	char path[GIT_PATH + 32];
	char locale[] = "LC_ALL=C";
	char *argv[] = {(char *)kinds[kind].program, NULL}, *environment[] = {locale, NULL};
	posix_spawn_file_actions_t actions;

	snprintf(path, sizeof(path), "%s/%s", k->programs, kinds[kind].program);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	/* not close-on-exec at its new number, whatever number it has here */
	posix_spawn_file_actions_adddup2(&actions, channel, CHANNEL_FD);
	int failed = posix_spawn(pid, path, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

/* -- what it says -- */

static void write_line(struct keeper *k, const char *name, const char *line)
{
	char path[GIT_PATH + 32], fresh[GIT_PATH + 32];

	snprintf(path, sizeof(path), "%s/%s", k->run_folder, name);
	snprintf(fresh, sizeof(fresh), "%s/%s.new", k->run_folder, name);
	FILE *f = fopen(fresh, "we");
	if (!f || fprintf(f, "%s\n", line) < 0 || fclose(f) || rename(fresh, path))
		log_warn("%s can't be written: %s", path, strerror(errno));
}

void wires_write_address(struct keeper *k)
{
	const struct gate_settings *s = atomic_load(&k->settings);

	if (*s->ssh_url)
		write_line(k, "ssh-address", s->ssh_url);
	write_line(k, "address", s->base_url);
}

static void announce(struct keeper *k)
{
	const struct gate_settings *s = atomic_load(&k->settings);

	k->announced = true;
	wires_write_address(k);
	if (*s->ssh_url)
		log_info("ready at %s and %s", s->base_url, s->ssh_url);
	else
		log_info("ready at %s", s->base_url);
	notify_ready(s->base_url);
}

static bool all_ready(const struct keeper *k)
{
	bool ready[WIRE_KINDS] = {false};

	for (const struct wire_link *w = k->wires; w; w = w->next)
		ready[w->kind] = ready[w->kind] || w->ready;
	for (int kind = 0; kind < WIRE_KINDS; kind++)
		if (!ready[kind] && is_wanted(k, (enum wire_kind)kind))
			return false;
	return true;
}

void wire_ready(struct wire_link *w, const char *locks)
{
	if (w->ready) {
		wire_break(w, "it is ready a second time");
		return;
	}
	w->ready = true;
	log_info("locked in: %s: %s; git children: landlock %s, seccomp %s", kinds[w->kind].name,
	         locks, w->k->host.landlock ? "yes" : "missing in this kernel",
	         w->k->host.seccomp ? "yes" : "missing in this kernel");
	if (!w->k->announced && all_ready(w->k))
		announce(w->k);
}

void wire_counts(struct wire_link *w, const struct msg *m)
{
	uint64_t now[COUNT_COUNT];

	for (int i = 0; i < COUNT_COUNT; i++)
		now[i] = msg_u64(m, (uint16_t)(TAG_COUNTS + i), w->counts[i]);
	metrics_wire(&w->k->metrics, wire_transport(w), w->counts, now);
}

/* Of one that is gone nothing is open. */
static void settle_counts(struct wire_link *w)
{
	uint64_t now[COUNT_COUNT];

	memcpy(now, w->counts, sizeof(now));
	now[COUNT_OPEN] = 0;
	metrics_wire(&w->k->metrics, wire_transport(w), w->counts, now);
}

/* Clients that ask and go at once make work faster than it is done. wire waits
 * then, so that what lies here stays bounded. */
void wire_leaves(struct wire_link *w)
{
	if (++w->leaving < LEAVING_MOST || w->paused)
		return;
	w->paused = true;
	channel_unwatch(w);
}

void wire_left(struct wire_link *w)
{
	struct err err;

	w->leaving--;
	if (!w->paused || w->leaving > LEAVING_MOST / 2)
		return;
	w->paused = false;
	if (!w->broken && w->process.fd >= 0 && channel_watch(w, &err))
		wire_break(w, err.text);
}

/* -- life and death -- */

static int start_one(struct keeper *k, enum wire_kind kind, struct err *err);

static void restart(struct keeper *k, enum wire_kind kind, int64_t now)
{
	int64_t *at = &k->lives[kind].restart_at;
	struct err err = {0};

	if (!*at || now < *at || k->stopping)
		return;
	*at = 0;
	if (start_one(k, kind, &err)) {
		log_error("%s can't be started again: %s", kinds[kind].name, err.text);
		keeper_stop(k, true);
	} else {
		atomic_fetch_add(&k->metrics.wire_restarts, 1);
		log_info("%s started again; transfers that ran through it have ended",
		         kinds[kind].name);
	}
}

/* One that dies young is not started at once again; one that never got to its
 * work is broken, and so is the server. What a stranger may be able to do to a
 * running wire must never end the server. */
static void replace(struct keeper *k, const struct wire_link *w)
{
	unsigned *stillborn = &k->lives[w->kind].stillborn;
	int64_t now = clock_mono_ms();

	*stillborn = w->ready ? 0 : *stillborn + 1;
	if (*stillborn > STILLBORN_MOST) {
		log_error("%s does not come up: giving up", kinds[w->kind].name);
		keeper_stop(k, true);
		return;
	}
	k->lives[w->kind].restart_at = now - w->started < YOUNG_MS ? now + YOUNG_WAIT_MS : now;
	restart(k, w->kind, now);
}

static void lost(struct wire_link *w, int status)
{
	channel_unwatch(w);
	channel_empty(w);
	exchange_wire_lost(w);
	settle_counts(w);
	if (w->draining && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	if (WIFSIGNALED(status))
		log_error("%s (pid %d) died of signal %d", kinds[w->kind].name, (int)w->pid,
		          WTERMSIG(status));
	else
		log_error("%s (pid %d) ended with status %d", kinds[w->kind].name, (int)w->pid,
		          WEXITSTATUS(status));
	if (!w->k->stopping && !w->draining)
		replace(w->k, w);
}

static void process_ended(struct source *s, uint32_t events)
{
	struct wire_link *w = s->owner;
	int status = 0;

	(void)events;
	if (waitpid(w->pid, &status, WNOHANG) != w->pid)
		return;
	keeper_close_source(w->k, s);
	lost(w, status);
}

/* Never the number 0: that would be all of ours. */
static void end_process(const struct wire_link *w)
{
	if (w->pid > 0)
		kill(w->pid, SIGKILL);
}

void wire_break(struct wire_link *w, const char *why)
{
	if (w->broken)
		return;
	w->broken = true;
	channel_unwatch(w);
	shutdown(w->channel_fd, SHUT_RDWR);
	/* a session of sshd closes its channel when it has what it wanted */
	if (!w->draining && !w->k->stopping && w->pid > 0)
		log_error("%s (pid %d) is cut off: %s", kinds[w->kind].name, (int)w->pid, why);
	/* one that drains has closed its end in order to exit */
	if (!w->draining)
		end_process(w);
}

int wire_send(struct wire_link *w, const struct msg *m)
{
	struct pollfd room = {.fd = w->channel_fd, .events = POLLOUT};
	int code = msg_send(w->channel_fd, m, NULL);

	while (code == ERR_BUSY && poll(&room, 1, SEND_SECONDS * 1000) == 1)
		code = msg_send(w->channel_fd, m, NULL);
	/* one worker has waited for it: no other shall. Main hears the end. */
	if (code == ERR_BUSY) {
		atomic_store(&w->deaf, true);
		shutdown(w->channel_fd, SHUT_RDWR);
	}
	return code;
}

static int adopt(struct wire_link *w, int channel, struct err *err)
{
	struct keeper *k = w->k;

	w->process = (struct source){-1, process_ended, w};
	w->channel_fd = channel;
	w->started = clock_mono_ms();
	fcntl(channel, F_SETFL, O_NONBLOCK);
	int pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0);
	if (pidfd < 0)
		return err_system(err, errno, "%s can't be watched", kinds[w->kind].name);
	fcntl(pidfd, F_SETFD, FD_CLOEXEC);
	int code = keeper_watch(k, &w->process, pidfd, EPOLLIN, err);
	if (!code)
		code = channel_watch(w, err);
	if (!code && send_setup(w))
		code = err_set(err, ERR_CLOSED, "%s did not take its settings",
		               kinds[w->kind].name);
	return code;
}

static int start_one(struct keeper *k, enum wire_kind kind, struct err *err)
{
	int pair[2];
	struct wire_link *w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(err, ERR_MEMORY, "no memory for a channel");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		free(w);
		return err_system(err, errno, "no channel to %s", kinds[kind].name);
	}
	w->k = k;
	w->kind = kind;
	int failed = spawn(k, kind, pair[1], &w->pid);
	close(pair[1]);
	if (failed) {
		close(pair[0]);
		free(w);
		return err_system(err, failed, "%s/%s can't be started", k->programs,
		                  kinds[kind].program);
	}
	pthread_mutex_lock(&k->work_mutex);
	w->next = k->wires;
	k->wires = w;
	pthread_mutex_unlock(&k->work_mutex);
	return adopt(w, pair[0], err);
}

/* Main waits for nobody: to one whose channel is full it is said at a later tick. */
static void drain(struct wire_link *w, int64_t now)
{
	struct msg *m;
	int code = ERR_MEMORY;

	if (w->process.fd < 0) /* its number may be another process's by now */
		w->drain_by = 0;
	if (!w->drain_by)
		return;
	m = malloc(sizeof(*m));
	if (m) {
		msg_start(m, A_DRAIN, 0);
		code = msg_send(w->channel_fd, m, NULL);
	}
	free(m);
	if (code == ERR_BUSY && now < w->drain_by)
		return;
	w->drain_by = 0;
	if (code)
		end_process(w);
}

static void drain_later(struct wire_link *w, int64_t now)
{
	if (w->draining || w->process.fd < 0)
		return;
	w->draining = true;
	w->drain_by = now + SEND_SECONDS * 1000;
	drain(w, now);
}

void wires_drain(struct keeper *k)
{
	int64_t now = clock_mono_ms();

	for (struct wire_link *w = k->wires; w; w = w->next)
		drain_later(w, now);
}

int wires_start(struct keeper *k, struct err *err)
{
	int code = 0;

	for (int kind = 0; !code && kind < WIRE_KINDS; kind++)
		if (is_wanted(k, (enum wire_kind)kind))
			code = start_one(k, (enum wire_kind)kind, err);
	return code;
}

int wires_renew(struct keeper *k, struct err *err)
{
	int64_t now = clock_mono_ms();
	int code = 0;

	for (int kind = 0; !code && kind < WIRE_KINDS; kind++) {
		if (!is_wanted(k, (enum wire_kind)kind))
			continue;
		code = start_one(k, (enum wire_kind)kind, err);
		/* the newest is the first */
		for (struct wire_link *w = k->wires->next; !code && w; w = w->next)
			if (w->kind == (enum wire_kind)kind)
				drain_later(w, now);
	}
	return code;
}

void wires_end(struct keeper *k)
{
	for (struct wire_link *w = k->wires, *next; w; w = next) {
		next = w->next;
		if (w->process.fd >= 0 && w->pid > 0) {
			end_process(w);
			waitpid(w->pid, NULL, 0);
		}
		keeper_close_source(k, &w->process);
		channel_unwatch(w);
		exchange_wire_lost(w);
	}
}

static void forget(struct keeper *k, struct wire_link **at)
{
	struct wire_link *w = *at;

	pthread_mutex_lock(&k->work_mutex);
	*at = w->next;
	pthread_mutex_unlock(&k->work_mutex);
	close(w->channel_fd);
	free(w);
}

/* Links whose process has ended and whose exchanges are all settled go. */
void wires_tick(struct keeper *k)
{
	int64_t now = clock_mono_ms();

	for (int kind = 0; kind < WIRE_KINDS; kind++)
		restart(k, (enum wire_kind)kind, now);
	work_collect(k); /* no letter of theirs may be on its way any more */
	for (struct wire_link **at = &k->wires; *at;) {
		struct wire_link *w = *at;

		drain(w, now);
		if (w->process.fd < 0 && w->exchanges == 0 && !exchange_is_fresh(w))
			forget(k, at);
		else
			at = &w->next;
	}
}
