/* Between receive-pack and the client: holds the report back until what it
 * reports is synced, and adds words where git's own say too little.
 *
 * A pure state machine on bytes: no descriptors, no clock. Fed with the child's
 * output, it lets progress (bands 2, 3) through at once. At the first byte of
 * the report (band 1, or any byte without side bands) it says REPORT_SYNC;
 * what follows is held until report_synced() tells how that went. Then the
 * report flows; with a failed sync it never does (a push that was not stored
 * never looks stored).
 * When the object check failed, it finds object and defect in git's words
 * ("error: object 1f3a…: badTimezone: …"), so that `explain` may add lines
 * before the report.
 * Over SSH the child speaks first: what it offers flows through, up to its flush
 * packet, and all of the above is about what follows.
 * Who lost a race for a ref hears from git that it "failed to update ref": the
 * report says instead that somebody else changed it, and what to do.
 */
#ifndef GATEHOUSE_GIT_REPORT_H
#define GATEHOUSE_GIT_REPORT_H

#include "base/buf.h"

#include <stdbool.h>

enum report_state {
	REPORT_PROGRESS, /* feed more */
	REPORT_SYNC,     /* the report is here: sync, then report_synced() */
	REPORT_OPEN,     /* synced: all flows */
	REPORT_BROKEN    /* failed, or malformed: nothing more flows */
};
#define REPORT_HELD (1u << 20)

struct report {
	enum report_state state;
	bool side_band;
	struct buf in;               /* bytes not yet understood or held back */
	struct buf out;              /* bytes ready for the client; the reader drops them */
	char object[65], defect[64]; /* "" unless the object check failed */
	bool greets;                 /* what it offers is still to come, or flows */
	bool known;                  /* side_band was found out */
	struct buf lost;             /* refs somebody else changed meanwhile, each with a NUL */
	char line[1280];             /* start of the line of git's words that is being read */
	size_t line_len;             /* how long that line is by now, also past line[] */
};
/* side_band: what the client asked for; unknown (streamed body): pass true and
 * it is found out from the first bytes. out_limit: most bytes waiting. */
void report_init(struct report *r, size_t out_limit);
/* Before the first byte: over SSH. */
void report_greets(struct report *r);
void report_clear(struct report *r);
/* Takes bytes of the child. Returns 0, ERR_LIMIT (out is full), ERR_INVALID
 * (no pkt-lines) or ERR_MEMORY; on failure it is REPORT_BROKEN. */
int report_feed(struct report *r, const char *data, size_t len);
/* Only in REPORT_SYNC. ok: everything is on disk, the report flows. extra: lines
 * for band 2 before the report, or NULL. Not ok: the report never flows; extra
 * goes out as band 3, which ends the push for the client. Without side bands
 * there is no place for extra, and it is left out. When the object check failed,
 * the first line of extra also stands in the report in place of git's "index-pack
 * abnormal exit": some clients show no band but that line. */
int report_synced(struct report *r, bool ok, const char *extra);

#endif
