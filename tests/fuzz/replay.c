/* Runs a fuzz harness over files: the seeds, in every test run.
 *
 * usage: replay_NAME FILE-OR-FOLDER...
 * Fails when there is no seed, so that a moved folder does not pass unseen. A
 * harness that finds a fault aborts, which ends this program. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what, const char *path)
{
	printf("not ok 1 - fuzz %s: %s %s\n", FUZZ_NAME, what, path);
	exit(1);
}

/* The input gets memory of exactly its size: a sanitizer sees one byte more. */
static void replay_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size > 0 ? size : 1);
	FILE *file = fopen(path, "rb");

	if (data == NULL || file == NULL || fread(data, 1, size, file) != size)
		die("cannot read", path);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static unsigned replay_path(const char *path);

static unsigned replay_folder(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	unsigned done = 0;

	if (count < 0)
		die("cannot read", path);
	for (int i = 0; i < count; i++) {
		char inner[4096];

		snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			done += replay_path(inner);
		free(entries[i]);
	}
	free(entries);
	return done;
}

static unsigned replay_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		die("there is no", path);
	if (S_ISDIR(st.st_mode))
		return replay_folder(path);
	replay_file(path, (size_t)st.st_size);
	return 1;
}

int main(int argc, char **argv)
{
	unsigned done = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..1\n");
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		done += replay_path(argv[i]);
	if (done == 0)
		die("no seeds in", argc > 1 ? argv[1] : "the arguments");
	printf("ok 1 - fuzz %s: %u seeds replayed\n", FUZZ_NAME, done);
	return 0;
}
