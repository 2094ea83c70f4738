#include "house.h"

#include "gate/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define NOW 1764082987

struct seen {
	char text[20000]; /* "A1 B3 ": references and counts */
	size_t count;
	int stop_at; /* refuses this one; 0: none */
};

static int see(void *arg, const struct store_audit *row)
{
	struct seen *s = arg;
	size_t len = strlen(s->text);

	if (s->stop_at && (int)s->count + 1 == s->stop_at)
		return 1;
	s->count++;
	snprintf(s->text + len, sizeof(s->text) - len, "%s%d ", row->reference, (int)row->count);
	return 0;
}

static void write_row(struct house *h, enum audit_kind kind, const char *reference, int64_t at)
{
	struct store_audit a = {.kind = kind, .at = at, .last = at, .count = 1};

	snprintf(a.reference, sizeof(a.reference), "%s", reference);
	snprintf(a.reason, sizeof(a.reason), "allowed");
	assert_int_equal(store_begin(h->gate.store, &h->err), 0);
	assert_int_equal(store_audit_add(h->gate.store, &a, &h->err), 0);
	assert_int_equal(store_commit(h->gate.store, &h->err), 0);
}

static struct gate_follow *follow_from(struct house *h, int64_t id)
{
	struct gate_follow *f = NULL;

	if (gate_follow_open(&f, &h->settings, id, &h->err))
		fail_msg("%s", h->err.text);
	return f;
}

static const char *next(struct house *h, struct gate_follow *f, int64_t now, struct seen *s)
{
	bool more;

	memset(s->text, 0, sizeof(s->text));
	s->count = 0;
	assert_true(gate_follow_next(f, now, see, s, &more, &h->err) >= 0);
	return s->text;
}

static void what_comes_is_given_once_in_its_order(void **state)
{
	struct house *h = *state;
	struct seen s = {0};
	struct gate_follow *f = follow_from(h, -1);

	assert_string_equal(next(h, f, NOW, &s), "");
	write_row(h, AUDIT_DECISION, "A", NOW);
	write_row(h, AUDIT_DECISION, "B", NOW - 100); /* the clock was set back */
	assert_string_equal(next(h, f, NOW, &s), "A1 B1 ");
	assert_string_equal(next(h, f, NOW, &s), "");
	write_row(h, AUDIT_CHANGE, "C", NOW);
	write_row(h, AUDIT_CHANGE, "D", NOW);
	s.stop_at = 2; /* what is not taken comes again */
	assert_string_equal(next(h, f, NOW, &s), "C1 ");
	s.stop_at = 0;
	assert_string_equal(next(h, f, NOW, &s), "D1 ");
	int64_t place = gate_follow_place(f);
	gate_follow_close(f);
	f = follow_from(h, place - 2);
	assert_string_equal(next(h, f, NOW, &s), "C1 D1 ");
	gate_follow_close(f);
}

static void what_adds_up_is_given_again_each_minute(void **state)
{
	struct house *h = *state;
	struct seen s = {0};
	struct gate_follow *f = follow_from(h, -1);

	write_row(h, AUDIT_STRANGER, "S", NOW);
	assert_string_equal(next(h, f, NOW, &s), "S1 ");
	write_row(h, AUDIT_STRANGER, "S", NOW + 1);
	assert_string_equal(next(h, f, NOW + 30, &s), "");
	assert_string_equal(next(h, f, NOW + 61, &s), "S2 ");
	assert_string_equal(next(h, f, NOW + 130, &s), "");
	gate_follow_close(f);
}

static void what_was_swept_before_is_counted(void **state)
{
	struct house *h = *state;
	struct seen s = {0};
	struct gate_follow *f = follow_from(h, -1);
	int64_t removed;

	for (int i = 0; i < 5; i++)
		write_row(h, AUDIT_DECISION, (char[]){(char)('A' + i), 0}, NOW + i);
	assert_int_equal(store_begin(h->gate.store, &h->err), 0);
	assert_int_equal(store_audit_prune(h->gate.store, 0, 2, 9, &removed, &h->err), 0);
	assert_int_equal(store_commit(h->gate.store, &h->err), 0);
	assert_string_equal(next(h, f, NOW, &s), "D1 E1 ");
	assert_int_equal(gate_follow_missed(f), 3);
	gate_follow_close(f);
}

static void a_walk_takes_the_newest_oldest_first_over_pages(void **state)
{
	struct house *h = *state;
	struct store_audit_filter f = {.reason = "allowed", .most = 300};
	struct seen s = {0};
	char name[16];
	bool left_out;

	assert_int_equal(store_begin(h->gate.store, &h->err), 0);
	for (int i = 0; i < 700; i++) { /* many of one second */
		struct store_audit a = {.kind = AUDIT_DECISION, .at = NOW + i / 100, .count = 1};
		snprintf(a.reference, sizeof(a.reference), "R%03d.", i);
		snprintf(a.reason, sizeof(a.reason), "allowed");
		assert_int_equal(store_audit_add(h->gate.store, &a, &h->err), 0);
	}
	assert_int_equal(store_commit(h->gate.store, &h->err), 0);
	assert_int_equal(gate_history_walk(&h->gate, &f, see, &s, &left_out, &h->err), 0);
	assert_int_equal(s.count, 300);
	assert_true(left_out);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "R%03d.1 ", 400 + i);
		assert_memory_equal(s.text + 7 * i, name, 7);
	}
	f.most = 0;
	memset(&s, 0, sizeof(s));
	assert_int_equal(gate_history_walk(&h->gate, &f, see, &s, &left_out, &h->err), 0);
	assert_int_equal(s.count, 700);
	assert_false(left_out);
	f.most = 700;
	assert_int_equal(gate_history_walk(&h->gate, &f, see, &s, &left_out, &h->err), 0);
	assert_false(left_out);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	        T(what_comes_is_given_once_in_its_order),
	        T(what_adds_up_is_given_again_each_minute),
	        T(what_was_swept_before_is_counted),
	        T(a_walk_takes_the_newest_oldest_first_over_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
