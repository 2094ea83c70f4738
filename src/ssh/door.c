/* A key, or a session: what is asked, what the gate says, then an answer or a plan. */
#include "ssh/ssh_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "gate/adopt.h"
#include "gate/serve.h"
#include "git/pktline.h"
#include "policy/notice.h"

#include <stdio.h>
#include <string.h>

#define TEXT_LIMIT 8000
#define REFUSED 1 /* exit status */

/* -- asking the gate -- */

static void ask_fill(const struct ssh_context *c, const struct question_peer *peer,
                     struct gate_ask *out)
{
	const struct gate_settings *s = c->gate->settings;

	*out = (struct gate_ask){.workspace = "",
	                         .repository = "",
	                         .address = peer->address,
	                         .base_url = *s->ssh_url ? s->ssh_url : s->base_url,
	                         .server = c->server,
	                         .now = clock_now()};
}

static void accident(struct visit *p, const struct err *err)
{
	gate_serve_accident(&p->out->ask, &p->decision, err);
	log_error("session %s: %s", p->decision.reference, err->text);
}

/* What is stored can be read from a full disk. */
static enum server_state state_for(const struct ssh_context *c, enum operation operation)
{
	bool full = c->server == SERVER_READY && operation == OPERATION_WRITE &&
	            !c->storable(c->storable_arg);

	return full ? SERVER_DISK_FULL : c->server;
}

/* A certificate from where none is taken is a key that nobody knows. */
static int authenticate(struct visit *p, struct err *err)
{
	const struct question_peer *peer = &p->q->peer;
	struct ssh_certificate *cert;

	if (!p->c->certificates || !policy_ssh_is_certificate(peer->key, peer->key_len))
		return gate_authenticate_key(p->c->gate, peer->key, peer->key_len, &p->out->session,
		                             err);
	cert = arena_alloc(p->c->arena, sizeof(*cert)); /* the session keeps it */
	if (!cert)
		return err_set(err, ERR_MEMORY, "the question's memory is used up");
	if (policy_ssh_certificate_read(peer->key, peer->key_len, cert))
		return gate_authenticate_key(p->c->gate, peer->key, peer->key_len, &p->out->session,
		                             err);
	return gate_authenticate_certificate(p->c->gate, cert, &p->out->session, err);
}

void visit_decide(struct visit *p, enum operation operation)
{
	const struct gate_settings *settings = p->c->gate->settings;
	struct ssh_answer *out = p->out;
	struct err err = {0};

	out->ask.operation = operation;
	out->ask.workspace = arena_strdup(p->c->arena, p->command.workspace);
	out->ask.repository = arena_strdup(p->c->arena, p->command.repository);
	out->ask.path = arena_strdup(p->c->arena, p->command.path);
	out->ask.server = state_for(p->c, operation);
	int code = out->ask.workspace && out->ask.repository && out->ask.path
	                   ? authenticate(p, &err)
	                   : err_set(&err, ERR_MEMORY, "the question's memory is used up");
	if (!code) {
		gate_rate_take(p->c->rates, settings, &out->session, &out->ask);
		code = gate_authorise(p->c->gate, &out->session, &out->ask, &p->decision, &err);
	}
	if (code)
		accident(p, &err);
	else
		gate_rate_note(p->c->rates, settings, &out->session, &out->ask,
		               &p->decision.verdict);
	p->decided = true;
	out->repository = p->decision.repository;
	gate_principal(&out->session, out->principal, sizeof(out->principal));
}

static bool allowed(const struct visit *p)
{
	return p->decision.verdict.reason == REASON_ALLOWED;
}

/* -- words -- */

void visit_say(struct visit *p, const char *out, size_t out_len, const char *errors, int status)
{
	struct question_words *w = &p->out->words;

	p->out->kind = SSH_REPLY;
	w->status = status;
	w->out = out ? arena_memdup(p->c->arena, out, out_len) : NULL;
	w->out_len = w->out ? out_len : 0;
	w->errors = errors ? arena_strdup(p->c->arena, errors) : NULL;
	w->errors_len = w->errors ? strlen(w->errors) : 0;
}

static bool serves_git(const struct visit *p)
{
	return p->command.verb == SSH_UPLOAD_PACK || p->command.verb == SSH_RECEIVE_PACK ||
	       p->command.verb == SSH_UPLOAD_ARCHIVE;
}

static const char *operation_name(const struct visit *p)
{
	return p->out->ask.operation == OPERATION_WRITE ? "push" : "fetch";
}

/* To Git as a packet, which it shows alone; to all else on standard error. */
static void refuse(struct visit *p)
{
	const struct gate_decision *d = &p->decision;
	struct policy_story story;
	struct buf text, packet;

	/* before the words: a stranger's reference is that of its row */
	gate_record(p->c->queue, &p->out->session, &p->out->ask, &p->decision, operation_name(p),
	            p->q->peer.client, NULL);
	buf_init(&text, TEXT_LIMIT);
	buf_init(&packet, TEXT_LIMIT + 200);
	gate_story(p->c->gate, &p->out->session, &p->out->ask, d, &story);
	(void)policy_explain(&text, &d->facts, &d->verdict, &story);
	if (!serves_git(p) || pkt_err(&packet, NULL, buf_str(&text)))
		visit_say(p, NULL, 0, buf_str(&text), REFUSED);
	else
		visit_say(p, buf_str(&packet), packet.len, NULL, REFUSED);
	buf_clear(&packet);
	buf_clear(&text);
}

/* -- Git -- */

static const char *notices(struct visit *p)
{
	struct ssh_answer *out = p->out;
	struct err err = {0};
	struct buf text;

	buf_init(&text, NOTICE_ROOM);
	if (gate_notices(p->c->gate, &out->session, &out->ask, &p->decision, &text, &err))
		log_error("session %s: its notices: %s", p->decision.reference, err.text);
	const char *copy =
	        text.len && !text.failed ? arena_strdup(p->c->arena, buf_str(&text)) : NULL;
	buf_clear(&text);
	return copy;
}

static int plan_fill(struct visit *p, struct git_plan *plan, struct err *err)
{
	static const enum git_service services[] = {[SSH_UPLOAD_PACK] = GIT_UPLOAD_PACK,
	                                            [SSH_RECEIVE_PACK] = GIT_RECEIVE_PACK,
	                                            [SSH_UPLOAD_ARCHIVE] = GIT_UPLOAD_ARCHIVE};
	const char *protocol = git_protocol_safe(p->q->git_protocol);
	char path[GIT_PATH];

	plan->service = services[p->command.verb];
	plan->session = true;
	plan->body = -1;
	int code = gate_repository_reach(p->c->gate, &p->out->repository, path, sizeof(path), err);
	if (!code)
		code = gate_serve_plan(p->c->gate, &p->out->session, &p->out->repository,
		                       p->c->arena, plan, err);
	if (code)
		return code;
	plan->path = arena_strdup(p->c->arena, path);
	plan->protocol = protocol ? arena_strdup(p->c->arena, protocol) : NULL;
	if (!plan->path || (protocol && !plan->protocol))
		return err_set(err, ERR_MEMORY, "the question's memory is used up");
	return 0;
}

static void plan(struct visit *p)
{
	struct ssh_answer *out = p->out;
	struct err err = {0};

	if (plan_fill(p, &out->plan, &err)) {
		accident(p, &err);
		refuse(p);
		return;
	}
	out->kind = SSH_PLAN;
	out->words.status = -1;
	out->words.errors = notices(p);
	out->words.errors_len = out->words.errors ? strlen(out->words.errors) : 0;
	/* a push is recorded by its pre-receive question, which knows the refs */
	if (out->plan.service != GIT_RECEIVE_PACK)
		gate_record(p->c->queue, &out->session, &out->ask, &p->decision, "fetch",
		            p->q->peer.client, NULL);
}

static void serve(struct visit *p)
{
	struct ssh_answer *out = p->out;
	struct err err = {0};

	visit_decide(p, p->command.verb == SSH_RECEIVE_PACK ? OPERATION_WRITE : OPERATION_READ);
	if (allowed(p) && p->decision.verdict.create) {
		if (gate_serve_create(p->c->gate, p->c->queue, &out->session, &out->ask,
		                      &p->decision, &err))
			accident(p, &err);
		out->repository = p->decision.repository;
	}
	if (allowed(p))
		plan(p);
	else
		refuse(p);
}

/* -- all else -- */

/* Nothing was asked of a repository: what stands in the way of any question is told,
 * else who came. */
static void other(struct visit *p, const char *line)
{
	visit_decide(p, OPERATION_READ);
	if (policy_reason_gate(p->decision.verdict.reason) <= GATE_ADDRESS && !allowed(p))
		refuse(p);
	else
		visit_welcome(p, line);
}

static void no_command(struct visit *p)
{
	other(p, p->q->kind == EXEC_SHELL
	                 ? NULL
	                 : "This is a Git server: it runs Git's commands and no others, copies no "
	                   "files, and has no shell. [bad-request]\n");
}

/* git-lfs shows standard error. A status of 127, or "not found", would send it to HTTPS. */
static void no_lfs(struct visit *p)
{
	visit_say(p, NULL, 0,
	          "Git LFS is not served here yet. Push without LFS (git lfs uninstall), or keep "
	          "large files elsewhere. [lfs-not-here]\n",
	          REFUSED);
}

static void (*const verbs[])(struct visit *) = {
        [SSH_OTHER] = no_command,     [SSH_UPLOAD_PACK] = serve, [SSH_RECEIVE_PACK] = serve,
        [SSH_UPLOAD_ARCHIVE] = serve, [SSH_LFS] = no_lfs,
};

static void begin(struct visit *p, struct ssh_context *c, const struct question_session *q,
                  struct ssh_answer *out)
{
	memset(p, 0, sizeof(*p));
	memset(out, 0, sizeof(*out));
	p->c = c;
	p->q = q;
	p->out = out;
	out->plan.body = -1;
	snprintf(out->address, sizeof(out->address), "%s", q->peer.address);
	ask_fill(c, &q->peer, &out->ask);
	out->ask.address = arena_strdup(c->arena, q->peer.address);
	if (!out->ask.address)
		out->ask.address = "";
	ssh_command_read(q->kind == EXEC_COMMAND ? q->command : "", &p->command);
}

void ssh_session_asked(struct ssh_context *c, const struct question_session *q,
                       struct ssh_answer *out)
{
	struct visit p;

	begin(&p, c, q, out);
	verbs[p.command.verb](&p);
	if (p.decided)
		gate_decision_clear(&p.decision);
}

void ssh_unserved(struct ssh_context *c, const struct question_session *q,
                  const struct ssh_answer *kept, enum server_state why, struct question_words *out)
{
	struct ssh_answer work;
	struct visit p;
	struct err err = {0};

	begin(&p, c, q, &work);
	work.session = kept->session;
	work.ask = kept->ask;
	work.ask.server = why;
	/* whatever the ledger says: the answer is the server's state */
	(void)gate_authorise(c->gate, &work.session, &work.ask, &p.decision, &err);
	p.decision.facts.server = why;
	p.decision.facts.busy = c->busy;
	policy_decide(&p.decision.facts, &p.decision.verdict);
	refuse(&p);
	gate_decision_clear(&p.decision);
	*out = work.words;
}

/* -- keys -- */

static void reject(struct ssh_context *c, struct question_verdict *out, const struct buf *text)
{
	const char *banner = text->len ? arena_strdup(c->arena, buf_str(text)) : NULL;

	*out = (struct question_verdict){.banner = banner,
	                                 .banner_len = banner ? strlen(banner) : 0};
}

static void reject_unknown(struct ssh_context *c, const struct question_key *q,
                           const struct gate_ask *ask, struct question_verdict *out)
{
	char fingerprint[QUESTION_FINGERPRINT];
	struct buf text;

	buf_init(&text, QUESTION_BANNER);
	words_fingerprint(q->peer.key, q->peer.key_len, fingerprint);
	words_unknown(&text, q, fingerprint, ask->base_url);
	reject(c, out, &text);
	buf_clear(&text);
}

static void look_at_proved(struct ssh_context *c, const struct question_key *q,
                           struct gate_session *s, struct gate_ask *ask,
                           struct question_verdict *out)
{
	struct gate_decision d;
	struct policy_story story;
	struct err err = {0};
	struct buf text;

	gate_rate_take(c->rates, c->gate->settings, s, ask);
	if (gate_authorise(c->gate, s, ask, &d, &err)) {
		log_error("a key from %s: %s", q->peer.address, err.text);
		return; /* the session will say what is wrong */
	}
	if (gate_key_ends(&d.verdict)) {
		gate_rate_note(c->rates, c->gate->settings, s, ask, &d.verdict);
		gate_record(c->queue, s, ask, &d, "sign in", q->peer.client, NULL);
		buf_init(&text, QUESTION_BANNER);
		gate_story(c->gate, s, ask, &d, &story);
		(void)policy_explain(&text, &d.facts, &d.verdict, &story);
		reject(c, out, &text);
		buf_clear(&text);
	}
	gate_decision_clear(&d);
}

void ssh_key_offered(struct ssh_context *c, const struct question_key *q,
                     struct question_verdict *out)
{
	struct gate_session s;
	struct gate_ask ask;
	struct err err = {0};

	*out = (struct question_verdict){.allowed = true};
	ask_fill(c, &q->peer, &ask);
	if (gate_authenticate_key(c->gate, q->peer.key, q->peer.key_len, &s, &err)) {
		log_error("a key from %s: %s", q->peer.address, err.text);
		*out = (struct question_verdict){.allowed = false};
		return;
	}
	if (s.presented != PRESENTED_GENUINE)
		reject_unknown(c, q, &ask, out);
	else if (q->proved)
		look_at_proved(c, q, &s, &ask, out);
}
