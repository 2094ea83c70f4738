/* The decision: facts in, verdict out.
 *
 * Pure: no clock, no files, no store, no memory from the heap. Whatever must be
 * known is in the facts. `policy_decide` is the only place in the program that
 * says yes or no; tests/policy/ walks through all its inputs.
 */
#ifndef GATEHOUSE_POLICY_POLICY_H
#define GATEHOUSE_POLICY_POLICY_H

#include "policy/scope.h"
#include "policy/token.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order they are asked; the first that closes is named. */
enum policy_gate {
	GATE_NONE,
	GATE_REQUEST,          /* is it a request we know */
	GATE_SERVER,           /* can the server answer now */
	GATE_TRANSPORT,        /* it came over TLS where that is required */
	GATE_RATE,             /* not too often */
	GATE_CREDENTIAL,       /* was a credential sent, in one readable header */
	GATE_FORM,             /* does it have the form of a token */
	GATE_KNOWN,            /* was it issued here */
	GATE_ALIVE,            /* not revoked, not expired, begun */
	GATE_OWNER,            /* its owner is active */
	GATE_RETIREMENT,       /* its kind is let in at this moment */
	GATE_ADDRESS,          /* it may be used from here */
	GATE_SCOPE,            /* its scopes cover the operation */
	GATE_REPOSITORY_LIMIT, /* its repository limit names this one */
	GATE_VISIBLE,          /* the repository exists and may be seen */
	GATE_ARCHIVED,         /* the repository takes pushes at all */
	GATE_RIGHT,            /* the principal has the right */
	GATE_CREATE,           /* a push may make the repository */
	GATE_LIFETIME,         /* the credential lives no longer than the workspace lets one */
	GATE_CONTENT,          /* the content is acceptable */
	GATE_COUNT
};

enum reason {
#define REASON(id, name, gate, means, todo) REASON_##id,
#include "policy/reasons.def"
#undef REASON
	REASON_COUNT
};

const char *policy_reason_name(enum reason r); /* "scope-missing" */
const char *policy_reason_means(enum reason r);
const char *policy_reason_todo(enum reason r);
enum policy_gate policy_reason_gate(enum reason r);
const char *policy_gate_name(enum policy_gate g); /* "scope" */
/* The reason with this stable name, or REASON_COUNT. */
enum reason policy_reason_by_name(const char *name);

enum right { RIGHT_NONE, RIGHT_READ, RIGHT_WRITE, RIGHT_ADMIN };
const char *policy_right_name(enum right r); /* "none" "read" "write" "admin" */
/* False when the word is none of the four. */
bool policy_right_parse(const char *text, enum right *out);

enum visibility { VISIBILITY_PRIVATE, VISIBILITY_INTERNAL, VISIBILITY_PUBLIC };
const char *policy_visibility_name(enum visibility v);
bool policy_visibility_parse(const char *text, enum visibility *out);

enum operation { OPERATION_READ, OPERATION_WRITE }; /* fetch, push */

/* Who may make a repository of a workspace by pushing to a new name. */
enum creation_rule { CREATION_OFF, CREATION_OWNERS, CREATION_MEMBERS };
const char *policy_creation_name(enum creation_rule r);
bool policy_creation_parse(const char *text, enum creation_rule *out);

/* What a credential may come as. */
enum presented {
	PRESENTED_NOTHING,
	PRESENTED_TWICE,      /* two Authorization headers */
	PRESENTED_UNREADABLE, /* the header is malformed */
	PRESENTED_DAMAGED,    /* TOKEN_SHORT, TOKEN_LONG, TOKEN_CHECKSUM */
	PRESENTED_ENCODED,
	PRESENTED_WRAPPED,
	PRESENTED_FOREIGN,
	PRESENTED_UNKNOWN, /* good form, not ours */
	PRESENTED_GENUINE
};

enum server_state {
	SERVER_READY,
	SERVER_OVERLOADED,
	SERVER_STOPPING,
	SERVER_DISK_FULL,
	SERVER_FAULT
};

/* Which count of git processes is full: told, and asked by no gate. */
enum busy_of { BUSY_SERVER, BUSY_ADDRESS, BUSY_OWNER, BUSY_CREDENTIAL, BUSY_REPOSITORY };
struct policy_busy {
	enum busy_of of;
	int64_t most;   /* how many run at a time; 0: not told */
	int64_t waited; /* seconds that were waited for one to end */
};

/* How things stand with credentials of this kind, the sterner the later: told that
 * they are on their way out (policy/retire.h), not taken for the moment, not taken
 * while they are turned off, ended. */
enum standing {
	STANDING_ALLOWED,
	STANDING_NOTICE,
	STANDING_BROWNOUT,
	STANDING_OFF,
	STANDING_ENDED
};

struct policy_facts {
	enum server_state server;
	struct policy_busy busy; /* SERVER_OVERLOADED: by what */
	enum operation operation;
	enum presented presented;
	bool in_clear;         /* came without TLS, which is required */
	bool failures_reached; /* too many failed tries, from there or for that owner */
	bool requests_reached; /* too many requests of this (genuine) credential */

	/* the credential; read only when presented is PRESENTED_GENUINE */
	int64_t now;
	int64_t not_before;       /* 0: at once */
	int64_t expires, revoked; /* CLOCK_NEVER: never. Any other `revoked` is dead at once */
	bool replaced;            /* a newer secret took its place, and its overlap is over */
	enum standing standing;
	bool owner_suspended;
	bool key_in_file;   /* an SSH key in a file, and its owner asks for a security key */
	bool owner_deleted; /* the repository that a bot belongs to is gone */
	bool elsewhere;     /* a bot's: the name asked for lies outside what it belongs to. For
	                     * what it may not see this must not depend on whether it exists */
	bool is_bot;        /* acts as a bot, not as a user */
	bool address_limited, address_inside;
	bool repository_limited,
	        repository_inside; /* inside: the one asked for exists and is named */
	scope_set_t scopes;        /* as stored, not expanded */
	enum right right;          /* the principal's own right here, by grants and membership */
	int64_t life;              /* seconds from when it was made to its end; CLOCK_NEVER */

	/* the repository asked for */
	bool exists;
	enum visibility visibility;
	bool archived;          /* read-only, whoever comes */
	bool anonymous_reading; /* the server lets anyone read public ones */
	int64_t life_most;      /* what its workspace lets a credential live; CLOCK_NEVER: any */

	/* making it by a push; fill it for every push, also when the repository
	 * exists: one that may not be seen is answered as a missing one */
	bool workspace_seen; /* the principal is a member of the (existing) workspace */
	bool workspace_owner;
	enum creation_rule creation;
};

#define VERDICT_TRACE GATE_COUNT

enum gate_result { GATE_SKIPPED, GATE_OPEN, GATE_CLOSED };

struct verdict {
	enum reason reason; /* REASON_ALLOWED or the first gate that closed */
	bool create;        /* allowed, and the push is to make the repository */
	bool as_anyone;     /* allowed as anyone may (public), not by the credential */
	bool dead;          /* the credential itself is no good: a client may forget it */
	bool genuine;       /* its holder may hear about the credential */
	scope_set_t needed, present, missing; /* expanded */
	enum right right_needed, right_present;
	enum gate_result trace[VERDICT_TRACE];
};

/* Always fills the verdict wholly. */
void policy_decide(const struct policy_facts *facts, struct verdict *out);
/* A gate behind the decision closes (a malformed object, a child that could not
 * be started): turns the verdict into a refusal for this reason. What was
 * refused before stays refused for its first reason. */
void policy_refuse(struct verdict *verdict, enum reason reason);

#endif
