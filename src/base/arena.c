#include "base/arena.h"

#include "base/err.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SIZE 4000
#define ALIGNMENT _Alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	_Alignas(max_align_t) char data[];
};

struct arena_deed {
	struct arena_deed *next; /* the one before it in time */
	void (*deed)(void *);
	void *arg;
};

void arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){.limit = limit};
}

void arena_reset(struct arena *a)
{
	/* Deeds first: what they work on may lie in the blocks. A deed may
	 * tie another one. */
	while (a->deeds != NULL) {
		struct arena_deed *d = a->deeds;

		a->deeds = d->next;
		d->deed(d->arg);
		free(d);
	}
	while (a->blocks != NULL) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
	a->used = 0;
}

/* A big one goes behind the first, whose rest stays in use. */
static struct arena_block *add_block(struct arena *a, size_t size)
{
	size_t cap = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	struct arena_block *b = calloc(1, sizeof(*b) + cap);

	if (b == NULL)
		return NULL;
	b->cap = cap;
	if (size > BLOCK_SIZE / 2 && a->blocks != NULL) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	char *p;

	if (size > SIZE_MAX / 4)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size == 0)
		size = ALIGNMENT;
	if (size > a->limit - a->used)
		return NULL;
	if (b == NULL || size > b->cap - b->used)
		b = add_block(a, size);
	if (b == NULL)
		return NULL;
	p = b->data + b->used;
	b->used += size;
	a->used += size;
	return p;
}

char *arena_memdup(struct arena *a, const void *data, size_t len)
{
	char *p = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;

	if (p != NULL && len > 0)
		memcpy(p, data, len);
	return p;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return arena_memdup(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *p;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p == NULL)
		return NULL;
	va_start(args, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, args);
	va_end(args);
	return p;
}

int arena_defer(struct arena *a, void (*deed)(void *), void *arg)
{
	/* Not counted against the limit: undoing must not fail because the
	 * question was long. */
	struct arena_deed *d = malloc(sizeof(*d));

	if (d == NULL)
		return ERR_MEMORY;
	*d = (struct arena_deed){.next = a->deeds, .deed = deed, .arg = arg};
	a->deeds = d;
	return 0;
}

static void close_deed(void *arg)
{
	close((int)(intptr_t)arg);
}

int arena_defer_close(struct arena *a, int fd)
{
	return arena_defer(a, close_deed, (void *)(intptr_t)fd);
}
