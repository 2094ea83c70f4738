/* What the processes at the network do alike: the start, and what is said then. */
#ifndef GATEHOUSE_WIRE_PROCESS_H
#define GATEHOUSE_WIRE_PROCESS_H

#include "wire/lock.h"
#include "wire/setup.h"

#include <netinet/in.h>

/* Dies with the keeper, and only with it. Raises the number of descriptors. */
void process_prepare(int channel);
/* Waits for A_SETUP; the message is wiped. As setup_read. */
int process_receive_setup(int channel, struct setup *out, struct err *err);
/* A socket to accept from, or a pipe. */
int process_set_nonblocking(int fd, struct err *err);
/* What is accepted from it inherits what is set here. */
int process_prepare_listener(int fd, struct err *err);
/* As text, without its port; an IPv4 peer of an IPv6 socket as IPv4. */
void process_show_address(const struct sockaddr *a, char out[INET6_ADDRSTRLEN]);
/* Q_READY, with what is locked. */
int process_say_ready(int channel, const char *report, struct err *err);
/* The main function of such a program: refuses to be started by hand. */
int process_main(const char *program, const char *word, int argc, int (*run)(int channel));

#endif
