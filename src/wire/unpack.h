/* Undoes gzip and deflate, a piece at a time. */
#ifndef GATEHOUSE_WIRE_UNPACK_H
#define GATEHOUSE_WIRE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

struct unpack;

/* NULL: out of memory. */
struct unpack *unpack_new(void);
void unpack_free(struct unpack *u);
/* Turns *len bytes at *data into at most size bytes at out; moves *data and
 * *len past what was used. *made: how many bytes came out. False: this is not
 * gzip or deflate, or something follows its end. Call again while there is
 * input or *made was size. */
bool unpack_some(struct unpack *u, const char **data, size_t *len, char *out, size_t size,
                 size_t *made);
/* True when what came so far is complete. */
bool unpack_ended(const struct unpack *u);

#endif
