/* The repositories of a data folder, each with what it says of itself. */
#include "gate/rebuild_int.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct rebuild_one *add(struct rebuild_all *l)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		void *more = realloc(l->all, room * sizeof(*l->all));
		if (!more)
			return NULL;
		l->all = more;
		l->room = room;
	}
	memset(&l->all[l->count], 0, sizeof(l->all[0]));
	return &l->all[l->count++];
}

static int64_t time_of(const char *path, const char *part)
{
	char full[GIT_PATH + 32];
	struct stat st;

	gate_put(full, sizeof(full), "%s/%s", path, part);
	return stat(full, &st) ? 0 : st.st_mtime;
}

/* A push leaves its time in one of these. */
static int64_t changed(const char *path)
{
	static const char *const parts[] = {"objects/pack", "objects", "refs/heads", "packed-refs"};
	int64_t newest = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int64_t one = time_of(path, parts[i]);
		newest = one > newest ? one : newest;
	}
	return newest;
}

static void read_one(const struct gate_rebuild *ask, struct rebuild_one *r)
{
	struct git_names names;
	struct err why = {0};
	bool born = false;

	r->changed = changed(r->path);
	if (!time_of(r->path, "HEAD") || !time_of(r->path, "objects") ||
	    !time_of(r->path, "refs")) {
		r->unread = true;
		gate_put(r->why, sizeof(r->why),
		         "it is no repository: HEAD, objects or refs are missing");
		return;
	}
	if (git_names_read(ask->host, r->path, &names, &why)) {
		r->unread = true;
		gate_put(r->why, sizeof(r->why), "%s", why.text);
		return;
	}
	gate_put(r->workspace, sizeof(r->workspace), "%s", names.workspace);
	gate_put(r->name, sizeof(r->name), "%s", names.name);
	gate_put(r->format, sizeof(r->format), "%s", names.format);
	gate_put(r->folder, sizeof(r->folder), "%s", names.folder);
	if (*names.id && strcmp(names.id, r->id) != 0)
		gate_put(r->why, sizeof(r->why), "its config says that it is a copy of %.40s",
		         names.id);
	const char *where = *r->folder ? r->folder : r->path;
	r->changed = changed(where);
	if (git_head_get(where, r->branch, sizeof(r->branch), &born, NULL) || !born)
		r->branch[0] = '\0';
}

static int shelf(const struct gate_rebuild *ask, struct rebuild_all *l, const char *path,
                 struct err *err)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int rc = 0;

	while (dir && !rc && (e = readdir(dir))) {
		char id[STORE_ID];
		struct rebuild_one *r;

		if (!gate_folder_id(e->d_name, id))
			continue;
		r = add(l);
		if (!r) {
			rc = err_set(err, ERR_MEMORY, "out of memory");
			break;
		}
		memcpy(r->id, id, sizeof(id));
		rc = git_repository_path(ask->settings->data, id, r->path, err);
		if (!rc)
			read_one(ask, r);
	}
	if (dir)
		closedir(dir);
	return rc;
}

int rebuild_find(const struct gate_rebuild *ask, struct rebuild_all *l, struct err *err)
{
	static const char digits[] = "0123456789abcdef";
	char path[SETTINGS_TEXT + 24];
	int rc = 0;

	for (unsigned i = 0; i < 256 && !rc; i++) {
		gate_put(path, sizeof(path), "%s/repositories/%c%c", ask->settings->data,
		         digits[i >> 4], digits[i & 15]);
		rc = shelf(ask, l, path, err);
	}
	return rc;
}
