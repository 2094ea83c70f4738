/* What a session is told although nothing was refused: the facts are gathered
 * here, the words are policy's. */
#include "gate/access.h"

#include "policy/notice.h"

int gate_notices(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                 const struct gate_decision *d, struct buf *out, struct err *err)
{
	struct policy_story story;

	gate_story(g, s, ask, d, &story);
	if (policy_notices(out, &d->facts, &d->verdict, &story))
		return err_set(err, out->failed, "they can't be put in words");
	return 0;
}
