/* Any bytes as a certificate: what is read lies within its limits, names no more than is
 * kept, and its lengths fill it just so. */
#include "policy/ssh_certificate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_key(const struct ssh_key *key)
{
	struct ssh_key again;

	must(key->len > 0 && key->len <= SSH_KEY_BLOB);
	must(policy_ssh_key_read(key->blob, key->len, &again) == NULL);
}

static void check(const struct ssh_certificate *c, const uint8_t *blob, size_t len)
{
	struct ssh_certificate again;
	size_t at = 0;

	must(policy_ssh_is_certificate(blob, len));
	check_key(&c->key);
	check_key(&c->authority);
	must(strstr(c->type, "-cert-v01@openssh.com") != NULL);
	must(memchr(c->id, 0, sizeof c->id) != NULL);
	must(memchr(c->addresses, 0, sizeof c->addresses) != NULL);
	must(c->narrowed || !c->addresses[0]);
	must(c->after >= 0 && c->before >= 0);
	must(c->principals <= SSH_CERTIFICATE_PRINCIPALS);
	for (size_t i = 0; i < c->principals; i++) {
		const char *name = policy_ssh_principal(c, i);

		must(name == c->names + at);
		at += strlen(name) + 1;
		must(at <= sizeof c->names);
	}
	must(policy_ssh_certificate_read(blob, len - 1, &again) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t blob[SSH_CERTIFICATE_BLOB];
	static struct ssh_certificate c;
	char text[2 * SSH_CERTIFICATE_BLOB];
	size_t len, split = 0;

	if (policy_ssh_certificate_read(data, size, &c) == NULL)
		check(&c, data, size);
	if (size >= sizeof text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	split = strcspn(text, " \n");
	if (!text[split])
		return 0;
	text[split] = 0;
	text[split + 1 + strcspn(text + split + 1, " \n")] = 0;
	if (policy_ssh_certificate_parse(text, text + split + 1, blob, &len, &c) == NULL)
		check(&c, blob, len);
	return 0;
}
