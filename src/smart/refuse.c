/* Refusals in the form each client shows (docs/http.md, from measurements):
 * the words for info/refs as text/plain, the words for a POST inside the
 * protocol, and the status that makes a helper keep a good credential and
 * forget a dead one. */
#include "smart/smart_int.h"

#include "git/pktline.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_LIMIT 8000
#define HEAD_READ (1 << 20)            /* of a push that is refused: its commands */
#define REST_LIMIT (INT64_C(64) << 20) /* of its pack, read and thrown away */
#define COMMANDS_SHOWN 12000           /* bytes of commands that are answered one by one */
#define ANSWER_LIMIT 60000             /* what a message between processes can hold */
#define REALM "Gatehouse"

static const int statuses[REASON_COUNT] = {
        [REASON_NO_CREDENTIAL] = 401,
        [REASON_HEADER_REPEATED] = 400,
        [REASON_HEADER_MALFORMED] = 400,
        [REASON_TOKEN_DAMAGED] = 401,
        [REASON_TOKEN_ENCODED] = 401,
        [REASON_TOKEN_WRAPPED] = 401,
        [REASON_NOT_A_TOKEN] = 401,
        [REASON_TOKEN_UNKNOWN] = 401,
        [REASON_TOKEN_REVOKED] = 401,
        [REASON_TOKEN_EXPIRED] = 401,
        [REASON_TOKEN_REPLACED] = 401,
        [REASON_TOKEN_NOT_YET] = 403,
        [REASON_OWNER_SUSPENDED] = 403,
        [REASON_OWNER_DELETED] = 403,
        [REASON_APP_PASSWORDS_OFF] = 403,
        [REASON_BROWNOUT] = 403,
        [REASON_RETIRED] = 401,
        [REASON_ADDRESS_NOT_ALLOWED] = 403,
        [REASON_NO_SCOPES] = 403,
        [REASON_SCOPE_ADMIN_ONLY] = 403,
        [REASON_SCOPE_MISSING] = 403,
        [REASON_REPOSITORY_LIMIT] = 403,
        [REASON_TOKEN_ELSEWHERE] = 403,
        [REASON_NOT_FOUND] = 404,
        [REASON_MOVED] = 404,
        [REASON_DELETED] = 404,
        [REASON_ARCHIVED] = 403,
        [REASON_RIGHT_MISSING] = 403,
        [REASON_CREATE_NOT_ALLOWED] = 403,
        [REASON_TOKEN_LIFETIME] = 403,
        [REASON_OBJECT_CHECK] = 403,
        [REASON_REF_NAME] = 403,
        [REASON_TLS_REQUIRED] = 403,
        /* on Git paths never 429: after a challenge some clients ask on for ever */
        [REASON_TOO_MANY_FAILURES] = 503,
        [REASON_TOO_MANY_REQUESTS] = 503,
        [REASON_OVERLOADED] = 503,
        [REASON_STOPPING] = 503,
        [REASON_DISK_FULL] = 503,
        [REASON_SERVER_FAULT] = 503,
        [REASON_BAD_REQUEST] = 400,
        [REASON_LFS_MISSING] = 501,
};

/* Clients that never show a body, but an ERR packet. */
static bool drops_bodies(const char *agent)
{
	static const char *const marks[] = {"JGit/", "libgit2", "dulwich", "go-git"};

	for (size_t i = 0; agent && i < sizeof(marks) / sizeof(*marks); i++) {
		if (strstr(agent, marks[i]))
			return true;
	}
	return false;
}

/* A dead credential: 401 so that a helper forgets it, unless the text would be
 * lost with a 401: when it was the user name, came unasked, or came back. */
static int dead_status(struct passage *p)
{
	struct smart_memory *m = p->c->memory;
	const struct gate_ask *ask = &p->out->ask;
	bool asked = smart_memory_was_challenged(m, ask->address, p->r->target, ask->now);
	bool back = smart_memory_came_back(m, ask->address, p->secret_hash, sizeof(p->secret_hash),
	                                   ask->now);

	return p->out->session.as_name || !asked || back ? 403 : 401;
}

static int status_of(struct passage *p)
{
	const struct verdict *v = &p->decision.verdict;
	int status = statuses[v->reason] ? statuses[v->reason] : 403;

	return status == 401 && v->reason != REASON_NO_CREDENTIAL ? dead_status(p) : status;
}

static void words(struct passage *p, struct buf *text, struct buf *line)
{
	struct policy_story story;
	const struct gate_decision *d = &p->decision;

	gate_story(p->c->gate, &p->out->session, &p->out->ask, d, &story);
	(void)policy_explain(text, &d->facts, &d->verdict, &story);
	(void)policy_explain_line(line, &d->facts, &d->verdict, &story);
}

/* Seconds until it is worth another try. */
static int64_t come_back(const struct passage *p)
{
	const struct gate_ask *ask = &p->out->ask;

	if (policy_reason_gate(p->decision.verdict.reason) != GATE_RATE)
		return EXPLAIN_AGAIN;
	return ask->rate.until > ask->now ? ask->rate.until - ask->now : 1;
}

/* RFC 7617 2; RFC 6750 3: Bearer is only spoken of to who spoke it. */
static void add_challenges(struct passage *p, int status, const char *line)
{
	const struct verdict *v = &p->decision.verdict;
	struct smart_answer *out = p->out;
	struct buf scopes;

	if (status == 401)
		answer_header(p->c, out,
		              "WWW-Authenticate: Basic realm=\"" REALM "\", charset=\"UTF-8\"");
	if (status == 401 && out->session.bearer)
		answer_header(p->c, out,
		              "WWW-Authenticate: Bearer realm=\"" REALM
		              "\", error=\"invalid_token\", "
		              "error_description=\"%s\"",
		              line);
	if (status == 403 && policy_reason_gate(v->reason) == GATE_SCOPE && out->session.bearer) {
		buf_init(&scopes, 600);
		for (unsigned bit = 0; bit < SCOPE_COUNT; bit++) {
			if (v->needed & (UINT32_C(1) << bit))
				(void)buf_addf(&scopes, "%s%s", scopes.len ? " " : "",
				               policy_scope_name(UINT32_C(1) << bit));
		}
		answer_header(p->c, out,
		              "WWW-Authenticate: Bearer realm=\"" REALM
		              "\", error=\"insufficient_scope\", scope=\"%s\"",
		              buf_str(&scopes));
		buf_clear(&scopes);
	}
	if (status == 503)
		answer_header(p->c, out, "Retry-After: %lld", (long long)come_back(p));
}

static void refuse_plainly(struct passage *p, int status, const char *text, const char *line)
{
	if (status == 401)
		smart_memory_challenged(p->c->memory, p->out->ask.address, p->r->target,
		                        p->out->ask.now);
	answer_text(p->c, p->out, status, text);
	add_challenges(p, status, line);
}

/* Shape E: a 200 whose only packet is ERR. */
static void refuse_by_packet(struct passage *p, const char *text)
{
	const char *name = git_service_name(p->route.service);
	bool v2 = p->route.service == GIT_UPLOAD_PACK &&
	          git_protocol_version(p->r->git_protocol) == 2;
	struct buf body;
	char type[80];

	buf_init(&body, TEXT_LIMIT + 200);
	if (pkt_err(&body, v2 || p->phase == PHASE_SERVICE ? NULL : name, text))
		p->out->short_of_memory = true; /* the packet fits: it is the memory */
	snprintf(type, sizeof(type), "application/x-%s-%s", name,
	         p->phase == PHASE_SERVICE ? "result" : "advertisement");
	answer_bytes(p->c, p->out, 200, type, buf_str(&body), body.len);
	answer_no_cache(p->c, p->out);
	buf_clear(&body);
}

static void collect(struct smart_answer *out)
{
	out->kind = SMART_COLLECT;
	out->collect_limit = HEAD_READ;
	out->drop_rest = true;
	out->rest_limit = REST_LIMIT;
}

/* As many of the commands as an answer can name, closed by a flush. Git tells
 * of the others that they were not reported. */
static size_t cut_commands(char *head, size_t len)
{
	size_t at = 0;

	for (;;) {
		struct pkt pkt = pkt_read(head + at, len - at);
		if (pkt.kind != PKT_DATA || at + pkt.whole > COMMANDS_SHOWN)
			break;
		at += pkt.whole;
	}
	memcpy(head + at, "0000", 4);
	return at + 4;
}

/* Shape R: every ref comes back with the reason. */
static void refuse_push(struct passage *p, const char *text, const char *line)
{
	struct buf body;
	char *head = arena_alloc(p->c->arena, HEAD_READ + 4);
	ssize_t got = head ? pread(p->r->body_fd, head, HEAD_READ, 0) : -1;
	size_t len = got > 0 ? cut_commands(head, (size_t)got) : 0;

	buf_init(&body, ANSWER_LIMIT);
	if (got < 0 || push_refuse(&body, head, len, text, line))
		refuse_plainly(p, status_of(p), text, line);
	else
		answer_bytes(p->c, p->out, 200, "application/x-git-receive-pack-result",
		             buf_str(&body), body.len);
	buf_clear(&body);
}

/* A POST's error body is shown by no client: what can be said inside the
 * protocol is said there. Without a credential, or with a header nobody can
 * read, there is nothing to say it to. */
static bool inside_protocol(const struct passage *p)
{
	enum reason reason = p->decision.verdict.reason;

	return p->phase == PHASE_SERVICE && reason != REASON_NO_CREDENTIAL &&
	       reason != REASON_HEADER_REPEATED && reason != REASON_HEADER_MALFORMED &&
	       p->r->body != BODY_NONE;
}

/* Outside the protocol, by its status, which is asked for once: the memory of
 * dead credentials counts. Who drops bodies gets the packet wherever a 401
 * would not have a helper forget something. */
static void refuse_by_status(struct passage *p, const char *text, const char *line)
{
	int status = status_of(p);

	if (p->phase == PHASE_REFS && status != 401 && drops_bodies(p->r->user_agent))
		refuse_by_packet(p, text);
	else
		refuse_plainly(p, status, text, line);
}

static const char *operation_name(const struct passage *p)
{
	bool push = p->out->ask.operation == OPERATION_WRITE;

	if (p->phase == PHASE_REFS)
		return push ? "advertise push" : "advertise fetch";
	return push ? "push" : "fetch";
}

void passage_refuse(struct passage *p)
{
	struct buf text, line;

	if (inside_protocol(p) && p->r->body == BODY_PENDING) {
		collect(p->out);
		return;
	}
	/* before the words: a stranger's reference is that of its row */
	gate_record(p->c->queue, &p->out->session, &p->out->ask, &p->decision, operation_name(p),
	            p->r->user_agent, NULL);
	buf_init(&text, TEXT_LIMIT);
	buf_init(&line, 400);
	words(p, &text, &line);
	if (text.failed == ERR_MEMORY)
		p->out->short_of_memory = true;
	if (inside_protocol(p) && p->route.service == GIT_RECEIVE_PACK)
		refuse_push(p, buf_str(&text), buf_str(&line));
	else if (inside_protocol(p))
		refuse_by_packet(p, buf_str(&text));
	else
		refuse_by_status(p, buf_str(&text), buf_str(&line));
	buf_clear(&text);
	buf_clear(&line);
}
