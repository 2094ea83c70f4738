/* Words about what was presented, and about its life. */
#include "policy/explain_int.h"
#include "policy/foreign.h"

static const char make_one[] = "No token yet? Make one.";

/* -- nothing, or nothing readable -- */

static void no_credential(const struct tell *t)
{
	tell(t, "A credential is needed here, and none was sent.");
}

static void no_credential_rest(const struct tell *t)
{
	tell(t, "Send a token as the password. The user name may be your own, your e-mail or "
	        "x-token-auth.\n"
	        "The token may also be the user name, with no password, or come in a header:\n"
	        "  Authorization: Bearer TOKEN\n");
	tell_make(t, make_one, NULL);
}

static void repeated(const struct tell *t)
{
	tell(t, "Two Authorization headers arrived, and only one can count.");
}

static void repeated_rest(const struct tell *t)
{
	tell_about(t, "They are: ", t->story->header_fault, ".\n");
	tell(t, "The second often comes from an http.extraHeader line (one that a CI job left, or "
	        "one for all hosts\n"
	        "beside one for this), or from a proxy that adds its own. To see Git's, and where "
	        "each stands:\n"
	        "  git config --show-origin --name-only --get-regexp '^http\\..*extraheader'\n"
	        "Remove those you do not want, by the name that is shown, for instance:\n"
	        "  git config --global --unset-all http.extraHeader\n");
}

static void malformed(const struct tell *t)
{
	tell(t, "The Authorization header can't be read.");
}

static void malformed_rest(const struct tell *t)
{
	tell_about(t, "What is wrong with it: ", t->story->header_fault, ".\n");
	tell(t, "Send the token in one of two forms, on one line:\n"
	        "  Authorization: Bearer TOKEN        (as it is, without base64)\n"
	        "  Authorization: Basic BASE64        (made by: printf %s NAME:TOKEN | base64 -w "
	        "0)\n");
}

/* -- the form of a token -- */

static void damaged(const struct tell *t)
{
	const struct token_look *look = t->story->look;

	if (look && look->shape == TOKEN_SHORT)
		buf_addf(t->out,
		         "The token arrived cut short: %zu characters came, and a token has %d.",
		         look->seen, TOKEN_LEN);
	else if (look && look->shape == TOKEN_LONG)
		buf_addf(t->out,
		         "The token arrived with extra characters: %zu came, and a token has %d.",
		         look->seen, TOKEN_LEN);
	else
		buf_addf(t->out,
		         "The token arrived damaged: of its %d characters at least one is wrong.",
		         TOKEN_LEN);
}

static void damaged_rest(const struct tell *t)
{
	tell(t, "Copy the whole token again, from gth to its last character, in one piece.\n");
	tell_make(t, "Where the original is lost, make a new one.", NULL);
}

static void encoded(const struct tell *t)
{
	tell(t, "The token arrived percent-encoded once too often.");
}

static void encoded_rest(const struct tell *t)
{
	tell(t, "A token is made of letters, digits and one _, so it needs no encoding anywhere.\n"
	        "Paste it as it was shown when it was made.\n");
}

static void wrapped(const struct tell *t)
{
	const struct token_look *look = t->story->look;

	if (look && look->shape == TOKEN_WRAPPED && look->around[0])
		buf_addf(t->out, "The token arrived with something around it: %s.", look->around);
	else
		tell(t, "The token arrived with something around it.");
}

static void wrapped_rest(const struct tell *t)
{
	buf_addf(t->out,
	         "Send the %d characters alone, from gth to the last one, with nothing before or "
	         "behind.\n",
	         TOKEN_LEN);
}

static const struct foreign *looks_like(const struct tell *t)
{
	return t->story->look ? t->story->look->foreign : NULL;
}

static bool is_link(const struct tell *t)
{
	return t->story->look && t->story->look->kind == CREDENTIAL_LINK;
}

static void foreign(const struct tell *t)
{
	const struct foreign *like = looks_like(t);

	if (is_link(t))
		tell(t, "What was sent is a one-time link for the web pages, not a token.");
	else if (like)
		buf_addf(t->out, "What was sent as the password looks like %s.", like->what);
	else
		tell(t, "What was sent as the password is not a token of this server.");
}

/* Whether it would have been right as an account's password is never asked. */
static void foreign_rest(const struct tell *t)
{
	const struct foreign *like = looks_like(t);

	if (like && like->host)
		buf_addf(t->out, "This server is not %s and can't use it, nor does it keep it.\n",
		         like->host);
	if (like)
		buf_addf(t->out, "%s\n", like->todo);
	if (is_link(t))
		tell(t,
		     "It opens a page in a browser, once, where its holder chooses a password; it "
		     "opens no repository.\n"
		     "Whoever has it can use it there: open it soon, or have it ended.\n");
	else
		buf_addf(t->out, "Git needs a token here: %d characters that begin with gth.\n",
		         TOKEN_LEN);
	if (!like && !is_link(t))
		tell(t, "An account password does not open Git: it is for the web pages only, and "
		        "was not looked at.\n");
	tell_make(t, make_one, NULL);
}

static void unknown(const struct tell *t)
{
	tell(t, t->story->fingerprint ? "This key is not known here."
	                              : "This token has the right form, but it is not known here.");
}

static void unknown_rest(const struct tell *t)
{
	if (t->story->fingerprint) {
		tell_about(t, "Its fingerprint: ", t->story->fingerprint, "\n");
		tell(t, "Register it. On the server (or ask its administrator):\n"
		        "  gatehouse key add FILE.pub --user USER\n");
		return;
	}
	tell(t, "It was deleted long ago, or it was made on another Gatehouse server.\n");
	tell_make(t, "Make a new one.", NULL);
}

/* -- the life of a genuine one -- */

/* Two lines: how the client forgets what it would send again and again (A15). What
 * came without a user name came from no helper. */
static void tell_forget(const struct tell *t)
{
	if (!t->story->user_hint) {
		tell(t, "It came in a header or in the address. To see where each stands:\n"
		        "  git config --show-origin --name-only --get-regexp "
		        "'^(http\\..*extraheader|remote\\..*url)$'\n");
		return;
	}
	tell(t,
	     "Let Git's helper or keychain forget this one (from ~/.netrc take it out yourself):\n"
	     "  printf 'url=%s\\n\\n' ");
	tell_named_address(t, t->story->user_hint);
	tell(t, " | git credential reject\n");
}

static void revoked(const struct tell *t)
{
	tell_credential(t);
	tell(t, t->story->leaked ? " was revoked as leaked." : " was revoked.");
}

/* Whoever holds a leaked token may be the thief: nothing more is told. */
static void leaked_rest(const struct tell *t)
{
	tell(t, "It was seen where others could read it, so it opens nothing any more.\n");
	tell_make(t,
	          tell_is_key(t) ? "If it was yours, make a new one and register that."
	                         : "If it was yours, make a new one.",
	          NULL);
}

static void revoked_rest(const struct tell *t)
{
	int64_t when = tell_moment(t->story->revoked, t->facts->revoked);

	if (t->story->leaked) {
		leaked_rest(t);
		return;
	}
	tell_whose(t);
	tell(t, "Revoked");
	if (when != CLOCK_NEVER) {
		tell(t, " ");
		tell_time(t, when);
		tell_ago(t, when);
	}
	tell_about(t, " by ", t->story->revoked_by, "");
	tell(t, ".\n");
	tell_about(t, "The reason given: ", t->story->revoke_reason, "\n");
	tell_fingerprint(t);
	tell_make(t,
	          tell_is_key(t) ? "Register another key."
	                         : "It can't be brought back; make a new one.",
	          NULL);
	if (!tell_is_key(t))
		tell_forget(t);
}

static void expired(const struct tell *t)
{
	tell_credential(t);
	tell(t, " has expired.");
}

static void expired_rest(const struct tell *t)
{
	int64_t when = tell_moment(t->story->expires, t->facts->expires);

	tell_whose(t);
	tell(t, "It ended ");
	tell_time(t, when);
	tell_ago(t, when);
	tell(t, ".\n");
	if (tell_is_key(t)) {
		tell_fingerprint(t);
		tell_make(t, "Register another key.", NULL);
		return;
	}
	tell_rotate(t, "Give it a new secret; its scopes and limits stay.");
}

static void replaced(const struct tell *t)
{
	tell_credential(t);
	tell(t, " has a newer secret, and the time of this one is over.");
}

static void replaced_rest(const struct tell *t)
{
	tell_whose(t);
	tell(t, "The newer one was made");
	if (t->story->replaced) {
		tell(t, " ");
		tell_time(t, t->story->replaced);
		tell_ago(t, t->story->replaced);
	}
	tell(t, ".\nPut it where this one is still used.\n");
	tell_rotate(t, "Where it is lost, make another.");
}

static void not_yet(const struct tell *t)
{
	tell_credential(t);
	tell(t, " is not valid yet.");
}

static void not_yet_rest(const struct tell *t)
{
	tell(t, "It begins ");
	tell_time(t, tell_moment(t->story->not_before, t->facts->not_before));
	tell(t, "; the clock of this server says ");
	tell_time(t, tell_now(t));
	tell(t, ".\n");
	tell_make(t,
	          tell_is_key(t) ? "Wait until then, or register a key that begins at once."
	                         : "Wait until then, or make one that begins at once.",
	          NULL);
}

static void suspended(const struct tell *t)
{
	tell(t, "The account behind this ");
	tell(t, tell_noun(t));
	tell(t, " is suspended.");
}

static void suspended_rest(const struct tell *t)
{
	tell_credential(t);
	tell(t, " itself is sound: it works again as soon as the account of ");
	tell_who(t);
	tell(t, " does.\nAsk an administrator of the server. An access ");
	tell(t, tell_noun(t));
	tell(t, " of the repository itself goes on when a\nperson's account does not:\n");
	tell_make_owned(t);
}

static void key_in_file(const struct tell *t)
{
	tell_credential(t);
	tell(t, " lives in a file; the account takes keys of a security key only.");
}

static void key_in_file_rest(const struct tell *t)
{
	tell_fingerprint(t);
	tell(t, "Make one with the security key plugged in (ssh-keygen -t ed25519-sk).\n");
	tell_make(t, "Then register it.", NULL);
}

static void owner_deleted(const struct tell *t)
{
	tell(t, "What the ");
	tell(t, tell_noun(t));
	tell(t, " belongs to was deleted");
	if (t->story->owner) {
		tell(t, ": ");
		tell_owner(t);
	}
	tell(t, ".");
}

static void owner_deleted_rest(const struct tell *t)
{
	tell_credential(t);
	tell(t, " itself is sound");
	if (!t->story->deleted) {
		tell(t, ", but what it opened is gone for good.\nUse a ");
		tell(t, tell_noun(t));
		tell(t, " of another repository.\n");
		if (!tell_is_key(t))
			tell_forget(t);
		return;
	}
	tell(t, ". The repository was deleted ");
	tell_time(t, t->story->deleted);
	tell_ago(t, t->story->deleted);
	tell(t, ".\nWhile it is kept, an administrator of the server can bring it back, and the ");
	tell(t, tell_noun(t));
	tell(t, " works again");
	if (tell_is_word(t->story->deleted_id)) {
		tell(t, ":\n  gatehouse repo undelete ");
		tell(t, t->story->deleted_id);
	} else {
		tell(t, ".");
	}
	tell(t, "\n");
}

/* -- of a kind that is on its way out -- */

/* The command for a token of the same reach, where one can be made. */
static void tell_replacement(const struct tell *t, const char *lead)
{
	if (!t->story->replacement) {
		tell_make(t, lead, NULL);
		return;
	}
	tell(t, lead);
	tell(t, " On the server (or ask its administrator):\n  ");
	tell_command(t, t->story->replacement);
	tell(t, "\n");
}

static void turned_off(const struct tell *t)
{
	tell_credential(t);
	tell(t, " is not taken: app passwords are turned off on this server.");
}

static void turned_off_rest(const struct tell *t)
{
	tell_whose(t);
	tell(t, "It is sound, and works again should they be\n"
	        "turned on. An API token goes where it was, with the same user name.\n");
	tell_replacement(t, "Make one.");
}

static void tell_successor(const struct tell *t)
{
	tell_replacement(t, tell_is_key(t) ? "Register a new key in its place, with the same reach."
	                                   : "Make a token in its place, with the same reach.");
}

static void brownout(const struct tell *t)
{
	tell_credential(t);
	tell(t, " is not taken");
	if (t->story->brownout_until != CLOCK_NEVER && t->story->brownout_until != 0) {
		tell(t, " until ");
		tell_time(t, t->story->brownout_until);
	}
	tell(t, ": a brownout.");
}

/* "Such app passwords end 2026-07-28 00:00:00 UTC": what is on its way out. */
static void tell_way_out(const struct tell *t)
{
	tell_peer(t, t->story->retired ? t->story->retired : "credentials like it", 200);
	if (t->story->retires == CLOCK_NEVER || t->story->retires == 0) {
		tell(t, " are on their way out");
		return;
	}
	tell(t, " end ");
	tell_time(t, t->story->retires);
}

static void brownout_rest(const struct tell *t)
{
	tell_whose(t);
	tell(t, "On this server ");
	tell_way_out(t);
	tell(t,
	     ".\nBefore that there are hours without them, so that nobody is surprised; it works "
	     "again when\nthis one is over.");
	if (t->story->brownout_next != CLOCK_NEVER && t->story->brownout_next != 0) {
		tell(t, " The next one begins ");
		tell_time(t, t->story->brownout_next);
		tell(t, ".");
	}
	tell(t, "\n");
	tell_successor(t);
}

static void retired(const struct tell *t)
{
	tell_credential(t);
	tell(t, " is not taken any more: its time is over.");
}

static void retired_rest(const struct tell *t)
{
	tell_whose(t);
	tell(t, "On this server ");
	tell_peer(t, t->story->retired ? t->story->retired : "credentials like it", 200);
	tell(t, " ended");
	if (t->story->retires != CLOCK_NEVER && t->story->retires != 0) {
		tell(t, "\n");
		tell_time(t, t->story->retires);
		tell_ago(t, t->story->retires);
	}
	tell(t, ".\n");
	tell_successor(t);
	if (!tell_is_key(t))
		tell_forget(t);
}

const struct telling explain_credential[] = {
        {REASON_NO_CREDENTIAL, no_credential, no_credential_rest},
        {REASON_HEADER_REPEATED, repeated, repeated_rest},
        {REASON_HEADER_MALFORMED, malformed, malformed_rest},
        {REASON_TOKEN_DAMAGED, damaged, damaged_rest},
        {REASON_TOKEN_ENCODED, encoded, encoded_rest},
        {REASON_TOKEN_WRAPPED, wrapped, wrapped_rest},
        {REASON_NOT_A_TOKEN, foreign, foreign_rest},
        {REASON_TOKEN_UNKNOWN, unknown, unknown_rest},
        {REASON_TOKEN_REVOKED, revoked, revoked_rest},
        {REASON_TOKEN_EXPIRED, expired, expired_rest},
        {REASON_TOKEN_REPLACED, replaced, replaced_rest},
        {REASON_TOKEN_NOT_YET, not_yet, not_yet_rest},
        {REASON_OWNER_SUSPENDED, suspended, suspended_rest},
        {REASON_APP_PASSWORDS_OFF, turned_off, turned_off_rest},
        {REASON_SK_KEY_NEEDED, key_in_file, key_in_file_rest},
        {REASON_BROWNOUT, brownout, brownout_rest},
        {REASON_RETIRED, retired, retired_rest},
        {REASON_OWNER_DELETED, owner_deleted, owner_deleted_rest},
        {REASON_COUNT, NULL, NULL},
};
