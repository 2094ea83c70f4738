/* Things found by a number. The node lies inside the thing, first of all; a
 * number is never used again, so a late event finds nothing instead of another. */
#ifndef GATEHOUSE_WIRE_TABLE_H
#define GATEHOUSE_WIRE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define TABLE_SLOTS 512

struct table_node {
	uint64_t key;
	struct table_node *next;
};

struct table {
	struct table_node *slots[TABLE_SLOTS];
	size_t count;
};

/* The key must not be there yet. */
void table_add(struct table *t, struct table_node *node);
/* NULL when there is none. */
struct table_node *table_find(const struct table *t, uint64_t key);
/* Nothing happens when the node is not in the table. */
void table_remove(struct table *t, struct table_node *node);
/* Calls visit for every node; visit must not change the table. */
void table_each(const struct table *t, void (*visit)(struct table_node *node, void *arg),
                void *arg);

#endif
