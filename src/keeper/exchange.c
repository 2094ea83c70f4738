/* One request, from its question to the end of its child. */
#include "keeper/keeper_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARENA_LIMIT (16u << 20)
#define COMPLAINT_LIMIT 4000
#define ROOM_LEAST (UINT64_C(4) << 20) /* bytes free on the disk; with less no push begins */
#define EXCHANGES_MORE 256 /* than connections: a wire that goes by the rules has none */

/* -- from the message to the request -- */

static const char *text_of(struct exchange *x, uint16_t tag, unsigned nth)
{
	const struct msg_field *f = msg_find(x->question, tag, nth);

	/* a NUL inside would hide what follows it */
	if (!f || memchr(f->data, '\0', f->len))
		return NULL;
	return arena_memdup(&x->arena, f->data, f->len);
}

static void read_request(struct exchange *x)
{
	struct smart_request *r = &x->request;
	uint64_t length = msg_u64(x->question, TAG_CONTENT_LENGTH, UINT64_MAX);

	memset(r, 0, sizeof(*r));
	r->method = text_of(x, TAG_METHOD, 0);
	r->target = text_of(x, TAG_TARGET, 0);
	r->peer = text_of(x, TAG_ADDRESS, 0);
	r->host = text_of(x, TAG_HOST, 0);
	r->content_type = text_of(x, TAG_CONTENT_TYPE, 0);
	r->content_encoding = text_of(x, TAG_CONTENT_ENCODING, 0);
	r->git_protocol = text_of(x, TAG_GIT_PROTOCOL, 0);
	r->user_agent = text_of(x, TAG_USER_AGENT, 0);
	r->accept = text_of(x, TAG_ACCEPT, 0);
	r->forwarded_for = text_of(x, TAG_FORWARDED_FOR, 0);
	r->forwarded_proto = text_of(x, TAG_FORWARDED_PROTO, 0);
	for (; r->authorizations < 2 &&
	       msg_find(x->question, TAG_AUTHORIZATION, (unsigned)r->authorizations);
	     r->authorizations++) {
		const char *value = text_of(x, TAG_AUTHORIZATION, (unsigned)r->authorizations);
		r->authorization[r->authorizations] = value ? value : "";
	}
	r->tls = msg_u64(x->question, TAG_TLS, 0) == 1;
	r->content_length = length > INT64_MAX ? -1 : (int64_t)length;
	r->body = (enum question_body)msg_u64(x->question, TAG_BODY, BODY_NONE);
	x->body_fd = msg_take_fd(x->question, 0);
	r->body_fd = x->body_fd;
}

/* The channel has seen to it that a body came as a sealed memory file. */
static bool body_sound(const struct exchange *x)
{
	enum question_body body = x->request.body;

	if (body > BODY_START)
		return false;
	return x->body_fd < 0 || lseek(x->body_fd, 0, SEEK_SET) == 0;
}

/* -- answers -- */

static void add_head(struct msg *m, const struct smart_answer *a)
{
	msg_add_u64(m, TAG_STATUS, (uint64_t)a->status);
	for (size_t i = 0; i < a->header_count; i++)
		msg_add_str(m, TAG_HEADER, a->headers[i]);
	if (a->text_len)
		msg_add(m, TAG_TEXT, a->text, a->text_len);
}

static void send_reply(struct worker *w, struct exchange *x, const struct smart_answer *a)
{
	struct msg *m = &w->reply;

	if (a->kind == SMART_COLLECT) {
		msg_start(m, A_COLLECT, x->id);
		msg_add_u64(m, TAG_LIMIT, (uint64_t)a->collect_limit);
		msg_add_u64(m, TAG_REST, a->drop_rest);
		msg_add_u64(m, TAG_REST_LIMIT, (uint64_t)a->rest_limit);
	} else {
		msg_start(m, A_ANSWER, x->id);
		add_head(m, a);
	}
	/* no answer of ours is that large; if one is, its status must do */
	if (m->failed) {
		msg_start(m, A_ANSWER, x->id);
		msg_add_u64(m, TAG_STATUS, 500);
	}
	(void)wire_send(x->wire, m);
}

/* The ledger writes over old room of its own for a while, so that it does not
 * tell soon that none is left. */
static bool disk_full(const struct keeper *k)
{
	struct statvfs disk;

	return !statvfs(atomic_load(&k->settings)->data, &disk) &&
	       (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_LEAST;
}

void exchange_context(struct worker *w, struct exchange *x, struct smart_context *out)
{
	struct keeper *k = x->k;
	enum server_state state = (enum server_state)atomic_load(&k->state);

	/* what fails to write the ledger will hardly store a push */
	if (state == SERVER_READY && (!gate_queue_healthy(k->queue) || disk_full(k)))
		state = SERVER_DISK_FULL;
	*out = (struct smart_context){.gate = &w->gate,
	                              .queue = k->queue,
	                              .memory = k->memory,
	                              .host = &k->host,
	                              .server = state,
	                              .template = k->template,
	                              .capabilities = &k->capabilities,
	                              .arena = &x->arena};
}

static void say_unserved(struct worker *w, struct exchange *x, enum server_state why)
{
	struct smart_context c;
	struct smart_answer no;

	exchange_context(w, x, &c);
	smart_unserved(&c, &x->request, &x->answer, why, &no);
	send_reply(w, x, &no);
}

/* -- starting the child -- */

static size_t claims_of(const struct exchange *x, struct tally_claim claims[4])
{
	const struct gate_settings *s = atomic_load(&x->k->settings);
	const struct {
		char mark;
		const char *of;
		int64_t most;
	} counted[] = {
	        {'s', "", s->children},
	        {'a', x->answer.address, s->children_per_address},
	        {'p', x->answer.principal, s->children_per_principal},
	        {'r', x->answer.repository.id, s->children_per_repository},
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(counted) / sizeof(*counted); i++) {
		/* strangers share no principal; a new repository has no id yet */
		if (i && !counted[i].of[0])
			continue;
		snprintf(claims[count].name, sizeof(claims[count].name), "%c%.90s", counted[i].mark,
		         counted[i].of);
		claims[count++].most = counted[i].most;
	}
	return count;
}

static bool take_place(struct exchange *x)
{
	struct tally_claim claims[4];
	size_t count = claims_of(x, claims);

	x->counted = tally_take(x->k->tally, claims, count);
	return x->counted;
}

static void give_place(struct exchange *x)
{
	struct tally_claim claims[4];

	if (x->counted)
		tally_give(x->k->tally, claims, claims_of(x, claims));
	x->counted = false;
}

static void mark(char *out, char letter, const char *id)
{
	snprintf(out, TALLY_NAME, "%c%.90s", letter, id);
}

/* The first writer after the start, or after a push that was killed, finds a
 * tidy repository. */
void writer_enter(struct keeper *k, const char *id, const char *path)
{
	char writers[TALLY_NAME], clean[TALLY_NAME];
	unsigned removed = 0;
	struct err err = {0};

	mark(writers, 'w', id);
	mark(clean, 'c', id);
	pthread_mutex_lock(&k->sweep_mutex);
	int64_t count = tally_count(k->tally, writers);
	if (count == 0 && !tally_count(k->tally, clean)) {
		if (git_repository_sweep(path, &removed, &err))
			log_warn("%s: leftovers can't be swept: %s", path, err.text);
		else
			tally_set(k->tally, clean, 1);
		if (removed)
			log_info("%s: swept %u leftovers of ended transfers", path, removed);
	}
	tally_set(k->tally, writers, count + 1);
	pthread_mutex_unlock(&k->sweep_mutex);
}

void writer_leave(struct keeper *k, const char *id, bool tidy)
{
	char writers[TALLY_NAME], clean[TALLY_NAME];

	mark(writers, 'w', id);
	mark(clean, 'c', id);
	pthread_mutex_lock(&k->sweep_mutex);
	tally_set(k->tally, writers, tally_count(k->tally, writers) - 1);
	if (!tidy)
		tally_set(k->tally, clean, 0);
	pthread_mutex_unlock(&k->sweep_mutex);
}

static void leave_as_writer(struct exchange *x, bool tidy)
{
	if (x->writer)
		writer_leave(x->k, x->answer.repository.id, tidy);
	x->writer = false;
}

static int send_start(struct worker *w, struct exchange *x, int out_fd)
{
	struct msg *m = &w->reply;

	msg_start(m, x->child.in >= 0 ? A_STREAM : A_ANSWER, x->id);
	add_head(m, &x->answer);
	msg_add_u64(m, TAG_STREAM, 1);
	if (x->child.in >= 0)
		msg_add_fd(m, x->child.in);
	msg_add_fd(m, out_fd);
	int failed = wire_send(x->wire, m);
	/* ours are copies now; the child must see its end when wire closes */
	if (x->child.in >= 0)
		close(x->child.in);
	x->child.in = -1;
	return failed;
}

/* In a worker. A push's output goes through the keeper, any other straight to
 * wire. */
static void start(struct worker *w, struct exchange *x)
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
		log_error("git can't be started for %s: %s", x->answer.plan.path, err.text);
		if (push)
			close(relay[0]), close(relay[1]);
		leave_as_writer(x, true);
		say_unserved(w, x, code == ERR_BUSY ? SERVER_OVERLOADED : SERVER_FAULT);
		return;
	}
	x->running = true;
	x->relay.fd = relay[1];
	(void)send_start(w, x, push ? relay[0] : x->child.out);
	if (push) {
		close(relay[0]);
	} else {
		close(x->child.out);
		x->child.out = -1;
	}
}

/* -- jobs -- */

static void request_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;
	struct smart_context c;

	if (x->gone) /* nobody is left to be answered */
		return;
	read_request(x);
	if (!body_sound(x)) {
		x->answer = (struct smart_answer){.kind = SMART_REPLY, .status = 400};
		send_reply(w, x, &x->answer);
		return;
	}
	exchange_context(w, x, &c);
	smart_answer(&c, &x->request, &x->answer);
	if (x->answer.kind != SMART_PLAN) {
		send_reply(w, x, &x->answer);
		/* when all is said, only Q_GONE is still to come */
		job->quiet = x->answer.kind == SMART_REPLY;
	} else if (take_place(x)) {
		start(w, x);
	} else {
		x->waiting = true;
	}
}

static void start_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;

	if (!x->gone)
		start(w, x);
}

static void unserved_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;
	say_unserved(w, x, x->unserved);
}

static void begin_watching(struct exchange *x);
static void serve_waiting(struct keeper *k);

static void wait_for_place(struct exchange *x)
{
	struct keeper *k = x->k;

	x->deadline = clock_mono_ms() + atomic_load(&k->settings)->queue_time * 1000;
	x->waiting_next = NULL;
	*k->waiting_last = x;
	k->waiting_last = &x->waiting_next;
}

static void drop_message(struct msg **m)
{
	if (*m) {
		msg_close_fds(*m);
		secret_wipe(*m, sizeof(**m));
		free(*m);
	}
	*m = NULL;
}

/* The worker sends A_COLLECT before main hears that it is done; wire may be
 * faster than that with its second question. */
static void take_early(struct exchange *x)
{
	struct msg *m = x->early;

	x->early = NULL;
	if (m && x->gone)
		drop_message(&m);
	else if (m)
		exchange_question(x->wire, m);
}

static void job_done(struct keeper *k, struct job *job)
{
	struct exchange *x = job->owner;

	x->working = false;
	if (x->running) {
		begin_watching(x);
	} else if (x->waiting && !x->gone) {
		wait_for_place(x);
		serve_waiting(k); /* a place may have come free meanwhile */
	} else {
		give_place(x);
	}
	take_early(x);
	exchange_settle(x);
}

static void submit(struct exchange *x, void (*run)(struct worker *, struct job *))
{
	x->working = true;
	x->job = (struct job){.run = run, .done = job_done, .owner = x};
	work_submit(x->k, &x->job);
}

/* -- the queue for a child -- */

static void leave_queue(struct exchange *x)
{
	struct keeper *k = x->k;

	for (struct exchange **at = &k->waiting; *at; at = &(*at)->waiting_next) {
		if (*at != x)
			continue;
		*at = x->waiting_next;
		if (!*at)
			k->waiting_last = at;
		break;
	}
	x->waiting = false;
}

/* A place came free: whoever waits longest and may take it does. */
static void serve_waiting(struct keeper *k)
{
	for (struct exchange *x = k->waiting, *next; x; x = next) {
		next = x->waiting_next;
		if (take_place(x)) {
			leave_queue(x);
			submit(x, start_run);
		}
	}
}

/* -- a running child -- */

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

static void end_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;
	struct smart_context c;
	struct smart_answer no;
	struct msg *m = &w->reply;

	exchange_context(w, x, &c);
	if (client_broke(x))
		not_understood(&no);
	else
		smart_unserved(&c, &x->request, &x->answer, SERVER_FAULT, &no);
	msg_start(m, A_END, x->id);
	msg_add_u64(m, TAG_WHOLE, !child_broke(x));
	if (no.kind == SMART_REPLY)
		add_head(m, &no);
	(void)wire_send(x->wire, m);
}

static void log_complaint(struct exchange *x)
{
	if (!x->complaint.len && WIFEXITED(x->status) && !WEXITSTATUS(x->status))
		return;
	log_info("git %s for %s: %s %d%s%s", git_service_name(x->answer.plan.service),
	         x->answer.repository.id, WIFSIGNALED(x->status) ? "signal" : "status",
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

/* Its end may be heard before its last words. */
static void hear_last_words(struct exchange *x)
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
		code = msg_send(x->wire->channel_fd, m, NULL);
	}
	free(m);
	return code != ERR_BUSY;
}

void exchange_finish(struct exchange *x)
{
	if (!x->running || !x->reaped || x->working || !push_over(x))
		return;
	x->running = false;
	hear_last_words(x);
	log_complaint(x);
	keeper_unwatch(x->k, &x->errors);
	push_clear(x);
	leave_as_writer(x, WIFEXITED(x->status));
	git_child_close(&x->child);
	give_place(x);
	bool fine = WIFEXITED(x->status) && WEXITSTATUS(x->status) == 0;
	if (!x->gone && !(fine && end_at_once(x)))
		submit(x, end_run);
	serve_waiting(x->k);
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

static void begin_watching(struct exchange *x)
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

/* -- coming and going -- */

static struct exchange **place_of(struct wire_link *w, uint64_t id)
{
	struct exchange **at = &w->buckets[id % EXCHANGE_BUCKETS];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static struct exchange *exchange_new(struct wire_link *w, uint64_t id)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->k = w->k;
	x->wire = w;
	x->id = id;
	x->body_fd = -1;
	x->child = (struct git_child){.pidfd = -1, .in = -1, .out = -1, .errors = -1, .hook = -1};
	x->process.fd = x->errors.fd = x->output.fd = x->relay.fd = x->hook.fd = -1;
	arena_init(&x->arena, ARENA_LIMIT);
	buf_init(&x->refs, REFS_LIMIT);
	x->next = w->buckets[id % EXCHANGE_BUCKETS];
	w->buckets[id % EXCHANGE_BUCKETS] = x;
	w->exchanges++;
	return x;
}

/* The question holds the token: it is wiped, not only freed. */
static void drop_question(struct exchange *x)
{
	drop_message(&x->question);
	if (x->body_fd >= 0)
		close(x->body_fd);
	x->body_fd = -1;
}

/* Asked again, with the body this time. */
static bool may_ask_again(const struct exchange *x)
{
	return !x->working && !x->running && !x->waiting && !x->gone &&
	       x->answer.kind == SMART_COLLECT;
}

/* One that drains may have started under other settings. */
static bool asks_too_much(const struct wire_link *w)
{
	size_t most = (size_t)atomic_load(&w->k->settings)->connection_limit + EXCHANGES_MORE;

	return !w->draining && w->exchanges - w->leaving >= most;
}

void exchange_question(struct wire_link *w, struct msg *m)
{
	struct exchange *x = m->id ? *place_of(w, m->id) : NULL;
	const char *fault = NULL;

	if (x && x->working && x->job.run == request_run && !x->early && !x->gone) {
		x->early = m;
		return;
	}
	if (m->id == 0 || (x && !may_ask_again(x)))
		fault = "it asked twice under one number";
	else if (!x && asks_too_much(w))
		fault = "it asked more at once than it may have connections";
	else if (!x && !(x = exchange_new(w, m->id)))
		fault = "out of memory";
	if (fault) {
		msg_close_fds(m);
		free(m);
		wire_break(w, fault);
		return;
	}
	drop_question(x);
	arena_reset(&x->arena);
	x->question = m;
	submit(x, request_run);
}

void exchange_gone(struct wire_link *w, uint64_t id)
{
	struct exchange *x = *place_of(w, id);

	if (!x || x->gone)
		return;
	x->gone = true;
	w->leaving++;
	if (!x->working && x->running)
		exchange_end_child(x, false);
	if (!x->working && x->waiting)
		leave_queue(x);
	exchange_settle(x);
}

void exchange_settle(struct exchange *x)
{
	if (!x->gone || x->working || x->running || x->dead)
		return;
	if (x->waiting)
		leave_queue(x);
	*place_of(x->wire, x->id) = x->next;
	x->wire->exchanges--;
	wire_left(x->wire);
	x->dead = true;
	drop_question(x);
	x->next = x->k->graves;
	x->k->graves = x;
}

void exchange_bury(struct keeper *k)
{
	while (k->graves) {
		struct exchange *x = k->graves;
		k->graves = x->next;
		arena_reset(&x->arena);
		buf_clear(&x->complaint);
		buf_clear(&x->refs);
		free(x);
	}
}

void exchange_wire_lost(struct wire_link *w)
{
	for (size_t b = 0; b < EXCHANGE_BUCKETS; b++) {
		for (struct exchange *x = w->buckets[b], *next; x; x = next) {
			next = x->next;
			exchange_gone(w, x->id);
		}
	}
}

size_t exchange_running(const struct keeper *k)
{
	size_t count = 0;

	for (const struct wire_link *w = k->wires; w; w = w->next)
		count += w->exchanges;
	return count;
}

static void check_deadline(struct exchange *x, int64_t now)
{
	if (x->working || !x->deadline || now < x->deadline)
		return;
	if (x->waiting) {
		leave_queue(x);
		x->unserved = SERVER_OVERLOADED;
		submit(x, unserved_run);
	} else if (x->running && !x->reaped) {
		log_warn("git %s for %s is ended: it took too long or would not end",
		         git_service_name(x->answer.plan.service), x->answer.repository.id);
		exchange_end_child(x, true);
	}
}

void exchange_tick(struct keeper *k, int64_t now)
{
	for (struct wire_link *w = k->wires; w; w = w->next) {
		for (size_t b = 0; b < EXCHANGE_BUCKETS; b++) {
			for (struct exchange *x = w->buckets[b], *next; x; x = next) {
				next = x->next;
				check_deadline(x, now);
			}
		}
	}
}
