/* How often: failed tries from an address and for one owner, requests of one
 * credential. Counted in memory, forgotten when the server ends.
 *
 * What is counted stands in tables of a fixed size, under a keyed hash: no
 * stranger makes them grow, and none can choose whose place is taken. A full
 * place gives way to a new name by its lowest count, so that a flood of
 * addresses pushes out its own like, not who is at the limit. An IPv6 host is
 * its /64.
 *
 * A count runs for a span of time from its first; a limit that is reached holds
 * until the span is over, and what is refused by it does not count. Safe from
 * any thread. No limit ever closes on a genuine, living credential but its own
 * number of requests: policy_decide sees to that.
 */
#ifndef GATEHOUSE_GATE_RATE_H
#define GATEHOUSE_GATE_RATE_H

#include "gate/access.h"

struct gate_rates;

struct gate_rates *gate_rates_new(void); /* NULL: out of memory */
void gate_rates_free(struct gate_rates *r);

/* Which limits are reached for who asks, and counts the request of a genuine
 * credential. Fills ask->rate; needs ask->address and ask->now. */
void gate_rate_take(struct gate_rates *r, const struct gate_settings *settings,
                    const struct gate_session *s, struct gate_ask *ask);
/* Counts the decision where it was a failed try: a credential that is none, not
 * known or dead. No credential at all is none (git asks so on its way to a
 * prompt), nor is a living one that may too little. */
void gate_rate_note(struct gate_rates *r, const struct gate_settings *settings,
                    const struct gate_session *s, const struct gate_ask *ask,
                    const struct verdict *verdict);

#endif
