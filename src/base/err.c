#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Formats beside e first: the arguments may point into e->text. */
static void fill(struct err *e, int code, const char *fmt, va_list args, const char *behind)
{
	char text[sizeof(e->text)];
	int n = vsnprintf(text, sizeof(text), fmt, args);

	if (n < 0)
		text[0] = '\0';
	if (behind != NULL && n >= 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, ": %s", behind);
	e->code = code;
	memcpy(e->text, text, sizeof(text));
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list args;

	if (e == NULL)
		return code;
	va_start(args, fmt);
	fill(e, code, fmt, args, NULL);
	va_end(args);
	return code;
}

static int code_of(int errnum)
{
	static const struct {
		int errnum, code;
	} codes[] = {
	        {ENOSPC, ERR_FULL},   {EDQUOT, ERR_FULL},   {ENOENT, ERR_NOT_FOUND},
	        {EEXIST, ERR_EXISTS}, {EACCES, ERR_DENIED}, {EPERM, ERR_DENIED},
	        {ENOMEM, ERR_MEMORY}, {EAGAIN, ERR_BUSY},   {EBUSY, ERR_BUSY},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (codes[i].errnum == errnum)
			return codes[i].code;
	}
	return ERR_IO;
}

int err_system(struct err *e, int errnum, const char *fmt, ...)
{
	int code = code_of(errnum);
	char meaning[128];
	va_list args;

	if (e == NULL)
		return code;
	va_start(args, fmt);
	fill(e, code, fmt, args, strerror_r(errnum, meaning, sizeof(meaning)));
	va_end(args);
	return code;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	va_list args;

	if (e == NULL)
		return ERR_IO;
	memcpy(old, e->text, sizeof(old));
	va_start(args, fmt);
	fill(e, e->code, fmt, args, old);
	va_end(args);
	return e->code;
}
