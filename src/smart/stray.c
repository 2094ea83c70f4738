/* An address that is no repository's, but was given to git (D3): a page of
 * another host, a prefix from before, a slash too many. The right one is told
 * to who may see the repository; anybody else hears what a guess at that
 * repository's name is answered with. */
#include "smart/smart_int.h"

#include <string.h>

static void answer_words(struct passage *p, const char *text)
{
	answer_text(p->c, p->out, 404, text ? text : "");
	p->out->short_of_memory = p->out->short_of_memory || !text;
}

static void too_short(struct passage *p)
{
	answer_words(p, arena_printf(p->c->arena,
	                             "This is not the address of a repository: that has two parts. "
	                             "[bad-request]\n"
	                             "  git clone %s/WORKSPACE/REPOSITORY.git\n",
	                             p->out->ask.base_url));
}

/* Nothing is there, for this asker, under the first guess. */
static bool nothing_there(const struct passage *p)
{
	enum reason reason = p->decision.verdict.reason;

	return reason == REASON_NOT_FOUND || reason == REASON_NO_CREDENTIAL ||
	       reason == REASON_REPOSITORY_LIMIT;
}

static void guess_again(struct passage *p)
{
	struct route *r = &p->route;

	gate_decision_clear(&p->decision);
	p->decided = false;
	memcpy(r->workspace, r->second_workspace, sizeof(r->workspace));
	memcpy(r->repository, r->second_repository, sizeof(r->repository));
	passage_decide(p, OPERATION_READ);
}

static void tell_address(struct passage *p)
{
	const struct store_repository *found = &p->out->repository;
	const char *base = p->out->ask.base_url, *workspace = found->workspace_name,
	           *name = found->name;

	policy_refuse(&p->decision.verdict, REASON_BAD_REQUEST);
	gate_record(p->c->queue, &p->out->session, &p->out->ask, &p->decision, "advertise fetch",
	            p->r->user_agent, "an address inside or beside it");
	answer_words(p, arena_printf(p->c->arena,
	                             "This is not the address of a repository, but one inside or "
	                             "beside it. [bad-request]\n"
	                             "The repository %s/%s is here:\n"
	                             "  git clone %s/%s/%s.git\n"
	                             "or, where it is cloned already:\n"
	                             "  git remote set-url origin %s/%s/%s.git\n"
	                             "Reference: %s\n",
	                             workspace, name, base, workspace, name, base, workspace, name,
	                             p->decision.reference));
}

void passage_stray(struct passage *p)
{
	p->phase = PHASE_REFS;
	if (!p->route.workspace[0]) {
		too_short(p);
		return;
	}
	passage_decide(p, OPERATION_READ);
	if (p->route.second_workspace[0] && nothing_there(p))
		guess_again(p);
	if (p->decision.verdict.reason == REASON_ALLOWED)
		tell_address(p);
	else
		passage_refuse(p);
}
