/* A lost ledger made anew from what the repositories know of themselves: their
 * names, format and branch. Whoever was let in must be let in again. */
#ifndef GATEHOUSE_GATE_REBUILD_H
#define GATEHOUSE_GATE_REBUILD_H

#include "gate/settings.h"
#include "git/git.h"

struct gate_rebuilt {
	const char *path;     /* the folder it lies in, of an adopted one too */
	const char *name;     /* "acme/site": placed there, or what its config says */
	const char *why;      /* NULL: it has its place; else why it has none */
	const char *proposal; /* "ID=acme/site-2" for `place`; "": there is none */
	int64_t changed;      /* when something was last pushed, as far as its files tell */
};
struct gate_rebuild {
	const struct gate_settings *settings;
	const struct git_host *host;
	const char *owner; /* a user, made here: owns all workspaces but those of users */
	const char *users; /* more users, each with a workspace of their own; NULL: none */
	const char *place; /* "ID=WS/NAME,…": names that go before those in config; NULL: none */
	const char *actor; /* for the audit */
	bool dry_run;      /* may be asked beside a ledger and a server */
	bool partial;      /* what can't be placed is left out; else nothing is written then */
	void (*say)(void *arg, const struct gate_rebuilt *r); /* each of them */
	void *arg;
};
struct gate_rebuild_done {
	size_t repositories, left; /* placed, and not */
	size_t workspaces;         /* made */
};
/* The ledger appears whole or not at all. ERR_EXISTS: there is one. ERR_BUSY: a
 * server runs. ERR_INVALID: some have no place, *out is filled. */
int gate_rebuild(const struct gate_rebuild *ask, struct gate_rebuild_done *out, struct err *err);

#endif
