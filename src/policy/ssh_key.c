#include "policy/ssh_key.h"
#include "policy/chars.h"
#include "policy/ssh_key_int.h"

#include <string.h>

/* -- the blob: RFC 4253 6.6, RFC 5656 3.1, PROTOCOL.u2f -- */

struct ssh_field ssh_next(struct ssh_reader *r)
{
	struct ssh_field f = {NULL, 0};
	size_t len;

	if (r->failed || r->left < 4) {
		r->failed = true;
		return f;
	}
	len = (size_t)r->at[0] << 24 | (size_t)r->at[1] << 16 | (size_t)r->at[2] << 8 | r->at[3];
	if (len > r->left - 4) {
		r->failed = true;
		return f;
	}
	f = (struct ssh_field){r->at + 4, len};
	r->at += 4 + len;
	r->left -= 4 + len;
	return f;
}

bool ssh_is_text(struct ssh_field f, const char *text)
{
	return f.len == strlen(text) && memcmp(f.bytes, text, f.len) == 0;
}

static const char broken[] = "the key is damaged: its parts do not fit together";

static const char *read_ed25519(struct ssh_reader *r, struct ssh_key *out)
{
	struct ssh_field point = ssh_next(r);

	out->bits = 256;
	return point.len == 32 ? NULL : broken;
}

/* The name of the curve, and an uncompressed point on it. */
static const char *read_point(struct ssh_reader *r, const char *curve, size_t size)
{
	struct ssh_field name = ssh_next(r), point = ssh_next(r);

	if (r->failed || !ssh_is_text(name, curve) || point.len != 1 + 2 * size ||
	    point.bytes[0] != 4)
		return broken;
	return NULL;
}

static const char *read_p256(struct ssh_reader *r, struct ssh_key *out)
{
	out->bits = 256;
	return read_point(r, "nistp256", 32);
}

static const char *read_p384(struct ssh_reader *r, struct ssh_key *out)
{
	out->bits = 384;
	return read_point(r, "nistp384", 48);
}

static const char *read_p521(struct ssh_reader *r, struct ssh_key *out)
{
	out->bits = 521;
	return read_point(r, "nistp521", 66);
}

/* A positive number in its only form, and how many bits it has; 0: it is none. */
static unsigned number_bits(struct ssh_field f)
{
	unsigned bits;

	if (f.len && f.bytes[0] == 0 && (f.len == 1 || !(f.bytes[1] & 0x80)))
		return 0; /* zero, or a needless byte before it */
	if (!f.len || f.bytes[0] & 0x80 || f.len > 2 + SSH_KEY_RSA_MOST / 8)
		return 0;
	bits = (unsigned)f.len * 8;
	for (size_t i = 0, bit = 0x80; i < f.len && !(f.bytes[i] & bit); bits--) {
		bit >>= 1;
		if (!bit) {
			bit = 0x80;
			i++;
		}
	}
	return bits;
}

static const char *read_rsa(struct ssh_reader *r, struct ssh_key *out)
{
	struct ssh_field e = ssh_next(r), n = ssh_next(r);
	unsigned exponent = number_bits(e);

	if (r->failed)
		return broken;
	out->bits = number_bits(n);
	if (!out->bits || exponent < 2 || !(e.bytes[e.len - 1] & 1) || !(n.bytes[n.len - 1] & 1))
		return broken;
	if (out->bits < SSH_KEY_RSA_LEAST)
		return "this RSA key is too short: at least 2048 bits are wanted; better make one "
		       "of another kind: ssh-keygen -t ed25519";
	return out->bits > SSH_KEY_RSA_MOST ? "this RSA key is longer than OpenSSH takes" : NULL;
}

/* What the key is for ("ssh:"): any text, but there is one. */
static const char *read_application(struct ssh_reader *r)
{
	struct ssh_field application = ssh_next(r);

	return r->failed || !application.len ? broken : NULL;
}

static const char *read_sk_ed25519(struct ssh_reader *r, struct ssh_key *out)
{
	const char *fault = read_ed25519(r, out);

	return fault ? fault : read_application(r);
}

static const char *read_sk_ecdsa(struct ssh_reader *r, struct ssh_key *out)
{
	const char *fault = read_p256(r, out);

	return fault ? fault : read_application(r);
}

static const struct kind {
	const char *type;
	bool hardware;
	const char *(*read)(struct ssh_reader *, struct ssh_key *);
} kinds[] = {
        {"ssh-ed25519", false, read_ed25519},
        {"ecdsa-sha2-nistp256", false, read_p256},
        {"ecdsa-sha2-nistp384", false, read_p384},
        {"ecdsa-sha2-nistp521", false, read_p521},
        {"ssh-rsa", false, read_rsa},
        {"sk-ssh-ed25519@openssh.com", true, read_sk_ed25519},
        {"sk-ecdsa-sha2-nistp256@openssh.com", true, read_sk_ecdsa},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const struct kind *kind_of(struct ssh_field type)
{
	for (size_t i = 0; i < KINDS; i++)
		if (ssh_is_text(type, kinds[i].type))
			return &kinds[i];
	return NULL;
}

static bool ends_with(struct ssh_field f, const char *end)
{
	size_t len = strlen(end);

	return f.len >= len && memcmp(f.bytes + f.len - len, end, len) == 0;
}

/* Why a key of a type that is not in the table is not taken. */
static const char *kind_fault(struct ssh_field type)
{
	if (ssh_is_text(type, "ssh-dss"))
		return "DSA keys (ssh-dss) are too weak, and today's OpenSSH does not use them "
		       "either; make another: ssh-keygen -t ed25519";
	if (ends_with(type, "-cert-v01@openssh.com"))
		return "this is a certificate, which ends by itself and is not registered; give "
		       "the key that it was made for, the .pub file without -cert";
	return "keys of this type are not known here; known are ed25519, ecdsa, rsa and their "
	       "sk- forms";
}

const char *policy_ssh_key_read(const uint8_t *blob, size_t len, struct ssh_key *out)
{
	struct ssh_key key = {.len = len};
	struct ssh_reader r = {blob, len, false};
	struct ssh_field type = ssh_next(&r);

	if (r.failed || !type.len)
		return broken;
	if (len > SSH_KEY_BLOB)
		return "the key is longer than any that is taken here";
	const struct kind *kind = kind_of(type);
	if (!kind)
		return kind_fault(type);
	key.type = kind->type;
	key.hardware = kind->hardware;
	const char *fault = kind->read(&r, &key);
	if (fault || r.failed || r.left)
		return fault ? fault : broken;
	memcpy(key.blob, blob, len);
	*out = key;
	return NULL;
}

/* -- the line -- */

struct text {
	const char *at;
	size_t len;
};

static bool holds(struct text t, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= t.len; i++)
		if (memcmp(t.at + i, word, len) == 0)
			return true;
	return false;
}

/* What people give by mistake. */
static const struct {
	const char *mark, *fault;
} mistakes[] = {
        {"PRIVATE KEY", "this is a private key, which never leaves its machine: give the .pub file "
                        "that lies beside it. Where others may have seen it, make a new one"},
        {"PuTTY-User-Key-File", "this is a private key of PuTTY, which never leaves its machine: "
                                "give what PuTTYgen shows as the public key for OpenSSH"},
        {"BEGIN SSH2 PUBLIC KEY", "this public key has the form of other programs; `ssh-keygen -i "
                                  "-f FILE` writes it as OpenSSH does, on one line"},
        {"BEGIN RSA PUBLIC KEY", "this public key has the form of other programs; `ssh-keygen -i "
                                 "-m PEM -f FILE` writes it as OpenSSH does, on one line"},
        {"BEGIN PUBLIC KEY", "this public key has the form of other programs; `ssh-keygen -i -m "
                             "PKCS8 -f FILE` writes it as OpenSSH does, on one line"},
};

static struct text trim(struct text t)
{
	while (t.len && chars_space(t.at[0])) {
		t.at++;
		t.len--;
	}
	while (t.len && chars_space(t.at[t.len - 1]))
		t.len--;
	return t;
}

/* The line with the key: the only one that is neither empty nor a remark. */
static const char *find_line(struct text all, struct text *out)
{
	*out = (struct text){NULL, 0};
	while (all.len) {
		const char *end = memchr(all.at, '\n', all.len);
		size_t len = end ? (size_t)(end - all.at) : all.len;
		struct text line = trim((struct text){all.at, len});

		all.at += end ? len + 1 : len;
		all.len -= end ? len + 1 : len;
		if (!line.len || line.at[0] == '#')
			continue;
		if (out->len)
			return "there is more than one line in it: give one key at a time";
		*out = line;
	}
	return out->len ? NULL : "there is nothing in it";
}

static struct text next_word(struct text *rest)
{
	struct text word = {rest->at, 0};

	while (word.len < rest->len && !chars_space(word.at[word.len]))
		word.len++;
	*rest = trim((struct text){rest->at + word.len, rest->len - word.len});
	return word;
}

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (chars_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool ssh_decode(const char *text, size_t size, uint8_t *out, size_t room, size_t *len)
{
	struct text t = {text, size};
	size_t pad = 0;
	uint32_t held = 0;

	while (pad < 2 && t.len && t.at[t.len - 1] == '=') {
		t.len--;
		pad++;
	}
	if ((t.len + pad) % 4 || t.len * 3 / 4 > room)
		return false;
	*len = 0;
	for (size_t i = 0; i < t.len; i++) {
		int value = digit(t.at[i]);

		if (value < 0)
			return false;
		held = held << 6 | (uint32_t)value;
		if (i % 4)
			out[(*len)++] = (uint8_t)(held >> (6 - 2 * (i % 4)));
	}
	/* what is left over must be nothing */
	return !(held & (pad == 1 ? 3u : pad == 2 ? 15u : 0u));
}

static void take_comment(struct text t, struct ssh_key *out)
{
	size_t len = t.len < sizeof out->comment ? t.len : sizeof out->comment - 1;

	while (len < t.len && len > 0 && ((unsigned char)t.at[len] & 0xC0) == 0x80)
		len--;
	if (len)
		memcpy(out->comment, t.at, len);
	out->comment[len] = 0;
}

/* In an authorized_keys file options stand before the type. */
static bool has_options(struct text rest)
{
	struct text word;

	while (rest.len) {
		word = next_word(&rest);
		if (kind_of((struct ssh_field){(const uint8_t *)word.at, word.len}))
			return true;
	}
	return false;
}

static const char *parse_line(struct text line, struct ssh_key *out)
{
	struct text rest = line, type = next_word(&rest), base64 = next_word(&rest);
	struct ssh_field name = {(const uint8_t *)type.at, type.len};
	uint8_t blob[SSH_KEY_BLOB];
	struct ssh_key key;
	size_t len;

	if (!kind_of(name)) {
		if (has_options(line))
			return "something stands before the key, as in an authorized_keys file: "
			       "give the line from the key's type on";
		if (ssh_is_text(name, "ssh-dss") || ends_with(name, "-cert-v01@openssh.com"))
			return kind_fault(name);
		return base64.len && holds(base64, "AAAA")
		               ? kind_fault(name)
		               : "this is no public key: one line is wanted, as in a .pub file "
		                 "(ssh-ed25519 AAAA… name)";
	}
	if (!base64.len)
		return "the key is cut short: nothing follows its type";
	if (!ssh_decode(base64.at, base64.len, blob, sizeof blob, &len))
		return "the key is damaged or cut short: what follows its type is no base64";
	const char *fault = policy_ssh_key_read(blob, len, &key);
	if (fault)
		return fault;
	if (!ssh_is_text(name, key.type))
		return "the key is damaged: its first word names another type than it has";
	take_comment(rest, &key);
	*out = key;
	return NULL;
}

const char *policy_ssh_key_parse(const char *text, size_t len, struct ssh_key *out)
{
	struct text all = {text, len}, line;

	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
		if (holds(all, mistakes[i].mark))
			return mistakes[i].fault;
	if (len > SSH_KEY_LINE)
		return "it is far longer than any public key";
	const char *fault = find_line(all, &line);
	return fault ? fault : parse_line(line, out);
}
