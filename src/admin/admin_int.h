/* What the files of this room share, and nobody else sees. */
#ifndef GATEHOUSE_ADMIN_ADMIN_INT_H
#define GATEHOUSE_ADMIN_ADMIN_INT_H

#include "admin/admin.h"
#include "base/arena.h"
#include "base/clock.h"
#include "gate/history.h"
#include "gate/why.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define ADMIN_FLAGS 16 /* flags of one command */
#define ADMIN_ARGS 4   /* words behind noun and verb */
#define ADMIN_USAGE 2  /* what run() returns for a command line that makes no sense */
#define ADMIN_NO 3 /* … for a question that was answered with no: exit status 1, no complaint */
#define ADMIN_UNASKED 4 /* … for one that could not be asked: exit status 2, and why */

enum admin_flag_kind {
	FLAG_TEXT,   /* takes a value, once */
	FLAG_LIST,   /* takes a value; given again, it adds to it */
	FLAG_SWITCH, /* takes none */
	FLAG_LETTER  /* a switch that its first letter stands for, too: -f */
};
struct admin_flag {
	const char *name; /* without the dashes */
	enum admin_flag_kind kind;
	bool needed;
	const char *value; /* what stands for its value in the help */
	const char *help;
};

enum admin_trait {
	ADMIN_READS = 1,  /* opens the ledger for reading */
	ADMIN_WRITES = 2, /* opens it for writing */
	ADMIN_MAKES = 4,  /* makes it where there is none */
	ADMIN_JSON = 8,   /* takes --json */
	ADMIN_QUIET = 16, /* takes --quiet */
	ADMIN_SERVE = 32  /* is handed to the server */
};

struct admin;
struct git_host;
struct admin_command {
	const char *noun, *verb; /* verb NULL: the noun alone is the command */
	int (*run)(struct admin *a);
	unsigned traits, least, most;   /* least, most: number of words behind */
	const char *args;               /* for the help: "WS/REPO" */
	const struct admin_flag *flags; /* ends with a NULL name; NULL: none */
	const char *help, *more;        /* one line; a paragraph, or NULL */
};
extern const struct admin_command admin_commands[]; /* ends with a NULL noun */

/* What help and manual pages show besides. Every command has an example. */
struct admin_noun {
	const char *name, *help;
};
extern const struct admin_noun admin_nouns[]; /* ends with a NULL name */
struct admin_example {
	const char *noun, *verb, *line; /* verb as in the command; line: to be typed */
};
extern const struct admin_example admin_examples[]; /* ends with a NULL noun */
bool admin_example_of(const struct admin_example *e, const struct admin_command *c);

/* One run of the program. */
struct admin {
	const struct admin_command *command;
	const char *args[ADMIN_ARGS];
	size_t nargs;
	const char *values[ADMIN_FLAGS]; /* beside command->flags; NULL: not given */
	bool json, quiet, help, version;
	struct admin_source source;
	struct gate_settings settings;
	struct gate gate;
	struct arena arena; /* for texts that live as long as the run */
	FILE *out, *complaints;
	struct err err;
};

/* -- line.c: from argv to a struct admin -- */
/* 0, or ADMIN_USAGE after it complained. */
int admin_line(struct admin *a, int argc, char *const *argv);
/* The value of a flag; NULL: not given. A switch gives "". */
const char *admin_flag(const struct admin *a, const char *name);
/* The number a flag gives, of at most five digits; `otherwise` where it is not
 * given. 0, or ADMIN_USAGE after it complained. */
int admin_number(struct admin *a, const char *flag, size_t otherwise, size_t least, size_t *out);
/* Complains: "gatehouse: …", and where the help is. Returns ADMIN_USAGE. */
int admin_usage(struct admin *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* -- nearest.c -- */
/* The candidate that looks most like what was typed, or NULL. next gives them
 * one after another, NULL at the end. */
const char *admin_nearest(const char *typed, const char *(*next)(void *), void *arg);

/* -- help.c -- */
int admin_help(struct admin *a); /* the command `help` */
int admin_version(struct admin *a);
void admin_help_command(FILE *out, const struct admin_command *c);
const struct admin_command *admin_find(const char *noun, const char *verb);
/* True when commands of this noun have verbs. */
bool admin_has_verbs(const char *noun);
bool admin_has_noun(const char *noun);

/* -- session.c -- */
/* Becomes the data folder's owner and opens the ledger as the command needs. */
int admin_open(struct admin *a);
/* Root becomes the owner of the data folder (or of where it will be). */
int admin_become_owner(struct admin *a);
/* git and its box, for what is done without the server. git_host_clear when done. */
int admin_host_open(struct git_host *host, struct err *err);
/* The address people use, without slash behind. False: nobody said it, and what
 * is returned only stands for it. */
/* What a running server has written into that file of its run folder: a line that begins
 * so, and could stand on any command line. */
bool admin_run_line(const struct admin *a, const char *name, const char *start,
                    char out[SETTINGS_TEXT]);
bool admin_base_url(const struct admin *a, char out[SETTINGS_TEXT]);

/* -- output.c -- */
/* Text that may be shown on a terminal whatever it holds. */
const char *admin_safe(struct admin *a, const char *text);
void admin_print(struct admin *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints json and forgets it; ERR_MEMORY when it is NULL. */
int admin_json(struct admin *a, json_t *json);
struct admin_field {
	const char *key;
	json_t *value; /* taken over */
};
/* NULL when one of them is, or the memory is out; then all are let go. */
json_t *admin_json_object(const struct admin_field *fields, size_t count);
json_t *admin_json_text(struct admin *a, const char *text); /* "" is null */
json_t *admin_json_time(int64_t t);                         /* CLOCK_NEVER and 0 are null */
/* A moment for people: "2026-11-25 14:03:07 UTC", "-" for none. */
const char *admin_time(struct admin *a, int64_t t);

/* Rows in columns as wide as they need. The first row is the head. */
struct admin_table {
	struct admin *a;
	size_t columns, count, room;
	size_t widths[8];
	const char **cells;
	bool failed;
};
void admin_table_begin(struct admin_table *t, struct admin *a, const char *const head[8]);
void admin_table_add(struct admin_table *t,
                     const char *cell); /* copied, made safe; "" shows as - */
/* Prints what was added and forgets it. More may follow: in the same columns,
 * or wider ones. */
void admin_table_print(struct admin_table *t);

/* What a list walk found, kept until the walk is over. */
struct admin_list {
	size_t size, count, room; /* size: bytes of one item */
	char *items;
	size_t most; /* so many are enough; 0: all there are */
};
#define ADMIN_LIST(type)                                                                           \
	{                                                                                          \
		sizeof(type), 0, 0, NULL, 0                                                        \
	}
/* 0, 1 (it has enough now) or ERR_MEMORY. */
int admin_list_keep(struct admin_list *l, const void *item);
const void *admin_list_at(const struct admin_list *l, size_t i);
void admin_list_free(struct admin_list *l);

/* How the items of a list are shown in the three ways. */
struct admin_shape {
	const char *none; /* what is said when there is no item */
	const char *head[8];
	json_t *(*json)(struct admin *a, const void *item);
	const char *(*bare)(struct admin *a, const void *item); /* --quiet */
	void (*cells)(struct admin_table *t, const void *item);
};
/* Shows the list when rc is 0, frees it either way. Returns rc or what failed. */
int admin_list_show(struct admin *a, int rc, struct admin_list *l, const struct admin_shape *shape);

/* A list of any length, with --limit and --after: read and shown in blocks, so that
 * neither memory nor a look at the ledger grows with it. */
struct admin_pages {
	size_t size; /* of an item */
	const struct admin_shape *shape;
	/* Keeps items behind `after` (NULL: from the start) with admin_list_keep, which
	 * ends the walk when it has enough. */
	int (*page)(struct admin *a, const char *after, struct admin_list *l);
	/* What --after takes for the item, NULL: its bare form. */
	const char *(*place)(struct admin *a, const void *item);
};
int admin_pages_show(struct admin *a, const struct admin_pages *pages);

/* -- the commands: one file per noun -- */
int admin_user_add(struct admin *a);
int admin_user_list(struct admin *a);
int admin_user_show(struct admin *a);
int admin_user_edit(struct admin *a);
int admin_user_suspend(struct admin *a);
int admin_user_resume(struct admin *a);
int admin_user_admin(struct admin *a);
int admin_user_invite(struct admin *a);
int admin_user_reset(struct admin *a);
int admin_user_invites(struct admin *a);
int admin_user_uninvite(struct admin *a);
int admin_workspace_create(struct admin *a);
int admin_workspace_list(struct admin *a);
int admin_workspace_show(struct admin *a);
int admin_workspace_edit(struct admin *a);
int admin_workspace_rename(struct admin *a);
int admin_group_create(struct admin *a);
int admin_group_list(struct admin *a);
int admin_group_show(struct admin *a);
int admin_group_add(struct admin *a);
int admin_group_remove(struct admin *a);
int admin_group_delete(struct admin *a);
int admin_project_create(struct admin *a);
int admin_project_list(struct admin *a);
int admin_project_show(struct admin *a);
int admin_project_edit(struct admin *a);
int admin_repo_create(struct admin *a);
int admin_repo_list(struct admin *a);
int admin_repo_show(struct admin *a);
int admin_repo_edit(struct admin *a);
int admin_repo_rename(struct admin *a);
int admin_repo_move(struct admin *a);
int admin_repo_archive(struct admin *a);
int admin_repo_unarchive(struct admin *a);
int admin_repo_path(struct admin *a);
int admin_repo_delete(struct admin *a);
int admin_repo_undelete(struct admin *a);
int admin_repo_list_deleted(struct admin *a);
int admin_repo_alias(struct admin *a);
int admin_repo_adopt(struct admin *a);
int admin_repo_disown(struct admin *a);
int admin_repo_hooks(struct admin *a);
int admin_repo_adopt_tree(struct admin *a, const struct git_host *host, enum visibility visibility);
int admin_grant_add(struct admin *a);
int admin_grant_list(struct admin *a);
int admin_grant_remove(struct admin *a);
int admin_token_create(struct admin *a);
int admin_token_list(struct admin *a);
int admin_token_show(struct admin *a);
int admin_token_rotate(struct admin *a);
int admin_token_edit(struct admin *a);
int admin_token_revoke(struct admin *a);
int admin_key_add(struct admin *a);
int admin_key_list(struct admin *a);
int admin_key_show(struct admin *a);
int admin_key_edit(struct admin *a);
int admin_key_revoke(struct admin *a);
int admin_retire_create(struct admin *a);
int admin_retire_show(struct admin *a);
int admin_retire_edit(struct admin *a);
int admin_retire_cancel(struct admin *a);
int admin_retire_status(struct admin *a);
int admin_ssh_fingerprints(struct admin *a);
int admin_ssh_host_key(struct admin *a);
int admin_ssh_keys(struct admin *a);
int admin_ssh_principals(struct admin *a);
int admin_authority_add(struct admin *a);
int admin_authority_list(struct admin *a);
int admin_authority_show(struct admin *a);
int admin_authority_edit(struct admin *a);
int admin_authority_revoke(struct admin *a);
int admin_authority_keys(struct admin *a);
int admin_why(struct admin *a);
int admin_audit(struct admin *a);
int admin_backup(struct admin *a);
int admin_restore(struct admin *a);
int admin_may(struct admin *a);
int admin_check(struct admin *a);
int admin_rebuild(struct admin *a);

/* backup.c: this process goes behind those who are served. */
void admin_step_back(void);

/* -- audit_filter.c: the flags that choose rows of the audit -- */
/* Texts in it are the command line's. 0, ADMIN_USAGE after it complained, or an error. */
int admin_audit_filter(struct admin *a, struct store_audit_filter *filter);

/* -- why.c, for what else shows a decision -- */
/* "  from      192.0.2.7"; nothing where there is no text. */
void admin_line_print(struct admin *a, const char *left, const char *text);
/* A trace of gate/why.h. person: of a user with no credential, whose gates are
 * left out. */
void admin_gates_print(struct admin *a, const char *trace, bool person);
/* The commands that would open it, one a line in opens. */
void admin_opens_print(struct admin *a, const struct buf *opens);
json_t *admin_opens_json(const struct buf *opens);

/* -- repo.c, for its neighbours -- */
const char *admin_repo_name(struct admin *a, const struct store_repository *r); /* "acme/site" */
/* Where it lies; "" in the unlikely case that the path is too long. */
const char *admin_repo_folder(struct admin *a, const struct store_repository *r);
json_t *admin_repo_json(struct admin *a, const struct store_repository *r);
/* Of a new one: --public, --internal, or neither. */
int admin_visibility(struct admin *a, enum visibility *out);
/* Shows it as JSON, its name, or this sentence with its name. */
int admin_repo_done(struct admin *a, const struct store_repository *r, const char *sentence);

/* -- retire.c, for its neighbours -- */
/* "notice", "brownout", "turned off", "ended", "allowed". */
const char *admin_retire_stage(enum standing stage);

/* -- key.c, for authority.c -- */
/* The public key in the file that is the first argument, or on standard input ("-"). */
int admin_key_take(struct admin *a, struct ssh_key *out);
const char *admin_key_fingerprint(struct admin *a, const struct ssh_key *key);

/* -- token.c, for token_made.c -- */
/* Which of --user, --repo, --project and --workspace was given. 0, or ADMIN_USAGE
 * after it complained. */
int admin_whose(struct admin *a, struct gate_whose *out);
json_t *admin_token_json(struct admin *a, const struct store_credential *c);
/* 'access token "ci" of the repository acme/site', fit for a terminal. */
/* "live", "expired". */
const char *admin_token_state(struct admin *a, const struct store_credential *c);
/* All of it, a line each, but for what it can do. */
int admin_token_print(struct admin *a, const struct store_credential *c);
json_t *admin_scopes_json(scope_set_t set);
/* What a key has besides: key.c. */
int admin_key_print(struct admin *a, const struct store_credential *c);
const char *admin_token_title(struct admin *a, const struct store_credential *c);
/* "scopes", "reaches", "addresses", "expires", a line each. */
int admin_token_facts(struct admin *a, const struct store_credential *c);
/* The secrets that newer ones replaced: token_rotate.c. */
int admin_former_print(struct admin *a, const struct store_credential *c);
int admin_former_json(struct admin *a, const struct store_credential *c, json_t *token);
/* What its sessions are told, and the networks it was used from: token_edit.c. */
int admin_told_print(struct admin *a, const struct store_credential *c);
int admin_networks_json(struct admin *a, const struct store_credential *c, json_t *token);
/* The newest network of these days: "203.0.113.0/24", or "". */
const char *admin_network_fresh(struct admin *a, const struct store_credential *c, int64_t *since);
/* With the secret in it; for admin_json. */
json_t *admin_token_secret_json(struct admin *a, const struct store_credential *c,
                                const char *token);
/* What it can do, repository by repository: token_preview.c. */
int admin_preview_print(struct admin *a, const struct store_credential *c);
/* Adds "preview" and "preview_more" to the token's. */
int admin_preview_json(struct admin *a, const struct store_credential *c, json_t *token);
/* Shows a new token, once. */
int admin_token_made(struct admin *a, const struct store_credential *c, const char *token);

#endif
