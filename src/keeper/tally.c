#include "keeper/tally.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	pthread_mutex_t mutex;
	void *tree; /* of struct counter, by name (tsearch) */
};

struct counter {
	char name[TALLY_NAME]; /* first: a name alone is a key */
	int64_t count;
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

struct tally *tally_new(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (t)
		pthread_mutex_init(&t->mutex, NULL);
	return t;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	tdestroy(t->tree, free);
	pthread_mutex_destroy(&t->mutex);
	free(t);
}

static struct counter *find(struct tally *t, const char *name)
{
	void *node = tfind(name, &t->tree, compare);
	return node ? *(struct counter **)node : NULL;
}

static bool set(struct tally *t, const char *name, int64_t count)
{
	struct counter *e = find(t, name);

	if (e && count > 0) {
		e->count = count;
	} else if (e) {
		tdelete(name, &t->tree, compare);
		free(e);
	} else if (count > 0) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return false;
		memccpy(e->name, name, '\0', sizeof(e->name) - 1);
		e->count = count;
		if (!tsearch(e, &t->tree, compare)) {
			free(e);
			return false;
		}
	}
	return true;
}

static int64_t count_of(struct tally *t, const char *name)
{
	struct counter *e = find(t, name);
	return e ? e->count : 0;
}

bool tally_take(struct tally *t, const struct tally_claim *claims, size_t count)
{
	bool free_place = true;
	size_t taken = 0;

	pthread_mutex_lock(&t->mutex);
	for (size_t i = 0; i < count && free_place; i++)
		free_place = count_of(t, claims[i].name) < claims[i].most;
	/* out of memory counts as full */
	for (; free_place && taken < count; taken++)
		free_place = set(t, claims[taken].name, count_of(t, claims[taken].name) + 1);
	for (; !free_place && taken > 1; taken--)
		set(t, claims[taken - 2].name, count_of(t, claims[taken - 2].name) - 1);
	pthread_mutex_unlock(&t->mutex);
	return free_place;
}

void tally_give(struct tally *t, const struct tally_claim *claims, size_t count)
{
	pthread_mutex_lock(&t->mutex);
	for (size_t i = 0; i < count; i++)
		set(t, claims[i].name, count_of(t, claims[i].name) - 1);
	pthread_mutex_unlock(&t->mutex);
}

int64_t tally_count(struct tally *t, const char *name)
{
	pthread_mutex_lock(&t->mutex);
	int64_t count = count_of(t, name);
	pthread_mutex_unlock(&t->mutex);
	return count;
}

void tally_set(struct tally *t, const char *name, int64_t count)
{
	pthread_mutex_lock(&t->mutex);
	(void)set(t, name, count);
	pthread_mutex_unlock(&t->mutex);
}
