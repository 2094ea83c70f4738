#include "git/box/box.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void box_print(const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

int box_say(const char *what, int errnum)
{
	box_print("gatehouse-box: ");
	box_print(what);
	if (errnum) {
		const char *why = strerrordesc_np(errnum);

		box_print(": ");
		box_print(why ? why : "unknown error");
	}
	box_print("\n");
	return -1;
}

void box_notice(void)
{
	const char *notice = getenv("GATEHOUSE_NOTICE");
	size_t len = notice ? strlen(notice) : 0;

	if (len == 0)
		return;
	box_print(notice);
	if (notice[len - 1] != '\n')
		box_print("\n");
}
