/* Certificates as a test wants them: in the form of OpenSSH, with a signature of nothing. */
#ifndef GATEHOUSE_TESTS_POLICY_MADE_H
#define GATEHOUSE_TESTS_POLICY_MADE_H

#include "policy/ssh_certificate.h"

struct made {
	const char *names[8];           /* principals, up to the first NULL */
	unsigned more;                  /* and so many of "more" */
	const char *id;                 /* NULL: "ann@laptop" */
	uint64_t serial, after, before; /* before 0: for ever */
	uint32_t kind;                  /* 0: of a user */
	const char *source;             /* source-address */
	const char *option[3];          /* more critical options, with this value */
	const char *value;
	const char *extension;
	bool hardware;  /* of a security key */
	uint8_t signer; /* which authority */
	bool unsigned_; /* without a signature */
};

#define MADE_ROOM 16384
void made_blob(const struct made *m, uint8_t blob[MADE_ROOM], size_t *len);
/* The public key of the authority of that number. */
void made_authority(uint8_t signer, struct ssh_key *out);

#endif
