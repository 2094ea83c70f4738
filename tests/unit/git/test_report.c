#include "git/report.h"

#include "base/err.h"
#include "git/pktline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "1f3a000000000000000000000000000000000001"
static const char defect[] = "Unpacking\rerror: object " ID
                             ": badTimezone: invalid author/committer line - bad time zone\n"
                             "error: object " ID ": badDate: later\nfatal: fsck error\n";

static void answer(struct buf *b, const char *words)
{
	buf_init(b, 1 << 20);
	pkt_band(b, 2, words, strlen(words));
	pkt_band(b, 1, "000eunpack ok\n0000", 18);
	pkt_flush(b);
}

static void the_report_waits_for_the_sync(void **state)
{
	struct buf b;
	struct report r;
	size_t words = 5 + strlen("words\n");

	(void)state;
	answer(&b, "words\n");
	report_init(&r, 100000);
	assert_int_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_equal(r.state, REPORT_SYNC);
	assert_int_equal(r.out.len, words);
	assert_int_equal(report_synced(&r, true, "extra"), 0);
	assert_int_equal(r.state, REPORT_OPEN);
	assert_memory_equal(r.out.data + words,
	                    "000a\x02"
	                    "extra0006\x02\n",
	                    16);
	assert_memory_equal(r.out.data + words + 16, b.data + words, b.len - words);
	assert_int_equal(report_feed(&r, "more", 4), 0);
	assert_memory_equal(r.out.data + r.out.len - 4, "more", 4);
	report_clear(&r);
	buf_clear(&b);
}

static void byte_by_byte_it_is_the_same(void **state)
{
	struct buf b;
	struct report r;

	(void)state;
	answer(&b, defect);
	report_init(&r, 100000);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(report_feed(&r, b.data + i, 1), 0);
	assert_int_equal(r.state, REPORT_SYNC);
	assert_int_equal(report_synced(&r, true, NULL), 0);
	assert_int_equal(r.out.len, b.len);
	assert_memory_equal(r.out.data, b.data, b.len);
	assert_string_equal(r.object, ID);
	assert_string_equal(r.defect, "badTimezone");
	report_clear(&r);
	buf_clear(&b);
}

static void a_failed_sync_never_lets_the_report_flow(void **state)
{
	struct buf b;
	struct report r;

	(void)state;
	answer(&b, "");
	report_init(&r, 100000);
	assert_int_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_equal(report_synced(&r, false, "not stored\n"), 0);
	assert_int_equal(r.state, REPORT_BROKEN);
	assert_string_equal(buf_str(&r.out), "0010\x03not stored\n");
	assert_int_not_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_not_equal(report_synced(&r, true, NULL), 0);
	assert_int_equal(r.out.len, 16);
	report_clear(&r);
	buf_clear(&b);
}

static void an_empty_band_1_keeps_alive_and_is_no_report(void **state)
{
	struct buf b;
	struct report r;

	(void)state;
	answer(&b, "words\n");
	report_init(&r, 100000);
	assert_int_equal(report_feed(&r, "0005\x01", 5), 0);
	assert_int_equal(r.state, REPORT_PROGRESS);
	assert_int_equal(r.out.len, 5); /* it is for the client, at once */
	assert_int_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_equal(r.state, REPORT_SYNC);
	assert_int_equal(r.out.len, 5 + 5 + strlen("words\n"));
	report_clear(&r);
	buf_clear(&b);
}

static void without_side_bands_the_first_byte_is_the_report(void **state)
{
	static const char plain[] = "000eunpack ok\n0000";
	struct report r;

	(void)state;
	report_init(&r, 100000);
	assert_int_equal(report_feed(&r, plain, sizeof(plain) - 1), 0);
	assert_int_equal(r.state, REPORT_SYNC);
	assert_false(r.side_band);
	assert_int_equal(r.out.len, 0);
	assert_int_equal(report_synced(&r, true, "no place for this"), 0);
	assert_string_equal(buf_str(&r.out), plain);
	report_clear(&r);
}

static void a_flush_alone_waits_as_well(void **state)
{
	struct report r;

	(void)state;
	report_init(&r, 100);
	assert_int_equal(report_feed(&r, "0005\x02", 5), 0);
	assert_int_equal(r.state, REPORT_PROGRESS);
	assert_int_equal(report_feed(&r, "0000", 4), 0);
	assert_int_equal(r.state, REPORT_SYNC);
	assert_int_equal(r.out.len, 5);
	report_clear(&r);
}

static void rubbish_breaks_it(void **state)
{
	static const char *const table[] = {"hello", "0003", "0004", "0006\x02x0006\x07x"};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct report r;

		report_init(&r, 1000);
		assert_int_equal(report_feed(&r, table[i], strlen(table[i])), ERR_INVALID);
		assert_int_equal(r.state, REPORT_BROKEN);
		report_clear(&r);
	}
}

static void what_waits_is_bounded(void **state)
{
	static char much[REPORT_HELD];
	struct report r;

	(void)state;
	report_init(&r, 100);
	assert_int_equal(report_feed(&r, "0006\x01x", 6), 0);
	assert_int_equal(report_feed(&r, much, sizeof(much)), ERR_LIMIT);
	assert_int_equal(r.state, REPORT_BROKEN);
	report_clear(&r);
	report_init(&r, 4);
	assert_int_equal(report_feed(&r, "0006\x02x", 6), ERR_LIMIT);
	assert_int_equal(r.state, REPORT_BROKEN);
	report_clear(&r);
}

static void words_that_only_look_like_a_defect_are_none(void **state)
{
	static const char *const table[] = {
	        "error: object 1f3a: badTimezone: x\n",
	        "error: object " ID ": bad Timezone: x\n",
	        "error: object " ID " badTimezone: x\n",
	        "remote error: object " ID ": badTimezone: x\n",
	        "error: object " ID ": : x\n",
	        "error: object " ID ": badTimezone: no newline",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct buf b;
		struct report r;

		answer(&b, table[i]);
		report_init(&r, 100000);
		assert_int_equal(report_feed(&r, b.data, b.len), 0);
		assert_string_equal(r.object, "");
		report_clear(&r);
		buf_clear(&b);
	}
}

static void a_failed_check_stands_in_the_report(void **state)
{
	static const char held[] = "0024unpack index-pack abnormal exit\n"
	                           "0023ng refs/heads/a unpacker error\n0000";
	struct buf b;
	struct report r;

	(void)state;
	buf_init(&b, 1000);
	pkt_band(&b, 2, defect, strlen(defect));
	size_t words = b.len;
	pkt_band(&b, 1, held, sizeof(held) - 1);
	report_init(&r, 100000);
	assert_int_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_equal(report_synced(&r, true, "why\nmore\n"), 0);
	struct pkt p = pkt_read(r.out.data + words, r.out.len - words); /* why, more */
	p = pkt_read(p.data + p.len, 1000);
	assert_int_equal(p.data[0], 1);
	assert_memory_equal(p.data + 1, "000funpack why\n", 15);
	p = pkt_read(p.data + p.len, 1000);
	assert_int_equal(p.data[0], 1);
	assert_int_equal(p.len, sizeof(held) - 1 - 0x24 + 1);
	assert_memory_equal(p.data + 1, held + 0x24, p.len - 1);
	assert_ptr_equal(p.data + p.len, r.out.data + r.out.len);
	report_clear(&r);
	buf_clear(&b);
}

static void a_report_without_a_failed_check_stays(void **state)
{
	static const char held[] = "0024unpack index-pack abnormal exit\n0000";
	struct buf b;
	struct report r;

	(void)state;
	buf_init(&b, 1000);
	pkt_band(&b, 1, held, sizeof(held) - 1);
	report_init(&r, 100000);
	assert_int_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_equal(report_synced(&r, true, NULL), 0);
	assert_int_equal(r.out.len, b.len);
	assert_memory_equal(r.out.data, b.data, b.len);
	report_clear(&r);
	buf_clear(&b);
}

#define LOST "ng refs/heads/a somebody else changed it meanwhile: fetch, then push again\n"

static const char race[] =
        "error: cannot lock ref 'refs/heads/a': is at " ID " but expected " ID "\n"
        "error: cannot lock ref 'refs/heads/b': 'refs/heads' exists\n";

static void who_lost_a_race_is_told_so(void **state)
{
	struct buf b, held;
	struct report r;

	(void)state;
	buf_init(&b, 10000);
	buf_init(&held, 1000);
	pkt_writef(&held, "unpack ok\n");
	pkt_writef(&held, "ng refs/heads/ab failed to update ref\n");
	pkt_writef(&held, "ng refs/heads/a failed to update ref\n");
	pkt_writef(&held, "ng refs/heads/b failed to update ref\n");
	pkt_flush(&held);
	pkt_band(&b, 2, race, strlen(race));
	size_t words = b.len;
	pkt_band(&b, 1, held.data, held.len);
	report_init(&r, 100000);
	assert_int_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_equal(report_synced(&r, true, NULL), 0);
	struct pkt p = pkt_read(r.out.data + words, r.out.len - words);
	assert_int_equal(p.data[0], 1);
	assert_ptr_equal(p.data + p.len, r.out.data + r.out.len);
	buf_reset(&held);
	pkt_writef(&held, "unpack ok\n");
	pkt_writef(&held, "ng refs/heads/ab failed to update ref\n");
	pkt_writef(&held, LOST);
	pkt_writef(&held, "ng refs/heads/b failed to update ref\n");
	pkt_flush(&held);
	assert_int_equal(p.len, held.len + 1);
	assert_memory_equal(p.data + 1, held.data, held.len);
	report_clear(&r);
	buf_clear(&held);
	buf_clear(&b);
}

static void a_long_report_keeps_its_end(void **state)
{
	static const char half[] = "000eunpack ok\n0029ng refs/heads/a failed to upd";
	struct report r;
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	pkt_band(&b, 2, race, strlen(race));
	size_t words = b.len;
	pkt_band(&b, 1, half, sizeof(half) - 1);
	report_init(&r, 100000);
	assert_int_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_equal(report_synced(&r, true, NULL), 0);
	assert_int_equal(r.out.len, b.len);
	assert_memory_equal(r.out.data + words, b.data + words, b.len - words);
	report_clear(&r);
	buf_clear(&b);
}

/* Over SSH: refs, a flush packet, and only then progress and report. */
static void what_is_offered_flows_before_it(void **state)
{
	static const char refs[] = "0035" ID " refs/heads/x";
	struct buf b;
	struct report r;

	(void)state;
	buf_init(&b, 1 << 20);
	pkt_write(&b, refs, sizeof(refs) - 1);
	pkt_write(&b, "\002no band", 8);
	pkt_flush(&b);
	report_init(&r, 100000);
	report_greets(&r);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(report_feed(&r, b.data + i, 1), 0);
	assert_int_equal(r.state, REPORT_PROGRESS);
	assert_int_equal(r.out.len, b.len);
	assert_memory_equal(r.out.data, b.data, b.len);
	buf_clear(&b);
	answer(&b, "words\n");
	assert_int_equal(report_feed(&r, b.data, b.len), 0);
	assert_int_equal(r.state, REPORT_SYNC);
	report_clear(&r);
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_report_waits_for_the_sync),
	        cmocka_unit_test(byte_by_byte_it_is_the_same),
	        cmocka_unit_test(a_failed_sync_never_lets_the_report_flow),
	        cmocka_unit_test(an_empty_band_1_keeps_alive_and_is_no_report),
	        cmocka_unit_test(without_side_bands_the_first_byte_is_the_report),
	        cmocka_unit_test(a_flush_alone_waits_as_well),
	        cmocka_unit_test(rubbish_breaks_it),
	        cmocka_unit_test(what_waits_is_bounded),
	        cmocka_unit_test(words_that_only_look_like_a_defect_are_none),
	        cmocka_unit_test(a_failed_check_stands_in_the_report),
	        cmocka_unit_test(a_report_without_a_failed_check_stays),
	        cmocka_unit_test(who_lost_a_race_is_told_so),
	        cmocka_unit_test(a_long_report_keeps_its_end),
	        cmocka_unit_test(what_is_offered_flows_before_it),
	};

	return cmocka_run_group_tests_name("git/report", tests, NULL, NULL);
}
