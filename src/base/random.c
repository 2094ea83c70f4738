#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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
static void spell(char *out, size_t len, const char *digits, unsigned mask)
{
	for (size_t i = 0; i < len; i++)
		out[i] = digits[(unsigned char)out[i] & mask];
	out[len] = '\0';
}

/* Every decision has a reference and it is no secret: the kernel is asked for
 * many at once. */
static void cheap_bytes(void *out, size_t len)
{
	static _Thread_local unsigned char stock[256];
	static _Thread_local size_t left;

	if (len > sizeof(stock)) {
		random_bytes(out, len);
		return;
	}
	if (len > left) {
		random_bytes(stock, sizeof(stock));
		left = sizeof(stock);
	}
	left -= len;
	memcpy(out, stock + left, len);
}

void random_reference(char *out, size_t len)
{
	cheap_bytes(out, len);
	spell(out, len, "0123456789abcdefghjkmnpqrstvwxyz", 31);
}

void random_id(char out[33])
{
	random_bytes(out, 32);
	spell(out, 32, "0123456789abcdef", 15);
}
