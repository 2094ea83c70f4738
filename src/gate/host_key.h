/* The keys by which this server shows over SSH that it is itself.
 *
 * Private keys, one of each kind, in <data>/ssh/, as OpenSSH writes them, readable for the
 * server's user alone. What knows their format is gatehouse-ssh-key, which is run.
 */
#ifndef GATEHOUSE_GATE_HOST_KEY_H
#define GATEHOUSE_GATE_HOST_KEY_H

#include "base/buf.h"
#include "base/err.h"
#include "gate/gate.h"

#include <stdbool.h>

enum gate_host_kind { HOST_ED25519, HOST_ECDSA, HOST_RSA, HOST_KINDS };
const char *gate_host_kind_name(enum gate_host_kind kind); /* "ed25519" */
bool gate_host_kind_find(const char *name, enum gate_host_kind *out);

struct gate_host_key {
	char *secret;         /* the private key as text, owned; NULL: there is none */
	char public[1024];    /* "ssh-ed25519 AAAA…" */
	char fingerprint[64]; /* "SHA256:…" */
};

struct gate_host_keys {
	struct gate_host_key keys[HOST_KINDS];
};

/* Reads them; with `make` those that are missing are made first, each whole or not at all.
 * programs: the folder of gatehouse-ssh-key. On failure nothing is left to clear. */
int gate_host_keys_open(const char *data, const char *programs, bool make,
                        struct gate_host_keys *out, struct err *err);
void gate_host_keys_clear(struct gate_host_keys *k);
/* A new one in the place of the old: made, or the private key that stands in the file
 * `from` (no passphrase; "-": standard input). Its kind is *kind; with `from`, *kind is set. The
 * old one stays beside it, as host_KIND.old. The audit has a row of it; without the row, nothing is
 * replaced. The server takes it when its settings are read again. */
int gate_host_key_replace(struct gate *g, const char *programs, const char *from,
                          enum gate_host_kind *kind, struct gate_host_key *out, struct err *err);
void gate_host_key_clear(struct gate_host_key *k);

/* "[HOST]:PORT TYPE KEY" lines, as a known_hosts file has them, each below a comment with
 * its fingerprint. What adding does to out, it returns. */
int gate_host_keys_known(const struct gate_host_keys *k, const char *host, long port,
                         struct buf *out);
/* Host and port of "ssh://git@HOST:PORT"; brackets of an IPv6 address are taken off. */
void gate_ssh_host(const char *url, char *host, size_t size, long *port);

#endif
