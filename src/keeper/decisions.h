/* The decision log: each row of the audit, passed on to a file or the journal.
 *
 * A thread of its own follows the ledger (gate_follow). Nothing is held in
 * memory: what can't be written now stays in the ledger and is written later,
 * also after a restart, unless it is swept before. No request waits for it.
 */
#ifndef GATEHOUSE_KEEPER_DECISIONS_H
#define GATEHOUSE_KEEPER_DECISIONS_H

#include "gate/settings.h"
#include "keeper/metrics.h"

struct decisions;

/* folder: keeps the place in the ledger between two runs. All of them must
 * stay until the end. */
int decisions_start(struct decisions **out, const struct gate_settings *settings,
                    struct metrics *metrics, const char *folder, struct err *err);
/* The setting decision-log as it is now; a file is opened anew. */
void decisions_reload(struct decisions *d, const char *to);
/* Writes what is left, for some seconds at most. NULL is fine. */
void decisions_stop(struct decisions *d);

#endif
