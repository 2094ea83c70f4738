/* What only the SQLite backend has: whose file it is, upgrades that break off,
 * the plans of the statements every request runs, damaged rows. */
#include "fixture.h"

#include "store/store_int.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* -- help -- */

static void close_all(struct fixture *f)
{
	store_rollback(f->s);
	store_close(f->s);
	f->s = NULL;
}

/* Opens the file behind the room's back. */
static void raw(const char *path, const char *sql)
{
	sqlite3 *db;
	char *words = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK)
		fail_msg("%s: %s", sql, words);
	sqlite3_close(db);
}

static int64_t number(struct store *s, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

struct bytes {
	char *data;
	size_t len;
};

static struct bytes read_file(const char *path)
{
	struct bytes b = {0};
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	b.len = (size_t)ftell(file);
	rewind(file);
	b.data = malloc(b.len + 1);
	assert_int_equal(fread(b.data, 1, b.len, file), b.len);
	fclose(file);
	return b;
}

static int64_t read_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

static void refused_and_unchanged(struct fixture *f, const char *path, int want)
{
	struct bytes before = read_file(path), after;
	struct store *s = NULL;

	fails(want, store_open(&s, path, STORE_WRITE, &f->err));
	fails(want, store_open(&s, path, STORE_READ, &f->err));
	assert_null(s);
	after = read_file(path);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, after.len);
	free(before.data);
	free(after.data);
}

/* -- the file -- */

static void the_ledger_is_for_its_owner_only(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat st;

	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = {"", "-wal", "-shm"};

		snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
}

static void a_connection_is_set_up_as_promised(void **state)
{
	static const struct {
		const char *sql;
		int want;
	} settings[] = {
	        {"PRAGMA synchronous", 2},
	        {"PRAGMA foreign_keys", 1},
	        {"PRAGMA trusted_schema", 0},
	        {"PRAGMA busy_timeout", 5000},
	        {"PRAGMA temp_store", 2},
	        {"PRAGMA mmap_size", 0},
	        {"SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1},
	        {"PRAGMA application_id", STORE_APPLICATION},
	};
	struct fixture *f = *state;
	struct store *reader;

	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		assert_int_equal(number(f->s, settings[i].sql), settings[i].want);
	assert_int_equal(number(f->s, "PRAGMA user_version"), store_schema);
	ok(store_open(&reader, f->path, STORE_READ, &f->err));
	assert_int_equal(number(reader, "PRAGMA query_only"), 1);
	store_close(reader);
}

static void a_link_to_a_ledger_is_refused_and_a_link_to_its_folder_is_not(void **state)
{
	struct fixture *f = *state;
	char path[160], through[200];
	struct store *s = NULL;

	snprintf(path, sizeof path, "%s/link", f->folder);
	assert_int_equal(symlink(f->path, path), 0);
	fails(ERR_INVALID, store_open(&s, path, STORE_WRITE, &f->err));
	fails(ERR_INVALID, store_open(&s, path, STORE_READ, &f->err));
	unlink(path);
	assert_int_equal(symlink(f->folder, path), 0);
	snprintf(through, sizeof through, "%s/ledger", path);
	ok(store_open(&s, through, STORE_READ, &f->err));
	store_close(s);
}

static void another_programs_database_is_refused_and_unchanged(void **state)
{
	struct fixture *f = *state;
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/foreign", f->folder);
	raw(path, "CREATE TABLE t (a)");
	refused_and_unchanged(f, path, ERR_INVALID);
	raw(path, "PRAGMA application_id = 7; PRAGMA user_version = 2");
	refused_and_unchanged(f, path, ERR_INVALID);
	file = fopen(path, "w");
	for (int i = 0; i < 2000; i++)
		fputs("not a database\n", file);
	fclose(file);
	refused_and_unchanged(f, path, ERR_INVALID);
}

static void an_empty_file_becomes_a_ledger(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	char path[128];

	snprintf(path, sizeof path, "%s/empty", f->folder);
	fclose(fopen(path, "w"));
	fails(ERR_INVALID, store_open(&s, path, STORE_READ, &f->err));
	ok(store_open(&s, path, STORE_WRITE, &f->err));
	assert_int_equal(number(s, "PRAGMA user_version"), store_schema);
	store_close(s);
}

/* -- upgrades -- */

static size_t rows_up_to(int step)
{
	size_t n = 0;

	while (n < store_step_count && store_steps[n].number <= step)
		n++;
	return n;
}

/* The program's steps and two more, of a program to come. */
static struct schema_step *future(const char *first, const char *second, size_t *count)
{
	struct schema_step *steps = calloc(store_step_count + 2, sizeof *steps);

	memcpy(steps, store_steps, store_step_count * sizeof *steps);
	steps[store_step_count] = (struct schema_step){store_schema + 1, first};
	steps[store_step_count + 1] = (struct schema_step){store_schema + 1, second};
	*count = store_step_count + 2;
	return steps;
}

static void a_newer_schema_is_refused_and_unchanged(void **state)
{
	struct fixture *f = *state;
	struct schema_step *steps;
	struct store *s;
	char wal[128];
	size_t count;
	pid_t pid;

	keep(f);
	close_all(f);
	steps = future("CREATE TABLE more (a)", "CREATE INDEX more_a ON more (a)", &count);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) /* ends without closing: part of the ledger stays in the -wal file */
		_exit(store_open_steps(&s, f->path, STORE_WRITE, steps, count, NULL) ? 1 : 0);
	assert_true(waitpid(pid, NULL, 0) == pid);
	snprintf(wal, sizeof wal, "%s-wal", f->path);
	assert_true(read_size(wal) > 0);
	refused_and_unchanged(f, f->path, ERR_NEWER);
	assert_true(read_size(wal) > 0);
	ok(store_open_steps(&s, f->path, STORE_WRITE, steps, count, &f->err));
	store_close(s);
	free(steps);
	refused_and_unchanged(f, f->path, ERR_NEWER);
}

static void the_steps_number_is_the_schemas(void **state)
{
	(void)state;
	assert_int_equal(store_steps[0].number, 1);
	for (size_t i = 1; i < store_step_count; i++)
		assert_in_range(store_steps[i].number - store_steps[i - 1].number, 0, 1);
	assert_int_equal(store_steps[store_step_count - 1].number, store_schema);
}

static void an_old_ledger_is_brought_up_with_its_rows(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	char path[128];
	struct store_user u;

	for (int old = 1; old < store_schema; old++) {
		snprintf(path, sizeof path, "%s/old%d", f->folder, old);
		ok(store_open_steps(&s, path, STORE_WRITE, store_steps, rows_up_to(old), &f->err));
		assert_int_equal(number(s, "PRAGMA user_version"), old);
		u = (struct store_user){.name = "ann"};
		ok(store_begin(s, &f->err));
		ok(store_user_add(s, &u, 1, &f->err));
		ok(store_commit(s, &f->err));
		store_close(s);
		fails(ERR_INVALID, store_open(&s, path, STORE_READ, &f->err));
		ok(store_open(&s, path, STORE_WRITE, &f->err));
		assert_int_equal(number(s, "PRAGMA user_version"), store_schema);
		ok(store_user_get(s, "ann", &u, &f->err));
		store_close(s);
	}
}

static void still_usable(struct fixture *f)
{
	struct store_user u;

	ok(store_open(&f->s, f->path, STORE_WRITE, &f->err));
	assert_int_equal(number(f->s, "PRAGMA user_version"), store_schema);
	assert_int_equal(number(f->s, "SELECT count(*) FROM sqlite_master WHERE name = 'more'"), 0);
	ok(store_user_get(f->s, "ann", &u, &f->err));
	ok(store_begin(f->s, &f->err));
	add_user(f, "bob");
	keep(f);
}

static void an_upgrade_that_fails_leaves_the_old_ledger_usable(void **state)
{
	struct fixture *f = *state;
	struct schema_step *steps;
	struct store *s = NULL;
	char number[32];
	size_t count;

	add_user(f, "ann");
	keep(f);
	close_all(f);
	snprintf(number, sizeof number, "step %d", store_schema + 1);
	steps = future("CREATE TABLE more (a)", "UPDATE no_such_table SET a = 1", &count);
	fails(ERR_IO, store_open_steps(&s, f->path, STORE_WRITE, steps, count, &f->err));
	assert_non_null(strstr(f->err.text, number));
	assert_null(s);
	free(steps);
	still_usable(f);
}

static int die(void *arg)
{
	(void)arg;
	_exit(9);
}

static int die_in_upgrade(sqlite3 *db, char **words, const void *api)
{
	(void)words;
	(void)api;
	sqlite3_commit_hook(db, die, NULL);
	return SQLITE_OK;
}

static void an_upgrade_killed_before_its_commit_leaves_the_old_ledger_usable(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	add_user(f, "ann");
	keep(f);
	close_all(f);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		size_t count;
		struct schema_step *steps =
		        future("CREATE TABLE more (a)", "CREATE INDEX i ON more (a)", &count);
		struct store *s;

		sqlite3_auto_extension((void (*)(void))die_in_upgrade);
		store_open_steps(&s, f->path, STORE_WRITE, steps, count, NULL);
		_exit(0); /* not reached: the commit was to be the end */
	}
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
	still_usable(f);
}

static void processes_that_open_at_once_make_one_ledger(void **state)
{
	struct fixture *f = *state;
	char path[128];
	pid_t pids[6];
	int status, good = 0;
	struct store *s;

	snprintf(path, sizeof path, "%s/shared", f->folder);
	for (int i = 0; i < 6; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			struct err err = {0};
			int code = store_open(&s, path, STORE_WRITE, &err);

			if (code)
				print_error("%s\n", err.text);
			_exit(code ? 1 : 0);
		}
	}
	for (int i = 0; i < 6; i++) {
		assert_true(waitpid(pids[i], &status, 0) == pids[i]);
		good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	assert_int_equal(good, 6);
	ok(store_open(&s, path, STORE_READ, &f->err));
	assert_int_equal(number(s, "PRAGMA user_version"), store_schema);
	store_close(s);
}

/* Another one writes, once, while this one looks at the empty file. */
static int make_meanwhile(unsigned type, void *path, void *statement, void *sql)
{
	static bool done;
	sqlite3 *other;

	(void)statement;
	if (type == SQLITE_TRACE_STMT && !strcmp(sql, "PRAGMA application_id") && !done &&
	    sqlite3_open_v2(path, &other, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		char make[120];
		done = true;
		snprintf(make, sizeof make,
		         "BEGIN IMMEDIATE; PRAGMA application_id = %d; CREATE TABLE early (a); "
		         "COMMIT",
		         STORE_APPLICATION);
		sqlite3_exec(other, make, NULL, NULL, NULL);
		sqlite3_close(other);
	}
	return 0;
}

static char meanwhile[128];

static int watch(sqlite3 *db, const char **error, const void *api)
{
	(void)error;
	(void)api;
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, make_meanwhile, meanwhile);
	return SQLITE_OK;
}

static void a_ledger_that_is_being_made_is_looked_at_in_one_moment(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;

	snprintf(meanwhile, sizeof meanwhile, "%s/early", f->folder);
	FILE *empty = fopen(meanwhile, "w");
	assert_non_null(empty);
	fclose(empty);
	sqlite3_auto_extension((void (*)(void))watch);
	int code = store_open(&s, meanwhile, STORE_WRITE, &f->err);
	sqlite3_cancel_auto_extension((void (*)(void))watch);
	ok(code);
	assert_int_equal(number(s, "PRAGMA user_version"), store_schema);
	store_close(s);
}

/* -- statements -- */

/* Rows that were made up in the statement itself may be walked through. */
static bool walks_a_table(const char *detail)
{
	static const char *const made_up[] = {"SCAN p", "SCAN s", "SCAN a", "SCAN places",
	                                      "SCAN subjects"};

	if (strncmp(detail, "SCAN ", 5) || strstr(detail, "CONSTANT ROW"))
		return false;
	for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
		if (!strcmp(detail, made_up[i]))
			return false;
	return true;
}

/* No step of the statement's plan is one that `bad` knows. */
static void plan_has_none(struct fixture *f, enum statement statement, bool (*bad)(const char *))
{
	sqlite3_stmt *stmt;
	char sql[4096];
	int steps = 0;

	snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", store_statements[statement]);
	assert_int_equal(sqlite3_prepare_v2(f->s->db, sql, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(stmt, 3);

		steps++;
		if (bad(detail))
			fail_msg("%s: %s", store_statements[statement], detail);
	}
	sqlite3_finalize(stmt);
	assert_true(steps > 0);
}

static void what_every_request_runs_walks_through_no_table(void **state)
{
	static const enum statement hot[] = {
	        SQL_FORMER_BY_HASH,      SQL_FORMER_LIST,          SQL_CREDENTIAL_LIST,
	        SQL_CREDENTIAL_BY_HASH,  SQL_CREDENTIAL_BY_ID,     SQL_CREDENTIAL_BY_NAME,
	        SQL_REPOSITORY_FIND,     SQL_REPOSITORY_BY_ID,     SQL_RIGHT_OF_USER,
	        SQL_ADDRESS_FIND,        SQL_ENDED_FIND,           SQL_ADDRESS_FIND_ENDED,
	        SQL_RIGHT_OF_CREDENTIAL, SQL_REPOSITORY_ADMINS,    SQL_LIMIT_LIST,
	        SQL_USER_BY_NAME,        SQL_USER_BY_ID,           SQL_USER_BY_EMAIL,
	        SQL_WORKSPACE_BY_NAME,   SQL_MEMBER_GET,           SQL_AUDIT_GET,
	        SQL_AUDIT_ADD_UP,        SQL_CREDENTIAL_USED,      SQL_CREDENTIAL_REFUSED,
	        SQL_AUDIT_PRUNE_OLD,     SQL_AUDIT_PRUNE_MANY,     SQL_REPOSITORY_LIST_OF,
	        SQL_AUDIT_NUMBER,        SQL_AUDIT_LAST,           SQL_WORKSPACE_LIST_OF,
	        SQL_DELETED_GET,         SQL_DELETED_FIND,         SQL_DELETED_FIND_ALIAS,
	        SQL_MEMBER_FORMER,       SQL_DELETED_FIND_ADDRESS,
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof hot / sizeof *hot; i++)
		plan_has_none(f, hot[i], walks_a_table);
}

/* Reads all rows before it gives the first one. */
static bool walks_or_sorts(const char *detail)
{
	return walks_a_table(detail) || strstr(detail, "TEMP B-TREE");
}

static void what_lists_in_pages_begins_and_ends_where_it_should(void **state)
{
	static const enum statement pages[] = {
	        SQL_USER_LIST,
	        SQL_WORKSPACE_LIST,
	        SQL_REPOSITORY_LIST,
	        SQL_CREDENTIAL_LIST,
	        SQL_CREDENTIAL_LIST_ALL,
	        SQL_REPOSITORY_LIST_OF,
	        SQL_AUDIT_NEWEST,
	        SQL_AUDIT_NEWEST_OF,
	        SQL_AUDIT_OLDEST,
	        SQL_AUDIT_OLDEST_OF,
	        SQL_AUDIT_BEHIND,
	        SQL_DELETED_LIST,
	        SQL_GRANT_LIST_AT,
	        SQL_GROUP_LIST,
	        SQL_PROJECT_LIST,
	        SQL_GRANT_LIST_PROJECTS,
	        SQL_GRANT_LIST_REPOSITORIES,
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		plan_has_none(f, pages[i], walks_or_sorts);
}

static void the_plan_check_knows_a_walk_when_it_sees_one(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *stmt;

	assert_int_equal(
	        sqlite3_prepare_v2(f->s->db,
	                           "EXPLAIN QUERY PLAN SELECT * FROM grants g WHERE level = 3", -1,
	                           &stmt, NULL),
	        SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_true(walks_a_table((const char *)sqlite3_column_text(stmt, 3)));
	sqlite3_finalize(stmt);
	assert_true(walks_or_sorts("USE TEMP B-TREE FOR ORDER BY"));
}

static void every_statement_fits_the_schema(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *stmt;

	for (int i = 0; i < STATEMENT_COUNT; i++) {
		if (sqlite3_prepare_v2(f->s->db, store_statements[i], -1, &stmt, NULL) != SQLITE_OK)
			fail_msg("%s: %s", store_statements[i], sqlite3_errmsg(f->s->db));
		sqlite3_finalize(stmt);
	}
}

/* -- a transaction that SQLite gave up -- */

static void nothing_is_kept_of_a_transaction_that_was_given_up(void **state)
{
	struct fixture *f = *state;
	struct store_audit a = {.kind = AUDIT_DECISION, .reference = "X"};
	struct store_user bob = {.name = "bob"}, got;

	assert_int_equal(sqlite3_exec(f->s->db,
	                              "CREATE TEMP TRIGGER give_up BEFORE INSERT ON main.audit"
	                              " BEGIN SELECT RAISE(ROLLBACK, 'given up'); END",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	keep(f);
	add_user(f, "ann");
	ok(store_mark(f->s, &f->err));
	fails(ERR_INVALID, store_audit_add(f->s, &a, &f->err));
	store_undo(f->s);
	fails(ERR_INVALID, store_user_add(f->s, &bob, 1, &f->err));
	fails(ERR_INVALID, store_email_add(f->s, 1, "a@b", &f->err));
	fails(ERR_INVALID, store_user_get(f->s, "ann", &got, &f->err));
	fails(ERR_INVALID, store_mark(f->s, &f->err));
	fails(ERR_INVALID, store_commit(f->s, &f->err));
	fails(ERR_NOT_FOUND, store_user_get(f->s, "ann", &got, &f->err));
	fails(ERR_NOT_FOUND, store_user_get(f->s, "bob", &got, &f->err));
	ok(store_begin(f->s, &f->err));
	add_user(f, "bob");
	keep(f);
	ok(store_user_get(f->s, "bob", &got, &f->err));
}

/* -- damage -- */

static void a_damaged_row_is_an_error_in_words(void **state)
{
	static const char *const damage[] = {
	        "UPDATE credentials SET kind = 77",
	        "UPDATE credentials SET owner = -1",
	        "UPDATE credentials SET leaked = 2",
	        "UPDATE credentials SET hash = x'00'",
	        "UPDATE credentials SET name = printf('%.*c', 128, 'x')",
	};
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository r = add_repository(f, acme, 0, "site"), got_r;
	struct store_credential c = token(ann, "ci", 1), got;
	struct store_workspace w;
	enum right right;
	char sql[256];

	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_member_set(f->s, acme, ann, MEMBER_OWNER, &f->err));
	grant(f, GRANT_USER, ann, GRANT_REPOSITORY, 0, r.id, RIGHT_READ);
	keep(f);
	store_rollback(f->s);
	for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
		snprintf(sql, sizeof sql,
		         "PRAGMA ignore_check_constraints = ON; CREATE TABLE IF NOT EXISTS keep AS "
		         "SELECT *"
		         " FROM credentials; %s",
		         damage[i]);
		raw(f->path, sql);
		fails(ERR_IO, store_credential_get(f->s, c.id, &got, &f->err));
		raw(f->path, "DELETE FROM credentials; INSERT INTO credentials SELECT * FROM keep");
		ok(store_credential_get(f->s, c.id, &got, &f->err));
	}
	raw(f->path, "PRAGMA ignore_check_constraints = ON; UPDATE repositories SET visibility = 3;"
	             "UPDATE workspaces SET creation = 9; UPDATE grants SET level = 4");
	fails(ERR_IO, store_repository_find(f->s, "acme", "site", &got_r, &f->err));
	fails(ERR_IO, store_repository_get(f->s, r.id, &got_r, &f->err));
	fails(ERR_IO, store_workspace_get(f->s, "acme", &w, &f->err));
	fails(ERR_IO, store_right_of_user(f->s, ann, &r, &right, &f->err));
}

static void an_unknown_scope_allows_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_credential c = token(add_user(f, "ann"), "ci", 1), got;

	ok(store_credential_add(f->s, &c, &f->err));
	keep(f);
	store_rollback(f->s);
	raw(f->path, "UPDATE credentials SET scopes = -1");
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_int_equal(got.scopes, SCOPE_ALL);
	raw(f->path, "UPDATE credentials SET scopes = 1 << 40");
	ok(store_credential_get(f->s, c.id, &got, &f->err));
	assert_int_equal(got.scopes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(the_ledger_is_for_its_owner_only),
	        test(a_connection_is_set_up_as_promised),
	        test(a_link_to_a_ledger_is_refused_and_a_link_to_its_folder_is_not),
	        test(another_programs_database_is_refused_and_unchanged),
	        test(an_empty_file_becomes_a_ledger),
	        test(a_newer_schema_is_refused_and_unchanged),
	        test(the_steps_number_is_the_schemas),
	        test(an_old_ledger_is_brought_up_with_its_rows),
	        test(an_upgrade_that_fails_leaves_the_old_ledger_usable),
	        test(an_upgrade_killed_before_its_commit_leaves_the_old_ledger_usable),
	        test(processes_that_open_at_once_make_one_ledger),
	        test(a_ledger_that_is_being_made_is_looked_at_in_one_moment),
	        test(what_every_request_runs_walks_through_no_table),
	        test(what_lists_in_pages_begins_and_ends_where_it_should),
	        test(the_plan_check_knows_a_walk_when_it_sees_one),
	        test(every_statement_fits_the_schema),
	        test(nothing_is_kept_of_a_transaction_that_was_given_up),
	        test(a_damaged_row_is_an_error_in_words),
	        test(an_unknown_scope_allows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
