/* How backups are called, and what their manifest says. */
#include "gate/backup_int.h"

#include "base/clock.h"
#include "base/version.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT 1
#define MANIFEST "manifest.json"
#define MANIFEST_MOST 4096

void backup_name(int64_t when, unsigned again, char out[BACKUP_NAME])
{
	char text[CLOCK_TEXT];
	size_t n = 0;

	clock_rfc3339(when, text);
	for (const char *p = text; *p; p++)
		if (*p != ':')
			out[n++] = *p;
	out[n] = 0;
	if (again)
		snprintf(out + n, BACKUP_NAME - n, "-%02u", again + 1);
}

bool backup_is_name(const char *name)
{
	return strlen(name) >= 18 && strspn(name, "0123456789-TZ") == strlen(name) &&
	       name[10] == 'T' && name[17] == 'Z';
}

void backup_place(const char *id, char *shard, size_t shard_size, char *name, size_t name_size,
                  char *place, size_t place_size)
{
	snprintf(shard, shard_size, "repositories/%.2s", id);
	snprintf(name, name_size, "%s.git", id);
	snprintf(place, place_size, "repositories/%.2s/%s.git", id, id);
}

int backup_each(int dir, int (*each)(void *, const char *name), void *arg, struct err *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (!list) {
		rc = err_system(err, errno, "can't read the folder of backups");
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (!rc && (e = readdir(list)))
		rc = each(arg, e->d_name);
	closedir(list);
	return rc;
}

struct search {
	int dir;
	const char *than;
	char best[BACKUP_NAME];
	size_t count;
};

static int look_at(void *arg, const char *name)
{
	struct search *s = arg;
	char path[BACKUP_NAME + 32];
	struct stat st;

	if (!backup_is_name(name) || strlen(name) >= BACKUP_NAME || strcmp(name, s->than) <= 0)
		return 0;
	snprintf(path, sizeof(path), "%s/" MANIFEST, name);
	if (fstatat(s->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	s->count++;
	if (strcmp(name, s->best) > 0)
		memcpy(s->best, name, strlen(name) + 1);
	return 0;
}

bool backup_newest(int dir, char out[BACKUP_NAME])
{
	struct search s = {.dir = dir, .than = ""};

	backup_each(dir, look_at, &s, NULL);
	memcpy(out, s.best, sizeof(s.best));
	return s.count > 0;
}

void backup_count_newer(int dir, const char *name, size_t *out)
{
	struct search s = {.dir = dir, .than = name};

	backup_each(dir, look_at, &s, NULL);
	*out = s.count;
}

int backup_manifest_write(int made, const struct gate_backup_done *done, struct err *err)
{
	char when[CLOCK_TEXT];
	json_t *json = json_pack(
	        "{s:i, s:s, s:s, s:i, s:I, s:I, s:I, s:I, s:I}", "format", FORMAT, "made",
	        clock_rfc3339(clock_now(), when), "program", GATEHOUSE_VERSION, "schema",
	        store_schema, "repositories", (json_int_t)done->repositories, "refs",
	        (json_int_t)done->refs, "left_out", (json_int_t)done->left_out, "damaged",
	        (json_int_t)done->damaged, "bytes", (json_int_t)(done->bytes + done->linked_bytes));
	int fd = openat(made, MANIFEST, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc = 0;

	if (!json)
		rc = err_set(err, ERR_MEMORY, "out of memory");
	else if (fd < 0)
		rc = err_system(err, errno, "can't write the manifest");
	else if (json_dumpfd(json, fd, JSON_INDENT(2)) < 0 || write(fd, "\n", 1) != 1)
		rc = err_system(err, errno, "can't write the manifest");
	if (fd >= 0)
		close(fd);
	json_decref(json);
	return rc;
}

static int take_manifest(const json_t *json, struct gate_backup_look *out, struct err *err)
{
	json_int_t repositories, refs, bytes;
	const char *made, *program;
	json_error_t fault;
	int format, schema;

	if (json_unpack_ex((json_t *)json, &fault, 0, "{s:i, s:s, s:s, s:i, s:I, s:I, s:I}",
	                   "format", &format, "made", &made, "program", &program, "schema", &schema,
	                   "repositories", &repositories, "refs", &refs, "bytes", &bytes))
		return err_set(err, ERR_INVALID, MANIFEST " is none of a backup: %.120s",
		               fault.text);
	if (format > FORMAT || schema > store_schema)
		return err_set(err, ERR_NEWER,
		               "it was made by a newer version of Gatehouse (%.20s)", program);
	gate_put(out->made, sizeof(out->made), "%s", made);
	gate_put(out->program, sizeof(out->program), "%s", program);
	out->repositories = (size_t)repositories;
	out->refs = (size_t)refs;
	out->bytes = bytes;
	return 0;
}

int backup_manifest_read(int dir, struct gate_backup_look *out, struct err *err)
{
	int fd = openat(dir, MANIFEST, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc;
	char text[MANIFEST_MOST];
	ssize_t n;
	json_t *json;

	if (fd < 0)
		return err_system(err, errno, "can't read " MANIFEST);
	n = read(fd, text, sizeof(text));
	close(fd);
	json = json_loadb(text, n > 0 ? (size_t)n : 0, 0, NULL);
	rc = json ? take_manifest(json, out, err)
	          : err_set(err, ERR_INVALID, MANIFEST " is damaged");
	json_decref(json);
	return rc;
}
