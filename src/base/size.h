/* Sizes for people. */
#ifndef GATEHOUSE_BASE_SIZE_H
#define GATEHOUSE_BASE_SIZE_H

#include <stdint.h>

#define SIZE_TEXT 32 /* bytes that hold any text made here */

/* "17 bytes", "12.3 GiB": units of 1024. Returns out. */
char *size_text(int64_t bytes, char out[SIZE_TEXT]);

#endif
