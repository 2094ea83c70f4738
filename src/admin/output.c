#include "admin/admin_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *admin_safe(struct admin *a, const char *text)
{
	struct buf safe;
	const char *copy;

	buf_init(&safe, 16384);
	buf_add_safe(&safe, text, strlen(text));
	copy = safe.failed ? NULL : arena_strdup(&a->arena, buf_str(&safe));
	buf_clear(&safe);
	return copy ? copy : "(too long)";
}

void admin_print(struct admin *a, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vfprintf(a->out, fmt, args);
	va_end(args);
}

int admin_json(struct admin *a, json_t *json)
{
	if (!json)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	json_dumpf(json, a->out, JSON_INDENT(2));
	fputc('\n', a->out);
	json_decref(json);
	return 0;
}

json_t *admin_json_object(const struct admin_field *fields, size_t count)
{
	json_t *json = json_object();
	int failed = json == NULL;

	for (size_t i = 0; i < count; i++)
		failed |= json_object_set_new(json, fields[i].key, fields[i].value);
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

json_t *admin_json_text(struct admin *a, const char *text)
{
	(void)a;
	return gate_json_text(text);
}

json_t *admin_json_time(int64_t t)
{
	return gate_json_time(t);
}

const char *admin_time(struct admin *a, int64_t t)
{
	char text[CLOCK_TEXT];
	const char *copy;
	if (t == 0 || t == CLOCK_NEVER)
		return "-";
	copy = arena_strdup(&a->arena, clock_text(t, text));
	return copy ? copy : "-";
}

/* -- tables -- */

void admin_table_begin(struct admin_table *t, struct admin *a, const char *const head[8])
{
	memset(t, 0, sizeof(*t));
	t->a = a;
	for (size_t i = 0; i < 8 && head[i]; i++, t->columns++)
		admin_table_add(t, head[i]);
}

void admin_table_add(struct admin_table *t, const char *cell)
{
	if (t->count == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		void *more = realloc(t->cells, room * sizeof(*t->cells));
		if (!more) {
			t->failed = true;
			return;
		}
		t->cells = more;
		t->room = room;
	}
	t->cells[t->count++] = *cell ? admin_safe(t->a, cell) : "-";
}

/* Characters, not bytes: what follows a first byte of UTF-8 is not counted. */
static size_t shown(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void widths_grow(struct admin_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		size_t *width = &t->widths[i % t->columns], wide = shown(t->cells[i]);
		*width = wide > *width ? wide : *width;
	}
}

void admin_table_print(struct admin_table *t)
{
	FILE *out = t->a->out;

	if (t->failed)
		fputs("(out of memory: the list is cut)\n", out);
	widths_grow(t);
	for (size_t i = 0; i < t->count; i++) {
		size_t column = i % t->columns;
		fputs(t->cells[i], out);
		if (column + 1 == t->columns)
			fputc('\n', out);
		else
			fprintf(out, "%*s", (int)(t->widths[column] - shown(t->cells[i]) + 2), "");
	}
	free(t->cells);
	t->cells = NULL;
	t->count = t->room = 0;
}

/* -- lists -- */

int admin_list_keep(struct admin_list *l, const void *item)
{
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 16;
		void *more = realloc(l->items, room * l->size);
		if (!more)
			return ERR_MEMORY;
		l->items = more;
		l->room = room;
	}
	memcpy(l->items + l->count++ * l->size, item, l->size);
	return l->count == l->most;
}

const void *admin_list_at(const struct admin_list *l, size_t i)
{
	return l->items + i * l->size;
}

void admin_list_free(struct admin_list *l)
{
	free(l->items);
	l->items = NULL;
	l->count = l->room = 0;
}

static int list_json(struct admin *a, const struct admin_list *l, const struct admin_shape *shape)
{
	json_t *json = json_array();
	for (size_t i = 0; i < l->count; i++)
		if (json_array_append_new(json, shape->json(a, admin_list_at(l, i)))) {
			json_decref(json);
			json = NULL;
			break;
		}
	return admin_json(a, json);
}

int admin_list_show(struct admin *a, int rc, struct admin_list *l, const struct admin_shape *shape)
{
	struct admin_table t;

	if (!rc && a->json) {
		rc = list_json(a, l, shape);
	} else if (!rc && a->quiet) {
		for (size_t i = 0; i < l->count; i++)
			admin_print(a, "%s\n", shape->bare(a, admin_list_at(l, i)));
	} else if (!rc && !l->count) {
		admin_print(a, "%s\n", shape->none);
	} else if (!rc) {
		admin_table_begin(&t, a, shape->head);
		for (size_t i = 0; i < l->count; i++)
			shape->cells(&t, admin_list_at(l, i));
		admin_table_print(&t);
	}
	admin_list_free(l);
	return rc;
}
