/* Any request target: the route never overruns, and what it names is a part
 * that could stand in a path without leaving it. */
#include "smart/route.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *target = malloc(size + 1);
	struct route route;

	if (!target)
		return 0;
	memcpy(target, data, size);
	target[size] = '\0';
	smart_route(target, &route);
	assert(route.kind >= ROUTE_BAD && route.kind <= ROUTE_LFS);
	assert(!strchr(route.workspace, '/') && !strchr(route.repository, '/'));
	assert(!strchr(route.workspace, '.'));
	assert(strlen(route.path) <= NAME_ADDRESS_MAX && *route.path != '/' && *route.path != '.');
	assert(!strstr(route.path, "//") && strcmp(route.path, "-") &&
	       strncmp(route.path, "-/", 2));
	assert(strncmp(route.path, "2.0/", 4));
	for (const char *p = route.path; *p; p++)
		assert((unsigned char)*p >= 0x20 && *p != 0x7f);
	for (const char *p = route.repository; *p; p++)
		assert((unsigned char)*p >= 0x20 && *p != 0x7f);
	free(target);
	return 0;
}
