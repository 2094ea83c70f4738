/* pkt-lines (gitprotocol-common) and side bands (gitprotocol-pack). */
#ifndef GATEHOUSE_GIT_PKTLINE_H
#define GATEHOUSE_GIT_PKTLINE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define PKT_MAX 65520 /* with its four length digits */

enum pkt_kind { PKT_DATA, PKT_FLUSH, PKT_DELIM, PKT_END, PKT_MORE /* incomplete */, PKT_BAD };
struct pkt {
	enum pkt_kind kind;
	const char *data;
	size_t len;
	size_t whole; /* bytes taken, length digits included */
};
/* Reads one packet at data. */
struct pkt pkt_read(const char *data, size_t len);
int pkt_write(struct buf *out, const void *data, size_t len); /* ERR_LIMIT past PKT_MAX - 4 */
int pkt_writef(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int pkt_flush(struct buf *out);
/* Text split into packets of side band `band` (1, 2, 3). */
int pkt_band(struct buf *out, int band, const char *data, size_t len);

/* The commands at the start of a receive-pack request. */
struct push_command {
	const char *old_id, *new_id, *ref;
	size_t id_len, ref_len;
}; /* in data: no NUL behind them */
struct push_head {
	size_t count; /* commands seen */
	bool report_status, report_status_v2, side_band, atomic, quiet;
	bool whole; /* the flush after the commands was seen */
};
/* Parses data; calls each (may be NULL) for every command, in order; what it
 * returns, if not 0, ends the reading and is returned. Data that stops short is
 * no error: whole stays false. ERR_INVALID: no push, or a signed one. */
int push_head_read(const char *data, size_t len, struct push_head *out,
                   int (*each)(void *, const struct push_command *), void *arg);
/* Writes a whole receive-pack answer that refuses every ref with one line:
 * band 2: `text` (lines), then "unpack ok" and "ng <ref> <line>" for each ref,
 * as report-status inside band 1, or plain without side band. refs: the
 * request again (the same data). */
int push_refuse(struct buf *out, const char *data, size_t len, const char *text, const char *line);
/* "ERR text" as the only packet; with service != NULL the "# service=…" line
 * and flush of an advertisement go first (v0/v1). */
int pkt_err(struct buf *out, const char *service, const char *text);

#endif
