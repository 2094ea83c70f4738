/* A request body on its way into a pipe, unpacked on the way. The pipe never
 * blocks: what does not go in yet stays with the caller. */
#ifndef GATEHOUSE_WIRE_FEED_H
#define GATEHOUSE_WIRE_FEED_H

#include "wire/head.h"
#include "wire/unpack.h"

#include <stdbool.h>
#include <stddef.h>

#define FEED_BLOCK 16384

enum feed_result {
	FEED_OK,     /* all of it went in */
	FEED_WAIT,   /* the pipe is full: come again with what is left */
	FEED_CLOSED, /* nobody reads it any more */
	FEED_BROKEN  /* not the coding it says */
};

struct feed {
	int fd; /* owned; -1: closed */
	struct unpack *unpack;
	char *block; /* unpacked bytes that wait: block[at..len) */
	size_t at, len;
};

void feed_init(struct feed *f);
/* Takes fd and makes it non-blocking. False (fd closed): no memory. */
bool feed_open(struct feed *f, int fd, enum head_coding coding);
/* Moves *data and *len past what was taken. */
enum feed_result feed_add(struct feed *f, const char **data, size_t *len);
/* No byte follows: FEED_OK when all is in (the pipe is then closed). */
enum feed_result feed_end(struct feed *f);
void feed_close(struct feed *f);

#endif
