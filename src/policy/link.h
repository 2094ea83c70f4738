/* One-time links: what becomes of one that is shown. A link is no credential:
 * it opens no repository, only the one page that it was made for, once.
 *
 * Its secret has the shape of a token with a prefix of its own (gthi_,
 * policy/token.h), so that a broken paste is told from one that is not known.
 */
#ifndef GATEHOUSE_POLICY_LINK_H
#define GATEHOUSE_POLICY_LINK_H

#include <stdbool.h>
#include <stdint.h>

/* What it is for; the numbers are stored. */
enum link_kind {
	LINK_INVITE = 1, /* a first password, or an account of one's own */
	LINK_RESET = 2   /* a new password for an account */
};

/* How it ended; the numbers are stored. */
enum link_end { LINK_LIVES, LINK_USED, LINK_REVOKED, LINK_REPLACED };

enum link_state {
	LINK_GOOD,
	LINK_DAMAGED,  /* no whole secret of a link */
	LINK_UNKNOWN,  /* whole, but not made here */
	LINK_WAS_USED, /* from here on its holder has shown a genuine one */
	LINK_WAS_REVOKED,
	LINK_WAS_REPLACED,
	LINK_EXPIRED,
	LINK_SUSPENDED, /* the account it is for is suspended */
	LINK_STATES
};

struct link_facts {
	bool whole, known;
	enum link_end end;
	int64_t expires, now; /* it lives before `expires` */
	bool suspended;
};

/* The first of what is against it, in the order most useful to its holder. */
enum link_state policy_link_state(const struct link_facts *f);

#endif
