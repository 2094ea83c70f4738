#include "gate/serve.h"

#include "base/random.h"

#include <stdio.h>
#include <string.h>

struct birth {
	struct gate_repository_new ask;
	struct store_repository made;
};

static int make(struct gate *g, void *arg, struct err *err)
{
	struct birth *b = arg;
	return gate_repository_add(g, &b->ask, &b->made, err);
}

int gate_serve_create(struct gate *g, struct gate_queue *queue, const struct gate_session *s,
                      const struct gate_ask *ask, struct gate_decision *d, struct err *err)
{
	struct birth birth = {.ask = {.visibility = VISIBILITY_PRIVATE}};
	char path[NAME_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", ask->workspace, ask->repository);
	birth.ask.path = path;
	if (!s->is_bot && !d->facts.workspace_owner)
		birth.ask.maker = s->user.name;
	int code = gate_queue_run(queue, make, &birth, err);
	if (code && code != ERR_EXISTS)
		return code;
	gate_decision_clear(d);
	return gate_authorise(g, s, ask, d, err);
}

static enum git_level level_of(const struct store_repository *r)
{
	static const enum git_level levels[] = {[CHECK_STRICT] = GIT_CHECK_STRICT,
	                                        [CHECK_LENIENT] = GIT_CHECK_LENIENT,
	                                        [CHECK_OFF] = GIT_CHECK_OFF};
	return levels[r->check];
}

int gate_serve_plan(struct gate *g, const struct gate_session *s, const struct store_repository *r,
                    struct arena *arena, struct git_plan *plan, struct err *err)
{
	const struct gate_settings *settings = g->settings;
	bool push = plan->service == GIT_RECEIVE_PACK;

	plan->shared = *r->folder;
	plan->level = level_of(r);
	plan->actor = arena_strdup(arena, s->acts_as);
	plan->pack_limit = push ? settings->push_limit : 0;
	plan->memory_limit = settings->child_memory;
	plan->cpu_limit = settings->child_cpu_time;
	plan->hook = push && !plan->advertise;
	plan->hooks = r->hooks && *r->folder;
	return plan->actor ? 0 : err_set(err, ERR_MEMORY, "the question's memory is used up");
}

void gate_serve_accident(struct gate_ask *ask, struct gate_decision *d, const struct err *err)
{
	enum server_state state = err->code == ERR_FULL ? SERVER_DISK_FULL : SERVER_FAULT;

	/* it may have come before the decision had one */
	if (!d->reference[0])
		random_reference(d->reference, ACCESS_REFERENCE);
	d->facts.server = ask->server = state;
	policy_decide(&d->facts, &d->verdict);
}
