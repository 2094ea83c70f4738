/* Where the decision log goes: a file of JSON lines, or the journal. */
#ifndef GATEHOUSE_KEEPER_DECISION_SINK_H
#define GATEHOUSE_KEEPER_DECISION_SINK_H

#include "base/err.h"
#include "gate/history.h"

struct decision_sink {
	int fd; /* -1: closed */
	bool journal;
};

/* to: the setting decision-log, an absolute path, "journal" or "journal:SOCKET".
 * A file is made (0600) where there is none, and is no link, pipe or device. */
int decision_sink_open(struct decision_sink *s, const char *to, struct err *err);
void decision_sink_close(struct decision_sink *s);
/* The row is in whole, or not at all. Never waits for a reader. */
int decision_sink_write(struct decision_sink *s, const struct store_audit *row, struct err *err);

#endif
