/* What this server remembers of its last answers, to choose between 401 and
 * 403 for a dead credential (docs/http.md).
 *
 * A 401 lets Git's helper forget the credential and shows the text only to who
 * was challenged; whoever sends a dead credential unasked (a header from the
 * configuration), or again, sees the reason only with a 403. Bounded: a fixed
 * table of hashes, no names, no secrets. Safe from any thread.
 */
#ifndef GATEHOUSE_SMART_MEMORY_H
#define GATEHOUSE_SMART_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smart_memory;

struct smart_memory *smart_memory_new(void); /* NULL: out of memory */
void smart_memory_free(struct smart_memory *m);

/* A challenge went to this address for this path. */
void smart_memory_challenged(struct smart_memory *m, const char *address, const char *path,
                             int64_t now);
/* Was one sent in the last seconds? */
bool smart_memory_was_challenged(struct smart_memory *m, const char *address, const char *path,
                                 int64_t now);
/* Marks a dead credential (any bytes) as told with 401 to this address; true
 * when it had been, in the last minutes: it came back. */
bool smart_memory_came_back(struct smart_memory *m, const char *address, const void *secret,
                            size_t len, int64_t now);

#endif
