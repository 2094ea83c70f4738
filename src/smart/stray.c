/* An address that leads to nothing, but was given to git (D3): a page of another
 * host, a prefix from before, a slash too many. The right one is told to who may
 * see the repository; anybody else hears what a missing one is answered with. */
#include "smart/smart_int.h"

#include <string.h>

static void tell_address(struct passage *p)
{
	const struct store_repository *found = &p->out->repository;
	const char *base = p->out->ask.base_url, *workspace = found->workspace_name,
	           *name = found->name;

	policy_refuse(&p->decision.verdict, REASON_BAD_REQUEST);
	gate_record(p->c->queue, &p->out->session, &p->out->ask, &p->decision, "advertise fetch",
	            p->r->user_agent, "an address inside or beside it");
	const char *text =
	        arena_printf(p->c->arena,
	                     "This is not the address of a repository, but one inside or "
	                     "beside it. [bad-request]\n"
	                     "The repository %s/%s is here:\n"
	                     "  git clone %s/%s/%s.git\n"
	                     "or, where it is cloned already:\n"
	                     "  git remote set-url origin %s/%s/%s.git\n"
	                     "Reference: %s\n",
	                     workspace, name, base, workspace, name, base, workspace, name,
	                     p->decision.reference);
	answer_text(p->c, p->out, 404, text ? text : "");
	p->out->short_of_memory = p->out->short_of_memory || !text;
}

/* Nothing is there, for this asker. */
static bool nothing_there(const struct passage *p)
{
	enum reason reason = p->decision.verdict.reason;

	return reason == REASON_NOT_FOUND || reason == REASON_NO_CREDENTIAL ||
	       reason == REASON_REPOSITORY_LIMIT;
}

/* May it be read under this name? Then that is what was decided. */
static bool is_there(struct passage *p, const char *workspace, const char *repository)
{
	struct gate_ask ask = p->out->ask;
	struct gate_decision d;

	ask.operation = OPERATION_READ;
	ask.workspace = workspace;
	ask.repository = repository;
	ask.path = NULL;
	if (!*workspace || gate_authorise(p->c->gate, &p->out->session, &ask, &d, NULL))
		return false;
	if (d.verdict.reason != REASON_ALLOWED) {
		gate_decision_clear(&d);
		return false;
	}
	gate_decision_clear(&p->decision);
	p->decision = d;
	p->out->repository = d.repository;
	return true;
}

/* "/site.git", of whom has a repository of that name. */
static bool is_own(struct passage *p)
{
	const struct gate_session *s = &p->out->session;

	return s->presented == PRESENTED_GENUINE && !s->is_bot && !strchr(p->route.path, '/') &&
	       is_there(p, s->user.name, p->route.path);
}

bool passage_stray(struct passage *p)
{
	const struct route_guess *guesses = p->route.guesses;

	if (!nothing_there(p) || gate_decision_sees(&p->decision))
		return false;
	bool found = is_own(p);
	for (int i = 0; !found && i < ROUTE_GUESSES; i++)
		found = is_there(p, guesses[i].workspace, guesses[i].repository);
	if (found)
		tell_address(p);
	return found;
}
