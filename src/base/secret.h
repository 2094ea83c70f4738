/* A secret: wiped on clear, compared in constant time, never printed.
 * No function here returns text that a log or an error could hold. */
#ifndef GATEHOUSE_BASE_SECRET_H
#define GATEHOUSE_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_MAX 1024

struct secret {
	size_t len;
	char bytes[SECRET_MAX + 1]; /* NUL behind len */
};

/* Returns 0, or ERR_LIMIT when len > SECRET_MAX (s is then empty). */
int secret_set(struct secret *s, const void *bytes, size_t len);
void secret_clear(struct secret *s);
bool secret_equal(const struct secret *a, const struct secret *b);
/* Wipes any memory so that the compiler keeps the wiping. */
void secret_wipe(void *memory, size_t len);
/* Marks the process as one whose memory nobody may read: no core file, no
 * ptrace by the same user. Returns 0 or ERR_IO. */
int secret_lock_process(void);

#endif
