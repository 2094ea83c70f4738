#include "policy/foreign.h"
#include "policy/chars.h"

#include <stdbool.h>
#include <string.h>

static const struct foreign rows[] = {
#define FOREIGN(prefix, shape, least, most, what, host, todo)                                      \
	{prefix, shape, least, most, what, host, todo},
#include "policy/foreign.def"
#undef FOREIGN
};

static bool fits(enum foreign_shape shape, char c)
{
	switch (shape) {
	case FOREIGN_TEXT:
		return true;
	case FOREIGN_HEX:
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
	case FOREIGN_BASE32:
		return (c >= '2' && c <= '7') || (c >= 'a' && c <= 'z');
	case FOREIGN_BASE62:
		return chars_alnum(c);
	default:
		return c > ' ' && c <= '~';
	}
}

static bool row_fits(const struct foreign *row, const char *text, size_t len)
{
	size_t at = strlen(row->prefix);

	if (len < row->least || len > row->most || memcmp(text, row->prefix, at) != 0)
		return false;
	while (at < len && fits(row->shape, text[at]))
		at++;
	return at == len;
}

const struct foreign *policy_foreign_find(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (row_fits(&rows[i], text, len))
			return &rows[i];
	return NULL;
}
