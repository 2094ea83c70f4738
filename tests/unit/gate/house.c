#include "house.h"

#include "gate/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int house_setup(void **state)
{
	struct house *h = calloc(1, sizeof(*h));
	char folder[] = "/tmp/gatehouse-test-XXXXXX";

	if (!h || !mkdtemp(folder))
		return -1;
	assert_int_equal(settings_defaults(gate_settings_table, &h->settings, &h->err), 0);
	snprintf(h->settings.data, sizeof(h->settings.data), "%s", folder);
	if (gate_settings_finish(&h->settings, &h->err) ||
	    gate_open(&h->gate, &h->settings, STORE_WRITE, &h->err)) {
		print_error("%s\n", h->err.text);
		return -1;
	}
	snprintf(h->gate.actor, sizeof(h->gate.actor), "operator test");
	assert_int_equal(
	        gate_user_add(&h->gate, "ann", "ann@example.org", "Ann", false, NULL, &h->err), 0);
	assert_int_equal(gate_user_add(&h->gate, "bob", "", NULL, false, NULL, &h->err), 0);
	assert_int_equal(gate_workspace_add(&h->gate, "acme", "ann", NULL, NULL, &h->err), 0);
	*state = h;
	return 0;
}

int house_teardown(void **state)
{
	struct house *h = *state;
	char *roots[] = {h->settings.data, NULL};
	FTS *tree;

	gate_close(&h->gate);
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e = fts_read(tree); e; e = fts_read(tree)) {
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			unlink(e->fts_accpath);
	}
	fts_close(tree);
	free(h);
	return 0;
}

void house_repository(struct house *h, const char *path, struct store_repository *out)
{
	struct gate_repository_new n = {.path = path, .visibility = VISIBILITY_PRIVATE};
	if (gate_repository_add(&h->gate, &n, out, &h->err))
		fail_msg("%s", h->err.text);
}

static int first(void *arg, const struct store_audit *row)
{
	memcpy(arg, row, sizeof(*row));
	return 1;
}

void house_last_audit(struct house *h, struct store_audit *out)
{
	struct store_audit_filter f = {.most = 1};
	memset(out, 0, sizeof(*out));
	assert_true(gate_history(&h->gate, &f, first, out, &h->err) >= 0);
}
