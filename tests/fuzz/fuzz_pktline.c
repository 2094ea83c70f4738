/* pkt-lines: any bytes as packets, as the head of a push, and as a push to
 * refuse. Whatever comes in, what goes out is well-formed. */
#include "base/err.h"
#include "git/pktline.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void read_packets(const char *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		struct pkt p = pkt_read(data + at, len - at);

		if (p.kind == PKT_BAD || p.kind == PKT_MORE) {
			must(p.whole == 0);
			return;
		}
		must(p.whole >= 4 && p.whole <= len - at && p.whole <= PKT_MAX);
		must(p.kind != PKT_DATA || (p.data == data + at + 4 && p.len == p.whole - 4));
		at += p.whole;
	}
}

struct seen {
	const char *data;
	size_t len, count;
};

static int see(void *arg, const struct push_command *c)
{
	struct seen *s = arg;

	s->count++;
	must(c->id_len == 40 || c->id_len == 64);
	must(c->old_id >= s->data && c->new_id > c->old_id && c->ref > c->new_id);
	must(c->ref_len > 0 && c->ref + c->ref_len <= s->data + s->len);
	return 0;
}

static void check_refusal(const struct buf *out)
{
	size_t at = 0;

	while (at < out->len) {
		struct pkt p = pkt_read(out->data + at, out->len - at);

		must(p.kind == PKT_DATA || p.kind == PKT_FLUSH);
		at += p.whole;
	}
	must(at == out->len);
}

/* What we write ourselves, with bytes of the peer in it, reads as written. */
static void write_packets(const char *data, size_t len)
{
	char *text = malloc(len + 1);
	struct buf out;
	size_t at = 0, seen = 0;

	must(text != NULL);
	memcpy(text, data, len);
	text[len] = '\0';
	buf_init(&out, 1 << 22);
	must(pkt_band(&out, 2, data, len) == 0);
	while (at < out.len) {
		struct pkt p = pkt_read(out.data + at, out.len - at);

		must(p.kind == PKT_DATA && p.len > 1 && p.data[0] == 2);
		must(memcmp(p.data + 1, data + seen, p.len - 1) == 0);
		seen += p.len - 1;
		at += p.whole;
	}
	must(seen == len);
	must(pkt_write(&out, data, len) == (len > PKT_MAX - 4 ? ERR_LIMIT : 0));
	must(pkt_writef(&out, "%s", text) == (strlen(text) >= 4096 ? ERR_LIMIT : 0));
	must(pkt_err(&out, len % 2 ? "git-upload-pack" : NULL, text) == 0);
	check_refusal(&out);
	buf_clear(&out);
	buf_init(&out, 8); /* too little for any */
	must(len < 5 || pkt_write(&out, data, len) != 0);
	must(pkt_err(&out, NULL, "no room") != 0);
	buf_clear(&out);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = {(const char *)data, size, 0};
	struct push_head h;
	struct buf out;
	int rc;

	read_packets(s.data, size);
	write_packets(s.data, size);
	rc = push_head_read(s.data, size, &h, see, &s);
	must(rc == 0 || rc == ERR_INVALID);
	must(h.count >= s.count && (rc != 0 || h.count == s.count));
	buf_init(&out, 1 << 20);
	if (push_refuse(&out, s.data, size, "text\nmore", "line") == 0) {
		must(rc == 0);
		check_refusal(&out);
	}
	buf_clear(&out);
	return 0;
}
