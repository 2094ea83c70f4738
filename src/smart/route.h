/* From a raw request target to what is wanted. Pure; fuzzed
 * (tests/fuzz/fuzz_route.c). */
#ifndef GATEHOUSE_SMART_ROUTE_H
#define GATEHOUSE_SMART_ROUTE_H

#include "git/git.h"
#include "policy/name.h"

#include <stdbool.h>

#define ROUTE_OURS_SIZE 32
#define ROUTE_REST_SIZE 128
#define ROUTE_GUESSES 2

enum route_kind {
	ROUTE_BAD,    /* no form we know: 400 */
	ROUTE_ROOT,   /* "/" */
	ROUTE_OURS,   /* under "/-/" or "/.well-known/" */
	ROUTE_DOTTED, /* with a dot in the first part: not here yet */
	ROUTE_PAGE,   /* /workspace or /workspace/repository, as a browser asks */
	ROUTE_REFS,   /* …/info/refs?service=… */
	ROUTE_DUMB,   /* …/info/refs without service, …/HEAD, …/objects/… */
	ROUTE_STRAY, /* …/info/refs?service=… of no name of two parts: an address from before, a
	                page's */
	ROUTE_SERVICE, /* …/git-upload-pack, …/git-receive-pack */
	ROUTE_LFS      /* …/info/lfs… */
};

struct route {
	enum route_kind kind;
	enum git_service service;
	/* decoded; ".git" taken off. One byte more than a name may have, so that
	 * an overlong one stays overlong. "" for an address that has not two parts. */
	char workspace[NAME_OWNER_SIZE + 1], repository[NAME_REPOSITORY_SIZE + 1];
	/* What Git asks about, in one: "ann/site", "git/team/project". "" for one that
	 * can't be an address from before. */
	char path[NAME_ADDRESS_MAX + 1];
	/* ROUTE_STRAY: what may have been meant; "": the address is too short for a guess. */
	struct route_guess {
		char workspace[NAME_OWNER_SIZE + 1], repository[NAME_REPOSITORY_SIZE + 1];
	} guesses[ROUTE_GUESSES];
	/* ROUTE_OURS: the part behind "/-/" or "/.well-known/", and the one behind that;
	 * decoded, "" where there is none or the address goes deeper. */
	bool well_known;
	char ours[ROUTE_OURS_SIZE], rest[ROUTE_REST_SIZE];
};

/* target: the raw request target, percent-encoded, with query. A part that is
 * encoded wrongly, holds NUL, a control byte or an encoded slash, is ROUTE_BAD. */
void smart_route(const char *target, struct route *out);

#endif
