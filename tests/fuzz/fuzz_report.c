/* The report: any bytes of a child, cut anywhere, give the same answer; no byte
 * of a report flows before the sync; a failed sync lets none flow. */
#include "base/err.h"
#include "git/pktline.h"
#include "git/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Feeds all in pieces of `piece` bytes; syncs when asked to. */
static void feed(struct report *r, const char *data, size_t size, size_t piece, bool ok)
{
	report_init(r, 1 << 22);
	for (size_t at = 0; at < size && r->state != REPORT_BROKEN; at += piece) {
		size_t n = size - at < piece ? size - at : piece, before = r->out.len;
		enum report_state state = r->state;

		if (report_feed(r, data + at, n) != 0)
			must(r->state == REPORT_BROKEN);
		if (state == REPORT_SYNC)
			must(r->out.len == before);
	}
	must(r->out.len <= size);
	must(r->out.len == 0 || memcmp(r->out.data, data, r->out.len) == 0);
	if (r->state == REPORT_SYNC) {
		size_t before = r->out.len;

		must(report_synced(r, ok, NULL) == 0);
		if (!ok || !r->lost.len) /* else some of git's words become ours */
			must(ok ? r->out.len == size : r->out.len == before);
	}
	must(strlen(r->object) == 0 || strlen(r->object) == 40 || strlen(r->object) == 64);
	must((r->object[0] != 0) == (r->defect[0] != 0));
}

/* Words of ours beside the report: what flowed before stays as it was, and what
 * is added are packets where the rest is packets. */
static void tell(const char *data, size_t size, bool ok)
{
	static const char words[] = "the object is refused\nand why";
	struct report r;
	size_t before;

	report_init(&r, 1 << 22);
	r.side_band = ok || size % 2;
	must(report_synced(&r, ok, words) == ERR_INVALID); /* nothing to sync yet */
	if (report_feed(&r, data, size) == 0 && r.state == REPORT_SYNC) {
		before = r.out.len;
		must(report_synced(&r, ok, words) == 0);
		must(r.state == (ok ? REPORT_OPEN : REPORT_BROKEN));
		must(before == 0 || memcmp(r.out.data, data, before) == 0);
		must(r.out.len >= before + (r.side_band ? strlen(words) : 0));
		if (r.side_band) {
			struct pkt p = pkt_read(r.out.data + before, r.out.len - before);

			must(p.kind == PKT_DATA && p.data[0] == (ok ? 2 : 3));
			must(memcmp(p.data + 1, words, strlen(words)) == 0);
		}
		before = r.out.len;
		must((report_feed(&r, "0000", 4) == 0) == ok);
		must(r.out.len == before + (ok ? 4 : 0));
	}
	report_clear(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report whole, pieces, failed;
	size_t piece = size > 0 ? 1 + data[0] % 7 : 1;

	feed(&whole, (const char *)data, size, size + 1, true);
	feed(&pieces, (const char *)data, size, piece, true);
	feed(&failed, (const char *)data, size, piece, false);
	must(whole.state == pieces.state && strcmp(whole.object, pieces.object) == 0);
	must(whole.out.len == pieces.out.len);
	must(failed.state != REPORT_OPEN);
	tell((const char *)data, size, true);
	tell((const char *)data, size, false);
	report_clear(&whole);
	report_clear(&pieces);
	report_clear(&failed);
	return 0;
}
