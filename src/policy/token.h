/* The text of a token: DESIGN.md, "Credentials".
 *
 *   gthu_ + 43 base62 digits (32 random bytes, big endian, 0-9A-Za-z)
 *         + 6 base62 digits (CRC-32 of the 48 characters before)  = 54
 */
#ifndef GATEHOUSE_POLICY_TOKEN_H
#define GATEHOUSE_POLICY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_LEN 54
#define TOKEN_RANDOM 32

/* The kinds of credential; the numbers are stored. */
enum credential_kind {
	CREDENTIAL_API_TOKEN = 1,        /* gthu_ */
	CREDENTIAL_REPOSITORY_TOKEN = 2, /* gthr_ */
	CREDENTIAL_PROJECT_TOKEN = 3,    /* gthp_ */
	CREDENTIAL_WORKSPACE_TOKEN = 4,  /* gthw_ */
	CREDENTIAL_APP_PASSWORD = 5,     /* gtha_ */
	CREDENTIAL_OAUTH_ACCESS = 6,     /* gtho_ */
	CREDENTIAL_OAUTH_REFRESH = 7,    /* gthf_ */
	CREDENTIAL_USER_KEY = 8,         /* an SSH key of a user */
	CREDENTIAL_ACCESS_KEY = 9,       /* an SSH key of a repository, project, workspace */
	CREDENTIAL_LINK = 10,       /* gthi_: a one-time link (policy/link.h), never in the table
	                               of credentials */
	CREDENTIAL_CERTIFICATE = 11 /* an SSH certificate: in no table, its authority is */
};

/* "API token", "access token of a repository", …; const text. */
const char *policy_credential_kind_name(enum credential_kind kind);
/* "gthu_" … ; NULL for kinds that have no secret text. */
const char *policy_token_prefix(enum credential_kind kind);

/* Writes the token for 32 random bytes. out holds TOKEN_LEN + 1. Returns 0, or
 * ERR_INVALID for a kind without prefix. */
int policy_token_write(enum credential_kind kind, const uint8_t random[TOKEN_RANDOM], char *out);

enum token_shape {
	TOKEN_GOOD,     /* the right shape and checksum: start/len say where */
	TOKEN_EMPTY,    /* nothing but white space */
	TOKEN_SHORT,    /* our prefix, fewer characters than a token has */
	TOKEN_LONG,     /* our prefix, more characters */
	TOKEN_CHECKSUM, /* our prefix and length, wrong checksum or a foreign character */
	TOKEN_ENCODED,  /* percent-encoded once more (%5F, %3D …) */
	TOKEN_WRAPPED,  /* quotes, brackets or a header line around a token */
	TOKEN_FOREIGN   /* nothing of ours in it */
};

struct foreign;
struct token_look {
	enum token_shape shape;
	enum credential_kind kind; /* where the prefix is ours, else 0 */
	const char *start;         /* TOKEN_GOOD: the 54 characters, inside text */
	size_t seen;               /* characters seen, surrounding white space not counted */
	char around[24]; /* TOKEN_WRAPPED: what was found around it, in words ("quotation marks") */
	const struct foreign *foreign; /* TOKEN_FOREIGN that looks like something of
	                                * another service; else NULL */
};

/* Looks at what was presented as a secret. White space around it is no fault.
 * Any bytes, any length. */
void policy_token_look(const char *text, size_t len, struct token_look *out);

#endif
