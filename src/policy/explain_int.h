/* Inside policy_explain: what a teller has at hand, and the tellers. A teller
 * adds words to t->out and checks nothing: a buffer's first failure sticks, and
 * policy_explain looks at it once. */
#ifndef GATEHOUSE_POLICY_EXPLAIN_INT_H
#define GATEHOUSE_POLICY_EXPLAIN_INT_H

#include "base/clock.h"
#include "policy/explain.h"

struct tell {
	struct buf *out;
	const struct policy_facts *facts; /* blank but for the operation unless genuine */
	const struct verdict *verdict;
	const struct policy_story *story; /* cut down to what may be told */
};

/* fact: one sentence without newline and without the reason's name.
 * rest: whole lines, each with its newline. */
struct telling {
	enum reason reason;
	void (*fact)(const struct tell *t);
	void (*rest)(const struct tell *t);
};

/* The tables of the files of words; each ends with a NULL fact. What the first says of
 * certificates goes before all else. */
extern const struct telling explain_certificate[];
extern const struct telling explain_credential[], explain_reach[], explain_server[];

/* explain_tell.c */
void tell(const struct tell *t, const char *text);
/* Text somebody else chose: made safe and cut after `most` bytes. */
void tell_peer(const struct tell *t, const char *text, size_t most);
/* The same with a lead before and an end behind; nothing at all for NULL or "". */
void tell_about(const struct tell *t, const char *lead, const char *text, const char *end);
/* A command that was made for the person: made safe, and cut nowhere a command makes
 * sense. */
void tell_command(const struct tell *t, const char *command);
/* "token", "key", "app password", "certificate". */
const char *tell_noun(const struct tell *t);
/* "API token", "access token of a repository"; where the story says of which,
 * only "access token". */
void tell_kind(const struct tell *t);
/* May the word stand in a command without quoting, and not as an option? */
bool tell_is_word(const char *word);
/* 'The token "laptop"', or "This token" when it has no name that may be told; of a
 * certificate 'The certificate "ann@laptop" (serial 7)'. */
void tell_credential(const struct tell *t);
/* 'the authority "corp"', or "an authority that is not known here". */
void tell_authority(const struct tell *t);
/* "It is an API token of ann. ", "It is an access token of the repository
 * acme/site. " Nothing when that is not known. */
void tell_whose(const struct tell *t);
/* "the repository acme/site", for what a bot belongs to. */
void tell_owner(const struct tell *t);
/* The name of whom the session acts as, or "the token's owner". */
void tell_who(const struct tell *t);
/* "acme/site", or "this repository". */
void tell_path(const struct tell *t);
/* Is the path known and fit to stand in a command? */
bool tell_path_fits(const struct tell *t);
/* "2026-11-25 14:03:07 UTC". */
void tell_time(const struct tell *t, int64_t when);
/* " (3 days ago)"; nothing when it is not over yet. */
void tell_ago(const struct tell *t, int64_t when);
/* "32 git processes for one address": what is full when the server is busy. */
void tell_busy(const struct tell *t);
/* "90 days", in whole days from two of them on; "for ever". */
void tell_life(const struct tell *t, int64_t seconds);
/* "Needed: …. Present: …. Missing: …." as a line. */
void tell_scopes(const struct tell *t);
/* Two lines: `lead` and the command that makes a token like this one that can
 * do what was asked; addresses: its address limit, or NULL. */
void tell_make(const struct tell *t, const char *lead, const char *addresses);
/* The same with another flag and its value behind. */
void tell_make_with(const struct tell *t, const char *lead, const char *flag, const char *value);
/* An SSH key or certificate: the words are of ssh, not of tokens and user names. */
bool tell_is_key(const struct tell *t);
/* One line: "Its fingerprint: SHA256:…"; nothing for a token. */
void tell_fingerprint(const struct tell *t);
/* Two lines: the lead and the command that lets this key push as well. */
void tell_key_write(const struct tell *t, const char *lead);
/* One line, when the user name sent is somebody else's. */
void tell_other_name(const struct tell *t);
/* The same for the command that gives this token a new secret. */
void tell_rotate(const struct tell *t, const char *lead);
/* The same within a line: "On the server: gatehouse token rotate …". */
void tell_rotate_inline(const struct tell *t);
/* The command that revokes it, in the same way. */
void tell_revoke_inline(const struct tell *t);
/* The command that makes an access token of the repository asked for. */
void tell_make_owned(const struct tell *t);
/* "https://NAME@host/acme/site.git", with this name in it, or NAME where it may not
 * stand there: Git's helpers keep one password for each name. */
void tell_named_address(const struct tell *t, const char *name);
/* Two lines: how to keep two accounts on this host apart. */
void tell_apart(const struct tell *t);
/* Three lines: how to keep the tokens of two repositories apart. */
void tell_apart_by_path(const struct tell *t);
/* The story's moment, or the facts' one when the story has none. */
int64_t tell_moment(int64_t story, int64_t facts);
int64_t tell_now(const struct tell *t);
bool tell_reads(const struct tell *t);
/* Is the user name sent neither static nor one of acts_as? */
bool tell_hint_differs(const struct policy_story *story);

#endif
