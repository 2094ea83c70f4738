#include "made.h"

#include <assert.h>
#include <string.h>

struct out {
	uint8_t *at;
	size_t len;
};

static void put(struct out *o, const void *bytes, size_t len)
{
	assert(o->len + len <= MADE_ROOM);
	memcpy(o->at + o->len, bytes, len);
	o->len += len;
}

static void put_number(struct out *o, uint64_t n, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		put(o, &(uint8_t){(uint8_t)(n >> 8 * i)}, 1);
}

static void put_field(struct out *o, const void *bytes, size_t len)
{
	put_number(o, len, 4);
	put(o, bytes, len);
}

static void put_text(struct out *o, const char *text)
{
	put_field(o, text, strlen(text));
}

static void put_key(struct out *o, uint8_t number)
{
	uint8_t point[32];

	memset(point, number + 1, sizeof point);
	put_field(o, point, sizeof point);
}

static void put_names(struct out *o, const struct made *m)
{
	uint8_t bytes[MADE_ROOM];
	struct out list = {bytes, 0};

	for (size_t i = 0; i < 8 && m->names[i]; i++)
		put_text(&list, m->names[i]);
	for (unsigned i = 0; i < m->more; i++)
		put_text(&list, "more");
	put_field(o, list.at, list.len);
}

static void put_option(struct out *o, const char *name, const char *value)
{
	uint8_t bytes[MADE_ROOM];
	struct out inner = {bytes, 0};

	put_text(o, name);
	if (value)
		put_text(&inner, value);
	put_field(o, inner.at, inner.len);
}

static void put_options(struct out *o, const struct made *m)
{
	uint8_t bytes[MADE_ROOM];
	struct out list = {bytes, 0};

	for (size_t i = 0; i < 3 && m->option[i]; i++)
		put_option(&list, m->option[i], m->value);
	if (m->source)
		put_option(&list, "source-address", m->source);
	put_field(o, list.at, list.len);
	list.len = 0;
	if (m->extension)
		put_option(&list, m->extension, NULL);
	put_field(o, list.at, list.len);
}

static void put_authority(struct out *o, uint8_t signer)
{
	put_text(o, "ssh-ed25519");
	put_key(o, (uint8_t)(100 + signer));
}

void made_blob(const struct made *m, uint8_t blob[MADE_ROOM], size_t *len)
{
	struct out o = {blob, 0};
	uint8_t bytes[256];
	struct out signer = {bytes, 0};

	put_text(&o, m->hardware ? "sk-ssh-ed25519-cert-v01@openssh.com"
	                         : "ssh-ed25519-cert-v01@openssh.com");
	put_text(&o, "a nonce");
	put_key(&o, 1);
	if (m->hardware)
		put_text(&o, "ssh:");
	put_number(&o, m->serial, 8);
	put_number(&o, m->kind ? m->kind : 1, 4);
	put_text(&o, m->id ? m->id : "ann@laptop");
	put_names(&o, m);
	put_number(&o, m->after, 8);
	put_number(&o, m->before ? m->before : UINT64_MAX, 8);
	put_options(&o, m);
	put_text(&o, "");
	put_authority(&signer, m->signer);
	put_field(&o, signer.at, signer.len);
	put_text(&o, m->unsigned_ ? "" : "signed");
	*len = o.len;
}

void made_authority(uint8_t signer, struct ssh_key *out)
{
	uint8_t bytes[256];
	struct out o = {bytes, 0};

	put_authority(&o, signer);
	const char *fault = policy_ssh_key_read(o.at, o.len, out);
	assert(!fault);
	(void)fault;
}
