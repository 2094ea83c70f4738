/* A request body in a memory file: unpacked, bounded, sealed at the end. */
#ifndef GATEHOUSE_WIRE_COLLECT_H
#define GATEHOUSE_WIRE_COLLECT_H

#include "wire/head.h"
#include "wire/unpack.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much all collected bodies may hold together. */
struct budget {
	atomic_size_t used;
	size_t limit;
};

bool budget_take(struct budget *b, size_t n);
void budget_give(struct budget *b, size_t n);

enum collect_result {
	COLLECT_OK,
	COLLECT_OVER,   /* the limit is reached: the file holds its first bytes */
	COLLECT_MEMORY, /* the budget is used up, or the system's memory */
	COLLECT_BROKEN  /* not the coding it says */
};

struct collect {
	int fd; /* -1: not open */
	uint64_t len, limit;
	size_t reserved;
	struct budget *budget;
	struct unpack *unpack; /* NULL: plain */
};

/* c becomes closed and empty; needed before collect_close. */
void collect_init(struct collect *c);
/* expected: bytes to reserve at once. False when there is no room for them. */
bool collect_open(struct collect *c, struct budget *budget, uint64_t limit, size_t expected,
                  enum head_coding coding);
enum collect_result collect_add(struct collect *c, const char *data, size_t len);
/* No byte follows. COLLECT_BROKEN when a packed body is cut short. */
enum collect_result collect_end(struct collect *c);
/* Seals the file, puts its offset at 0 and hands it over: the caller closes it.
 * -1 when that fails. The budget stays taken until collect_close. */
int collect_take(struct collect *c);
void collect_close(struct collect *c);

#endif
