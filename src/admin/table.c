/* Every command, once: dispatch, help and the checks of the line come from here. */
#include "admin/admin_int.h"

#define LAST                                                                                       \
	{                                                                                          \
		NULL, FLAG_TEXT, false, NULL, NULL                                                 \
	}

/* Of a list: its pages. */
#define PAGED(place_, what_)                                                                       \
	{"limit", FLAG_TEXT, false, "N", "at most so many"},                                       \
	{                                                                                          \
		"after", FLAG_TEXT, false, place_, what_                                           \
	}

/* Of people, groups, projects. */
static const struct admin_flag name_list_flags[] = {PAGED("NAME", "those behind this one"), LAST};
static const struct admin_flag user_add_flags[] = {
        {"email", FLAG_TEXT, false, "ADDRESS", "their e-mail address; it works as user name too"},
        {"display", FLAG_TEXT, false, "TEXT", "their full name"},
        {"admin", FLAG_SWITCH, false, NULL, "administrator of the whole server"},
        LAST};
static const struct admin_flag user_edit_flags[] = {
        {"display", FLAG_TEXT, false, "TEXT", "their full name"},
        {"add-email", FLAG_TEXT, false, "ADDRESS", "one more e-mail address"},
        {"remove-email", FLAG_TEXT, false, "ADDRESS", "one address fewer"},
        {"admin", FLAG_TEXT, false, "yes|no", "administrator of the whole server"},
        {"ssh-keys", FLAG_TEXT, false, "any|sk",
         "which of their SSH keys open anything: sk, those that live on a security key"},
        LAST};
static const struct admin_flag reason_flags[] = {
        {"reason", FLAG_TEXT, false, "TEXT", "why; kept, and shown to those who manage the server"},
        LAST};
static const struct admin_flag user_admin_flags[] = {
        {"off", FLAG_SWITCH, false, NULL, "no longer one"}, LAST};
static const struct admin_flag link_flags[] = {
        {"expires", FLAG_TEXT, false, "3d|DATE", "when it ends (default: in 3 days; 30 at most)"},
        LAST};
static const struct admin_flag invites_flags[] = {
        {"all", FLAG_SWITCH, false, NULL, "those that were used or ended too"}, LAST};
static const struct admin_flag workspace_create_flags[] = {
        {"owner", FLAG_TEXT, true, "NAME", "the user who owns it"},
        {"display", FLAG_TEXT, false, "TEXT", "its title"},
        LAST};
static const struct admin_flag workspace_list_flags[] = {
        {"user", FLAG_TEXT, false, "NAME", "only those this user is a member of"},
        PAGED("WS", "those behind this one"),
        LAST};
#define ASKED                                                                                      \
	{"yes", FLAG_SWITCH, false, NULL, "do not ask"},                                           \
	{                                                                                          \
		"dry-run", FLAG_SWITCH, false, NULL, "only say what it would mean for whom"        \
	}

static const struct admin_flag workspace_edit_flags[] = {
        {"display", FLAG_TEXT, false, "TEXT", "its title"},
        {"creation", FLAG_TEXT, false, "off|owners|members",
         "who makes a repository by pushing to a new name"},
        {"longest-token-life", FLAG_TEXT, false, "SPAN",
         "how long a token that is used in it may live at most: 90d, 1y, or any"},
        {"add-member", FLAG_LIST, false, "NAME", "makes this user a member"},
        {"add-owner", FLAG_LIST, false, "NAME", "makes this user an owner"},
        {"remove-member", FLAG_LIST, false, "NAME", "takes this user out"},
        ASKED,
        LAST};
static const struct admin_flag project_flags[] = {
        {"description", FLAG_TEXT, false, "TEXT", "what it is for"}, LAST};
static const struct admin_flag project_edit_flags[] = {
        {"name", FLAG_TEXT, false, "NAME", "a new name"},
        {"description", FLAG_TEXT, false, "TEXT", "what it is for"},
        LAST};
static const struct admin_flag repo_create_flags[] = {
        {"public", FLAG_SWITCH, false, NULL, "anyone may read it"},
        {"internal", FLAG_SWITCH, false, NULL, "every user may read it"},
        {"format", FLAG_TEXT, false, "sha1|sha256", "object format (default sha1)"},
        {"description", FLAG_TEXT, false, "TEXT", "what it holds"},
        {"project", FLAG_TEXT, false, "NAME", "a project of the workspace to put it in"},
        LAST};
static const struct admin_flag repo_life_flags[] = {ASKED, LAST};
static const struct admin_flag repo_adopt_flags[] = {
        {"public", FLAG_SWITCH, false, NULL, "anyone may read it"},
        {"internal", FLAG_SWITCH, false, NULL, "every user may read it"},
        {"tree", FLAG_SWITCH, false, NULL,
         "PATH is a folder, and every bare repository below it is meant: WS alone is named then"},
        {"keep-addresses", FLAG_TEXT, false, "PREFIX",
         "with --tree: each is reached by its old address too, PREFIX/team/project.git"},
        {"quick", FLAG_SWITCH, false, NULL, "do not read its objects first (git fsck)"},
        ASKED,
        LAST};
static const struct admin_flag repo_edit_flags[] = {
        {"name", FLAG_TEXT, false, "NEW", "a new name; the old one keeps working"},
        {"visibility", FLAG_TEXT, false, "V", "private, internal or public"},
        {"default-branch", FLAG_TEXT, false, "B", "what a clone checks out"},
        {"description", FLAG_TEXT, false, "TEXT", "what it holds"},
        {"project", FLAG_TEXT, false, "NAME", "the project it belongs to; none: no project"},
        {"check", FLAG_TEXT, false, "strict|lenient|off",
         "how strictly pushed objects are checked"},
        ASKED,
        LAST};
static const struct admin_flag grant_list_flags[] = {
        PAGED("PLACE", "those behind what a page before said: acme/site:user:12"), LAST};
static const struct admin_flag repo_list_flags[] = {
        {"deleted", FLAG_SWITCH, false, NULL,
         "those that were deleted and can be brought back, the last deleted first"},
        PAGED("WS/REPO", "those behind this one; with --deleted: behind the one of this id"),
        LAST};
static const struct admin_flag repo_undelete_flags[] = {
        {"as", FLAG_TEXT, false, "NAME", "another name for it, where its own is taken"}, LAST};
#define WHOSE                                                                                      \
	{"user", FLAG_TEXT, false, "NAME", "whose it is: the person it acts as"},                  \
	        {"repo", FLAG_TEXT, false, "WS/REPO",                                              \
	         "or the repository it belongs to, with a bot of its own"},                        \
	        {"project", FLAG_TEXT, false, "WS/KEY", "or the project"},                         \
	{                                                                                          \
		"workspace", FLAG_TEXT, false, "WS", "or the workspace"                            \
	}

#define TOLD                                                                                       \
	{"notices", FLAG_TEXT, false, "on|off",                                                    \
	 "whether its git sessions are told what ends soon, a new name and the like"},             \
	{                                                                                          \
		"alerts", FLAG_TEXT, false, "on|off",                                              \
		        "whether they are told of a first use from a new network"                  \
	}

static const struct admin_flag token_create_flags[] = {
        WHOSE,
        {"name", FLAG_TEXT, true, "TEXT",
         "what it is called, so that it can be told apart and revoked"},
        {"scopes", FLAG_LIST, false, "A,B",
         "what it may do: read:repository to clone and fetch, write:repository to push too; or "
         "in a word: clone, clone-and-push, ci, admin"},
        {"only", FLAG_TEXT, false, "push",
         "with write:repository (or no --scopes): to push, without the reading it brings"},
        {"app-password", FLAG_SWITCH, false, NULL,
         "an app password in place of an API token, the old way; --scopes takes its permissions"},
        {"no-scopes", FLAG_SWITCH, false, NULL, "without any: it opens nothing"},
        {"repos", FLAG_LIST, false, "WS/REPO,...", "only on these repositories"},
        {"addresses", FLAG_LIST, false, "NET,...", "only from these addresses or networks"},
        {"expires", FLAG_TEXT, false, "30d|DATE|never", "when it ends (default: in one year)"},
        {"not-before", FLAG_TEXT, false, "1d|DATE", "when it begins (default: at once)"},
        TOLD,
        {"dry-run", FLAG_SWITCH, false, NULL, "make nothing; only say what it could do"},
        LAST};
static const struct admin_flag token_whose_flags[] = {WHOSE, LAST};
static const struct admin_flag token_edit_flags[] = {WHOSE, TOLD, LAST};
static const struct admin_flag token_list_flags[] = {
        WHOSE, PAGED("id:N", "those made after this one, by its number"), LAST};
static const struct admin_flag token_show_flags[] = {
        WHOSE,
        {"limit", FLAG_TEXT, false, "N", "name at most so many repositories (default 20)"},
        {"after", FLAG_TEXT, false, "WS/REPO", "name those behind this one"},
        LAST};
static const struct admin_flag token_rotate_flags[] = {
        WHOSE,
        {"overlap", FLAG_TEXT, false, "1h|7d|until-used",
         "how long the old secret works (default: 1 day)"},
        LAST};
static const struct admin_flag token_revoke_flags[] = {
        WHOSE,
        {"reason", FLAG_TEXT, false, "TEXT", "why; told to whoever still uses it"},
        {"leaked", FLAG_SWITCH, false, NULL,
         "others may hold it: they are told nothing but that it is dead"},
        LAST};
static const struct admin_flag key_add_flags[] = {
        {"user", FLAG_TEXT, false, "NAME", "the user who signs in by it"},
        {"repo", FLAG_LIST, false, "WS/REPO,...",
         "or the repositories that it opens, as an access key with a bot of its own"},
        {"project", FLAG_TEXT, false, "WS/KEY", "or the project"},
        {"workspace", FLAG_TEXT, false, "WS", "or the workspace"},
        {"name", FLAG_TEXT, true, "TEXT",
         "what it is called, so that it can be told apart and revoked"},
        {"write", FLAG_SWITCH, false, NULL, "an access key that may push too; else it reads"},
        {"scopes", FLAG_LIST, false, "A,B",
         "what it may do at most (default: a user's key all that its user may)"},
        {"repos", FLAG_LIST, false, "WS/REPO,...", "only on these repositories"},
        {"addresses", FLAG_LIST, false, "NET,...", "only from these addresses or networks"},
        {"expires", FLAG_TEXT, false, "30d|DATE|never", "when it ends (default: never)"},
        {"not-before", FLAG_TEXT, false, "1d|DATE", "when it begins (default: at once)"},
        {"dry-run", FLAG_SWITCH, false, NULL, "register nothing; only say what it could do"},
        LAST};
static const struct admin_flag key_edit_flags[] = {
        WHOSE, {"write", FLAG_TEXT, true, "yes|no", "whether it may push"}, LAST};
/* When which stage begins. */
#define STAGES                                                                                     \
	{"notice", FLAG_TEXT, false, "DATE", "told from then on (default: now)"},                  \
	        {"brownouts", FLAG_LIST, false, "DATE=15m,...",                                    \
	         "from when on windows are how long; they grow"},                                  \
	        {"at", FLAG_LIST, false, "00:00,06:00,...", "when on each day they begin"},        \
	        {"end", FLAG_TEXT, false, "DATE", "refused from then on (default: not decided)"},  \
	        {"offset", FLAG_TEXT, false, "+02:00",                                             \
	         "of the dates and times from UTC (default: none)"},                               \
	        ASKED

static const struct admin_flag retire_create_flags[] = {
        {"kind", FLAG_TEXT, true, "KIND",
         "app-password, api-token, access-token, ssh-key, access-key or any"},
        {"without-expiry", FLAG_SWITCH, false, NULL, "only those that never expire"},
        {"made-before", FLAG_TEXT, false, "DATE", "only those made before"},
        STAGES,
        LAST};
static const struct admin_flag retire_edit_flags[] = {STAGES, LAST};
static const struct admin_flag retire_status_flags[] = {
        {"limit", FLAG_TEXT, false, "N", "at most so many of each retirement (default 50)"},
        {"after", FLAG_TEXT, false, "id:N", "those behind this one"},
        LAST};
static const struct admin_flag host_key_flags[] = {
        {"from", FLAG_TEXT, false, "FILE|-",
         "a private key that exists already, without a passphrase; - reads it from standard input"},
        LAST};
static const struct admin_flag authority_add_flags[] = {
        {"name", FLAG_TEXT, true, "TEXT", "what it is called"},
        {"scopes", FLAG_LIST, false, "A,B",
         "what its certificates may at most: read:repository or write:repository (the default)"},
        {"repos", FLAG_LIST, false, "WS/REPO,...", "only on these repositories"},
        {"addresses", FLAG_LIST, false, "NET,...", "only from these addresses or networks"},
        LAST};
static const struct admin_flag authority_edit_flags[] = {
        {"scopes", FLAG_LIST, true, "A,B", "what its certificates may at most"}, LAST};
static const struct admin_flag authority_revoke_flags[] = {
        {"serial", FLAG_TEXT, false, "N", "only the certificate with this serial number"},
        {"key-id", FLAG_TEXT, false, "ID", "only certificates with this key id"},
        {"reason", FLAG_TEXT, false, "TEXT", "why; told to whoever still comes by it"},
        LAST};
static const struct admin_flag why_flags[] = {
        {"as", FLAG_TEXT, false, "USER",
         "what this user would be told: no more than concerns them"},
        LAST};
static const struct admin_flag may_flags[] = {
        {"who", FLAG_SWITCH, false, NULL, "list everybody who could"},
        {"from", FLAG_TEXT, false, "ADDRESS", "from this address"},
        {"at", FLAG_TEXT, false, "1d|DATE", "at this moment, by today's grants"},
        {"limit", FLAG_TEXT, false, "N", "with --who: at most so many (default 100)"},
        LAST};
static const struct admin_flag audit_flags[] = {
        {"actor", FLAG_TEXT, false, "NAME", "who: \"ann\", \"site-ci\", \"operator root\""},
        {"credential", FLAG_TEXT, false, "NAME", "which one: laptop, ann/laptop or id:12"},
        {"operation", FLAG_TEXT, false, "WORDS",
         "what: fetch, push, or a change (\"token create\", \"token\")"},
        {"object", FLAG_TEXT, false, "WS[/REPO]", "on what: a workspace also means all in it"},
        {"address", FLAG_TEXT, false, "ADDR[/N]", "from where: 192.0.2.7, 10.0.0.0/8"},
        {"since", FLAG_TEXT, false, "2h|DATE", "not older than this"},
        {"until", FLAG_TEXT, false, "2h|DATE", "not newer than this"},
        {"verdict", FLAG_TEXT, false, "WORD", "allowed or refused"},
        {"reason", FLAG_TEXT, false, "NAME", "why: scope-missing (gatehouse help refusals)"},
        {"kind", FLAG_TEXT, false, "WORD", "decision, change, or strangers: refused unknowns"},
        {"limit", FLAG_TEXT, false, "N",
         "the newest so many (default 50; with --json: all; with --follow: 10)"},
        {"after", FLAG_TEXT, false, "REFERENCE", "those behind this one, the first so many"},
        {"follow", FLAG_LETTER, false, NULL, "or -f: go on with what comes, until interrupted"},
        LAST};

static const struct admin_flag backup_flags[] = {
        {"keep", FLAG_TEXT, false, "N", "how many backups stay (default 7; 0: all)"},
        {"quick", FLAG_SWITCH, false, NULL, "do not let git read what was copied"},
        LAST};
static const struct admin_flag restore_flags[] = {
        {"check", FLAG_SWITCH, false, NULL, "only read it, all of it, and say whether it is whole"},
        LAST};

static const struct admin_flag rebuild_flags[] = {
        {"owner", FLAG_TEXT, true, "NAME", "a user, made anew, who owns the workspaces"},
        {"users", FLAG_LIST, false, "A,B",
         "users to make as well, each of whom owns the workspace of their name"},
        {"place", FLAG_LIST, false, "ID=WS/NAME", "give a repository this name"},
        {"partial", FLAG_SWITCH, false, NULL, "leave out what can't be placed"},
        {"dry-run", FLAG_SWITCH, false, NULL, "only say what would be made"},
        LAST};
static const struct admin_flag check_flags[] = {
        {"quick", FLAG_SWITCH, false, NULL, "without reading every repository's objects"}, LAST};

#define READ (ADMIN_READS | ADMIN_JSON | ADMIN_QUIET)
#define WRITE (ADMIN_WRITES | ADMIN_JSON | ADMIN_QUIET)

const struct admin_command admin_commands[] = {
        {"serve", NULL, NULL, ADMIN_SERVE, 0, 0, "", NULL, "start the server",
         "Its settings come from --config FILE, GATEHOUSE_* variables and flags; `gatehouse help "
         "settings` lists them."},

        {"user", "add", admin_user_add, WRITE | ADMIN_MAKES, 1, 1, "NAME", user_add_flags,
         "add a person, with a workspace of the same name",
         "Makes the data folder and the ledger as well where there are none."},
        {"user", "list", admin_user_list, READ, 0, 0, "", name_list_flags, "list all people", NULL},
        {"user", "show", admin_user_show, READ, 1, 1, "NAME", NULL, "show one person", NULL},
        {"user", "edit", admin_user_edit, WRITE, 1, 1, "NAME", user_edit_flags,
         "change a person's data", NULL},
        {"user", "suspend", admin_user_suspend, WRITE, 1, 1, "NAME", reason_flags,
         "let a person's tokens do nothing until they are resumed", NULL},
        {"user", "resume", admin_user_resume, WRITE, 1, 1, "NAME", NULL, "end a suspension", NULL},
        {"user", "admin", admin_user_admin, WRITE, 1, 1, "NAME", user_admin_flags,
         "make a person administrator of the server",
         "Works at any time from the server's own machine: nobody is ever locked out for good."},
        {"user", "invite", admin_user_invite, WRITE, 1, 1, "NAME|EMAIL", link_flags,
         "make a one-time link that lets a person in",
         "A user chooses a first password with it; an e-mail address without account lets its "
         "owner make one. No mail is sent: give the link to them yourself. A new link ends the "
         "older one of the same person."},
        {"user", "reset", admin_user_reset, WRITE, 1, 1, "NAME", link_flags,
         "make a one-time link for a new password", NULL},
        {"user", "invites", admin_user_invites, READ, 0, 0, "", invites_flags,
         "list the one-time links", NULL},
        {"user", "uninvite", admin_user_uninvite, WRITE, 1, 1, "NAME|EMAIL", NULL,
         "end a person's one-time link", NULL},

        {"workspace", "create", admin_workspace_create, WRITE, 1, 1, "WS", workspace_create_flags,
         "make a workspace", NULL},
        {"workspace", "list", admin_workspace_list, READ, 0, 0, "", workspace_list_flags,
         "list workspaces", NULL},
        {"workspace", "show", admin_workspace_show, READ, 1, 1, "WS", NULL,
         "show a workspace and its members", NULL},
        {"workspace", "edit", admin_workspace_edit, WRITE, 1, 1, "WS", workspace_edit_flags,
         "change a workspace, its rules and members",
         "A member may see the workspace; what they may do with its repositories is for grants to "
         "say. Owners may do everything. A rule for the life of tokens, counted from when one was "
         "made, holds for those that live already. Whom it keeps out, what who leaves loses, and "
         "who "
         "may make repositories then is said first: --yes for scripts."},

        {"workspace", "rename", admin_workspace_rename, WRITE, 2, 2, "WS NEW", repo_life_flags,
         "give a workspace another name",
         "The old name goes on working in every address, with a notice, and is reserved."},

        {"group", "create", admin_group_create, WRITE, 2, 2, "WS GROUP", NULL,
         "make a group in a workspace", NULL},
        {"group", "list", admin_group_list, READ, 1, 1, "WS", name_list_flags,
         "list a workspace's groups", NULL},
        {"group", "show", admin_group_show, READ, 2, 2, "WS GROUP", NULL, "show who is in a group",
         NULL},
        {"group", "add", admin_group_add, WRITE, 3, 3, "WS GROUP USER", NULL,
         "put a user into a group", NULL},
        {"group", "remove", admin_group_remove, WRITE, 3, 3, "WS GROUP USER", NULL,
         "take a user out of a group", NULL},
        {"group", "delete", admin_group_delete, WRITE, 2, 2, "WS GROUP", NULL,
         "remove a group and its grants", NULL},

        {"project", "create", admin_project_create, WRITE, 2, 2, "WS PROJECT", project_flags,
         "make a project: a name for several repositories", NULL},
        {"project", "list", admin_project_list, READ, 1, 1, "WS", name_list_flags,
         "list a workspace's projects", NULL},
        {"project", "show", admin_project_show, READ, 2, 2, "WS PROJECT", NULL,
         "show a project and its repositories", NULL},
        {"project", "edit", admin_project_edit, WRITE, 2, 2, "WS PROJECT", project_edit_flags,
         "rename or describe a project", NULL},

        {"repo", "create", admin_repo_create, WRITE, 1, 1, "WS/REPO", repo_create_flags,
         "make an empty repository (private unless told otherwise)", NULL},
        {"repo", "list", admin_repo_list, READ, 0, 1, "[WS]", repo_list_flags, "list repositories",
         NULL},
        {"repo", "show", admin_repo_show, READ, 1, 1, "WS/REPO", NULL, "show one repository", NULL},
        {"repo", "edit", admin_repo_edit, WRITE, 1, 1, "WS/REPO", repo_edit_flags,
         "rename or change a repository",
         "Says first what it means for whom, and asks: --yes for scripts."},
        {"repo", "rename", admin_repo_rename, WRITE, 2, 2, "WS/REPO NEW", repo_life_flags,
         "give a repository another name",
         "The old name goes on working for fetch and push, with a notice, and is reserved."},
        {"repo", "move", admin_repo_move, WRITE, 2, 2, "WS/REPO NEWWS[/NEW]", repo_life_flags,
         "take a repository to another workspace",
         "The old name goes on working. Rights that came from the old workspace, its projects and "
         "its groups end, those of the new one begin: who wins and loses is said first."},
        {"repo", "alias", admin_repo_alias, WRITE, 2, 3, "list|add|remove WS/REPO [PATH]",
         repo_life_flags, "addresses from before under which a repository can be reached too",
         "PATH has one part or many: project, git/team/project, or an old name in a workspace that "
         "is there (acme/oldname). Fetch and push work through it, with a notice of today's "
         "address. What could become the name of a repository is refused: whoever makes that one "
         "would get its pushes. Removing one says first what it means: it is free then, and who "
         "may read the repository is told where it is."},
        {"repo", "archive", admin_repo_archive, WRITE, 1, 1, "WS/REPO", repo_life_flags,
         "make a repository read-only",
         "Fetching goes on; every push is refused, and told since when, by whom and what opens "
         "it."},
        {"repo", "unarchive", admin_repo_unarchive, WRITE, 1, 1, "WS/REPO", repo_life_flags,
         "let an archived repository take pushes again", NULL},
        {"repo", "path", admin_repo_path, READ, 1, 1, "WS/REPO", NULL,
         "print the folder a repository lies in", NULL},
        {"repo", "delete", admin_repo_delete, WRITE, 1, 1, "WS/REPO", repo_life_flags,
         "remove a repository; it can be brought back for a while",
         "Gone for everybody at the next question, its name free at once. The setting deleted-kept "
         "says how long `repo undelete` can bring it back."},
        {"repo", "undelete", admin_repo_undelete, WRITE, 1, 1, "WS/REPO|ID", repo_undelete_flags,
         "bring a deleted repository back, with its grants", NULL},

        {"repo", "adopt", admin_repo_adopt, WRITE, 2, 2, "PATH WS[/REPO]", repo_adopt_flags,
         "serve a bare repository, or a tree of them, where they lie",
         "Looks at it first: that it is whole, that the server's user may read and write it, what "
         "it borrows, what its config asks for that is not followed. Nothing in it is changed. "
         "In a tree, team/project.git is called team-project; what is left out, and why, is said."},
        {"repo", "disown", admin_repo_disown, WRITE, 1, 1, "WS/REPO", repo_life_flags,
         "stop serving an adopted repository, and leave its files",
         "The ledger forgets it, its names and its grants. Nothing in its folder is changed."},
        {"repo", "hooks", admin_repo_hooks, WRITE, 2, 2, "WS/REPO allow|forbid", repo_life_flags,
         "run the hooks that lie in an adopted repository, or don't",
         "They run after the server's own decision, in a box: any program of the system, this "
         "repository and nothing else, no network. Not run unless allowed."},

        {"grant", "add", admin_grant_add, WRITE, 3, 3, "SUBJECT OBJECT RIGHT", NULL, "give a right",
         "SUBJECT: a user, group:NAME, or the bot of an access token by its number (id:12, or its "
         "e-mail address). OBJECT: WS, WS/project:NAME or WS/REPO. RIGHT: read, write or admin."},
        {"grant", "list", admin_grant_list, READ, 1, 1, "OBJECT", grant_list_flags,
         "list the grants inside a workspace, or on a project or repository", NULL},
        {"grant", "remove", admin_grant_remove, WRITE, 2, 2, "SUBJECT OBJECT", NULL,
         "take a right back", NULL},

        {"token", "create", admin_token_create, WRITE, 0, 0, "", token_create_flags,
         "make a token and show it, once",
         "A user's token acts as the user and may never do more. One of a repository, project or "
         "workspace is an access token: it acts as a bot of its own, reaches what it belongs to, "
         "and outlives whoever made it. Scopes and limits only take away."},
        {"token", "list", admin_token_list, READ, 0, 0, "", token_list_flags,
         "list the tokens of a user, repository, project or workspace", NULL},
        {"token", "show", admin_token_show, READ, 1, 1, "NAME", token_show_flags,
         "show what a token may do and when it was used", NULL},
        {"token", "rotate", admin_token_rotate, WRITE, 1, 1, "NAME", token_rotate_flags,
         "give a token a new secret, and show it, once",
         "Scopes, limits and grants stay; the life begins anew, as long as it was or as the rules "
         "of today allow. The old secret works until the overlap is over. Where the new one got "
         "lost, ask again: that locks nobody out."},
        {"token", "edit", admin_token_edit, WRITE, 1, 1, "NAME", token_edit_flags,
         "choose what a token's git sessions are told",
         "Notices (on unless told otherwise) are at most three lines that git shows with a fetch "
         "or "
         "push. Alerts (off unless told otherwise) are one of them: that the token was used from a "
         "network it had never been used from, told elsewhere than there for a week. `token show` "
         "and the audit tell that in any case."},
        {"token", "revoke", admin_token_revoke, WRITE, 1, 1, "NAME", token_revoke_flags,
         "end a token; the very next request is refused", NULL},

        {"key", "add", admin_key_add, WRITE, 1, 1, "FILE.pub|-", key_add_flags,
         "register the public half of an SSH key",
         "A user's key signs in as the user. One of a repository, project or workspace is an "
         "access "
         "key: it acts as a bot of its own, reads what it belongs to, and pushes with --write; it "
         "may open several repositories (--repo given more than once). A key is registered once on "
         "a server. Taken are ed25519, ecdsa, rsa from 2048 bits on, and their sk- forms; - reads "
         "it from standard input."},
        {"key", "list", admin_key_list, READ, 0, 0, "", token_whose_flags,
         "list the SSH keys of a user, repository, project or workspace", NULL},
        {"key", "show", admin_key_show, READ, 1, 1, "NAME", token_show_flags,
         "show what a key may do and when it was used", NULL},
        {"key", "edit", admin_key_edit, WRITE, 1, 1, "NAME", key_edit_flags,
         "let a key push, or read only", NULL},
        {"key", "revoke", admin_key_revoke, WRITE, 1, 1, "NAME", token_revoke_flags,
         "end a key; the very next request is refused",
         "It can be registered again, here or elsewhere, unless it was revoked as leaked."},

        {"authority", "add", admin_authority_add, WRITE, 1, 1, "FILE.pub|-", authority_add_flags,
         "make an authority known that signs SSH certificates of people and bots",
         "Whoever has its private key can act here as anybody: keep it as you keep root's. A "
         "certificate acts as the first of its principals that is an active user (by name or "
         "e-mail address) or bot (id:NUMBER, or its e-mail address), within its own validity "
         "and addresses. They come by way of the system's OpenSSH alone: docs/ssh.md."},
        {"authority", "list", admin_authority_list, READ, 0, 0, "", NULL,
         "list the authorities for SSH certificates", NULL},
        {"authority", "show", admin_authority_show, READ, 1, 1, "NAME", NULL,
         "show an authority, its limits, and which of its certificates were revoked", NULL},
        {"authority", "edit", admin_authority_edit, WRITE, 1, 1, "NAME", authority_edit_flags,
         "change what an authority's certificates may",
         "It holds for all that were signed already, at their very next request."},
        {"authority", "revoke", admin_authority_revoke, WRITE, 1, 1, "NAME", authority_revoke_flags,
         "end an authority, or one of its certificates",
         "The very next request is refused. The key of a revoked authority is not taken again. "
         "Write the file for sshd anew afterwards."},
        {"authority", "keys", admin_authority_keys, ADMIN_READS, 0, 0, "", NULL,
         "print the keys of the living authorities, for sshd's TrustedUserCAKeys", NULL},

        {"retire", "create", admin_retire_create, WRITE, 1, 1, "NAME", retire_create_flags,
         "let a kind of credential go out of use, in stages",
         "Notice from a date, told in every clone and push; brownouts, hours without them that "
         "grow; the end. NAME is what the retirement is called. Says first whom it concerns, and "
         "asks: --yes for scripts."},
        {"retire", "show", admin_retire_show, READ, 0, 1, "[NAME]", NULL,
         "show one retirement, or all there are", NULL},
        {"retire", "edit", admin_retire_edit, WRITE, 1, 1, "NAME", retire_edit_flags,
         "move a retirement's dates",
         "Whom it chooses stays. --brownouts none takes them away, --end never leaves the end "
         "open."},
        {"retire", "cancel", admin_retire_cancel, WRITE, 1, 1, "NAME", repo_life_flags,
         "forget a retirement: what it chose stays in use", NULL},
        {"retire", "status", admin_retire_status, READ, 0, 1, "[NAME]", retire_status_flags,
         "list who still uses what is on its way out, and what goes in its place",
         "When each was last used and from where, and the command that makes a token of the same "
         "reach."},

        {"ssh", "fingerprints", admin_ssh_fingerprints, ADMIN_READS | ADMIN_JSON, 0, 0, "", NULL,
         "show by which keys this server is known over SSH",
         "The lines are those of a known_hosts file, each below its fingerprint. The server shows "
         "the same at /.well-known/ssh-known-hosts, to whoever asks over HTTP."},
        {"ssh", "host-key", admin_ssh_host_key, ADMIN_WRITES | ADMIN_QUIET, 0, 1, "[KIND]",
         host_key_flags, "replace a key by which this server is known over SSH",
         "KIND is ed25519, ecdsa or rsa: a new key of that kind is made. With --from a key moves "
         "in "
         "that people know already, from another server: sudo cat /etc/ssh/ssh_host_ed25519_key | "
         "gatehouse ssh host-key --from -"},
        {"ssh", "keys", admin_ssh_keys, ADMIN_READS, 3, 3, "USER TYPE KEY", NULL,
         "the line by which sshd lets a key in, for its AuthorizedKeysCommand",
         "In sshd_config: AuthorizedKeysCommand /usr/local/bin/gatehouse ssh keys %u %t %k. Prints "
         "nothing for a key that is not registered or has ended. The session then asks the server, "
         "through the setting ssh-socket."},
        {"ssh", "principals", admin_ssh_principals, ADMIN_READS | ADMIN_QUIET, 3, 3,
         "USER TYPE CERTIFICATE", NULL,
         "the line by which sshd lets a certificate in, for its AuthorizedPrincipalsCommand",
         "In sshd_config: AuthorizedPrincipalsCommand /usr/local/bin/gatehouse ssh principals %u "
         "%t %k. Prints nothing for a certificate that opens nothing, and on standard error why, "
         "for who asks by hand. The session then asks the server, through the setting "
         "ssh-socket."},
        {"why", NULL, admin_why, ADMIN_READS | ADMIN_JSON, 1, 1, "REFERENCE", why_flags,
         "explain what happened under a reference",
         "Every refusal ends with a reference. This tells who asked for what, what each gate saw, "
         "and the command that would open the one that closed."},
        {"may", NULL, admin_may, ADMIN_READS | ADMIN_JSON, 2, 4, "WHO OPERATION WS/REPO [REF]",
         may_flags, "tell whether somebody may, without doing it",
         "WHO: a user, a token as USER/NAME, a credential as id:NUMBER, or anyone. OPERATION: "
         "fetch or push. A user alone is asked about as with a token that has no limits. With "
         "--who, no WHO is given. Exit status 0: yes, 1: no, 2: it could not be asked."},
        {"audit", NULL, admin_audit, READ, 0, 0, "", audit_flags,
         "list what happened, the newest last",
         "Flags combine: what is shown fits all of them. --json prints one object a line, for "
         "every row that fits unless --limit is given; the fields are in docs/audit.md. What "
         "strangers try in vain is added up by reason and network for an hour: one row, with "
         "a count. --follow shows such a row again, once a minute while it grows, and goes on "
         "when the server is restarted."},
        {"check", NULL, admin_check, ADMIN_JSON | ADMIN_QUIET, 0, 0, "", check_flags,
         "look for what is wrong, and say how to mend it",
         "Settings, folders, disk, git, kernel, clock, certificate, ledger and every repository; "
         "nothing is changed, whether the server runs or not. Give it the settings of the server "
         "(--config FILE); as root it can also read the key. Exit status 0: all is well, notes "
         "apart; 1: something is to be mended. --quiet shows only what is to be mended."},
        {"backup", NULL, admin_backup, READ, 1, 1, "DIR", backup_flags,
         "copy the ledger and all repositories to a folder, while the server runs",
         "DIR gets a folder for each backup, named by its time. What an earlier one has is shared "
         "with it, so that a backup costs what is new. The settings and the certificate are not "
         "in it."},
        {"restore", NULL, admin_restore, ADMIN_QUIET, 1, 1, "DIR", restore_flags,
         "make a data folder from a backup",
         "DIR is a folder of backups (the newest is taken) or one of them. The data folder must "
         "be missing or empty."},
        {"rebuild", NULL, admin_rebuild, ADMIN_JSON | ADMIN_QUIET, 0, 0, "", rebuild_flags,
         "make a lost ledger anew from the repositories",
         "Each repository knows its workspace and name. People, rights, tokens, old names, "
         "addresses and the "
         "audit do not lie in them: all come up private, and rights must be given anew; a backup "
         "is "
         "better. A ledger that is there stays as it is. Repositories that were deleted and are "
         "kept for a while come back too."},
        {"help", NULL, admin_help, 0, 0, 2, "[NOUN [VERB]]", NULL,
         "this help; also `help settings`, `help refusals`, `help REASON`", NULL},
        {"version", NULL, admin_version, ADMIN_QUIET, 0, 0, "", NULL, "print the version", NULL},
        {NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
