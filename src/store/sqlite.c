/* The thin layer over SQLite: open a connection, run transactions. It knows no
 * table; the schema is in schema.c, the running of a statement in query.c. */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000

static pthread_once_t configured = PTHREAD_ONCE_INIT;

/* -- errors -- */

/* Extended results first, then the primary ones. */
static const struct {
	int result, code;
	const char *words;
} faults[] = {
        {SQLITE_CONSTRAINT_UNIQUE, ERR_EXISTS, "there is one already"},
        {SQLITE_CONSTRAINT_PRIMARYKEY, ERR_EXISTS, "there is one already"},
        {SQLITE_CONSTRAINT_FOREIGNKEY, ERR_NOT_FOUND, "it names something that does not exist"},
        {SQLITE_CONSTRAINT, ERR_INVALID, "the ledger does not take such a value"},
        {SQLITE_BUSY, ERR_BUSY, "the ledger is held by another writer; try again"},
        {SQLITE_LOCKED, ERR_BUSY, "the ledger is held by another writer; try again"},
        {SQLITE_FULL, ERR_FULL, "no space is left for the ledger"},
        {SQLITE_NOMEM, ERR_MEMORY, "out of memory"},
        {SQLITE_PERM, ERR_DENIED, "the ledger may not be used so"},
        {SQLITE_READONLY, ERR_DENIED, "the ledger may only be read"},
        {SQLITE_AUTH, ERR_DENIED, "the ledger may not be used so"},
        {SQLITE_NOTADB, ERR_INVALID, "this file is not a ledger"},
        {SQLITE_TOOBIG, ERR_LIMIT, "a text is too long for the ledger"},
        {SQLITE_CORRUPT, ERR_IO, "the ledger is damaged"},
};

int store_fault(sqlite3 *db, int result, struct err *err)
{
	int system = sqlite3_system_errno(db);
	int primary = result & 0xFF;

	/* only these: a file that is missing must not read as a missing row */
	if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) &&
	    (system == ENOSPC || system == EDQUOT || system == EACCES || system == EPERM))
		return err_system(err, system, "the ledger: %s", sqlite3_errmsg(db));
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		if (faults[i].result == result || faults[i].result == primary)
			return err_set(err, faults[i].code, "%s (%s)", faults[i].words,
			               sqlite3_errmsg(db));
	return err_set(err, ERR_IO, "the ledger: %s", sqlite3_errmsg(db));
}

int store_statement_fault(struct store *s, int result, struct err *err)
{
	int code = store_fault(s->db, result, err);

	if (s->writing && !s->lost && sqlite3_get_autocommit(s->db))
		s->lost = code;
	return code;
}

int store_lost(const struct store *s, struct err *err)
{
	return err_set(err, s->lost,
	               "the ledger gave this transaction up after an earlier failure");
}

static int run(struct store *s, const char *sql, struct err *err)
{
	int result = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : store_statement_fault(s, result, err);
}

/* -- opening -- */

static int sync_folder(const char *folder, struct err *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int code = 0;

	if (fd < 0 || fsync(fd))
		code = err_system(err, errno, "cannot sync the folder %s", folder);
	if (fd >= 0)
		close(fd);
	return code;
}

/* In one step where the file system can: a ledger that keeps a second name after
 * a crash would be a ledger under two names. 0, or the system's error. */
static int put_file(const char *temporary, const char *path)
{
	int failed = 0;

	if (!renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE))
		return 0;
	if (errno != EEXIST && link(temporary, path))
		failed = errno;
	else if (errno == EEXIST)
		failed = EEXIST;
	unlink(temporary);
	return failed;
}

/* Makes an empty file that only its owner may read. It gets its name when its
 * descriptor is closed again: closing a file that another thread has open as a
 * ledger would drop that one's locks. */
static int make_file(const char *folder, const char *path, struct err *err)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
	int fd, failed;

	if (n < 0 || (size_t)n >= sizeof temporary)
		return err_set(err, ERR_LIMIT, "the ledger's path is too long");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return err_system(err, errno, "cannot make the ledger %s", path);
	close(fd);
	failed = put_file(temporary, path);
	if (failed && failed != EEXIST)
		return err_system(err, failed, "cannot make the ledger %s", path);
	return sync_folder(folder, err);
}

/* The path with its folder resolved: links may lead to the folder, but the
 * ledger itself must be a file. */
static int find_file(const char *path, enum store_mode mode, char real[PATH_MAX], struct err *err)
{
	char text[PATH_MAX], name[NAME_MAX + 1], folder[PATH_MAX];
	struct stat st;
	int n = snprintf(text, sizeof text, "%s", path);

	if (n < 0 || (size_t)n >= sizeof text)
		return err_set(err, ERR_LIMIT, "the ledger's path is too long");
	n = snprintf(name, sizeof name, "%s", basename(text));
	if (n < 0 || (size_t)n >= sizeof name)
		return err_set(err, ERR_LIMIT, "the ledger's name is too long");
	snprintf(text, sizeof text, "%s", path);
	if (!realpath(dirname(text), folder))
		return err_system(err, errno, "cannot open the ledger %s", path);
	n = snprintf(real, PATH_MAX, "%s/%s", strcmp(folder, "/") ? folder : "", name);
	if (n < 0 || n >= PATH_MAX)
		return err_set(err, ERR_LIMIT, "the ledger's path is too long");
	if (!lstat(real, &st))
		return S_ISREG(st.st_mode) ? 0
		                           : err_set(err, ERR_INVALID, "%s is not a file", real);
	if (errno == ENOENT && mode == STORE_WRITE)
		return make_file(folder, real, err);
	return err_system(err, errno, "cannot open the ledger %s", path);
}

/* Going over to WAL needs the file for itself for a moment, and SQLite does
 * not wait for that. */
static int go_wal(struct store *s, struct err *err)
{
	int result;

	for (int waited = 0;; waited += 20) {
		result = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((result & 0xFF) != SQLITE_BUSY || waited >= BUSY_MS)
			break;
		usleep(20000);
	}
	return result == SQLITE_OK ? 0 : store_fault(s->db, result, err);
}

/* Nobody asks SQLite how much memory it has; to know it, all threads would
 * share one lock around every allocation. Before the first connection. */
static void configure_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int configure(struct store *s, struct err *err)
{
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* until we know that it is ours, nothing is moved into the file */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* at most 16 MB of pages, taken as they are read: a small ledger has none of it. With a
	   million credentials the upper pages of all indexes fit, and most of what is not a
	   credential: a look-up reads little more than the row it is for */
	return run(s,
	           "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
	           "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cache_size = -16384;"
	           "PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL;"
	           "PRAGMA journal_size_limit = 8388608",
	           err);
}

static int set_up(struct store *s, const struct schema_step *steps, size_t count, struct err *err)
{
	int code = configure(s, err);

	if (!code && s->mode == STORE_READ)
		code = run(s, "PRAGMA query_only = ON", err);
	if (!code)
		code = store_schema_look(s, steps, count, err);
	if (!code && s->mode == STORE_WRITE)
		code = go_wal(s, err);
	if (!code)
		code = store_schema_raise(s, steps, count, err);
	if (!code)
		sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return code;
}

int store_open_steps(struct store **out, const char *path, enum store_mode mode,
                     const struct schema_step *steps, size_t count, struct err *err)
{
	char real[PATH_MAX];
	int code = find_file(path, mode, real, err);
	struct store *s;
	int result;

	if (code)
		return code;
	s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, ERR_MEMORY, "out of memory");
	s->mode = mode;
	pthread_once(&configured, configure_library);
	result = sqlite3_open_v2(real, &s->db,
	                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX,
	                         NULL);
	if (result != SQLITE_OK)
		code = s->db ? store_fault(s->db, result, err)
		             : err_set(err, ERR_MEMORY, "out of memory");
	else
		code = set_up(s, steps, count, err);
	if (code) {
		err_prefix(err, "%s", real);
		store_close(s);
		return code;
	}
	*out = s;
	return 0;
}

int store_open(struct store **out, const char *path, enum store_mode mode, struct err *err)
{
	return store_open_steps(out, path, mode, store_steps, store_step_count, err);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(s->cache[i]);
	sqlite3_close_v2(s->db);
	free(s);
}

/* -- transactions -- */

int store_begin(struct store *s, struct err *err)
{
	int code;

	if (s->writing)
		abort();
	if (s->mode != STORE_WRITE)
		return err_set(err, ERR_DENIED, "the ledger was opened for reading only");
	code = run(s, "BEGIN IMMEDIATE", err);
	s->writing = !code;
	s->lost = 0;
	s->marks = 0;
	return code;
}

int store_commit(struct store *s, struct err *err)
{
	int code;

	if (!s->writing)
		abort();
	code = s->lost ? store_lost(s, err) : run(s, "COMMIT", err);
	if (code)
		store_rollback(s);
	s->writing = false;
	return code;
}

void store_rollback(struct store *s)
{
	if (s->writing && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->writing = false;
	s->lost = 0;
	s->marks = 0;
}

int store_mark(struct store *s, struct err *err)
{
	int code;

	if (!s->writing)
		abort();
	code = s->lost ? store_lost(s, err) : run(s, "SAVEPOINT mark", err);
	if (!code)
		s->marks++;
	return code;
}

int store_keep(struct store *s, struct err *err)
{
	if (!s->writing || !s->marks)
		abort();
	s->marks--;
	return s->lost ? store_lost(s, err) : run(s, "RELEASE mark", err);
}

void store_undo(struct store *s)
{
	struct err err = {0};

	if (!s->writing || !s->marks)
		abort();
	s->marks--;
	if (!s->lost && run(s, "ROLLBACK TO mark; RELEASE mark", &err) && !s->lost)
		s->lost = err.code; /* what should be undone must not be kept */
}

int store_join(struct store *s, struct err *err)
{
	return store_mark(s, err);
}

int store_part(struct store *s, int code, struct err *err)
{
	if (!code)
		return store_keep(s, err);
	store_undo(s);
	return code;
}

int store_check_label(const char *label, size_t size, struct err *err)
{
	size_t len = strnlen(label, size);
	const char *fault = len == size ? NULL : policy_name_label_fault(label, len);

	if (len == size)
		return err_set(err, ERR_LIMIT, "a name is longer than %zu bytes", size - 1);
	return fault ? err_set(err, ERR_INVALID, "%s", fault) : 0;
}

int store_check_owner_name(const char *name, struct err *err)
{
	size_t len = strnlen(name, NAME_OWNER_SIZE);
	const char *fault = len == NAME_OWNER_SIZE ? NULL : policy_name_owner_fault(name, len);

	if (len == NAME_OWNER_SIZE)
		return err_set(err, ERR_LIMIT, "a name is longer than %d bytes", NAME_OWNER_MAX);
	return fault ? err_set(err, ERR_INVALID, "%s", fault) : 0;
}
