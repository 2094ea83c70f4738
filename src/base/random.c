#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t len)
{
	unsigned char *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		p += n;
		len -= (size_t)n;
	}
}

/* 32 and 16 divide 256: taking the low bits favours no digit. */
static void random_digits(char *out, size_t len, const char *digits, unsigned mask)
{
	random_bytes(out, len);
	for (size_t i = 0; i < len; i++)
		out[i] = digits[(unsigned char)out[i] & mask];
	out[len] = '\0';
}

void random_reference(char *out, size_t len)
{
	random_digits(out, len, "0123456789abcdefghjkmnpqrstvwxyz", 31);
}

void random_id(char out[33])
{
	random_digits(out, 32, "0123456789abcdef", 15);
}
