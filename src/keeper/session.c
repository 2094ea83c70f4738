/* What is asked over SSH: whether a key may come in, and what becomes of a session. */
#include "keeper/keeper_int.h"
#include "ssh/ssh.h"

#include "base/log.h"

#include <string.h>
#include <sys/wait.h>

#define DIED 128 /* the exit status of a git that a signal ended */

static void context(struct worker *w, struct exchange *x, struct ssh_context *out)
{
	struct keeper *k = x->k;

	*out = (struct ssh_context){.gate = &w->gate,
	                            .queue = k->queue,
	                            .rates = k->rates,
	                            .host = &k->host,
	                            .storable = k->house.storable,
	                            .storable_arg = k->house.arg,
	                            .server = (enum server_state)atomic_load(&k->state),
	                            .busy = x->busy,
	                            .certificates = x->wire->kind == WIRE_COMMAND,
	                            .arena = &x->arena};
}

/* -- a key -- */

static void answer_key(struct worker *w, struct exchange *x)
{
	struct question_key *q = arena_alloc(&x->arena, sizeof(*q));
	struct question_verdict v = {0};
	struct ssh_context c;
	struct err err = {0};

	x->ended = true;
	if (!q || question_key_read(&w->question, q, &err)) {
		channel_cut(x->wire, q ? err.text : "out of memory");
		return;
	}
	context(w, x, &c);
	ssh_key_offered(&c, q, &v);
	metrics_key(&x->k->metrics, v.allowed);
	question_verdict_write(&w->reply, x->id, &v);
	if (w->reply.failed) { /* no words of ours are that long; if some are, it must do without */
		v.banner = NULL;
		question_verdict_write(&w->reply, x->id, &v);
	}
	(void)wire_send(x->wire, &w->reply);
}

/* -- a session -- */

static void send_words(struct worker *w, struct exchange *x, const struct question_words *words)
{
	msg_start(&w->reply, A_ANSWER, x->id);
	question_words_write(&w->reply, words);
	if (w->reply.failed) { /* likewise */
		msg_start(&w->reply, A_ANSWER, x->id);
		msg_add_u64(&w->reply, TAG_EXIT, DIED);
	}
	x->ended = true;
	(void)wire_send(x->wire, &w->reply);
}

static void answer_words(struct worker *w, struct exchange *x, const struct question_words *words)
{
	metrics_session(&x->k->metrics, wire_transport(x->wire), SESSION_WORDS);
	send_words(w, x, words);
}

/* From here on it is an exchange like any other: counted, run, ended, and its push decided. */
static void keep_plan(struct exchange *x, const struct ssh_answer *a)
{
	struct smart_answer *out = &x->answer;

	out->kind = SMART_PLAN;
	out->status = 200;
	out->topic = a->plan.service == GIT_RECEIVE_PACK ? TOPIC_PUSH : TOPIC_FETCH;
	out->plan = a->plan;
	memcpy(out->principal, a->principal, sizeof(out->principal));
	memcpy(out->address, a->address, sizeof(out->address));
	out->session = a->session;
	out->ask = a->ask;
	out->repository = a->repository;
	x->before = a->words;
	metrics_session(&x->k->metrics, wire_transport(x->wire),
	                out->topic == TOPIC_PUSH ? SESSION_PUSH : SESSION_FETCH);
}

/* Too large for a worker's stack. */
struct work {
	struct question_session question;
	struct ssh_answer answer;
};

static void answer_session(struct worker *w, struct exchange *x)
{
	struct work *work = arena_alloc(&x->arena, sizeof(*work));
	struct ssh_context c;
	struct err err = {0};

	if (!work || question_session_read(&w->question, &work->question, &err)) {
		x->ended = true;
		channel_cut(x->wire, work ? err.text : "out of memory");
		return;
	}
	/* the message is written over with the next one */
	work->question.peer.key =
	        arena_memdup(&x->arena, work->question.peer.key, work->question.peer.key_len);
	x->session = &work->question;
	context(w, x, &c);
	memset(&work->answer, 0, sizeof(work->answer));
	ssh_session_asked(&c, x->session, &work->answer);
	if (work->answer.kind == SSH_PLAN)
		keep_plan(x, &work->answer);
	else
		answer_words(w, x, &work->answer.words);
}

void session_answer(struct worker *w, struct exchange *x)
{
	if (w->question.type == Q_KEY)
		answer_key(w, x);
	else
		answer_session(w, x);
}

/* -- when it does not go as planned -- */

static void say_unserved(struct worker *w, struct exchange *x, enum server_state why,
                         struct question_words *out)
{
	struct ssh_answer *plan = arena_alloc(&x->arena, sizeof(*plan));
	struct ssh_context c;

	*out = (struct question_words){.status = DIED};
	if (!plan)
		return;
	memset(plan, 0, sizeof(*plan));
	plan->session = x->answer.session;
	plan->ask = x->answer.ask;
	plan->repository = x->answer.repository;
	plan->plan = x->answer.plan;
	context(w, x, &c);
	ssh_unserved(&c, x->session, plan, why, out);
}

void session_unserved(struct worker *w, struct exchange *x, enum server_state why)
{
	struct question_words words;

	say_unserved(w, x, why, &words);
	send_words(w, x, &words);
}

void session_start(struct exchange *x, struct msg *m)
{
	msg_start(m, A_STREAM, x->id);
	question_words_write(m, &x->before);
}

/* git tells its own failures inside the protocol; of a crash it can't. */
void session_end(struct worker *w, struct exchange *x, struct msg *m)
{
	struct question_words words = {.status = DIED};

	if (WIFEXITED(x->status))
		words.status = WEXITSTATUS(x->status);
	else
		say_unserved(w, x, SERVER_FAULT, &words);
	msg_start(m, A_END, x->id);
	msg_add_u64(m, TAG_WHOLE, 1);
	question_words_write(m, &words);
}
