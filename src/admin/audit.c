/* What happened, as a list: in columns, bare, or as JSON lines; and as it goes on. */
#include "admin/admin_int.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 50             /* where nobody says how many */
#define FOLLOWED 10          /* before what is followed */
#define FOLLOW_MS 500        /* between looks at the ledger */
#define BLOCK 100            /* rows whose columns are fitted together */
#define BLOCK_ROOM (1 << 20) /* bytes of their texts */

/* A walk that is being shown. */
struct showing {
	struct admin *a;
	struct admin_table table;
	struct arena kept;  /* the run's own; meanwhile there is one for a block */
	size_t rows, block; /* in all, and in the block */
	char last[STORE_REFERENCE];
};

static void showing_begin(struct showing *s, struct admin *a)
{
	static const char *const head[8] = {"WHEN", "REFERENCE", "WHO", "WHAT", "ON", "FROM"};

	memset(s, 0, sizeof(*s));
	s->a = a;
	s->kept = a->arena;
	arena_init(&a->arena, BLOCK_ROOM);
	if (!a->json && !a->quiet)
		admin_table_begin(&s->table, a, head);
}

/* Shows what is in the block. */
static void block_end(struct showing *s)
{
	if (!s->block)
		return; /* the head waits for a row */
	if (s->table.a)
		admin_table_print(&s->table);
	arena_reset(&s->a->arena);
	s->block = 0;
}

static void showing_end(struct showing *s)
{
	block_end(s);
	free(s->table.cells);
	arena_reset(&s->a->arena);
	s->a->arena = s->kept;
}

static void row_cells(struct admin_table *t, const struct store_audit *r)
{
	char count[32] = "";

	if (r->count > 1)
		snprintf(count, sizeof(count), " (%lld times)", (long long)r->count);
	const char *what = arena_printf(&t->a->arena, "%s%s%s%s", r->operation,
	                                *r->operation ? ": " : "", r->reason, count);
	admin_table_add(t, admin_time(t->a, r->last));
	admin_table_add(t, r->reference);
	admin_table_add(t, *r->actor ? r->actor : "(unknown)");
	admin_table_add(t, what ? what : r->reason);
	admin_table_add(t, r->object);
	admin_table_add(t, r->address);
}

static int row_json(struct admin *a, const struct store_audit *r)
{
	json_t *json = gate_audit_json(r);

	if (!json)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	json_dumpf(json, a->out, 0);
	fputc('\n', a->out);
	json_decref(json);
	return 0;
}

/* Ends the walk when nobody can read it any more. */
static int show_row(void *arg, const struct store_audit *r)
{
	struct showing *s = arg;
	struct admin *a = s->a;
	int rc = 0;

	if (a->json)
		rc = row_json(a, r);
	else if (a->quiet)
		admin_print(a, "%s\n", r->reference);
	else
		row_cells(&s->table, r);
	s->rows++;
	snprintf(s->last, sizeof(s->last), "%s", r->reference);
	if (++s->block == BLOCK)
		block_end(s);
	return ferror(a->out) ? 1 : rc;
}

static int show_all(struct showing *s, const struct store_audit_filter *f, bool *left_out)
{
	struct admin *a = s->a;
	int rc = gate_history_walk(&a->gate, f, show_row, s, left_out, &a->err);

	return rc < 0 ? rc : 0;
}

/* -- following -- */

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void catch_interrupts(void)
{
	struct sigaction action = {.sa_handler = interrupt}; /* calls are to be broken off */

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* False when it is time to end: nobody reads any more, or somebody says so. */
static bool wait_a_while(FILE *out)
{
	struct pollfd reader = {.fd = fileno(out)};

	return poll(&reader, 1, FOLLOW_MS) <= 0 && !interrupted;
}

struct following {
	struct showing *showing;
	const struct store_audit_filter *filter;
};

static int follow_row(void *arg, const struct store_audit *row)
{
	struct following *f = arg;

	return store_audit_matches(f->filter, row) ? show_row(f->showing, row) : 0;
}

static int follow_on(struct showing *s, struct gate_follow *follow,
                     const struct store_audit_filter *filter)
{
	struct admin *a = s->a;
	struct following f = {s, filter};
	bool more = false;
	int rc = 0;

	do {
		rc = gate_follow_next(follow, clock_now(), follow_row, &f, &more, &a->err);
		rc = rc == ERR_BUSY ? 0 : rc;
		block_end(s);
		if (fflush(a->out) && interrupted)
			clearerr(a->out); /* what was broken off is no fault */
	} while (!rc && !interrupted && !ferror(a->out) && (more || wait_a_while(a->out)));
	return rc < 0 ? rc : 0;
}

/* From the first moment on nothing is left out, and nothing comes twice. */
static int show_and_follow(struct showing *s, struct store_audit_filter *f)
{
	struct admin *a = s->a;
	struct gate_follow *follow;
	int rc = gate_follow_open(&follow, &a->settings, -1, &a->err);

	if (rc)
		return rc;
	catch_interrupts();
	f->last_id = gate_follow_place(follow);
	if (f->most && f->last_id)
		rc = show_all(s, f, NULL);
	f->last_id = 0;
	if (!rc)
		rc = follow_on(s, follow, f);
	gate_follow_close(follow);
	return rc;
}

/* -- the command -- */

/* How many, where nobody says. */
static size_t usual(const struct admin *a)
{
	if (admin_flag(a, "follow"))
		return FOLLOWED;
	return a->json ? 0 : SHOWN;
}

int admin_audit(struct admin *a)
{
	struct store_audit_filter f = {0};
	bool follow = admin_flag(a, "follow"), left_out = false;
	struct showing s;

	int rc = admin_number(a, "limit", usual(a), !follow, &f.most);
	if (!rc)
		rc = admin_audit_filter(a, &f);
	if (!rc && follow && f.until)
		rc = admin_usage(a, "--until is for what was; --follow goes on");
	if (rc)
		return rc;
	showing_begin(&s, a);
	rc = follow ? show_and_follow(&s, &f) : show_all(&s, &f, &left_out);
	showing_end(&s);
	if (!rc && !follow && !s.rows && !a->json && !a->quiet)
		admin_print(a, "Nothing of that kind is in the audit.\n");
	if (!rc && left_out && !a->quiet && f.behind_id)
		fprintf(a->complaints, "there are more: --after %s\n", s.last);
	else if (!rc && left_out && !a->quiet && !admin_flag(a, "limit"))
		fprintf(a->complaints, "the newest %d; --limit or --until shows older ones\n",
		        SHOWN);
	return rc;
}
