/* PROTOCOL.certkeys of OpenSSH. */
#include "policy/ssh_certificate.h"
#include "policy/ssh_key_int.h"

#include "base/clock.h"

#include <string.h>

#define END "-cert-v01@openssh.com"
#define KIND_USER 1
#define KIND_HOST 2

static const char broken[] = "the certificate is damaged: its parts do not fit together";

/* The parts of each kind of key stand in it as they do in the key itself. */
static const struct kind {
	const char *type, *key;
	unsigned parts;
} kinds[] = {
        {"ssh-ed25519" END, "ssh-ed25519", 1},
        {"ecdsa-sha2-nistp256" END, "ecdsa-sha2-nistp256", 2},
        {"ecdsa-sha2-nistp384" END, "ecdsa-sha2-nistp384", 2},
        {"ecdsa-sha2-nistp521" END, "ecdsa-sha2-nistp521", 2},
        {"ssh-rsa" END, "ssh-rsa", 2},
        {"sk-ssh-ed25519" END, "sk-ssh-ed25519@openssh.com", 2},
        {"sk-ecdsa-sha2-nistp256" END, "sk-ecdsa-sha2-nistp256@openssh.com", 3},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const struct kind *kind_of(struct ssh_field type)
{
	for (size_t i = 0; i < KINDS; i++)
		if (ssh_is_text(type, kinds[i].type))
			return &kinds[i];
	return NULL;
}

bool policy_ssh_is_certificate(const uint8_t *blob, size_t len)
{
	struct ssh_reader r = {blob, len, false};
	struct ssh_field type = ssh_next(&r);
	size_t end = strlen(END);

	return type.len >= end && !memcmp(type.bytes + type.len - end, END, end);
}

/* -- its parts -- */

static uint64_t next_number(struct ssh_reader *r, size_t bytes)
{
	uint64_t n = 0;

	if (r->failed || r->left < bytes) {
		r->failed = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | r->at[i];
	r->at += bytes;
	r->left -= bytes;
	return n;
}

static struct ssh_reader inside(struct ssh_field f)
{
	return (struct ssh_reader){f.bytes, f.len, f.bytes == NULL};
}

/* A NUL inside would hide what follows it. */
static bool keep(struct ssh_field f, char *out, size_t size)
{
	if (!f.bytes || f.len >= size || memchr(f.bytes, 0, f.len))
		return false;
	memcpy(out, f.bytes, f.len);
	out[f.len] = 0;
	return true;
}

static void put_field(uint8_t *out, const void *bytes, size_t len)
{
	const uint8_t head[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
	                         (uint8_t)len};

	memcpy(out, head, sizeof head);
	memcpy(out + sizeof head, bytes, len);
}

/* The key: its type, and its parts as they stand here. */
static const char *read_key(struct ssh_reader *r, const struct kind *kind, struct ssh_key *out)
{
	uint8_t blob[SSH_KEY_BLOB];
	const uint8_t *begin = r->at;
	size_t head = 4 + strlen(kind->key), len;

	for (unsigned i = 0; i < kind->parts; i++)
		(void)ssh_next(r);
	len = (size_t)(r->at - begin);
	if (r->failed || head + len > sizeof blob)
		return broken;
	put_field(blob, kind->key, strlen(kind->key));
	memcpy(blob + head, begin, len);
	return policy_ssh_key_read(blob, head + len, out);
}

static const char *read_principals(struct ssh_reader *r, struct ssh_certificate *out)
{
	struct ssh_reader list = inside(ssh_next(r));
	size_t at = 0;

	while (!list.failed && list.left) {
		struct ssh_field name = ssh_next(&list);

		if (list.failed)
			break;
		if (out->principals == SSH_CERTIFICATE_PRINCIPALS ||
		    name.len >= sizeof out->names - at)
			return "the certificate names more principals than are read here";
		if (!keep(name, out->names + at, sizeof out->names - at))
			return broken;
		at += name.len + 1;
		out->principals++;
	}
	return list.failed ? broken : NULL;
}

/* A moment that is beyond what is counted here is never. */
static int64_t moment(uint64_t n)
{
	return n > INT64_MAX ? CLOCK_NEVER : (int64_t)n;
}

/* -- critical options: who does not know one must not take the certificate -- */

static const char *take_addresses(struct ssh_field value, struct ssh_certificate *out)
{
	struct ssh_reader r = inside(value);
	struct ssh_field list = ssh_next(&r);

	if (r.failed || r.left || out->narrowed)
		return broken;
	out->narrowed = true;
	return keep(list, out->addresses, sizeof out->addresses)
	               ? NULL
	               : "the certificate names more addresses than are read here";
}

static const char *take_command(struct ssh_field value, struct ssh_certificate *out)
{
	(void)value;
	(void)out;
	return "the certificate is for one command only (force-command), and sshd takes no second "
	       "one beside it: Git needs one without";
}

/* That the security key asked for its PIN is said by the signature: sshd's affair. */
static const char *take_verified(struct ssh_field value, struct ssh_certificate *out)
{
	(void)out;
	return value.len ? broken : NULL;
}

static const struct {
	const char *name;
	const char *(*take)(struct ssh_field, struct ssh_certificate *);
} options[] = {
        {"source-address", take_addresses},
        {"force-command", take_command},
        {"verify-required", take_verified},
};

static const char *take_option(struct ssh_field name, struct ssh_field value,
                               struct ssh_certificate *out)
{
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (ssh_is_text(name, options[i].name))
			return options[i].take(value, out);
	return "the certificate has a critical option that is not known here, so it can't be taken";
}

/* Pairs of a name and its value. Of extensions only the form matters. */
static const char *read_options(struct ssh_reader *r, bool critical, struct ssh_certificate *out)
{
	struct ssh_reader list = inside(ssh_next(r));
	const char *fault = NULL;
	size_t count = 0;

	while (!fault && !list.failed && list.left) {
		struct ssh_field name = ssh_next(&list), value = ssh_next(&list);

		if (list.failed || ++count > SSH_CERTIFICATE_OPTIONS)
			return broken;
		if (critical)
			fault = take_option(name, value, out);
	}
	return fault ? fault : list.failed ? broken : NULL;
}

/* -- the whole -- */

static const char *read_who(struct ssh_reader *r, struct ssh_certificate *out)
{
	uint64_t kind;
	struct ssh_field id;

	out->serial = next_number(r, 8);
	kind = next_number(r, 4);
	id = ssh_next(r);
	if (r->failed)
		return broken;
	if (kind == KIND_HOST)
		return "this is a certificate of a host, and opens nothing for a person (it was "
		       "made with ssh-keygen -h)";
	if (kind != KIND_USER)
		return broken;
	if (id.len >= sizeof out->id)
		return "the certificate's key id is longer than any that is read here";
	return keep(id, out->id, sizeof out->id) ? read_principals(r, out) : broken;
}

static const char *read_limits(struct ssh_reader *r, struct ssh_certificate *out)
{
	out->after = moment(next_number(r, 8));
	out->before = moment(next_number(r, 8));
	const char *fault = read_options(r, true, out);

	return fault ? fault : read_options(r, false, out);
}

/* Behind them: something reserved, the authority's key, its signature, and no more. */
static const char *read_authority(struct ssh_reader *r, struct ssh_certificate *out)
{
	struct ssh_field key, signature;

	(void)ssh_next(r);
	key = ssh_next(r);
	signature = ssh_next(r);
	if (r->failed || r->left || !signature.len)
		return broken;
	return policy_ssh_key_read(key.bytes, key.len, &out->authority);
}

static const char *read_parts(struct ssh_reader *r, struct ssh_certificate *out)
{
	const struct kind *kind = kind_of(ssh_next(r));
	const char *fault;

	if (!kind)
		return r->failed ? broken : "this is no certificate of a kind that is known here";
	out->type = kind->type;
	(void)ssh_next(r); /* the nonce */
	fault = read_key(r, kind, &out->key);
	if (!fault)
		fault = read_who(r, out);
	if (!fault)
		fault = read_limits(r, out);
	return fault ? fault : read_authority(r, out);
}

const char *policy_ssh_certificate_read(const uint8_t *blob, size_t len,
                                        struct ssh_certificate *out)
{
	struct ssh_reader r = {blob, len, false};
	const char *fault;

	if (len > SSH_CERTIFICATE_BLOB)
		return "the certificate is longer than any that is taken here";
	memset(out, 0, sizeof *out);
	fault = read_parts(&r, out);
	if (fault)
		memset(out, 0, sizeof *out);
	return fault;
}

const char *policy_ssh_certificate_parse(const char *type, const char *base64, uint8_t *blob,
                                         size_t *len, struct ssh_certificate *out)
{
	const char *fault;

	if (!ssh_decode(base64, strlen(base64), blob, SSH_CERTIFICATE_BLOB, len))
		return "the certificate is damaged, cut short or too long: this is no base64 of "
		       "one";
	fault = policy_ssh_certificate_read(blob, *len, out);
	if (!fault && strcmp(type, out->type) != 0)
		return "the certificate is damaged: its first word names another type than it has";
	return fault;
}

const char *policy_ssh_principal(const struct ssh_certificate *c, size_t nth)
{
	const char *name = c->names;

	while (nth-- > 0)
		name += strlen(name) + 1;
	return name;
}
