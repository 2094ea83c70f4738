#include "base/secret.h"

#include "base/err.h"

#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int secret_set(struct secret *s, const void *bytes, size_t len)
{
	if (len > SECRET_MAX) {
		secret_clear(s);
		return ERR_LIMIT;
	}
	/* The new one may be a part of the old one. */
	if (len > 0)
		memmove(s->bytes, bytes, len);
	sodium_memzero(s->bytes + len, sizeof(s->bytes) - len);
	s->len = len;
	return 0;
}

void secret_clear(struct secret *s)
{
	sodium_memzero(s, sizeof(*s));
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && sodium_memcmp(a->bytes, b->bytes, a->len) == 0;
}

void secret_wipe(void *memory, size_t len)
{
	sodium_memzero(memory, len);
}

int secret_lock_process(void)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return ERR_IO;
	return 0;
}
