/* Who comes, and may they: the two questions behind every request.
 *
 * gate_authenticate finds the credential by its hash; gate_authorise gathers
 * the facts and lets policy decide. Both only read. What was decided goes to
 * the audit through gate_record (gate/queue.h).
 */
#ifndef GATEHOUSE_GATE_ACCESS_H
#define GATEHOUSE_GATE_ACCESS_H

#include "gate/gate.h"
#include "gate/present.h"
#include "policy/explain.h"

#define ACCESS_REFERENCE 10

/* Whom the request acts as. */
struct gate_session {
	enum presented presented;
	struct token_look look; /* start is NULL: no secret stays here */
	char hint[PRESENT_HINT];
	const char *fault;
	bool bearer, as_name;
	struct store_credential credential; /* PRESENTED_GENUINE */
	uint8_t hash[STORE_HASH];           /* of the secret that came */
	bool is_former;                     /* a newer secret replaced it */
	struct store_former former;
	char fingerprint[GATE_FINGERPRINT]; /* of an SSH key, also of one that is not known; "" */
	struct store_user user;             /* its owner, where that is a user */
	bool is_bot;
	struct gate_owner owner; /* what the bot belongs to */
	/* By an SSH certificate: which, lent by the asker; who signed it (id 0: nobody known
	 * here), which of its principals was found, and whether it was the authority that
	 * was revoked. `credential` is then in no table: it is what the certificate may, its
	 * authority and a bot's own row taken together, and has the id of that row, or 0. */
	const struct ssh_certificate *certificate;
	struct store_authority authority;
	const char *principal;
	bool authority_revoked;
	char acts_as[STORE_LABEL]; /* "ann", "bot site-ci"; "" for strangers */
};

int gate_authenticate(struct gate *g, const struct gate_presented *p, struct gate_session *out,
                      struct err *err);
/* The same by an SSH key. Its holder is known only once a signature of it was checked:
 * then, and no earlier, may anything be told of a genuine one. */
int gate_authenticate_key(struct gate *g, const uint8_t *blob, size_t len, struct gate_session *out,
                          struct err *err);
/* The same by an SSH certificate whose signatures sshd has checked; it must live as long as
 * the session. Acts as the first of its principals that is an active user or bot, else as
 * the first that is one at all; with none, or an authority that is not known, it is
 * PRESENTED_UNKNOWN. gate/certificate.c */
int gate_authenticate_certificate(struct gate *g, const struct ssh_certificate *cert,
                                  struct gate_session *out, struct err *err);
/* What it is called where things are written down: "bob@laptop (serial 7) of corp". */
void gate_certificate_name(const struct gate_session *s, char *out, size_t size);
/* May whoever proves it come in? principal: the one to be told to sshd. why: what the first
 * gate that closed says, or "". */
int gate_certificate_lets_in(struct gate *g, const struct ssh_certificate *cert,
                             const char **principal, bool *out, struct buf *why, struct err *err);
/* Does this verdict on a session by a key keep the key itself out? Dead, not begun, or of a
 * kind that its owner does not take: another key of the client may do. All else is for the
 * session to be told. */
bool gate_key_ends(const struct verdict *v);
/* The session of this credential, as if its secret had come: for questions that
 * nobody asks over the network. */
int gate_session_credential(struct gate *g, const struct store_credential *c,
                            struct gate_session *out, struct err *err);
/* The session of a user with a credential that has every scope for content and
 * no limit: what the user may do at most. */
void gate_session_user(const struct store_user *u, struct gate_session *out);
/* Reads credential and owner again: revocation acts on the next question. */
int gate_renew(struct gate *g, struct gate_session *s, struct err *err);

/* Which limits of how often are reached (gate/rate.h); all 0: none. */
struct gate_rate {
	bool failures, requests;
	bool by_address;            /* the failures of an address, not of an owner */
	int64_t limit, span, until; /* of the one that is told */
};

struct gate_ask {
	enum operation operation;
	/* As asked for; any text. "" for an address that has not two parts. */
	const char *workspace, *repository;
	/* The whole address, for one that is no name but may be kept from before:
	 * "git/team/project". NULL or "": there is none. */
	const char *path;
	const char *id; /* the repository it was before; another one under its name is none. NULL:
	                   any */
	const char *address;        /* the client's */
	const char *address_header; /* where it was read, NULL: the connection */
	const char *base_url;       /* as this client reaches the server; NULL: the settings' */
	enum server_state server;
	struct gate_rate rate;
	bool in_clear; /* came without TLS where that is required */
	int64_t now;
};

struct gate_decision {
	struct policy_facts facts;
	struct verdict verdict;
	struct store_repository repository; /* where facts.exists */
	char reference[ACCESS_REFERENCE + 1];
	char workspace[NAME_OWNER_SIZE], name[NAME_REPOSITORY_SIZE]; /* as asked for, made safe */
	char path[NAME_PATH_SIZE];       /* in their place for an address that has not two parts */
	struct buf reaches, admins;      /* words for the story */
	struct gate_standing standing;   /* of a genuine credential */
	struct buf retired, replacement; /* words for it: what is on its way out, and a command */
	int64_t left;                /* NOT_FOUND, RIGHT_MISSING: no member any more since; 0: no */
	int64_t deleted, kept_until; /* REASON_DELETED: when, and until when it can come back */
	char deleted_by[STORE_LABEL];
};

/* Always fills out when it returns 0; gate_decision_clear when done. */
int gate_authorise(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                   struct gate_decision *out, struct err *err);
/* What policy would say to this session about the repository of this id, from
 * an address that its limits allow, were its kind let in; an id without a repository does not
 * exist. The first gathers the facts only. */
int gate_would_facts(struct gate *g, const struct gate_session *s, const char *id,
                     enum operation operation, struct policy_facts *out, struct err *err);
int gate_would(struct gate *g, const struct gate_session *s, const char *id,
               enum operation operation, struct verdict *out, struct err *err);
void gate_decision_clear(struct gate_decision *d);
/* The decision is about a repository that whoever asked may see. */
bool gate_decision_sees(const struct gate_decision *d);
/* What was asked for, in one: "acme/site", "git/team/project". */
void gate_decision_object(const struct gate_decision *d, char *out, size_t size);
/* The story for policy_explain; its pointers live as long as what it is made of. */
void gate_story(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                const struct gate_decision *d, struct policy_story *out);
/* What the session is told although nothing was refused, as whole lines: for HTTP's
 * side band 2, or SSH's standard error. "" where there is nothing. gate/notice.c */
int gate_notices(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                 const struct gate_decision *d, struct buf *out, struct err *err);
/* True when the user name that came is static, none, the owner's name or one of
 * their e-mail addresses: nothing to remark on (A8). */
bool gate_hint_fits(struct gate *g, const struct gate_session *s);
/* "u12", "c7", or "" for strangers: to count by. */
void gate_principal(const struct gate_session *s, char *out, size_t size);

#endif
