/* Where credentials are used from: a first use from a new network is put in the
 * audit, shown with the credential, and told to whoever asked for it (B8). */
#include "gate/gate_int.h"

#include "base/clock.h"
#include "base/random.h"

#define FRESH_TIME (7 * INT64_C(86400)) /* how long a new network is told */

int gate_network_note(struct gate *g, const struct gate_use *use, struct err *err)
{
	char network[NET_TEXT];
	struct store_audit row = {0};
	bool fresh = false;

	if (!*use->from)
		return 0;
	gate_neighbourhood(use->from, network);
	int code = store_network_note(g->store, use->credential, network, use->when, &fresh, err);
	if (code || !fresh)
		return code;
	random_reference(row.reference, GATE_REFERENCE);
	row.kind = AUDIT_CHANGE;
	row.at = row.last = use->when;
	row.count = 1;
	row.credential = use->credential;
	gate_put(row.reason, sizeof(row.reason), "token network");
	gate_put(row.actor, sizeof(row.actor), "%s", use->actor);
	gate_put(row.object, sizeof(row.object), "%s", use->owner);
	gate_put(row.credential_name, sizeof(row.credential_name), "%s", use->name);
	gate_put(row.address, sizeof(row.address), "%s", use->from);
	gate_put(row.note, sizeof(row.note), "%s; first used from %s", use->name, network);
	return store_audit_add(g->store, &row, err);
}

int gate_network_list(struct gate *g, const struct store_credential *c,
                      int (*each)(void *, const struct store_network *), void *arg, struct err *err)
{
	return store_network_list(g->store, c->id, each, arg, err);
}

int gate_network_fresh(struct gate *g, const struct store_credential *c, const char *but,
                       struct store_network *out, struct err *err)
{
	return store_network_fresh(g->store, c->id, clock_now() - FRESH_TIME, but ? but : "", out,
	                           err);
}
