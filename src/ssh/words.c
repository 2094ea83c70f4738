/* Words for who could not come in. */
#include "ssh/ssh_int.h"

#include <stdio.h>
#include <string.h>

#define CERTIFICATE "CERT" /* as src/wire/ssh/library.c names the kind */

void words_fingerprint(const void *blob, size_t len, char out[QUESTION_FINGERPRINT])
{
	static const struct {
		const char *type, *name;
	} kinds[] = {{"ssh-ed25519", "ED25519"},
	             {"ssh-rsa", "RSA"},
	             {"sk-ssh-ed25519@openssh.com", "ED25519-SK"},
	             {"sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK"}};
	char print[GATE_FINGERPRINT];
	uint8_t hash[STORE_HASH];
	struct ssh_key key;
	const char *name = "KEY";

	if (policy_ssh_is_certificate(blob, len)) {
		name = CERTIFICATE;
	} else if (!policy_ssh_key_read(blob, len, &key)) {
		name = "ECDSA";
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (!strcmp(key.type, kinds[i].type))
				name = kinds[i].name;
	}
	gate_key_hash(blob, len, hash);
	gate_key_fingerprint(hash, print);
	snprintf(out, QUESTION_FINGERPRINT, "%s %s", name, print);
}

static void add_offered(struct buf *out, const char *fingerprint)
{
	buf_add_str(out, "  ");
	buf_add_safe(out, fingerprint, strlen(fingerprint));
	buf_add_char(out, '\n');
}

static bool is_certificate(const char *fingerprint)
{
	return !strncmp(fingerprint, CERTIFICATE " ", strlen(CERTIFICATE) + 1);
}

/* The library that would have to check them does not. */
static void add_certificates(struct buf *out, const struct question_key *q, const char *fingerprint)
{
	bool any = is_certificate(fingerprint);

	for (size_t i = 0; i < q->offered; i++)
		any = any || is_certificate(q->fingerprints[i]);
	if (any)
		buf_add_str(out,
		            "Certificates (" CERTIFICATE
		            ") are taken only where the system's OpenSSH serves this; here a key "
		            "comes in that\nis registered itself.\n");
}

void words_unknown(struct buf *out, const struct question_key *q, const char *fingerprint,
                   const char *address)
{
	bool one = true;

	for (size_t i = 0; i < q->offered; i++)
		one = one && !strcmp(q->fingerprints[i], fingerprint);
	buf_addf(out, "%s [key-unknown]\n",
	         one ? "The key that was offered is not registered here:"
	             : "None of the keys that were offered is registered here:");
	for (size_t i = 0; i < q->offered; i++)
		if (strcmp(q->fingerprints[i], fingerprint) != 0)
			add_offered(out, q->fingerprints[i]);
	add_offered(out, fingerprint);
	add_certificates(out, q, fingerprint);
	buf_addf(out,
	         "Register one, on the server (or ask its administrator):\n"
	         "  gatehouse key add FILE.pub --user NAME --name laptop\n"
	         "A key that is missing above was not offered: `ssh-add -l` and `ssh -v %s` show "
	         "which are.\n",
	         address);
}
