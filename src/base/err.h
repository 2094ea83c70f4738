/* Errors: accidents, in words for the operator.
 *
 * A function that can fail by accident returns 0 or one of the negative codes
 * below and fills `struct err *` (which may be NULL where the caller does not
 * care). Its results stay untouched. A refusal is no error (see policy.h), and
 * a bug aborts. Rooms below the doors never log an error: they return it.
 */
#ifndef GATEHOUSE_BASE_ERR_H
#define GATEHOUSE_BASE_ERR_H

#include <stdarg.h>

enum err_code {
	ERR_INVALID = -1,   /* the caller's input has the wrong form */
	ERR_NOT_FOUND = -2, /* no such thing */
	ERR_EXISTS = -3,    /* there is one already */
	ERR_LIMIT = -4,     /* a bound was reached */
	ERR_BUSY = -5,      /* held by somebody else; try again later */
	ERR_IO = -6,        /* the system said no */
	ERR_FULL = -7,      /* no space left on the device, or over quota */
	ERR_DENIED = -8,    /* the system forbids it */
	ERR_MEMORY = -9,    /* out of memory */
	ERR_NEWER = -10,    /* made by a newer version of this program */
	ERR_CLOSED = -11    /* the other side is gone */
};

struct err {
	int code; /* 0, or an enum err_code */
	char text[480];
};

/* Fills e (if not NULL) and returns code. The text is cut, never overrun. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: the code follows errnum (ENOSPC, EDQUOT:
 * ERR_FULL; ENOENT: ERR_NOT_FOUND; EEXIST: ERR_EXISTS; EACCES, EPERM:
 * ERR_DENIED; ENOMEM: ERR_MEMORY; EAGAIN, EBUSY: ERR_BUSY; others: ERR_IO), and
 * ": " with its meaning is put behind the text. */
int err_system(struct err *e, int errnum, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* Puts "fmt: " before a text that is already there. Returns e->code, or
 * ERR_IO when e is NULL. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
