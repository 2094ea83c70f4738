#include "admin/effect.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define NAMES_SHOWN 8
#define SENTENCE 2000

int effect_begin(struct effect *e, struct admin *a)
{
	*e = (struct effect){.a = a, .lines = json_array()};
	return e->lines ? 0 : err_set(&a->err, ERR_MEMORY, "out of memory");
}

void effect_end(struct effect *e)
{
	json_decref(e->lines);
	e->lines = NULL;
}

void effect_say(struct effect *e, const char *fmt, ...)
{
	char text[SENTENCE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (json_array_append_new(e->lines, json_string_nocheck(admin_safe(e->a, text))))
		e->failed = true;
}

const char *effect_names(struct effect *e, const struct gate_effect *of,
                         bool (*pick)(const struct gate_reached *), size_t *count)
{
	const char *text = NULL;

	*count = 0;
	for (size_t i = 0; i < of->count; i++) {
		if (!pick(&of->all[i]))
			continue;
		if (++*count > NAMES_SHOWN)
			continue;
		text = arena_printf(&e->a->arena, "%s%s%s", text ? text : "", text ? ", " : "",
		                    of->all[i].name);
	}
	if (*count > NAMES_SHOWN && text)
		text = arena_printf(&e->a->arena, "%s and %zu more", text, *count - NAMES_SHOWN);
	return text ? text : *count ? "(out of memory)" : NULL;
}

/* -- the question -- */

static void show(struct effect *e, FILE *out)
{
	for (size_t i = 0; i < json_array_size(e->lines); i++)
		fprintf(out, "%s%s\n", i ? "  " : "",
		        json_string_value(json_array_get(e->lines, i)));
}

static int dry_run(struct effect *e)
{
	struct admin *a = e->a;

	if (a->json)
		return admin_json(a, json_pack("{s:b, s:O}", "dry_run", 1, "effect", e->lines));
	if (!json_array_size(e->lines))
		admin_print(a, "Nobody will notice.\n");
	show(e, a->out);
	return 0;
}

/* 1: yes, 0: no. */
static int ask(struct admin *a, const char *question)
{
	char line[16];

	fprintf(a->complaints, "%s [yes/no] ", question);
	fflush(a->complaints);
	if (!fgets(line, sizeof(line), stdin))
		return 0;
	line[strcspn(line, "\r\n")] = 0;
	return !strcasecmp(line, "yes") || !strcasecmp(line, "y");
}

int effect_consent(struct effect *e, const char *question, bool *go)
{
	struct admin *a = e->a;
	bool yes = admin_flag(a, "yes");

	*go = false;
	if (e->failed)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	if (admin_flag(a, "dry-run"))
		return dry_run(e);
	if (!(yes && (a->quiet || a->json)))
		show(e, a->complaints);
	if (!yes && json_array_size(e->lines)) {
		if (!isatty(STDIN_FILENO))
			return admin_usage(a, "nothing was changed: nobody is here to confirm it "
			                      "(--yes does it, --dry-run only shows this)");
		if (!ask(a, question))
			return err_set(&a->err, ERR_DENIED, "nothing was changed");
	}
	*go = true;
	return 0;
}
