/* Any command line: what is read as Git's names one path, without control characters,
 * and no part of it could leave a folder. */
#include "ssh/command.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_text(const char *text)
{
	for (; *text; text++)
		must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check(const struct ssh_command *c)
{
	size_t workspace = strlen(c->workspace), len = strlen(c->path);

	must(c->verb >= SSH_OTHER && c->verb <= SSH_LFS);
	must(c->verb != SSH_OTHER || (!workspace && !*c->repository && !len));
	must(!strchr(c->workspace, '/') && !strchr(c->repository, '/'));
	must(!workspace == !*c->repository);
	must(*c->path != '/' && !strstr(c->path, "//"));
	must(!len || c->path[len - 1] != '/');
	check_text(c->workspace);
	check_text(c->repository);
	check_text(c->path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	struct ssh_command c;

	must(line != NULL);
	memcpy(line, data, size);
	line[size] = '\0';
	ssh_command_read(line, &c);
	check(&c);
	free(line);
	return 0;
}
