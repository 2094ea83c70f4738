/* What every gate said, as the audit keeps it. */
#include "gate/why.h"

#include <stdio.h>
#include <string.h>

void gate_trace_write(char *out, size_t size, const struct gate_decision *d)
{
	static const char *const results[] = {"skipped", "open", "closed"};
	struct buf line, all;

	buf_init(&line, 400);
	buf_init(&all, size - 1);
	for (int gate = GATE_NONE + 1; gate < GATE_COUNT; gate++) {
		buf_reset(&line);
		(void)policy_explain_gate(&line, gate, &d->facts, &d->verdict);
		(void)buf_addf(&all, "%s\t%s\t%s\n", policy_gate_name(gate),
		               results[d->verdict.trace[gate]], buf_str(&line));
	}
	snprintf(out, size, "%s", buf_str(&all));
	buf_clear(&line);
	buf_clear(&all);
}

static void field(char *out, size_t size, const char **p, char end)
{
	size_t len = strcspn(*p, end == '\t' ? "\t\n" : "\n");

	snprintf(out, size, "%.*s", (int)len, *p);
	*p += len;
	if (**p == end)
		++*p;
}

/* "scope: needs …" in the line of the gate scope: the name is said already. */
static void drop_name(struct gate_trace_line *line)
{
	size_t len = strlen(line->name);

	if (strncmp(line->saw, line->name, len) || strncmp(line->saw + len, ": ", 2))
		return;
	memmove(line->saw, line->saw + len + 2, strlen(line->saw + len + 2) + 1);
}

bool gate_trace_next(const char **trace, struct gate_trace_line *out)
{
	if (!**trace)
		return false;
	field(out->name, sizeof(out->name), trace, '\t');
	field(out->result, sizeof(out->result), trace, '\t');
	field(out->saw, sizeof(out->saw), trace, '\n');
	drop_name(out);
	if (!strcmp(out->result, "skipped") && !strcmp(out->saw, "not asked"))
		out->saw[0] = '\0';
	return true;
}

static bool repository_was_seen(const char *trace)
{
	struct gate_trace_line line;

	while (gate_trace_next(&trace, &line))
		if (!strcmp(line.name, policy_gate_name(GATE_VISIBLE)))
			return !strcmp(line.result, "open");
	return false;
}

/* What the gate saw, said so that a hidden repository and none sound alike;
 * NULL: as it is. */
static const char *hidden_words(const struct gate_trace_line *line)
{
	if (strcmp(line->result, "closed") != 0)
		return NULL;
	for (enum policy_gate gate = GATE_REPOSITORY_LIMIT; gate <= GATE_CREATE; gate++)
		if (!strcmp(line->name, policy_gate_name(gate)))
			return policy_explain_gate_hidden(gate);
	return NULL;
}

void gate_trace_redact(char trace[STORE_GATES])
{
	struct gate_trace_line line;
	const char *p = trace;
	struct buf out;

	if (repository_was_seen(trace))
		return;
	buf_init(&out, STORE_GATES - 1);
	while (gate_trace_next(&p, &line)) {
		const char *words = hidden_words(&line);
		(void)buf_addf(&out, "%s\t%s\t%s\n", line.name, line.result,
		               words ? words : line.saw);
	}
	snprintf(trace, STORE_GATES, "%s", buf_str(&out));
	buf_clear(&out);
}
