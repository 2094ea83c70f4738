/* What the files of this room share, and nobody else sees. */
#ifndef GATEHOUSE_GATE_GATE_INT_H
#define GATEHOUSE_GATE_GATE_INT_H

#include "gate/gate.h"

#define GATE_REFERENCE 10 /* characters of a reference */
#define GATE_ITEM 256     /* one item of a typed list, with its NUL */

/* What a change writes to the audit. */
struct gate_change {
	const char *verb;                          /* "token create" */
	const char *object;                        /* "acme/site", "ann" */
	const char *note;                          /* what was changed; NULL: nothing to add */
	const struct store_credential *credential; /* NULL: none */
};

struct gate_session;

/* An edit, in a change that has begun. */
int gate_workspace_apply(struct gate *g, struct store_workspace *w,
                         const struct gate_workspace_edit *edit, struct err *err);

/* A change: gate_change_begin, the work with its return code, gate_change_end.
 * The end writes the audit row and commits when rc is 0, else undoes it all.
 * Returns rc, or what went wrong at the end. */
int gate_change_begin(struct gate *g, struct err *err);
int gate_change_end(struct gate *g, int rc, const struct gate_change *change, struct err *err);

/* snprintf that cuts and says nothing. */
/* "name x, check lenient": what a change changed, for its audit row; parts
 * without a value are left out. note holds STORE_TEXT. */
struct gate_part {
	const char *word, *value;
};
void gate_note(char *note, const struct gate_part *parts, size_t count);
void gate_put(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Copies what a person typed: ERR_LIMIT when it does not fit, ERR_INVALID when
 * it holds control characters. what: "the description". */
int gate_text(char *out, size_t size, const char *text, const char *what, struct err *err);
/* A label (name of a group, project, credential, person). */
int gate_label(char out[STORE_LABEL], const char *text, const char *what, struct err *err);
/* A new user's or workspace's name, in lower case. */
int gate_owner_name(char out[NAME_OWNER_SIZE], const char *text, const char *what, struct err *err);
/* A secret for c, whose hash is set: the ledger keeps nothing else of it. */
int gate_secret_make(struct store_credential *c, char token[TOKEN_LEN + 1], struct err *err);
/* In a change: sees that the key of this hash can be added. One that was revoked,
 * and not as leaked, is let go by the credential that had it. */
int gate_key_free(struct gate *g, const struct gate_owner *owner, const uint8_t hash[STORE_HASH],
                  struct err *err);
/* True when the credential is a key in a file whose owner asks for one on a security
 * key. */
int gate_key_in_file(struct gate *g, const struct store_user *u, const struct store_credential *c,
                     bool *out, struct err *err);
/* An e-mail address, by its form; none of the bots' domain. */
int gate_email(struct gate *g, char out[STORE_EMAIL], const char *email, struct err *err);
/* The id in "<id>.git", the name of a repository's folder; false for any other. */
bool gate_folder_id(const char *name, char id[STORE_ID]);
/* Each item of a list separated by commas or white space; ends at the first
 * that returns something other than 0. */
int gate_items(const char *list, int (*each)(void *, const char *item, struct err *), void *arg,
               struct err *err);

/* A use of a credential from there, in a transaction that has begun. */
struct gate_use {
	int64_t credential, when;
	const char *name, *owner; /* the credential's; whose it is */
	const char *actor, *from;
};
int gate_network_note(struct gate *g, const struct gate_use *use, struct err *err);

/* What is typed for what sessions are told, into c; ERR_INVALID in words. */
int gate_told_fill(const struct gate_credential_edit *edit, struct store_credential *c,
                   struct err *err);

/* Fills the row of a new repository, and sees that its name is free. */
int gate_repository_prepare(struct gate *g, const struct gate_repository_new *n,
                            struct store_repository *out, struct err *err);
/* Writes the names of the row into the config of its folder in the data folder. */
int gate_folder_name(struct gate *g, const struct store_repository *r, struct err *err);

/* ERR_EXISTS in words when the name is a repository's, or kept for one. */
int gate_name_free(struct gate *g, const char *workspace, const char *name, struct err *err);
/* gate_alias_add in a change that has begun. */
int gate_alias_put(struct gate *g, const struct store_repository *r, const char *path,
                   struct err *err);

/* Everybody active, without their access; the session of one of them (which names
 * a token's owner too); everybody's access to the repository e->before, now; then,
 * after the change was made in the transaction, once more. */
int gate_effect_list(struct gate *g, struct gate_effect *e, struct err *err);
int gate_effect_session(struct gate *g, struct gate_reached *r, struct gate_session *s,
                        struct err *err);
int gate_effect_before(struct gate *g, struct gate_effect *e, struct err *err);
int gate_effect_after(struct gate *g, struct gate_effect *e, struct err *err);

/* May its owner see the repository? A bot's owner sees what the bot does. */
bool gate_owner_sees(struct gate *g, const struct store_credential *c,
                     const struct store_repository *r);
/* The command that makes a token, or registers a key, with the reach of another:
 * gate/replace.c. */
struct gate_replace {
	const struct gate_session *s; /* of the other one */
	scope_set_t scopes;
	const char *repository, *address; /* one more, where it is limited; NULL: none */
	int64_t life_most;                /* CLOCK_NEVER: as usual */
	bool for_owner;                   /* repositories that they may not see are not named */
};
/* False where no command can, and then out may hold a part of one. */
bool gate_replacement(struct gate *g, const struct gate_replace *ask, struct buf *out);
/* "--repo acme/site": whose the session's credential is, as commands take it. */
void gate_add_whose(struct buf *out, const struct gate_session *s);
/* ERR_DENIED in words where a retirement has begun to tell of such a credential. */
int gate_retire_may_make(struct gate *g, const struct store_credential *c, struct err *err);

/* How long it lives from when it was made, as a workspace's rule sees it: 0 for
 * what is no credential of its own, and for keys. */
int64_t gate_credential_life(const struct store_credential *c);
/* The longest life that a rule of today allows, and whose rule that is. */
struct gate_life {
	int64_t most; /* CLOCK_NEVER: any */
	char whose[STORE_LABEL];
};
/* Of the server, and of the workspaces of a credential of this owner: a bot's own; all
 * that a user is a member of, unless it is limited to some repositories. Theirs are
 * put in with gate_life_narrow, one by one; one that is gone has no rule. */
int gate_life_rule(struct gate *g, const struct gate_owner *o, bool limited, struct gate_life *out,
                   struct err *err);
int gate_life_narrow(struct gate *g, const char *repository, struct gate_life *life,
                     struct err *err);
/* "90d" or "any": a span alone, no date. */
int gate_lifetime_parse(const char *text, int64_t *out, struct err *err);

/* One stranger: an IPv4 address, or the /64 that an IPv6 host owns. */
void gate_network(const char *address, char out[NET_TEXT]);
/* Where somebody is: the /24 of an IPv4 address, the /48 of an IPv6 one. */
void gate_neighbourhood(const char *address, char out[NET_TEXT]);

/* A question of gate_may in two steps, for many sessions in turn: what is asked,
 * then, with m->kind and m->session set, the decision (to be cleared with
 * gate_decision_clear). */
struct gate_may;
struct gate_may_ask;
int gate_may_fill(const struct gate_may_ask *ask, struct gate_may *m, struct err *err);
int gate_may_decide(struct gate *g, struct gate_may *m, const char *address, struct err *err);

/* The thing a grant is on: "ws", "ws/repo", "ws/project:NAME". */
struct gate_target {
	enum grant_object kind;
	struct store_workspace workspace;
	struct store_project project;
	struct store_repository repository;
};
int gate_target_find(struct gate *g, const char *text, struct gate_target *out, struct err *err);

#endif
