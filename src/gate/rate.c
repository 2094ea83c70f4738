#include "gate/rate.h"

#include "base/random.h"
#include "gate/gate_int.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SETS 1024 /* places in a table: SETS * WAYS */
#define WAYS 8

struct count {
	uint64_t key; /* 0: free */
	int64_t since, number;
};

struct table {
	struct count sets[SETS][WAYS];
};

struct gate_rates {
	pthread_mutex_t mutex;
	unsigned char hash_key[crypto_shorthash_KEYBYTES];
	struct table failures, requests;
};

struct gate_rates *gate_rates_new(void)
{
	struct gate_rates *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	pthread_mutex_init(&r->mutex, NULL);
	random_bytes(r->hash_key, sizeof(r->hash_key));
	return r;
}

void gate_rates_free(struct gate_rates *r)
{
	if (!r)
		return;
	pthread_mutex_destroy(&r->mutex);
	free(r);
}

/* -- what is counted by what -- */

#define NAME_SIZE (PRESENT_HINT + 16)

/* A mark before the text keeps the kinds apart. */
static uint64_t key_of(const struct gate_rates *r, char mark, const char *text)
{
	char name[NAME_SIZE];
	uint64_t key;

	gate_put(name, sizeof(name), "%c%s", mark, text);
	crypto_shorthash((unsigned char *)&key, (const unsigned char *)name, strlen(name),
	                 r->hash_key);
	return key ? key : 1;
}

static uint64_t key_of_address(const struct gate_rates *r, const char *address)
{
	char network[NET_TEXT];

	gate_network(address, network);
	return key_of(r, 'a', network);
}

/* Of a genuine credential its owner; else the name that was sent with it,
 * whether there is such a user or not. 0: nobody. */
static uint64_t key_of_owner(const struct gate_rates *r, const struct gate_session *s)
{
	char name[PRESENT_HINT];

	if (s->presented == PRESENTED_GENUINE) {
		gate_principal(s, name, sizeof(name));
		return key_of(r, 'o', name);
	}
	if (!s->hint[0] || policy_name_static(s->hint, strlen(s->hint)))
		return 0;
	gate_put(name, sizeof(name), "%s", s->hint);
	policy_name_fold(name);
	return key_of(r, 'n', name);
}

static uint64_t key_of_credential(const struct gate_rates *r, const struct gate_session *s)
{
	char name[32];

	if (s->certificate) { /* one is as good as the next: whoever they name is counted */
		gate_principal(s, name, sizeof(name));
		return key_of(r, 's', name);
	}
	gate_put(name, sizeof(name), "%lld", (long long)s->credential.id);
	return key_of(r, 'c', name);
}

/* -- counting; the mutex is held -- */

static bool is_over(const struct count *c, int64_t span, int64_t now)
{
	return now < c->since || now - c->since >= span;
}

static struct count *find(struct table *t, uint64_t key, int64_t span, int64_t now)
{
	struct count *set = t->sets[key % SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key == key && !is_over(&set[i], span, now))
			return &set[i];
	return NULL;
}

/* Which of two places is given away first: one that is free or over, else the
 * lower count, else the older. */
static bool gives_way(const struct count *a, const struct count *b, int64_t span, int64_t now)
{
	bool a_free = !a->key || is_over(a, span, now), b_free = !b->key || is_over(b, span, now);

	if (a_free != b_free)
		return a_free;
	return a->number != b->number ? a->number < b->number : a->since < b->since;
}

static void count_one(struct table *t, uint64_t key, int64_t span, int64_t now)
{
	struct count *c = find(t, key, span, now), *set = t->sets[key % SETS];

	if (!c) {
		c = &set[0];
		/* the same name's count of a span that is over is its own place */
		for (size_t i = 0; i < WAYS && c->key != key; i++)
			if (set[i].key == key || gives_way(&set[i], c, span, now))
				c = &set[i];
		*c = (struct count){.key = key, .since = now};
	}
	c->number++;
}

/* When the limit that is reached ends; 0: none is. */
static int64_t reached(struct table *t, uint64_t key, int64_t limit, int64_t span, int64_t now)
{
	const struct count *c = key && limit ? find(t, key, span, now) : NULL;

	return c && c->number >= limit ? c->since + span : 0;
}

/* -- the door's side -- */

/* The first that is reached is the one told. */
static void tell(struct gate_rate *out, int64_t until, int64_t limit, int64_t span)
{
	if (!until || out->until)
		return;
	out->until = until;
	out->limit = limit;
	out->span = span;
}

static void look_failures(struct gate_rates *r, const struct gate_settings *s,
                          const struct gate_session *session, const struct gate_ask *ask,
                          struct gate_rate *out)
{
	int64_t by_address = 0, by_owner;

	/* a genuine one is never judged by who else comes from there */
	if (session->presented != PRESENTED_GENUINE)
		by_address = reached(&r->failures, key_of_address(r, ask->address),
		                     s->failures_per_address, s->failure_time, ask->now);
	by_owner = reached(&r->failures, key_of_owner(r, session), s->failures_per_owner,
	                   s->failure_time, ask->now);
	out->failures = by_address || by_owner;
	out->by_address = by_address;
	tell(out, by_address, s->failures_per_address, s->failure_time);
	tell(out, by_owner, s->failures_per_owner, s->failure_time);
}

static void count_request(struct gate_rates *r, const struct gate_settings *s,
                          const struct gate_session *session, const struct gate_ask *ask,
                          struct gate_rate *out)
{
	uint64_t key = key_of_credential(r, session);
	int64_t until =
	        reached(&r->requests, key, s->requests_per_credential, s->request_time, ask->now);

	out->requests = until;
	if (until)
		*out = (struct gate_rate){.failures = out->failures, .requests = true};
	tell(out, until, s->requests_per_credential, s->request_time);
	if (!until && s->requests_per_credential)
		count_one(&r->requests, key, s->request_time, ask->now);
}

void gate_rate_take(struct gate_rates *r, const struct gate_settings *settings,
                    const struct gate_session *s, struct gate_ask *ask)
{
	struct gate_rate *out = &ask->rate;

	memset(out, 0, sizeof(*out));
	if (s->presented == PRESENTED_NOTHING)
		return;
	pthread_mutex_lock(&r->mutex);
	look_failures(r, settings, s, ask, out);
	if (s->presented == PRESENTED_GENUINE)
		count_request(r, settings, s, ask, out);
	pthread_mutex_unlock(&r->mutex);
}

static bool is_failure(const struct verdict *v)
{
	enum policy_gate gate = policy_reason_gate(v->reason);

	return gate >= GATE_CREDENTIAL && gate <= GATE_OWNER && v->reason != REASON_NO_CREDENTIAL;
}

void gate_rate_note(struct gate_rates *r, const struct gate_settings *settings,
                    const struct gate_session *s, const struct gate_ask *ask,
                    const struct verdict *verdict)
{
	if (!is_failure(verdict))
		return;
	pthread_mutex_lock(&r->mutex);
	uint64_t owner = key_of_owner(r, s);
	if (settings->failures_per_address)
		count_one(&r->failures, key_of_address(r, ask->address), settings->failure_time,
		          ask->now);
	if (owner && settings->failures_per_owner)
		count_one(&r->failures, owner, settings->failure_time, ask->now);
	pthread_mutex_unlock(&r->mutex);
}
