/* What happened, as a list: in columns, bare, or as JSON lines. */
#include "admin/admin_int.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 50             /* where nobody says how many */
#define BLOCK 100            /* rows whose columns are fitted together */
#define BLOCK_ROOM (1 << 20) /* bytes of their texts */

/* A walk that is being shown. */
struct showing {
	struct admin *a;
	struct admin_table table;
	struct arena kept;  /* the run's own; meanwhile there is one for a block */
	size_t rows, block; /* in all, and in the block */
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

static void block_end(struct showing *s)
{
	if (s->table.a && s->rows)
		admin_table_print(&s->table);
	arena_reset(&s->a->arena);
	s->block = 0;
}

static void showing_end(struct showing *s)
{
	block_end(s);
	if (s->table.a && !s->rows)
		admin_print(s->a, "Nothing of that kind is in the audit.\n");
	free(s->table.cells);
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
	if (++s->block == BLOCK)
		block_end(s);
	return ferror(a->out) ? 1 : rc;
}

static int show_all(struct admin *a, const struct store_audit_filter *f, bool *left_out)
{
	struct showing s;

	showing_begin(&s, a);
	int rc = gate_history_walk(&a->gate, f, show_row, &s, left_out, &a->err);
	showing_end(&s);
	return rc < 0 ? rc : 0;
}

int admin_audit(struct admin *a)
{
	struct store_audit_filter f = {0};
	bool left_out = false;

	int rc = admin_number(a, "limit", a->json ? 0 : SHOWN, 1, &f.most);
	if (!rc)
		rc = admin_audit_filter(a, &f);
	if (!rc)
		rc = show_all(a, &f, &left_out);
	if (!rc && left_out && !a->quiet && !admin_flag(a, "limit"))
		fprintf(a->complaints, "the newest %d; --limit or --until shows older ones\n",
		        SHOWN);
	return rc;
}
