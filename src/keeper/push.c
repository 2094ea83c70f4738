/* What a push needs beside its child: the hook's question, and the report held
 * back until everything it reports is on disk. */
#include "keeper/keeper_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPORT_LIMIT (8u << 20) /* progress and report waiting for the client */
#define OUTPUT_HELD 262144      /* with more, git is not read meanwhile */
#define BAD_REFS_SHOWN 10
#define BAD_REF_SHOWN 120 /* bytes of each */

/* -- the report -- */

static void pump(struct exchange *x);

/* HEAD follows the first branch pushed; the ledger repeats it for lists. */
struct first_branch {
	const char *id;
	char branch[STORE_REF_NAME];
};

static int note_branch(struct gate *g, void *arg, struct err *err)
{
	struct first_branch *f = arg;
	return gate_repository_follow(g, f->id, f->branch, err);
}

static bool branch_exists(const char *repository, const char *ref)
{
	char path[GIT_PATH + STORE_REF_NAME];

	snprintf(path, sizeof(path), "%s/%s", repository, ref);
	return access(path, F_OK) == 0;
}

/* The pushed branch that HEAD should name: main or master before others. */
static const char *choose_branch(struct exchange *x)
{
	static const char *const liked[] = {"refs/heads/main", "refs/heads/master"};
	const char *ref = x->refs.data, *best = NULL;
	size_t best_rank = 3;

	for (size_t i = 0; i < x->ref_count; i++, ref += strlen(ref) + 1) {
		size_t rank = !strcmp(ref, liked[0]) ? 0 : !strcmp(ref, liked[1]) ? 1 : 2;
		if (!strncmp(ref, "refs/heads/", 11) && strlen(ref) < STORE_REF_NAME &&
		    rank < best_rank && branch_exists(x->answer.plan.path, ref)) {
			best = ref + 11;
			best_rank = rank;
		}
	}
	return best;
}

static void follow_head(struct exchange *x)
{
	const struct store_repository *r = &x->answer.repository;
	struct first_branch f = {.id = r->id};
	struct err err = {0};
	bool born = false;

	if (r->default_branch[0] && branch_exists(x->answer.plan.path, "HEAD") &&
	    !git_head_get(x->answer.plan.path, f.branch, sizeof(f.branch), &born, NULL) && born)
		return;
	if (git_head_get(x->answer.plan.path, f.branch, sizeof(f.branch), &born, &err))
		born = false;
	if (!born) {
		const char *branch = choose_branch(x);
		if (!branch)
			return;
		snprintf(f.branch, sizeof(f.branch), "%s", branch);
	}
	if (gate_queue_run(x->k->queue, note_branch, &f, &err))
		log_error("%s: HEAD could not follow the first push: %s", r->id, err.text);
}

/* The person hears from git that its index-pack ended abnormally; why is only in
 * its standard error. Main thread. */
static bool took_too_long(struct exchange *x)
{
	char words[64];

	exchange_hear_complaint(x);
	snprintf(words, sizeof(words), "died of signal %d", SIGXCPU);
	return strstr(buf_str(&x->complaint), words) != NULL;
}

static const char *words_on_time(struct exchange *x)
{
	char span[CLOCK_TEXT];

	return arena_printf(
	        &x->arena,
	        "Checking this push took git more than %s of processor time, which is\n"
	        "the limit of this server: nothing of it was stored.\n"
	        "Push less at once, or ask the server's operator for more (child-cpu-time).\n",
	        clock_span(x->answer.plan.cpu_limit, span));
}

static void sync_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;
	struct smart_context c;
	struct err err = {0};

	x->synced = git_repository_sync(x->answer.plan.path, x->refs.data, x->ref_count, &err) == 0;
	if (!x->synced) {
		log_error("%s: a push could not be synced: %s", x->answer.plan.path, err.text);
		return;
	}
	if (x->hook_allow && x->ref_count) {
		follow_head(x);
		upkeep_after_push(x->k->upkeep, x->answer.repository.id, &x->answer.plan);
	}
	if (x->report.object[0]) {
		exchange_context(w, x, &c);
		x->extra = smart_object_fault(&c, &x->answer, x->report.object, x->report.defect);
	} else if (x->overtime) {
		x->extra = words_on_time(x);
	}
}

static void sync_done(struct keeper *k, struct job *job)
{
	struct exchange *x = job->owner;

	(void)k;
	x->working = false;
	x->syncing = false;
	if (report_synced(&x->report, x->synced, x->extra))
		exchange_end_child(x, true);
	pump(x);
	exchange_finish(x);
}

static void start_sync(struct exchange *x)
{
	x->overtime = took_too_long(x);
	x->syncing = true;
	x->working = true;
	x->job = (struct job){.run = sync_run, .done = sync_done, .owner = x};
	work_submit(x->k, &x->job);
}

/* Moves what is ready on to wire; closes that end once all is through. */
static void pump(struct exchange *x)
{
	struct buf *out = &x->report.out;

	while (x->relay.fd >= 0 && out->len) {
		ssize_t n = write(x->relay.fd, out->data, out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) { /* nobody reads: Q_GONE is on its way */
			keeper_close_source(x->k, &x->relay);
			break;
		}
		if (n < 0)
			break;
		buf_drop(out, (size_t)n);
	}
	if (x->relay.fd < 0)
		return;
	/* many refs, or much progress, for a client that is slow: git waits for it too */
	if (!x->output_ended)
		keeper_rewatch(x->k, &x->output, out->len < OUTPUT_HELD ? EPOLLIN : 0);
	if (x->output_ended && x->report.state != REPORT_SYNC && !out->len)
		keeper_close_source(x->k, &x->relay);
	else
		keeper_rewatch(x->k, &x->relay, out->len ? EPOLLOUT : 0);
}

static void relay_ready(struct source *s, uint32_t events)
{
	struct exchange *x = s->owner;

	if (events & EPOLLERR) /* nobody reads any more */
		keeper_close_source(x->k, s);
	pump(x);
	exchange_finish(x);
}

static void output_ready(struct source *s, uint32_t events)
{
	struct exchange *x = s->owner;
	char bytes[65536];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		keeper_unwatch(x->k, s);
		x->output_ended = true;
	} else if (report_feed(&x->report, bytes, (size_t)n)) {
		log_warn("a push is ended: its report can't be passed on");
		exchange_end_child(x, true);
	}
	if (x->report.state == REPORT_SYNC && !x->syncing && !x->working)
		start_sync(x);
	pump(x);
	exchange_finish(x);
}

/* -- the hook -- */

static void hook_run(struct worker *w, struct job *job)
{
	struct exchange *x = job->owner;
	struct smart_context c;
	const char *text = NULL;

	exchange_context(w, x, &c);
	if (x->bad_count > BAD_REFS_SHOWN)
		(void)buf_addf(&x->bad_refs, "and %zu more\n", x->bad_count - BAD_REFS_SHOWN);
	const struct smart_refs refs = {x->refs.data, x->ref_count,
	                                x->bad_count ? buf_str(&x->bad_refs) : NULL};
	x->hook_allow = smart_pre_receive(&c, &x->answer, &refs, &text);
	msg_start(&w->reply, A_PRE_RECEIVE, 0);
	msg_add_u64(&w->reply, TAG_ALLOW, x->hook_allow);
	msg_add_str(&w->reply, TAG_TEXT, text ? text : "");
	if (msg_send(x->child.hook, &w->reply, NULL))
		log_warn("a push's hook has gone before its answer");
}

static void hook_done(struct keeper *k, struct job *job)
{
	struct exchange *x = job->owner;

	(void)k;
	x->working = false;
	/* the report may have come while the hook was answered */
	if (x->report.state == REPORT_SYNC && !x->syncing)
		start_sync(x);
	exchange_finish(x);
}

/* For the person: what was pushed to, cut, and what is wrong with that. */
static void add_bad_ref(struct exchange *x, const char *name, size_t len, const char *fault)
{
	if (x->bad_count++ >= BAD_REFS_SHOWN)
		return;
	(void)buf_add_safe(&x->bad_refs, name, len > BAD_REF_SHOWN ? BAD_REF_SHOWN : len);
	(void)buf_addf(&x->bad_refs, "%s: %s\n", len > BAD_REF_SHOWN ? "..." : "", fault);
}

static int add_ref(struct exchange *x, const struct msg_field *f)
{
	const char *line = f->data, *end = line + f->len;
	const char *fault = NULL;

	/* "old new name": the name behind the second blank. A line without is what
	 * stands behind a newline in a name. */
	for (int blanks = 0; !fault && blanks < 2; blanks++) {
		const char *blank = memchr(line, ' ', (size_t)(end - line));

		if (blank)
			line = blank + 1;
		else
			fault = "it stands behind a newline";
	}
	if (!fault)
		fault = git_ref_fault(line, (size_t)(end - line));
	if (fault) {
		add_bad_ref(x, line, (size_t)(end - line), fault);
		return 0;
	}
	x->ref_count++;
	if (buf_add(&x->refs, line, (size_t)(end - line)))
		return ERR_LIMIT;
	return buf_add_char(&x->refs, '\0');
}

static int hear_hook(struct exchange *x, const struct msg *m)
{
	const struct msg_field *f;
	int code = 0;

	if (!question_allowed(ROLE_HOOK, m->type) || x->hook_whole)
		return ERR_INVALID;
	for (unsigned i = 0; !code && (f = msg_find(m, TAG_REF, i)); i++)
		code = add_ref(x, f);
	x->hook_whole = msg_u64(m, TAG_LAST, 0) == 1;
	return code;
}

static void hook_ready(struct source *s, uint32_t events)
{
	struct exchange *x = s->owner;
	struct msg *m = malloc(sizeof(*m));
	struct err err = {0};
	int code = m ? msg_receive(s->fd, m, &err) : ERR_MEMORY;

	(void)events;
	if (!code) {
		code = hear_hook(x, m);
		msg_close_fds(m);
	}
	free(m);
	if (code && code != ERR_BUSY) {
		/* nobody there any more, or nonsense: a push without an answer
		 * is refused by its hook */
		if (code != ERR_CLOSED)
			log_warn("a push's hook is cut off: it names no refs");
		shutdown(s->fd, SHUT_RDWR); /* else it would wait for us */
		keeper_unwatch(x->k, s);
		return;
	}
	if (x->hook_whole && !x->hook_asked && !x->working) {
		x->hook_asked = x->working = true;
		x->job = (struct job){.run = hook_run, .done = hook_done, .owner = x};
		work_submit(x->k, &x->job);
	}
}

/* -- begin and end -- */

int push_begin(struct exchange *x, int relay_fd, struct err *err)
{
	struct keeper *k = x->k;

	x->push = true;
	report_init(&x->report, REPORT_LIMIT);
	if (x->answer.plan.session)
		report_greets(&x->report);
	x->output = (struct source){-1, output_ready, x};
	x->relay = (struct source){-1, relay_ready, x};
	x->hook = (struct source){-1, hook_ready, x};
	fcntl(x->child.out, F_SETFL, O_NONBLOCK);
	fcntl(x->child.hook, F_SETFL, O_NONBLOCK);
	fcntl(relay_fd, F_SETFL, O_NONBLOCK);
	int code = keeper_watch(k, &x->relay, relay_fd, 0, err);
	if (code)
		close(relay_fd);
	if (!code)
		code = keeper_watch(k, &x->output, x->child.out, EPOLLIN, err);
	if (!code)
		code = keeper_watch(k, &x->hook, x->child.hook, EPOLLIN, err);
	return code;
}

bool push_over(const struct exchange *x)
{
	return !x->push || (x->output_ended && x->relay.fd < 0);
}

void push_clear(struct exchange *x)
{
	if (!x->push)
		return;
	keeper_unwatch(x->k, &x->output);
	keeper_close_source(x->k, &x->relay);
	keeper_unwatch(x->k, &x->hook);
	report_clear(&x->report);
	x->push = false;
}
