#include "admin/admin_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA (64u << 20) /* a long audit, made safe for a terminal */

int admin_settings(const struct admin_source *source, struct gate_settings *out, struct err *err)
{
	static const char *const others[] = {"GATEHOUSE_CONFIG", "GATEHOUSE_PROGRAMS", NULL};

	memset(out, 0, sizeof(*out));
	int rc = settings_defaults(gate_settings_table, out, err);
	if (!rc && source->config)
		rc = settings_file(gate_settings_table, out, source->config, err);
	if (!rc)
		rc = settings_environment(gate_settings_table, out, source->environment, others,
		                          err);
	for (size_t n = 0; n < source->count && !rc; n++) {
		int i = source->flags[n];
		rc = settings_flag(gate_settings_table, out, source->argc, source->argv, &i, err);
		rc = rc < 0 ? rc : 0;
	}
	return rc ? rc : gate_settings_finish(out, err);
}

static int failed(struct admin *a)
{
	fprintf(a->complaints, "gatehouse: %s\n", a->err.text);
	return 1;
}

/* NULL: not set, or empty. */
static const char *variable(char *const *environment, const char *name)
{
	size_t len = strlen(name);

	for (; environment && *environment; environment++)
		if (!strncmp(*environment, name, len) && (*environment)[len] == '=')
			return (*environment)[len + 1] ? *environment + len + 1 : NULL;
	return NULL;
}

static bool data_given(const struct admin_source *s)
{
	static const char flag[] = "--data";

	for (size_t n = 0; n < s->count; n++) {
		const char *word = s->argv[s->flags[n]];
		size_t len = sizeof(flag) - 1;
		if (!strncmp(word, flag, len) && (!word[len] || word[len] == '='))
			return true;
	}
	return variable(s->environment, "GATEHOUSE_DATA");
}

/* Where neither the file nor the data folder is named, it is about the server
 * that `./dev install` set up. */
static const char *config_of(const struct admin_source *s)
{
	const char *named = s->config ? s->config : variable(s->environment, "GATEHOUSE_CONFIG");

	if (named || data_given(s))
		return named;
	return access(ADMIN_CONFIG, F_OK) ? NULL : ADMIN_CONFIG;
}

static int serve_run(struct admin *a, admin_serve serve)
{
	if (!serve) {
		fputs("gatehouse: this program holds no server\n", a->complaints);
		return 1;
	}
	return serve(&a->settings, &a->source);
}

static int command_run(struct admin *a, admin_serve serve)
{
	const unsigned traits = a->command->traits;
	int rc;

	a->source.config = config_of(&a->source);
	if (traits & (ADMIN_READS | ADMIN_WRITES | ADMIN_SERVE) &&
	    admin_settings(&a->source, &a->settings, &a->err))
		return failed(a);
	if (traits & ADMIN_SERVE)
		return serve_run(a, serve);
	if (traits & (ADMIN_READS | ADMIN_WRITES) && admin_open(a))
		return failed(a);
	rc = a->command->run(a);
	gate_close(&a->gate);
	if (rc == ADMIN_USAGE)
		return 2;
	if (rc == ADMIN_NO)
		return 1;
	if (rc == ADMIN_UNASKED) {
		failed(a);
		return 2;
	}
	if (rc)
		return failed(a);
	return 0;
}

/* `--help` wherever it stands. */
static int help_run(struct admin *a)
{
	if (a->command)
		admin_help_command(a->out, a->command);
	else
		admin_help(a);
	return 0;
}

static int run(struct admin *a, int argc, char *const *argv, admin_serve serve)
{
	int rc = admin_line(a, argc, argv);
	if (rc)
		return rc;
	if (a->help)
		rc = help_run(a);
	else if (a->version)
		rc = admin_version(a);
	else
		rc = command_run(a, serve);
	/* What nobody could read was not done: a full disk must not look like success. */
	if ((fflush(a->out) || ferror(a->out)) && !rc) {
		fputs("gatehouse: can't write the output\n", a->complaints);
		rc = 1;
	}
	return rc;
}

int admin_main(int argc, char *const *argv, char *const *environment, admin_serve serve)
{
	struct admin *a = calloc(1, sizeof(*a));
	int rc;

	if (!a)
		return 1;
	arena_init(&a->arena, ARENA);
	a->out = stdout;
	a->complaints = stderr;
	a->source.environment = environment;
	rc = run(a, argc, argv, serve);
	arena_reset(&a->arena);
	free(a);
	return rc;
}
