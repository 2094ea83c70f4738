#include "git/report.h"

#include "base/err.h"
#include "git/pktline.h"

#include <ctype.h>
#include <string.h>

#define UNPACK_WHY 200         /* the longest reason put into the report */
#define LOST_LIMIT (64u << 10) /* bytes of names; further ones keep git's words */

static const char lost_words[] = "somebody else changed it meanwhile: fetch, then push again";

void report_init(struct report *r, size_t out_limit)
{
	memset(r, 0, sizeof(*r));
	r->side_band = true;
	buf_init(&r->in, REPORT_HELD + PKT_MAX);
	buf_init(&r->out, out_limit);
	buf_init(&r->lost, LOST_LIMIT);
}

void report_greets(struct report *r)
{
	r->greets = true;
}

void report_clear(struct report *r)
{
	buf_clear(&r->in);
	buf_clear(&r->out);
	buf_clear(&r->lost);
}

static int broken(struct report *r, int code)
{
	r->state = REPORT_BROKEN;
	buf_reset(&r->in);
	return code;
}

/* "error: object 1f3a…: badTimezone: …": the id, then the defect. */
static void read_defect(struct report *r)
{
	static const char start[] = "error: object ";
	size_t len = r->line_len < sizeof(r->line) ? r->line_len : sizeof(r->line);
	const char *p = r->line + sizeof(start) - 1, *end = r->line + len;
	size_t id = 0, word = 0;

	if (r->object[0] || len < sizeof(start) || memcmp(r->line, start, sizeof(start) - 1) != 0)
		return;
	while (p + id < end && isxdigit((unsigned char)p[id]))
		id++;
	if ((id != 40 && id != 64) || end - p < (long)id + 2 || p[id] != ':' || p[id + 1] != ' ')
		return;
	const char *w = p + id + 2;

	while (w + word < end && isalnum((unsigned char)w[word]))
		word++;
	if (word == 0 || word >= sizeof(r->defect) || w + word == end || w[word] != ':')
		return;
	memcpy(r->object, p, id);
	memcpy(r->defect, w, word);
	r->object[id] = r->defect[word] = '\0';
}

static bool begins(const char *p, const char *end, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(end - p) >= len && memcmp(p, with, len) == 0;
}

/* "error: cannot lock ref 'refs/heads/main': is at 1f3a… but expected …": it has
 * another value than the client saw, has come, or has gone. */
static void read_lost(struct report *r)
{
	static const char start[] = "error: cannot lock ref '";
	static const char *const whys[] = {"is at ", "reference already exists",
	                                   "reference is missing", "unable to resolve reference"};
	size_t len = r->line_len < sizeof(r->line) ? r->line_len : sizeof(r->line);
	const char *end = r->line + len, *name = r->line + sizeof(start) - 1;
	const char *quote =
	        begins(r->line, end, start) ? memmem(name, (size_t)(end - name), "': ", 3) : NULL;

	for (size_t i = 0; quote && i < sizeof(whys) / sizeof(whys[0]); i++) {
		if (!begins(quote + 3, end, whys[i]))
			continue;
		if (r->lost.len + (size_t)(quote - name) + 1 > LOST_LIMIT)
			return;
		(void)buf_add(&r->lost, name, (size_t)(quote - name));
		(void)buf_add_char(&r->lost, '\0');
		return;
	}
}

/* Git's words come in pieces of any size: a line is put together first. */
static void read_words(struct report *r, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' || text[i] == '\r') {
			read_defect(r);
			read_lost(r);
			r->line_len = 0;
			continue;
		}
		if (r->line_len < sizeof(r->line))
			r->line[r->line_len] = text[i];
		r->line_len++;
	}
}

/* The body of a push streams past us, so whether its client asked for side
 * bands is seen from the answer only: a band's number is no printable byte,
 * and a report without bands starts with "unpack". */
static void find_side_band(struct report *r, const struct pkt *p)
{
	if (r->known || p->kind != PKT_DATA || p->len == 0)
		return;
	r->known = true;
	r->side_band = r->side_band && p->data[0] >= 1 && p->data[0] <= 3;
}

static int take_greeting(struct report *r, const char *packet, const struct pkt *p)
{
	r->greets = p->kind != PKT_FLUSH;
	return buf_add(&r->out, packet, p->whole);
}

/* Lets one packet of progress through. 1: the report begins here. */
static int take_packet(struct report *r, const struct pkt *p)
{
	find_side_band(r, p);
	if (p->kind != PKT_DATA || !r->side_band || p->len == 0)
		return p->kind == PKT_DATA && p->len == 0 ? ERR_INVALID : 1;
	/* band 1 with nothing in it keeps the connection alive while git works
	 * (receive.keepAlive): the report is still to come */
	if (p->data[0] == 1 && p->len > 1)
		return 1;
	if (p->data[0] < 1 || p->data[0] > 3)
		return ERR_INVALID;
	if (p->data[0] == 2)
		read_words(r, p->data + 1, p->len - 1);
	return buf_add(&r->out, p->data - 4, p->whole);
}

static int take_progress(struct report *r)
{
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < r->in.len) {
		struct pkt p = pkt_read(r->in.data + at, r->in.len - at);

		if (p.kind == PKT_MORE)
			break;
		if (p.kind == PKT_BAD)
			return ERR_INVALID;
		rc = r->greets ? take_greeting(r, r->in.data + at, &p) : take_packet(r, &p);
		if (rc == 0)
			at += p.whole;
	}
	if (rc < 0)
		return rc;
	buf_drop(&r->in, at);
	if (rc == 1)
		r->state = REPORT_SYNC;
	return 0;
}

int report_feed(struct report *r, const char *data, size_t len)
{
	int rc;

	if (r->state == REPORT_BROKEN)
		return ERR_INVALID;
	if (len == 0)
		return 0;
	if (r->state == REPORT_OPEN) {
		rc = buf_add(&r->out, data, len);
		return rc ? broken(r, rc) : 0;
	}
	rc = buf_add(&r->in, data, len);
	if (!rc && r->state == REPORT_PROGRESS)
		rc = take_progress(r);
	if (!rc && r->state == REPORT_SYNC && r->in.len > REPORT_HELD)
		rc = ERR_LIMIT;
	return rc ? broken(r, rc) : 0;
}

static int add_extra(struct report *r, int band, const char *extra)
{
	size_t len = extra ? strlen(extra) : 0;
	int rc;

	if (len == 0 || !r->side_band)
		return 0;
	rc = pkt_band(&r->out, band, extra, len);
	if (!rc && extra[len - 1] != '\n')
		rc = pkt_band(&r->out, band, "\n", 1);
	return rc;
}

/* One packet of the report, in band 1 where there are bands. */
static int add_report(struct report *r, const char *data, size_t len)
{
	if (len == 0)
		return 0;
	return r->side_band ? pkt_band(&r->out, 1, data, len) : buf_add(&r->out, data, len);
}

/* Git's "unpack index-pack abnormal exit" with the first line of `why` in its
 * place. p: the held packet, r->side_band's number included. */
static int add_unpack(struct report *r, const struct pkt *p, const char *why)
{
	static const char start[] = "unpack ";
	size_t number = r->side_band ? 1 : 0;
	struct pkt inner = r->side_band ? pkt_read(p->data + 1, p->len - 1) : *p;
	struct buf line;

	if (inner.kind != PKT_DATA || inner.len < sizeof(start) - 1 ||
	    memcmp(inner.data, start, sizeof(start) - 1) != 0)
		return 0;
	buf_init(&line, UNPACK_WHY + 20);
	int rc = pkt_writef(&line, "%s%.*s\n", start, (int)strcspn(why, "\n"), why);
	if (!rc)
		rc = add_report(r, line.data, line.len);
	if (!rc && r->side_band)
		rc = add_report(r, p->data + number + inner.whole, p->len - number - inner.whole);
	buf_clear(&line);
	if (!rc)
		buf_drop(&r->in, p->whole);
	return rc;
}

/* The report's first packet was seen whole before it was held back. */
static int tell_unpack(struct report *r, const char *why)
{
	struct pkt p = pkt_read(r->in.data, r->in.len);

	if (!r->object[0] || !why || p.kind != PKT_DATA || strcspn(why, "\n") > UNPACK_WHY)
		return 0;
	return add_unpack(r, &p, why);
}

/* "ng <ref> failed to update ref" of a ref that is among the lost; the ref. */
static const char *lost_ref(const struct report *r, const struct pkt *p, size_t *len)
{
	static const char *const whys[] = {" failed to update ref", " atomic transaction failed"};
	const char *end = p->data + p->len;

	if (p->kind != PKT_DATA || !begins(p->data, end, "ng "))
		return NULL;
	for (size_t at = 0; at < r->lost.len; at += *len + 1) {
		const char *name = r->lost.data + at;

		*len = strlen(name);
		for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
			if (begins(p->data + 3, end, name) &&
			    begins(p->data + 3 + *len, end, whys[i]))
				return name;
	}
	return NULL;
}

/* Copies packets of the report with our words for the lost. What is not whole,
 * and all behind it, stays as it is. */
static int add_reworded(const struct report *r, const char *data, size_t len, struct buf *out)
{
	size_t at = 0;
	int rc = 0;

	while (!rc && at < len) {
		struct pkt p = pkt_read(data + at, len - at);
		size_t name_len = 0;
		const char *name;

		if (p.kind == PKT_MORE || p.kind == PKT_BAD)
			return buf_add(out, data + at, len - at);
		name = lost_ref(r, &p, &name_len);
		rc = name ? pkt_writef(out, "ng %s %s\n", name, lost_words)
		          : buf_add(out, data + at, p.whole);
		at += p.whole;
	}
	return rc;
}

/* The part of the report that is held here; of a report of more than a packet
 * the rest follows in git's words. */
static int tell_lost(struct report *r)
{
	struct pkt p = {.data = r->in.data, .len = r->in.len, .whole = r->in.len};
	struct buf out;
	int rc;

	if (r->side_band && r->lost.len)
		p = pkt_read(r->in.data, r->in.len);
	if (!r->lost.len || p.len < 1 || (r->side_band && (p.kind != PKT_DATA || p.data[0] != 1)))
		return 0;
	buf_init(&out, REPORT_HELD + LOST_LIMIT * 4);
	rc = r->side_band ? add_reworded(r, p.data + 1, p.len - 1, &out)
	                  : add_reworded(r, p.data, p.len, &out);
	if (!rc)
		rc = add_report(r, out.data, out.len);
	buf_clear(&out);
	if (!rc)
		buf_drop(&r->in, p.whole);
	return rc;
}

int report_synced(struct report *r, bool ok, const char *extra)
{
	int rc;

	if (r->state != REPORT_SYNC)
		return ERR_INVALID;
	rc = add_extra(r, ok ? 2 : 3, extra);
	if (rc || !ok)
		return broken(r, rc);
	rc = tell_unpack(r, extra);
	if (!rc)
		rc = tell_lost(r);
	if (!rc && r->in.len)
		rc = buf_add(&r->out, r->in.data, r->in.len);
	if (rc)
		return broken(r, rc);
	buf_reset(&r->in);
	r->state = REPORT_OPEN;
	return 0;
}
