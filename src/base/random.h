/* Random bytes from the kernel, and short names made of them. */
#ifndef GATEHOUSE_BASE_RANDOM_H
#define GATEHOUSE_BASE_RANDOM_H

#include <stddef.h>

/* Never fails: a system without getrandom aborts at the first call. */
void random_bytes(void *out, size_t len);
/* A reference: `len` characters of Crockford's base 32 in lower case, five
 * bits each. out holds len + 1 bytes. */
void random_reference(char *out, size_t len);
/* 32 lower-case hex digits (128 bits). */
void random_id(char out[33]);

#endif
