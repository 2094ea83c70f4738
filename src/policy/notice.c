#include "policy/notice.h"
#include "policy/explain_int.h"

/* applies: is there something to say; words: one sentence or two, without newline. */
struct kind {
	bool (*applies)(const struct tell *t);
	void (*words)(const struct tell *t);
};

static bool is_genuine(const struct tell *t)
{
	return t->facts->presented == PRESENTED_GENUINE;
}

/* B8: first used from a network it had never been used from. */
static bool used_elsewhere(const struct tell *t)
{
	return t->story->new_network != NULL;
}

static void used_elsewhere_words(const struct tell *t)
{
	tell_credential(t);
	tell(t, " was first used from ");
	tell_peer(t, t->story->new_network, 64);
	tell(t, " on ");
	tell_time(t, t->story->new_network_since);
	tell(t, ". If that was not you: ");
	tell_revoke_inline(t);
}

/* B4: a newer secret took this one's place, and this one is in its overlap. */
static bool replaced(const struct tell *t)
{
	return t->story->replaced != 0;
}

static void replaced_words(const struct tell *t)
{
	tell_credential(t);
	tell(t, " has a newer secret since ");
	tell_time(t, t->story->replaced);
	tell(t, "; this one works until ");
	if (t->story->replaced_until == CLOCK_NEVER)
		tell(t, "the newer one is used");
	else
		tell_time(t, t->story->replaced_until);
	tell(t, ".");
}

/* B3: its end is near. */
static bool ends_soon(const struct tell *t)
{
	int64_t ends = t->story->expires, now = tell_now(t);

	/* a certificate is made to end soon */
	return !t->story->certificate && ends != CLOCK_NEVER && ends > now &&
	       ends - now <= t->story->notice_window;
}

static void ends_soon_words(const struct tell *t)
{
	char span[CLOCK_TEXT];

	tell_credential(t);
	tell(t, " expires ");
	tell_time(t, t->story->expires);
	buf_addf(t->out, ", in %s. ", clock_span(t->story->expires - tell_now(t), span));
	tell_rotate_inline(t);
}

/* A13: its kind is on its way out. */
static bool on_its_way_out(const struct tell *t)
{
	return t->facts->standing == STANDING_NOTICE;
}

static void on_its_way_out_words(const struct tell *t)
{
	const struct policy_story *s = t->story;

	tell_credential(t);
	if (s->retires == CLOCK_NEVER || s->retires == 0) {
		tell(t, " is on its way out");
	} else {
		tell(t, " ends ");
		tell_time(t, s->retires);
	}
	if (s->brownout_next != CLOCK_NEVER && s->brownout_next != 0) {
		tell(t, ", with hours without it from ");
		tell_time(t, s->brownout_next);
		tell(t, " on");
	}
	tell(t, ". ");
	if (!s->replacement) {
		tell(t, "Ask an administrator of the server for what goes in its place.");
		return;
	}
	tell(t, "In its place, on the server: ");
	tell_command(t, s->replacement);
}

/* C18: an old name or address led here. */
static bool renamed(const struct tell *t)
{
	return t->story->by_old_name && tell_path_fits(t);
}

static void renamed_words(const struct tell *t)
{
	tell(t, "This repository is now ");
	tell_path(t);
	tell(t, "; the old name still works. To follow: git remote set-url origin ");
	tell_peer(t, t->story->base_url ? t->story->base_url : "", 200);
	tell(t, "/");
	tell_path(t);
	tell(t, ".git");
}

/* A8: the user name sent is neither static nor the owner's; the token decides. */
static bool acts_as_another(const struct tell *t)
{
	return is_genuine(t) && tell_hint_differs(t->story);
}

static void acts_as_another_words(const struct tell *t)
{
	tell(t, "This session acts as ");
	tell_who(t);
	tell(t, ", whose ");
	tell(t, tell_noun(t));
	tell(t, " it is; the user name ");
	tell_peer(t, t->story->user_hint, 64);
	tell(t, " was not used.");
}

/* The most urgent first. A new kind is a line here, two functions above, and
 * what it must know in struct policy_story. */
static const struct kind kinds[] = {
        {used_elsewhere, used_elsewhere_words},
        {replaced, replaced_words},
        {on_its_way_out, on_its_way_out_words},
        {ends_soon, ends_soon_words},
        {renamed, renamed_words},
        {acts_as_another, acts_as_another_words},
};

int policy_notices(struct buf *out, const struct policy_facts *facts, const struct verdict *verdict,
                   const struct policy_story *story)
{
	const struct tell t = {out, facts, verdict, story};
	unsigned said = 0;

	if (verdict->reason != REASON_ALLOWED)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && said < NOTICE_LINES; i++) {
		if (!kinds[i].applies(&t))
			continue;
		kinds[i].words(&t);
		tell(&t, "\n");
		said++;
	}
	return out->failed;
}
