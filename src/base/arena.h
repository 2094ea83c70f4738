/* One arena per question: what ends together is freed together.
 *
 * Memory comes from blocks and is freed all at once; descriptors, children and
 * other things are tied to it with arena_defer and undone newest first.
 */
#ifndef GATEHOUSE_BASE_ARENA_H
#define GATEHOUSE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;
struct arena_deed;

struct arena {
	struct arena_block *blocks;
	struct arena_deed *deeds;
	size_t used, limit;
};

/* limit: most bytes it may hand out before it is reset. */
void arena_init(struct arena *a, size_t limit);
/* Runs the deferred deeds, newest first, and frees all memory. The arena may
 * be used again. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type; NULL when the limit or the memory is out. */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *text);
/* Copies len bytes and puts a NUL behind them. */
char *arena_memdup(struct arena *a, const void *data, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ties a deed to the arena. Returns 0 or ERR_MEMORY (then it was not tied, and
 * the caller must undo the thing itself). */
int arena_defer(struct arena *a, void (*deed)(void *), void *arg);
/* Closes fd when the arena is reset. */
int arena_defer_close(struct arena *a, int fd);

#endif
