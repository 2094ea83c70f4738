/* What finding, naming and writing share. */
#ifndef GATEHOUSE_GATE_REBUILD_INT_H
#define GATEHOUSE_GATE_REBUILD_INT_H

#include "gate/gate_int.h"
#include "gate/rebuild.h"

#define REBUILD_WHY 480

struct rebuild_one {
	char path[GIT_PATH];
	char folder[STORE_FOLDER]; /* where it lies that this one stands in for; "" : it is itself
	                            */
	char id[STORE_ID];
	char workspace[256], name[256]; /* as config has them, until they were found fit */
	char format[16];
	char branch[STORE_REF_NAME]; /* "" : nobody pushed */
	int64_t changed;
	bool first;  /* changed last of those with its name */
	bool unread; /* config can't be read: nothing can place it */
	char why[REBUILD_WHY];
	char proposal[256];
};
struct rebuild_all {
	struct rebuild_one *all;
	size_t count, room;
};

/* rebuild_find.c: every folder. */
int rebuild_find(const struct gate_rebuild *ask, struct rebuild_all *l, struct err *err);
/* rebuild_names.c: takes what `place` says, fills why and proposal; in order of name. */
int rebuild_name(const struct gate_rebuild *ask, struct rebuild_all *l, struct err *err);

#endif
