/* The public half of an SSH key, as ssh-keygen writes it into a .pub file and as a
 * client offers it. Only its form is looked at: no signature is checked here. */
#ifndef GATEHOUSE_POLICY_SSH_KEY_H
#define GATEHOUSE_POLICY_SSH_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SSH_KEY_BLOB 2176      /* more than an RSA key of SSH_KEY_RSA_MOST bits needs */
#define SSH_KEY_RSA_LEAST 2048 /* bits */
#define SSH_KEY_RSA_GOOD 3072  /* below this a key is taken, with a word of advice */
#define SSH_KEY_RSA_MOST 16384 /* as OpenSSH */
#define SSH_KEY_TYPE 48        /* "sk-ecdsa-sha2-nistp256@openssh.com" */
#define SSH_KEY_COMMENT 128
#define SSH_KEY_LINE 8192 /* bytes of a .pub file, at most */

struct ssh_key {
	const char *type;           /* "ssh-ed25519"; const text */
	bool hardware;              /* sk-…: it works only with a security key at hand */
	unsigned bits;              /* 256, 384, 521, or of an RSA key's modulus */
	uint8_t blob[SSH_KEY_BLOB]; /* what a client sends, and what a fingerprint is made of */
	size_t len;
	char comment[SSH_KEY_COMMENT]; /* "ann@laptop", cut; bytes of a peer */
};

/* Reads a blob. NULL, or what is wrong with it, as a sentence without its full
 * stop; *out is filled only when nothing is. */
const char *policy_ssh_key_read(const uint8_t *blob, size_t len, struct ssh_key *out);

/* Reads the one line of a .pub file; empty lines and those with # are passed over.
 * Answers as policy_ssh_key_read does. The words quote nothing of the text: it may
 * be a private key. */
const char *policy_ssh_key_parse(const char *text, size_t len, struct ssh_key *out);

#endif
