/* A process at the network that was taken over, for tests of the keeper: what its attacks
 * over HTTP (hostile_wire.c) and over SSH (hostile_ssh.c) share.
 *
 * The keeper starts it by the name of gatehouse-http or gatehouse-ssh, from a folder that
 * also holds
 *   plan    one attack a line, in the order of the starts
 *   turn    how many starts there were
 *   report  what each start saw: "NAME PID" when it begins, "NAME: words" later
 *   real    the real program: what a start becomes when the plan is over,
 *           or where it says "real"
 * An attack either expects to be cut off (then it waits for that) or asks
 * something odd and reports what came. */
#ifndef GATEHOUSE_TESTS_KEEPER_HOSTILE_H
#define GATEHOUSE_TESTS_KEEPER_HOSTILE_H

#include "base/msg.h"
#include "base/question.h"

#include <stdio.h>

#define CHANNEL 3
#define PATIENCE_MS 20000

struct attack {
	const char *name;
	void (*run)(void);
	bool cut; /* the keeper must end it */
};
extern const struct attack attacks[]; /* the file's own */
extern const size_t attack_count;

extern const char *argument; /* behind the attack's name in the plan */
extern struct msg in, out;

FILE *file(const char *name, const char *mode); /* of that folder */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

void send_bytes(const void *bytes, size_t len); /* a packet, whatever is in it */
void put(void);                                 /* out */
void simple(uint16_t type, uint64_t id);
void ready(void);
/* The next message for us within the time; false at the end of the channel. */
bool hear(int ms);
/* Cut off means killed: whoever comes back from here was not. */
void await_the_end(void);

#endif
