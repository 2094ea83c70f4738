/* Repositories that others made and that are served where they lie.
 *
 * Nothing in such a folder is changed by adopting it or giving it back. The
 * ledger knows where it lies, and in the data folder an empty repository under
 * its id stands in for it, with its names and its place, for the case that the
 * ledger is lost.
 */
#ifndef GATEHOUSE_GATE_ADOPT_H
#define GATEHOUSE_GATE_ADOPT_H

#include "gate/gate.h"
#include "git/inspect.h"

struct gate_adoption {
	const char *folder; /* where it lies */
	const char *path;   /* "acme/site": what it is to be called */
	enum visibility visibility;
	const struct git_host *host;
	bool quick; /* its objects are not read first */
	/* What is found out about it, sentence by sentence. */
	void (*say)(void *arg, enum git_finding kind, const char *words);
	void *arg;
};
/* What adopting it would make, with nothing made. found->against: it can't be, and
 * why was said. ERR_EXISTS: name or folder is taken. */
int gate_adoption_look(struct gate *g, const struct gate_adoption *ask, struct git_folder *found,
                       struct store_repository *out, struct err *err);
/* Makes it so, after a look. */
int gate_adopt(struct gate *g, const struct store_repository *looked, struct store_repository *out,
               struct err *err);
/* A tree of them, each one found under a name of its own: team/project.git is
 * called team-project. Links in it are not followed. */
struct gate_tree {
	const char *folder, *workspace;
	enum visibility visibility;
	const struct git_host *host;
	bool quick;
	/* May be NULL. Told before each is looked at. */
	void (*progress)(void *arg, size_t done, size_t total, const char *below);
	void *arg;
};
struct gate_tree_one {
	char below[GIT_FOLDER];      /* "team/project.git" */
	char why[600];               /* it is left out, and why; "" else */
	char hooks[200];             /* that are not run */
	unsigned notes;              /* how much there is to know about it */
	struct store_repository row; /* for gate_adopt */
};
struct gate_tree_all {
	struct gate_tree_one *all; /* in order of their paths */
	size_t count, room;
};
/* What there is, with nothing made. gate_tree_clear when done. */
int gate_tree_look(struct gate *g, const struct gate_tree *ask, struct gate_tree_all *out,
                   struct err *err);
void gate_tree_clear(struct gate_tree_all *l);
/* Gives it back: the ledger forgets it, with its names and grants; its folder stays
 * as it is. ERR_INVALID: it was made here. */
int gate_disown(struct gate *g, const char *path, struct store_repository *out, struct err *err);
int gate_disowning_rehearse(struct gate *g, const char *path, struct gate_effect *out,
                            struct err *err);
/* Where it can be served from now: an adopted folder is looked at anew, so that
 * none that was put in its place is taken for it. Else why not. */
int gate_repository_reach(struct gate *g, const struct store_repository *r, char *out, size_t size,
                          struct err *err);

#endif
