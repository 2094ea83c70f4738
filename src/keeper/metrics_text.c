/* The numbers in Prometheus' text format. One function per group; a family's
 * HELP and TYPE stand once, before its samples. */
#include "keeper/metrics.h"

#include "base/version.h"

#include <inttypes.h>
#include <stdio.h>

static void family(struct buf *b, const char *name, const char *type, const char *help)
{
	(void)buf_addf(b, "# HELP gatehouse_%s %s\n# TYPE gatehouse_%s %s\n", name, help, name,
	               type);
}

/* "Exposition formats": \, " and the line feed are escaped in a label's value. */
static void label_value(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			(void)buf_add_char(b, '\\');
		if (*text == '\n')
			(void)buf_add_str(b, "\\n");
		else
			(void)buf_add_char(b, *text);
	}
}

struct label {
	const char *name, *value;
};

/* Labels end with the first that has no name. */
static void sample(struct buf *b, const char *name, const struct label labels[2], uint64_t value)
{
	(void)buf_addf(b, "gatehouse_%s", name);
	for (int i = 0; labels && i < 2 && labels[i].name; i++) {
		(void)buf_addf(b, "%s%s=\"", i ? "," : "{", labels[i].name);
		label_value(b, labels[i].value);
		(void)buf_add_char(b, '"');
	}
	(void)buf_addf(b, "%s %" PRIu64 "\n", labels && labels[0].name ? "}" : "", value);
}

static void alone(struct buf *b, const char *name, const char *type, const char *help,
                  uint64_t value)
{
	family(b, name, type, help);
	sample(b, name, NULL, value);
}

/* -- decisions and requests -- */

static void decisions(struct buf *b, const struct gate_queue_numbers *q)
{
	static const char *const operations[] = {
	        [OPERATION_READ] = "read", [OPERATION_WRITE] = "write"};

	family(b, "decisions_total", "counter",
	       "Decisions by reason (the names of gatehouse help and of the audit) and operation.");
	for (int o = 0; o < GATE_OPERATIONS; o++) {
		for (int r = 0; r < REASON_COUNT; r++) {
			const struct label labels[2] = {
			        {"reason", policy_reason_name((enum reason)r)},
			        {"operation", operations[o]}};
			/* the common one is there from the start, for rates */
			if (q->decided[r][o] || r == REASON_ALLOWED)
				sample(b, "decisions_total", labels, q->decided[r][o]);
		}
	}
}

static void requests(struct buf *b, const struct metrics *m)
{
	char status[12];

	family(b, "requests_total", "counter",
	       "Requests over HTTP the keeper answered, by what they were about and by HTTP "
	       "status. A "
	       "refused push or fetch is told inside Git's protocol, with 200: see "
	       "gatehouse_decisions_total.");
	for (int t = 0; t < TOPIC_COUNT; t++) {
		for (int s = 0; s < METRICS_STATUSES; s++) {
			uint64_t n = atomic_load(&m->requests[t][s]);
			const struct label labels[2] = {{"kind", smart_topic_name(t)},
			                                {"status", status}};

			snprintf(status, sizeof(status), "%d", metrics_statuses[s]);
			if (!metrics_statuses[s])
				snprintf(status, sizeof(status), "other");
			if (n)
				sample(b, "requests_total", labels, n);
		}
	}
}

/* -- sessions over SSH -- */

static void sessions(struct buf *b, const struct metrics *m)
{
	static const char *const kinds[SESSION_KINDS] = {
	        [SESSION_FETCH] = "fetch", [SESSION_PUSH] = "push", [SESSION_WORDS] = "words"};
	static const char *const verdicts[2] = {"rejected", "accepted"};

	family(b, "sessions_total", "counter",
	       "Sessions over SSH, by what they led to: a git process for a fetch (or an archive) "
	       "or "
	       "a push, or words alone (a refusal, a welcome). openssh: those of the system's "
	       "sshd.");
	for (int t = TRANSPORT_SSH; t < TRANSPORTS; t++) {
		for (int s = 0; s < SESSION_KINDS; s++) {
			const struct label labels[2] = {
			        {"transport", metrics_transport_name((enum metrics_transport)t)},
			        {"kind", kinds[s]}};
			sample(b, "sessions_total", labels, atomic_load(&m->sessions[t][s]));
		}
	}
	family(b, "keys_total", "counter",
	       "Questions about a key over SSH, one when it is offered and one when it is proved, "
	       "by "
	       "the answer. Those of the system's sshd are not counted.");
	for (int v = 0; v < 2; v++)
		sample(b, "keys_total", (const struct label[2]){{"verdict", verdicts[v]}},
		       atomic_load(&m->keys[v]));
}

/* -- the network -- */

static void network(struct buf *b, const struct metrics *m)
{
	static const struct {
		enum question_count count;
		const char *name, *type, *help;
	} rows[] = {
	        {COUNT_OPEN, "connections_open", "gauge", "Open connections."},
	        {COUNT_ACCEPTED, "connections_accepted_total", "counter",
	         "Connections accepted since the start."},
	        {COUNT_TURNED_AWAY, "connections_turned_away_total", "counter",
	         "Connections closed at once: too many from one address, or in all."},
	        {COUNT_BYTES_IN, "received_bytes_total", "counter",
	         "Bytes of request bodies, as they came, and of sessions."},
	        {COUNT_BYTES_OUT, "sent_bytes_total", "counter",
	         "Bytes of answers' bodies and of sessions."},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		family(b, rows[i].name, rows[i].type, rows[i].help);
		for (int t = TRANSPORT_HTTP; t <= TRANSPORT_SSH; t++)
			sample(b, rows[i].name,
			       (const struct label[2]){
			               {"transport",
			                metrics_transport_name((enum metrics_transport)t)}},
			       atomic_load(&m->wire[t][rows[i].count]));
	}
	alone(b, "requests_refused_at_the_wire_total", "counter",
	      "Requests over HTTP that were malformed or too large and never reached the keeper.",
	      atomic_load(&m->wire[TRANSPORT_HTTP][COUNT_REFUSED]));
	alone(b, "wire_restarts_total", "counter",
	      "How often the process at the network died and was started again.",
	      atomic_load(&m->wire_restarts));
}

/* -- children -- */

static uint64_t ended(const struct metrics *m, int service)
{
	uint64_t n = 0;

	for (int how = 0; how < CHILD_ENDS; how++)
		n += atomic_load(&m->children_ended[service][how]);
	return n;
}

static void children_ended(struct buf *b, const struct metrics *m)
{
	static const char *const causes[] = {[CHILD_DONE] = "done",
	                                     [CHILD_FAILED] = "failed",
	                                     [CHILD_SIGNALLED] = "signal",
	                                     [CHILD_LEFT] = "client-gone",
	                                     [CHILD_LATE] = "time"};

	family(b, "children_ended_total", "counter",
	       "Git processes that have ended: done, failed (a status of its own), signal (a "
	       "crash), "
	       "client-gone, time (longer than transfer-time).");
	for (int s = GIT_UPLOAD_PACK; s <= GIT_UPLOAD_ARCHIVE; s++) {
		for (int how = 0; how < CHILD_ENDS; how++) {
			const struct label labels[2] = {{"service", git_service_name(s)},
			                                {"cause", causes[how]}};
			sample(b, "children_ended_total", labels,
			       atomic_load(&m->children_ended[s][how]));
		}
	}
}

static void children(struct buf *b, const struct metrics *m)
{
	family(b, "children_started_total", "counter", "Git processes started for requests.");
	for (int s = GIT_UPLOAD_PACK; s <= GIT_UPLOAD_ARCHIVE; s++)
		sample(b, "children_started_total",
		       (const struct label[2]){{"service", git_service_name(s)}},
		       atomic_load(&m->children_started[s]));
	family(b, "children_running", "gauge", "Git processes that run for requests now.");
	for (int s = GIT_UPLOAD_PACK; s <= GIT_UPLOAD_ARCHIVE; s++) {
		uint64_t over = ended(m, s), begun = atomic_load(&m->children_started[s]);
		sample(b, "children_running",
		       (const struct label[2]){{"service", git_service_name(s)}},
		       begun > over ? begun - over : 0);
	}
	children_ended(b, m);
	alone(b, "children_unstarted_total", "counter", "Git processes that could not be started.",
	      atomic_load(&m->children_unstarted));
	alone(b, "children_queued", "gauge", "Requests that wait for a free git process.",
	      (uint64_t)atomic_load(&m->children_queued));
	alone(b, "children_queue_expired_total", "counter",
	      "Requests that waited longer than queue-time and were sent away.",
	      atomic_load(&m->queue_expired));
}

static void pushes(struct buf *b, const struct metrics *m)
{
	uint64_t sum = 0;
	uint64_t ms = atomic_load(&m->push_ms);

	family(b, "push_duration_seconds", "histogram",
	       "From the start of a push's git process to the end of its report.");
	for (int i = 0; i < METRICS_BUCKETS - 1; i++) {
		char bound[32];
		sum += atomic_load(&m->push_buckets[i]);
		snprintf(bound, sizeof(bound), "%g", (double)metrics_bounds_ms[i] / 1000);
		sample(b, "push_duration_seconds_bucket", (const struct label[2]){{"le", bound}},
		       sum);
	}
	sum += atomic_load(&m->push_buckets[METRICS_BUCKETS - 1]);
	sample(b, "push_duration_seconds_bucket", (const struct label[2]){{"le", "+Inf"}}, sum);
	(void)buf_addf(b, "gatehouse_push_duration_seconds_sum %" PRIu64 ".%03u\n", ms / 1000,
	               (unsigned)(ms % 1000));
	sample(b, "push_duration_seconds_count", NULL, sum);
}

/* -- the house -- */

static void decision_log(struct buf *b, const struct metrics *m)
{
	alone(b, "decision_log_rows_total", "counter", "Rows that went to the decision log.",
	      atomic_load(&m->decision_log_rows));
	alone(b, "decision_log_failures_total", "counter",
	      "Writes to the decision log that failed; their rows are tried again.",
	      atomic_load(&m->decision_log_failures));
	alone(b, "decision_log_missed_total", "counter",
	      "Rows that the audit forgot before the decision log could take them.",
	      atomic_load(&m->decision_log_missed));
	alone(b, "decision_log_failing", "gauge", "1 while the decision log can't be written.",
	      atomic_load(&m->decision_log_failing));
}

static void ledger(struct buf *b, const struct metrics *m, const struct metrics_moment *t)
{
	alone(b, "audit_queue_entries", "gauge", "Entries that wait for the ledger's writer.",
	      t->queue.waiting);
	alone(b, "audit_written_total", "counter", "Entries that the ledger's writer has written.",
	      t->queue.written);
	alone(b, "audit_lost_total", "counter", "Entries that could not be written.",
	      atomic_load(&m->audit_lost));
	alone(b, "ledger_bytes", "gauge", "Size of the ledger with its write-ahead log.",
	      t->ledger_bytes);
	alone(b, "disk_free_bytes", "gauge", "What is free where the data folder lies.",
	      t->disk_free);
	alone(b, "disk_size_bytes", "gauge", "Size of the file system of the data folder.",
	      t->disk_size);
}

static void house(struct buf *b, const struct metrics *m, const struct metrics_moment *t)
{
	const struct label build[2] = {{"version", GATEHOUSE_VERSION}, {"git", t->git_version}};

	family(b, "build_info", "gauge", "Always 1: the versions are in the labels.");
	sample(b, "build_info", build, 1);
	alone(b, "ready", "gauge", "1 when /-/readyz says so.", t->ready);
	alone(b, "start_time_seconds", "gauge", "When the server started, in seconds since 1970.",
	      (uint64_t)t->started);
	alone(b, "uptime_seconds", "gauge", "How long it has run.",
	      (uint64_t)(t->now > t->started ? t->now - t->started : 0));
	alone(b, "reloads_total", "counter", "Reloads of the settings that took effect.",
	      atomic_load(&m->reloads));
	alone(b, "reloads_failed_total", "counter", "Reloads after which the old settings stayed.",
	      atomic_load(&m->reloads_failed));
	alone(b, "workers", "gauge", "Worker threads.", t->workers);
	alone(b, "workers_busy", "gauge", "Worker threads with something to do now.",
	      (uint64_t)atomic_load(&m->workers_busy));
	alone(b, "children_limit", "gauge", "The setting children.",
	      (uint64_t)t->settings->children);
	alone(b, "connections_limit", "gauge", "The setting connection-limit.",
	      (uint64_t)t->settings->connection_limit);
}

void metrics_write(struct buf *b, const struct metrics *m, const struct metrics_moment *t)
{
	house(b, m, t);
	network(b, m);
	requests(b, m);
	sessions(b, m);
	decisions(b, &t->queue);
	children(b, m);
	pushes(b, m);
	ledger(b, m, t);
	decision_log(b, m);
}
