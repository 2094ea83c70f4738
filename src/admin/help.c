#include "admin/admin_int.h"

#include "base/version.h"
#include "policy/policy.h"

#include <string.h>

bool admin_has_noun(const char *noun)
{
	for (const struct admin_command *c = admin_commands; c->noun; c++)
		if (!strcmp(c->noun, noun))
			return true;
	return false;
}

bool admin_has_verbs(const char *noun)
{
	return admin_has_noun(noun) && !admin_find(noun, NULL);
}

const struct admin_command *admin_find(const char *noun, const char *verb)
{
	for (const struct admin_command *c = admin_commands; c->noun; c++) {
		if (strcmp(c->noun, noun) != 0 || !c->verb != !verb)
			continue;
		if (!verb || !strcmp(c->verb, verb))
			return c;
	}
	return NULL;
}

static void print_name(FILE *out, const struct admin_command *c)
{
	fprintf(out, "%s%s%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "",
	        *c->args ? " " : "", c->args);
}

static int name_width(const struct admin_command *c)
{
	return (int)(strlen(c->noun) + (c->verb ? strlen(c->verb) + 1 : 0) +
	             (*c->args ? strlen(c->args) + 1 : 0));
}

static void print_line(FILE *out, const struct admin_command *c)
{
	int width = name_width(c);
	fputs("  ", out);
	print_name(out, c);
	fprintf(out, "%*s%s\n", width < 34 ? 34 - width : 1, "", c->help);
}

static void print_flag(FILE *out, const struct admin_flag *f)
{
	char left[64];
	snprintf(left, sizeof(left), "--%s%s%s", f->name, f->value ? " " : "",
	         f->value ? f->value : "");
	fprintf(out, "  %-32s  %s%s\n", left, f->help, f->needed ? " (needed)" : "");
}

static void print_examples(FILE *out, const struct admin_command *c)
{
	const char *before = "\n";

	for (const struct admin_example *e = admin_examples; e->noun; e++) {
		if (!admin_example_of(e, c))
			continue;
		fprintf(out, "%s  %s\n", before, e->line);
		before = "";
	}
}

void admin_help_command(FILE *out, const struct admin_command *c)
{
	fputs("gatehouse ", out);
	print_name(out, c);
	for (const struct admin_flag *f = c->flags; f && f->name; f++)
		if (f->needed)
			fprintf(out, " --%s %s", f->name, f->value);
	fprintf(out, "%s\n\n%s.\n", c->flags ? " [FLAGS]" : "", c->help);
	if (c->more)
		fprintf(out, "%s\n", c->more);
	if (c->flags || c->traits & (ADMIN_JSON | ADMIN_QUIET))
		fputc('\n', out);
	for (const struct admin_flag *f = c->flags; f && f->name; f++)
		print_flag(out, f);
	if (c->traits & ADMIN_JSON)
		fprintf(out, "  %-32s  %s\n", "--json", "print JSON");
	if (c->traits & ADMIN_QUIET)
		fprintf(out, "  %-32s  %s\n", "--quiet", "print the bare result alone");
	print_examples(out, c);
}

static int help_settings(FILE *out)
{
	fputs("Settings: in the file that --config FILE or GATEHOUSE_CONFIG names (`key = "
	      "value`; where no\nfile and no data folder is named: " ADMIN_CONFIG "),\n"
	      "in the environment (GATEHOUSE_KEY), or as flags (--key VALUE). Later wins.\n"
	      "A change takes effect at a reload (SIGHUP); where (restart) stands, at a "
	      "restart.\n\n",
	      out);
	for (const struct setting *s = gate_settings_table; s->key; s++) {
		fprintf(out, "  %-30s  %s", s->key, s->help);
		if (s->fallback)
			fprintf(out, " [%s]", s->fallback);
		if (s->takes == SETTING_RESTART)
			fputs(" (restart)", out);
		fputc('\n', out);
	}
	return 0;
}

static int help_refusals(FILE *out)
{
	fputs("Reasons of refusals; gatehouse help REASON tells more.\n\n", out);
	for (enum reason r = REASON_ALLOWED + 1; r < REASON_COUNT; r++)
		fprintf(out, "  %-30s  %s\n", policy_reason_name(r), policy_reason_means(r));
	return 0;
}

static int help_refusal(FILE *out, enum reason r)
{
	fprintf(out, "%s: closed by the gate \"%s\"\n\n%s\n%s\n", policy_reason_name(r),
	        policy_gate_name(policy_reason_gate(r)), policy_reason_means(r),
	        policy_reason_todo(r));
	return 0;
}

static int help_all(FILE *out)
{
	const char *noun = "";

	fputs("gatehouse [--config FILE] [--data DIR] COMMAND\n\n"
	      "A Git server whose refusals explain themselves. Its commands work on the data "
	      "folder,\n"
	      "whether the server runs or not.\n",
	      out);
	for (const struct admin_command *c = admin_commands; c->noun; c++) {
		if (strcmp(noun, c->noun) != 0 &&
		    (c->verb || !strcmp(c->noun, "serve") || !strcmp(c->noun, "why")))
			fputc('\n', out);
		noun = c->noun;
		print_line(out, c);
	}
	fputs("\n  gatehouse help NOUN VERB tells a command's flags; gatehouse help settings the "
	      "settings,\n  gatehouse help refusals the reasons of refusals.\n"
	      "  Exit status: 0 done, 1 it could not be done, 2 the command line makes no sense.\n",
	      out);
	return 0;
}

static int help_noun(struct admin *a, const char *noun)
{
	if (!admin_has_noun(noun))
		return admin_usage(a, "there is no command \"%.60s\"", noun);
	if (!admin_has_verbs(noun)) {
		admin_help_command(a->out, admin_find(noun, NULL));
		return 0;
	}
	for (const struct admin_command *c = admin_commands; c->noun; c++)
		if (!strcmp(c->noun, noun))
			print_line(a->out, c);
	return 0;
}

int admin_help(struct admin *a)
{
	const struct admin_command *c;

	if (!a->nargs)
		return help_all(a->out);
	if (!strcmp(a->args[0], "settings"))
		return help_settings(a->out);
	if (!strcmp(a->args[0], "refusals"))
		return help_refusals(a->out);
	if (policy_reason_by_name(a->args[0]) != REASON_COUNT)
		return help_refusal(a->out, policy_reason_by_name(a->args[0]));
	if (a->nargs == 1)
		return help_noun(a, a->args[0]);
	c = admin_find(a->args[0], a->args[1]);
	if (!c)
		return admin_usage(a, "there is no command \"%.60s %.60s\"", a->args[0],
		                   a->args[1]);
	admin_help_command(a->out, c);
	return 0;
}

int admin_version(struct admin *a)
{
	fprintf(a->out, a->quiet ? "%s\n" : "gatehouse %s\n", GATEHOUSE_VERSION);
	return 0;
}
