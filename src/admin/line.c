/* From argv to a command with its flags. */
#include "admin/admin_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* While a line is read. */
struct reading {
	struct admin *a;
	int argc;
	char *const *argv;
	int i;
	const char *noun, *verb;
	bool words_only;              /* after "--" */
	struct gate_settings scratch; /* setting flags are tried here first */
};

int admin_usage(struct admin *a, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fputs("gatehouse: ", a->complaints);
	vfprintf(a->complaints, fmt, args);
	va_end(args);
	if (a->command && a->command->verb)
		fprintf(a->complaints, "\n  gatehouse help %s %s\n", a->command->noun,
		        a->command->verb);
	else
		fprintf(a->complaints, "\n  gatehouse help%s%s\n", a->command ? " " : "",
		        a->command ? a->command->noun : "");
	return ADMIN_USAGE;
}

const char *admin_flag(const struct admin *a, const char *name)
{
	const struct admin_flag *f = a->command->flags;
	for (size_t i = 0; f && f[i].name; i++)
		if (!strcmp(f[i].name, name))
			return a->values[i];
	return NULL;
}

/* -- the words of nouns, verbs and flags, one after another -- */

struct words {
	const char *noun; /* verbs of this noun; NULL: nouns */
	const struct admin_flag *flags;
	const struct admin_command *next;
	const struct setting *setting;
	size_t at;
};

static const char *next_noun(void *arg)
{
	struct words *w = arg;
	const struct admin_command *c = w->next;
	if (!c->noun)
		return NULL;
	w->next = c + 1;
	return c->noun;
}

static const char *next_verb(void *arg)
{
	struct words *w = arg;
	for (; w->next->noun; w->next++)
		if (w->next->verb && !strcmp(w->next->noun, w->noun))
			return (w->next++)->verb;
	return NULL;
}

static const char *next_flag(void *arg)
{
	static const char *const common[] = {"help", "json", "quiet", "config", "version"};
	struct words *w = arg;
	if (w->flags && w->flags->name)
		return (w->flags++)->name;
	if (w->at < sizeof(common) / sizeof(common[0]))
		return common[w->at++];
	return w->setting->key ? (w->setting++)->key : NULL;
}

static int unknown_flag(struct reading *r, const char *typed)
{
	char name[64];
	struct words w = {.flags = r->a->command ? r->a->command->flags : NULL,
	                  .setting = gate_settings_table};

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(typed + 2, "="), typed + 2);
	const char *near = typed[1] == '-' ? admin_nearest(name, next_flag, &w) : NULL;
	if (near)
		return admin_usage(r->a, "there is no flag --%s here; did you mean --%s?", name,
		                   near);
	return admin_usage(r->a, "there is no flag %.60s here", typed);
}

static int unknown_noun(struct reading *r)
{
	struct words w = {.next = admin_commands};
	const char *near = admin_nearest(r->noun, next_noun, &w);
	if (near)
		return admin_usage(r->a, "there is no command \"%.60s\"; did you mean \"%s\"?",
		                   r->noun, near);
	return admin_usage(r->a, "there is no command \"%.60s\"", r->noun);
}

static int unknown_verb(struct reading *r)
{
	struct words w = {.noun = r->noun, .next = admin_commands};
	const char *near = admin_nearest(r->verb, next_verb, &w);
	if (near)
		return admin_usage(r->a,
		                   "there is no command \"%s %.60s\"; did you mean \"%s %s\"?",
		                   r->noun, r->verb, r->noun, near);
	return admin_usage(r->a, "there is no command \"%s %.60s\"", r->noun, r->verb);
}

/* -- flags -- */

/* "--name" or "--name=VALUE". */
static bool is_flag(const char *arg, const char *name)
{
	size_t len = strlen(name);
	return !strncmp(arg, "--", 2) && !strncmp(arg + 2, name, len) &&
	       (!arg[2 + len] || arg[2 + len] == '=');
}

/* "-f" for "--follow". */
static bool is_short(const char *arg, const struct admin_flag *f)
{
	return f->kind == FLAG_LETTER && arg[1] == f->name[0] && !arg[2];
}

/* The value behind "=" or in the next word; NULL after a complaint. */
static const char *take_value(struct reading *r, const char *name)
{
	const char *arg = r->argv[r->i++], *equals = strchr(arg, '=');
	if (equals)
		return equals + 1;
	if (r->i < r->argc && strncmp(r->argv[r->i], "--", 2) != 0)
		return r->argv[r->i++];
	admin_usage(r->a, "--%s needs a value", name);
	return NULL;
}

static int take_command_flag(struct reading *r, size_t n)
{
	struct admin *a = r->a;
	const struct admin_flag *f = &a->command->flags[n];
	const char *old = a->values[n], *value = "";

	if (f->kind >= FLAG_SWITCH && strchr(r->argv[r->i], '='))
		return admin_usage(a, "--%s takes no value", f->name);
	if (f->kind >= FLAG_SWITCH)
		r->i++;
	else if (!(value = take_value(r, f->name)))
		return ADMIN_USAGE;
	if (old && f->kind == FLAG_TEXT)
		return admin_usage(a, "--%s is given twice", f->name);
	if (old && f->kind == FLAG_LIST)
		value = arena_printf(&a->arena, "%s,%s", old, value);
	if (!value)
		return admin_usage(a, "--%s is too long", f->name);
	a->values[n] = value;
	return 0;
}

static int take_setting(struct reading *r)
{
	struct admin_source *s = &r->a->source;
	struct err err = {0};
	int at = r->i;

	int rc = settings_flag(gate_settings_table, &r->scratch, r->argc, r->argv, &r->i, &err);
	if (rc < 0)
		return admin_usage(r->a, "%s", err.text);
	if (!rc)
		return unknown_flag(r, r->argv[at]);
	if (s->count == ADMIN_SETTINGS)
		return admin_usage(r->a, "there are too many flags");
	s->flags[s->count++] = at;
	return 0;
}

static int take_switch(struct reading *r, bool *on)
{
	*on = true;
	r->i++;
	return 0;
}

static int take_flag(struct reading *r)
{
	struct admin *a = r->a;
	const char *arg = r->argv[r->i];
	const struct admin_flag *f = a->command ? a->command->flags : NULL;

	for (size_t n = 0; f && f[n].name; n++)
		if (is_flag(arg, f[n].name) || is_short(arg, &f[n]))
			return take_command_flag(r, n);
	if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
		return take_switch(r, &a->help);
	if (!strcmp(arg, "--version"))
		return take_switch(r, &a->version);
	if (!strcmp(arg, "--json"))
		return take_switch(r, &a->json);
	if (!strcmp(arg, "--quiet") || !strcmp(arg, "-q"))
		return take_switch(r, &a->quiet);
	if (is_flag(arg, "config")) {
		a->source.config = take_value(r, "config");
		return a->source.config ? 0 : ADMIN_USAGE;
	}
	return arg[1] == '-' ? take_setting(r) : unknown_flag(r, arg);
}

/* -- words -- */

static int take_word(struct reading *r)
{
	struct admin *a = r->a;
	const char *word = r->argv[r->i++];

	if (!r->noun) {
		r->noun = word;
		if (!admin_has_noun(word))
			return unknown_noun(r);
		a->command = admin_find(word, NULL);
		return 0;
	}
	if (!a->command) {
		r->verb = word;
		a->command = admin_find(r->noun, word);
		return a->command ? 0 : unknown_verb(r);
	}
	if (a->nargs == ADMIN_ARGS || a->nargs == a->command->most)
		return admin_usage(a, "\"%.100s\" is one word too many", word);
	a->args[a->nargs++] = word;
	return 0;
}

/* -- the whole -- */

static int line_complete(struct reading *r)
{
	struct admin *a = r->a;
	const struct admin_command *c = a->command;
	const struct admin_flag *f = c->flags;

	if (a->nargs < c->least)
		return admin_usage(a, "%s%s%s wants: %s", c->noun, c->verb ? " " : "",
		                   c->verb ? c->verb : "", c->args);
	for (size_t n = 0; f && f[n].name; n++)
		if (f[n].needed && !a->values[n])
			return admin_usage(a, "%s%s%s needs --%s %s (%s)", c->noun,
			                   c->verb ? " " : "", c->verb ? c->verb : "", f[n].name,
			                   f[n].value, f[n].help);
	if (a->json && !(c->traits & ADMIN_JSON))
		return admin_usage(a, "--json says nothing here");
	if (a->quiet && !(c->traits & ADMIN_QUIET))
		return admin_usage(a, "--quiet says nothing here");
	if (a->json && a->quiet)
		return admin_usage(a, "--json and --quiet exclude each other");
	return 0;
}

static int line_read(struct reading *r)
{
	int rc = 0;

	while (!rc && r->i < r->argc) {
		const char *arg = r->argv[r->i];
		if (!r->words_only && !strcmp(arg, "--")) {
			r->words_only = true;
			r->i++;
		} else if (!r->words_only && arg[0] == '-' && arg[1]) {
			rc = take_flag(r);
		} else {
			rc = take_word(r);
		}
	}
	return rc;
}

int admin_line(struct admin *a, int argc, char *const *argv)
{
	struct reading *r = arena_alloc(&a->arena, sizeof(*r));

	if (!r)
		return admin_usage(a, "out of memory");
	r->a = a;
	r->argc = argc;
	r->argv = argv;
	r->i = 1;
	a->source.argc = argc;
	a->source.argv = argv;
	int rc = line_read(r);
	if (rc || a->help || a->version) {
		/* `gatehouse token --help`: the noun is all there is to go by */
		if (!rc && a->help && !a->command && r->noun)
			a->args[a->nargs++] = r->noun;
		return rc;
	}
	if (!r->noun)
		return admin_usage(a, "what shall it do?");
	if (!a->command)
		return admin_usage(a, "\"%s\" wants one word more: see gatehouse help %s", r->noun,
		                   r->noun);
	return line_complete(r);
}

int admin_number(struct admin *a, const char *flag, size_t otherwise, size_t least, size_t *out)
{
	const char *text = admin_flag(a, flag);
	size_t digits = text ? strspn(text, "0123456789") : 0;

	*out = otherwise;
	if (!text)
		return 0;
	if (!digits || digits > 5 || text[digits] || strtoul(text, NULL, 10) < least)
		return admin_usage(a, "--%s wants a number from %zu to 99999", flag, least);
	*out = strtoul(text, NULL, 10);
	return 0;
}
