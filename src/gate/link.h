/* One-time links: made by the operator, looked at by whoever holds one, used
 * up once. Nothing needs mail: the operator passes the link on by hand.
 */
#ifndef GATEHOUSE_GATE_LINK_H
#define GATEHOUSE_GATE_LINK_H

#include "gate/gate.h"

#define LINK_PATH "/-/invite/" /* behind the base URL, before the secret */
#define LINK_LIFE "3d"

struct gate_link_ask {
	enum link_kind kind;
	const char *who;     /* a user's name or e-mail address; LINK_INVITE: any address */
	const char *expires; /* clock_parse's forms; NULL: LINK_LIFE. 30 days at most */
};
/* The one that lived for the same person ends. secret: TOKEN_LEN + 1 bytes, set
 * only when the ledger holds its hash durably; the caller shows it once and
 * wipes it. replaced (may be NULL): whether one ended. */
int gate_link_make(struct gate *g, const struct gate_link_ask *ask, struct store_link *out,
                   char *secret, bool *replaced, struct err *err);

struct gate_link {
	enum link_state state;
	struct store_link link; /* from LINK_WAS_USED on, and LINK_GOOD; else zero */
};
/* What this text is. Changes nothing: whoever previews a link uses nothing up. */
int gate_link_look(struct gate *g, const char *text, size_t len, struct gate_link *out,
                   struct err *err);
/* Uses it up, when it is LINK_GOOD; else tells why not, and 0 is returned all
 * the same. `act` (may be NULL) does what the link is for, in the same
 * transaction: when it fails, the link lives on. Of any number that use one at
 * the same time, one finds it LINK_GOOD. */
int gate_link_use(struct gate *g, const char *text, size_t len,
                  int (*act)(struct gate *g, const struct store_link *l, void *arg,
                             struct err *err),
                  void *arg, struct gate_link *out, struct err *err);
/* The living one of that user or address. */
int gate_link_revoke(struct gate *g, const char *who, struct store_link *out, struct err *err);
/* Newest first; all: those that ended too. */
int gate_link_list(struct gate *g, bool all, int (*each)(void *, const struct store_link *),
                   void *arg, struct err *err);
/* Whom it is for: a user's name, or an address. */
const char *gate_link_who(const struct store_link *l);
/* "lives", "expired", "used", "revoked", "replaced". */
const char *gate_link_state_name(const struct store_link *l, int64_t now);

#endif
