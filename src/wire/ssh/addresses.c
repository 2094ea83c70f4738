#include "wire/ssh/addresses.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS 64

struct counter {
	char address[ADDRESS]; /* first: an address alone is a key */
	unsigned count;
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct counter *find(void **tree, const char *address)
{
	struct counter **node = tfind(address, tree, compare);

	return node ? *node : NULL;
}

static struct counter *make(void **tree, const char *address)
{
	struct counter *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	snprintf(c->address, sizeof(c->address), "%s", address);
	if (tsearch(c, tree, compare))
		return c;
	free(c);
	return NULL;
}

bool addresses_take(struct addresses *a, const char *address, unsigned most)
{
	struct counter *c = most ? find(&a->tree, address) : NULL;

	if (!c && most)
		c = make(&a->tree, address);
	if (!c || c->count >= most)
		return false;
	c->count++;
	return true;
}

void addresses_give(struct addresses *a, const char *address)
{
	struct counter *c = find(&a->tree, address);

	if (!c || --c->count > 0)
		return;
	tdelete(address, &a->tree, compare);
	free(c);
}
