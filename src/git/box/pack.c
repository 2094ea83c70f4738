/* uploadpack.packObjectsHook: says something where a pack flows (git shows it
 * as `remote:`), then makes the pack as git would have done. */
#include "git/box/box.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int box_pack(char **argv)
{
	const char *git = getenv("GATEHOUSE_GIT");

	box_notice();
	unsetenv("GATEHOUSE_NOTICE");
	if (!git || git[0] != '/' || !argv[1] || strcmp(argv[1], "git") != 0) {
		box_say("this program is started by gatehouse, not by hand", 0);
		return BOX_FAILED;
	}
	execve(git, argv + 1, environ);
	box_say(git, errno);
	return BOX_FAILED;
}
