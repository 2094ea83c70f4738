/* How much has piled up in a repository. */
#include "git/git.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 8 /* folders below refs/ that are looked into */

static DIR *open_folder(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

unsigned git_count_packs(const char *path, unsigned most)
{
	char folder[GIT_PATH];
	unsigned count = 0;
	struct dirent *e;

	snprintf(folder, sizeof(folder), "%s/objects/pack", path);
	DIR *dir = open_folder(AT_FDCWD, folder);
	if (!dir)
		return 0;
	while (count < most && (e = readdir(dir))) {
		size_t len = strlen(e->d_name);
		count += len > 5 && !strcmp(e->d_name + len - 5, ".pack");
	}
	closedir(dir);
	return count;
}

static unsigned count_files(int at, const char *name, unsigned most, int depth)
{
	unsigned count = 0;
	struct dirent *e;
	DIR *dir = depth > 0 ? open_folder(at, name) : NULL;

	if (!dir)
		return 0;
	while (count < most && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		if (e->d_type == DT_DIR)
			count += count_files(dirfd(dir), e->d_name, most - count, depth - 1);
		else
			count++;
	}
	closedir(dir);
	return count;
}

unsigned git_count_loose_refs(const char *path, unsigned most)
{
	char folder[GIT_PATH];

	snprintf(folder, sizeof(folder), "%s/refs", path);
	return count_files(AT_FDCWD, folder, most, DEPTH);
}

/* A packed ref that has a file as well was counted there. */
static bool packed_only(const char *path, const char *line)
{
	const char *name = strchr(line, ' ');
	char file[GIT_PATH + 300];

	if (!name || line[0] == '#' || line[0] == '^')
		return false;
	snprintf(file, sizeof(file), "%s/%.*s", path, (int)strcspn(name + 1, "\n"), name + 1);
	return access(file, F_OK) != 0;
}

size_t git_count_refs(const char *path)
{
	char name[GIT_PATH], *line = NULL;
	size_t room = 0, count = git_count_loose_refs(path, UINT32_MAX);

	snprintf(name, sizeof(name), "%s/packed-refs", path);
	FILE *f = fopen(name, "re");
	while (f && getline(&line, &room, f) > 0)
		count += packed_only(path, line);
	free(line);
	if (f)
		fclose(f);
	return count;
}
