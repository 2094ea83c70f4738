/* What settings.c (the sources) needs of settings_value.c (one value). */
#ifndef GATEHOUSE_BASE_SETTINGS_INT_H
#define GATEHOUSE_BASE_SETTINGS_INT_H

#include "base/settings.h"

/* Like settings_value, with the folder that a relative path starts from; NULL:
 * the working folder. */
int settings_value_from(const struct setting *s, void *target, const char *value, const char *where,
                        bool first, const char *folder, struct err *err);

#endif
