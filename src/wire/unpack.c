#include "wire/unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#define EITHER 32 /* gzip or zlib, told by its first bytes */

struct unpack {
	z_stream z;
	bool ended;
};

struct unpack *unpack_new(void)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (u != NULL && inflateInit2(&u->z, MAX_WBITS + EITHER) != Z_OK) {
		free(u);
		return NULL;
	}
	return u;
}

void unpack_free(struct unpack *u)
{
	if (u == NULL)
		return;
	inflateEnd(&u->z);
	free(u);
}

bool unpack_some(struct unpack *u, const char **data, size_t *len, char *out, size_t size,
                 size_t *made)
{
	unsigned given = *len > UINT32_MAX ? UINT32_MAX : (unsigned)*len;
	int rc;

	*made = 0;
	if (u->ended) { /* gzip allows one more after the first */
		if (*len == 0)
			return true;
		if (inflateReset2(&u->z, MAX_WBITS + EITHER) != Z_OK)
			return false;
		u->ended = false;
	}
	u->z.next_in = (Bytef *)(uintptr_t)*data;
	u->z.avail_in = given;
	u->z.next_out = (Bytef *)out;
	u->z.avail_out = (unsigned)size;
	rc = inflate(&u->z, Z_NO_FLUSH);
	*made = size - u->z.avail_out;
	*data += given - u->z.avail_in;
	*len -= given - u->z.avail_in;
	u->ended = rc == Z_STREAM_END;
	return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR;
}

bool unpack_ended(const struct unpack *u)
{
	return u->ended;
}
