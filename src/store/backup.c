/* A copy of the ledger while it is written to, and whether a ledger is sound. */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* One step for all pages: they are read from one snapshot, so that what others
 * write meanwhile does not begin it anew. */
static int copy_pages(struct store *s, sqlite3 *to, struct err *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", s->db, "main");
	int result, waited = 0;

	if (!backup)
		return store_fault(to, sqlite3_errcode(to), err);
	while ((result = sqlite3_backup_step(backup, -1)) == SQLITE_BUSY && waited < 5000) {
		usleep(20000);
		waited += 20;
	}
	sqlite3_backup_finish(backup);
	return result == SQLITE_DONE ? 0 : store_fault(to, result, err);
}

/* The copy is one file: nobody writes to it while it lies there. */
static int settle(sqlite3 *to, struct err *err)
{
	int result = sqlite3_exec(to, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL",
	                          NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : store_fault(to, result, err);
}

int store_copy(struct store *s, const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	sqlite3 *to = NULL;
	int code = 0, result;

	if (fd < 0)
		return err_system(err, errno, "cannot make %s", path);
	close(fd);
	result = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (result != SQLITE_OK)
		code = to ? store_fault(to, result, err)
		          : err_set(err, ERR_MEMORY, "out of memory");
	if (!code)
		code = copy_pages(s, to, err);
	if (!code)
		code = settle(to, err);
	sqlite3_close(to);
	if (code)
		unlink(path);
	return code;
}

static int examine(struct store *s, const char *sql, const char *what,
                   int (*each)(void *, const char *), void *arg, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int result = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL), code = 0;

	while (!code && result == SQLITE_OK && (result = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);
		char words[300];

		result = SQLITE_OK;
		if (!text || !sqlite3_stricmp(text, "ok"))
			continue;
		snprintf(words, sizeof(words), "%s%.250s", what, text);
		code = each(arg, words);
	}
	if (!code && result != SQLITE_OK && result != SQLITE_DONE)
		code = store_fault(s->db, result, err);
	sqlite3_finalize(stmt);
	return code;
}

int store_examine(struct store *s, int (*each)(void *, const char *words), void *arg,
                  struct err *err)
{
	int code = examine(s, "PRAGMA integrity_check(20)", "", each, arg, err);

	return code ? code
	            : examine(s, "PRAGMA foreign_key_check",
	                      "a row names what is not there: ", each, arg, err);
}

struct space {
	int64_t bytes, empty;
};

static void read_space(struct query *q, void *row)
{
	struct space *out = row;

	out->bytes = query_get_int(q);
	out->empty = query_get_int(q);
}

int store_space(struct store *s, int64_t *bytes, int64_t *empty, struct err *err)
{
	struct space found = {0, 0};
	struct query q;
	int code;

	query_open(&q, s, SQL_SPACE, err);
	code = query_one(&q, read_space, &found, "the ledger has no pages");
	if (code)
		return code;
	*bytes = found.bytes;
	*empty = found.empty;
	return 0;
}

/* -- a ledger that lies in a file, of this schema or an older one -- */

static int open_file(struct store *s, const char *path, struct err *err)
{
	int result = sqlite3_open_v2(
	        path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX,
	        NULL);

	s->mode = STORE_READ;
	if (result != SQLITE_OK)
		return s->db ? store_fault(s->db, result, err)
		             : err_set(err, ERR_MEMORY, "out of memory");
	return store_schema_look(s, store_steps, store_step_count, err);
}

int store_copy_file(const char *from, const char *to, struct err *err)
{
	struct store s = {0};
	int code = open_file(&s, from, err);

	if (!code)
		code = store_copy(&s, to, err);
	sqlite3_close(s.db);
	return code ? err_prefix(err, "%s", from) : 0;
}

int store_examine_file(const char *path, int (*each)(void *, const char *words), void *arg,
                       struct err *err)
{
	struct store s = {0};
	int code = open_file(&s, path, err);

	if (!code)
		code = store_examine(&s, each, arg, err);
	sqlite3_close(s.db);
	return code;
}
