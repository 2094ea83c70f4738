/* The commands on the server's own machine, and the command line itself.
 *
 *   gatehouse [--config FILE] [--SETTING VALUE]… NOUN VERB ARGS
 *
 * One table (table.c) holds every command with its flags and its help. Exit
 * status: 0 it is done, 1 it could not be done (one sentence on standard
 * error), 2 the command line makes no sense.
 */
#ifndef GATEHOUSE_ADMIN_ADMIN_H
#define GATEHOUSE_ADMIN_ADMIN_H

#include "gate/settings.h"

#include <stddef.h>

#define ADMIN_SETTINGS 64 /* setting flags on one command line */

/* Where the settings come from, so that they can be read again: later wins. */
/* The settings' file where none is named, and no data folder either. */
#define ADMIN_CONFIG "/etc/gatehouse/gatehouse.conf"

struct admin_source {
	const char *config; /* NULL: no file */
	char *const *environment;
	int argc;
	char *const *argv;
	int flags[ADMIN_SETTINGS]; /* places in argv of flags that are settings */
	size_t count;
};
/* Defaults, file, environment, flags; then gate_settings_finish. */
int admin_settings(const struct admin_source *source, struct gate_settings *out, struct err *err);

/* What `gatehouse serve` does; returns the exit status. */
typedef int (*admin_serve)(const struct gate_settings *settings, const struct admin_source *source);

/* Runs one command line and returns the exit status. serve may be NULL where
 * there is no server to start. */
int admin_main(int argc, char *const *argv, char *const *environment, admin_serve serve);

#endif
