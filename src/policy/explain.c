#include "policy/explain.h"
#include "policy/explain_int.h"

#include <string.h>

#define FACT_MAX 2048
#define LINE_MAX_BYTES 160

static const struct telling *find_in(const struct telling *list, enum reason reason)
{
	while (list->fact && list->reason != reason)
		list++;
	return list->fact ? list : NULL;
}

static const struct telling *find(enum reason reason, const struct policy_story *story)
{
	const struct telling *found =
	        story->certificate ? find_in(explain_certificate, reason) : NULL;

	if (!found)
		found = find_in(explain_credential, reason);
	if (!found)
		found = find_in(explain_reach, reason);
	return found ? found : find_in(explain_server, reason);
}

/* What may be told depends on who listens, and is cut down here, in one place,
 * so that no teller needs to think of it. */
struct redacted {
	struct policy_facts facts;
	struct policy_story story;
};

/* For who has no genuine secret: what they sent looks like, nothing more. */
static void cut_for_strangers(struct redacted *r, const struct policy_story *story)
{
	memset(&r->story, 0, sizeof r->story);
	r->story.base_url = story->base_url;
	r->story.reference = story->reference;
	r->story.look = story->look;
	r->story.fingerprint = story->fingerprint;
	if (story->certificate) { /* what it says itself, and who signed it */
		r->story.certificate = story->certificate;
		r->story.credential_name = story->certificate->id;
		r->story.authority = story->authority;
	}
	r->story.header_fault = story->header_fault;
	r->story.object = story->object;
	r->story.defect = story->defect;
	r->story.now = story->now;
	r->story.rate_limit = story->rate_limit;
	r->story.rate_span = story->rate_span;
	r->story.rate_until = story->rate_until;
	r->story.rate_by_address = story->rate_by_address;
}

/* Who holds a leaked token may be the thief. */
static void cut_for_leaked(struct redacted *r, const struct policy_story *story)
{
	cut_for_strangers(r, story);
	r->story.kind = story->kind == CREDENTIAL_USER_KEY || story->kind == CREDENTIAL_ACCESS_KEY
	                        ? story->kind
	                        : CREDENTIAL_API_TOKEN;
	r->story.leaked = true;
}

static void redact(struct redacted *r, const struct policy_facts *facts,
                   const struct verdict *verdict, const struct policy_story *story)
{
	r->story = *story;
	r->facts = *facts;
	if (verdict->genuine && !story->leaked)
		return;
	memset(&r->facts, 0, sizeof r->facts);
	r->facts.operation = facts->operation;
	r->facts.presented = facts->presented;
	r->facts.now = facts->now;
	r->facts.busy = facts->busy;
	r->facts.expires = r->facts.revoked = CLOCK_NEVER;
	if (verdict->genuine)
		cut_for_leaked(r, story);
	else
		cut_for_strangers(r, story);
}

/* The scopes are a part of the credential too. */
static void redact_verdict(struct verdict *v, const struct policy_story *story)
{
	if (v->genuine && !story->leaked)
		return;
	v->missing = v->needed;
	v->present = 0;
	v->right_present = RIGHT_NONE;
}

static void tell_reason(const struct tell *t)
{
	buf_addf(t->out, " [%s]", policy_reason_name(t->verdict->reason));
}

int policy_explain(struct buf *out, const struct policy_facts *facts, const struct verdict *verdict,
                   const struct policy_story *story)
{
	const struct telling *telling = find(verdict->reason, story);
	struct redacted r;
	struct verdict v = *verdict;
	struct tell t = {out, &r.facts, &v, &r.story};

	redact(&r, facts, verdict, story);
	redact_verdict(&v, story);
	if (telling)
		telling->fact(&t);
	else
		tell(&t, policy_reason_means(v.reason));
	tell_reason(&t);
	tell(&t, "\n");
	if (telling)
		telling->rest(&t);
	tell_about(&t, "Reference: ", r.story.reference, "\n");
	return out->failed;
}

/* Cuts a line so that `most` bytes hold it, not inside a character. */
static void cut(struct buf *line, size_t most)
{
	size_t at = most - 3;

	if (line->len <= most)
		return;
	while (at > 0 && ((unsigned char)line->data[at] & 0xC0) == 0x80)
		at--;
	line->len = at;
	line->data[at] = 0;
	buf_add_str(line, "...");
}

int policy_explain_line(struct buf *out, const struct policy_facts *facts,
                        const struct verdict *verdict, const struct policy_story *story)
{
	const struct telling *telling = find(verdict->reason, story);
	struct redacted r;
	struct verdict v = *verdict;
	struct buf line;
	struct tell t = {&line, &r.facts, &v, &r.story};
	int failed;

	buf_init(&line, FACT_MAX);
	redact(&r, facts, verdict, story);
	redact_verdict(&v, story);
	if (telling)
		telling->fact(&t);
	else
		tell(&t, policy_reason_means(v.reason));
	cut(&line, LINE_MAX_BYTES - strlen(" []") - strlen(policy_reason_name(v.reason)));
	tell_reason(&t);
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] == '"')
			line.data[i] = '\'';
	failed = line.failed ? line.failed : buf_add(out, line.data, line.len);
	buf_clear(&line);
	return failed;
}
