#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <fts.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/gate.h"

extern char **environ;

int run_setup(void **state)
{
	struct run *r = calloc(1, sizeof(*r));
	if (!r)
		return -1;
	snprintf(r->folder, sizeof(r->folder), "/tmp/gatehouse-admin-XXXXXX");
	if (!mkdtemp(r->folder))
		return -1;
	snprintf(r->data, sizeof(r->data), "%s/data", r->folder);
	*state = r;
	return 0;
}

int run_setup_ann(void **state)
{
	if (run_setup(state))
		return -1;
	run_fine(*state, "user add ann --email ann@example.org --quiet");
	run_fine(*state, "repo create ann/site --quiet");
	return 0;
}

int run_teardown(void **state)
{
	struct run *r = *state;
	char *roots[] = {r->folder, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	for (FTSENT *e = fts_read(tree); e; e = fts_read(tree)) {
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			unlink(e->fts_accpath);
	}
	fts_close(tree);
	free(r);
	return 0;
}

static void slurp(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t got = fread(out, 1, size - 1, f);
	out[got] = 0;
	fclose(f);
}

static int spawn(struct run *r, char **argv)
{
	char out[100], complaints[100];
	posix_spawn_file_actions_t acts;
	int status;
	pid_t pid;

	snprintf(out, sizeof(out), "%s/out", r->folder);
	snprintf(complaints, sizeof(complaints), "%s/complaints", r->folder);
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_addopen(&acts, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&acts, 1, out, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	posix_spawn_file_actions_addopen(&acts, 2, complaints, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert_int_equal(posix_spawn(&pid, argv[0], &acts, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&acts);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	slurp(out, r->out, sizeof(r->out));
	slurp(complaints, r->complaints, sizeof(r->complaints));
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return r->status;
}

static int run_words(struct run *r, const char *line, int with_data)
{
	char copy[1024], flag[] = "--data", *argv[48], *rest = NULL;
	int n = 0;

	argv[n++] = getenv("ADMIN_PROGRAM");
	assert_non_null(argv[0]);
	if (with_data) {
		argv[n++] = flag;
		argv[n++] = r->data;
	}
	assert_true(strlen(line) < sizeof(copy));
	memcpy(copy, line, strlen(line) + 1);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(n < 47);
		if (!strcmp(word, "''"))
			*word = 0;
		for (char *p = word; *p; p++)
			if (*p == '~')
				*p = ' ';
		argv[n++] = word;
	}
	argv[n] = NULL;
	return spawn(r, argv);
}

int run(struct run *r, const char *line)
{
	return run_words(r, line, 1);
}

int run_plain(struct run *r, const char *line)
{
	return run_words(r, line, 0);
}

void run_fine(struct run *r, const char *line)
{
	if (run(r, line))
		fail_msg("%s: status %d: %s", line, r->status, r->complaints);
}

void run_fails(struct run *r, const char *line, int status, const char *word)
{
	run(r, line);
	if (r->status != status)
		fail_msg("%s: status %d, not %d: %s%s", line, r->status, status, r->out,
		         r->complaints);
	if (!strstr(r->complaints, word))
		fail_msg("%s: \"%s\" does not say \"%s\"", line, r->complaints, word);
	assert_string_equal(r->out, "");
}

json_t *run_json(struct run *r, const char *line)
{
	json_error_t fault;
	json_t *json;

	run_fine(r, line);
	json = json_loads(r->out, 0, &fault);
	if (!json)
		fail_msg("%s: no JSON: %s: %s", line, fault.text, r->out);
	return json;
}

const char *json_text(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));
	return text ? text : "";
}

void run_audit_row(struct run *r, const struct store_audit *row)
{
	struct gate_settings *s = calloc(1, sizeof(*s));
	struct gate g;
	struct err err;

	assert_int_equal(settings_defaults(gate_settings_table, s, &err), 0);
	snprintf(s->data, sizeof(s->data), "%s", r->data);
	assert_int_equal(gate_settings_finish(s, &err), 0);
	assert_int_equal(gate_open(&g, s, STORE_WRITE, &err), 0);
	assert_int_equal(store_begin(g.store, &err), 0);
	assert_int_equal(store_audit_add(g.store, row, &err), 0);
	assert_int_equal(store_commit(g.store, &err), 0);
	gate_close(&g);
	free(s);
}
