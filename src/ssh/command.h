/* The line that a client asks to have run, by a closed grammar: a service of Git and one
 * path, written plainly or quoted as Git quotes for a shell. Nothing is ever run by a
 * shell; what does not fit is none of ours. */
#ifndef GATEHOUSE_SSH_COMMAND_H
#define GATEHOUSE_SSH_COMMAND_H

#include "policy/name.h"

enum ssh_verb {
	SSH_OTHER, /* no command of Git's, or not in its form */
	SSH_UPLOAD_PACK,
	SSH_RECEIVE_PACK,
	SSH_UPLOAD_ARCHIVE,
	SSH_LFS /* git-lfs-authenticate, git-lfs-transfer */
};

struct ssh_command {
	enum ssh_verb verb;
	/* "acme", "site" for a path of two parts, else ""; one byte more than a name has, so
	 * that one which is too long does not turn into another */
	char workspace[NAME_OWNER_SIZE + 1], repository[NAME_REPOSITORY_SIZE + 1];
	char path[NAME_PATH_SIZE]; /* all of it, without ".git"; "": too long, or none */
};

/* Any text. */
void ssh_command_read(const char *line, struct ssh_command *out);

#endif
