#include "gate/host_key.h"

#include "base/secret.h"
#include "gate/gate_int.h"
#include "gate/program_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM "gatehouse-ssh-key"
#define SECRET_MOST 12000 /* three of them fit one message */
#define SSH_PORT 22

static const char *const kind_names[HOST_KINDS] = {
        [HOST_ED25519] = "ed25519", [HOST_ECDSA] = "ecdsa", [HOST_RSA] = "rsa"};
static const char *const kind_types[HOST_KINDS] = {[HOST_ED25519] = "ssh-ed25519 ",
                                                   [HOST_ECDSA] = "ecdsa-sha2-nistp256 ",
                                                   [HOST_RSA] = "ssh-rsa "};

const char *gate_host_kind_name(enum gate_host_kind kind)
{
	return kind_names[kind];
}

bool gate_host_kind_find(const char *name, enum gate_host_kind *out)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		if (strcmp(name, kind_names[kind]) != 0)
			continue;
		*out = (enum gate_host_kind)kind;
		return true;
	}
	return false;
}

/* Of the public key. */
static bool kind_of(const char *public, enum gate_host_kind *out)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		if (strncmp(public, kind_types[kind], strlen(kind_types[kind])) != 0)
			continue;
		*out = (enum gate_host_kind)kind;
		return true;
	}
	return false;
}

void gate_host_key_clear(struct gate_host_key *k)
{
	if (k->secret)
		secret_wipe(k->secret, strlen(k->secret));
	free(k->secret);
	memset(k, 0, sizeof(*k));
}

void gate_host_keys_clear(struct gate_host_keys *k)
{
	for (int kind = 0; kind < HOST_KINDS; kind++)
		gate_host_key_clear(&k->keys[kind]);
}

/* -- what the program says -- */

static bool fingerprint(struct gate_host_key *k)
{
	const char *text = strchr(k->public, ' ');
	unsigned char blob[sizeof(k->public)], hash[crypto_hash_sha256_BYTES];
	size_t len = 0;

	if (!text || sodium_base642bin(blob, sizeof(blob), text + 1, strlen(text + 1), NULL, &len,
	                               NULL, sodium_base64_VARIANT_ORIGINAL))
		return false;
	crypto_hash_sha256(hash, blob, len);
	memcpy(k->fingerprint, "SHA256:", 7);
	sodium_bin2base64(k->fingerprint + 7, sizeof(k->fingerprint) - 7, hash, sizeof(hash),
	                  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	return true;
}

/* "SECRET\0PUBLIC\n" */
static bool take(struct buf *said, struct gate_host_key *out)
{
	size_t len = strlen(buf_str(said));
	const char *public = buf_str(said) + len + 1;
	size_t public_len;

	if (!len || len + 1 >= said->len || len > SECRET_MOST)
		return false;
	public_len = strcspn(public, "\n");
	if (!public_len || public_len >= sizeof(out->public))
		return false;
	memcpy(out->public, public, public_len);
	out->secret = strdup(buf_str(said));
	return out->secret && fingerprint(out);
}

/* what: a kind to be made, or "read" with input at a private key. */
static int ask(const char *programs, const char *what, int input, struct gate_host_key *out,
               struct err *err)
{
	struct buf said;
	int rc;

	memset(out, 0, sizeof(*out));
	buf_init(&said, 2 * SECRET_MOST);
	rc = gate_program_run(programs, PROGRAM, what, input, &said);
	if (rc > 0)
		rc = err_system(err, rc, "%s/" PROGRAM " can't be started", programs);
	else if (rc || !take(&said, out))
		rc = err_set(err, ERR_INVALID,
		             strcmp(what, "read") ? "no host key could be made (%s)"
		                                  : "it is no private key that can be used here",
		             what);
	if (said.data)
		secret_wipe(said.data, said.len);
	buf_clear(&said);
	if (rc)
		gate_host_key_clear(out);
	return rc;
}

/* -- files -- */

struct place {
	char folder[SETTINGS_TEXT + 8], path[SETTINGS_TEXT + 32], fresh[SETTINGS_TEXT + 40],
	        old[SETTINGS_TEXT + 40];
};

static void find_place(const char *data, enum gate_host_kind kind, struct place *out)
{
	gate_put(out->folder, sizeof(out->folder), "%s/ssh", data);
	gate_put(out->path, sizeof(out->path), "%s/host_%s", out->folder, kind_names[kind]);
	gate_put(out->fresh, sizeof(out->fresh), "%s.new", out->path);
	gate_put(out->old, sizeof(out->old), "%s.old", out->path);
}

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? errno : 0;
}

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

/* A second name for it: at no moment is there none. */
static int keep_old(const struct place *p)
{
	unlink(p->old);
	return link(p->path, p->old) && errno != ENOENT ? errno : 0;
}

/* Whole or not at all. */
static int store(const char *data, enum gate_host_kind kind, const struct gate_host_key *k,
                 struct err *err)
{
	struct place p;
	int fd, rc;

	find_place(data, kind, &p);
	if (mkdir(p.folder, 0700) && errno != EEXIST)
		return err_system(err, errno, "%s can't be made", p.folder);
	unlink(p.fresh);
	fd = open(p.fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_system(err, errno, "%s can't be made", p.fresh);
	rc = write_all(fd, k->secret);
	if (close(fd) && !rc)
		rc = errno;
	if (!rc)
		rc = keep_old(&p);
	if (!rc && rename(p.fresh, p.path))
		rc = errno;
	if (!rc)
		rc = sync_folder(p.folder);
	if (rc)
		unlink(p.fresh);
	return rc ? err_system(err, rc, "%s can't be written", p.path) : 0;
}

/* ERR_NOT_FOUND: there is none. */
static int load(const char *path, const char *programs, struct gate_host_key *out, struct err *err)
{
	struct stat st;
	int fd, rc;

	if (!strcmp(path, "-"))
		return ask(programs, "read", STDIN_FILENO, out, err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_system(err, errno, "%s", path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		rc = err_set(err, ERR_INVALID, "it is no file");
	else
		rc = ask(programs, "read", fd, out, err);
	close(fd);
	return rc ? err_prefix(err, "%s", path) : 0;
}

/* A new one of *kind, or the one that stands in the file `from`, whose kind is then *kind. */
static int obtain(const char *programs, const char *from, enum gate_host_kind *kind,
                  struct gate_host_key *out, struct err *err)
{
	int nothing = from ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
	int rc;

	if (!from && nothing < 0)
		return err_system(err, errno, "/dev/null");
	rc = from ? load(from, programs, out, err)
	          : ask(programs, kind_names[*kind], nothing, out, err);
	if (nothing >= 0)
		close(nothing);
	if (!rc && from && !kind_of(out->public, kind)) {
		rc = err_set(err, ERR_INVALID, "%s: no kind of key that is used here", from);
		gate_host_key_clear(out);
	}
	return rc;
}

static int open_one(const char *data, const char *programs, bool make, enum gate_host_kind kind,
                    struct gate_host_key *out, struct err *err)
{
	struct place p;
	int rc;

	find_place(data, kind, &p);
	rc = access(p.path, F_OK) && errno == ENOENT ? ERR_NOT_FOUND
	                                             : load(p.path, programs, out, err);
	if (rc != ERR_NOT_FOUND)
		return rc;
	if (!make)
		return 0;
	rc = obtain(programs, NULL, &kind, out, err);
	if (!rc)
		rc = store(data, kind, out, err);
	if (rc)
		gate_host_key_clear(out);
	return rc;
}

int gate_host_keys_open(const char *data, const char *programs, bool make,
                        struct gate_host_keys *out, struct err *err)
{
	int rc = 0;

	memset(out, 0, sizeof(*out));
	for (int kind = 0; !rc && kind < HOST_KINDS; kind++)
		rc = open_one(data, programs, make, (enum gate_host_kind)kind, &out->keys[kind],
		              err);
	if (rc)
		gate_host_keys_clear(out);
	return rc;
}

/* The files as they were: the row that tells of the new key could not be written. */
static void put_back(const char *data, enum gate_host_kind kind)
{
	struct place p;

	find_place(data, kind, &p);
	if (rename(p.old, p.path) && errno == ENOENT) /* there was none before */
		unlink(p.path);
	(void)sync_folder(p.folder);
}

int gate_host_key_replace(struct gate *g, const char *programs, const char *from,
                          enum gate_host_kind *kind, struct gate_host_key *out, struct err *err)
{
	const char *data = g->settings->data;
	bool stored = false;
	int rc = obtain(programs, from, kind, out, err);

	if (rc)
		return rc;
	rc = gate_change_begin(g, err);
	if (!rc) {
		rc = store(data, *kind, out, err);
		stored = !rc;
		rc = gate_change_end(g, rc,
		                     &(struct gate_change){"ssh host-key", kind_names[*kind],
		                                           out->fingerprint, NULL},
		                     err);
	}
	if (rc && stored)
		put_back(data, *kind);
	if (rc)
		gate_host_key_clear(out);
	return rc;
}

/* -- shown -- */

void gate_ssh_host(const char *url, char *host, size_t size, long *port)
{
	const char *at = strstr(url, "://"), *user, *end;

	at = at ? at + 3 : url;
	user = strchr(at, '@');
	at = user ? user + 1 : at;
	end = *at == '[' ? at + strcspn(at, "]") : at + strcspn(at, ":/");
	gate_put(host, size, "%.*s", (int)(end - at - (*at == '[')), at + (*at == '['));
	end += *end == ']';
	*port = *end == ':' ? strtol(end + 1, NULL, 10) : SSH_PORT;
}

int gate_host_keys_known(const struct gate_host_keys *k, const char *host, long port,
                         struct buf *out)
{
	char name[300];
	int rc = 0;

	gate_put(name, sizeof(name), port == SSH_PORT ? "%s" : "[%s]:%ld", host, port);
	for (int kind = 0; !rc && kind < HOST_KINDS; kind++)
		if (k->keys[kind].secret)
			rc = buf_addf(out, "# %s %s\n%s %s\n", kind_names[kind],
			              k->keys[kind].fingerprint, name, k->keys[kind].public);
	return rc;
}
