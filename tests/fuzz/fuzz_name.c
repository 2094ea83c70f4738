/* Any text as a name or a path: what is taken holds only what the rules allow. */
#include "policy/name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void check_path(const char *path)
{
	char workspace[NAME_OWNER_SIZE], repository[NAME_REPOSITORY_SIZE];

	if (policy_name_path(path, workspace, repository))
		return;
	must(strspn(workspace, LETTERS "-_") == strlen(workspace) && *workspace);
	must(strspn(repository, LETTERS "-_.") == strlen(repository) && *repository);
	must(*repository != '.' && *repository != '-');
	must(!policy_name_static(workspace, strlen(workspace)));
	must(strncmp(path, workspace, strlen(workspace)) == 0);
}

static void check_label(const char *text, size_t size)
{
	if (policy_name_label_fault(text, size))
		return;
	must(size > 0 && size <= 100);
	for (size_t i = 0; i < size; i++)
		must((unsigned char)text[i] >= 0x20 && text[i] != 0x7F);
}

/* What is taken is neither the server's own nor a repository's name. */
static void check_address(const char *path, size_t size)
{
	char workspace[NAME_OWNER_SIZE], repository[NAME_REPOSITORY_SIZE];

	if (policy_name_address_fault(path, size))
		return;
	must(size > 0 && size <= NAME_ADDRESS_MAX && strlen(path) == size);
	must(strspn(path, LETTERS "._~+@-/") == size);
	must(*path != '.' && *path != '-' && *path != '/' && path[size - 1] != '/');
	must(!strstr(path, "//") && !strstr(path, "/."));
	must(policy_name_path(path, workspace, repository) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *folded;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	check_path(text);
	check_address(text, size);
	check_label((const char *)data, size);
	must(policy_name_owner_fault((const char *)data, size) || size <= NAME_OWNER_MAX);
	must(policy_name_repository_fault((const char *)data, size) || size <= NAME_REPOSITORY_MAX);
	policy_name_static((const char *)data, size);
	folded = strdup(text);
	must(folded != NULL);
	policy_name_fold(folded);
	must(policy_name_equal(text, folded));
	free(folded);
	free(text);
	return 0;
}
