#include "git/box/box.h"

#include <string.h>

static const char *const theirs[] = {"update", "post-receive", "post-update"};

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;

	if (argc < 1)
		return BOX_FAILED;
	name = name ? name + 1 : argv[0];
	if (strcmp(name, "pre-receive") == 0)
		return box_hook();
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		if (strcmp(name, theirs[i]) == 0)
			return box_theirs(name, argv);
	if (strcmp(name, "gatehouse-pack") == 0)
		return box_pack(argv);
	if (strcmp(name, "gatehouse-none") == 0)
		return 0; /* in the place of core.alternateRefsCommand: names no refs */
	if (argc > 1 && strcmp(argv[1], "run") == 0)
		return box_launch(argc - 2, argv + 2, box_exec);
	box_say("this program is started by gatehouse, not by hand", 0);
	return BOX_FAILED;
}
