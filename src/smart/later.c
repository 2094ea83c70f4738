/* What is asked of an answer later, while its plan runs: a push's refs, its objects, and
 * that it could not be served. */
#include "smart/smart_int.h"

#include "base/clock.h"

#include <string.h>

/* The same passage once more, from what the answer kept. */
static int resume(struct passage *p, struct smart_context *c, const struct smart_answer *kept,
                  struct smart_answer *work, enum server_state server, struct err *err)
{
	static const struct smart_request nothing = {.body_fd = -1};

	passage_begin(p, c, &nothing, work);
	work->session = kept->session;
	work->ask = kept->ask;
	work->ask.now = clock_now();
	work->ask.server = server;
	work->repository = kept->repository;
	if (kept->repository.id[0] && !kept->plan.advertise)
		work->ask.id = kept->repository.id;
	p->decided = true;
	int code = gate_renew(c->gate, &work->session, err);
	if (!code)
		code = gate_authorise(c->gate, &work->session, &work->ask, &p->decision, err);
	return code;
}

void smart_unserved(struct smart_context *c, const struct smart_request *r,
                    const struct smart_answer *plan, enum server_state why,
                    struct smart_answer *out)
{
	struct passage p;
	struct err err = {0};

	(void)resume(&p, c, plan, out, why, &err);
	/* whatever the ledger said: the answer is the server's state */
	p.decision.facts.server = why;
	p.decision.facts.busy = c->busy;
	policy_decide(&p.decision.facts, &p.decision.verdict);
	p.r = r;
	smart_route(r->target ? r->target : "", &p.route);
	p.phase = plan->plan.advertise ? PHASE_REFS : PHASE_SERVICE;
	passage_refuse(&p);
	gate_decision_clear(&p.decision);
	answer_whole(out);
}

static const char *list_refs(struct smart_context *c, const struct smart_refs *refs)
{
	const char *name = refs->names;
	struct buf b;

	buf_init(&b, 400);
	for (size_t i = 0; i < refs->count; i++, name += strlen(name) + 1) {
		if (buf_addf(&b, "%s%s", i ? " " : "", name))
			break;
	}
	const char *copy = arena_strdup(c->arena, buf_str(&b));
	buf_clear(&b);
	return copy;
}

/* What the push itself has to do with it. */
struct content {
	const char *object, *defect, *bad_refs;
};

static const char *explain_whole(struct passage *p, const struct content *content)
{
	struct policy_story story;
	struct buf text;

	buf_init(&text, 6000);
	gate_story(p->c->gate, &p->out->session, &p->out->ask, &p->decision, &story);
	story.object = content->object;
	story.defect = content->defect;
	story.bad_refs = content->bad_refs;
	(void)policy_explain(&text, &p->decision.facts, &p->decision.verdict, &story);
	const char *copy = arena_strdup(p->c->arena, buf_str(&text));
	buf_clear(&text);
	return copy;
}

bool smart_pre_receive(struct smart_context *c, struct smart_answer *push,
                       const struct smart_refs *refs, const char **text)
{
	const struct content content = {.bad_refs = refs->bad};
	struct smart_answer work;
	struct passage p;
	struct err err = {0};

	if (resume(&p, c, push, &work, passage_state(c, push->ask.operation), &err))
		passage_accident(&p, &err);
	/* what is no more, or not yet, takes no push that has begun */
	if (!p.decision.facts.exists)
		policy_refuse(&p.decision.verdict, REASON_NOT_FOUND);
	bool yes = passage_allowed(&p);
	if (yes && refs->bad) {
		policy_refuse(&p.decision.verdict, REASON_REF_NAME);
		yes = false;
	}
	gate_record(c->queue, &work.session, &work.ask, &p.decision, "push", NULL,
	            refs->bad ? arena_memdup(c->arena, refs->bad, strcspn(refs->bad, "\n"))
	                      : list_refs(c, refs));
	*text = yes ? NULL : explain_whole(&p, &content);
	gate_decision_clear(&p.decision);
	return yes;
}

const char *smart_object_fault(struct smart_context *c, const struct smart_answer *push,
                               const char *object, const char *defect)
{
	struct smart_answer work;
	struct passage p;
	struct err err = {0};

	if (resume(&p, c, push, &work, passage_state(c, push->ask.operation), &err) ||
	    !passage_allowed(&p)) {
		gate_decision_clear(&p.decision);
		return NULL;
	}
	policy_refuse(&p.decision.verdict, REASON_OBJECT_CHECK);
	gate_record(c->queue, &work.session, &work.ask, &p.decision, "push", NULL, defect);
	const char *text = explain_whole(&p, &(struct content){object, defect, NULL});
	gate_decision_clear(&p.decision);
	return text;
}
