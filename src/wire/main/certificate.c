/* gatehouse-certificate: what a certificate and its key say, for `gatehouse
 * check`. A program of its own, since a library for TLS would double what each
 * command costs (docs/decisions/0008-certificate-in-a-program-of-its-own.md).
 *
 * Standard input: the certificate chain in PEM, a NUL byte, the key in PEM. The
 * only argument is the host that people connect to, or "". Standard output: a
 * line "WORD TEXT" for each fact; a line "fault TEXT" where it can't be used. No
 * word of the key comes back.
 */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MOST 65536
#define SECONDS 20
#define NAMES_MOST 8
#define ID_MOST 64

struct certificate {
	gnutls_x509_crt_t *chain;
	unsigned count;
};

static void fault(const char *what, int code)
{
	printf("fault %s: %s\n", what, gnutls_strerror(code));
}

/* A name out of a certificate: one line, nothing that could harm. */
static void say_text(const char *word, const char *text, size_t len)
{
	printf("%s ", word);
	for (size_t i = 0; i < len; i++)
		putchar(text[i] > ' ' && text[i] < 0x7f ? text[i] : text[i] == ' ' ? ' ' : '?');
	putchar('\n');
}

static bool chain_read(char *text, struct certificate *c)
{
	gnutls_datum_t pem = {(unsigned char *)text, (unsigned)strlen(text)};
	int code = gnutls_x509_crt_list_import2(&c->chain, &c->count, &pem, GNUTLS_X509_FMT_PEM,
	                                        GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
	bool unsorted = code == GNUTLS_E_CERTIFICATE_LIST_UNSORTED;

	if (unsorted)
		code = gnutls_x509_crt_list_import2(&c->chain, &c->count, &pem, GNUTLS_X509_FMT_PEM,
		                                    0);
	if (code < 0 || !c->count) {
		fault("the certificate can't be read", code);
		return false;
	}
	printf("order %s\n", unsorted ? "wrong" : "right");
	return true;
}

static void say_times(const struct certificate *c)
{
	time_t ends = gnutls_x509_crt_get_expiration_time(c->chain[0]);

	printf("begins %lld\n", (long long)gnutls_x509_crt_get_activation_time(c->chain[0]));
	printf("ends %lld\n", (long long)ends);
	for (unsigned i = 1; i < c->count; i++) {
		time_t one = gnutls_x509_crt_get_expiration_time(c->chain[i]);
		if (one < ends)
			ends = one;
	}
	printf("chain-ends %lld\n", (long long)ends);
}

static void say_names(const struct certificate *c, const char *host)
{
	char name[512];

	for (unsigned i = 0; i < NAMES_MOST; i++) {
		size_t len = sizeof(name);
		int kind = gnutls_x509_crt_get_subject_alt_name(c->chain[0], i, name, &len, NULL);
		if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (kind == GNUTLS_SAN_DNSNAME)
			say_text("name", name, len);
	}
	if (*host)
		printf("host %s\n",
		       gnutls_x509_crt_check_hostname(c->chain[0], host) ? "yes" : "no");
}

static void say_issuer(const struct certificate *c)
{
	char name[512];
	size_t len = sizeof(name);

	if (!gnutls_x509_crt_get_issuer_dn(c->chain[0], name, &len))
		say_text("issuer", name, strnlen(name, sizeof(name)));
	printf("self %s\n", gnutls_x509_crt_check_issuer(c->chain[0], c->chain[0]) ? "yes" : "no");
}

/* Whether a client that trusts what this system trusts would. */
static void say_trust(const struct certificate *c)
{
	gnutls_x509_trust_list_t list;
	unsigned status = 0;

	if (gnutls_x509_trust_list_init(&list, 0))
		return;
	if (gnutls_x509_trust_list_add_system_trust(list, 0, 0) > 0 &&
	    !gnutls_x509_trust_list_verify_crt(list, c->chain, c->count,
	                                       GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status, NULL))
		printf("trusted %s\n", status ? "no" : "yes");
	gnutls_x509_trust_list_deinit(list, 1);
}

static void say_key(const struct certificate *c, char *text)
{
	gnutls_datum_t pem = {(unsigned char *)text, (unsigned)strlen(text)};
	unsigned char of_key[ID_MOST], of_certificate[ID_MOST];
	size_t key_len = sizeof(of_key), certificate_len = sizeof(of_certificate);
	gnutls_x509_privkey_t key;
	int code = gnutls_x509_privkey_init(&key);

	if (code) {
		fault("the key can't be read", code);
		return;
	}
	code = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (!code)
		code = gnutls_x509_privkey_get_key_id(key, 0, of_key, &key_len);
	if (!code)
		code = gnutls_x509_crt_get_key_id(c->chain[0], 0, of_certificate, &certificate_len);
	if (code)
		fault("the key can't be read", code);
	else
		printf("key %s\n",
		       key_len == certificate_len && !memcmp(of_key, of_certificate, key_len)
		               ? "yes"
		               : "no");
	gnutls_x509_privkey_deinit(key);
}

static void say_all(char *chain, char *key, const char *host)
{
	struct certificate c = {0};

	if (!chain_read(chain, &c))
		return;
	say_times(&c);
	say_names(&c, host);
	say_issuer(&c);
	say_trust(&c);
	say_key(&c, key);
	for (unsigned i = 0; i < c.count; i++)
		gnutls_x509_crt_deinit(c.chain[i]);
	gnutls_free(c.chain);
}

int main(int argc, char **argv)
{
	static char input[INPUT_MOST + 1];
	size_t len = fread(input, 1, INPUT_MOST, stdin);
	char *key = memchr(input, '\0', len);

	alarm(SECONDS);
	if (argc != 2 || !key) {
		fputs("gatehouse-certificate is started by gatehouse check, not by hand\n", stderr);
		return 2;
	}
	if (gnutls_global_init())
		return 1;
	say_all(input, key + 1, argv[1]);
	explicit_bzero(input, sizeof(input));
	return fflush(stdout) ? 1 : 0;
}
