#include "keeper/decisions.h"

#include "base/clock.h"
#include "base/log.h"
#include "gate/history.h"
#include "keeper/decision_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 250      /* between looks at the ledger */
#define RETRY_MS 1000    /* after a failure */
#define TOLD_EVERY 60000 /* ms between words about failures */
#define STOP_MS 2000     /* for what is left at the end */

struct decisions {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	/* guarded by mutex */
	bool stopping, changed;
	char asked[SETTINGS_TEXT]; /* the setting */

	/* the thread's own */
	char to[SETTINGS_TEXT];
	const struct gate_settings *settings;
	struct metrics *metrics;
	char place[SETTINGS_TEXT + 32]; /* a file: the last row that was written */
	int64_t placed, missed;
	struct gate_follow *follow;
	struct decision_sink sink;
	bool failing;
	int64_t told; /* monotonic ms */
};

static bool wanted(const struct decisions *d)
{
	return strcmp(d->to, "none") != 0;
}

/* -- the place between two runs -- */

/* -1: there is none, and the log begins now. */
static int64_t place_read(const struct decisions *d)
{
	int64_t id = -1;
	FILE *f = fopen(d->place, "re");

	if (f && fscanf(f, "%" SCNd64, &id) != 1)
		id = -1;
	if (f)
		fclose(f);
	return id;
}

/* A place that is lost in a crash lets some rows come twice. */
static void place_write(struct decisions *d)
{
	int64_t id = gate_follow_place(d->follow);
	char text[32];

	if (id == d->placed)
		return;
	int fd = open(d->place, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int len = snprintf(text, sizeof(text), "%019" PRId64 "\n", id);
	if (fd >= 0 && pwrite(fd, text, (size_t)len, 0) == len)
		d->placed = id;
	if (fd >= 0)
		close(fd);
}

/* -- one round -- */

static void fail(struct decisions *d, const struct err *err)
{
	int64_t now = clock_mono_ms();

	atomic_fetch_add(&d->metrics->decision_log_failures, 1);
	atomic_store(&d->metrics->decision_log_failing, 1);
	if (!d->failing && (!d->told || now - d->told >= TOLD_EVERY)) {
		log_error("the decision log stands still, and goes on when it can: %s", err->text);
		d->told = now;
	}
	d->failing = true;
	decision_sink_close(&d->sink);
}

static void well(struct decisions *d)
{
	if (d->failing)
		log_info("the decision log goes on");
	d->failing = false;
	atomic_store(&d->metrics->decision_log_failing, 0);
}

static int give(void *arg, const struct store_audit *row)
{
	struct decisions *d = arg;
	struct err err = {0};

	if (decision_sink_write(&d->sink, row, &err)) {
		fail(d, &err);
		return 1;
	}
	well(d);
	atomic_fetch_add(&d->metrics->decision_log_rows, 1);
	return 0;
}

static int open_both(struct decisions *d, struct err *err)
{
	int code = 0;

	if (d->sink.fd < 0)
		code = decision_sink_open(&d->sink, d->to, err);
	if (!code && !d->follow)
		code = gate_follow_open(&d->follow, d->settings, place_read(d), err);
	return code;
}

static void count_missed(struct decisions *d)
{
	int64_t missed = gate_follow_missed(d->follow);

	atomic_fetch_add(&d->metrics->decision_log_missed,
	                 (unsigned long long)(missed - d->missed));
	d->missed = missed;
}

/* Milliseconds until the next look. */
static int64_t look(struct decisions *d)
{
	struct err err = {0};
	bool more = false;
	int code = open_both(d, &err);

	if (!code)
		code = gate_follow_next(d->follow, clock_now(), give, d, &more, &err);
	if (code < 0)
		fail(d, &err);
	if (d->follow) {
		count_missed(d);
		place_write(d);
	}
	if (code)
		return RETRY_MS;
	return more ? 0 : LOOK_MS;
}

/* -- the thread -- */

/* A log that is switched off forgets its place: else it would begin again with
 * all that was since. */
static void take_change(struct decisions *d)
{
	if (!d->changed)
		return;
	d->changed = false;
	memcpy(d->to, d->asked, sizeof(d->to));
	decision_sink_close(&d->sink);
	if (wanted(d))
		return;
	gate_follow_close(d->follow);
	d->follow = NULL;
	d->missed = d->placed = 0;
	unlink(d->place);
	well(d);
}

/* Mutex held. */
static void rest(struct decisions *d, int64_t ms)
{
	struct timespec until;

	if (!ms || d->changed || d->stopping)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&d->wake, &d->mutex, &until);
}

static void finish(struct decisions *d)
{
	int64_t end = clock_mono_ms() + STOP_MS;

	while (wanted(d) && look(d) == 0 && clock_mono_ms() < end)
		;
	gate_follow_close(d->follow);
	decision_sink_close(&d->sink);
}

static void *run(void *arg)
{
	struct decisions *d = arg;
	bool over = false;

	while (!over) {
		pthread_mutex_lock(&d->mutex);
		take_change(d);
		pthread_mutex_unlock(&d->mutex);
		int64_t ms = wanted(d) ? look(d) : RETRY_MS;
		pthread_mutex_lock(&d->mutex);
		rest(d, ms);
		over = d->stopping;
		pthread_mutex_unlock(&d->mutex);
	}
	finish(d);
	return NULL;
}

/* -- main's side -- */

int decisions_start(struct decisions **out, const struct gate_settings *settings,
                    struct metrics *metrics, const char *folder, struct err *err)
{
	struct decisions *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(err, ERR_MEMORY, "out of memory");
	pthread_mutex_init(&d->mutex, NULL);
	pthread_cond_init(&d->wake, NULL);
	d->settings = settings;
	d->metrics = metrics;
	d->sink.fd = -1;
	d->changed = true;
	snprintf(d->asked, sizeof(d->asked), "%s", settings->decision_log);
	if (snprintf(d->place, sizeof(d->place), "%s/decision-log", folder) >=
	            (int)sizeof(d->place) ||
	    pthread_create(&d->thread, NULL, run, d)) {
		free(d);
		return err_set(err, ERR_BUSY, "the decision log can't be started");
	}
	*out = d;
	return 0;
}

void decisions_reload(struct decisions *d, const char *to)
{
	pthread_mutex_lock(&d->mutex);
	snprintf(d->asked, sizeof(d->asked), "%s", to);
	d->changed = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->mutex);
}

/* A disk that hangs must not keep the server from ending: then the thread is
 * left to the end of the process, with what it uses. */
void decisions_stop(struct decisions *d)
{
	struct timespec until;

	if (!d)
		return;
	pthread_mutex_lock(&d->mutex);
	d->stopping = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->mutex);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 2 * STOP_MS / 1000 + 1;
	if (pthread_timedjoin_np(d->thread, NULL, &until)) {
		log_error("the decision log does not end: its disk hangs");
		return;
	}
	pthread_mutex_destroy(&d->mutex);
	pthread_cond_destroy(&d->wake);
	free(d);
}
