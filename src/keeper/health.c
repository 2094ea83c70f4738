/* Can the server do its work, and what its numbers are at this moment. Both are
 * asked for by anybody and often: nothing here writes, or waits for a lock. */
#include "keeper/keeper_int.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define ROOM_LEAST (UINT64_C(4) << 20) /* bytes free on the disk; with less no push begins */

/* The ledger writes over old room of its own for a while, so that it does not
 * tell soon that none is left. */
static bool disk_full(const struct keeper *k)
{
	struct statvfs disk;

	return !statvfs(atomic_load(&k->settings)->data, &disk) &&
	       (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_LEAST;
}

/* What fails to write the ledger will hardly store a push. */
static bool storable(void *arg)
{
	struct keeper *k = arg;

	return gate_queue_healthy(k->queue) && !disk_full(k);
}

static const char *unready(void *arg, struct gate *g)
{
	struct keeper *k = arg;
	struct gate_queue_numbers queue;

	if (atomic_load(&k->state) == SERVER_STOPPING)
		return "The server is stopping.";
	if (gate_readable(g, NULL))
		return "The ledger can't be read.";
	if (disk_full(k))
		return "The disk is full.";
	if (!gate_queue_healthy(k->queue))
		return "The ledger can't be written.";
	gate_queue_count(k->queue, &queue);
	if (queue.held)
		return "The ledger is held by another program.";
	if (queue.waiting >= queue.room)
		return "The ledger's writer does not keep up.";
	return NULL;
}

static uint64_t size_of(const char *path)
{
	struct stat st;
	return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

static void metrics(void *arg, struct buf *out)
{
	struct keeper *k = arg;
	const struct gate_settings *s = atomic_load(&k->settings);
	struct metrics_moment t = {.now = clock_now(),
	                           .started = k->started,
	                           .workers = k->worker_count,
	                           .git_version = k->host.version,
	                           .settings = s};
	char path[SETTINGS_TEXT + 32], log[SETTINGS_TEXT + 40];
	struct statvfs disk;

	gate_queue_count(k->queue, &t.queue);
	t.ready = atomic_load(&k->state) == SERVER_READY && storable(k) && !t.queue.held;
	gate_settings_database(s, path);
	snprintf(log, sizeof(log), "%s-wal", path);
	t.ledger_bytes = size_of(path) + size_of(log);
	if (!statvfs(s->data, &disk)) {
		t.disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
		t.disk_size = (uint64_t)disk.f_blocks * disk.f_frsize;
	}
	metrics_write(out, &k->metrics, &t);
}

void health_init(struct keeper *k)
{
	k->started = clock_now();
	k->house = (struct smart_house){k, storable, unready, metrics};
}
