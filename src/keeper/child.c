/* An exchange's git child: started, watched, ended, and what its end means. */
#include "keeper/keeper_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMPLAINT_LIMIT 4000 /* bytes of standard error that are kept */

static int send_start(struct worker *w, struct exchange *x, int out_fd)
{
	struct msg *m = &w->reply;

	if (x->session) {
		session_start(x, m);
	} else {
		msg_start(m, x->child.in >= 0 ? A_STREAM : A_ANSWER, x->id);
		exchange_add_head(m, &x->answer);
		msg_add_u64(m, TAG_STREAM, 1);
	}
	if (x->child.in >= 0)
		msg_add_fd(m, x->child.in);
	msg_add_fd(m, out_fd);
	if (!x->session)
		metrics_request(&x->k->metrics, x->answer.topic, x->answer.status);
	int failed = wire_send(x->wire, m);
	/* ours are copies now; the child must see its end when wire closes */
	if (x->child.in >= 0)
		close(x->child.in);
	x->child.in = -1;
	return failed;
}

/* In a worker. A push's output goes through the keeper, any other straight to
 * wire. */
void child_start(struct worker *w, struct exchange *x)
{
	bool push = x->answer.plan.hook;
	int relay[2] = {-1, -1};
	struct err err = {0};
	int code = 0;

	if (push)
		writer_enter(x->k, x->answer.repository.id, x->answer.plan.path);
	x->writer = push;
	if (push && pipe2(relay, O_CLOEXEC))
		code = err_system(&err, errno, "no pipe for a report");
	if (!code)
		code = git_child_start(&x->k->host, &x->answer.plan, &x->child, &err);
	if (code) {
		log_error("git can't be started over %s for %s: %s",
		          metrics_transport_name(wire_transport(x->wire)), x->answer.plan.path,
		          err.text);
		if (push)
			close(relay[0]), close(relay[1]);
		place_leave_as_writer(x, true);
		atomic_fetch_add(&x->k->metrics.children_unstarted, 1);
		exchange_unserved(w, x, code == ERR_BUSY ? SERVER_OVERLOADED : SERVER_FAULT);
		return;
	}
	x->running = true;
	x->late = false;
	x->begun = clock_mono_ms();
	metrics_child_started(&x->k->metrics, x->answer.plan.service);
	x->relay.fd = relay[1];
	(void)send_start(w, x, push ? relay[0] : x->child.out);
	if (push) {
		close(relay[0]);
	} else {
		close(x->child.out);
		x->child.out = -1;
	}
}

static bool child_broke(const struct exchange *x)
{
	if (!WIFEXITED(x->status))
		return true;
	/* inside the protocol git tells its own failures */
	return WEXITSTATUS(x->status) != 0 && x->answer.plan.advertise;
}

/* What git says (LC_ALL=C) when its client was at fault, not this server. */
static bool client_broke(const struct exchange *x)
{
	static const char *const words[] = {"protocol error",       "hung up unexpectedly",
	                                    "no command requested", "invalid command",
	                                    "unknown capability",   "invalid shallow line",
	                                    "Invalid deepen",       "filtering capability"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strstr(buf_str(&x->complaint), words[i]))
			return WIFEXITED(x->status) != 0;
	}
	return false;
}

static void not_understood(struct smart_answer *out)
{
	static const char text[] = "This is no request that Git's protocol knows. [bad-request]\n";

	memset(out, 0, sizeof(*out));
	out->kind = SMART_REPLY;
	out->status = 400;
	out->headers[out->header_count++] = "Content-Type: text/plain; charset=utf-8";
	out->text = text;
	out->text_len = sizeof(text) - 1;
}

static void end_request(struct worker *w, struct exchange *x, struct msg *m)
{
	struct smart_context c;
	struct smart_answer no;

	exchange_context(w, x, &c);
	if (client_broke(x))
		not_understood(&no);
	else
		smart_unserved(&c, &x->request, &x->answer, SERVER_FAULT, &no);
	msg_start(m, A_END, x->id);
	msg_add_u64(m, TAG_WHOLE, !child_broke(x));
	if (no.kind == SMART_REPLY)
		exchange_add_head(m, &no);
}

static void end_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;
	struct msg *m = &w->reply;

	if (x->session)
		session_end(w, x, m);
	else
		end_request(w, x, m);
	x->ended = true;
	(void)wire_send(x->wire, m);
}

static void log_complaint(struct exchange *x)
{
	if (!x->complaint.len && WIFEXITED(x->status) && !WEXITSTATUS(x->status))
		return;
	log_info("git %s over %s for %s: %s %d%s%s", git_service_name(x->answer.plan.service),
	         metrics_transport_name(wire_transport(x->wire)), x->answer.repository.id,
	         WIFSIGNALED(x->status) ? "signal" : "status",
	         WIFSIGNALED(x->status) ? WTERMSIG(x->status) : WEXITSTATUS(x->status),
	         x->complaint.len ? ": " : "", buf_str(&x->complaint));
}

static void errors_ready(struct source *s, uint32_t events)
{
	struct exchange *x = s->owner;
	char bytes[2048];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));

	(void)events;
	if (n > 0)
		(void)buf_add_safe(&x->complaint, bytes, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		keeper_unwatch(x->k, s);
}

void exchange_hear_complaint(struct exchange *x)
{
	struct pollfd p = {.fd = x->errors.fd, .events = POLLIN};

	if (p.fd >= 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLIN))
		errors_ready(&x->errors, EPOLLIN);
}

/* Main does not wait for a channel that is full: a worker may. */
static bool end_at_once(struct exchange *x)
{
	struct msg *m = malloc(sizeof(*m));
	int code = ERR_BUSY;

	if (m) {
		msg_start(m, A_END, x->id);
		msg_add_u64(m, TAG_WHOLE, 1);
		if (x->session)
			msg_add_u64(m, TAG_EXIT, 0);
		code = msg_send(x->wire->channel_fd, m, NULL);
	}
	free(m);
	x->ended = code != ERR_BUSY;
	return x->ended;
}

static enum child_end how_it_ended(const struct exchange *x)
{
	if (x->late)
		return CHILD_LATE;
	if (x->gone && (!WIFEXITED(x->status) || WEXITSTATUS(x->status)))
		return CHILD_LEFT;
	if (!WIFEXITED(x->status))
		return CHILD_SIGNALLED;
	return WEXITSTATUS(x->status) ? CHILD_FAILED : CHILD_DONE;
}

static void count_end(struct exchange *x)
{
	struct metrics *m = &x->k->metrics;

	metrics_child_ended(m, x->answer.plan.service, how_it_ended(x));
	if (x->push)
		metrics_push(m, clock_mono_ms() - x->begun);
}

void exchange_finish(struct exchange *x)
{
	if (!x->running || !x->reaped || x->working || !push_over(x))
		return;
	x->running = false;
	exchange_hear_complaint(x);
	log_complaint(x);
	count_end(x);
	keeper_unwatch(x->k, &x->errors);
	push_clear(x);
	place_leave_as_writer(x, WIFEXITED(x->status));
	git_child_close(&x->child);
	place_give(x);
	bool fine = WIFEXITED(x->status) && WEXITSTATUS(x->status) == 0;
	if (!x->gone && !(fine && end_at_once(x)))
		exchange_submit(x, end_run);
	place_serve_waiting(x->k);
	exchange_settle(x);
}

static void process_ready(struct source *s, uint32_t events)
{
	struct exchange *x = s->owner;
	struct err err = {0};

	(void)events;
	keeper_unwatch(x->k, s);
	if (git_child_reap(&x->child, &x->status, &err)) {
		log_error("a child can't be reaped: %s", err.text);
		x->status = SIGKILL; /* as if killed */
	}
	x->reaped = true;
	exchange_finish(x);
}

void child_watch(struct exchange *x)
{
	struct keeper *k = x->k;
	struct err err = {0};
	int code = 0, relay = x->relay.fd;

	x->deadline = clock_mono_ms() + atomic_load(&k->settings)->transfer_time * 1000;
	x->process = (struct source){-1, process_ready, x};
	x->errors = (struct source){-1, errors_ready, x};
	buf_init(&x->complaint, COMPLAINT_LIMIT);
	if (x->answer.plan.hook)
		code = push_begin(x, relay, &err);
	if (!code)
		code = keeper_watch(k, &x->errors, x->child.errors, EPOLLIN, &err);
	if (!code)
		code = keeper_watch(k, &x->process, x->child.pidfd, EPOLLIN, &err);
	if (code) { /* out of descriptors to watch: it can't go on unwatched */
		log_error("a child is ended: %s", err.text);
		git_child_end(&x->child, true);
		(void)git_child_reap(&x->child, &x->status, &err);
		x->reaped = true;
		x->output_ended = true;
		keeper_close_source(k, &x->relay);
		exchange_finish(x);
		return;
	}
	if (x->gone)
		exchange_end_child(x, false);
}

void exchange_end_child(struct exchange *x, bool at_once)
{
	if (x->running && !x->reaped)
		git_child_end(&x->child, at_once);
	x->deadline = clock_mono_ms() + 5000; /* then for good */
}
