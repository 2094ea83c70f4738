#include "git/pktline.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ZERO "0000000000000000000000000000000000000000"
#define ONE "1111111111111111111111111111111111111111"

static void a_packet_is_read_with_its_length(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		enum pkt_kind kind;
		size_t data, whole;
	} table[] = {
	        {"0005a", 5, PKT_DATA, 1, 5},   {"0004", 4, PKT_DATA, 0, 4},
	        {"0000", 4, PKT_FLUSH, 0, 4},   {"0001", 4, PKT_DELIM, 0, 4},
	        {"0002rest", 8, PKT_END, 0, 4}, {"0003", 4, PKT_BAD, 0, 0},
	        {"00", 2, PKT_MORE, 0, 0},      {"", 0, PKT_MORE, 0, 0},
	        {"0006a", 5, PKT_MORE, 0, 0},   {"fff1", 4, PKT_BAD, 0, 0},
	        {"FFF0", 4, PKT_MORE, 0, 0},    {"00g", 3, PKT_BAD, 0, 0},
	        {"-001", 4, PKT_BAD, 0, 0},     {"000Axxxxxxyy", 12, PKT_DATA, 6, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pkt p = pkt_read(table[i].text, table[i].len);

		assert_int_equal(p.kind, table[i].kind);
		assert_int_equal(p.len, table[i].data);
		assert_int_equal(p.whole, table[i].whole);
	}
}

static void what_is_written_is_read_again(void **state)
{
	static char most[PKT_MAX];
	struct buf b;
	struct pkt p;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(pkt_write(&b, most, PKT_MAX - 3), ERR_LIMIT);
	assert_int_equal(b.len, 0);
	assert_int_equal(pkt_write(&b, most, PKT_MAX - 4), 0);
	p = pkt_read(b.data, b.len);
	assert_int_equal(p.kind, PKT_DATA);
	assert_int_equal(p.len, PKT_MAX - 4);
	buf_reset(&b);
	assert_int_equal(pkt_writef(&b, "want %s\n", "x"), 0);
	assert_string_equal(buf_str(&b), "000bwant x\n");
	buf_clear(&b);
}

static void text_is_split_into_packets_of_a_band(void **state)
{
	static char text[PKT_MAX + 10];
	struct buf b;
	struct pkt p;

	(void)state;
	memset(text, 'x', sizeof(text));
	buf_init(&b, 1 << 20);
	assert_int_equal(pkt_band(&b, 2, text, sizeof(text)), 0);
	p = pkt_read(b.data, b.len);
	assert_int_equal(p.whole, PKT_MAX);
	assert_int_equal(p.data[0], 2);
	p = pkt_read(b.data + p.whole, b.len - p.whole);
	assert_int_equal(p.len, 1 + 15);
	assert_int_equal(p.data[0], 2);
	buf_clear(&b);
}

static void an_error_is_one_packet_behind_its_service(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(pkt_err(&b, NULL, "no"), 0);
	assert_string_equal(buf_str(&b), "000aERR no");
	buf_reset(&b);
	assert_int_equal(pkt_err(&b, "git-upload-pack", "no"), 0);
	assert_string_equal(buf_str(&b), "001e# service=git-upload-pack\n0000000aERR no");
	buf_clear(&b);
}

static int collect(void *arg, const struct push_command *c)
{
	buf_addf(arg, "%.*s>%.*s %.*s;", 2, c->old_id, (int)c->id_len, c->new_id, (int)c->ref_len,
	         c->ref);
	return 0;
}

static int stop(void *arg, const struct push_command *c)
{
	(void)arg;
	(void)c;
	return ERR_BUSY;
}

static void head(struct buf *b, const char *caps)
{
	static const char one[] = ZERO " " ONE " refs/heads/a";
	char first[300];
	size_t len = sizeof(one) + strlen(caps);

	pkt_write(b, "shallow " ONE, 48);
	memcpy(first, one, sizeof(one));
	memcpy(first + sizeof(one), caps, strlen(caps));
	pkt_write(b, first, len);
	pkt_write(b, ONE " " ZERO " refs/heads/b\n", 40 + 1 + 40 + 1 + 13);
}

static void the_head_of_a_push_is_read(void **state)
{
	struct buf b, seen;
	struct push_head h;

	(void)state;
	buf_init(&b, 10000);
	buf_init(&seen, 10000);
	head(&b, " report-status-v2 side-band-64k atomic quiet agent=x");
	assert_int_equal(push_head_read(b.data, b.len, &h, collect, &seen), 0);
	assert_false(h.whole);
	pkt_flush(&b);
	buf_add_str(&b, "PACK and more");
	buf_reset(&seen);
	assert_int_equal(push_head_read(b.data, b.len, &h, collect, &seen), 0);
	assert_true(h.whole && h.side_band && h.report_status_v2 && h.atomic && h.quiet);
	assert_false(h.report_status);
	assert_int_equal(h.count, 2);
	assert_string_equal(buf_str(&seen), "00>" ONE " refs/heads/a;11>" ZERO " refs/heads/b;");
	assert_int_equal(push_head_read(b.data, b.len, &h, stop, NULL), ERR_BUSY);
	assert_int_equal(push_head_read("0000", 4, &h, NULL, NULL), 0);
	assert_true(h.whole && h.count == 0);
	buf_clear(&b);
	buf_clear(&seen);
}

static void what_is_no_push_is_invalid(void **state)
{
	static const char *const table[] = {
	        "0009hello",
	        "0001",
	        "zzzz",
	        ZERO,
	        "0015push-cert"
	        "\0"
	        "caps",
	};
	static const char *const lines[] = {
	        ZERO " " ONE " ",
	        ZERO " " ONE,
	        ZERO " 1111 refs/heads/a",
	        "G" ZERO " " ONE " refs/heads/a",
	        "shallow 11",
	        "push-cert",
	};
	struct push_head h;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(push_head_read(table[i], strlen(table[i]), &h, NULL, NULL),
		                 ERR_INVALID);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		buf_init(&b, 1000);
		pkt_write(&b, lines[i], strlen(lines[i]));
		assert_int_equal(push_head_read(b.data, b.len, &h, NULL, NULL), ERR_INVALID);
		buf_clear(&b);
	}
}

static void a_push_is_refused_ref_by_ref(void **state)
{
	struct buf b, out;

	(void)state;
	buf_init(&b, 10000);
	buf_init(&out, 10000);
	head(&b, " report-status side-band-64k");
	pkt_flush(&b);
	assert_int_equal(push_refuse(&out, b.data, b.len, "why\x1b[2J\nhow", "no\nway [C1]"), 0);
	assert_string_equal(buf_str(&out), "0011\x02why?[2J\nhow\n"
	                                   "0057\x01"
	                                   "000eunpack ok\n"
	                                   "0020ng refs/heads/a no?way [C1]\n"
	                                   "0020ng refs/heads/b no?way [C1]\n"
	                                   "0000"
	                                   "0000");
	buf_clear(&b);
	buf_clear(&out);
}

static void without_side_bands_only_the_report_is_written(void **state)
{
	struct buf b, out;

	(void)state;
	buf_init(&b, 10000);
	buf_init(&out, 10000);
	head(&b, " report-status");
	assert_int_equal(push_refuse(&out, b.data, b.len, "why", "no"), 0);
	assert_string_equal(buf_str(&out),
	                    "000eunpack ok\n0017ng refs/heads/a no\n0017ng refs/heads/b no\n0000");
	buf_reset(&out);
	buf_reset(&b);
	head(&b, "");
	assert_int_equal(push_refuse(&out, b.data, b.len, "why", "no"), 0);
	assert_int_equal(out.len, 0);
	buf_clear(&b);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_packet_is_read_with_its_length),
	        cmocka_unit_test(what_is_written_is_read_again),
	        cmocka_unit_test(text_is_split_into_packets_of_a_band),
	        cmocka_unit_test(an_error_is_one_packet_behind_its_service),
	        cmocka_unit_test(the_head_of_a_push_is_read),
	        cmocka_unit_test(what_is_no_push_is_invalid),
	        cmocka_unit_test(a_push_is_refused_ref_by_ref),
	        cmocka_unit_test(without_side_bands_only_the_report_is_written),
	};

	return cmocka_run_group_tests_name("git/pktline", tests, NULL, NULL);
}
