/* The audit as a list: any number of rows in constant memory. */
#include "gate/history.h"

#include <stdlib.h>

#define PAGE 256 /* rows read at once */

const char *gate_audit_kind(enum audit_kind kind)
{
	static const char *const names[] = {[AUDIT_DECISION] = "decision",
	                                    [AUDIT_CHANGE] = "change",
	                                    [AUDIT_STRANGER] = "strangers"};

	return kind >= AUDIT_DECISION && kind <= AUDIT_STRANGER ? names[kind] : NULL;
}

const char *const gate_audit_operations[] = {"fetch",
                                             "push",
                                             "advertise fetch",
                                             "advertise push",
                                             "sign in",
                                             "ssh host-key",
                                             "user add",
                                             "user edit",
                                             "user suspend",
                                             "user resume",
                                             "workspace create",
                                             "workspace edit",
                                             "workspace rename",
                                             "group create",
                                             "group delete",
                                             "group add",
                                             "group remove",
                                             "project create",
                                             "project edit",
                                             "repo create",
                                             "repo edit",
                                             "repo rename",
                                             "repo move",
                                             "repo archive",
                                             "repo unarchive",
                                             "repo delete",
                                             "repo undelete",
                                             "repo expire",
                                             "repo adopt",
                                             "repo disown",
                                             "repo hooks",
                                             "alias add",
                                             "alias remove",
                                             "grant add",
                                             "grant remove",
                                             "key add",
                                             "key edit",
                                             "key revoke",
                                             "authority add",
                                             "authority edit",
                                             "authority revoke",
                                             "certificate revoke",
                                             "token create",
                                             "token edit",
                                             "token network",
                                             "token rotate",
                                             "token revoke",
                                             "retire create",
                                             "retire edit",
                                             "retire cancel",
                                             "link make",
                                             "link use",
                                             "link revoke",
                                             "ledger rebuild",
                                             "audit resume",
                                             NULL};

int gate_history(struct gate *g, const struct store_audit_filter *filter,
                 int (*each)(void *, const struct store_audit *), void *arg, struct err *err)
{
	return store_audit_list(g->store, filter, each, arg, err);
}

/* -- the walk -- */

/* Where the newest so many begin. */
struct place {
	int64_t at, id;
	size_t found, most;
};

static int find_place(void *arg, const struct store_audit *row)
{
	struct place *p = arg;

	if (p->found++ == p->most)
		return 1;
	p->at = row->at;
	p->id = row->id;
	return 0;
}

static int begin_at(struct gate *g, struct store_audit_filter *f, bool *left_out, struct err *err)
{
	struct place p = {.most = f->most};
	struct store_audit_filter all = *f;

	all.most = 0;
	int rc = store_audit_list(g->store, &all, find_place, &p, err);
	if (rc < 0)
		return rc;
	*left_out = rc > 0;
	f->behind_at = p.at;
	f->behind_id = p.id - 1;
	return 0;
}

int gate_history_behind(struct gate *g, const char *reference, struct store_audit_filter *filter,
                        struct err *err)
{
	struct store_audit row;
	int rc = store_audit_get(g->store, reference, &row, err);

	if (rc)
		return rc;
	filter->behind_at = row.at;
	filter->behind_id = row.id;
	return 0;
}

static int find_any(void *arg, const struct store_audit *row)
{
	(void)arg;
	(void)row;
	return 1;
}

/* Is there another row behind the last one? */
static int look_on(struct gate *g, const struct store_audit_filter *filter, bool *more,
                   struct err *err)
{
	int rc = store_audit_list(g->store, filter, find_any, NULL, err);

	*more = rc > 0;
	return rc < 0 ? rc : 0;
}

struct page {
	struct store_audit *rows; /* PAGE of them */
	size_t count;
};

static int page_add(void *arg, const struct store_audit *row)
{
	struct page *p = arg;

	p->rows[p->count++] = *row;
	return 0;
}

/* The next page, and what `each` makes of it. */
static int page_turn(struct gate *g, struct store_audit_filter *f, struct page *p,
                     int (*each)(void *, const struct store_audit *), void *arg, struct err *err)
{
	p->count = 0;
	int rc = store_audit_list(g->store, f, page_add, p, err);
	for (size_t i = 0; !rc && i < p->count; i++)
		rc = each(arg, &p->rows[i]);
	if (p->count) {
		f->behind_at = p->rows[p->count - 1].at;
		f->behind_id = p->rows[p->count - 1].id;
	}
	return rc;
}

int gate_history_walk(struct gate *g, const struct store_audit_filter *filter,
                      int (*each)(void *, const struct store_audit *), void *arg, bool *left_out,
                      struct err *err)
{
	struct page p = {malloc(PAGE * sizeof(*p.rows)), PAGE};
	struct store_audit_filter f = *filter;
	size_t left = f.most ? f.most : SIZE_MAX;
	bool more = false, onward = f.behind_id != 0;
	int rc = 0;

	if (!p.rows)
		return err_set(err, ERR_MEMORY, "out of memory");
	if (f.most && !onward)
		rc = begin_at(g, &f, &more, err);
	f.oldest = true;
	while (!rc && left && p.count) {
		f.most = left < PAGE ? left : PAGE;
		rc = page_turn(g, &f, &p, each, arg, err);
		left -= p.count;
	}
	if (!rc && !left && onward)
		rc = look_on(g, &f, &more, err);
	free(p.rows);
	if (left_out)
		*left_out = more;
	return rc;
}
