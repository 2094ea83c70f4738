/* Completion for bash, from the tables of commands and settings. */
#include "admin/papers.h"

#include <string.h>

static const char start[] =
        "# bash completion for gatehouse: made by gatehouse-papers; do not edit\n"
        "_gatehouse() {\n"
        "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
        "\tlocal noun= verb= verbs= flags= word skip= switches settings nouns\n"
        "\tCOMPREPLY=()\n";

/* The words before the cursor, without flags and their values. */
static const char middle[] =
        "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
        "\t\tif [ -n \"$skip\" ]; then skip=; continue; fi\n"
        "\t\tcase $word in\n"
        "\t\t--*=*) ;;\n"
        "\t\t--*) case \" $switches \" in *\" ${word#--} \"*) ;; *) skip=yes ;; esac ;;\n"
        "\t\t*) if [ -z \"$noun\" ]; then noun=$word; elif [ -z \"$verb\" ]; then verb=$word; fi "
        ";;\n"
        "\t\tesac\n"
        "\tdone\n"
        "\tcase $prev in\n"
        "\t--config | --tls-certificate | --tls-key | --database)\n"
        "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n"
        "\t--data) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); return ;;\n"
        "\tesac\n"
        "\t[ -z \"$skip\" ] || return\n";

static const char end[] = "\tif [[ $cur == -* ]]; then\n"
                          "\t\tword=\"$flags $settings --config --help\"\n"
                          "\telif [ -z \"$noun\" ]; then\n"
                          "\t\tword=$nouns\n"
                          "\telif [ -z \"$verb\" ]; then\n"
                          "\t\tword=$verbs\n"
                          "\telse\n"
                          "\t\treturn\n"
                          "\tfi\n"
                          "\tmapfile -t COMPREPLY < <(compgen -W \"$word\" -- \"$cur\")\n"
                          "}\n"
                          "complete -F _gatehouse gatehouse\n";

static void flags(FILE *out, const struct admin_command *c)
{
	fprintf(out, "\t%s%s%s) flags='", c->noun, c->verb ? "\\ " : "\\ *",
	        c->verb ? c->verb : "");
	for (const struct admin_flag *f = c->flags; f && f->name; f++)
		fprintf(out, "--%s ", f->name);
	fprintf(out, "%s%s' ;;\n", c->traits & ADMIN_JSON ? "--json " : "",
	        c->traits & ADMIN_QUIET ? "--quiet" : "");
}

static void verbs(FILE *out, const struct admin_noun *n)
{
	fprintf(out, "\t%s) verbs='", n->name);
	for (const struct admin_command *c = admin_commands; c->noun; c++)
		if (!strcmp(c->noun, n->name) && c->verb)
			fprintf(out, "%s ", c->verb);
	fputs("' ;;\n", out);
}

void admin_completion(FILE *out)
{
	fputs(start, out);
	fputs("\tswitches='json quiet help version", out);
	for (const struct admin_command *c = admin_commands; c->noun; c++)
		for (const struct admin_flag *f = c->flags; f && f->name; f++)
			if (f->kind >= FLAG_SWITCH)
				fprintf(out, " %s", f->name);
	fputs("'\n\tnouns='", out);
	for (const struct admin_noun *n = admin_nouns; n->name; n++)
		fprintf(out, "%s ", n->name);
	fputs("'\n\tsettings='", out);
	for (const struct setting *s = gate_settings_table; s->key; s++)
		fprintf(out, "--%s ", s->key);
	fputs("'\n", out);
	fputs(middle, out);
	fputs("\tcase $noun in\n", out);
	for (const struct admin_noun *n = admin_nouns; n->name; n++)
		verbs(out, n);
	fputs("\tesac\n\tcase \"$noun $verb\" in\n", out);
	for (const struct admin_command *c = admin_commands; c->noun; c++)
		flags(out, c);
	fputs("\tesac\n", out);
	fputs(end, out);
}
