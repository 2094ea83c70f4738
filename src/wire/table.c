#include "wire/table.h"

static size_t slot_of(uint64_t key)
{
	return (size_t)(key % TABLE_SLOTS); /* keys are counted up: they spread by themselves */
}

void table_add(struct table *t, struct table_node *node)
{
	struct table_node **slot = &t->slots[slot_of(node->key)];

	node->next = *slot;
	*slot = node;
	t->count++;
}

struct table_node *table_find(const struct table *t, uint64_t key)
{
	struct table_node *node = t->slots[slot_of(key)];

	while (node != NULL && node->key != key)
		node = node->next;
	return node;
}

void table_remove(struct table *t, struct table_node *node)
{
	struct table_node **at = &t->slots[slot_of(node->key)];

	while (*at != NULL && *at != node)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = node->next;
	node->next = NULL;
	t->count--;
}

void table_each(const struct table *t, void (*visit)(struct table_node *node, void *arg), void *arg)
{
	for (size_t i = 0; i < TABLE_SLOTS; i++)
		for (struct table_node *node = t->slots[i]; node != NULL; node = node->next)
			visit(node, arg);
}
