/* A growing byte buffer that gets its limit at birth.
 *
 * Invariants: len < cap or data == NULL; data[len] is always NUL, so data can
 * be read as a string; len never passes limit. The first failure sticks: after
 * it every add fails, so callers may add many times and check once.
 */
#ifndef GATEHOUSE_BASE_BUF_H
#define GATEHOUSE_BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data; /* owned; NULL while empty */
	size_t len, cap, limit;
	int failed; /* 0, ERR_LIMIT or ERR_MEMORY; sticks until buf_reset */
};

/* limit: most bytes it may ever hold. Allocates nothing. */
void buf_init(struct buf *b, size_t limit);
/* Frees the memory; the buffer may be used again with the same limit. */
void buf_clear(struct buf *b);
/* Empties it, keeps the memory, forgets a failure. */
void buf_reset(struct buf *b);

/* All return 0, ERR_LIMIT or ERR_MEMORY; nothing is added on failure. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_str(struct buf *b, const char *text);
int buf_add_char(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds text with every byte outside printable ASCII (and valid UTF-8 beyond
 * it) shown as \xNN: the only way text of a peer may enter a message. */
int buf_add_safe(struct buf *b, const char *text, size_t len);
/* Makes room for len more bytes, so that they may be written at data + len. */
int buf_reserve(struct buf *b, size_t len);
/* Removes the first n bytes (n <= len). */
void buf_drop(struct buf *b, size_t n);
/* The content as a string: "" when empty, never NULL. */
const char *buf_str(const struct buf *b);

#endif
