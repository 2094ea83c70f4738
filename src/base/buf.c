#include "base/buf.h"

#include "base/err.h"
#include "base/safe_int.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

void buf_init(struct buf *b, size_t limit)
{
	/* Far below the address space: sums of two lengths never wrap. */
	*b = (struct buf){.limit = limit > SIZE_MAX / 4 ? SIZE_MAX / 4 : limit};
}

void buf_clear(struct buf *b)
{
	free(b->data);
	buf_init(b, b->limit);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

static int fail(struct buf *b, int code)
{
	b->failed = code;
	return code;
}

/* Twice the size, so that many small adds cost little; never past the limit. */
static int grow(struct buf *b, size_t need)
{
	size_t cap = b->cap == 0 ? FIRST_CAP : b->cap * 2;
	char *data;

	if (cap < need)
		cap = need;
	if (cap > b->limit + 1)
		cap = b->limit + 1;
	data = realloc(b->data, cap);
	if (data == NULL)
		return fail(b, ERR_MEMORY);
	data[b->len] = '\0';
	b->data = data;
	b->cap = cap;
	return 0;
}

int buf_reserve(struct buf *b, size_t len)
{
	if (b->failed != 0)
		return b->failed;
	if (len > b->limit - b->len)
		return fail(b, ERR_LIMIT);
	if (b->len + len + 1 > b->cap)
		return grow(b, b->len + len + 1);
	return 0;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	int rc = buf_reserve(b, len);

	if (rc != 0)
		return rc;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int buf_add_str(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

int buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->failed == 0 && b->cap > b->len ? b->cap - b->len : 0;
	va_list args;
	int n, rc;

	va_start(args, fmt);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, args);
	va_end(args);
	if (n >= 0 && (size_t)n < room) { /* as a rule */
		b->len += (size_t)n;
		return 0;
	}
	if (room > 0)
		b->data[b->len] = '\0';
	if (n < 0)
		return b->failed != 0 ? b->failed : fail(b, ERR_LIMIT);
	rc = buf_reserve(b, (size_t)n);
	if (rc != 0)
		return rc;
	va_start(args, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, args);
	va_end(args);
	b->len += (size_t)n;
	return 0;
}

int buf_add_safe(struct buf *b, const char *text, size_t len)
{
	size_t before = b->len, i = 0;

	while (i < len && b->failed == 0) {
		size_t step = safe_step(text + i, len - i);
		char escaped[4];

		if (step > 0) {
			buf_add(b, text + i, step);
			i += step;
		} else {
			safe_escape(text[i++], escaped);
			buf_add(b, escaped, sizeof(escaped));
		}
	}
	if (b->failed != 0 && b->data != NULL) {
		b->len = before;
		b->data[before] = '\0';
	}
	return b->failed;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n > b->len)
		abort();
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}

const char *buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}
