/* Ledgers that earlier programs wrote are opened by this one, and no credential
 * gains anything: N.sql is a ledger of schema N, N.answers what its own program
 * said to each credential (tests/upgrade/README.md).
 *
 * The clock stands where it stood then. What is refused now and was not then has
 * to stand in `narrowings`, with the reason.
 */
#include "gate/access.h"
#include "gate/gate.h"
#include "store/store_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUESTIONS 200
#define CREDENTIALS 500
#define TOLD 20 /* differences in words */

static const char *here; /* the folder of the ledgers */

/* Schemas no program was ever used with. */
static const struct {
	int schema;
	const char *why;
} unused[] = {
        {1, "steps 1 to 3 landed as one"},
        {2, "steps 1 to 3 landed as one"},
        {11, "steps 11 to 16 landed between two releases"},
        {12, "steps 11 to 16 landed between two releases"},
        {13, "steps 11 to 16 landed between two releases"},
        {14, "steps 11 to 16 landed between two releases"},
        {15, "steps 11 to 16 landed between two releases"},
};

/* What was allowed once and is refused now, on purpose: patterns of fnmatch. */
static const struct narrowing {
	int last; /* the last schema whose program allowed it */
	const char *credential, *question;
	enum reason reason;
	const char *why;
} narrowings[] = {
        {7, "*", "* strict/*", REASON_TOKEN_LIFETIME,
         "a workspace's rule for the life of tokens holds for those that live already"},
};

/* -- what was said then -- */

struct then {
	int schema;
	int64_t now;
	size_t nquestions, ncredentials;
	struct question {
		char words[160]; /* "read acme/site" */
		enum operation operation;
		char path[128], workspace[64], repository[128];
	} questions[QUESTIONS];
	struct credential {
		char name[80], secret[64], said[QUESTIONS + 1];
	} credentials[CREDENTIALS];
};

/* The file's text; NULL when there is none. */
static char *read_all(int schema, const char *kind)
{
	char path[512];
	long size;

	snprintf(path, sizeof path, "%s/%d.%s", here, schema, kind);
	FILE *file = fopen(path, "r");
	if (!file)
		return NULL;
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size > 0);
	rewind(file);
	char *text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	fclose(file);
	return text;
}

static void read_question(struct then *t, const char *operation, const char *path)
{
	assert_true(t->nquestions < QUESTIONS);
	struct question *q = &t->questions[t->nquestions++];
	const char *slash = strchr(path, '/');

	snprintf(q->words, sizeof q->words, "%s %s", operation, path);
	snprintf(q->path, sizeof q->path, "%s", path);
	q->operation = strcmp(operation, "read") ? OPERATION_WRITE : OPERATION_READ;
	if (slash && !strchr(slash + 1, '/')) {
		snprintf(q->workspace, sizeof q->workspace, "%.*s", (int)(slash - path), path);
		snprintf(q->repository, sizeof q->repository, "%s", slash + 1);
	}
}

static void read_line(struct then *t, char *line)
{
	char a[16], b[128];
	struct credential *c = &t->credentials[t->ncredentials];

	if (line[0] == '#')
		return;
	if (sscanf(line, "now %" SCNd64, &t->now) == 1)
		return;
	if (sscanf(line, "question %15s %127s", a, b) == 2) {
		read_question(t, a, b);
		return;
	}
	assert_true(t->ncredentials < CREDENTIALS);
	if (sscanf(line, "credential %79s %63s %200s", c->name, c->secret, c->said) != 3)
		fail_msg("%d.answers: what is \"%s\"?", t->schema, line);
	assert_int_equal(strlen(c->said), t->nquestions);
	t->ncredentials++;
}

static struct then *read_then(int schema)
{
	struct then *t = calloc(1, sizeof *t);
	char *text = read_all(schema, "answers"), *rest = text;

	assert_non_null(t);
	assert_non_null(text);
	t->schema = schema;
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (*line)
			read_line(t, line);
	free(text);
	assert_true(t->now > 0 && t->nquestions > 0 && t->ncredentials > 0);
	return t;
}

/* -- a ledger, brought up -- */

struct ledger {
	char folder[64], path[96];
	struct gate_settings settings;
	struct gate gate;
	struct err err;
};

static void ok(struct ledger *l, int code)
{
	if (code)
		fail_msg("%s", l->err.text);
}

static void restore(struct ledger *l, int schema)
{
	char *sql = read_all(schema, "sql");
	sqlite3 *db;

	assert_non_null(sql);
	snprintf(l->folder, sizeof l->folder, "/tmp/gatehouse-upgrade-XXXXXX");
	assert_non_null(mkdtemp(l->folder));
	snprintf(l->path, sizeof l->path, "%s/gatehouse.db", l->folder);
	assert_int_equal(sqlite3_open(l->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%d.sql: %s", schema, sqlite3_errmsg(db));
	sqlite3_close(db);
	free(sql);
}

/* With one more step behind the program's own, or none (NULL). */
static void ledger_open(struct ledger *l, int schema, const char *planted)
{
	size_t count = store_step_count + (planted ? 1 : 0);
	struct schema_step *steps = calloc(count, sizeof *steps);

	memset(l, 0, sizeof *l);
	assert_non_null(steps);
	memcpy(steps, store_steps, store_step_count * sizeof *steps);
	if (planted)
		steps[store_step_count] = (struct schema_step){store_schema + 1, planted};
	restore(l, schema);
	ok(l, settings_defaults(gate_settings_table, &l->settings, &l->err));
	snprintf(l->settings.data, sizeof l->settings.data, "%s", l->folder);
	ok(l, gate_settings_finish(&l->settings, &l->err));
	ok(l, store_open_steps(&l->gate.store, l->path, STORE_WRITE, steps, count, &l->err));
	l->gate.settings = &l->settings;
	free(steps);
}

static void ledger_close(struct ledger *l)
{
	static const char *const files[] = {"", "-wal", "-shm"};
	char path[128];

	gate_close(&l->gate);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s%s", l->path, files[i]);
		unlink(path);
	}
	rmdir(l->folder);
}

/* -- what is said now -- */

static void session_of(struct ledger *l, const struct credential *c, struct gate_session *out)
{
	char header[96];
	const char *headers[] = {header};
	struct gate_presented presented;

	snprintf(header, sizeof header, "Bearer %s", c->secret);
	gate_present(&presented, headers, strcmp(c->secret, "-") ? 1 : 0);
	ok(l, gate_authenticate(&l->gate, &presented, out, &l->err));
	gate_present_clear(&presented);
}

/* The letters of N.answers; *reason is why. */
static char ask(struct ledger *l, const struct gate_session *s, const struct question *q,
                int64_t now, enum reason *reason)
{
	const struct gate_ask ask = {.operation = q->operation,
	                             .workspace = q->workspace,
	                             .repository = q->repository,
	                             .path = q->path,
	                             .address = "127.0.0.1",
	                             .server = SERVER_READY,
	                             .now = now};
	struct gate_decision d;

	ok(l, gate_authorise(&l->gate, s, &ask, &d, &l->err));
	*reason = d.verdict.reason;
	/* what was moved is a 404, told to who reads it under today's name */
	bool seen = gate_decision_sees(&d) && *reason != REASON_MOVED;
	char said = *reason == REASON_ALLOWED ? 'Y' : seen ? 'r' : '.';
	gate_decision_clear(&d);
	return said;
}

/* -- then and now -- */

/* What is told today and was not then, on purpose; nothing opens by it. */
static const struct {
	int last;
	enum reason reason;
	const char *why;
} tellings[] = {
        {14, REASON_DELETED,
         "who could read a repository is told that it was deleted, and not that there is none"},
};

struct count {
	size_t asked, wider, narrower;
	bool met[sizeof narrowings / sizeof *narrowings];
	char words[TOLD][256];
	size_t told;
};

static bool is_accepted(struct count *n, int schema, const char *credential, const char *question,
                        enum reason reason)
{
	for (size_t i = 0; i < sizeof narrowings / sizeof *narrowings; i++) {
		const struct narrowing *a = &narrowings[i];
		if (schema > a->last || reason != a->reason || fnmatch(a->question, question, 0) ||
		    fnmatch(a->credential, credential, 0))
			continue;
		n->met[i] = true;
		return true;
	}
	return false;
}

static bool is_told_since(int schema, char now, enum reason reason)
{
	for (size_t i = 0; i < sizeof tellings / sizeof *tellings; i++)
		if (now == 'r' && schema <= tellings[i].last && reason == tellings[i].reason)
			return true;
	return false;
}

static int rank(char said)
{
	return said == 'Y' ? 2 : said == 'r' ? 1 : 0;
}

static void compare(struct count *n, const struct then *t, const struct credential *c, size_t i,
                    char now, enum reason reason)
{
	const char *question = t->questions[i].words;
	int gained = rank(now) - rank(c->said[i]);

	n->asked++;
	if (gained > 0 && is_told_since(t->schema, now, reason))
		return;
	if (gained > 0)
		n->wider++;
	else if (c->said[i] != 'Y' || now == 'Y' ||
	         is_accepted(n, t->schema, c->name, question, reason))
		return; /* as it was, or refused in other words */
	else
		n->narrower++;
	if (n->told < TOLD)
		snprintf(n->words[n->told++], sizeof n->words[0],
		         "schema %d: %s, %s: %c is %c (%s)", t->schema, c->name, question,
		         c->said[i], now, policy_reason_name(reason));
}

/* Of a planted step the first difference is enough. */
static void count(int schema, const char *planted, struct count *n)
{
	struct then *t = read_then(schema);
	struct gate_session *s = calloc(1, sizeof *s);
	struct ledger l;

	assert_non_null(s);
	ledger_open(&l, schema, planted);
	for (size_t c = 0; c < t->ncredentials && !(planted && n->wider); c++) {
		session_of(&l, &t->credentials[c], s);
		for (size_t i = 0; i < t->nquestions; i++) {
			enum reason reason;
			char now = ask(&l, s, &t->questions[i], t->now, &reason);
			compare(n, t, &t->credentials[c], i, now, reason);
		}
	}
	ledger_close(&l);
	free(s);
	free(t);
}

static bool has_ledger(int schema)
{
	char *text = read_all(schema, "answers");

	free(text);
	return text != NULL;
}

static int newest(void)
{
	int schema = store_schema;

	while (schema > 0 && !has_ledger(schema))
		schema--;
	assert_true(schema > 0);
	return schema;
}

/* -- the tests -- */

static void every_earlier_schema_has_its_ledger(void **state)
{
	(void)state;
	for (int schema = 1; schema < store_schema; schema++) {
		bool is_unused = false;
		for (size_t i = 0; i < sizeof unused / sizeof *unused; i++)
			is_unused = is_unused || unused[i].schema == schema;
		if (!has_ledger(schema) && !is_unused)
			fail_msg("there is no ledger of schema %d: run tests/upgrade/make", schema);
		if (has_ledger(schema) && is_unused)
			fail_msg("schema %d has a ledger, and stands in `unused`", schema);
	}
}

static void no_credential_of_an_earlier_ledger_gains_anything(void **state)
{
	struct count *n = calloc(1, sizeof *n);

	(void)state;
	assert_non_null(n);
	for (int schema = 1; schema <= store_schema; schema++)
		if (has_ledger(schema))
			count(schema, NULL, n);
	for (size_t i = 0; i < n->told; i++)
		print_error("%s\n", n->words[i]);
	assert_true(n->asked > 10000);
	assert_int_equal(n->wider, 0);
	assert_int_equal(n->narrower, 0);
	for (size_t i = 0; i < sizeof narrowings / sizeof *narrowings; i++)
		if (!n->met[i] && narrowings[i].last)
			fail_msg("nothing is narrowed by: %s", narrowings[i].why);
	free(n);
}

/* The test of the test: a step that gives something is found. */
static void a_step_that_widens_is_found(void **state)
{
	static const char *const planted[] = {
	        "UPDATE credentials SET scopes = -1",
	        "UPDATE credentials SET expires = 9223372036854775807",
	        "UPDATE credentials SET revoked = 9223372036854775807 WHERE leaked = 1",
	        "UPDATE credentials SET not_before = 0",
	        "DELETE FROM credential_limits WHERE kind = 1",
	        "DELETE FROM credential_limits WHERE kind = 4",
	        "UPDATE credentials SET owner_id = 1, name = name || 2 WHERE owner = 1 AND "
	        "owner_id = 2",
	        "UPDATE users SET suspended = 9223372036854775807",
	        "UPDATE grants SET level = 3",
	        "INSERT OR REPLACE INTO members SELECT w.id, u.id, 2 FROM workspaces w, users u"
	        " WHERE w.name = 'acme' AND u.name = 'cleo'",
	        "UPDATE workspaces SET creation = 2",
	        "UPDATE workspaces SET token_lifetime = 9223372036854775807",
	        "UPDATE repositories SET visibility = 2 WHERE name = 'hidden'",
	        "UPDATE repositories SET archived = 0",
	        "UPDATE repositories SET deleted = 0, name = deleted_name WHERE deleted <> 0",
	        "INSERT INTO repository_names SELECT workspace, name, repository, 1 FROM "
	        "ended_names"
	        " WHERE cause = 1",
	        "UPDATE former_secrets SET until = 9223372036854775807",
	};
	int schema = newest();

	(void)state;
	for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
		struct count *n = calloc(1, sizeof *n);
		assert_non_null(n);
		count(schema, planted[i], n);
		if (!n->wider)
			fail_msg("not found: %s", planted[i]);
		free(n);
	}
}

static void a_step_that_takes_away_is_found(void **state)
{
	struct count *n = calloc(1, sizeof *n);

	(void)state;
	assert_non_null(n);
	count(newest(), "DELETE FROM grants", n);
	assert_int_equal(n->wider, 0);
	assert_true(n->narrower > 0);
	free(n);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_earlier_schema_has_its_ledger),
	        cmocka_unit_test(no_credential_of_an_earlier_ledger_gains_anything),
	        cmocka_unit_test(a_step_that_widens_is_found),
	        cmocka_unit_test(a_step_that_takes_away_is_found),
	};

	if (argc != 2)
		return 2;
	here = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
