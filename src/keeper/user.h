/* Becoming the ordinary user the server runs as. */
#ifndef GATEHOUSE_KEEPER_USER_H
#define GATEHOUSE_KEEPER_USER_H

#include "base/err.h"

/* Started as root: makes `data` (if it is not there) the user's and becomes
 * that user for good. Started as somebody else: run_as must be empty or oneself.
 * Root without run_as is ERR_DENIED with words. */
int user_become(const char *run_as, const char *data, struct err *err);

#endif
