#include "base/size.h"

#include <stddef.h>
#include <stdio.h>

char *size_text(int64_t bytes, char out[SIZE_TEXT])
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	double size = (double)bytes;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		size /= 1024;
		unit++;
	}
	snprintf(out, SIZE_TEXT, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
	return out;
}
