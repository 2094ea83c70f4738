/* Serving a repository that policy opened: what the doors for Git have in common. */
#ifndef GATEHOUSE_GATE_SERVE_H
#define GATEHOUSE_GATE_SERVE_H

#include "base/arena.h"
#include "gate/queue.h"
#include "git/git.h"

/* A push to a new name makes the repository, then asks again: somebody else may
 * have been faster. What fails is an accident. */
int gate_serve_create(struct gate *g, struct gate_queue *queue, const struct gate_session *s,
                      const struct gate_ask *ask, struct gate_decision *d, struct err *err);
/* Fills of the plan what repository, settings and session say: all but service,
 * protocol, path, notice and body. Texts live in the arena. */
int gate_serve_plan(struct gate *g, const struct gate_session *s, const struct store_repository *r,
                    struct arena *arena, struct git_plan *plan, struct err *err);
/* An accident becomes an answer of the server's own state: never "allowed". */
void gate_serve_accident(struct gate_ask *ask, struct gate_decision *d, const struct err *err);

#endif
