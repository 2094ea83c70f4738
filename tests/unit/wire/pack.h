/* Packs bytes as gzip, for tests. */
#ifndef GATEHOUSE_TESTS_WIRE_PACK_H
#define GATEHOUSE_TESTS_WIRE_PACK_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PACK_GZIP (MAX_WBITS + 16)
#define PACK_ZLIB MAX_WBITS

/* Returns the packed length; out must be large enough. */
static inline size_t pack(const char *data, size_t len, int form, char *out, size_t size)
{
	z_stream z;

	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, 9, Z_DEFLATED, form, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)(size_t)data;
	z.avail_in = (unsigned)len;
	z.next_out = (Bytef *)out;
	z.avail_out = (unsigned)size;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return size - z.avail_out;
}

#endif
