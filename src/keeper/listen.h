/* Listening sockets from "ADDR:PORT" texts. */
#ifndef GATEHOUSE_KEEPER_LISTEN_H
#define GATEHOUSE_KEEPER_LISTEN_H

#include "base/err.h"

#include <stddef.h>

/* text: "127.0.0.1:8080", "[::1]:8080", ":8080" (all addresses, IPv6 and IPv4). Port 0 takes
 * any free one. Binds and listens; *fd is close-on-exec and non-blocking. shown
 * gets the real "address:port", fit for a URL. */
int listen_open(const char *text, int *fd, char *shown, size_t size, struct err *err);

/* The address a socket listens on, in the same form. */
int listen_show(int fd, char *shown, size_t size, struct err *err);

#endif
