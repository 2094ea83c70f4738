#include "smart/memory.h"

#include "base/random.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 4096
#define ASKED_FOR 60 /* seconds a challenge counts */
#define DEAD_FOR 900 /* seconds a dead credential is remembered */

struct place {
	uint64_t key;
	int64_t when;
};

struct smart_memory {
	pthread_mutex_t mutex;
	unsigned char hash_key[crypto_shorthash_KEYBYTES];
	struct place asked[PLACES], dead[PLACES];
};

struct smart_memory *smart_memory_new(void)
{
	struct smart_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	pthread_mutex_init(&m->mutex, NULL);
	random_bytes(m->hash_key, sizeof(m->hash_key));
	return m;
}

void smart_memory_free(struct smart_memory *m)
{
	if (!m)
		return;
	pthread_mutex_destroy(&m->mutex);
	free(m);
}

static uint64_t hash_pair(const struct smart_memory *m, const char *a, const void *b, size_t b_len)
{
	uint64_t first, second;

	crypto_shorthash((unsigned char *)&first, (const unsigned char *)a, strlen(a), m->hash_key);
	crypto_shorthash((unsigned char *)&second, b, b_len, m->hash_key);
	return first * UINT64_C(0x9e3779b97f4a7c15) ^ second;
}

static bool look(const struct place *table, uint64_t key, int64_t now, int64_t span)
{
	const struct place *p = &table[key % PLACES];
	return p->key == key && p->when && now - p->when <= span;
}

static void put(struct place *table, uint64_t key, int64_t now)
{
	table[key % PLACES] = (struct place){key, now};
}

void smart_memory_challenged(struct smart_memory *m, const char *address, const char *path,
                             int64_t now)
{
	uint64_t key = hash_pair(m, address, path, strlen(path));

	pthread_mutex_lock(&m->mutex);
	put(m->asked, key, now);
	pthread_mutex_unlock(&m->mutex);
}

bool smart_memory_was_challenged(struct smart_memory *m, const char *address, const char *path,
                                 int64_t now)
{
	uint64_t key = hash_pair(m, address, path, strlen(path));

	pthread_mutex_lock(&m->mutex);
	bool was = look(m->asked, key, now, ASKED_FOR);
	/* it asked for one answer, and here it is */
	if (was)
		m->asked[key % PLACES].when = 0;
	pthread_mutex_unlock(&m->mutex);
	return was;
}

bool smart_memory_came_back(struct smart_memory *m, const char *address, const void *secret,
                            size_t len, int64_t now)
{
	uint64_t key = hash_pair(m, address, secret, len);

	pthread_mutex_lock(&m->mutex);
	bool back = look(m->dead, key, now, DEAD_FOR);
	put(m->dead, key, now);
	pthread_mutex_unlock(&m->mutex);
	return back;
}
