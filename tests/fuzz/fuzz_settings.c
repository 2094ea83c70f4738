/* Settings: the input as a file; its lines as flags and as the environment. */
#include "base/settings.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_LINES 64

struct all {
	char text[SETTINGS_TEXT], path[SETTINGS_TEXT];
	bool flag;
	int64_t count, bytes, time;
	struct settings_list list;
	char guard[16];
};

#define AT(member) offsetof(struct all, member)

static const struct setting table[] = {
        {"some-text", SETTING_TEXT, AT(text), 0, 0, "word", NULL, SETTING_LIVE},
        {"some-path", SETTING_PATH, AT(path), 0, 0, "/tmp", NULL, SETTING_LIVE},
        {"some-flag", SETTING_BOOL, AT(flag), 0, 0, "yes", NULL, SETTING_LIVE},
        {"count", SETTING_COUNT, AT(count), 1, 1000, "7", NULL, SETTING_LIVE},
        {"bytes", SETTING_BYTES, AT(bytes), 0, 0, "4k", NULL, SETTING_LIVE},
        {"time", SETTING_TIME, AT(time), 0, 0, "5m", NULL, SETTING_LIVE},
        {"list", SETTING_LIST, AT(list), 0, 0, "a, b", NULL, SETTING_LIVE},
        {NULL, SETTING_TEXT, 0, 0, 0, NULL, NULL, SETTING_LIVE},
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct all *all, int rc, const struct err *err)
{
	must(memchr(all->text, 0, sizeof(all->text)) != NULL);
	must(memchr(all->path, 0, sizeof(all->path)) != NULL);
	must(all->path[0] == '/' || all->path[0] == '\0');
	must(all->count >= 1 && all->count <= 1000 && all->bytes >= 0 && all->time >= 0);
	must(all->list.count <= SETTINGS_LIST);
	for (size_t i = 0; i < all->list.count; i++)
		must(all->list.items[i][0] != '\0' && memchr(all->list.items[i], 0, 256) != NULL);
	must(strcmp(all->guard, "guard") == 0);
	must(rc >= 0 || (err->code == rc && err->text[0] != '\0'));
	for (const char *p = err->text; *p != '\0'; p++)
		must((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void start(struct all *all)
{
	struct err err;

	*all = (struct all){.guard = "guard"};
	must(settings_defaults(table, all, &err) == 0);
}

static void as_file(const uint8_t *data, size_t size)
{
	struct all all;
	struct err err = {0};
	char path[64];
	int fd = memfd_create("settings", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	start(&all);
	check(&all, settings_file(table, &all, path, &err), &err);
	close(fd);
}

static void as_flags(char **lines, int count)
{
	struct all all;
	int i = 0;

	start(&all);
	while (i < count) {
		struct err err = {0};
		int before = i;
		int rc = settings_flag(table, &all, count, lines, &i, &err);

		check(&all, rc, &err);
		must(rc == 1 ? i > before && i <= count : i == before);
		i += rc != 1;
	}
}

static void as_environment(char **lines)
{
	static const char *const others[] = {"GATEHOUSE_OTHER", NULL};
	struct all all;
	struct err err = {0};

	start(&all);
	check(&all, settings_environment(table, &all, lines, others, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *lines[MOST_LINES + 1], *text = malloc(size + 1), *rest = text;
	int count = 0;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	while (rest != NULL && count < MOST_LINES)
		lines[count++] = strsep(&rest, "\n");
	lines[count] = NULL;
	as_file(data, size);
	as_flags(lines, count);
	as_environment(lines);
	free(text);
	return 0;
}
