/* gatehouse-ssh-session: one session of OpenSSH, brought to the keeper.
 *
 * sshd starts it as the forced command of a key or certificate that was proved to it, with the
 * keeper's socket and that key as its arguments (`gatehouse ssh keys` and `gatehouse ssh
 * principals` write the line). It asks
 * what the embedded server asks (../../base/question_ssh.h), shows the answer, and carries
 * the bytes of a transfer. Static and small, since it is started for every session. */
#ifndef GATEHOUSE_SSH_FORCED_H
#define GATEHOUSE_SSH_FORCED_H

#include "base/question_ssh.h"
#include "policy/ssh_certificate.h"

#define FORCED_FAILED 128 /* exit status when there is no answer */

/* ask.c: the question of this session, from the key or certificate and what sshd left in the
 * environment. False: it is neither. */
bool forced_question(const char *type, const char *base64, struct question_session *out);
/* A socket to the keeper; -1 with errno. */
int forced_connect(const char *path);

/* carry.c: standard input goes into `in`, what comes out of `out` to standard output,
 * until that ends. Both are closed then. True when anything came. */
bool forced_carry(int in, int out);

/* Bytes to a descriptor, all of them, or none any more. */
void forced_write(int fd, const char *data, size_t len);
void forced_say(const char *text);

#endif
