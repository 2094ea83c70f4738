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

static const char *text_of(struct exchange *x, const struct msg *m, uint16_t tag, unsigned nth)
{
	const struct msg_field *f = msg_find(m, tag, nth);

	/* a NUL inside would hide what follows it */
	if (!f || memchr(f->data, '\0', f->len))
		return NULL;
	return arena_memdup(&x->arena, f->data, f->len);
}

static void read_request(struct exchange *x, struct msg *m)
{
	struct smart_request *r = &x->request;

	memset(r, 0, sizeof(*r));
	r->method = text_of(x, m, TAG_METHOD, 0);
	r->target = text_of(x, m, TAG_TARGET, 0);
	r->peer = text_of(x, m, TAG_ADDRESS, 0);
	r->host = text_of(x, m, TAG_HOST, 0);
	r->content_type = text_of(x, m, TAG_CONTENT_TYPE, 0);
	r->git_protocol = text_of(x, m, TAG_GIT_PROTOCOL, 0);
	r->user_agent = text_of(x, m, TAG_USER_AGENT, 0);
	r->forwarded_for = text_of(x, m, TAG_FORWARDED_FOR, 0);
	r->forwarded_proto = text_of(x, m, TAG_FORWARDED_PROTO, 0);
	r->tls = msg_u64(m, TAG_TLS, 0);
	for (; r->authorizations < 2 && msg_find(m, TAG_AUTHORIZATION, (unsigned)r->authorizations);
	     r->authorizations++) {
		const char *value = text_of(x, m, TAG_AUTHORIZATION, (unsigned)r->authorizations);
		r->authorization[r->authorizations] = value ? value : "";
	}
	r->metrics = msg_u64(m, TAG_METRICS, 0) == 1;
	r->body = (enum question_body)msg_u64(m, TAG_BODY, BODY_NONE);
	x->body_fd = msg_take_fd(m, 0);
	r->body_fd = x->body_fd;
	secret_wipe(m->bytes, m->len); /* it held a token */
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
	x->ended = true; /* after A_COLLECT it is asked anew */
	(void)wire_send(x->wire, m);
}

void exchange_context(struct worker *w, struct exchange *x, struct smart_context *out)
{
	struct keeper *k = x->k;

	*out = (struct smart_context){.gate = &w->gate,
	                              .queue = k->queue,
	                              .memory = k->memory,
	                              .rates = k->rates,
	                              .host = &k->host,
	                              .house = &k->house,
	                              .server = (enum server_state)atomic_load(&k->state),
	                              .template = k->template,
	                              .capabilities = &k->capabilities,
	                              .arena = &x->arena};
}

void exchange_unserved(struct worker *w, struct exchange *x, enum server_state why)
{
	struct smart_context c;
	struct smart_answer no;

	if (x->session) {
		session_unserved(w, x, why);
		return;
	}
	exchange_context(w, x, &c);
	c.busy = x->busy;
	smart_unserved(&c, &x->request, &x->answer, why, &no);
	send_reply(w, x, &no);
}

/* -- jobs -- */

static void answer_http(struct worker *w, struct exchange *x)
{
	struct smart_context c;

	read_request(x, &w->question);
	if (!body_sound(x)) {
		x->answer = (struct smart_answer){.kind = SMART_REPLY, .status = 400};
		send_reply(w, x, &x->answer);
		return;
	}
	exchange_context(w, x, &c);
	smart_answer(&c, &x->request, &x->answer);
	if (x->answer.kind != SMART_PLAN)
		send_reply(w, x, &x->answer);
}

static void answer_request(struct worker *w, struct exchange *x)
{
	if (x->wire->kind != WIRE_HTTP)
		session_answer(w, x);
	else
		answer_http(w, x);
	if (x->answer.kind != SMART_PLAN)
		return;
	if (x->gone) /* nobody is left to be answered */
		return;
	else if (place_take(x))
		child_start(w, x);
	else
		x->waiting = true;
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

static void job_done(struct keeper *k, struct job *job)
{
	struct exchange *x = job->owner;

	(void)k;
	x->working = false;
	if (x->running) {
		child_watch(x);
	} else if (x->waiting && !x->gone) {
		place_seek(x);
	} else {
		place_give(x);
	}
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

struct exchange *exchange_new(struct wire_link *w, uint64_t id)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->k = w->k;
	x->wire = w;
	x->id = id;
	x->body_fd = -1;
	x->working = true;
	x->child = (struct git_child){.pidfd = -1, .in = -1, .out = -1, .errors = -1, .hook = -1};
	x->process.fd = x->errors.fd = x->output.fd = x->relay.fd = x->hook.fd = -1;
	arena_init(&x->arena, ARENA_LIMIT);
	buf_init(&x->refs, REFS_LIMIT);
	buf_init(&x->bad_refs, BAD_REFS_LIMIT);
	x->next = w->k->fresh;
	w->k->fresh = x;
	return x;
}

static void exchange_free(struct exchange *x)
{
	if (x->body_fd >= 0)
		close(x->body_fd);
	arena_reset(&x->arena);
	buf_clear(&x->complaint);
	buf_clear(&x->refs);
	buf_clear(&x->bad_refs);
	free(x);
}

static void leave_fresh(struct exchange *x)
{
	struct exchange **at = &x->k->fresh;

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
}

bool exchange_is_fresh(struct wire_link *w)
{
	const struct exchange *x;

	pthread_mutex_lock(&w->k->work_mutex);
	for (x = w->k->fresh; x && x->wire != w;)
		x = x->next;
	pthread_mutex_unlock(&w->k->work_mutex);
	return x;
}

/* One that drains may have started under other settings. */
static bool asks_too_much(const struct wire_link *w)
{
	size_t most = (size_t)atomic_load(&w->k->settings)->connection_limit + EXCHANGES_MORE;

	return !w->draining && w->exchanges - w->leaving > most;
}

/* Main gets to know an exchange that has outlived its question. */
static void answer_done(struct keeper *k, struct job *job)
{
	struct exchange *x = job->owner;
	struct wire_link *w = x->wire;

	pthread_mutex_lock(&k->work_mutex);
	leave_fresh(x);
	pthread_mutex_unlock(&k->work_mutex);
	bool twice = *place_of(w, x->id) != NULL;
	x->next = w->buckets[x->id % EXCHANGE_BUCKETS];
	w->buckets[x->id % EXCHANGE_BUCKETS] = x;
	w->exchanges++;
	if (x->gone)
		wire_leaves(x->wire);
	if (twice)
		wire_break(w, "it asked twice under one number");
	else if (asks_too_much(w))
		wire_break(w, "it asked more at once than it may have connections");
	job_done(k, job);
}

void exchange_answer(struct worker *w, struct exchange *x)
{
	struct keeper *k = w->k;

	answer_request(w, x);
	pthread_mutex_lock(&k->work_mutex);
	bool over = !x->running && !x->waiting && !x->counted;
	if (over) {
		leave_fresh(x);
	} else {
		x->job = (struct job){.done = answer_done, .owner = x};
		work_tell(k, &x->job);
	}
	pthread_mutex_unlock(&k->work_mutex);
	if (over)
		exchange_free(x);
}

/* Those a worker still holds: it will look. id 0: all of this link. */
static void mark_fresh(struct wire_link *w, uint64_t id)
{
	pthread_mutex_lock(&w->k->work_mutex);
	for (struct exchange *x = w->k->fresh; x; x = x->next)
		x->gone = x->gone || (x->wire == w && (!id || x->id == id));
	pthread_mutex_unlock(&w->k->work_mutex);
}

static void gone(struct exchange *x)
{
	if (x->gone)
		return;
	x->gone = true;
	wire_leaves(x->wire);
	if (!x->working && x->running)
		exchange_end_child(x, false);
	if (!x->working && x->waiting)
		place_leave_queue(x);
	exchange_settle(x);
}

void exchange_gone(struct wire_link *w, uint64_t id)
{
	struct exchange *x = *place_of(w, id);

	if (x)
		gone(x);
	else
		mark_fresh(w, id);
}

static void take_out(struct exchange *x)
{
	struct exchange **at = &x->wire->buckets[x->id % EXCHANGE_BUCKETS];

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
}

void exchange_settle(struct exchange *x)
{
	if ((!x->gone && !x->ended) || x->working || x->running || x->dead)
		return;
	if (x->waiting)
		place_leave_queue(x);
	take_out(x);
	x->wire->exchanges--;
	if (x->gone)
		wire_left(x->wire);
	x->dead = true;
	x->next = x->k->graves;
	x->k->graves = x;
}

void exchange_bury(struct keeper *k)
{
	while (k->graves) {
		struct exchange *x = k->graves;
		k->graves = x->next;
		exchange_free(x);
	}
}

void exchange_wire_lost(struct wire_link *w)
{
	for (size_t b = 0; b < EXCHANGE_BUCKETS; b++) {
		for (struct exchange *x = w->buckets[b], *next; x; x = next) {
			next = x->next;
			gone(x);
		}
	}
	mark_fresh(w, 0);
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
		place_busy(x, &x->busy);
		exchange_submit(x, unserved_run);
	} else if (x->running && !x->reaped) {
		log_warn("git %s over %s for %s is ended: it took too long or would not end",
		         git_service_name(x->answer.plan.service),
		         metrics_transport_name(wire_transport(x->wire)), x->answer.repository.id);
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
