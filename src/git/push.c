/* The commands at the start of a push, and an answer that refuses them all. */
#include "git/pktline.h"

#include "base/err.h"

#include <string.h>

static bool is_hex(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	return true;
}

static const struct {
	const char *word;
	size_t offset;
} capability_table[] = {
        {"report-status", offsetof(struct push_head, report_status)},
        {"report-status-v2", offsetof(struct push_head, report_status_v2)},
        {"side-band-64k", offsetof(struct push_head, side_band)},
        {"atomic", offsetof(struct push_head, atomic)},
        {"quiet", offsetof(struct push_head, quiet)},
};

static void read_capability(struct push_head *h, const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(capability_table) / sizeof(capability_table[0]); i++)
		if (strlen(capability_table[i].word) == len &&
		    memcmp(capability_table[i].word, word, len) == 0)
			*(bool *)((char *)h + capability_table[i].offset) = true;
}

static void read_capabilities(struct push_head *h, const char *text, size_t len)
{
	size_t start = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != ' ' && text[i] != '\n')
			continue;
		read_capability(h, text + start, i - start);
		start = i + 1;
	}
}

/* "old new ref": both ids of one length, that of SHA-1 or SHA-256. */
static int read_command(const char *line, size_t len, struct push_command *out)
{
	const char *space = memchr(line, ' ', len);
	size_t id = space ? (size_t)(space - line) : 0;

	if ((id != 40 && id != 64) || len < 2 * id + 3 || line[2 * id + 1] != ' ')
		return ERR_INVALID;
	if (!is_hex(line, id) || !is_hex(line + id + 1, id))
		return ERR_INVALID;
	*out = (struct push_command){.old_id = line,
	                             .new_id = line + id + 1,
	                             .ref = line + 2 * id + 2,
	                             .id_len = id,
	                             .ref_len = len - (2 * id + 2)};
	return 0;
}

/* One line of the head: a command, "shallow id", or (refused) a certificate. */
static int read_line(struct push_head *h, const struct pkt *p, struct push_command *c,
                     bool *command)
{
	static const char shallow[] = "shallow ";
	size_t len = p->len;
	const char *nul = memchr(p->data, '\0', len);

	*command = false;
	if (nul) {
		if (h->count == 0)
			read_capabilities(h, nul + 1, len - (size_t)(nul + 1 - p->data));
		len = (size_t)(nul - p->data);
	}
	if (len > 0 && p->data[len - 1] == '\n')
		len--;
	if (len > sizeof(shallow) - 1 && memcmp(p->data, shallow, sizeof(shallow) - 1) == 0) {
		size_t id = len - (sizeof(shallow) - 1);

		return (id == 40 || id == 64) && is_hex(p->data + sizeof(shallow) - 1, id)
		               ? 0
		               : ERR_INVALID;
	}
	*command = true;
	return read_command(p->data, len, c);
}

int push_head_read(const char *data, size_t len, struct push_head *out,
                   int (*each)(void *, const struct push_command *), void *arg)
{
	memset(out, 0, sizeof(*out));
	for (size_t at = 0; at < len;) {
		struct pkt p = pkt_read(data + at, len - at);
		struct push_command c;
		bool command;
		int rc;

		if (p.kind == PKT_MORE)
			return 0;
		if (p.kind == PKT_FLUSH) {
			out->whole = true;
			return 0;
		}
		if (p.kind != PKT_DATA)
			return ERR_INVALID;
		rc = read_line(out, &p, &c, &command);
		if (!rc && command) {
			out->count++;
			rc = each ? each(arg, &c) : 0;
		}
		if (rc)
			return rc;
		at += p.whole;
	}
	return 0;
}

struct refusal {
	struct buf *report;
	const char *line;
};

/* A client's bytes never reach a terminal unchecked: control bytes become '?'. */
static int add_clean(struct buf *out, const char *text, size_t len, bool lines)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool keep = (c >= 0x20 && c != 0x7f) || (lines && (c == '\n' || c == '\t'));
		int rc = buf_add_char(out, keep ? (char)c : '?');

		if (rc)
			return rc;
	}
	return 0;
}

static int refuse_ref(void *arg, const struct push_command *c)
{
	struct refusal *r = arg;
	struct buf line;
	int rc;

	buf_init(&line, PKT_MAX - 4);
	rc = buf_add_str(&line, "ng ");
	if (!rc)
		/* The client matches the name, so it goes back as it came; a pkt-line
		 * holds any byte, and one with a newline is no ref of its. */
		rc = buf_add(&line, c->ref, c->ref_len);
	if (!rc)
		rc = buf_add_char(&line, ' ');
	if (!rc)
		rc = add_clean(&line, r->line, strlen(r->line), false);
	if (!rc)
		rc = buf_add_char(&line, '\n');
	if (!rc)
		rc = pkt_write(r->report, line.data, line.len);
	buf_clear(&line);
	return rc;
}

static int write_words(struct buf *out, const char *text)
{
	struct buf clean;
	size_t len = strlen(text);
	int rc;

	buf_init(&clean, len + 2);
	rc = add_clean(&clean, text, len, true);
	if (!rc && len > 0 && text[len - 1] != '\n')
		rc = buf_add_char(&clean, '\n');
	if (!rc)
		rc = pkt_band(out, 2, buf_str(&clean), clean.len);
	buf_clear(&clean);
	return rc;
}

int push_refuse(struct buf *out, const char *data, size_t len, const char *text, const char *line)
{
	struct push_head head = {0};
	struct buf report;
	struct refusal r = {.report = &report, .line = line};
	int rc;

	buf_init(&report, out->limit);
	rc = pkt_write(&report, "unpack ok\n", 10);
	if (!rc)
		rc = push_head_read(data, len, &head, refuse_ref, &r);
	if (!rc)
		rc = pkt_flush(&report);
	if (!rc && head.side_band && text)
		rc = write_words(out, text);
	if (!rc && (head.report_status || head.report_status_v2))
		rc = head.side_band ? pkt_band(out, 1, report.data, report.len)
		                    : buf_add(out, report.data, report.len);
	if (!rc && head.side_band)
		rc = pkt_flush(out);
	buf_clear(&report);
	return rc;
}
