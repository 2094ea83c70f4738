#include "keeper/metrics.h"

#define COUNT_MOST (UINT64_C(1) << 53) /* what a reader's double holds exactly */

const int metrics_statuses[METRICS_STATUSES] = {200, 206, 301, 302, 304, 400, 401, 403, 404, 405,
                                                409, 410, 413, 415, 422, 429, 500, 501, 503, 0};
const int64_t metrics_bounds_ms[METRICS_BUCKETS] = {
        100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 1800000, INT64_MAX};

void metrics_request(struct metrics *m, enum smart_topic topic, int status)
{
	int i = 0;

	while (i < METRICS_STATUSES - 1 && metrics_statuses[i] != status)
		i++;
	atomic_fetch_add(&m->requests[topic][i], 1);
}

const char *metrics_transport_name(enum metrics_transport t)
{
	static const char *const names[TRANSPORTS] = {[TRANSPORT_HTTP] = "http",
	                                              [TRANSPORT_SSH] = "ssh",
	                                              [TRANSPORT_OPENSSH] = "openssh"};

	return names[t];
}

void metrics_session(struct metrics *m, enum metrics_transport by, enum metrics_session what)
{
	atomic_fetch_add(&m->sessions[by][what], 1);
}

void metrics_key(struct metrics *m, bool accepted)
{
	atomic_fetch_add(&m->keys[accepted], 1);
}

void metrics_child_started(struct metrics *m, enum git_service service)
{
	if (service <= GIT_UPLOAD_ARCHIVE)
		atomic_fetch_add(&m->children_started[service], 1);
}

void metrics_child_ended(struct metrics *m, enum git_service service, enum child_end how)
{
	if (service <= GIT_UPLOAD_ARCHIVE)
		atomic_fetch_add(&m->children_ended[service][how], 1);
}

void metrics_push(struct metrics *m, int64_t ms)
{
	int i = 0;

	ms = ms < 0 ? 0 : ms;
	while (ms > metrics_bounds_ms[i])
		i++;
	atomic_fetch_add(&m->push_buckets[i], 1);
	atomic_fetch_add(&m->push_ms, (unsigned long long)ms);
	atomic_fetch_add(&m->push_count, 1);
}

void metrics_wire(struct metrics *m, enum metrics_transport by, uint64_t last[COUNT_COUNT],
                  const uint64_t now[COUNT_COUNT])
{
	for (int i = 0; i < COUNT_COUNT; i++) {
		uint64_t n = now[i] > COUNT_MOST ? COUNT_MOST : now[i];

		if (i != COUNT_OPEN && n < last[i])
			continue;
		atomic_fetch_add(&m->wire[by][i], n - last[i]); /* wraps back where it falls */
		last[i] = n;
	}
}
