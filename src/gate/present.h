/* A credential as HTTP presents it: the Authorization header, taken apart.
 *
 * Knows every form people use (DESIGN.md, "Credentials"): name and token,
 * token as the name with an empty password, TOKEN:x-oauth-basic, Bearer. What
 * is no credential at all (empty Basic, a name with an empty password) is told
 * apart from a wrong one, since Git sends those on its way to a prompt.
 */
#ifndef GATEHOUSE_GATE_PRESENT_H
#define GATEHOUSE_GATE_PRESENT_H

#include "base/secret.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

#define PRESENT_HINT 128

struct gate_presented {
	/* PRESENTED_UNKNOWN stands for "right form, not looked up yet" */
	enum presented form;
	struct secret secret;    /* what is to be looked up, or was looked at */
	struct token_look look;  /* look.start points into secret */
	char hint[PRESENT_HINT]; /* the user name sent; "" when none, or when it
	                            is shaped like a token (never shown) */
	bool bearer;             /* came as Bearer */
	bool as_name;            /* the token was the user name (A9) */
	const char *fault;       /* const words for UNREADABLE and TWICE; else NULL */
};

/* headers: the values of all Authorization headers that came (RFC 7617, RFC
 * 6750). Always fills p; call gate_present_clear when done with it. */
void gate_present(struct gate_presented *p, const char *const *headers, size_t count);
void gate_present_clear(struct gate_presented *p);

#endif
