/* Words about how far a living credential reaches. */
#include "policy/explain_int.h"
#include "policy/name.h"
#include "policy/net.h"

#include <string.h>

static const char *doing(const struct tell *t)
{
	return tell_reads(t) ? "cloning and fetching" : "pushing";
}

/* The address in its own spelling when it is one: it may stand in a command. */
static const char *address_checked(const struct tell *t, char text[NET_TEXT])
{
	struct net net;

	if (!t->story->address || policy_net_parse(t->story->address, &net))
		return NULL;
	return policy_net_text(&net, text);
}

static void address(const struct tell *t)
{
	tell_credential(t);
	tell(t, " may not be used from ");
	if (t->story->address && *t->story->address)
		tell_peer(t, t->story->address, NET_TEXT);
	else
		tell(t, "this address");
	tell(t, ".");
}

static void address_rest(const struct tell *t)
{
	char text[NET_TEXT];

	if (t->story->address_header && *t->story->address_header)
		tell_about(t, "The server saw this address in the header ",
		           t->story->address_header, ", set by a proxy.\n");
	else
		tell(t, "The server saw this address as the other end of the connection.\n");
	tell(t, "The ");
	tell(t, tell_noun(t));
	tell(t, " itself sets the limit, neither the server nor the repository.\n");
	tell_make(t,
	          tell_is_key(t) ? "Use an allowed network, or register a key for this address."
	                         : "Use an allowed network, or make a token for this address.",
	          address_checked(t, text));
}

static void no_scopes(const struct tell *t)
{
	tell_credential(t);
	tell(t, " was made without scopes and so opens nothing.");
}

static void no_scopes_rest(const struct tell *t)
{
	tell(t, "Cloning and fetching need read:repository. Pushing needs write:repository, which "
	        "brings reading.\n");
	tell_scopes(t);
	if (tell_is_key(t)) {
		tell_fingerprint(t);
		tell_key_write(t, "Let it push and fetch.");
		return;
	}
	tell_make(t, "Make one with scopes.", NULL);
}

static void admin_only(const struct tell *t)
{
	tell_credential(t);
	tell(t, " has admin:repository, which covers settings and not content.");
}

static void admin_only_rest(const struct tell *t)
{
	tell_scopes(t);
	tell_make(t,
	          tell_reads(t) ? "Make one that may also read." : "Make one that may also write.",
	          NULL);
}

static bool read_only_key(const struct tell *t)
{
	return tell_is_key(t) && (t->verdict->present & SCOPE_READ_REPOSITORY);
}

static void scope_missing(const struct tell *t)
{
	tell_credential(t);
	if (read_only_key(t)) {
		tell(t, " is read-only, and this is a push.");
		return;
	}
	tell(t, " lacks what ");
	tell(t, doing(t));
	tell(t, tell_reads(t) ? " need: " : " needs: ");
	policy_scope_write(t->out, t->verdict->missing);
	tell(t, ".");
}

static void scope_missing_rest(const struct tell *t)
{
	if (tell_is_key(t)) {
		tell_whose(t);
		tell(t, "\n");
		tell_fingerprint(t);
		tell_scopes(t);
		tell_key_write(t, "Let it push.");
		return;
	}
	tell_scopes(t);
	tell_make(t, "Scopes can't be added to a token; make a new one.", NULL);
}

static void tell_reaches(const struct tell *t)
{
	tell_about(t, "It reaches: ", t->story->reaches, ".\n");
}

static void other_repository(const struct tell *t)
{
	tell_credential(t);
	tell(t, " does not reach ");
	tell_path(t);
	tell(t, ": it is limited to some repositories.");
}

static void other_repository_rest(const struct tell *t)
{
	tell_reaches(t);
	tell_other_name(t);
	tell(t, "Use the ");
	tell(t, tell_noun(t));
	tell(t, " that was made for the repository you want, or one without this limit.\n");
	tell_apart_by_path(t);
}

/* Where the name is none, nobody can let the bot in: both are said, so that
 * neither tells which it is. */
static void elsewhere(const struct tell *t)
{
	tell_credential(t);
	if (t->story->owner) {
		tell(t, " belongs to ");
		tell_owner(t);
		tell(t, " and");
	}
	tell(t, " does not reach ");
	tell_path(t);
	tell(t, ".");
}

static void elsewhere_rest(const struct tell *t)
{
	tell(t, "You came as ");
	tell_who(t);
	tell_about(t, ", which reaches ", t->story->reaches, "");
	tell(t, ".\n");
	tell_other_name(t);
	tell_fingerprint(t);
	tell(t, "Use a ");
	tell(t, tell_noun(t));
	tell(t,
	     " of the repository you want, or, where there is one of this name, have the bot let "
	     "in");
	if (tell_path_fits(t) && t->story->bot) {
		buf_addf(t->out, ":\n  gatehouse grant add id:%lld ", (long long)t->story->bot);
		tell_path(t);
		tell(t, tell_reads(t) ? " read\n" : " write\n");
	} else {
		tell(t, ".\n");
	}
	tell_apart_by_path(t);
}

/* Instead of other advice, for whom a workspace has removed. True: told. Rests on the
 * workspace's name alone, so that it tells nothing of what is in it. */
static bool tell_left(const struct tell *t)
{
	if (!t->story->left)
		return false;
	tell_who(t);
	tell(t, " is no member of the workspace ");
	tell_peer(t, t->story->workspace ? t->story->workspace : "", NAME_OWNER_MAX);
	tell(t, " any more, since ");
	tell_time(t, t->story->left);
	tell_ago(t, t->story->left);
	tell(t, ".\nAsk one of its owners; a new ");
	tell(t, tell_noun(t));
	tell(t, " would not help.\n");
	return true;
}

/* Not one word here may differ between a hidden repository and none. */
static void not_found(const struct tell *t)
{
	tell(t, "There is no repository ");
	if (t->story->path && !*t->story->path)
		tell(t, "at this address");
	else
		tell_path(t);
	tell(t, ", or ");
	tell_who(t);
	tell(t, " may not see it.");
}

/* Whatever leads there: an address from before may be kept, or not. */
static void tell_two_parts(const struct tell *t)
{
	if (!t->story->path)
		return;
	tell(t, "The address of a repository has two parts, unless one from before is kept:\n  ");
	tell_peer(t, t->story->base_url ? t->story->base_url : "https://HOST", 200);
	tell(t, "/WORKSPACE/REPOSITORY.git\n");
}

static void not_found_rest(const struct tell *t)
{
	tell(t, "You came as ");
	tell_who(t);
	tell(t, ", with the ");
	tell_kind(t);
	tell_about(t, " \"", t->story->credential_name, "\"");
	if (t->story->owner) {
		tell(t, " of ");
		tell_owner(t);
	}
	tell(t, ".\n");
	tell_fingerprint(t);
	tell_reaches(t);
	tell_other_name(t);
	if (tell_left(t))
		return;
	tell_two_parts(t);
	tell_apart(t);
	tell(t,
	     "Check the address for a typing error, or ask whoever keeps the repository to let ");
	tell_who(t);
	tell(t, " in.\n");
}

/* Only to a credential that reads it: the story has the name of today. */
static void moved(const struct tell *t)
{
	tell(t, "This repository is now ");
	tell_path(t);
	tell(t, "; what you asked for works no longer.");
}

static void moved_rest(const struct tell *t)
{
	if (!tell_reads(t))
		tell(t, "Nothing was stored. ");
	tell(t, "To follow:\n  git remote set-url origin ");
	tell_peer(t, t->story->base_url ? t->story->base_url : "https://HOST", 200);
	tell(t, "/");
	if (tell_path_fits(t))
		tell_path(t);
	else
		tell(t, "WORKSPACE/REPOSITORY");
	tell(t, ".git\n");
}

/* Only to a credential that read it: the story has the name it had. */
static void deleted(const struct tell *t)
{
	tell(t, "The repository ");
	tell_path(t);
	tell(t, " was deleted.");
}

static void deleted_rest(const struct tell *t)
{
	tell(t, "It was deleted");
	if (t->story->deleted) {
		tell(t, " ");
		tell_time(t, t->story->deleted);
		tell_ago(t, t->story->deleted);
	}
	tell_about(t, " by ", t->story->deleted_by, "");
	tell(t, tell_reads(t) ? ".\n" : ". Nothing was stored.\n");
	tell(t, "Your ");
	tell(t, tell_noun(t));
	tell(t, " is sound. ");
	if (t->story->kept_until) {
		tell(t, "Until ");
		tell_time(t, t->story->kept_until);
		tell(t, " an");
	} else {
		tell(t, "An");
	}
	tell(t, " administrator of the server can bring it back:\n  gatehouse repo undelete ");
	if (tell_path_fits(t))
		tell_path(t);
	else
		tell(t, "WORKSPACE/REPOSITORY");
	tell(t, "\n");
}

static void archived(const struct tell *t)
{
	tell_path(t);
	tell(t, " is archived: fetching goes on, but nobody can push to it.");
}

static void archived_rest(const struct tell *t)
{
	tell(t, "It was archived");
	if (t->story->archived) {
		tell(t, " ");
		tell_time(t, t->story->archived);
		tell_ago(t, t->story->archived);
	}
	tell_about(t, " by ", t->story->archived_by, "");
	tell(t, ". Nothing was stored.\n");
	if (t->verdict->right_present < t->verdict->right_needed)
		buf_addf(t->out, "Your right here is %s; once it is open again, %s is needed.\n",
		         policy_right_name(t->verdict->right_present),
		         policy_right_name(t->verdict->right_needed));
	tell(t, "An administrator of the repository can have it opened again.");
	if (tell_path_fits(t)) {
		tell(t, " On the server:\n  gatehouse repo unarchive ");
		tell_path(t);
	}
	tell(t, "\n");
}

static void right_missing(const struct tell *t)
{
	tell_who(t);
	tell(t, tell_reads(t) ? " may not read " : " may read ");
	tell_path(t);
	tell(t, tell_reads(t) ? "." : " but not push to it.");
}

static void right_missing_rest(const struct tell *t)
{
	tell_credential(t);
	buf_addf(t->out, " is fine, scopes and all. The right here is %s, and %s is needed.\n",
	         policy_right_name(t->verdict->right_present),
	         policy_right_name(t->verdict->right_needed));
	if (t->story->owner) {
		tell(t, "It belongs to ");
		tell_owner(t);
		tell(t, ".\n");
	}
	tell_other_name(t);
	if (tell_hint_differs(t->story))
		tell_apart(t);
	if (tell_left(t))
		return;
	if (t->story->admins && *t->story->admins)
		tell_about(t, "An administrator of the repository can grant it: ", t->story->admins,
		           ".\n");
	else
		buf_addf(t->out,
		         "An administrator of the repository can grant it; a new %s would not "
		         "help.\n",
		         tell_noun(t));
}

static void tell_workspace(const struct tell *t)
{
	tell(t, "the workspace");
	if (t->story->workspace) {
		tell(t, " ");
		tell_peer(t, t->story->workspace, NAME_OWNER_MAX);
	}
}

static void create_refused(const struct tell *t)
{
	tell(t, "There is no repository ");
	tell_path(t);
	tell(t, " that ");
	tell_who(t);
	tell(t, " may see, and pushing may not make it.");
}

static void create_refused_rest(const struct tell *t)
{
	tell(t, "In ");
	tell_workspace(t);
	tell(t, t->facts->creation == CREATION_OWNERS
	                ? " only owners make repositories by pushing to a new name.\n"
	                : " nobody makes repositories by pushing to a new name.\n");
	tell_other_name(t);
	tell(t, "Check the name for a typing error, or ask an owner of the workspace to make it.");
	if (tell_path_fits(t)) {
		tell(t, " On the server:\n  gatehouse repo create ");
		tell_path(t);
	}
	tell(t, "\n");
}

static void lifetime(const struct tell *t)
{
	tell_credential(t);
	tell(t, " lives too long for ");
	tell_workspace(t);
	tell(t, ".");
}

static void tell_lives(const struct tell *t)
{
	const struct policy_facts *f = t->facts;
	bool barely = f->life != CLOCK_NEVER && f->life - f->life_most < 86400;

	tell(t, "It was made to live ");
	if (barely)
		tell(t, "a little more than ");
	tell_life(t, barely ? f->life_most : f->life);
	tell(t, barely ? ", which" : ", and ");
	if (!barely)
		tell_life(t, f->life_most);
	tell(t, " is the most there.\n");
}

static void lifetime_rest(const struct tell *t)
{
	char typed[CLOCK_TEXT];
	bool ends = t->story->expires != CLOCK_NEVER;

	tell_lives(t);
	tell_whose(t);
	tell(t, "Made ");
	tell_time(t, t->story->created);
	tell(t, ends ? ", it ends " : ", it never ends");
	if (ends)
		tell_time(t, t->story->expires);
	tell(t, ".\nElsewhere it works as before. Only an owner of the workspace can change the "
	        "rule.\n");
	tell_make_with(t, "Make one that lives no longer.", "--expires",
	               clock_typed(t->facts->life_most, typed));
}

const struct telling explain_reach[] = {
        {REASON_ADDRESS_NOT_ALLOWED, address, address_rest},
        {REASON_NO_SCOPES, no_scopes, no_scopes_rest},
        {REASON_SCOPE_ADMIN_ONLY, admin_only, admin_only_rest},
        {REASON_SCOPE_MISSING, scope_missing, scope_missing_rest},
        {REASON_REPOSITORY_LIMIT, other_repository, other_repository_rest},
        {REASON_TOKEN_ELSEWHERE, elsewhere, elsewhere_rest},
        {REASON_NOT_FOUND, not_found, not_found_rest},
        {REASON_MOVED, moved, moved_rest},
        {REASON_DELETED, deleted, deleted_rest},
        {REASON_ARCHIVED, archived, archived_rest},
        {REASON_RIGHT_MISSING, right_missing, right_missing_rest},
        {REASON_CREATE_NOT_ALLOWED, create_refused, create_refused_rest},
        {REASON_TOKEN_LIFETIME, lifetime, lifetime_rest},
        {REASON_COUNT, NULL, NULL},
};
