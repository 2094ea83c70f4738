/* A certificate of OpenSSH: a key, the names that it may go by, for how long and from
 * where, signed by an authority. Only its form is looked at: the signature is checked by
 * sshd, and by nothing here. */
#ifndef GATEHOUSE_POLICY_SSH_CERTIFICATE_H
#define GATEHOUSE_POLICY_SSH_CERTIFICATE_H

#include "policy/ssh_key.h"

#define SSH_CERTIFICATE_BLOB 8192      /* as question_ssh.h takes them */
#define SSH_CERTIFICATE_ID 256         /* with its NUL */
#define SSH_CERTIFICATE_PRINCIPALS 256 /* as OpenSSH */
#define SSH_CERTIFICATE_NAMES 4096     /* bytes of all principals, each with its NUL */
#define SSH_CERTIFICATE_ADDRESSES 1024 /* with its NUL */
#define SSH_CERTIFICATE_OPTIONS 64     /* critical ones, extensions */

struct ssh_certificate {
	const char *type;         /* "ssh-ed25519-cert-v01@openssh.com"; const text */
	struct ssh_key key;       /* that it was made for; what `ssh-keygen -l` shows is of this */
	struct ssh_key authority; /* who signed */
	uint64_t serial;          /* 0: none was given */
	char id[SSH_CERTIFICATE_ID]; /* the key id, as the authority wrote it: bytes of a peer */
	size_t principals;
	char names[SSH_CERTIFICATE_NAMES]; /* the principals, one behind the other */
	int64_t after, before; /* valid from .. until before; 0, CLOCK_NEVER: no limit */
	bool narrowed;         /* there is a list of addresses */
	char addresses[SSH_CERTIFICATE_ADDRESSES]; /* "10.0.0.0/8,192.0.2.7", not looked at */
};

/* Does the blob say that it is a certificate, of whatever kind? */
bool policy_ssh_is_certificate(const uint8_t *blob, size_t len);

/* Reads a blob. NULL, or what is wrong with it, as a sentence without its full stop;
 * *out is filled only when nothing is. One of a host, one that lets only some command
 * run, and one with a critical option that is not known here are wrong, too. */
const char *policy_ssh_certificate_read(const uint8_t *blob, size_t len,
                                        struct ssh_certificate *out);
/* The same from the type and the base64 of a .pub file's line. blob holds
 * SSH_CERTIFICATE_BLOB. */
const char *policy_ssh_certificate_parse(const char *type, const char *base64, uint8_t *blob,
                                         size_t *len, struct ssh_certificate *out);

/* The principal of this number, from 0 on. */
const char *policy_ssh_principal(const struct ssh_certificate *c, size_t nth);

#endif
