/* The workers: a bounded set of threads for what blocks. */
#include "keeper/keeper_int.h"

#include "base/log.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void append(struct job_list *list, struct job *job)
{
	job->next = NULL;
	*list->last = job;
	list->last = &job->next;
}

static struct job *take(struct job_list *list)
{
	struct job *job = list->first;

	if (job) {
		list->first = job->next;
		if (!list->first)
			list->last = &list->first;
	}
	return job;
}

static struct job *next_job(struct worker *w)
{
	struct keeper *k = w->k;

	pthread_mutex_lock(&k->work_mutex);
	while (!k->work.first && !k->work_over)
		pthread_cond_wait(&k->work_ready, &k->work_mutex);
	struct job *job = take(&k->work);
	w->gate.settings = atomic_load(&k->settings);
	pthread_mutex_unlock(&k->work_mutex);
	return job;
}

/* Waking main is the dearest part of a short job, so a quiet one is left for
 * it to find when something else wakes it: a moment later, as a rule. */
static void give_back(struct keeper *k, struct job *job)
{
	uint64_t one = 1;

	pthread_mutex_lock(&k->work_mutex);
	bool wake = !job->quiet && !k->waking;
	k->waking = k->waking || wake;
	append(&k->finished, job);
	pthread_mutex_unlock(&k->work_mutex);
	if (wake && write(k->wake.fd, &one, sizeof(one)) < 0)
		log_error("main can't be woken");
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct job *job;

	while ((job = next_job(w))) {
		atomic_fetch_add(&w->k->metrics.workers_busy, 1);
		job->run(w, job);
		atomic_fetch_sub(&w->k->metrics.workers_busy, 1);
		give_back(w->k, job);
	}
	return NULL;
}

bool work_uses(struct keeper *k, const struct gate_settings *settings)
{
	bool used = false;

	pthread_mutex_lock(&k->work_mutex);
	for (size_t i = 0; i < k->worker_count; i++)
		used = used || k->workers[i].gate.settings == settings;
	pthread_mutex_unlock(&k->work_mutex);
	return used;
}

static void woken(struct source *s, uint32_t events)
{
	uint64_t count;

	(void)events;
	if (read(s->fd, &count, sizeof(count)) > 0)
		work_collect(s->owner);
}

static int start_worker(struct keeper *k, struct worker *w, struct err *err)
{
	w->k = k;
	int code = gate_open(&w->gate, atomic_load(&k->settings), STORE_READ, err);
	if (code)
		return code;
	if (pthread_create(&w->thread, NULL, work, w)) {
		gate_close(&w->gate);
		return err_set(err, ERR_BUSY, "a worker thread can't be started");
	}
	k->worker_count++;
	return 0;
}

int work_start(struct keeper *k, struct err *err)
{
	size_t count = (size_t)atomic_load(&k->settings)->workers;

	pthread_mutex_init(&k->work_mutex, NULL);
	pthread_cond_init(&k->work_ready, NULL);
	k->work.last = &k->work.first;
	k->finished.last = &k->finished.first;
	k->wake.ready = woken;
	k->wake.owner = k;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return err_set(err, ERR_IO, "no eventfd to be had");
	int code = keeper_watch(k, &k->wake, fd, EPOLLIN, err);
	k->workers = calloc(count, sizeof(*k->workers));
	if (!k->workers)
		return err_set(err, ERR_MEMORY, "no memory for the workers");
	while (!code && k->worker_count < count)
		code = start_worker(k, &k->workers[k->worker_count], err);
	return code;
}

void work_stop(struct keeper *k)
{
	pthread_mutex_lock(&k->work_mutex);
	k->work_over = true;
	pthread_cond_broadcast(&k->work_ready);
	pthread_mutex_unlock(&k->work_mutex);
	for (size_t i = 0; i < k->worker_count; i++) {
		pthread_join(k->workers[i].thread, NULL);
		gate_close(&k->workers[i].gate);
	}
	free(k->workers);
	k->workers = NULL;
	k->worker_count = 0;
}

void work_submit(struct keeper *k, struct job *job)
{
	pthread_mutex_lock(&k->work_mutex);
	append(&k->work, job);
	pthread_cond_signal(&k->work_ready);
	pthread_mutex_unlock(&k->work_mutex);
}

void work_collect(struct keeper *k)
{
	for (;;) {
		pthread_mutex_lock(&k->work_mutex);
		struct job *job = take(&k->finished);
		if (!job)
			k->waking = false;
		pthread_mutex_unlock(&k->work_mutex);
		if (!job)
			return;
		job->done(k, job);
	}
}
