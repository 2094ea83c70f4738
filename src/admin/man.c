/* Manual pages, made from the tables of commands, settings and reasons.
 *
 * man(7) macros only. Text comes from our own tables, but a leading dot and
 * the signs that troff reads are escaped all the same.
 */
#include "admin/papers.h"

#include "base/version.h"
#include "policy/policy.h"

#include <ctype.h>
#include <string.h>

static const char *skip_blank(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* Text as it stands: "-" is a minus sign that can be pasted. */
static void put(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
	}
}

/* Each sentence begins a line of its own, as troff likes it. */
static void put_sentences(FILE *out, const char *text)
{
	const char *end;

	while ((end = strstr(text, ". "))) {
		char sentence[512];
		size_t len = (size_t)(end - text) + 1;

		snprintf(sentence, sizeof(sentence), "%.*s", (int)len, text);
		put(out, sentence);
		fputc('\n', out);
		text = skip_blank(end + 1);
	}
	put(out, text);
}

static void put_upper(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(toupper((unsigned char)*text), out);
}

static void head(FILE *out, const char *name, int section, const char *what)
{
	fputs(".TH ", out);
	put_upper(out, name);
	fprintf(out, " %d \"\" \"Gatehouse %s\" \"Gatehouse\"\n.SH NAME\n", section,
	        GATEHOUSE_VERSION);
	put(out, name);
	fputs(" \\- ", out);
	put(out, what);
	fputc('\n', out);
}

static void put_name(FILE *out, const struct admin_command *c)
{
	fputs("gatehouse ", out);
	put(out, c->noun);
	if (c->verb) {
		fputc(' ', out);
		put(out, c->verb);
	}
}

/* The command with what it needs, in one line. */
static void put_usage(FILE *out, const struct admin_command *c)
{
	put_name(out, c);
	for (const struct admin_flag *f = c->flags; f && f->name; f++) {
		if (!f->needed)
			continue;
		fputs(" \\-\\-", out);
		put(out, f->name);
		fputc(' ', out);
		put(out, f->value);
	}
	if (*c->args) {
		fputc(' ', out);
		put(out, c->args);
	}
}

static void option(FILE *out, const char *name, const char *value, const char *help, bool needed)
{
	fputs(".TP\n\\fB\\-\\-", out);
	put(out, name);
	fputs("\\fR", out);
	if (value) {
		fputs(" \\fI", out);
		put(out, value);
		fputs("\\fR", out);
	}
	fputc('\n', out);
	put(out, help);
	fputs(needed ? " (needed)\n" : "\n", out);
}

static void options(FILE *out, const struct admin_command *c)
{
	for (const struct admin_flag *f = c->flags; f && f->name; f++)
		option(out, f->name, f->value, f->help, f->needed);
	if (c->traits & ADMIN_JSON)
		option(out, "json", NULL, "print JSON", false);
	if (c->traits & ADMIN_QUIET)
		option(out, "quiet", NULL, "print the bare result alone", false);
}

static void command(FILE *out, const struct admin_command *c)
{
	fputs(".SS \"", out);
	put_usage(out, c);
	fputs("\"\n", out);
	fputc(toupper((unsigned char)*c->help), out);
	put(out, c->help + 1);
	fputs(".\n", out);
	if (c->more) {
		put_sentences(out, c->more);
		fputc('\n', out);
	}
	options(out, c);
}

static void examples(FILE *out, const char *noun)
{
	fputs(".SH EXAMPLES\n.nf\n", out);
	for (const struct admin_example *e = admin_examples; e->noun; e++) {
		if (strcmp(e->noun, noun) != 0)
			continue;
		put(out, e->line);
		fputc('\n', out);
	}
	fputs(".fi\n", out);
}

static void tail(FILE *out, const char *also)
{
	fputs(".SH \"EXIT STATUS\"\n0 when it is done, 1 when it could not be done (one sentence "
	      "on standard error says why), 2 when the command line makes no sense.\n",
	      out);
	fprintf(out, ".SH \"SEE ALSO\"\n%s\n", also);
}

void admin_man_noun(FILE *out, const struct admin_noun *n)
{
	char name[80];

	snprintf(name, sizeof(name), "gatehouse-%s", n->name);
	head(out, name, 1, n->help);
	fputs(".SH SYNOPSIS\n.nf\n", out);
	for (const struct admin_command *c = admin_commands; c->noun; c++) {
		if (strcmp(c->noun, n->name) != 0)
			continue;
		put_usage(out, c);
		fputs(c->flags ? " [\\fIFLAGS\\fR]\n" : "\n", out);
	}
	fputs(".fi\n.SH COMMANDS\n", out);
	for (const struct admin_command *c = admin_commands; c->noun; c++)
		if (!strcmp(c->noun, n->name))
			command(out, c);
	examples(out, n->name);
	tail(out, ".BR gatehouse (1),\n.BR gatehouse.conf (5)");
}

void admin_man_program(FILE *out)
{
	head(out, "gatehouse", 1, "a Git server whose refusals explain themselves");
	fputs(".SH SYNOPSIS\n.B gatehouse\n.RB [ \\-\\-config\n.IR FILE ]\n.RB [ \\-\\-data\n"
	      ".IR DIR ]\n.I COMMAND\n.SH DESCRIPTION\n"
	      "Serves Git repositories over HTTP and HTTPS to people, jobs and bots, each with the "
	      "access it was given, and says at every refusal what was missing and how to mend "
	      "it.\n"
	      "The commands work on the data folder, whether the server runs or not.\n"
	      ".SH COMMANDS\n",
	      out);
	for (const struct admin_noun *n = admin_nouns; n->name; n++) {
		fprintf(out, ".TP\n.BR gatehouse\\-%s (1)\n", n->name);
		put(out, n->help);
		fputc('\n', out);
	}
	fputs(".SH OPTIONS\n", out);
	option(out, "config", "FILE", "the settings; see gatehouse.conf(5)", false);
	option(out, "data", "DIR", "the folder that holds the ledger and the repositories", false);
	option(out, "help", NULL, "print the help of a command", false);
	option(out, "version", NULL, "print the version", false);
	fputs(".SH ENVIRONMENT\n.TP\n.B GATEHOUSE_CONFIG\nnames the file of settings.\n.TP\n"
	      ".BI GATEHOUSE_ KEY\nis a setting, as in\n.BR gatehouse.conf (5),\n"
	      "in capital letters and with _ for \\-.\n",
	      out);
	tail(out, ".BR gatehouse.conf (5),\n.BR git (1)");
}

static void setting(FILE *out, const struct setting *s)
{
	fputs(".TP\n\\fB", out);
	put(out, s->key);
	fputs("\\fR", out);
	if (s->fallback) {
		fputs(" (default ", out);
		put(out, s->fallback);
		fputc(')', out);
	}
	fputc('\n', out);
	put(out, s->help);
	fputs(".\n", out);
}

void admin_man_settings(FILE *out)
{
	head(out, "gatehouse.conf", 5, "the settings of Gatehouse");
	fputs(".SH DESCRIPTION\nA file of lines\n.IB key \" = \" value ,\n"
	      "named by\n.B \\-\\-config\nor the variable\n.BR GATEHOUSE_CONFIG ;\n"
	      "where neither names one, and the data folder is not given either:\n"
	      ".IR " ADMIN_CONFIG ".\n"
	      "A line\n.BI [ name ]\ngroups them and changes nothing; # or ; begin a comment.\n"
	      "Every key may also stand in the environment\n.RI ( GATEHOUSE_KEY )\n"
	      "or as a flag\n.RI ( \\-\\-key\n.IR value ).\n"
	      "Later wins: the defaults, the file, the environment, the flags.\n"
	      "An unknown key is an error that names file and line.\n.PP\n"
	      "Sizes take k, m or g (1024), times s, m, h, d, w or y.\n.SH SETTINGS\n",
	      out);
	for (const struct setting *s = gate_settings_table; s->key; s++)
		setting(out, s);
	fputs(".SH \"SEE ALSO\"\n.BR gatehouse\\-serve (1)\n", out);
}
