/* The SQLite backend's own ways, for the contract. */
#include "fixture.h"

#include "store/store_int.h"

static void pages(struct store *s, const char *sql)
{
	assert_int_equal(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void fill(struct store *s)
{
	pages(s, "PRAGMA max_page_count = 1"); /* it becomes what the file has */
}

static void unfill(struct store *s)
{
	pages(s, "PRAGMA max_page_count = 1000000");
}

static void impatient(struct store *s)
{
	sqlite3_busy_timeout(s->db, 0);
}

const struct backend backend = {fill, unfill, impatient};
