/* The use cases, for whoever comes through a door or types a command.
 *
 * Changes run in one transaction each, with their audit row in it. Names come
 * as people type them; functions check them and complain in words a person can
 * use. `struct gate` belongs to one thread.
 */
#ifndef GATEHOUSE_GATE_GATE_H
#define GATEHOUSE_GATE_GATE_H

#include "base/buf.h"
#include "gate/settings.h"
#include "store/store.h"

struct gate {
	struct store *store;
	const struct gate_settings *settings;
	char actor[STORE_LABEL]; /* who changes things: "operator root"; for the audit */
};

/* Opens the ledger of the settings' data folder. STORE_WRITE makes the folder
 * (0700) and the ledger when there is none. */
int gate_open(struct gate *g, const struct gate_settings *settings, enum store_mode mode,
              struct err *err);
void gate_close(struct gate *g);
/* 0 when the ledger can be read: one cheap look. */
int gate_readable(struct gate *g, struct err *err);

/* In all of these `out` may be NULL, and a list's `each` ends it by returning
 * something other than 0, which the list then returns. */

/* -- people: gate/people.c -- */
/* By name, or by e-mail address when there is an @ in it. */
int gate_user_find(struct gate *g, const char *name, struct store_user *out, struct err *err);
int gate_user_list(struct gate *g, int (*each)(void *, const struct store_user *), void *arg,
                   struct err *err);
/* This and the other pages: a list from behind this one on, as it is named there
 * ("ann", "acme/site", "id:12"; NULL: from the start). It need not be there any more;
 * what stays comes once, whatever is added between two pages. */
int gate_user_page(struct gate *g, const char *after,
                   int (*each)(void *, const struct store_user *), void *arg, struct err *err);
int gate_email_list(struct gate *g, const struct store_user *u,
                    int (*each)(void *, const char *email), void *arg, struct err *err);
int gate_user_add(struct gate *g, const char *name, const char *email, const char *display,
                  bool server_admin, struct store_user *out, struct err *err);
struct gate_user_edit {
	const char *display, *add_email, *remove_email;
	int server_admin;     /* -1: as it is */
	const char *ssh_keys; /* which of their SSH keys open anything: "any", or "sk": those
	                         that live on a security key */
};
int gate_user_edit(struct gate *g, const char *name, const struct gate_user_edit *edit,
                   struct store_user *out, struct err *err);
int gate_user_suspend(struct gate *g, const char *name, bool suspend, const char *reason,
                      struct store_user *out, struct err *err);

/* -- workspaces, groups, projects: gate/workspace.c -- */
int gate_workspace_add(struct gate *g, const char *name, const char *owner, const char *display,
                       struct store_workspace *out, struct err *err);
/* NULL: as it is. The last three are lists of users. token_lifetime: "90d", or
 * "any". */
struct gate_workspace_edit {
	const char *display, *creation, *token_lifetime;
	const char *add_member, *add_owner, *remove_member;
};
int gate_workspace_find(struct gate *g, const char *name, struct store_workspace *out,
                        struct err *err);
/* user: only those the user is a member of; NULL: all. */
int gate_workspace_list(struct gate *g, const char *user,
                        int (*each)(void *, const struct store_workspace *), void *arg,
                        struct err *err);
int gate_workspace_page(struct gate *g, const char *user, const char *after,
                        int (*each)(void *, const struct store_workspace *), void *arg,
                        struct err *err);
int gate_member_list(struct gate *g, const struct store_workspace *w,
                     int (*each)(void *, const struct store_user *, enum member_role), void *arg,
                     struct err *err);
int gate_workspace_edit(struct gate *g, const char *name, const struct gate_workspace_edit *edit,
                        struct store_workspace *out, struct err *err);
/* What an edit means, with nothing done; fails as the edit would: workspace_effect.c.
 * gate_workspace_effect_clear when it returned 0. */
struct gate_opened {
	size_t reads, pushes; /* repositories of the workspace, with nothing in the way */
};
struct gate_leaver {
	int64_t user;
	char name[NAME_OWNER_SIZE];
	struct gate_opened before, after;
};
struct gate_workspace_effect {
	struct store_workspace before, after;
	struct gate_leaver *leavers; /* edit->remove_member */
	size_t count;
};
int gate_workspace_rehearse(struct gate *g, const char *name,
                            const struct gate_workspace_edit *edit,
                            struct gate_workspace_effect *out, struct err *err);
void gate_workspace_effect_clear(struct gate_workspace_effect *e);
/* The old name stays as an alias. A person's own workspace keeps theirs. */
int gate_workspace_rename(struct gate *g, const char *name, const char *new_name,
                          struct store_workspace *out, struct err *err);
int gate_group_add(struct gate *g, const char *workspace, const char *group,
                   struct store_group *out, struct err *err);
int gate_group_remove(struct gate *g, const char *workspace, const char *group, struct err *err);
int gate_group_member(struct gate *g, const char *workspace, const char *group, const char *user,
                      bool in, struct err *err);
int gate_group_find(struct gate *g, const char *workspace, const char *group,
                    struct store_group *out, struct err *err);
int gate_group_list(struct gate *g, const char *workspace,
                    int (*each)(void *, const struct store_group *), void *arg, struct err *err);
/* after: a name, NULL: from the start. */
int gate_group_page(struct gate *g, const char *workspace, const char *after,
                    int (*each)(void *, const struct store_group *), void *arg, struct err *err);
int gate_group_member_list(struct gate *g, const struct store_group *group,
                           int (*each)(void *, const struct store_user *), void *arg,
                           struct err *err);
int gate_project_find(struct gate *g, const char *workspace, const char *project,
                      struct store_project *out, struct err *err);
int gate_project_list(struct gate *g, const char *workspace,
                      int (*each)(void *, const struct store_project *), void *arg,
                      struct err *err);
/* after: a name, NULL: from the start. */
int gate_project_page(struct gate *g, const char *workspace, const char *after,
                      int (*each)(void *, const struct store_project *), void *arg,
                      struct err *err);
/* The project of a repository; out->id is 0 when it is in none. */
int gate_project_of(struct gate *g, const struct store_repository *r, struct store_project *out,
                    struct err *err);
int gate_project_add(struct gate *g, const char *workspace, const char *project,
                     const char *description, struct store_project *out, struct err *err);
int gate_project_edit(struct gate *g, const char *workspace, const char *project,
                      const char *new_name, const char *description, struct store_project *out,
                      struct err *err);

/* -- repositories: gate/repository.c -- */
struct gate_repository_new {
	const char *path; /* "workspace/repository" */
	enum visibility visibility;
	const char *format;                /* NULL: "sha1" */
	const char *description, *project; /* NULL: none */
	const char *maker;                 /* a user who gets admin on it; NULL: nobody */
};
/* The folder first, then the row: a folder without row is swept at start
 * (gate_repository_sweep), a row without folder can't be. */
int gate_repository_add(struct gate *g, const struct gate_repository_new *n,
                        struct store_repository *out, struct err *err);
/* NULL: as it is. project: "" or "none" takes it out of its project.
 * archived: "yes" makes it read-only, "no" opens it again. hooks: "allow" or "forbid"
 * those that lie in an adopted one. */
struct gate_repository_edit {
	const char *new_name, *description, *visibility, *default_branch, *project, *check;
	const char *archived, *hooks;
};
int gate_repository_edit(struct gate *g, const char *path, const struct gate_repository_edit *edit,
                         struct store_repository *out, struct err *err);
/* What an edit would do, with nothing done: gate/effect.c. Everybody's access is
 * decided by policy as it is now, then with the change made in a transaction
 * that is undone. */
enum gate_who { WHO_ANYONE, WHO_USER, WHO_TOKEN, WHO_BOT };
struct gate_reach {
	enum right right; /* of the user or bot; what a token may is in the other two */
	bool reads, pushes;
};
struct gate_reached {
	enum gate_who who;
	int64_t id;                 /* of the user or credential */
	char name[2 * STORE_LABEL]; /* "ann", "\"laptop\" of ann", "anyone" */
	bool limited;               /* a token whose limits name this repository */
	struct gate_reach before, after;
};
struct gate_effect {
	struct store_repository before, after;
	struct gate_reached *all; /* everybody active, in order of kind and name */
	size_t count, room;
};
int gate_repository_rehearse(struct gate *g, const char *path,
                             const struct gate_repository_edit *edit, struct gate_effect *out,
                             struct err *err);
void gate_effect_clear(struct gate_effect *e);
/* HEAD followed the first branch pushed: writes it down. */
int gate_repository_follow(struct gate *g, const char *id, const char *branch, struct err *err);

/* -- old names and addresses: gate/alias.c -- */
/* Lets the repository be reached by an address from before as well: of one part
 * or many ("project", "git/team/project"), or an old name in a workspace that is
 * there ("acme/oldname"). A slash before it and ".git" behind are taken off. It
 * can catch pushes that were meant for others: for the operator only. ERR_EXISTS
 * when it leads somewhere, or is somebody's name; ERR_INVALID when it can't be
 * one, or somebody could take it as a name; ERR_LIMIT when there are too many. */
#define GATE_ALIASES 32 /* old names and addresses of one repository */
int gate_alias_add(struct gate *g, const char *repository, const char *path,
                   struct store_repository *out, struct err *err);
/* Ends one: it leads nowhere then, whoever may read the repository is told today's
 * address, and it is free. ERR_NOT_FOUND when it does not lead to the repository. */
int gate_alias_remove(struct gate *g, const char *repository, const char *path,
                      struct store_repository *out, struct err *err);
/* What gate_alias_remove would end, written as it is kept: nothing is done. */
int gate_alias_find(struct gate *g, const struct store_repository *r, const char *path,
                    struct store_alias *out, struct err *err);
int gate_alias_list(struct gate *g, const struct store_repository *r,
                    int (*each)(void *, const struct store_alias *), void *arg, struct err *err);

/* -- deleted repositories: gate/deleted.c -- */
/* Gone for everybody at the next question, its name free at once. Row, grants and
 * folder are kept for the setting deleted-kept; nothing is moved, so that a git
 * child that still serves it ends in peace. */
int gate_repository_delete(struct gate *g, const char *path, struct store_deleted *out,
                           struct err *err);
int gate_deletion_rehearse(struct gate *g, const char *path, struct gate_effect *out,
                           struct err *err);
/* what: the name it had, or its id; as: another name for it, or NULL. */
int gate_repository_undelete(struct gate *g, const char *what, const char *as,
                             struct store_repository *out, struct err *err);
/* What undelete would bring back. */
int gate_deleted_find(struct gate *g, const char *what, struct store_deleted *out, struct err *err);
int gate_deleted_list(struct gate *g, int (*each)(void *, const struct store_deleted *), void *arg,
                      struct err *err);
/* after: gate_deleted_place of one, or the id of one that is still kept. */
int gate_deleted_page(struct gate *g, const char *after,
                      int (*each)(void *, const struct store_deleted *), void *arg,
                      struct err *err);
/* Where it stands in that list, and stood when it is gone: "2026-11-25T14:03:07Z/<id>". */
#define GATE_DELETED_PLACE 80 /* bytes that hold any */
const char *gate_deleted_place(const struct store_deleted *d, char out[GATE_DELETED_PLACE]);
/* Removes one whose time is over: the row, and the folder out of the way to
 * trash/<id>.gone, one step. ERR_NOT_FOUND: there is none. */
int gate_deleted_expire(struct gate *g, struct store_deleted *out, struct err *err);
/* Removes what expired from the disk; needs no ledger, and may take a while. */
void gate_trash_empty(const char *data);

/* The words for enum object_check: "strict", "lenient", "off". */
const char *gate_check_name(enum object_check check);
/* workspace NULL: all. */
int gate_repository_list(struct gate *g, const char *workspace,
                         int (*each)(void *, const struct store_repository *), void *arg,
                         struct err *err);
int gate_repository_page(struct gate *g, const char *workspace, const char *after,
                         int (*each)(void *, const struct store_repository *), void *arg,
                         struct err *err);
int gate_repository_find(struct gate *g, const char *path, struct store_repository *out,
                         struct err *err);
/* Where it lies, whether it is there or not: gate/adopt.c. */
int gate_repository_path(struct gate *g, const struct store_repository *r, char *out, size_t size,
                         struct err *err);
/* Writes today's names into the config of each repository where it has others: a
 * crash between ledger and folder leaves that. workspace 0: all. */
int gate_repository_names_mend(struct gate *g, int64_t workspace, struct err *err);
/* Removes folders under repositories/ that are older than an hour, have no row
 * and hold no object, and half-made ones. A folder with objects but no row is
 * left where it is: it may be all that a lost ledger left. */
int gate_repository_sweep(struct gate *g, unsigned *removed, struct err *err);

/* -- grants: gate/grant.c -- */
/* subject: "ann", "group:devs", "id:12" (a bot); object: "ws", "ws/repo", "ws/project:NAME". */
int gate_grant_set(struct gate *g, const char *subject, const char *object, const char *right,
                   struct store_grant *out, struct err *err);
int gate_grant_remove(struct gate *g, const char *subject, const char *object, struct err *err);
/* object: a workspace (all grants inside it), or one of its parts (those on it). */
int gate_grant_list(struct gate *g, const char *object,
                    int (*each)(void *, const struct store_grant *), void *arg, struct err *err);
/* after: gate_grant_place of one of them, NULL: from the start. */
int gate_grant_page(struct gate *g, const char *object, const char *after,
                    int (*each)(void *, const struct store_grant *), void *arg, struct err *err);
/* Where it stands in that list, and stood when it is gone: its object in words, then its
 * subject by number, "acme/site:user:12". */
#define GATE_GRANT_PLACE (STORE_TEXT + 40) /* bytes that hold any */
const char *gate_grant_place(const struct store_grant *grant, const char *object,
                             char out[GATE_GRANT_PLACE]);
/* The two sides of a grant, in the same words that set them. */
int gate_grant_words(struct gate *g, const struct store_grant *grant, char *subject,
                     size_t subject_size, char *object, size_t object_size, struct err *err);

/* -- whose a credential is: gate/owner.c -- */
/* As it is typed; just one is not NULL. A bot belongs to one of the last three. */
struct gate_whose {
	const char *user;       /* "ann", or an e-mail address */
	const char *repository; /* "acme/site" */
	const char *project;    /* "acme/web" */
	const char *workspace;  /* "acme" */
};
#define GATE_USER(name_)                                                                           \
	(&(struct gate_whose){                                                                     \
	        .user = (name_),                                                                   \
	})
struct gate_owner {
	struct store_owner key;
	char name[NAME_PATH_SIZE + STORE_LABEL]; /* "ann", "acme/site", "acme/project:web",
	                                            "acme"; "" for what is gone for good */
	int64_t workspace;                       /* where a bot's owner lies; 0: a user */
	bool suspended;                          /* a user */
	bool hardware_keys;                      /* a user who asks for keys of a security key */
	bool deleted;                            /* a repository */
	int64_t deleted_at;                      /* 0: gone for good */
};
int gate_owner_find(struct gate *g, const struct gate_whose *whose, struct gate_owner *out,
                    struct err *err);
int gate_owner_of(struct gate *g, const struct store_credential *c, struct gate_owner *out,
                  struct err *err);
/* "ann", "the repository acme/site". */
void gate_owner_words(const struct gate_owner *o, struct buf *out);
/* Does the repository lie in what the bot belongs to? */
bool gate_owner_holds(const struct store_owner *o, const struct store_repository *r);

/* -- credentials: gate/issue.c, gate/revoke.c, gate/credential.c -- */
/* "on" or "off"; NULL: as it is. notices: its sessions are told what ends soon and the
 * like; alerts: also of a first use from a new network. */
struct gate_credential_edit {
	const char *notices, *alerts;
};
struct gate_issue {
	struct gate_whose owner;
	const char *name;
	bool app_password;  /* in place of an API token: a user's, with permissions as scopes */
	const char *scopes; /* as typed; an empty set is ERR_INVALID that explains, unless
	                       allow_no_scopes */
	bool allow_no_scopes;
	const char *only;         /* "push": without the reading that write:repository brings, which
	                             need not be named then; NULL: with it */
	bool operator;            /* may hear of repositories that the owner can't see */
	const char *repositories; /* "a/b,a/c" or NULL; each must exist, and be seen by the user
	                             whose token it is: else it is told as missing */
	const char *addresses;    /* networks or NULL */
	const char *expires;    /* clock_parse's forms; NULL: 1 year (90 days with the preset "ci",
	                           never of an app password), or the longest life that is
	                           allowed if shorter */
	const char *not_before; /* NULL: at once */
	struct gate_credential_edit told; /* what its sessions are told; NULL: notices, no alerts */

	/* An SSH key in place of a secret: gate/key.c. Without scopes it does what its
	 * user may; an access key reads, and with `write` pushes too. It never ends unless
	 * that is asked for. ERR_EXISTS: it is registered, here or elsewhere. */
	const struct ssh_key *key;
	bool write;
	const char *served; /* of a repository's: others that it serves, "a/b,a/c" */
};
/* token: TOKEN_LEN + 1 bytes, set only when the ledger holds it durably; the
 * caller shows it once and wipes it. NULL for a key. */
int gate_issue(struct gate *g, const struct gate_issue *ask, struct store_credential *out,
               char *token, struct err *err);
struct gate_rotate {
	struct gate_whose owner;
	const char *name;
	const char *overlap; /* how long the old secret lives: "1h", "7d", "until-used"; NULL: 1d */
};
/* A fresh secret for the credential, which keeps all but that: scopes, limits,
 * grants, and the length of its life, which begins anew, within what the server and
 * the workspaces it reaches allow today. ERR_INVALID, with what makes another, where the new
 * secret would be refused: of one that was revoked or retired. Asked again, a secret that got lost
 * on the way lives out its own overlap, and so do those before it. token: as gate_issue.
 * gate/rotate.c */
int gate_rotate(struct gate *g, const struct gate_rotate *ask, struct store_credential *out,
                struct store_former *old, char *token, struct err *err);
int gate_former_list(struct gate *g, const struct store_credential *c,
                     int (*each)(void *, const struct store_former *), void *arg, struct err *err);
/* From when on it is dead; CLOCK_NEVER: when the newest is used. */
int64_t gate_former_ends(const struct store_former *f, const struct store_credential *c);
/* What gate_issue would make, with nothing made: told once, with a number that is
 * none. */
int gate_issue_rehearse(struct gate *g, const struct gate_issue *ask,
                        int (*look)(void *, const struct store_credential *), void *arg,
                        struct err *err);
/* What a credential can really do, repository by repository: gate/preview.c. Its
 * life and its addresses are left aside. */
struct gate_preview {
	const struct store_repository *repository;
	bool reads, pushes, administers;             /* the credential */
	bool cut_reads, cut_pushes, cut_administers; /* its owner may, its scopes leave it out */
};
struct gate_preview_end {
	bool more;       /* there are others behind the last */
	size_t left_out; /* that its owner may read and its list of repositories leaves out;
	                    of those looked at */
};
/* Those behind `after` ("acme/site"; NULL: from the start), `most` of them. */
int gate_preview(struct gate *g, const struct store_credential *c, const char *after, size_t most,
                 int (*each)(void *, const struct gate_preview *), void *arg,
                 struct gate_preview_end *end, struct err *err);
/* gate/notice.c */
int gate_credential_edit(struct gate *g, const struct gate_whose *whose, const char *name,
                         const struct gate_credential_edit *edit, struct store_credential *out,
                         struct err *err);
/* The networks it was used from, the last used first; the newest of these days that
 * was not its first (ERR_NOT_FOUND: none), apart from `but` (NULL: any). gate/network.c */
int gate_network_list(struct gate *g, const struct store_credential *c,
                      int (*each)(void *, const struct store_network *), void *arg,
                      struct err *err);
int gate_network_fresh(struct gate *g, const struct store_credential *c, const char *but,
                       struct store_network *out, struct err *err);
int gate_revoke(struct gate *g, const struct gate_whose *whose, const char *name,
                const char *reason, bool leaked, struct store_credential *out, struct err *err);
/* The living one of that name, else the one revoked last. */
int gate_credential_find(struct gate *g, const struct gate_whose *whose, const char *name,
                         struct store_credential *out, struct err *err);
/* "id:12", or the e-mail address of a bot. */
int gate_credential_by_number(struct gate *g, const char *text, struct store_credential *out,
                              struct err *err);
int gate_credential_list(struct gate *g, const struct gate_whose *whose,
                         int (*each)(void *, const struct store_credential *), void *arg,
                         struct err *err);
int gate_credential_page(struct gate *g, const struct gate_whose *whose, const char *after,
                         int (*each)(void *, const struct store_credential *), void *arg,
                         struct err *err);
/* A credential's limits in words for the operator: repositories by their
 * names, the deleted ones as "deleted:ID". */
int gate_credential_limits(struct gate *g, const struct store_credential *c, enum limit_kind kind,
                           int (*each)(void *, const char *words), void *arg, struct err *err);
/* A repository it can be used on, for a clone line: ERR_NOT_FOUND when none. */
int gate_credential_example(struct gate *g, const struct store_credential *c,
                            struct store_repository *out, struct err *err);
/* What a credential reaches, in words for its owner: "what ann may read and
 * write", or "acme/site, acme/docs". Names only what the owner may see. */
int gate_credential_reach(struct gate *g, const struct store_credential *c, struct buf *out,
                          struct err *err);
/* -- kinds that are on their way out: gate/retire.c -- */
/* How things stand with a credential at a moment, by all policies of retirement and
 * the settings. */
struct gate_standing {
	enum standing standing;
	struct store_retirement by; /* of the policy that says so; not filled where
	                               standing is STANDING_ALLOWED or STANDING_OFF */
	struct retire_state state;
};
int gate_standing(struct gate *g, const struct store_credential *c, int64_t now,
                  struct gate_standing *out, struct err *err);

/* -- SSH keys: gate/key.c -- */
#define GATE_FINGERPRINT 51 /* "SHA256:" and 43 characters */
/* What the ledger knows a key by, and its form for people, as `ssh-keygen -l` shows it. */
void gate_key_hash(const uint8_t *blob, size_t len, uint8_t out[STORE_HASH]);
void gate_key_fingerprint(const uint8_t hash[STORE_HASH], char out[GATE_FINGERPRINT]);
/* "ssh-ed25519 AAAA…", as a .pub file has it, without a comment. */
int gate_key_line(const struct ssh_key *key, char *out, size_t size, struct err *err);
/* As the functions for tokens; a repository's keys are also those that serve it
 * besides another. */
int gate_key_find(struct gate *g, const struct gate_whose *whose, const char *name,
                  struct store_credential *out, struct err *err);
int gate_key_list(struct gate *g, const struct gate_whose *whose,
                  int (*each)(void *, const struct store_credential *), void *arg, struct err *err);
int gate_key_revoke(struct gate *g, const struct gate_whose *whose, const char *name,
                    const char *reason, bool leaked, struct store_credential *out, struct err *err);
/* Lets a key push as well, or read only. */
int gate_key_write(struct gate *g, const struct gate_whose *whose, const char *name, bool write,
                   struct store_credential *out, struct err *err);
/* May whoever proves this key come in at all? What becomes of a session is another
 * question. */
int gate_key_lets_in(struct gate *g, const struct ssh_key *key, bool *out, struct err *err);
/* The key itself; ERR_NOT_FOUND when the credential is none of a key. */
int gate_key_of(struct gate *g, const struct store_credential *c, struct ssh_key *out,
                struct err *err);
/* The living repositories that an access key serves besides the one that owns it. */
int gate_key_served(struct gate *g, const struct store_credential *c,
                    int (*each)(void *, const struct store_repository *), void *arg,
                    struct err *err);
bool gate_is_key(const struct store_credential *c);
/* -- authorities that sign SSH certificates: gate/authority.c -- */
struct gate_authority_new {
	const char *name;
	const struct ssh_key *key;
	const char *scopes;       /* NULL: write:repository; nothing beyond content */
	const char *repositories; /* "a/b,a/c": only on these; NULL: any */
	const char *addresses;    /* networks; NULL: any */
};
/* ERR_EXISTS: the key is an authority's already, or was one's that was revoked. */
int gate_authority_add(struct gate *g, const struct gate_authority_new *n,
                       struct store_authority *out, struct err *err);
/* The living one of that name, else the one revoked last. */
int gate_authority_find(struct gate *g, const char *name, struct store_authority *out,
                        struct err *err);
int gate_authority_list(struct gate *g, int (*each)(void *, const struct store_authority *),
                        void *arg, struct err *err);
int gate_authority_key(struct gate *g, const struct store_authority *a, struct ssh_key *out,
                       struct err *err);
/* As gate_credential_limits. */
int gate_authority_limits(struct gate *g, const struct store_authority *a, enum limit_kind kind,
                          int (*each)(void *, const char *words), void *arg, struct err *err);
/* Other scopes, for all that it has signed and will sign. */
int gate_authority_edit(struct gate *g, const char *name, const char *scopes,
                        struct store_authority *out, struct err *err);
int gate_authority_revoke(struct gate *g, const char *name, const char *reason,
                          struct store_authority *out, struct err *err);
/* One certificate of it, by one of the two. */
int gate_certificate_revoke(struct gate *g, const char *name, const char *serial, const char *id,
                            const char *reason, struct store_authority *out, struct err *err);
int gate_certificate_revoked_list(struct gate *g, const struct store_authority *a,
                                  int (*each)(void *, const struct store_revoked *), void *arg,
                                  struct err *err);
/* What an access key opens, by its session: `most` of them; *more: there are others. */
struct gate_session;
int gate_key_opens(struct gate *g, const struct gate_session *s, size_t most,
                   int (*each)(void *, const struct store_repository *, bool reads, bool pushes),
                   void *arg, bool *more, struct err *err);
/* -- how long credentials may live: gate/lifetime.c -- */
/* Whom another rule of this workspace ("90d", "any") would keep out of what they
 * reach, or let in again: out->all holds those credentials alone, `reads` tells
 * whether they are in before and after; the rules are the token_lifetime of
 * out->before and out->after. */
int gate_lifetime_rehearse(struct gate *g, const char *workspace, const char *lifetime,
                           struct gate_effect *out, struct err *err);
/* Each workspace with a repository that nothing but its rule closes to this one. */
int gate_lifetime_bars(struct gate *g, const struct store_credential *c,
                       int (*each)(void *, const struct store_workspace *), void *arg,
                       struct err *err);
/* The plain hash the store keeps of a secret (BLAKE2b-256, libsodium): of a
 * token, its whole text of TOKEN_LEN characters. */
void gate_secret_hash(const void *secret, size_t len, uint8_t out[STORE_HASH]);

/* A word of a command, as a shell reads it back: names may hold what people type. */
void gate_add_word(struct buf *out, const char *word);

#endif
