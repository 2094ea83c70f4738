/* Locks the process in, for good: after this it can open no file, start no
 * program, make no connection, and send no signal but to itself. */
#ifndef GATEHOUSE_WIRE_LOCK_H
#define GATEHOUSE_WIRE_LOCK_H

#include "base/err.h"

#include <stddef.h>

/* Whose lock: each may do what its library needs, and no more. */
enum lock_program { LOCK_HTTP = 1, LOCK_SSH = 2 };

/* Call before the first thread is started. Writes what is locked and what the
 * kernel does not have into report ("landlock 7, seccomp 58 calls"). An error
 * only when the kernel has a lock and refuses to close it. */
int lock_process(enum lock_program program, char *report, size_t size, struct err *err);

/* For tests and the documentation: what may be called, and why. NULL at the end. */
const char *lock_call(unsigned n, const char **reason);

#endif
