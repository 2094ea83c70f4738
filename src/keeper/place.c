/* The right to run a child: counted by address, principal, credential, repository
 * and server, waited for in a queue; and who writes into which repository. */
#include "keeper/keeper_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define CLAIMS 5

static size_t claims_of(const struct exchange *x, struct tally_claim claims[CLAIMS])
{
	const struct gate_settings *s = atomic_load(&x->k->settings);
	char credential[24] = "";
	const struct {
		char mark;
		const char *of;
		int64_t most;
	} counted[] = {
	        {'s', "", s->children},
	        {'a', x->answer.address, s->children_per_address},
	        {'p', x->answer.principal, s->children_per_principal},
	        {'k', credential, s->children_per_credential},
	        {'r', x->answer.repository.id, s->children_per_repository},
	};
	size_t count = 0;

	if (x->answer.session.credential.id)
		snprintf(credential, sizeof(credential), "%lld",
		         (long long)x->answer.session.credential.id);
	for (size_t i = 0; i < sizeof(counted) / sizeof(*counted); i++) {
		/* strangers share no principal; a new repository has no id yet */
		if (i && !counted[i].of[0])
			continue;
		snprintf(claims[count].name, sizeof(claims[count].name), "%c%.90s", counted[i].mark,
		         counted[i].of);
		claims[count++].most = counted[i].most;
	}
	return count;
}

bool place_take(struct exchange *x)
{
	struct tally_claim claims[CLAIMS];
	size_t count = claims_of(x, claims);

	x->counted = tally_take(x->k->tally, claims, count);
	return x->counted;
}

void place_give(struct exchange *x)
{
	struct tally_claim claims[CLAIMS];

	if (x->counted)
		tally_give(x->k->tally, claims, claims_of(x, claims));
	x->counted = false;
}

/* Which limit keeps it out, the narrowest first: of that its sender hears most.
 * None, when a place came free just now. */
void place_busy(const struct exchange *x, struct policy_busy *out)
{
	static const char narrowest[] = "kpras";
	static const enum busy_of of[] = {BUSY_CREDENTIAL, BUSY_OWNER, BUSY_REPOSITORY,
	                                  BUSY_ADDRESS, BUSY_SERVER};
	struct tally_claim claims[CLAIMS];
	size_t count = claims_of(x, claims);

	*out = (struct policy_busy){.waited = atomic_load(&x->k->settings)->queue_time};
	for (size_t n = 0; n < CLAIMS && !out->most; n++)
		for (size_t i = 0; i < count; i++)
			if (claims[i].name[0] == narrowest[n] &&
			    tally_count(x->k->tally, claims[i].name) >= claims[i].most) {
				out->of = of[n];
				out->most = claims[i].most;
			}
}

static void mark(char *out, char letter, const char *id)
{
	snprintf(out, TALLY_NAME, "%c%.90s", letter, id);
}

/* An adopted one lies elsewhere than in the data folder: others write there too. */
static bool is_shared(const struct keeper *k, const char *id, const char *path)
{
	const struct gate_settings *s = atomic_load(&k->settings);
	char own[GIT_PATH];

	return git_repository_path(s->data, id, own, NULL) || strcmp(own, path) != 0;
}

/* The first writer after the start, or after a push that was killed, finds a
 * tidy repository. */
void writer_enter(struct keeper *k, const char *id, const char *path)
{
	char writers[TALLY_NAME], clean[TALLY_NAME];
	unsigned removed = 0;
	struct err err = {0};

	mark(writers, 'w', id);
	mark(clean, 'c', id);
	pthread_mutex_lock(&k->sweep_mutex);
	int64_t count = tally_count(k->tally, writers);
	if (count == 0 && !tally_count(k->tally, clean)) {
		if (git_repository_sweep(path, is_shared(k, id, path), &removed, &err))
			log_warn("%s: leftovers can't be swept: %s", path, err.text);
		else
			tally_set(k->tally, clean, 1);
		if (removed)
			log_info("%s: swept %u leftovers of ended transfers", path, removed);
	}
	tally_set(k->tally, writers, count + 1);
	pthread_mutex_unlock(&k->sweep_mutex);
}

void writer_leave(struct keeper *k, const char *id, bool tidy)
{
	char writers[TALLY_NAME], clean[TALLY_NAME];

	mark(writers, 'w', id);
	mark(clean, 'c', id);
	pthread_mutex_lock(&k->sweep_mutex);
	tally_set(k->tally, writers, tally_count(k->tally, writers) - 1);
	if (!tidy)
		tally_set(k->tally, clean, 0);
	pthread_mutex_unlock(&k->sweep_mutex);
}

void place_leave_as_writer(struct exchange *x, bool tidy)
{
	if (x->writer)
		writer_leave(x->k, x->answer.repository.id, tidy);
	x->writer = false;
}

void place_seek(struct exchange *x)
{
	struct keeper *k = x->k;

	/* one may have come free meanwhile; those who wait already can't have it */
	if (place_take(x)) {
		x->waiting = false;
		exchange_submit(x, exchange_start_run);
		return;
	}
	x->deadline = clock_mono_ms() + atomic_load(&k->settings)->queue_time * 1000;
	x->waiting_next = NULL;
	*k->waiting_last = x;
	k->waiting_last = &x->waiting_next;
	atomic_fetch_add(&k->metrics.children_queued, 1);
}

void place_leave_queue(struct exchange *x)
{
	struct keeper *k = x->k;

	for (struct exchange **at = &k->waiting; *at; at = &(*at)->waiting_next) {
		if (*at != x)
			continue;
		*at = x->waiting_next;
		if (!*at)
			k->waiting_last = at;
		atomic_fetch_sub(&k->metrics.children_queued, 1);
		break;
	}
	x->waiting = false;
}

/* A place came free: whoever waits longest and may take it does. */
void place_serve_waiting(struct keeper *k)
{
	for (struct exchange *x = k->waiting, *next; x; x = next) {
		next = x->waiting_next;
		if (place_take(x)) {
			place_leave_queue(x);
			exchange_submit(x, exchange_start_run);
		}
	}
}
