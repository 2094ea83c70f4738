/* Lists of any length: a block is read, shown, and forgotten; the next one begins
 * behind its last item. */
#include "admin/admin_int.h"

#include <stdlib.h>
#include <string.h>

#define FULL 1               /* what admin_list_keep ends a walk with */
#define BLOCK 100            /* items whose columns are fitted together */
#define BLOCK_ROOM (1 << 20) /* bytes of their texts */

struct showing {
	struct admin *a;
	const struct admin_pages *pages;
	struct admin_table table;
	struct arena kept; /* the run's own; meanwhile there is one for a block */
	size_t shown, left;
	char after[SETTINGS_TEXT]; /* "": from the start */
	bool more;
};

static int item_json(struct showing *s, const void *item)
{
	struct admin *a = s->a;
	json_t *json = s->pages->shape->json(a, item);
	char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;

	json_decref(json);
	if (!text)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	fputs(s->shown ? ",\n  " : "[\n  ", a->out);
	for (const char *c = text; *c; c++) { /* one level deeper */
		fputc(*c, a->out);
		if (*c == '\n')
			fputs("  ", a->out);
	}
	free(text);
	return 0;
}

static int show_item(struct showing *s, const void *item)
{
	const struct admin_shape *shape = s->pages->shape;
	struct admin *a = s->a;
	int rc = 0;

	if (a->json)
		rc = item_json(s, item);
	else if (a->quiet)
		admin_print(a, "%s\n", shape->bare(a, item));
	else
		shape->cells(&s->table, item);
	s->shown++;
	return rc;
}

static void remember(struct showing *s, const void *item)
{
	const struct admin_pages *p = s->pages;

	snprintf(s->after, sizeof(s->after), "%s",
	         p->place ? p->place(s->a, item) : p->shape->bare(s->a, item));
}

static int show_block(struct showing *s, const struct admin_list *l)
{
	struct admin *a = s->a;
	int rc = 0;

	if (!l->count)
		return 0;
	if (!s->shown && !a->json && !a->quiet)
		admin_table_begin(&s->table, a, s->pages->shape->head);
	for (size_t i = 0; i < l->count && !rc; i++)
		rc = show_item(s, admin_list_at(l, i));
	if (s->table.a)
		admin_table_print(&s->table);
	remember(s, admin_list_at(l, l->count - 1));
	arena_reset(&a->arena);
	return rc;
}

/* Reads one more than is shown, so that it is known whether there are others. */
static int turn(struct showing *s, bool *last)
{
	struct admin_list l = {.size = s->pages->size};
	size_t want = s->left < BLOCK ? s->left : BLOCK;

	l.most = want + 1;
	int rc = s->pages->page(s->a, *s->after ? s->after : NULL, &l);
	*last = rc != FULL;
	if (l.count > want)
		l.count = want;
	if (!rc || rc == FULL)
		rc = show_block(s, &l);
	s->left -= l.count;
	s->more = !*last && !s->left;
	admin_list_free(&l);
	return rc;
}

static void show_end(struct showing *s)
{
	struct admin *a = s->a;

	if (a->json)
		fputs(s->shown ? "\n]\n" : "[]\n", a->out);
	else if (!a->quiet && !s->shown)
		admin_print(a, "%s\n",
		            admin_flag(a, "after") ? "Nothing is behind that one."
		                                   : s->pages->shape->none);
	else if (!a->quiet && s->more)
		fprintf(a->complaints, "there are more: --after %s\n", s->after);
}

int admin_pages_show(struct admin *a, const struct admin_pages *pages)
{
	struct showing s = {.a = a, .pages = pages};
	const char *after = admin_flag(a, "after");
	bool last = false;

	int rc = admin_number(a, "limit", SIZE_MAX, 1, &s.left);
	if (!rc && after && (!*after || strlen(after) >= sizeof(s.after)))
		rc = admin_usage(a, "--after wants something that stands in the list");
	if (rc)
		return rc;
	snprintf(s.after, sizeof(s.after), "%s", after ? after : "");
	s.kept = a->arena;
	arena_init(&a->arena, BLOCK_ROOM);
	while (!rc && !last && s.left && !ferror(a->out))
		rc = turn(&s, &last);
	arena_reset(&a->arena);
	a->arena = s.kept;
	free(s.table.cells);
	if (!rc)
		show_end(&s);
	return rc;
}
