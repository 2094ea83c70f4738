/* Backups: the ledger and all repositories, as one folder that a person can
 * look into, and back.
 *
 *   DIR/2026-11-25T073000Z/manifest.json     what it is: last written, so that a folder with
 *                                            one is whole
 *                         /gatehouse.db      the ledger
 *                         /repositories/ab/…git   bare repositories, each with its b2sums
 *
 * A backup links the packs an earlier one has, so that each is whole by itself
 * and costs only what is new. One that breaks off leaves a folder ".new-…",
 * which the next one removes.
 */
#ifndef GATEHOUSE_GATE_BACKUP_H
#define GATEHOUSE_GATE_BACKUP_H

#include "gate/gate.h"

#define BACKUP_PATH 4096

struct gate_backup {
	const char *folder; /* DIR: made where it is missing */
	size_t keep;        /* how many backups stay; 0: all */
	/* May be NULL. Told after each repository. */
	void (*progress)(void *arg, size_t done, size_t total);
	/* May be NULL. Looks at a copy that has objects no earlier one had (path: whole).
	 * False: it is not sound, and why, in a sentence. It stays all the same. */
	bool (*sound)(void *arg, const char *path, char *why, size_t size);
	/* What is not sound, or could not be copied: one sentence. */
	void (*damage)(void *arg, const struct store_repository *r, const char *words);
	void *arg;
};
struct gate_backup_done {
	char path[BACKUP_PATH]; /* the new backup */
	size_t repositories, refs, removed;
	size_t damaged;              /* copied as they are, and not sound */
	size_t left_out;             /* not copied */
	int64_t bytes, linked_bytes; /* written; had from an earlier one */
};
/* Runs beside the server. ERR_BUSY: another backup writes to the folder. */
int gate_backup_make(struct gate *g, const struct gate_backup *ask, struct gate_backup_done *out,
                     struct err *err);

struct gate_backup_look {
	char path[BACKUP_PATH];
	char made[40], program[24];
	size_t repositories, refs;
	int64_t bytes;
};
/* path: DIR (then the newest backup in it) or one backup. */
int gate_backup_find(const char *path, struct gate_backup_look *out, struct err *err);
/* Reads every file of it. progress as above, may be NULL. */
int gate_backup_check(const struct gate_backup_look *look,
                      void (*progress)(void *, size_t done, size_t total), void *arg,
                      struct err *err);
/* Into a data folder that is missing or empty; database: where the ledger goes.
 * Every file is checked on the way. The ledger comes last: a restore that breaks off leaves none.
 */
int gate_backup_restore(const struct gate_backup_look *look, const char *data, const char *database,
                        void (*progress)(void *, size_t done, size_t total), void *arg,
                        struct err *err);

#endif
