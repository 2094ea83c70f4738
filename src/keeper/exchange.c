/* One request: its question, its jobs, its coming and going. */
#include "keeper/keeper_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARENA_LIMIT (16u << 20)
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

	memset(r, 0, sizeof(*r));
	r->method = text_of(x, TAG_METHOD, 0);
	r->target = text_of(x, TAG_TARGET, 0);
	r->peer = text_of(x, TAG_ADDRESS, 0);
	r->host = text_of(x, TAG_HOST, 0);
	r->content_type = text_of(x, TAG_CONTENT_TYPE, 0);
	r->git_protocol = text_of(x, TAG_GIT_PROTOCOL, 0);
	r->user_agent = text_of(x, TAG_USER_AGENT, 0);
	r->forwarded_for = text_of(x, TAG_FORWARDED_FOR, 0);
	r->forwarded_proto = text_of(x, TAG_FORWARDED_PROTO, 0);
	r->tls = msg_u64(x->question, TAG_TLS, 0);
	for (; r->authorizations < 2 &&
	       msg_find(x->question, TAG_AUTHORIZATION, (unsigned)r->authorizations);
	     r->authorizations++) {
		const char *value = text_of(x, TAG_AUTHORIZATION, (unsigned)r->authorizations);
		r->authorization[r->authorizations] = value ? value : "";
	}
	r->metrics = msg_u64(x->question, TAG_METRICS, 0) == 1;
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

void exchange_add_head(struct msg *m, const struct smart_answer *a)
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
		exchange_add_head(m, a);
		metrics_request(&x->k->metrics, x->answer.topic, a->status);
	}
	/* no answer of ours is that large; if one is, its status must do */
	if (m->failed) {
		msg_start(m, A_ANSWER, x->id);
		msg_add_u64(m, TAG_STATUS, 500);
	}
	(void)wire_send(x->wire, m);
}

void exchange_context(struct worker *w, struct exchange *x, struct smart_context *out)
{
	struct keeper *k = x->k;
	enum server_state state = (enum server_state)atomic_load(&k->state);

	/* what fails to write the ledger will hardly store a push */
	if (state == SERVER_READY && (!gate_queue_healthy(k->queue) || health_disk_full(k)))
		state = SERVER_DISK_FULL;
	*out = (struct smart_context){.gate = &w->gate,
	                              .queue = k->queue,
	                              .memory = k->memory,
	                              .rates = k->rates,
	                              .host = &k->host,
	                              .house = &k->house,
	                              .server = state,
	                              .template = k->template,
	                              .capabilities = &k->capabilities,
	                              .arena = &x->arena};
}

void exchange_unserved(struct worker *w, struct exchange *x, enum server_state why)
{
	struct smart_context c;
	struct smart_answer no;

	exchange_context(w, x, &c);
	smart_unserved(&c, &x->request, &x->answer, why, &no);
	send_reply(w, x, &no);
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
	} else if (place_take(x)) {
		child_start(w, x);
	} else {
		x->waiting = true;
	}
}

void exchange_start_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;

	if (!x->gone)
		child_start(w, x);
}

static void unserved_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;
	exchange_unserved(w, x, x->unserved);
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
		child_watch(x);
	} else if (x->waiting && !x->gone) {
		place_wait(x);
		place_serve_waiting(k); /* a place may have come free meanwhile */
	} else {
		place_give(x);
	}
	take_early(x);
	exchange_settle(x);
}

void exchange_submit(struct exchange *x, void (*run)(struct worker *, struct job *))
{
	x->working = true;
	x->job = (struct job){.run = run, .done = job_done, .owner = x};
	work_submit(x->k, &x->job);
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
	exchange_submit(x, request_run);
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
		place_leave_queue(x);
	exchange_settle(x);
}

void exchange_settle(struct exchange *x)
{
	if (!x->gone || x->working || x->running || x->dead)
		return;
	if (x->waiting)
		place_leave_queue(x);
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
		place_leave_queue(x);
		atomic_fetch_add(&x->k->metrics.queue_expired, 1);
		x->unserved = SERVER_OVERLOADED;
		exchange_submit(x, unserved_run);
	} else if (x->running && !x->reaped) {
		log_warn("git %s for %s is ended: it took too long or would not end",
		         git_service_name(x->answer.plan.service), x->answer.repository.id);
		x->late = true;
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
