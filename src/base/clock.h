/* Time. Seconds since 1970 in UTC as int64_t; "never" is the largest number,
 * so that the earliest of several ends is simply their minimum. */
#ifndef GATEHOUSE_BASE_CLOCK_H
#define GATEHOUSE_BASE_CLOCK_H

#include "base/err.h"

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX
#define CLOCK_TEXT 40 /* bytes that hold any text made here */

int64_t clock_now(void);     /* wall clock, seconds */
int64_t clock_mono_ms(void); /* monotonic, milliseconds */

/* "2026-11-25 14:03:07 UTC", or "never". Returns out. */
char *clock_text(int64_t t, char out[CLOCK_TEXT]);
/* RFC 3339: "2026-11-25T14:03:07Z"; "never" for CLOCK_NEVER. Returns out. */
char *clock_rfc3339(int64_t t, char out[CLOCK_TEXT]);
/* A span in words, largest unit only: "3 days", "1 hour", "20 seconds". From a minute on
 * it is taken to the nearest whole one first, so that 30 days are not 29 a second later. */
char *clock_span(int64_t seconds, char out[CLOCK_TEXT]);

/* The same as it is typed, in the largest unit that loses nothing: "90d", "36h".
 * "never" for CLOCK_NEVER. */
char *clock_typed(int64_t seconds, char out[CLOCK_TEXT]);

/* Reads what a person types for a moment: "never"; a span from now such as
 * "30d" "12h" "45m" "10s" "2w" "1y"; "2026-12-31" (its end, 23:59:59 UTC when
 * end_of_day, else its start); or RFC 3339 with Z or an offset. Returns 0 or
 * ERR_INVALID with what is wrong. */
int clock_parse(const char *text, int64_t now, int end_of_day, int64_t *out, struct err *err);
/* The same for what was: "2h" is two hours ago, and there is no "never". */
int clock_parse_past(const char *text, int64_t now, int end_of_day, int64_t *out, struct err *err);

#endif
