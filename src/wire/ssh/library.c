#include "wire/ssh/ssh_int.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No SHA-1, no CBC, no DSA, no key exchange that costs the server much more than its client. */
#define KEX                                                                                        \
	"curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"    \
	"ecdh-sha2-nistp521,diffie-hellman-group14-sha256"
#define CIPHERS                                                                                    \
	"chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,"  \
	"aes192-ctr,aes128-ctr"
#define MACS                                                                                       \
	"hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"
#define HOST_KEYS "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"
#define USER_KEYS                                                                                  \
	"ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"          \
	"ecdsa-sha2-nistp521,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256"
#define BANNER "Gatehouse"

/* -- once -- */

static int add_host_key(ssh_bind bind, const char *text, struct err *err)
{
	ssh_key key = NULL;

	if (ssh_pki_import_privkey_base64(text, NULL, NULL, NULL, &key) != SSH_OK)
		return err_set(err, ERR_INVALID, "a host key cannot be read");
	if (ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) != SSH_OK) {
		ssh_key_free(key);
		return err_set(err, ERR_INVALID, "a host key cannot be used: %s",
		               ssh_get_error(bind));
	}
	return 0; /* the key is the library's now */
}

static int set_options(ssh_bind bind, struct err *err)
{
	static const struct {
		enum ssh_bind_options_e option;
		const char *value;
	} options[] = {
	        {SSH_BIND_OPTIONS_KEY_EXCHANGE, KEX},
	        {SSH_BIND_OPTIONS_CIPHERS_C_S, CIPHERS},
	        {SSH_BIND_OPTIONS_CIPHERS_S_C, CIPHERS},
	        {SSH_BIND_OPTIONS_HMAC_C_S, MACS},
	        {SSH_BIND_OPTIONS_HMAC_S_C, MACS},
	        {SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, HOST_KEYS},
	        {SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, USER_KEYS},
	        {SSH_BIND_OPTIONS_BANNER, BANNER},
	};
	const bool no = false;

	/* or it would look for a file */
	if (ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) != SSH_OK)
		return err_set(err, ERR_INVALID, "the SSH library: %s", ssh_get_error(bind));
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (ssh_bind_options_set(bind, options[i].option, options[i].value) != SSH_OK)
			return err_set(err, ERR_INVALID, "the SSH library: %s",
			               ssh_get_error(bind));
	return 0;
}

int library_prepare(struct server *sv, struct err *err)
{
	int rc = 0;

	if (ssh_init() != SSH_OK)
		return err_set(err, ERR_IO, "the SSH library cannot be started");
	ssh_set_log_level(SSH_LOG_NOLOG);
	sv->bind = ssh_bind_new();
	if (!sv->bind)
		return err_set(err, ERR_MEMORY, "no memory");
	rc = set_options(sv->bind, err);
	for (unsigned i = 0; rc == 0 && i < SETUP_HOST_KEYS && sv->setup.host_keys[i]; i++)
		rc = add_host_key(sv->bind, sv->setup.host_keys[i], err);
	return rc;
}

/* -- each connection -- */

ssh_session library_accept(struct server *sv, int fd)
{
	ssh_session ssh = ssh_new();

	if (!ssh) {
		close(fd);
		return NULL;
	}
	ssh_set_blocking(ssh, 0);
	/* the first step says who we are, and only then the session counts as alive */
	if (ssh_bind_accept_fd(sv->bind, ssh, fd) == SSH_OK &&
	    ssh_options_set(ssh, SSH_OPTIONS_COMPRESSION, "no") == SSH_OK &&
	    ssh_handle_key_exchange(ssh) != SSH_ERROR)
		return ssh;
	if (ssh_get_fd(ssh) != fd)
		close(fd);
	ssh_free(ssh);
	return NULL;
}

bool library_is_full(ssh_session ssh)
{
	return ssh_get_status(ssh) & SSH_WRITE_PENDING;
}

bool library_is_over(ssh_session ssh)
{
	return (ssh_get_status(ssh) & (SSH_CLOSED | SSH_CLOSED_ERROR)) || !ssh_is_connected(ssh);
}

/* What is sent when the socket was not found to be ready is lost with it: so it is
 * looked at once more. */
void library_part(ssh_session ssh, const char *words)
{
	ssh_message m;

	while ((m = ssh_message_get(ssh)))
		ssh_message_free(m);
	ssh_session_set_disconnect_message(ssh, words);
	ssh_disconnect(ssh);
}

/* -- keys -- */

/* Its callbacks, which replace these two, want their answer at once; the keeper's
 * comes when it comes. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static ssh_key key_of(ssh_message m)
{
	return ssh_message_auth_pubkey(m);
}

bool library_is_proved(ssh_message m)
{
	return ssh_message_auth_publickey_state(m) == SSH_PUBLICKEY_STATE_VALID;
}
#pragma GCC diagnostic pop

static int digit(char c)
{
	static const char digits[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The library shows a key in base64 only, and always whole. */
static bool decode(const char *text, char *out, size_t size, size_t *len)
{
	unsigned bits = 0, held = 0;

	for (*len = 0; digit(*text) >= 0; text++) {
		bits = bits << 6 | (unsigned)digit(*text);
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (*len == size)
			return false;
		out[(*len)++] = (char)(bits >> held & 0xff);
	}
	return *text == '\0' || *text == '=';
}

static bool read_blob(ssh_key key, struct login *out)
{
	char *text = NULL;
	bool fine = ssh_pki_export_pubkey_base64(key, &text) == SSH_OK &&
	            decode(text, out->blob, sizeof(out->blob), &out->question.peer.key_len);

	out->question.peer.key = out->blob;
	ssh_string_free_char(text);
	return fine;
}

/* "ED25519", as ssh-keygen -l has it. */
static const char *kind_of(ssh_key key)
{
	static const struct {
		enum ssh_keytypes_e type;
		const char *name;
	} kinds[] = {
	        {SSH_KEYTYPE_RSA, "RSA"},
	        {SSH_KEYTYPE_ED25519, "ED25519"},
	        {SSH_KEYTYPE_ECDSA_P256, "ECDSA"},
	        {SSH_KEYTYPE_ECDSA_P384, "ECDSA"},
	        {SSH_KEYTYPE_ECDSA_P521, "ECDSA"},
	        {SSH_KEYTYPE_SK_ECDSA, "ECDSA-SK"},
	        {SSH_KEYTYPE_SK_ED25519, "ED25519-SK"},
	        {SSH_KEYTYPE_RSA_CERT01, "CERT"},
	        {SSH_KEYTYPE_ED25519_CERT01, "CERT"},
	        {SSH_KEYTYPE_ECDSA_P256_CERT01, "CERT"},
	        {SSH_KEYTYPE_ECDSA_P384_CERT01, "CERT"},
	        {SSH_KEYTYPE_ECDSA_P521_CERT01, "CERT"},
	        {SSH_KEYTYPE_SK_ECDSA_CERT01, "CERT"},
	        {SSH_KEYTYPE_SK_ED25519_CERT01, "CERT"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].type == ssh_key_type(key))
			return kinds[i].name;
	return "other";
}

static bool read_fingerprint(ssh_key key, struct login *out)
{
	unsigned char *hash = NULL;
	char *text = NULL;
	size_t len = 0;
	int n = -1;

	if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &len) == 0)
		text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, len);
	if (text)
		n = snprintf(out->fingerprint, sizeof(out->fingerprint), "%s %s", kind_of(key),
		             text);
	ssh_string_free_char(text);
	ssh_clean_pubkey_hash(&hash);
	return n > 0 && n < (int)sizeof(out->fingerprint);
}

bool library_key(ssh_message m, struct login *out)
{
	ssh_key key = key_of(m);

	return key && read_blob(key, out) && read_fingerprint(key, out);
}
