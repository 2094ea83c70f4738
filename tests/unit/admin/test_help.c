#include "base/version.h"
#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/admin_int.h"
#include "policy/policy.h"

static void every_command_has_a_page_with_its_flags(void **state)
{
	struct run *r = *state;
	char line[200];

	for (const struct admin_command *c = admin_commands; c->noun; c++) {
		snprintf(line, sizeof(line), "help %s %s", c->noun, c->verb ? c->verb : "");
		assert_int_equal(run_plain(r, line), 0);
		assert_non_null(strstr(r->out, c->help));
		for (const struct admin_flag *f = c->flags; f && f->name; f++)
			assert_non_null(strstr(r->out, f->name));
		snprintf(line, sizeof(line), "%s %s --help", c->noun, c->verb ? c->verb : "");
		assert_int_equal(run_plain(r, line), 0);
		assert_non_null(strstr(r->out, c->help));
	}
}

static void the_whole_help_names_every_command(void **state)
{
	struct run *r = *state;

	assert_int_equal(run_plain(r, "help"), 0);
	for (const struct admin_command *c = admin_commands; c->noun; c++) {
		assert_non_null(strstr(r->out, c->help));
		assert_non_null(strstr(r->out, c->verb ? c->verb : c->noun));
	}
	assert_int_equal(run_plain(r, "--help"), 0);
	assert_non_null(strstr(r->out, "token create"));
	assert_int_equal(run_plain(r, "token --help"), 0);
	assert_non_null(strstr(r->out, "token revoke"));
	assert_null(strstr(r->out, "repo create"));
}

static void the_settings_have_a_page(void **state)
{
	struct run *r = *state;

	assert_int_equal(run_plain(r, "help settings"), 0);
	for (const struct setting *s = gate_settings_table; s->key; s++)
		assert_non_null(strstr(r->out, s->key));
}

static void every_reason_has_a_page(void **state)
{
	struct run *r = *state;
	char line[80];

	assert_int_equal(run_plain(r, "help refusals"), 0);
	for (enum reason reason = REASON_ALLOWED + 1; reason < REASON_COUNT; reason++)
		assert_non_null(strstr(r->out, policy_reason_name(reason)));
	for (enum reason reason = REASON_ALLOWED + 1; reason < REASON_COUNT; reason++) {
		snprintf(line, sizeof(line), "help %s", policy_reason_name(reason));
		assert_int_equal(run_plain(r, line), 0);
		assert_non_null(strstr(r->out, policy_reason_todo(reason)));
	}
}

static bool has_example(const struct admin_command *c)
{
	for (const struct admin_example *e = admin_examples; e->noun; e++)
		if (admin_example_of(e, c))
			return true;
	return false;
}

static bool has_line(const char *noun)
{
	for (const struct admin_noun *n = admin_nouns; n->name; n++)
		if (!strcmp(n->name, noun))
			return true;
	return false;
}

static void every_command_has_an_example_and_its_noun_a_line(void **state)
{
	(void)state;
	for (const struct admin_command *c = admin_commands; c->noun; c++) {
		if (!has_example(c))
			fail_msg("src/admin/examples.c has none of %s %s", c->noun,
			         c->verb ? c->verb : "");
		if (!has_line(c->noun))
			fail_msg("src/admin/examples.c does not say what %s is", c->noun);
	}
}

static void the_version_is_printed(void **state)
{
	struct run *r = *state;

	assert_int_equal(run_plain(r, "version"), 0);
	assert_string_equal(r->out, "gatehouse " GATEHOUSE_VERSION "\n");
	assert_int_equal(run_plain(r, "--version"), 0);
	assert_string_equal(r->out, "gatehouse " GATEHOUSE_VERSION "\n");
}

static void the_table_keeps_its_promises(void **state)
{
	(void)state;
	for (const struct admin_command *c = admin_commands; c->noun; c++) {
		size_t flags = 0;
		for (const struct admin_flag *f = c->flags; f && f->name; f++) {
			flags++;
			assert_true(f->kind >= FLAG_SWITCH ? !f->value : f->value != NULL);
			for (const struct setting *s = gate_settings_table; s->key; s++)
				assert_string_not_equal(s->key, f->name);
		}
		assert_true(flags <= ADMIN_FLAGS);
		assert_true(c->least <= c->most && c->most <= ADMIN_ARGS);
		assert_true(c->run || c->traits & ADMIN_SERVE);
		assert_ptr_equal(admin_find(c->noun, c->verb), c);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, run_setup, run_teardown)
	const struct CMUnitTest tests[] = {
	        T(every_command_has_a_page_with_its_flags),
	        T(the_whole_help_names_every_command),
	        T(the_settings_have_a_page),
	        T(every_reason_has_a_page),
	        T(every_command_has_an_example_and_its_noun_a_line),
	        T(the_version_is_printed),
	        T(the_table_keeps_its_promises),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
