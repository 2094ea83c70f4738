#include "keeper/upkeep.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM 64
#define PACKS_MANY 32 /* then repacked, so that each pack is twice the next */
#define REFS_MANY 256 /* loose refs: then packed */
#define CHORE_MEMORY (INT64_C(4) << 30)
#define CHORE_SECONDS (4 * 3600)
#define DAY_SECONDS 86400
#define LOOK_MS 500 /* how soon a stop is noticed */

struct chore {
	char id[64];
	char path[GIT_PATH];
	bool shared;
	enum git_service what;
};

struct upkeep {
	struct upkeep_owner owner;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t ready;
	struct chore queue[ROOM];
	size_t first, count;
	int64_t next_day; /* when the day's chore is due */
	bool stopping;
};

static bool stopping(struct upkeep *u)
{
	pthread_mutex_lock(&u->mutex);
	bool yes = u->stopping;
	pthread_mutex_unlock(&u->mutex);
	return yes;
}

/* Waits for the end; a stop ends it (git leaves nothing but temporary files,
 * which the next sweep takes). */
static bool wait_for(struct upkeep *u, struct git_child *child)
{
	struct pollfd end = {.fd = child->pidfd, .events = POLLIN};
	struct err err = {0};
	int status = 0;

	while (poll(&end, 1, LOOK_MS) <= 0) {
		if (stopping(u))
			git_child_end(child, true);
	}
	return git_child_reap(child, &status, &err) == 0 && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static void say_result(const struct chore *c, bool fine, const struct git_child *child)
{
	char words[400];
	struct buf safe;

	if (fine) {
		log_debug("%s of %s done", git_service_name(c->what), c->id);
		return;
	}
	ssize_t n = child->errors >= 0 ? read(child->errors, words, sizeof(words)) : 0;
	buf_init(&safe, 4 * sizeof(words));
	if (n > 0)
		(void)buf_add_safe(&safe, words, (size_t)n);
	log_warn("%s of %s did not end well: %s", git_service_name(c->what), c->id, buf_str(&safe));
	buf_clear(&safe);
}

static void run(struct upkeep *u, const struct chore *c)
{
	struct git_plan plan = {.service = c->what,
	                        .path = c->path,
	                        .shared = c->shared,
	                        .memory_limit = CHORE_MEMORY,
	                        .cpu_limit = CHORE_SECONDS,
	                        .body = -1};
	struct git_child child = {.pidfd = -1, .in = -1, .out = -1, .errors = -1, .hook = -1};
	struct err err = {0};

	u->owner.enter(u->owner.arg, c->id, c->path);
	bool fine = git_child_start(u->owner.host, &plan, &child, &err) == 0;
	if (fine)
		fine = wait_for(u, &child);
	else
		log_warn("%s of %s: %s", git_service_name(c->what), c->id, err.text);
	if (child.pidfd >= 0)
		say_result(c, fine, &child);
	git_child_close(&child);
	u->owner.leave(u->owner.arg, c->id, fine);
	if (!fine) { /* what it left goes at once, unless somebody writes there */
		u->owner.enter(u->owner.arg, c->id, c->path);
		u->owner.leave(u->owner.arg, c->id, true);
	}
}

/* Mutex held. Ends early when something comes, and when the day's chore is due. */
static void sleep_until(struct upkeep *u)
{
	struct timespec until = {.tv_sec = u->next_day};

	pthread_cond_timedwait(&u->ready, &u->mutex, &until);
}

/* True with a chore, or with *day for the day's. */
static bool next(struct upkeep *u, struct chore *out, bool *day)
{
	pthread_mutex_lock(&u->mutex);
	while (!u->count && !u->stopping && clock_now() < u->next_day)
		sleep_until(u);
	bool more = !u->stopping;
	*day = more && clock_now() >= u->next_day;
	if (*day) {
		u->next_day = clock_now() + DAY_SECONDS;
	} else if (more) {
		*out = u->queue[u->first];
		u->first = (u->first + 1) % ROOM;
		u->count--;
	}
	pthread_mutex_unlock(&u->mutex);
	return more;
}

static void *work(void *arg)
{
	struct upkeep *u = arg;
	struct chore chore;
	bool day;

	while (next(u, &chore, &day)) {
		if (day)
			u->owner.daily(u->owner.arg);
		else
			run(u, &chore);
	}
	return NULL;
}

static void add(struct upkeep *u, const char *id, const struct git_plan *push,
                enum git_service what)
{
	bool known = false;

	pthread_mutex_lock(&u->mutex);
	for (size_t i = 0; i < u->count; i++) {
		const struct chore *c = &u->queue[(u->first + i) % ROOM];
		known = known || (c->what == what && !strcmp(c->id, id));
	}
	if (!known && u->count < ROOM) {
		struct chore *c = &u->queue[(u->first + u->count++) % ROOM];
		snprintf(c->id, sizeof(c->id), "%s", id);
		snprintf(c->path, sizeof(c->path), "%s", push->path);
		c->shared = push->shared;
		c->what = what;
		pthread_cond_signal(&u->ready);
	}
	pthread_mutex_unlock(&u->mutex);
}

void upkeep_after_push(struct upkeep *u, const char *id, const struct git_plan *push)
{
	if (git_count_packs(push->path, PACKS_MANY) >= PACKS_MANY)
		add(u, id, push, GIT_REPACK);
	if (git_count_loose_refs(push->path, REFS_MANY) >= REFS_MANY)
		add(u, id, push, GIT_PACK_REFS);
}

int upkeep_start(struct upkeep **out, const struct upkeep_owner *owner, struct err *err)
{
	struct upkeep *u = calloc(1, sizeof(*u));

	if (!u)
		return err_set(err, ERR_MEMORY, "no memory for upkeep");
	u->owner = *owner;
	pthread_mutex_init(&u->mutex, NULL);
	pthread_cond_init(&u->ready, NULL);
	if (pthread_create(&u->thread, NULL, work, u)) {
		free(u);
		return err_set(err, ERR_BUSY, "the upkeep thread can't be started");
	}
	*out = u;
	return 0;
}

void upkeep_stop(struct upkeep *u)
{
	if (!u)
		return;
	pthread_mutex_lock(&u->mutex);
	u->stopping = true;
	pthread_cond_signal(&u->ready);
	pthread_mutex_unlock(&u->mutex);
	pthread_join(u->thread, NULL);
	pthread_mutex_destroy(&u->mutex);
	pthread_cond_destroy(&u->ready);
	free(u);
}
