/* How many connections each address has. Asking costs the same however many there are:
 * who floods a server must not make each accept dearer. */
#ifndef GATEHOUSE_WIRE_SSH_ADDRESSES_H
#define GATEHOUSE_WIRE_SSH_ADDRESSES_H

#include <stdbool.h>

/* Zeroed memory is a good start; it holds nothing when nobody is connected. */
struct addresses {
	void *tree; /* of counters, by address (tsearch) */
};

/* One more; false, and nothing counted: it has `most` already, or there is no memory. */
bool addresses_take(struct addresses *a, const char *address, unsigned most);
/* One less, of those that were taken. */
void addresses_give(struct addresses *a, const char *address);

#endif
