/* The process that faces the network.
 *
 * It is started by the keeper with one end of a socket pair, turns HTTP into
 * questions (base/question.h) and relays the answers. Once it is locked in
 * (lock.h) it can open no file, make no connection and start no program.
 */
#ifndef GATEHOUSE_WIRE_WIRE_H
#define GATEHOUSE_WIRE_WIRE_H

/* Where the keeper puts wire's end of the channel. */
#define WIRE_CHANNEL 3

/* Serves HTTP until the keeper says A_DRAIN (returns 0) or the channel ends or
 * carries nonsense (logs why, returns 1). */
int wire_http_run(int channel);
/* The same for SSH. */
int wire_ssh_run(int channel);

#endif
