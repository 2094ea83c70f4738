/* Faults on demand: the nth allocation, the nth call of SQLite to the system
 * or the nth call of ours fails. Only in the thread that arms them, so that a
 * count means the same in every run.
 *
 * Ours are caught by the linker (--wrap), SQLite's by its own settings: an
 * allocator and a VFS. call fault_init before anything opens a ledger.
 */
#ifndef GATEHOUSE_TESTS_FAULT_H
#define GATEHOUSE_TESTS_FAULT_H

#include <stdbool.h>

enum fault_kind {
	FAULT_MEMORY, /* malloc, calloc, realloc; SQLite's memory too */
	FAULT_READ,   /* what SQLite does to read: read, size, lock, shared memory */
	FAULT_FULL,   /* what SQLite writes: no space left */
	FAULT_SYNC,   /* what SQLite writes or syncs: an input/output error */
	FAULT_FILES,  /* our own calls that change files: no space left */
	FAULT_KINDS
};
const char *fault_name(enum fault_kind kind);

void fault_init(void);
/* The nth (from 1) of that kind fails; with `lasting` all after it too. */
void fault_arm(enum fault_kind kind, unsigned nth, bool lasting);
/* Ends it. True when a fault happened. */
bool fault_disarm(void);

#endif
