/* What a session hears although nothing was refused: "this token ends on Friday".
 *
 * One line for each kind, the most urgent first; the kinds are one table in
 * notice.c. A door shows them where its protocol has a place for them: HTTP as
 * side band 2 (`remote:`), SSH on standard error.
 */
#ifndef GATEHOUSE_POLICY_NOTICE_H
#define GATEHOUSE_POLICY_NOTICE_H

#include "policy/explain.h"

#define NOTICE_LINES 3   /* of one session; what is less urgent is left out */
#define NOTICE_ROOM 4096 /* bytes that hold them all */

/* Adds the lines, each with its newline; none where the verdict is a refusal, which
 * has words of its own. Nothing of a peer can make a line longer or two of it. */
int policy_notices(struct buf *out, const struct policy_facts *facts, const struct verdict *verdict,
                   const struct policy_story *story);

#endif
