/* One running statement, from its place in the cache to its end. It knows no table. */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

const char *const store_statements[STATEMENT_COUNT] = {
#define STATEMENT(id, sql) [SQL_##id] = sql,
#include "store/statements.def"
#undef STATEMENT
};

static int take(struct query *q)
{
	struct store *s = q->s;
	bool cached = !s->busy[q->id];
	int result;

	if (cached && s->cache[q->id]) {
		q->stmt = s->cache[q->id];
	} else {
		result = sqlite3_prepare_v3(s->db, store_statements[q->id], -1,
		                            cached ? SQLITE_PREPARE_PERSISTENT : 0, &q->stmt, NULL);
		if (result != SQLITE_OK)
			return store_statement_fault(s, result, q->err);
	}
	q->cached = cached;
	if (cached) {
		s->cache[q->id] = q->stmt;
		s->busy[q->id] = true;
	}
	return 0;
}

void query_open(struct query *q, struct store *s, enum statement id, struct err *err)
{
	*q = (struct query){.s = s, .err = err, .id = id};
	q->code = s->lost ? store_lost(s, err) : take(q);
	if (q->stmt && !sqlite3_stmt_readonly(q->stmt) && !s->writing)
		abort();
}

static void bound(struct query *q, int result)
{
	if (result != SQLITE_OK)
		q->code = store_statement_fault(q->s, result, q->err);
}

void query_int(struct query *q, int64_t value)
{
	if (!q->code)
		bound(q, sqlite3_bind_int64(q->stmt, ++q->parameter, value));
}

void query_ref(struct query *q, int64_t id)
{
	if (q->code)
		return;
	if (id)
		query_int(q, id);
	else
		bound(q, sqlite3_bind_null(q->stmt, ++q->parameter));
}

void query_text(struct query *q, const char *text, size_t size)
{
	size_t len;

	if (q->code)
		return;
	if (!text) {
		bound(q, sqlite3_bind_null(q->stmt, ++q->parameter));
		return;
	}
	len = strnlen(text, size);
	if (len == size && sqlite3_stmt_readonly(q->stmt)) /* so no row has it */
		q->code = err_set(q->err, ERR_NOT_FOUND, "there is nothing of so long a name");
	else if (len == size)
		q->code = err_set(q->err, ERR_LIMIT, "a text is longer than %zu bytes", size - 1);
	else
		bound(q, sqlite3_bind_text(q->stmt, ++q->parameter, text, (int)len, SQLITE_STATIC));
}

void query_blob(struct query *q, const void *data, size_t len)
{
	if (!q->code)
		bound(q, sqlite3_bind_blob(q->stmt, ++q->parameter, data, (int)len, SQLITE_STATIC));
}

bool query_row(struct query *q)
{
	int result;

	if (q->code)
		return false;
	q->column = 0;
	result = sqlite3_step(q->stmt);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		q->code = store_statement_fault(q->s, result, q->err);
	return result == SQLITE_ROW;
}

static void damaged(struct query *q)
{
	if (!q->code)
		q->code = err_set(q->err, ERR_IO,
		                  "the ledger is damaged: a row holds a value that can't be (%s)",
		                  sqlite3_column_name(q->stmt, q->column - 1));
}

int64_t query_get_int(struct query *q)
{
	return sqlite3_column_int64(q->stmt, q->column++);
}

int query_get_enum(struct query *q, int least, int most)
{
	int64_t value = query_get_int(q);

	if (value >= least && value <= most)
		return (int)value;
	damaged(q);
	return least;
}

bool query_get_bool(struct query *q)
{
	return query_get_enum(q, 0, 1) == 1;
}

void query_get_text(struct query *q, char *out, size_t size)
{
	const void *text = sqlite3_column_text(q->stmt, q->column);
	size_t len = (size_t)sqlite3_column_bytes(q->stmt, q->column);

	q->column++;
	out[0] = 0;
	if (!text || len >= size || memchr(text, 0, len)) {
		damaged(q);
		return;
	}
	memcpy(out, text, len);
	out[len] = 0;
}

void query_get_blob(struct query *q, void *out, size_t len)
{
	const void *data = sqlite3_column_blob(q->stmt, q->column);
	size_t has = (size_t)sqlite3_column_bytes(q->stmt, q->column);

	q->column++;
	if (!data || has != len)
		damaged(q);
	else
		memcpy(out, data, len);
}

void query_get_bytes(struct query *q, void *out, size_t room, size_t *len)
{
	const void *data = sqlite3_column_blob(q->stmt, q->column);

	*len = (size_t)sqlite3_column_bytes(q->stmt, q->column++);
	if (!data || *len > room) {
		*len = 0;
		damaged(q);
	} else {
		memcpy(out, data, *len);
	}
}

int query_end(struct query *q)
{
	if (q->cached) {
		sqlite3_reset(q->stmt);
		sqlite3_clear_bindings(q->stmt);
		q->s->busy[q->id] = false;
	} else {
		sqlite3_finalize(q->stmt);
	}
	q->stmt = NULL;
	return q->code;
}

int query_run(struct query *q, int64_t *changed)
{
	while (query_row(q))
		;
	if (!q->code && changed)
		*changed = sqlite3_changes64(q->s->db);
	return query_end(q);
}

int query_must(struct query *q, const char *missing)
{
	int64_t changed = 0;
	int code = query_run(q, &changed);

	if (code || changed)
		return code;
	return err_set(q->err, ERR_NOT_FOUND, "%s", missing);
}

int query_one(struct query *q, void (*read)(struct query *, void *), void *row, const char *missing)
{
	bool found = query_row(q);
	int code;

	if (found)
		read(q, row);
	code = query_end(q);
	if (code || found)
		return code;
	return err_set(q->err, ERR_NOT_FOUND, "%s", missing);
}
