/* Which bytes of a peer's text may be shown as they are. For buf and log. */
#ifndef GATEHOUSE_BASE_SAFE_INT_H
#define GATEHOUSE_BASE_SAFE_INT_H

#include <stddef.h>

/* How many bytes at the start of text (len > 0) make one character that is
 * safe to show; 0 when the first byte must be shown as \xNN. Unsafe are control
 * characters (C0, DEL, C1), bytes that are not valid UTF-8, and characters that
 * reorder, hide or break text (bidi controls, zero width, line separators). */
size_t safe_step(const char *text, size_t len);
/* Writes "\xNN" for one byte; no NUL. */
void safe_escape(char byte, char out[4]);

#endif
