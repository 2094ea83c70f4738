#include "wire/ssh/known.h"

/* FNV-1a: a fingerprint is a hash already. Who makes keys until two meet in one place
 * has one line more or less shown to himself. */
static uint64_t number_of(const char *text)
{
	uint64_t n = UINT64_C(14695981039346656037);

	for (; *text; text++)
		n = (n ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return n ? n : 1;
}

void known_note(struct known *k, const char *fingerprint, enum known_end end)
{
	uint64_t n = number_of(fingerprint);

	k->slots[n % KNOWN_KEYS].key = n;
	k->slots[n % KNOWN_KEYS].end = end;
}

enum known_end known_find(const struct known *k, const char *fingerprint)
{
	uint64_t n = number_of(fingerprint);

	return k->slots[n % KNOWN_KEYS].key == n ? k->slots[n % KNOWN_KEYS].end : KNOWN_NOTHING;
}
