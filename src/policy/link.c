#include "policy/link.h"

enum link_state policy_link_state(const struct link_facts *f)
{
	if (!f->whole)
		return LINK_DAMAGED;
	if (!f->known)
		return LINK_UNKNOWN;
	if (f->end != LINK_LIVES)
		return f->end == LINK_USED       ? LINK_WAS_USED
		       : f->end == LINK_REPLACED ? LINK_WAS_REPLACED
		                                 : LINK_WAS_REVOKED;
	if (f->now >= f->expires)
		return LINK_EXPIRED;
	return f->suspended ? LINK_SUSPENDED : LINK_GOOD;
}
