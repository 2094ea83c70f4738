/* gatehouse-papers man DIR       manual pages into DIR/man1 and DIR/man5
 * gatehouse-papers refusals      docs/refusals.md, to standard output
 * gatehouse-papers examples      the examples, one a line, in their order
 * gatehouse-papers conf          an example of gatehouse.conf
 * gatehouse-papers completion    completion for bash
 *
 * A program of the build; it is not installed.
 */
#include "admin/papers.h"

#include "policy/policy.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void failed(const char *what)
{
	fprintf(stderr, "gatehouse-papers: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make_folder(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		failed(path);
}

static FILE *page(const char *folder, const char *name, int section)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/man%d/%s.%d", folder, section, name, section);
	FILE *out = fopen(path, "w");
	if (!out)
		failed(path);
	return out;
}

static void done(FILE *out)
{
	if (fclose(out))
		failed("what was written");
}

/* gatehouse-NOUN-VERB(1) is the page of the noun. */
static void link_page(const char *folder, const struct admin_command *c)
{
	char path[PATH_MAX], target[80];

	snprintf(path, sizeof(path), "%s/man1/gatehouse-%s-%s.1", folder, c->noun, c->verb);
	snprintf(target, sizeof(target), "gatehouse-%s.1", c->noun);
	if (unlink(path) && errno != ENOENT)
		failed(path);
	if (symlink(target, path))
		failed(path);
}

static void noun_page(const char *folder, const struct admin_noun *n)
{
	char name[80];

	snprintf(name, sizeof(name), "gatehouse-%s", n->name);
	FILE *out = page(folder, name, 1);
	admin_man_noun(out, n);
	done(out);
}

static void man_pages(const char *folder)
{
	char path[PATH_MAX];

	make_folder(folder);
	for (int section = 1; section <= 5; section += 4) {
		snprintf(path, sizeof(path), "%s/man%d", folder, section);
		make_folder(path);
	}
	FILE *out = page(folder, "gatehouse", 1);
	admin_man_program(out);
	done(out);
	out = page(folder, "gatehouse.conf", 5);
	admin_man_settings(out);
	done(out);
	for (const struct admin_noun *n = admin_nouns; n->name; n++)
		noun_page(folder, n);
	for (const struct admin_command *c = admin_commands; c->noun; c++)
		if (c->verb)
			link_page(folder, c);
}

static void refusals(FILE *out)
{
	fputs("<!-- made from src/policy/reasons.def by `./dev papers`; do not edit -->\n"
	      "# Refusals\n\n"
	      "Every refusal carries its reason in brackets, as `[scope-missing]`, and ends with "
	      "a\nreference that `gatehouse why` expands. `gatehouse help REASON` prints what "
	      "stands\nhere. The gates are asked in this order; the first that closes is named.\n",
	      out);
	for (enum policy_gate gate = GATE_REQUEST; gate < GATE_COUNT; gate++) {
		bool first = true;

		for (enum reason r = 0; r < REASON_COUNT; r++) {
			if (policy_reason_gate(r) != gate)
				continue;
			if (first)
				fprintf(out, "\n## %s\n", policy_gate_name(gate));
			first = false;
			fprintf(out, "\n### %s\n\n%s\n\n%s\n", policy_reason_name(r),
			        policy_reason_means(r), policy_reason_todo(r));
		}
	}
}

static void examples(FILE *out)
{
	for (const struct admin_example *e = admin_examples; e->noun; e++)
		fprintf(out, "%s\n", e->line);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "man"))
		man_pages(argv[2]);
	else if (argc == 2 && !strcmp(argv[1], "refusals"))
		refusals(stdout);
	else if (argc == 2 && !strcmp(argv[1], "examples"))
		examples(stdout);
	else if (argc == 2 && !strcmp(argv[1], "conf"))
		admin_conf(stdout);
	else if (argc == 2 && !strcmp(argv[1], "completion"))
		admin_completion(stdout);
	else {
		fputs("gatehouse-papers man DIR | refusals | examples | conf | completion\n",
		      stderr);
		return 2;
	}
	done(stdout);
	return 0;
}
