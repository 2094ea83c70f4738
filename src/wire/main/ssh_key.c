/* gatehouse-ssh-key: makes a host key, or reads one, for the keeper and the commands. A
 * program of its own, since a library for SSH would cost each command what few need
 * (docs/decisions/0011-libssh-in-a-process-of-its-own.md).
 *
 * Its only argument is the kind of key to make (ed25519, ecdsa, rsa), or "read": then
 * standard input is a private key without a passphrase. Standard output: the private key
 * as text, a NUL byte, and the public one as "TYPE BASE64". Nothing else comes out, and
 * the exit status is 1 where it can't be done.
 */
#include <libssh/libssh.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MOST 16384
#define SECONDS 60

static const struct kind {
	const char *name;
	enum ssh_keytypes_e type, found; /* to be made; as it is then */
	int bits;
} kinds[] = {
        {"ed25519", SSH_KEYTYPE_ED25519, SSH_KEYTYPE_ED25519, 0},
        {"ecdsa", SSH_KEYTYPE_ECDSA, SSH_KEYTYPE_ECDSA_P256, 256},
        {"rsa", SSH_KEYTYPE_RSA, SSH_KEYTYPE_RSA, 3072},
};

static ssh_key make(const char *name)
{
	ssh_key key = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0 &&
		    ssh_pki_generate(kinds[i].type, kinds[i].bits, &key) == SSH_OK)
			return key;
	return NULL;
}

/* One with a passphrase fails here: nobody is asked. */
static ssh_key read_one(char *text, size_t len)
{
	ssh_key key = NULL;

	if (len == 0 || memchr(text, '\0', len) ||
	    ssh_pki_import_privkey_base64(text, NULL, NULL, NULL, &key) != SSH_OK)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].found == ssh_key_type(key))
			return key;
	ssh_key_free(key);
	return NULL;
}

static bool say(ssh_key key, const char *private)
{
	char *made = NULL, *public = NULL;
	bool fine =
	        private || ssh_pki_export_privkey_base64(key, NULL, NULL, NULL, &made) == SSH_OK;

	fine = fine && ssh_pki_export_pubkey_base64(key, &public) == SSH_OK &&
	       printf("%s%c%s %s\n", private ? private : made, '\0',
	              ssh_key_type_to_char(ssh_key_type(key)), public) > 0;
	if (made)
		explicit_bzero(made, strlen(made));
	ssh_string_free_char(made);
	ssh_string_free_char(public);
	return fflush(stdout) == 0 && fine;
}

int main(int argc, char **argv)
{
	static char input[INPUT_MOST + 1];
	bool reads = argc == 2 && strcmp(argv[1], "read") == 0;
	ssh_key key = NULL;

	alarm(SECONDS);
	ssh_set_log_level(SSH_LOG_NOLOG);
	if (reads)
		key = read_one(input, fread(input, 1, INPUT_MOST, stdin));
	else if (argc == 2)
		key = make(argv[1]);
	if (!key)
		return 1;
	bool fine = say(key, reads ? input : NULL);
	explicit_bzero(input, sizeof(input));
	ssh_key_free(key);
	return fine ? 0 : 1;
}
