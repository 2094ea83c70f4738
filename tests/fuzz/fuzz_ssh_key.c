/* Any bytes as a .pub file and as a blob: what is read is of a known type, within its
 * limits, and reads as the same key again. */
#include "policy/ssh_key.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check(const struct ssh_key *key)
{
	struct ssh_key again;

	must(key->len > 0 && key->len <= SSH_KEY_BLOB);
	must(key->bits >= 256 && key->bits <= SSH_KEY_RSA_MOST);
	must(key->hardware == !strncmp(key->type, "sk-", 3));
	must(memchr(key->comment, 0, sizeof key->comment) != NULL);
	must(policy_ssh_key_read(key->blob, key->len, &again) == NULL);
	must(again.len == key->len && !strcmp(again.type, key->type) && again.bits == key->bits);
	/* its lengths fill it just so */
	must(policy_ssh_key_read(key->blob, key->len - 1, &again) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssh_key key;

	if (policy_ssh_key_parse((const char *)data, size, &key) == NULL)
		check(&key);
	if (policy_ssh_key_read(data, size, &key) == NULL) {
		must(key.len == size && memcmp(key.blob, data, size) == 0);
		check(&key);
	}
	return 0;
}
