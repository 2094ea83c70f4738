/* The small static program between the keeper and git. It has three roles:
 *
 *   gatehouse-box run OPTION… -- PROGRAM NAME ARGUMENT…
 *                       locks itself in, then becomes PROGRAM (box_launch);
 *   pre-receive         asks the keeper about a push (box_hook);
 *   update, post-receive, post-update
 *                       runs the hook of that name that lies in the repository, where
 *                       the operator allowed it (box_theirs);
 *   gatehouse-pack …    prints the notice, then becomes git (box_pack).
 *
 * It is static because it is started for every fetch and push: no loader, no
 * libraries, under a millisecond. Nothing here allocates.
 */
#ifndef GATEHOUSE_GIT_BOX_BOX_H
#define GATEHOUSE_GIT_BOX_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit status of a box that could not be closed: git itself never ran. */
#define BOX_FAILED 125

/* The launcher's options, KEY=VALUE; what may come again says so.
 *   parent=PID   who started it; a box whose starter is gone ends
 *   landlock=N   the kernel's ABI, 0: none
 *   filter=FD    the system call filter in a memory file
 *   keep=FD      one more descriptor that stays open (the hook channel)
 *   memory=N cpu=N file=N   rlimits, in bytes and seconds
 *   umask=N      of what it makes; 63 (077) where it is not given
 *   run=PATH     may be read and executed (again)
 *   read=PATH    may be read; must be there (again)
 *   perhaps=PATH the same, if it is there (again)
 *   device=PATH  may be read and written, a file (again)
 *   write=PATH   may be read and changed, a folder (again)
 *   tree=PATH    may be read and executed, a folder, if it is there (again)
 */
#define BOX_PATHS 64
enum box_right { BOX_RUN, BOX_READ, BOX_PERHAPS, BOX_DEVICE, BOX_WRITE, BOX_TREE };
struct box {
	int64_t parent, landlock, filter, keep, memory, cpu, file, umask;
	unsigned npaths;
	struct {
		enum box_right right;
		const char *path;
	} paths[BOX_PATHS];
	char **program; /* PROGRAM NAME ARGUMENT… NULL */
};

/* What a closed box does; never returns. box_launch's is execve. */
typedef void (*box_then)(char **program);

int box_launch(int argc, char **argv, box_then then);
void box_exec(char **program);
/* 0, or -1 after saying why. */
int box_landlock(const struct box *b);
int box_hook(void);
/* Becomes the repository's own hook of this name; 0 when there is none. */
int box_theirs(const char *name, char **argv);
/* The list of refs, kept for the repository's own pre-receive. */
struct box_kept {
	char *bytes;
	size_t len, size;
};
int box_kept_add(struct box_kept *k, const char *bytes, size_t len);
/* Runs it with that list: 0 when it says yes, or there is none. */
int box_their_pre_receive(const struct box_kept *k);
int box_pack(char **argv);

/* Prints "gatehouse-box: what: why" and returns -1; errnum 0: no why. */
int box_say(const char *what, int errnum);
/* Prints the lines of the variable, if it is set, on standard error. */
void box_notice(void);
void box_print(const char *text);

#endif
