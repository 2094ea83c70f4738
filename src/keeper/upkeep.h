/* Keeping repositories fast: every push leaves one pack and its loose refs;
 * when they have grown many, they are brought together. One chore at a time,
 * in a thread of its own, in the same box as every git child.
 */
#ifndef GATEHOUSE_KEEPER_UPKEEP_H
#define GATEHOUSE_KEEPER_UPKEEP_H

#include "base/err.h"
#include "git/git.h"

struct upkeep;

/* A chore writes into the repository: enter is called before it with the id,
 * leave after it, so that nobody sweeps beneath it. */
struct upkeep_owner {
	const struct git_host *host;
	void (*enter)(void *arg, const char *id, const char *path);
	void (*leave)(void *arg, const char *id, bool tidy);
	/* Once at start and once a day, in the thread of the chores. */
	void (*daily)(void *arg);
	void *arg;
};

int upkeep_start(struct upkeep **out, const struct upkeep_owner *owner, struct err *err);
/* Ends a running chore, joins the thread, frees. NULL is fine. */
void upkeep_stop(struct upkeep *u);
/* A push with this plan has ended well: looks whether there is something to do.
 * Cheap; what does not fit the queue is left to the next push. Any thread. */
void upkeep_after_push(struct upkeep *u, const char *id, const struct git_plan *push);

#endif
