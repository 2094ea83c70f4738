/* Inside the store room: the connection, the statement layer, the schema
 * steps. No other room includes this; tests/store/ does, for what a contract
 * can't show (upgrades, a full disk, plans).
 */
#ifndef GATEHOUSE_STORE_STORE_INT_H
#define GATEHOUSE_STORE_STORE_INT_H

#include "store/store.h"

#include <sqlite3.h>

/* PRAGMA application_id of a ledger: "Gth1". */
#define STORE_APPLICATION 0x47746831

/* Every statement of the room: statements.def. */
enum statement {
#define STATEMENT(id, sql) SQL_##id,
#include "store/statements.def"
#undef STATEMENT
	STATEMENT_COUNT
};
extern const char *const store_statements[STATEMENT_COUNT];

struct store {
	sqlite3 *db;
	enum store_mode mode;
	bool writing;                         /* between begin and commit or rollback */
	unsigned marks;                       /* open savepoints */
	int lost;                             /* why SQLite gave the running transaction up, or 0 */
	sqlite3_stmt *cache[STATEMENT_COUNT]; /* prepared at first use */
	bool busy[STATEMENT_COUNT];           /* that one is being stepped */
};

/* -- errors: sqlite.c -- */

/* Fills err from a result of SQLite on this connection; returns our code. */
int store_fault(sqlite3 *db, int result, struct err *err);
/* The same within a transaction. After some failures SQLite has already given
 * the whole of it up: what the caller goes on to write must then fail
 * (store_lost), not be kept piecemeal. */
int store_statement_fault(struct store *s, int result, struct err *err);
int store_lost(const struct store *s, struct err *err);

/* -- one running statement: query.c --
 *
 * query_open, bind in the order of ?1 ?2 …, query_row and get in the order of
 * the columns, query_end. The first failure sticks: what follows does nothing,
 * and query_end (or query_run, query_one) returns it. A statement that writes
 * outside a transaction aborts. Every query_open needs its query_end.
 */
struct query {
	struct store *s;
	sqlite3_stmt *stmt;
	struct err *err;
	enum statement id;
	bool cached; /* the statement goes back to the cache */
	int code, parameter, column;
};

void query_open(struct query *q, struct store *s, enum statement id, struct err *err);
void query_int(struct query *q, int64_t value);
void query_ref(struct query *q, int64_t id); /* 0 is stored as NULL */
/* A text that must end within size bytes, else ERR_LIMIT (ERR_NOT_FOUND where
 * it is only looked for). Not copied: it must stay until the end. NULL is
 * stored as NULL. */
void query_text(struct query *q, const char *text, size_t size);
void query_blob(struct query *q, const void *data, size_t len);
/* True while there is a row. */
bool query_row(struct query *q);
int64_t query_get_int(struct query *q); /* NULL reads as 0 */
/* A number outside [least, most] is a damaged row: ERR_IO, and least. */
int query_get_enum(struct query *q, int least, int most);
bool query_get_bool(struct query *q);
void query_get_text(struct query *q, char *out, size_t size);
void query_get_blob(struct query *q, void *out, size_t len);
/* One of any length up to `room`. */
void query_get_bytes(struct query *q, void *out, size_t room, size_t *len);
int query_end(struct query *q);
/* For statements without rows: steps to the end and ends. changed (may be
 * NULL): rows touched. */
int query_run(struct query *q, int64_t *changed);
/* The same, and touching no row at all is ERR_NOT_FOUND with these words. */
int query_must(struct query *q, const char *missing);
/* One row or ERR_NOT_FOUND with these words; read fills *row, which may be
 * half filled on failure. Ends the query. */
int query_one(struct query *q, void (*read)(struct query *, void *), void *row,
              const char *missing);

/* Around writes of several statements: all or nothing. `code` is what happened
 * in between; the result is that, or the failure of keeping it. */
int store_join(struct store *s, struct err *err);
int store_part(struct store *s, int code, struct err *err);

/* -- faults of what is to be written: 0 or ERR_INVALID -- */
int store_check_label(const char *label, size_t size, struct err *err);

int store_check_owner_name(const char *name, struct err *err); /* char[NAME_OWNER_SIZE] */

/* -- what several files need -- */
void store_read_user(struct query *q, void *row);
void store_read_repository(struct query *q, void *row); /* REPOSITORY_COLUMNS and by_alias */
extern const char store_no_repository[];
/* A name of a workspace that was ended is somebody's again. */
int store_ended_forget(struct store *s, int64_t workspace, const char *name, struct err *err);
/* The row of a query that finds one repository; a deleted one is none. */
int store_get_repository(struct query *q, struct store_repository *out);
/* Today's name of r: ERR_EXISTS when there is a row of this name. */
int store_name_insert(struct store *s, const struct store_repository *r, struct err *err);
/* The row, its name, its first owner. user: whose own workspace it is (then
 * the name is that user's too), or 0. Fills id, created. */
int store_workspace_make(struct store *s, struct store_workspace *w, int64_t user, int64_t owner,
                         int64_t now, struct err *err);

/* -- the schema: schema.c -- */

/* A step is all rows with its number; numbers rise by one from 1. */
struct schema_step {
	int number;
	const char *sql;
};
extern const struct schema_step store_steps[];
extern const size_t store_step_count;

/* store_open with other steps than the program's own: how a test makes an old
 * ledger, or one whose upgrade breaks off. */
int store_open_steps(struct store **out, const char *path, enum store_mode mode,
                     const struct schema_step *steps, size_t count, struct err *err);
/* Looks whose file it is, and changes nothing: ERR_INVALID for a file that is
 * no ledger, ERR_NEWER for a schema behind the last of the steps. */
int store_schema_look(struct store *s, const struct schema_step *steps, size_t count,
                      struct err *err);
/* Brings it up to the last of the steps; STORE_READ only says that it is not. */
int store_schema_raise(struct store *s, const struct schema_step *steps, size_t count,
                       struct err *err);

#endif
