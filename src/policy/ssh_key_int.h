/* How SSH writes what it sends, for the readers of keys and of certificates. */
#ifndef GATEHOUSE_POLICY_SSH_KEY_INT_H
#define GATEHOUSE_POLICY_SSH_KEY_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssh_reader {
	const uint8_t *at;
	size_t left;
	bool failed; /* the first failure sticks */
};

struct ssh_field {
	const uint8_t *bytes;
	size_t len;
};

/* A length of four bytes and so many behind it. */
struct ssh_field ssh_next(struct ssh_reader *r);
bool ssh_is_text(struct ssh_field f, const char *text);
/* base64 with its padding, in its only form. False: it is none, or more than fits. */
bool ssh_decode(const char *text, size_t size, uint8_t *out, size_t room, size_t *len);

#endif
