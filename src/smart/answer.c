/* One request through the door: route, ask the gate, then an answer or a plan. */
#include "smart/smart_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "gate/adopt.h"
#include "gate/serve.h"
#include "git/pktline.h"
#include "policy/notice.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_method(const struct smart_request *r, const char *method)
{
	return r->method && !strcmp(r->method, method);
}

static bool is_get(const struct smart_request *r)
{
	return is_method(r, "GET") || is_method(r, "HEAD");
}

bool passage_gets(const struct passage *p)
{
	return is_get(p->r);
}

/* -- asking the gate -- */

void passage_accident(struct passage *p, const struct err *err)
{
	gate_serve_accident(&p->out->ask, &p->decision, err);
	log_error("request %s: %s", p->decision.reference, err->text);
}

enum server_state passage_state(const struct smart_context *c, enum operation operation)
{
	bool full = c->server == SERVER_READY && operation == OPERATION_WRITE &&
	            !c->house->storable(c->house->arg);

	return full ? SERVER_DISK_FULL : c->server;
}

void passage_decide(struct passage *p, enum operation operation)
{
	struct smart_answer *out = p->out;
	struct gate *g = p->c->gate;
	struct gate_presented presented;
	struct err err = {0};

	out->ask.operation = operation;
	out->ask.workspace = arena_strdup(p->c->arena, p->route.workspace);
	out->ask.repository = arena_strdup(p->c->arena, p->route.repository);
	out->ask.path = arena_strdup(p->c->arena, p->route.path);
	out->ask.server = passage_state(p->c, operation);
	out->ask.now = clock_now();
	gate_present(&presented, p->r->authorization, p->r->authorizations);
	gate_secret_hash(presented.secret.bytes, presented.secret.len, p->secret_hash);
	int code = out->ask.workspace && out->ask.repository && out->ask.path
	                   ? gate_authenticate(g, &presented, &out->session, &err)
	                   : err_set(&err, ERR_MEMORY, "the question's memory is used up");
	gate_present_clear(&presented);
	if (!code) {
		gate_rate_take(p->c->rates, g->settings, &out->session, &out->ask);
		code = gate_authorise(g, &out->session, &out->ask, &p->decision, &err);
	}
	if (code)
		passage_accident(p, &err);
	else
		gate_rate_note(p->c->rates, g->settings, &out->session, &out->ask,
		               &p->decision.verdict);
	p->decided = true;
	out->repository = p->decision.repository;
	gate_principal(&out->session, out->principal, sizeof(out->principal));
}

bool passage_allowed(const struct passage *p)
{
	return p->decision.verdict.reason == REASON_ALLOWED;
}

/* -- making a repository by a push (C20) -- */

static void create(struct passage *p)
{
	struct smart_answer *out = p->out;
	struct err err = {0};

	if (gate_serve_create(p->c->gate, p->c->queue, &out->session, &out->ask, &p->decision,
	                      &err))
		passage_accident(p, &err);
	out->repository = p->decision.repository;
}

/* -- plans -- */

/* Shown wherever a pack or a push report flows. */
static const char *notices(struct passage *p)
{
	struct smart_answer *out = p->out;
	struct err err = {0};
	struct buf text;

	buf_init(&text, NOTICE_ROOM);
	if (gate_notices(p->c->gate, &out->session, &out->ask, &p->decision, &text, &err))
		log_error("request %s: its notices: %s", p->decision.reference, err.text);
	const char *copy =
	        text.len && !text.failed ? arena_strdup(p->c->arena, buf_str(&text)) : NULL;
	buf_clear(&text);
	return copy;
}

static const char *repository_path(struct passage *p)
{
	char path[GIT_PATH];
	struct err err = {0};

	if (p->decision.verdict.create)
		return p->c->template;
	if (gate_repository_reach(p->c->gate, &p->out->repository, path, sizeof(path), &err)) {
		passage_accident(p, &err);
		return NULL;
	}
	return arena_strdup(p->c->arena, path);
}

static void plan(struct passage *p)
{
	struct smart_answer *out = p->out;
	struct git_plan *plan = &out->plan;
	const char *protocol = git_protocol_safe(p->r->git_protocol);
	int code;

	out->kind = SMART_PLAN;
	out->status = 200;
	plan->service = p->route.service;
	plan->advertise = p->phase == PHASE_REFS;
	plan->path = repository_path(p);
	plan->protocol = protocol ? arena_strdup(p->c->arena, protocol) : NULL;
	plan->notice = plan->advertise ? NULL : notices(p);
	plan->body = -1;
	code = gate_serve_plan(p->c->gate, &out->session, &out->repository, p->c->arena, plan,
	                       NULL);
	answer_header(p->c, out, "Content-Type: application/x-%s-%s",
	              git_service_name(plan->service),
	              plan->advertise ? "advertisement" : "result");
	answer_no_cache(p->c, out);
	out->short_of_memory = out->short_of_memory || code || (protocol && !plan->protocol);
	if (!plan->path && passage_allowed(p))
		out->short_of_memory = true;
	else if (!plan->path)
		passage_refuse(p);
}

/* -- the routes -- */

static enum operation operation_of(const struct passage *p)
{
	return p->route.service == GIT_RECEIVE_PACK ? OPERATION_WRITE : OPERATION_READ;
}

/* gitprotocol-http, "Smart Clients": the service line goes before the refs,
 * except where version 2 begins with its own. */
static void add_service_line(struct passage *p)
{
	struct smart_answer *out = p->out;
	struct buf line;

	if (p->route.service == GIT_UPLOAD_PACK && git_protocol_version(p->r->git_protocol) == 2)
		return;
	buf_init(&line, 100);
	(void)pkt_writef(&line, "# service=%s\n", git_service_name(p->route.service));
	(void)pkt_flush(&line);
	out->text = arena_memdup(p->c->arena, buf_str(&line), line.len);
	out->text_len = out->text ? line.len : 0;
	out->short_of_memory = out->short_of_memory || line.failed || !out->text;
	buf_clear(&line);
}

/* Version 2 begins with what the server can do; refs are asked for later. The
 * same for all repositories of one format: no process is started for it. */
static bool answer_capabilities(struct passage *p)
{
	const struct smart_capabilities *all = p->c->capabilities;
	bool sha256 = !strcmp(p->out->repository.format, "sha256");
	const char *text = sha256 ? all->sha256 : all->sha1;

	if (p->route.service != GIT_UPLOAD_PACK || git_protocol_version(p->r->git_protocol) != 2 ||
	    !text)
		return false;
	answer_bytes(p->c, p->out, 200, "application/x-git-upload-pack-advertisement", text,
	             sha256 ? all->sha256_len : all->sha1_len);
	answer_no_cache(p->c, p->out);
	return true;
}

static void answer_refs(struct passage *p)
{
	p->phase = PHASE_REFS;
	if (!is_get(p->r)) {
		answer_text(p->c, p->out, 405, "This address is asked with GET.\n");
		answer_header(p->c, p->out, "Allow: GET, HEAD");
		return;
	}
	passage_decide(p, operation_of(p));
	if (!passage_allowed(p)) {
		if (p->route.kind != ROUTE_STRAY || !passage_stray(p))
			passage_refuse(p);
		return;
	}
	if (answer_capabilities(p))
		return;
	add_service_line(p);
	plan(p);
	p->out->head_only = is_method(p->r, "HEAD");
}

/* Git's test whether a large push may come (4 bytes, without a credential from
 * some versions): it says nothing and is answered with nothing. */
static bool is_probe(const struct smart_request *r)
{
	char head[5];

	return r->body == BODY_WHOLE && pread(r->body_fd, head, sizeof(head), 0) == 4 &&
	       !memcmp(head, "0000", 4);
}

static bool body_says(const struct smart_request *r, const char *word)
{
	char head[128] = "";
	ssize_t got = r->body == BODY_WHOLE ? pread(r->body_fd, head, sizeof(head) - 1, 0) : 0;

	return got > 0 && memmem(head, (size_t)got, word, strlen(word)) != NULL;
}

static void fetch(struct passage *p)
{
	struct smart_answer *out = p->out;

	if (p->r->body == BODY_PENDING) {
		out->kind = SMART_COLLECT;
		out->collect_limit = p->c->gate->settings->body_limit;
		return;
	}
	/* asking for the list of refs is no fetch yet */
	gate_record(p->c->queue, &out->session, &out->ask, &p->decision,
	            body_says(p->r, "command=ls-refs") ? NULL : "fetch", p->r->user_agent, NULL);
	plan(p);
	out->plan.body = p->r->body_fd;
}

/* Recorded by its pre-receive question, which knows the refs. */
static void push(struct passage *p)
{
	if (p->decision.verdict.create)
		create(p);
	if (!passage_allowed(p)) {
		passage_refuse(p);
		return;
	}
	plan(p);
	p->out->plan.body = p->r->body == BODY_WHOLE ? p->r->body_fd : -1;
}

static bool right_type(const struct passage *p)
{
	char want[64];

	snprintf(want, sizeof(want), "application/x-%s-request",
	         git_service_name(p->route.service));
	return p->r->content_type && !strcmp(p->r->content_type, want);
}

static void answer_page(struct passage *p)
{
	answer_text(p->c, p->out, 404,
	            "There are no pages here yet: this address is for git.\n"
	            "Try:  git clone URL   or   git ls-remote URL\n");
}

/* /WORKSPACE/git-upload-pack is the page of a repository of that name too. */
static bool is_page(const struct passage *p)
{
	return is_get(p->r) && !p->route.workspace[0] && !strchr(p->route.path, '/');
}

static void answer_service(struct passage *p)
{
	if (is_page(p)) {
		answer_page(p);
		return;
	}
	p->phase = PHASE_SERVICE;
	if (!is_method(p->r, "POST")) {
		answer_text(p->c, p->out, 405, "This address is asked with POST, by git.\n");
		answer_header(p->c, p->out, "Allow: POST");
		return;
	}
	if (!right_type(p)) {
		answer_text(p->c, p->out, 415, "This address takes Git requests only.\n");
		return;
	}
	if (p->route.service == GIT_RECEIVE_PACK && is_probe(p->r)) {
		answer_bytes(p->c, p->out, 200, "application/x-git-receive-pack-result", "", 0);
		answer_no_cache(p->c, p->out);
		return;
	}
	passage_decide(p, operation_of(p));
	if (!passage_allowed(p))
		passage_refuse(p);
	else if (p->r->body == BODY_NONE)
		answer_text(p->c, p->out, 400, "A Git request has a body; none arrived.\n");
	else if (p->route.service == GIT_UPLOAD_PACK)
		fetch(p);
	else
		push(p);
}

/* git-lfs prints `message` of this media type only. The same for every path:
 * it tells nothing about what exists. */
static void answer_lfs(struct passage *p)
{
	static const char text[] =
	        "{\"message\":\"Git LFS is not served here yet. Push without LFS "
	        "(git lfs uninstall), or keep large files elsewhere. "
	        "[lfs-not-here]\"}\n";

	answer_bytes(p->c, p->out, 501, "application/vnd.git-lfs+json", text, sizeof(text) - 1);
	answer_header(p->c, p->out, "Cache-Control: no-store");
}

static void answer_root(struct passage *p)
{
	char text[SETTINGS_TEXT + 200];

	snprintf(text, sizeof(text),
	         "Gatehouse, a Git server.\n"
	         "Clone with:  git clone %s/WORKSPACE/REPOSITORY.git\n"
	         "User name: yours; password: an API token (gthu_...).\n",
	         p->out->ask.base_url);
	answer_text(p->c, p->out, is_get(p->r) ? 200 : 405, text);
}

static void answer_dumb(struct passage *p)
{
	bool named = p->r->target && strstr(p->r->target, "service=");

	answer_text(p->c, p->out, 403,
	            named ? "This service is not served here: over HTTP there are git-upload-pack "
	                    "and git-receive-pack.\n"
	                    "For git archive, clone first and make the archive from that. "
	                    "[bad-request]\n"
	                  : "Only Git's smart HTTP protocol is served here. [bad-request]\n"
	                    "Use git 1.6.6 or newer, without GIT_SMART_HTTP=0.\n");
}

static void answer_bad(struct passage *p)
{
	answer_text(p->c, p->out, 400, "The address can't be read. [bad-request]\n");
}

static void (*const routes[])(struct passage *) = {
        [ROUTE_BAD] = answer_bad,     [ROUTE_ROOT] = answer_root, [ROUTE_OURS] = passage_ours,
        [ROUTE_DOTTED] = answer_page, [ROUTE_PAGE] = answer_page, [ROUTE_REFS] = answer_refs,
        [ROUTE_DUMB] = answer_dumb,   [ROUTE_LFS] = answer_lfs,   [ROUTE_SERVICE] = answer_service,
        [ROUTE_STRAY] = answer_refs,
};

const char *smart_topic_name(enum smart_topic t)
{
	static const char *const names[] = {
	        [TOPIC_OTHER] = "other",    [TOPIC_BAD] = "bad",       [TOPIC_PAGE] = "page",
	        [TOPIC_ADVERTISE] = "refs", [TOPIC_FETCH] = "fetch",   [TOPIC_PUSH] = "push",
	        [TOPIC_LFS] = "lfs",        [TOPIC_HEALTH] = "health", [TOPIC_METRICS] = "metrics",
	        [TOPIC_LINK] = "link",
	};
	return names[t];
}

static enum smart_topic topic_of(const struct route *r)
{
	static const enum smart_topic topics[] = {
	        [ROUTE_BAD] = TOPIC_BAD,       [ROUTE_ROOT] = TOPIC_PAGE,
	        [ROUTE_OURS] = TOPIC_OTHER,    [ROUTE_DOTTED] = TOPIC_OTHER,
	        [ROUTE_PAGE] = TOPIC_PAGE,     [ROUTE_REFS] = TOPIC_ADVERTISE,
	        [ROUTE_DUMB] = TOPIC_OTHER,    [ROUTE_LFS] = TOPIC_LFS,
	        [ROUTE_SERVICE] = TOPIC_FETCH, [ROUTE_STRAY] = TOPIC_ADVERTISE,
	};

	if (r->kind == ROUTE_SERVICE && r->service == GIT_RECEIVE_PACK)
		return TOPIC_PUSH;
	return topics[r->kind];
}

void passage_begin(struct passage *p, struct smart_context *c, const struct smart_request *r,
                   struct smart_answer *out)
{
	memset(p, 0, sizeof(*p));
	memset(out, 0, sizeof(*out));
	p->c = c;
	p->r = r;
	p->out = out;
	p->phase = PHASE_OTHER;
	out->plan.body = -1;
	passage_address(p);
	smart_route(r->target ? r->target : "", &p->route);
	out->topic = topic_of(&p->route);
	/* the address for metrics serves nothing else */
	if (r->metrics && p->route.kind != ROUTE_BAD)
		p->route.kind = ROUTE_OURS;
}

void smart_answer(struct smart_context *c, const struct smart_request *r, struct smart_answer *out)
{
	struct passage p;

	passage_begin(&p, c, r, out);
	routes[p.route.kind](&p);
	if (p.decided)
		gate_decision_clear(&p.decision);
	answer_whole(out);
	if (out->head_only)
		out->kind = SMART_REPLY;
}
