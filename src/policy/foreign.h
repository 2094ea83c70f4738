/* What other services' secrets look like, so that whoever sends one here is told
 * so (REFUSALS.md A6). Looks only: nothing is asked of anybody. The table is
 * src/policy/foreign.def. */
#ifndef GATEHOUSE_POLICY_FOREIGN_H
#define GATEHOUSE_POLICY_FOREIGN_H

#include <stddef.h>

/* What the characters behind the prefix are made of. */
enum foreign_shape {
	FOREIGN_ANY,    /* printable, no blanks */
	FOREIGN_TEXT,   /* anything, also blanks and line ends */
	FOREIGN_HEX,    /* 0-9a-f */
	FOREIGN_BASE32, /* a-z2-7 */
	FOREIGN_BASE62  /* 0-9A-Za-z */
};

struct foreign {
	const char *prefix; /* "" where the shape is all there is */
	enum foreign_shape shape;
	size_t least, most; /* characters in all, with the prefix */
	const char *what;   /* "a personal access token of GitHub" */
	const char *host;   /* "GitHub"; NULL: what it is belongs to no other host */
	const char *todo;   /* one sentence: where it belongs, where it is replaced */
};

/* The row that the text fits, or NULL: what is short or has words in it may be a
 * pass phrase, and is nobody's token. */
const struct foreign *policy_foreign_find(const char *text, size_t len);

#endif
