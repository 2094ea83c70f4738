/* The workers: a bounded set of threads for what blocks. */
#include "keeper/keeper_int.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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

void work_tell(struct keeper *k, struct job *job)
{
	const uint64_t one = 1;

	append(&k->finished, job);
	if (!k->waking && write(k->wake.fd, &one, sizeof(one)) < 0)
		log_error("main can't be woken");
	k->waking = true;
}

/* Does a job, if another worker has not been faster. False: no more will come. */
static bool do_job(struct worker *w)
{
	struct keeper *k = w->k;
	uint64_t count;

	if (read(k->work_ready, &count, sizeof(count)) < 0)
		return true;
	pthread_mutex_lock(&k->work_mutex);
	struct job *job = take(&k->work);
	w->gate.settings = atomic_load(&k->settings);
	pthread_mutex_unlock(&k->work_mutex);
	if (!job)
		return false;
	atomic_fetch_add(&k->metrics.workers_busy, 1);
	job->run(w, job);
	atomic_fetch_sub(&k->metrics.workers_busy, 1);
	pthread_mutex_lock(&k->work_mutex);
	work_tell(k, job);
	pthread_mutex_unlock(&k->work_mutex);
	return true;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct epoll_event e;
	bool more = true;

	while (more) {
		int count = epoll_wait(w->epoll_fd, &e, 1, -1);
		if (count < 0 && errno != EINTR) {
			log_error("a worker can't wait: %s", strerror(errno));
			abort();
		}
		if (count == 1 && e.data.ptr)
			channel_hear(w, e.data.ptr);
		else if (count == 1)
			more = do_job(w);
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

/* how: EPOLLEXCLUSIVE, where one job is to wake one worker. */
static int watch_jobs(struct worker *w, uint32_t how)
{
	struct epoll_event e = {.events = EPOLLIN | how};

	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->k->work_ready, &e);
}

static int start_worker(struct keeper *k, struct worker *w, struct err *err)
{
	w->k = k;
	int code = gate_open(&w->gate, atomic_load(&k->settings), STORE_READ, err);
	if (code)
		return code;
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll_fd >= 0 && !watch_jobs(w, EPOLLEXCLUSIVE) &&
	    !pthread_create(&w->thread, NULL, work, w)) {
		k->worker_count++;
		return 0;
	}
	if (w->epoll_fd >= 0)
		close(w->epoll_fd);
	gate_close(&w->gate);
	return err_set(err, ERR_BUSY, "a worker thread can't be started");
}

int work_start(struct keeper *k, struct err *err)
{
	size_t count = (size_t)atomic_load(&k->settings)->workers;

	pthread_mutex_init(&k->work_mutex, NULL);
	k->work_ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	k->work.last = &k->work.first;
	k->finished.last = &k->finished.first;
	k->wake.ready = woken;
	k->wake.owner = k;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0 || k->work_ready < 0)
		return err_set(err, ERR_IO, "no eventfd to be had");
	int code = keeper_watch(k, &k->wake, fd, EPOLLIN, err);
	k->workers = calloc(count, sizeof(*k->workers));
	if (!k->workers)
		return err_set(err, ERR_MEMORY, "no memory for the workers");
	while (!code && k->worker_count < count)
		code = start_worker(k, &k->workers[k->worker_count], err);
	return code;
}

static void call_workers(struct keeper *k, uint64_t count)
{
	if (write(k->work_ready, &count, sizeof(count)) < 0)
		log_error("a worker can't be woken");
}

void work_stop(struct keeper *k)
{
	call_workers(k, k->worker_count);
	for (size_t i = 0; i < k->worker_count; i++) { /* that one call wakes only one of them */
		epoll_ctl(k->workers[i].epoll_fd, EPOLL_CTL_DEL, k->work_ready, NULL);
		watch_jobs(&k->workers[i], 0);
	}
	for (size_t i = 0; i < k->worker_count; i++) {
		pthread_join(k->workers[i].thread, NULL);
		gate_close(&k->workers[i].gate);
		close(k->workers[i].epoll_fd);
	}
	free(k->workers);
	k->workers = NULL;
	k->worker_count = 0;
}

void work_submit(struct keeper *k, struct job *job)
{
	pthread_mutex_lock(&k->work_mutex);
	append(&k->work, job);
	pthread_mutex_unlock(&k->work_mutex);
	call_workers(k, 1);
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
