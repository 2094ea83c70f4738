#include "admin/admin_int.h"

#include <string.h>

#define WORD 40 /* longer words are not compared */

/* How many letters must change, come or go, or trade places with a neighbour
 * (optimal string alignment). */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][WORD + 1] = {{0}};
	size_t n = strlen(a), m = strlen(b);

	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
			best = best < last[j] + 1 ? best : last[j] + 1;
			best = best < now[j - 1] + 1 ? best : now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}

const char *admin_nearest(const char *typed, const char *(*next)(void *), void *arg)
{
	const char *found = NULL;
	size_t len = strlen(typed);
	unsigned best = len < 4 ? 2 : 4; /* as far as a slip goes */

	if (!len || len > WORD)
		return NULL;
	for (const char *word = next(arg); word; word = next(arg)) {
		if (strlen(word) > WORD)
			continue;
		/* A beginning is as good as one slip: "repos" and "repository". */
		unsigned d = distance(typed, word);
		if (!strncmp(typed, word, strlen(word) < len ? strlen(word) : len) && d > 1)
			d = 1;
		if (d < best) {
			best = d;
			found = word;
		}
	}
	return found;
}
