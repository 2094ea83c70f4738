/* Counters by name: how many children run for an address, a principal, a
 * repository, the server. A name whose count is 0 takes no memory. Safe from
 * any thread. */
#ifndef GATEHOUSE_KEEPER_TALLY_H
#define GATEHOUSE_KEEPER_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally;

#define TALLY_NAME 96

struct tally_claim {
	char name[TALLY_NAME];
	int64_t most;
};

struct tally *tally_new(void); /* NULL: out of memory */
void tally_free(struct tally *t);
/* Adds one to every claim's count when all are below their limit; else to
 * none, and returns false. */
bool tally_take(struct tally *t, const struct tally_claim *claims, size_t count);
void tally_give(struct tally *t, const struct tally_claim *claims, size_t count);
int64_t tally_count(struct tally *t, const char *name);
/* Sets a count (0 forgets the name). */
void tally_set(struct tally *t, const char *name, int64_t count);

#endif
