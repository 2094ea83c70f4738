/* Making, naming and discarding repositories: a few small files, no program. */
#include "git/git_int.h"

#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID_LEN 32

static bool id_valid(const char *id)
{
	return strlen(id) == ID_LEN && strspn(id, "0123456789abcdef") == ID_LEN;
}

int git_repository_path(const char *data, const char *id, char out[GIT_PATH], struct err *err)
{
	int n;

	if (!id_valid(id))
		return err_set(err, ERR_INVALID, "no id of a repository");
	n = snprintf(out, GIT_PATH, "%s/repositories/%.2s/%s.git", data, id, id);
	if (n < 0 || n >= GIT_PATH)
		return err_set(err, ERR_LIMIT, "the path of the data folder is too long");
	return 0;
}

/* A value between quotes, as git's config wants it. */
static void add_value(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "\t%s = \"", key);
	for (const char *p = value; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *p);
	}
	buf_add_str(out, "\"\n");
}

/* A newline would start a line of its own in config: no name holds one. */
static bool value_valid(const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return true;
}

struct made {
	const char *id, *workspace, *name;
	bool sha256;
	const char *folder; /* NULL: it is no stand-in */
};

static int write_config(int dir, const struct made *m, struct err *err)
{
	struct buf text;
	int rc;

	buf_init(&text, 16384);
	buf_addf(&text,
	         "[core]\n\trepositoryformatversion = %d\n\tfilemode = true\n\tbare = true\n",
	         m->sha256 ? 1 : 0);
	if (m->sha256)
		buf_add_str(&text, "[extensions]\n\tobjectformat = sha256\n");
	buf_add_str(&text, "[gatehouse]\n");
	add_value(&text, "workspace", m->workspace);
	add_value(&text, "name", m->name);
	add_value(&text, "id", m->id);
	if (m->folder)
		add_value(&text, "folder", m->folder);
	rc = text.failed ? err_set(err, text.failed, "the names are too long for config")
	                 : file_make(dir, "config", text.data, text.len, err);
	buf_clear(&text);
	return rc;
}

static int make_folders(int dir, struct err *err)
{
	static const char *const folders[] = {"objects", "objects/info", "objects/pack",
	                                      "refs",    "refs/heads",   "refs/tags"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdirat(dir, folders[i], 0700) < 0)
			return err_system(err, errno, "can't make the folder %s", folders[i]);
	for (size_t i = sizeof(folders) / sizeof(folders[0]); i-- > 0;) {
		int rc = file_sync_dir(dir, folders[i], err);

		if (rc)
			return rc;
	}
	return 0;
}

static int fill_repository(int parent, const char *temp, const struct made *m, struct err *err)
{
	static const char head[] = "ref: refs/heads/main\n";
	int dir, rc;

	if (mkdirat(parent, temp, 0700) < 0)
		return err_system(err, errno, "can't make a folder for the repository");
	dir = file_open_dir(parent, temp, err);
	if (dir < 0)
		return dir;
	rc = make_folders(dir, err);
	if (!rc)
		rc = file_make(dir, "HEAD", head, sizeof(head) - 1, err);
	if (!rc)
		rc = write_config(dir, m, err);
	if (!rc)
		rc = file_sync_dir(dir, ".", err);
	close(dir);
	return rc;
}

/* A folder is renamed over an empty one without a word, so the target must be
 * absent: RENAME_NOREPLACE makes that one step. */
static int put_in_place(int parent, const char *temp, const char *target, struct err *err)
{
	if (renameat2(parent, temp, parent, target, RENAME_NOREPLACE) == 0)
		return file_sync_dir(parent, ".", err);
	if (errno == EINVAL || errno == ENOSYS) { /* a file system without it */
		struct stat st;

		if (fstatat(parent, target, &st, AT_SYMLINK_NOFOLLOW) == 0)
			errno = EEXIST;
		else if (renameat(parent, temp, parent, target) == 0)
			return file_sync_dir(parent, ".", err);
	}
	return err_system(err, errno, "can't put the repository %s in its place", target);
}

/* Opens <data>/<top>[/<sub>], making what is missing, parents synced. */
static int open_made(const char *data, const char *top, const char *sub, struct err *err)
{
	const char *const parts[] = {top, sub};
	int at = file_open_dir(AT_FDCWD, data, err);

	for (size_t i = 0; at >= 0 && i < 2 && parts[i]; i++) {
		int next, rc = 0;

		if (mkdirat(at, parts[i], 0700) == 0)
			rc = file_sync_dir(at, ".", err);
		else if (errno != EEXIST)
			rc = err_system(err, errno, "can't make the folder %s", parts[i]);
		next = rc ? rc : file_open_dir(at, parts[i], err);
		close(at);
		at = next;
	}
	return at;
}

static int make(const char *data, struct made m, const char *format, struct err *err)
{
	char temp[64], target[64], tail[13], shard[3] = {0};
	int parent, rc;

	m.sha256 = strcmp(format, "sha256") == 0;
	if (!id_valid(m.id) || !value_valid(m.workspace) || !value_valid(m.name) ||
	    (m.folder && !value_valid(m.folder)))
		return err_set(err, ERR_INVALID, "no id or name of a repository");
	if (!m.sha256 && strcmp(format, "sha1") != 0)
		return err_set(err, ERR_INVALID, "no object format is called that");
	memcpy(shard, m.id, 2);
	parent = open_made(data, "repositories", shard, err);
	if (parent < 0)
		return parent;
	random_reference(tail, sizeof(tail) - 1);
	snprintf(temp, sizeof(temp), ".new-%s", tail);
	snprintf(target, sizeof(target), "%s.git", m.id);
	rc = fill_repository(parent, temp, &m, err);
	if (!rc)
		rc = put_in_place(parent, temp, target, err);
	if (rc)
		file_remove_tree(parent, temp, 4);
	close(parent);
	return rc;
}

int git_repository_make(const char *data, const char *id, const char *workspace, const char *name,
                        const char *format, struct err *err)
{
	return make(data, (struct made){.id = id, .workspace = workspace, .name = name}, format,
	            err);
}

int git_repository_stand_in(const char *data, const char *id, const char *workspace,
                            const char *name, const char *format, const char *folder,
                            struct err *err)
{
	return make(data,
	            (struct made){.id = id, .workspace = workspace, .name = name, .folder = folder},
	            format, err);
}

void git_repository_remove_all(const char *data)
{
	int dir = file_open_dir(AT_FDCWD, data, NULL);

	if (dir < 0)
		return;
	file_remove_tree(dir, "repositories", 8);
	close(dir);
}

/* From its place to <data>/trash/<grave>. */
static int bury(const char *data, const char *id, const char *grave, struct err *err)
{
	char target[64], shard[3] = {0};
	int from, to, rc = 0;

	memcpy(shard, id, 2);
	snprintf(target, sizeof(target), "%s.git", id);
	to = open_made(data, "trash", NULL, err);
	if (to < 0)
		return to;
	from = open_made(data, "repositories", shard, err);
	if (from < 0) {
		close(to);
		return from;
	}
	if (renameat(from, target, to, grave) < 0)
		rc = err_system(err, errno, "can't move %s to the trash", target);
	if (!rc)
		rc = file_sync_dir(to, ".", err);
	if (!rc)
		rc = file_sync_dir(from, ".", err);
	close(from);
	close(to);
	return rc;
}

int git_repository_discard(const char *data, const char *id, int64_t now, struct err *err)
{
	char grave[96];

	if (!id_valid(id))
		return err_set(err, ERR_INVALID, "no id of a repository");
	snprintf(grave, sizeof(grave), "%s-%lld.git", id, (long long)now);
	return bury(data, id, grave, err);
}

int git_repository_expire(const char *data, const char *id, struct err *err)
{
	char grave[96];

	if (!id_valid(id))
		return err_set(err, ERR_INVALID, "no id of a repository");
	snprintf(grave, sizeof(grave), "%s.gone", id);
	int rc = bury(data, id, grave, err);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* -- the names in config -- */

static size_t line_length(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl ? (size_t)(nl + 1 - p) : (size_t)(end - p);
}

static bool key_is(const char *line, size_t len, const char *key)
{
	size_t n = strlen(key), i = strspn(line, " \t");

	return i + n < len && strncasecmp(line + i, key, n) == 0 && strchr(" \t=\n", line[i + n]);
}

/* Copies config without the old names; *found is set once the new ones stand
 * behind the section's head. */
static void rewrite_config(struct buf *out, const struct buf *in, const struct made *m, bool *found)
{
	const char *p = buf_str(in), *end = p + in->len;
	bool inside = false, drop = false;

	for (size_t len; p < end; p += len) {
		size_t start = strspn(p, " \t");

		len = line_length(p, end);
		if (drop) { /* the dropped line went on here */
			drop = len >= 2 && p[len - 2] == '\\';
			continue;
		}
		if (p[start] == '[')
			inside = strncasecmp(p + start, "[gatehouse]", 11) == 0;
		if (inside && (key_is(p, len, "workspace") || key_is(p, len, "name"))) {
			drop = len >= 2 && p[len - 2] == '\\';
			continue;
		}
		buf_add(out, p, len);
		if (!inside || p[start] != '[' || *found)
			continue;
		if (p[len - 1] != '\n')
			buf_add_char(out, '\n');
		add_value(out, "workspace", m->workspace);
		add_value(out, "name", m->name);
		*found = true;
	}
}

static int rename_in(int dir, const struct made *m, struct err *err)
{
	struct buf in, out;
	bool found = false;
	int rc;

	buf_init(&in, FILE_READ_MAX + 4096);
	buf_init(&out, FILE_READ_MAX + 16384);
	rc = file_read(dir, "config", &in, err);
	if (!rc) {
		rewrite_config(&out, &in, m, &found);
		if (!found) {
			if (out.len && out.data[out.len - 1] != '\n')
				buf_add_char(&out, '\n');
			buf_add_str(&out, "[gatehouse]\n");
			add_value(&out, "workspace", m->workspace);
			add_value(&out, "name", m->name);
		}
		if (out.failed)
			rc = err_set(err, out.failed, "config is too large");
		else if (out.len != in.len || memcmp(out.data, in.data, in.len))
			rc = file_replace(dir, "config", out.data, out.len, err);
	}
	buf_clear(&in);
	buf_clear(&out);
	return rc;
}

int git_repository_rename(const char *path, const char *workspace, const char *name,
                          struct err *err)
{
	struct made m = {.workspace = workspace, .name = name};
	int dir, rc;

	if (!value_valid(workspace) || !value_valid(name))
		return err_set(err, ERR_INVALID, "no name of a repository");
	dir = file_open_dir(AT_FDCWD, path, err);
	if (dir < 0)
		return dir;
	rc = rename_in(dir, &m, err);
	close(dir);
	return rc;
}
