#include "policy/chars.h"
#include "policy/explain_int.h"
#include "policy/name.h"

#include <inttypes.h>
#include <string.h>

#define COMMAND_MOST 700 /* of what was made here: none is longer */

void tell(const struct tell *t, const char *text)
{
	buf_add_str(t->out, text);
}

void tell_peer(const struct tell *t, const char *text, size_t most)
{
	size_t len = strlen(text);

	if (len <= most) {
		buf_add_safe(t->out, text, len);
		return;
	}
	/* not in the middle of a character */
	while (most > 0 && ((unsigned char)text[most] & 0xC0) == 0x80)
		most--;
	buf_add_safe(t->out, text, most);
	tell(t, "...");
}

void tell_about(const struct tell *t, const char *lead, const char *text, const char *end)
{
	if (!text || !*text)
		return;
	tell(t, lead);
	tell_peer(t, text, 200);
	tell(t, end);
}

void tell_command(const struct tell *t, const char *command)
{
	tell_peer(t, command, COMMAND_MOST);
}

bool tell_reads(const struct tell *t)
{
	return t->facts->operation == OPERATION_READ;
}

int64_t tell_moment(int64_t story, int64_t facts)
{
	return story != CLOCK_NEVER && story != 0 ? story : facts;
}

int64_t tell_now(const struct tell *t)
{
	return tell_moment(t->story->now, t->facts->now);
}

bool tell_is_key(const struct tell *t)
{
	return t->story->certificate || t->story->kind == CREDENTIAL_USER_KEY ||
	       t->story->kind == CREDENTIAL_ACCESS_KEY;
}

const char *tell_noun(const struct tell *t)
{
	if (t->story->certificate)
		return "certificate";
	if (tell_is_key(t))
		return "key";
	return t->story->kind == CREDENTIAL_APP_PASSWORD ? "app password" : "token";
}

void tell_credential(const struct tell *t)
{
	const char *name = t->story->credential_name;

	if (!name || !*name) {
		tell(t, "This ");
		tell(t, tell_noun(t));
		return;
	}
	tell(t, "The ");
	tell(t, tell_noun(t));
	tell(t, " \"");
	tell_peer(t, name, 60);
	tell(t, "\"");
	if (t->story->certificate)
		buf_addf(t->out, " (serial %" PRIu64 ")", t->story->certificate->serial);
}

void tell_authority(const struct tell *t)
{
	if (!t->story->authority) {
		tell(t, "an authority that is not known here");
		return;
	}
	tell(t, "the authority \"");
	tell_peer(t, t->story->authority, 60);
	tell(t, "\"");
}

void tell_whose(const struct tell *t)
{
	const char *kind = policy_credential_kind_name(t->story->kind);

	if (!t->story->kind || !t->story->acts_as)
		return;
	tell(t, kind[0] == 'A' || kind[0] == 'O' || kind[0] == 'a' || kind[0] == 'S' ? "It is an "
	                                                                             : "It is a ");
	tell_kind(t);
	if (t->story->owner) {
		tell(t, " of ");
		tell_owner(t);
	}
	tell(t, t->facts->is_bot ? ", acting as " : " of ");
	tell_who(t);
	tell(t, ". ");
}

void tell_kind(const struct tell *t)
{
	const char *kind = policy_credential_kind_name(t->story->kind);
	const char *of = t->story->owner ? strstr(kind, " of a ") : NULL;

	buf_add(t->out, kind, of ? (size_t)(of - kind) : strlen(kind));
}

/* Is it a project, a repository or a workspace? Its text tells. */
static const char project_mark[] = "/project:";

void tell_owner(const struct tell *t)
{
	const char *owner = t->story->owner, *project = strstr(owner, project_mark);

	if (!project) {
		tell(t, strchr(owner, '/') ? "the repository " : "the workspace ");
		tell_peer(t, owner, 200);
		return;
	}
	tell(t, "the project ");
	buf_add_safe(t->out, owner,
	             (size_t)(project - owner) > 62 ? 62 : (size_t)(project - owner));
	tell_about(t, "/", project + strlen(project_mark), "");
}

void tell_who(const struct tell *t)
{
	if (t->story->acts_as && *t->story->acts_as) {
		tell_peer(t, t->story->acts_as, 64);
		return;
	}
	tell(t, "the owner of the ");
	tell(t, tell_noun(t));
}

static bool path_known(const struct tell *t)
{
	return t->story->workspace && *t->story->workspace && t->story->repository;
}

void tell_path(const struct tell *t)
{
	if (t->story->path && *t->story->path) {
		tell_peer(t, t->story->path, NAME_ADDRESS_MAX);
		return;
	}
	if (!path_known(t)) {
		tell(t, "this repository");
		return;
	}
	tell_peer(t, t->story->workspace, NAME_OWNER_MAX);
	tell(t, "/");
	tell_peer(t, t->story->repository, NAME_REPOSITORY_MAX);
}

/* Names of other forms are peers' text; what is pasted into a shell must hold
 * none of it. */
bool tell_path_fits(const struct tell *t)
{
	return path_known(t) && !t->story->path &&
	       !policy_name_owner_fault(t->story->workspace, strlen(t->story->workspace)) &&
	       !policy_name_repository_fault(t->story->repository, strlen(t->story->repository));
}

void tell_time(const struct tell *t, int64_t when)
{
	char text[CLOCK_TEXT];

	tell(t, clock_text(when, text));
}

void tell_ago(const struct tell *t, int64_t when)
{
	char text[CLOCK_TEXT];
	int64_t now = tell_now(t);

	if (when < 0 || when == CLOCK_NEVER || now == CLOCK_NEVER || when > now)
		return;
	buf_addf(t->out, " (%s ago)", clock_span(now - when, text));
}

void tell_life(const struct tell *t, int64_t seconds)
{
	char text[CLOCK_TEXT];
	int64_t days = seconds / 86400;

	if (seconds == CLOCK_NEVER)
		tell(t, "for ever");
	else if (days >= 2)
		buf_addf(t->out, "%lld days", (long long)days);
	else
		tell(t, clock_span(seconds, text));
}

static void tell_set(const struct tell *t, const char *lead, scope_set_t set)
{
	tell(t, lead);
	policy_scope_write(t->out, set);
	tell(t, ".");
}

void tell_scopes(const struct tell *t)
{
	tell_set(t, "Needed: ", t->verdict->needed);
	tell_set(t, " Present: ", t->verdict->present);
	tell_set(t, " Missing: ", t->verdict->missing);
	tell(t, "\n");
}

bool tell_is_word(const char *word)
{
	size_t n = 0;

	if (!word || !chars_alnum(*word))
		return false;
	for (; word[n]; n++)
		if (!chars_alnum(word[n]) && !strchr("._-", word[n]))
			return false;
	return n <= 60;
}

/* A name for the new one: that of the old may still be taken. */
static void tell_new_name(const struct tell *t)
{
	const char *name = t->story->credential_name;

	if (!t->verdict->genuine || !tell_is_word(name)) {
		tell(t, t->verdict->genuine && name ? "NEW-NAME" : "laptop");
		return;
	}
	tell(t, name);
	tell(t, "-2");
}

/* The fewest scopes that give what the old one had and what was asked for. */
static void tell_new_scopes(const struct tell *t)
{
	scope_set_t set = t->verdict->needed | t->verdict->present;
	const char *before = "";
	bool only_push = (set & SCOPE_EXACT) && policy_scope_only_push(set);

	if (set & SCOPE_WRITE_REPOSITORY)
		set &= ~SCOPE_READ_REPOSITORY;
	for (unsigned i = 0; i < SCOPE_COUNT; i++) {
		if (!(set & UINT32_C(1) << i))
			continue;
		tell(t, before);
		tell(t, policy_scope_name(UINT32_C(1) << i));
		before = ",";
	}
	if (only_push)
		tell(t, " --only push");
}

/* A credential that belongs to no person is not made by `--user`. */
static bool of_a_thing(const struct tell *t)
{
	enum credential_kind kind = t->story->kind;

	return t->facts->is_bot || kind == CREDENTIAL_REPOSITORY_TOKEN ||
	       kind == CREDENTIAL_PROJECT_TOKEN || kind == CREDENTIAL_WORKSPACE_TOKEN ||
	       kind == CREDENTIAL_ACCESS_KEY;
}

/* The owner in a command, where all of its names may stand in one. */
static void tell_owner_flag(const struct tell *t)
{
	static const struct {
		const char *mark, *flag, *unknown;
	} kinds[] = {{project_mark, "--project ", "WS/KEY"},
	             {"/", "--repo ", "WS/REPO"},
	             {"", "--workspace ", "WS"}};
	const char *owner = t->story->owner, *behind;
	char first[NAME_OWNER_SIZE] = "";
	size_t kind = 0, len;

	while (!strstr(owner, kinds[kind].mark))
		kind++;
	len = kind < 2 ? (size_t)(strstr(owner, kinds[kind].mark) - owner) : strlen(owner);
	behind = owner + len + strlen(kinds[kind].mark);
	if (len < sizeof first)
		memcpy(first, owner, len);
	tell(t, kinds[kind].flag);
	if (!tell_is_word(first) || (kind < 2 && !tell_is_word(behind))) {
		tell(t, kinds[kind].unknown);
		return;
	}
	tell(t, first);
	if (kind < 2) {
		tell(t, "/");
		tell(t, behind);
	}
}

static void tell_whose_flag(const struct tell *t)
{
	if (t->story->owner) {
		tell_owner_flag(t);
		return;
	}
	tell(t, "--user ");
	tell(t, tell_is_word(t->story->acts_as) ? t->story->acts_as : "NAME");
}

void tell_make(const struct tell *t, const char *lead, const char *addresses)
{
	tell_make_with(t, lead, addresses ? "--addresses" : NULL, addresses);
}

/* Is there a command of ours that makes such a credential? */
static bool is_made_here(const struct tell *t)
{
	return !of_a_thing(t) || t->story->owner;
}

/* The lead, and who can do it: false where no command of ours would. */
static bool tell_where(const struct tell *t, const char *lead)
{
	bool ours = is_made_here(t);

	tell(t, lead);
	if (ours)
		buf_addf(t->out, " On the server (or ask its administrator):\n  gatehouse %s ",
		         tell_is_key(t) ? "key" : "token");
	else
		tell(t, " Ask an administrator of the server.\n");
	return ours;
}

/* A key is made by its owner; here its public half is registered. An access key
 * reads and a user's does all, unless it is told otherwise. */
static void tell_key_add(const struct tell *t)
{
	scope_set_t set = t->verdict->needed | t->verdict->present;

	tell(t, "add FILE.pub ");
	tell_whose_flag(t);
	tell(t, " --name ");
	tell_new_name(t);
	if (of_a_thing(t) && (set & SCOPE_WRITE_REPOSITORY))
		tell(t, " --write");
}

void tell_make_with(const struct tell *t, const char *lead, const char *flag, const char *value)
{
	if (!tell_where(t, lead))
		return;
	if (tell_is_key(t)) {
		tell_key_add(t);
	} else {
		tell(t, "create ");
		tell_whose_flag(t);
		tell(t, " --name ");
		tell_new_name(t);
		tell(t, " --scopes ");
		tell_new_scopes(t);
	}
	if (flag)
		buf_addf(t->out, " %s %s", flag, value);
	tell(t, "\n");
}

/* "rotate laptop --user ann" */
static void tell_verb(const struct tell *t, const char *verb)
{
	const char *name = t->story->credential_name;

	tell(t, verb);
	tell(t, " ");
	tell(t, t->verdict->genuine && tell_is_word(name) ? name : "NAME");
	tell(t, " ");
	tell_whose_flag(t);
}

void tell_rotate(const struct tell *t, const char *lead)
{
	if (!tell_where(t, lead))
		return;
	tell_verb(t, "rotate");
	tell(t, "\n");
}

void tell_rotate_inline(const struct tell *t)
{
	if (tell_is_key(t)) {
		tell(t, "Register another key before then.");
		return;
	}
	if (!is_made_here(t)) {
		tell(t, "Ask an administrator of the server for another.");
		return;
	}
	tell(t, "For a new secret, on the server: gatehouse token ");
	tell_verb(t, "rotate");
}

void tell_revoke_inline(const struct tell *t)
{
	if (!is_made_here(t)) {
		tell(t, "ask an administrator of the server to revoke it.");
		return;
	}
	tell(t, tell_is_key(t) ? "gatehouse key " : "gatehouse token ");
	tell_verb(t, "revoke");
}

void tell_fingerprint(const struct tell *t)
{
	if (tell_is_key(t))
		tell_about(t, "Its fingerprint: ", t->story->fingerprint, "\n");
}

void tell_key_write(const struct tell *t, const char *lead)
{
	if (!tell_where(t, lead))
		return;
	tell_verb(t, "edit");
	tell(t, " --write yes\n");
}

void tell_make_owned(const struct tell *t)
{
	tell(t, tell_is_key(t) ? "  gatehouse key add FILE.pub --repo "
	                       : "  gatehouse token create --repo ");
	if (tell_path_fits(t))
		tell_path(t);
	else
		tell(t, "WORKSPACE/REPOSITORY");
	tell(t, " --name ");
	tell(t, tell_is_word(t->story->credential_name) ? t->story->credential_name : "ci");
	if (!tell_is_key(t)) {
		tell(t, " --scopes ");
		tell_new_scopes(t);
	} else if (!tell_reads(t)) {
		tell(t, " --write");
	}
	tell(t, "\n");
}

bool tell_hint_differs(const struct policy_story *story)
{
	const char *hint = story->user_hint, *who = story->acts_as;

	if (!hint || !*hint || !who || story->hint_fits)
		return false;
	return !policy_name_static(hint, strlen(hint)) && !policy_name_equal(hint, who);
}

void tell_other_name(const struct tell *t)
{
	if (!tell_hint_differs(t->story))
		return;
	tell(t, "The user name sent was ");
	tell_peer(t, t->story->user_hint, 64);
	tell(t, ", but the token is one of ");
	tell_who(t);
	tell(t, ", and the token decides.\n");
}

/* May the name stand in an address and a command, once it is encoded? */
static bool is_login(const char *name)
{
	size_t n = 0;

	if (!name || !chars_alnum(*name))
		return false;
	for (; name[n]; n++)
		if (!chars_alnum(name[n]) && !strchr("._-+@", name[n]))
			return false;
	return n <= 120;
}

/* With what separates the parts of an address encoded; NAME for what is no login. */
static void tell_login(const struct tell *t, const char *name)
{
	if (!is_login(name)) {
		tell(t, "NAME");
		return;
	}
	for (; *name; name++)
		buf_addf(t->out, strchr("@+", *name) ? "%%%02X" : "%c", (unsigned char)*name);
}

void tell_named_address(const struct tell *t, const char *name)
{
	const char *url = t->story->base_url ? t->story->base_url : "";
	size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
	                : strncmp(url, "http://", 7) == 0 ? 7
	                                                  : 0;

	buf_add(t->out, url, scheme);
	tell_login(t, name);
	tell(t, "@");
	tell_peer(t, scheme ? url + scheme : "HOST", 200);
	tell(t, "/");
	if (tell_path_fits(t))
		tell_path(t);
	else
		tell(t, "WORKSPACE/REPOSITORY");
	tell(t, ".git");
}

/* The host of "ssh://git@host:22", as it may stand in a file, or HOST. */
static void tell_ssh_host(const struct tell *t)
{
	const char *url = t->story->base_url ? t->story->base_url : "";
	const char *at = strstr(url, "://"), *user = strchr(url, '@');
	size_t len;

	at = user ? user + 1 : at ? at + 3 : "";
	for (len = 0; chars_alnum(at[len]) || at[len] == '.' || at[len] == '-'; len++)
		;
	if (len && (!at[len] || at[len] == ':' || at[len] == '/'))
		buf_add_safe(t->out, at, len);
	else
		tell(t, "HOST");
}

/* ssh offers its keys one after another and goes on with the first that is taken. */
static void tell_apart_by_key(const struct tell *t)
{
	tell(t, "ssh offered this key first, and the first that is known counts. To use another "
	        "one here, name it\nin ~/.ssh/config under a name of your own for this server:\n"
	        "  Host gate-other\n    HostName ");
	tell_ssh_host(t);
	tell(t, "\n    IdentityFile ~/.ssh/OTHER-KEY\n    IdentitiesOnly yes\n"
	        "and say gate-other in place of the host in the address.\n");
}

void tell_apart(const struct tell *t)
{
	if (tell_is_key(t)) {
		tell_apart_by_key(t);
		return;
	}
	tell(t, "For another account put its name into the address; Git keeps a password for each "
	        "name:\n  ");
	tell_named_address(t, tell_hint_differs(t->story) ? t->story->user_hint : NULL);
	tell(t, "\n");
}

void tell_apart_by_path(const struct tell *t)
{
	if (tell_is_key(t)) {
		tell_apart_by_key(t);
		return;
	}
	tell(t, "To let Git keep one token for each repository of this host:\n"
	        "  git config --global credential.useHttpPath true\n"
	        "or put a name of your own choice before the host in each address (NAME@).\n");
}
