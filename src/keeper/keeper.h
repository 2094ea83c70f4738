/* The process that holds everything: event loop, channels, workers, children.
 *
 * `keeper_serve` is all of `gatehouse serve` once the settings are read. It
 * opens the listening sockets, becomes the ordinary user, starts wire, and
 * answers questions until it is told to stop.
 */
#ifndef GATEHOUSE_KEEPER_KEEPER_H
#define GATEHOUSE_KEEPER_KEEPER_H

#include "gate/settings.h"

/* Reads the settings again from where they came; called on SIGHUP. */
typedef int (*keeper_reload)(struct gate_settings *out, void *arg, struct err *err);

/* programs: the folder with gatehouse-http and gatehouse-box. Returns the exit
 * status: 0 after a stop that was asked for. */
int keeper_serve(const struct gate_settings *settings, const char *programs, keeper_reload reload,
                 void *arg);

#endif
