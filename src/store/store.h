/* The ledger: who there is, what there is, who may do what, what happened.
 *
 * One `struct store` is one connection; each thread opens its own. Readers see
 * the last commit, also of another process (SQLite in WAL mode). Writing takes
 * a transaction: store_begin … store_commit, or store_rollback; a write outside
 * one is a bug (abort). Only `gate` uses this room.
 *
 * Rows are plain structs with fixed sizes (names have limits); text longer than
 * its field is ERR_LIMIT when written. Names match without regard to case and
 * keep the case they were made with. Functions return 0 or an err_code:
 * ERR_NOT_FOUND for a missing row, ERR_EXISTS for a name or hash that is taken,
 * ERR_BUSY when another writer held the ledger for 5 s, ERR_FULL, ERR_IO. A
 * function that fails has changed nothing. A list's `each` ends the list by
 * returning something other than 0, which the list then returns; it may call
 * this room again.
 *
 * After a full disk or an I/O error SQLite may give the whole transaction up.
 * Then every further call in it fails with that error, store_commit too.
 */
#ifndef GATEHOUSE_STORE_STORE_H
#define GATEHOUSE_STORE_STORE_H

#include "base/err.h"
#include "policy/link.h"
#include "policy/name.h"
#include "policy/net.h"
#include "policy/policy.h"
#include "policy/retire.h"
#include "policy/ssh_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

#define STORE_LABEL 128 /* names people choose, descriptions of actors */
#define STORE_TEXT 512  /* descriptions, reasons */
#define STORE_EMAIL 256
#define STORE_ID 33 /* 32 hex digits */
#define STORE_HASH 32
#define STORE_REF_NAME 256
#define STORE_FOLDER 1024
#define STORE_REFERENCE 16
#define STORE_GATES 2048

/* -- opening -- */

/* The schema's number that this program makes and knows. */
extern const int store_schema;

enum store_mode {
	STORE_READ, /* fails with ERR_NOT_FOUND when there is none, ERR_INVALID when it needs an
	               upgrade */
	STORE_WRITE /* makes it, brings it up to store_schema step by step, each step and its number
	               in one transaction */
};
/* path: the database file. A newer schema is ERR_NEWER, untouched. */
int store_open(struct store **out, const char *path, enum store_mode mode, struct err *err);
void store_close(struct store *s);                 /* NULL is fine */
int store_begin(struct store *s, struct err *err); /* takes the write lock */
int store_commit(struct store *s,
                 struct err *err);    /* durable when it returns 0; on failure all is rolled back */
void store_rollback(struct store *s); /* no transaction: nothing */
/* A savepoint inside a transaction, for group commit: one job's failure must
 * not undo the others'. */
int store_mark(struct store *s, struct err *err);
int store_keep(struct store *s, struct err *err); /* release */
void store_undo(struct store *s);                 /* back to the mark, and release */

/* -- copies, and soundness: backup.c -- */

/* Writes a whole copy of the ledger, as it is at one moment, to a new file
 * (0600): a ledger of its own. Others may write meanwhile. */
int store_copy(struct store *s, const char *path, struct err *err);
/* Reads all of it; each fault is told in words, at most some dozens. A sound
 * ledger tells none. */
int store_examine(struct store *s, int (*each)(void *, const char *words), void *arg,
                  struct err *err);
/* The same of a ledger that nobody uses (a backup's), also one of an older
 * schema, which stays as it is. */
int store_copy_file(const char *from, const char *to, struct err *err);
int store_examine_file(const char *path, int (*each)(void *, const char *words), void *arg,
                       struct err *err);
/* Bytes of the file, and how many of them hold nothing. */
int store_space(struct store *s, int64_t *bytes, int64_t *empty, struct err *err);

/* -- people -- */

struct store_user {
	int64_t id;
	char name[NAME_OWNER_SIZE];
	char display[STORE_LABEL];
	char email[STORE_EMAIL]; /* the first one */
	bool server_admin;
	int64_t created;
	int64_t suspended; /* CLOCK_NEVER: active */
	char suspend_reason[STORE_TEXT];
	bool hardware_keys; /* their SSH keys must live on a security key */
};
/* Takes the name in the shared namespace; also makes the workspace of the
 * same name (owner: the user, personal) unless the name is a reserved one:
 * ERR_INVALID with words. Fills id, created. email may be "". */
int store_user_add(struct store *s, struct store_user *u, int64_t now, struct err *err);
int store_user_get(struct store *s, const char *name, struct store_user *out, struct err *err);
int store_user_get_id(struct store *s, int64_t id, struct store_user *out, struct err *err);
int store_user_by_email(struct store *s, const char *email, struct store_user *out,
                        struct err *err);
/* Writes display, server_admin, suspended, suspend_reason, hardware_keys of row id. */
int store_user_update(struct store *s, const struct store_user *u, struct err *err);
int store_user_list(struct store *s, int (*each)(void *, const struct store_user *), void *arg,
                    struct err *err);
/* A list in pages: these begin behind a row, which need not be there any more ("", 0:
 * at the first), in the order of the list. What was there before the first page and
 * stays comes just once, whatever is added meanwhile. */
int store_user_page(struct store *s, const char *after,
                    int (*each)(void *, const struct store_user *), void *arg, struct err *err);
int store_email_add(struct store *s, int64_t user, const char *email, struct err *err);
int store_email_remove(struct store *s, int64_t user, const char *email, struct err *err);
int store_email_list(struct store *s, int64_t user, int (*each)(void *, const char *email),
                     void *arg, struct err *err);

/* -- workspaces, groups, projects -- */

struct store_workspace {
	int64_t id;
	char name[NAME_OWNER_SIZE];
	char display[STORE_LABEL];
	enum creation_rule creation; /* default: owners */
	int64_t personal;            /* user id, or 0 */
	int64_t token_lifetime;      /* most seconds a credential may live; CLOCK_NEVER: any */
	int64_t created;
};
enum member_role { MEMBER_NONE, MEMBER_MEMBER, MEMBER_OWNER };
/* personal is not read; token_lifetime 0 is taken as CLOCK_NEVER. */
int store_workspace_add(struct store *s, struct store_workspace *w, int64_t owner, int64_t now,
                        struct err *err);
int store_workspace_get(struct store *s, const char *name, struct store_workspace *out,
                        struct err *err); /* follows aliases */
int store_workspace_get_id(struct store *s, int64_t id, struct store_workspace *out,
                           struct err *err);
/* The old name stays as an alias, and reserved. */
int store_workspace_rename(struct store *s, int64_t id, const char *name, struct err *err);
int store_workspace_update(struct store *s, const struct store_workspace *w,
                           struct err *err); /* display, creation, token_lifetime */
/* user: only those the user is a member of; 0: all. */
int store_workspace_list(struct store *s, int64_t user,
                         int (*each)(void *, const struct store_workspace *), void *arg,
                         struct err *err);
int store_workspace_page(struct store *s, int64_t user, const char *after,
                         int (*each)(void *, const struct store_workspace *), void *arg,
                         struct err *err);
/* Sets, or with MEMBER_NONE removes (from the workspace's groups too; grants to
 * the user stay). Removing or demoting the last owner is ERR_INVALID. */
int store_member_set(struct store *s, int64_t workspace, int64_t user, enum member_role role,
                     struct err *err);
/* Remembers when a member left; then tells it of who is none now. ERR_NOT_FOUND: never
 * a member, or one again. */
int store_member_left(struct store *s, int64_t workspace, int64_t user, int64_t when,
                      struct err *err);
int store_member_former(struct store *s, int64_t workspace, int64_t user, int64_t *when,
                        struct err *err);
int store_member_get(struct store *s, int64_t workspace, int64_t user, enum member_role *out,
                     struct err *err); /* MEMBER_NONE is no error */
int store_member_list(struct store *s, int64_t workspace,
                      int (*each)(void *, const struct store_user *, enum member_role), void *arg,
                      struct err *err);

struct store_group {
	int64_t id, workspace;
	char name[STORE_LABEL];
	int64_t created;
};
int store_group_add(struct store *s, struct store_group *g, int64_t now, struct err *err);
int store_group_get(struct store *s, int64_t workspace, const char *name, struct store_group *out,
                    struct err *err);
int store_group_get_id(struct store *s, int64_t id, struct store_group *out, struct err *err);
int store_group_remove(struct store *s, int64_t id, struct err *err); /* its grants too */
int store_group_list(struct store *s, int64_t workspace,
                     int (*each)(void *, const struct store_group *), void *arg, struct err *err);
/* Those whose name is behind this one, which need not be there; "": from the start. */
int store_group_page(struct store *s, int64_t workspace, const char *after,
                     int (*each)(void *, const struct store_group *), void *arg, struct err *err);
int store_group_member_set(struct store *s, int64_t group, int64_t user, bool in, struct err *err);
int store_group_member_list(struct store *s, int64_t group,
                            int (*each)(void *, const struct store_user *), void *arg,
                            struct err *err);

struct store_project {
	int64_t id, workspace;
	char name[STORE_LABEL];
	char description[STORE_TEXT];
	int64_t created;
};
int store_project_add(struct store *s, struct store_project *p, int64_t now, struct err *err);
int store_project_get(struct store *s, int64_t workspace, const char *name,
                      struct store_project *out, struct err *err);
int store_project_get_id(struct store *s, int64_t id, struct store_project *out, struct err *err);
int store_project_update(struct store *s, const struct store_project *p,
                         struct err *err); /* name, description */
int store_project_list(struct store *s, int64_t workspace,
                       int (*each)(void *, const struct store_project *), void *arg,
                       struct err *err);
/* Those whose name is behind this one, which need not be there; "": from the start. */
int store_project_page(struct store *s, int64_t workspace, const char *after,
                       int (*each)(void *, const struct store_project *), void *arg,
                       struct err *err);

/* -- repositories -- */

enum object_check { CHECK_STRICT, CHECK_LENIENT, CHECK_OFF };
struct store_repository {
	char id[STORE_ID];
	int64_t workspace, project;           /* project 0: none */
	char workspace_name[NAME_OWNER_SIZE]; /* filled by reading */
	char name[NAME_REPOSITORY_SIZE];
	char description[STORE_TEXT];
	enum visibility visibility;
	char default_branch[STORE_REF_NAME]; /* "main", or "" while nobody pushed */
	char format[16];                     /* "sha1" or "sha256" */
	enum object_check check;
	int64_t created;
	int64_t archived; /* read-only since; 0: it is not */
	char archived_by[STORE_LABEL];
	char folder[STORE_FOLDER]; /* of an adopted one: where it lies; "" : in the data folder */
	bool hooks;                /* hooks that lie in it run */
	int64_t token_lifetime;    /* of its workspace; read only */
	bool deleted;              /* never seen outside this room but by store_deleted_list */
	bool by_alias;             /* filled by finding it: an old name or address led here */
};
/* Fails with ERR_EXISTS also when a living alias has the name, or another has the folder. */
int store_repository_add(struct store *s, struct store_repository *r, int64_t now, struct err *err);
/* By names, following aliases of workspace and repository. */
int store_repository_find(struct store *s, const char *workspace, const char *name,
                          struct store_repository *out, struct err *err);
int store_repository_get(struct store *s, const char *id, struct store_repository *out,
                         struct err *err);
/* The adopted one that lies there. */
int store_repository_by_folder(struct store *s, const char *folder, struct store_repository *out,
                               struct err *err);
/* An adopted one lies in the data folder from now on, as after a restore. */
int store_repository_settle(struct store *s, const char *id, struct err *err);
/* Writes project, name, description, visibility, default_branch, check, archived,
 * archived_by, hooks; a folder stays what it is. A new name leaves an alias under the old one. */
int store_repository_update(struct store *s, const struct store_repository *r, struct err *err);
/* The same, into the workspace r->workspace: r->project is one of its projects or
 * 0. The old name stays behind as an alias; grants to groups end, since a group
 * gets grants in its own workspace only. */
int store_repository_move(struct store *s, const struct store_repository *r, struct err *err);
/* Removes the row, its aliases, its grants, and its id from credential limits
 * is left in place (a limit never widens by a deletion). */
int store_repository_remove(struct store *s, const char *id, struct err *err);
/* A deleted one keeps row, grants and folder until it is removed, but no function
 * sees it, save those two and store_repository_remove; its names are free. */
struct store_deleted {
	struct store_repository was; /* with the name it had */
	int64_t at, until;
	char by[STORE_LABEL];
};
int store_repository_delete(struct store *s, const char *id, const char *by, int64_t now,
                            int64_t until, struct err *err);
/* Under this name (ERR_EXISTS when it is taken), with its grants, and with those of
 * its old names that are still free. */
int store_repository_undelete(struct store *s, const char *id, const char *name, struct err *err);
int store_deleted_get(struct store *s, const char *id, struct store_deleted *out, struct err *err);
/* The one deleted last that had this name in the workspace; where none had, the one that
 * it led to as an old name. */
int store_deleted_find(struct store *s, int64_t workspace, const char *name,
                       struct store_deleted *out, struct err *err);
/* The one that this address led to. */
int store_deleted_address(struct store *s, const char *path, struct store_deleted *out,
                          struct err *err);
/* Those with `until` up to this; CLOCK_NEVER: all. The last deleted first. */
int store_deleted_list(struct store *s, int64_t until,
                       int (*each)(void *, const struct store_deleted *), void *arg,
                       struct err *err);
/* All that were deleted before that moment, and of those deleted in it the ones whose id
 * is less. */
int store_deleted_page(struct store *s, int64_t at, const char *id,
                       int (*each)(void *, const struct store_deleted *), void *arg,
                       struct err *err);
/* -- old names and addresses -- */
/* By an address from before ("git/team/project", policy_name_address_fault). */
int store_address_find(struct store *s, const char *path, struct store_repository *out,
                       struct err *err);
/* Lets it lead to the repository of this id. One that leads somewhere is ERR_EXISTS;
 * one that was ended, or that a deleted repository had, is taken over. A deleted
 * repository's addresses lead nowhere, and come back with it while they are free. */
int store_address_set(struct store *s, const char *path, const char *id, struct err *err);
/* The same for a name in a workspace: as if a rename had left it. */
int store_alias_add(struct store *s, int64_t workspace, const char *name, const char *id,
                    struct err *err);
/* Ends one that leads there: ERR_NOT_FOUND when none does. It is free then, and what
 * it led to is remembered until somebody takes it. */
int store_address_end(struct store *s, const char *path, const char *id, struct err *err);
int store_alias_end(struct store *s, int64_t workspace, const char *name, const char *id,
                    struct err *err);
/* Where an ended one led. */
int store_address_find_ended(struct store *s, const char *path, struct store_repository *out,
                             struct err *err);
int store_alias_find_ended(struct store *s, const char *workspace, const char *name,
                           struct store_repository *out, struct err *err);
struct store_alias {
	char path[NAME_PATH_SIZE]; /* "acme/oldname", "git/team/project" */
	bool address;              /* no name in a workspace */
};
/* Those that lead to the repository of this id, names first. */
int store_alias_list(struct store *s, const char *id,
                     int (*each)(void *, const struct store_alias *), void *arg, struct err *err);
/* All addresses that lead somewhere, each with the name of its repository. */
int store_address_list(struct store *s,
                       int (*each)(void *, const char *path, const char *repository), void *arg,
                       struct err *err);

/* workspace 0: all. */
int store_repository_list(struct store *s, int64_t workspace,
                          int (*each)(void *, const struct store_repository *), void *arg,
                          struct err *err);
/* after: a name in `workspace`, else in the workspace of the name after_workspace. */
int store_repository_page(struct store *s, int64_t workspace, const char *after_workspace,
                          const char *after, int (*each)(void *, const struct store_repository *),
                          void *arg, struct err *err);

/* -- grants -- */

enum grant_subject { GRANT_USER = 1, GRANT_GROUP = 2, GRANT_CREDENTIAL = 3 };
enum grant_object { GRANT_WORKSPACE = 1, GRANT_PROJECT = 2, GRANT_REPOSITORY = 3 };
struct store_grant {
	int64_t id;
	enum grant_subject subject;
	int64_t subject_id;
	enum grant_object object;
	int64_t object_id;         /* workspace, project */
	char repository[STORE_ID]; /* GRANT_REPOSITORY */
	enum right right;
	int64_t created;
};
/* One row per subject and object: sets the right anew when there is one. A
 * group of another workspace is ERR_INVALID. */
int store_grant_set(struct store *s, struct store_grant *g, int64_t now, struct err *err);
int store_grant_remove(struct store *s, const struct store_grant *g,
                       struct err *err); /* by subject and object */
/* All inside it: those on itself, on its projects, on its repositories, by name. */
int store_grant_list(struct store *s, int64_t workspace,
                     int (*each)(void *, const struct store_grant *), void *arg, struct err *err);
/* A place in that list: a subject on the object of this name. Neither needs to be there. */
struct store_grant_place {
	enum grant_object object;
	char name[STORE_LABEL]; /* of the project or repository */
	enum grant_subject subject;
	int64_t subject_id;
};
int store_grant_page(struct store *s, int64_t workspace, const struct store_grant_place *after,
                     int (*each)(void *, const struct store_grant *), void *arg, struct err *err);
/* Those on the object of `after` alone, behind its subject; subject 0: from the start. */
int store_grant_page_at(struct store *s, const struct store_grant *after,
                        int (*each)(void *, const struct store_grant *), void *arg,
                        struct err *err);
/* All that a user, group or credential has. */
int store_grant_list_of(struct store *s, enum grant_subject subject, int64_t id,
                        int (*each)(void *, const struct store_grant *), void *arg,
                        struct err *err);
/* The highest right a user has on a repository: own grants, grants of their
 * groups, on the repository, its project, its workspace; owners of the
 * workspace have admin. Membership alone gives none. */
int store_right_of_user(struct store *s, int64_t user, const struct store_repository *r,
                        enum right *out, struct err *err);
/* Where that right comes from: each owner's seat and each grant that counts,
 * the highest right first. */
struct store_right_source {
	enum right right;
	bool owner;                 /* of the workspace; the rest is not filled then */
	enum grant_subject subject; /* GRANT_USER or GRANT_GROUP */
	enum grant_object object;
	char group[STORE_LABEL]; /* GRANT_GROUP */
};
int store_right_sources(struct store *s, int64_t user, const struct store_repository *r,
                        int (*each)(void *, const struct store_right_source *), void *arg,
                        struct err *err);
/* A bot has every right on what it belongs to, as far as its scopes go, and what
 * it was granted besides. */
int store_right_of_credential(struct store *s, int64_t credential, const struct store_repository *r,
                              enum right *out, struct err *err);
/* The names of active users with admin on it, at most `most`, in order of name. */
int store_repository_admins(struct store *s, const struct store_repository *r, size_t most,
                            int (*each)(void *, const char *name), void *arg, struct err *err);

/* -- credentials -- */

enum credential_owner {
	OWNER_USER = 1,
	OWNER_REPOSITORY = 2,
	OWNER_PROJECT = 3,
	OWNER_WORKSPACE = 4
};
enum limit_kind { LIMIT_REPOSITORY = 1, LIMIT_REF = 2, LIMIT_PATH = 3, LIMIT_ADDRESS = 4 };
/* Whose a credential is. */
struct store_owner {
	enum credential_owner kind;
	int64_t id;                /* of the user, project or workspace; else 0 */
	char repository[STORE_ID]; /* of OWNER_REPOSITORY; else "" */
};
struct store_credential {
	int64_t id;
	enum credential_kind kind;
	enum credential_owner owner;
	int64_t owner_id;                /* user, project, workspace */
	char owner_repository[STORE_ID]; /* OWNER_REPOSITORY */
	char name[STORE_LABEL];          /* unique among the living of one owner and kind family */
	uint8_t hash[STORE_HASH];        /* of the secret; SHA-256 of an SSH key's blob */
	scope_set_t scopes;              /* with SCOPE_EXACT where that is so */
	int64_t created, not_before,
	        expires; /* not_before 0: at once; expires CLOCK_NEVER: never */
	char created_by[STORE_LABEL];
	int64_t revoked; /* CLOCK_NEVER: it lives */
	char revoked_by[STORE_LABEL], revoke_reason[STORE_TEXT];
	bool leaked;
	int64_t used; /* 0: never */
	char used_from[NET_TEXT];
	int64_t refused; /* 0: never */
	char refused_from[NET_TEXT], refused_why[64];
	int64_t exposed; /* first sent without TLS where that is required; 0: never */
	char bot_email[STORE_EMAIL];
	int64_t secret_made, secret_used; /* of the newest secret after a rotation, and its first
	                                     use; 0: none */
	bool quiet;                       /* its sessions are told no notices */
	bool alerts;                      /* they are told of a first use from a new network */
	/* how many limits of each kind it has: 0 = not limited so */
	int limits[LIMIT_ADDRESS + 1];
};
int store_credential_add(struct store *s, struct store_credential *c, struct err *err);
/* The look-up of every request: by hash, one indexed read. */
int store_credential_by_hash(struct store *s, const uint8_t hash[STORE_HASH],
                             struct store_credential *out, struct err *err);
int store_credential_get(struct store *s, int64_t id, struct store_credential *out,
                         struct err *err);
/* Of an owner's tokens, the living one of that name; else the one revoked last. */
int store_credential_by_name(struct store *s, const struct store_owner *owner, const char *name,
                             struct store_credential *out, struct err *err);
/* Tokens and keys of an owner, as they were made; NULL: all there are. */
int store_credential_list(struct store *s, const struct store_owner *owner,
                          int (*each)(void *, const struct store_credential *), void *arg,
                          struct err *err);
/* after: an id. */
int store_credential_page(struct store *s, const struct store_owner *owner, int64_t after,
                          int (*each)(void *, const struct store_credential *), void *arg,
                          struct err *err);
/* Those that belong to no user (bots), as they were made. */
int store_credential_list_bots(struct store *s,
                               int (*each)(void *, const struct store_credential *), void *arg,
                               struct err *err);
/* Writes revoked, revoked_by, revoke_reason, leaked. There is no way back:
 * CLOCK_NEVER is ERR_INVALID. */
int store_credential_revoke(struct store *s, const struct store_credential *c, struct err *err);
/* The e-mail address of its bot, which holds its id. */
int store_credential_email(struct store *s, int64_t id, const char *email, struct err *err);
/* Stamps; a NULL `why` stamps a use, else a refusal. hash: of the secret that came. */
int store_credential_stamp(struct store *s, int64_t id, const uint8_t hash[STORE_HASH],
                           int64_t when, const char *from, const char *why, struct err *err);

/* A secret that a newer one replaced. */
struct store_former {
	uint8_t hash[STORE_HASH];
	int64_t credential, replaced;
	int64_t until;   /* it lives before this */
	bool until_used; /* … and only until the newest is used */
	int64_t life;    /* it had when it was replaced; 0: not known */
	int64_t late;    /* last came when its time was over; 0: never */
	char late_from[NET_TEXT];
};
/* Writes hash, expires, secret_made of c; `old` is what it had before. Those that
 * lived until the one before was used end for good when it was. */
int store_credential_rotate(struct store *s, const struct store_credential *c,
                            const struct store_former *old, struct err *err);
int store_former_by_hash(struct store *s, const uint8_t hash[STORE_HASH], struct store_former *out,
                         struct err *err);
/* The last replaced first. */
int store_former_list(struct store *s, int64_t credential,
                      int (*each)(void *, const struct store_former *), void *arg, struct err *err);
int store_former_late(struct store *s, const uint8_t hash[STORE_HASH], int64_t when,
                      const char *from, struct err *err);
/* -- SSH keys: key.c -- */
/* The key of a credential that was just added. */
int store_key_add(struct store *s, int64_t credential, const uint8_t *blob, size_t len,
                  struct err *err);
/* ERR_NOT_FOUND: the credential is none of a key. */
int store_key_blob(struct store *s, int64_t credential, uint8_t out[SSH_KEY_BLOB], size_t *len,
                   struct err *err);
/* Its hash recognises nothing any more, so that the key can be added again; the row
 * and the key stay to be read. For one that is revoked. */
int store_key_forget(struct store *s, int64_t credential, struct err *err);
/* As store_credential_by_name and _list, of keys: also those that serve the owner,
 * a repository, besides the one that they belong to. */
int store_key_by_name(struct store *s, const struct store_owner *owner, const char *name,
                      struct store_credential *out, struct err *err);
int store_key_list(struct store *s, const struct store_owner *owner,
                   int (*each)(void *, const struct store_credential *), void *arg,
                   struct err *err);
/* An access key serves this repository too. */
int store_key_repository_add(struct store *s, int64_t credential, const char *repository,
                             struct err *err);
/* By their ids; the one that owns it is not among them. */
int store_key_repository_list(struct store *s, int64_t credential,
                              int (*each)(void *, const char *repository), void *arg,
                              struct err *err);
/* -- authorities that sign SSH certificates: authority.c -- */
struct store_authority {
	int64_t id;
	char name[STORE_LABEL];   /* unique among the living */
	uint8_t hash[STORE_HASH]; /* SHA-256 of its key's blob, unique among all */
	scope_set_t scopes;       /* what its certificates may at most; never exact */
	int64_t created;
	char created_by[STORE_LABEL];
	int64_t revoked; /* CLOCK_NEVER: it lives */
	char revoked_by[STORE_LABEL], revoke_reason[STORE_TEXT];
	int64_t used, refused; /* by any of its certificates; 0: never */
	char used_from[NET_TEXT], refused_from[NET_TEXT], refused_why[64];
	int limits[LIMIT_ADDRESS + 1]; /* of repositories and addresses: how many */
};
/* With its key. Fills id. */
int store_authority_add(struct store *s, struct store_authority *a, const uint8_t *blob, size_t len,
                        struct err *err);
int store_authority_by_hash(struct store *s, const uint8_t hash[STORE_HASH],
                            struct store_authority *out, struct err *err);
/* The living one of that name, else the one revoked last. */
int store_authority_by_name(struct store *s, const char *name, struct store_authority *out,
                            struct err *err);
/* As they were made. */
int store_authority_list(struct store *s, int (*each)(void *, const struct store_authority *),
                         void *arg, struct err *err);
int store_authority_blob(struct store *s, int64_t id, uint8_t out[SSH_KEY_BLOB], size_t *len,
                         struct err *err);
int store_authority_scopes(struct store *s, int64_t id, scope_set_t scopes, struct err *err);
/* Writes revoked, revoked_by, revoke_reason; CLOCK_NEVER is ERR_INVALID. */
int store_authority_revoke(struct store *s, const struct store_authority *a, struct err *err);
/* As store_credential_stamp. */
int store_authority_stamp(struct store *s, int64_t id, int64_t when, const char *from,
                          const char *why, struct err *err);
int store_authority_limit_add(struct store *s, int64_t id, enum limit_kind kind, const char *value,
                              struct err *err);
int store_authority_limit_list(struct store *s, int64_t id, enum limit_kind kind,
                               int (*each)(void *, const char *value), void *arg, struct err *err);
/* Certificates that were revoked one by one, by what they say of themselves. */
enum certificate_mark { CERTIFICATE_SERIAL = 1, CERTIFICATE_ID = 2 };
struct store_revoked {
	enum certificate_mark mark;
	char value[STORE_TEXT]; /* a serial in decimal, or a key id */
	int64_t when;
	char by[STORE_LABEL], reason[STORE_TEXT];
};
/* One that is there is ERR_EXISTS. */
int store_certificate_revoke(struct store *s, int64_t authority, const struct store_revoked *r,
                             struct err *err);
/* ERR_NOT_FOUND: neither of the two was revoked. */
int store_certificate_revoked(struct store *s, int64_t authority, const char *serial,
                              const char *id, struct store_revoked *out, struct err *err);
int store_certificate_revoked_list(struct store *s, int64_t authority,
                                   int (*each)(void *, const struct store_revoked *), void *arg,
                                   struct err *err);
/* Writes scopes alone. */
int store_credential_scopes(struct store *s, int64_t id, scope_set_t scopes, struct err *err);
/* Writes quiet and alerts of c. */
int store_credential_tell(struct store *s, const struct store_credential *c, struct err *err);

/* A network that a credential was used from. */
struct store_network {
	char network[NET_TEXT]; /* "203.0.113.0/24" */
	int64_t first, last;    /* last: within an hour */
	bool fresh;             /* it had been used from another one before */
};
#define STORE_NETWORKS 32 /* of one credential; the one unused for longest is forgotten */
/* Notes a use from there. *fresh: it is a new one, and not the first. */
int store_network_note(struct store *s, int64_t credential, const char *network, int64_t when,
                       bool *fresh, struct err *err);
/* The last used first. */
int store_network_list(struct store *s, int64_t credential,
                       int (*each)(void *, const struct store_network *), void *arg,
                       struct err *err);
/* The newest that is fresh, first used at `since` or later, and not `but`. */
int store_network_fresh(struct store *s, int64_t credential, int64_t since, const char *but,
                        struct store_network *out, struct err *err);
/* It was sent where others can read: the first time stays. */
int store_credential_expose(struct store *s, int64_t id, int64_t when, struct err *err);
/* value: a repository id, a ref pattern, a path, a network. */
int store_limit_add(struct store *s, int64_t credential, enum limit_kind kind, const char *value,
                    struct err *err);
int store_limit_list(struct store *s, int64_t credential, enum limit_kind kind,
                     int (*each)(void *, const char *value), void *arg, struct err *err);

/* -- kinds of credential on their way out -- */

struct store_retirement {
	int64_t id;
	char name[STORE_LABEL];
	struct retirement rule;
	int64_t created;
	char created_by[STORE_LABEL];
};
int store_retirement_add(struct store *s, struct store_retirement *r, struct err *err);
/* Writes the rule of row id. */
int store_retirement_update(struct store *s, const struct store_retirement *r, struct err *err);
int store_retirement_remove(struct store *s, int64_t id, struct err *err);
int store_retirement_get(struct store *s, const char *name, struct store_retirement *out,
                         struct err *err);
/* As they were made. */
int store_retirement_list(struct store *s, int (*each)(void *, const struct store_retirement *),
                          void *arg, struct err *err);

/* What a rule looks at, of every credential that was not revoked, in the order of
 * their ids behind this one. */
struct store_life {
	int64_t id;
	enum credential_kind kind;
	int64_t created, expires;
	int64_t used; /* 0: never */
};
int store_credential_lives(struct store *s, int64_t behind,
                           int (*each)(void *, const struct store_life *), void *arg,
                           struct err *err);

/* -- one-time links -- */

struct store_link {
	int64_t id;
	enum link_kind kind;
	int64_t user;                    /* 0: an invitation of somebody without an account */
	char user_name[NAME_OWNER_SIZE]; /* filled by reading; "" without user */
	bool user_suspended;             /* filled by reading */
	char email[STORE_EMAIL];         /* of who has no account, else "" */
	uint8_t hash[STORE_HASH];
	int64_t created, expires;
	char created_by[STORE_LABEL];
	enum link_end how;
	int64_t ended; /* CLOCK_NEVER: it lives */
	char ended_by[STORE_LABEL];
};
/* One lives for each user or address: a second is ERR_EXISTS. Fills id. */
int store_link_add(struct store *s, struct store_link *l, struct err *err);
int store_link_by_hash(struct store *s, const uint8_t hash[STORE_HASH], struct store_link *out,
                       struct err *err);
/* The living one of a user (or with user 0: of an address), expired or not. */
int store_link_living(struct store *s, int64_t user, const char *email, struct store_link *out,
                      struct err *err);
/* Writes how, ended, ended_by of one that lives; ERR_NOT_FOUND when it does not. */
int store_link_end(struct store *s, const struct store_link *l, struct err *err);
/* Newest first; all false: only those that live. */
int store_link_list(struct store *s, bool all, int (*each)(void *, const struct store_link *),
                    void *arg, struct err *err);

/* -- audit -- */

enum audit_kind { AUDIT_DECISION = 1, AUDIT_CHANGE = 2, AUDIT_STRANGER = 3 };
struct store_audit {
	int64_t id;
	char reference[STORE_REFERENCE];
	enum audit_kind kind;
	int64_t at, last;        /* last: of those added up (strangers) */
	int64_t count;           /* 1, or how many were added up */
	char reason[48];         /* policy_reason_name, or for changes a verb: "token create" */
	char actor[STORE_LABEL]; /* "ann", "bot site-ci", "operator root", "" for strangers */
	int64_t credential;      /* 0: none */
	char credential_name[STORE_LABEL];
	char operation[32];              /* "fetch", "push", "advertise", … */
	char object[NAME_PATH_SIZE + 8]; /* "acme/site" */
	char address[NET_TEXT];
	char agent[STORE_LABEL]; /* user agent, cut */
	char gates[STORE_GATES]; /* one line per gate: "scope\tclosed\twhat it saw" */
	char note[STORE_TEXT];   /* changes: what was changed */
};
/* An AUDIT_STRANGER row with the reference of an earlier one adds up: count
 * grows by a->count, last is set; nothing else changes. Rows of other kinds may
 * share a reference: what one request did. */
int store_audit_add(struct store *s, const struct store_audit *a, struct err *err);
/* The decision under this reference, else the change, else the strangers. */
int store_audit_get(struct store *s, const char *reference, struct store_audit *out,
                    struct err *err);
int store_audit_number(struct store *s, int64_t id, struct store_audit *out, struct err *err);
int store_audit_last(struct store *s, int64_t *id, struct err *err); /* 0: there is no row */

#define STORE_ADDING 3600 /* a row adds up no longer than so many seconds */
enum audit_verdict { VERDICT_ANY, VERDICT_ALLOWED, VERDICT_REFUSED };
/* NULL, 0: any. Names and objects without regard to case. */
struct store_audit_filter {
	const char *actor;
	const char *object; /* and what lies below: "acme" also finds "acme/site" */
	const char *reason;
	const char *operation; /* "push", announced or done; "token create", or "token" alone */
	int64_t credential;
	const char *credential_name, *credential_of; /* …_of: whose, a user */
	enum audit_verdict verdict;                  /* else changes are left out */
	int kind;
	const struct net *network; /* where it came from */
	int64_t since, until;      /* what went on then, also when its row began earlier */
	int64_t last_id;           /* no row that was written later */
	size_t most;
	/* where a list begins: behind this row, see below */
	bool oldest;
	int64_t behind_at, behind_id;
};
bool store_audit_matches(const struct store_audit_filter *f, const struct store_audit *a);
/* By time, newest first; with f->oldest oldest first, behind the row that was
 * of behind_at and behind_id. */
int store_audit_list(struct store *s, const struct store_audit_filter *f,
                     int (*each)(void *, const struct store_audit *), void *arg, struct err *err);
/* As they were written, behind the row `id`: every one. */
int store_audit_behind(struct store *s, int64_t id, int (*each)(void *, const struct store_audit *),
                       void *arg, struct err *err);
/* Removes rows older than `before`, then the oldest beyond `most` rows that are
 * not of strangers and beyond `most_strangers` that are; at most 1000 rows a
 * call. *removed tells how many. */
int store_audit_prune(struct store *s, int64_t before, int64_t most, int64_t most_strangers,
                      int64_t *removed, struct err *err);

#endif
