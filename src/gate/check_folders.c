/* Who may look into the data folder, who owns what in it, and room on its disk. */
#include "gate/check_int.h"

#include "base/size.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PART "folders"
#define ROOM_LEAST (INT64_C(1) << 30)   /* bytes */
#define ROOM_ENOUGH (INT64_C(20) << 30) /* then a small share is no fault */
#define SHARE_LEAST 5                   /* in a hundred */
#define INODES_LEAST 20000
#define WHO 128

/* The names behind the numbers, where they have some: "gatehouse:gatehouse". */
static void owner_words(const struct stat *st, char out[WHO])
{
	const struct passwd *p = getpwuid(st->st_uid);
	const struct group *g = getgrgid(st->st_gid);
	char user[24], group[24];

	gate_put(user, sizeof(user), "%u", (unsigned)st->st_uid);
	gate_put(group, sizeof(group), "%u", (unsigned)st->st_gid);
	gate_put(out, WHO, "%.60s:%.60s", p ? p->pw_name : user, g ? g->gr_name : group);
}

static void check_owner(const struct gate_check *c, const struct stat *data)
{
	const struct gate_settings *s = c->settings;
	const struct passwd *p = *s->run_as ? getpwnam(s->run_as) : NULL;
	char owner[WHO];
	struct check_mend m;

	owner_words(data, owner);
	if (*s->run_as && !p)
		check_say(c, GATE_FAULT, PART, check_mend(&m, "useradd --system %s", s->run_as),
		          "run-as names %s, and there is no such user", s->run_as);
	else if (p && p->pw_uid != data->st_uid)
		check_say(c, GATE_FAULT, PART,
		          check_mend(&m, "chown -R %s: %s", s->run_as, s->data),
		          "%s belongs to %s, and run-as is %s: the server can't write there",
		          s->data, owner, s->run_as);
	else if (data->st_uid == 0)
		check_say(c, GATE_FAULT, PART, check_mend(&m, "chown -R gatehouse: %s", s->data),
		          "%s belongs to root; the server never runs as root, so it can't write "
		          "there",
		          s->data);
	else
		check_say(c, GATE_WELL, PART, NULL, "%s, of %s", s->data, owner);
}

/* Whoever may write to a folder on the way can put another in its place. */
static void check_way(const struct gate_check *c)
{
	char part[SETTINGS_TEXT];
	struct check_mend m;
	struct stat st;

	gate_put(part, sizeof(part), "%s", c->settings->data);
	for (char *slash; (slash = strrchr(part, '/')) && slash != part;) {
		*slash = '\0';
		if (stat(part, &st) || !(st.st_mode & S_IWOTH) || st.st_mode & S_ISVTX)
			continue;
		check_say(c, GATE_FAULT, PART, check_mend(&m, "chmod o-w %s", part),
		          "everybody may write to %s (mode %03o), and so put another folder in the "
		          "place of %s",
		          part, (unsigned)st.st_mode & 07777, c->settings->data);
	}
}

/* One file or folder that must be of the data folder's owner, and closed. */
static void check_thing(const struct gate_check *c, const char *path, const struct stat *data,
                        mode_t closed)
{
	char owner[WHO];
	struct check_mend m;
	struct stat st;

	if (lstat(path, &st))
		return;
	if (st.st_uid != data->st_uid) {
		owner_words(data, owner);
		check_say(c, GATE_FAULT, PART, check_mend(&m, "chown -R %s %s", owner, path),
		          "%s belongs to another user than the data folder", path);
	}
	if (st.st_mode & closed)
		check_say(
		        c, GATE_FAULT, PART,
		        check_mend(&m, S_ISDIR(st.st_mode) ? "chmod 700 %s" : "chmod 600 %s", path),
		        "other users may %s %s (mode %03o)",
		        st.st_mode & closed & 022 ? "change" : "read", path,
		        (unsigned)st.st_mode & 07777);
}

static void check_things(const struct gate_check *c, const struct stat *data)
{
	static const char *const folders[] = {"repositories", "trash", "run"};
	static const char *const tails[] = {"", "-wal", "-shm"};
	char ledger[SETTINGS_TEXT + 32], path[SETTINGS_TEXT + 64];

	gate_settings_database(c->settings, ledger);
	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		gate_put(path, sizeof(path), "%s%s", ledger, tails[i]);
		check_thing(c, path, data, 077);
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		gate_put(path, sizeof(path), "%s/%s", c->settings->data, folders[i]);
		check_thing(c, path, data, 022);
	}
}

void check_disk(const struct gate_check *c, const char *path)
{
	char left[SIZE_TEXT], all[SIZE_TEXT];
	struct check_mend m;
	struct statvfs st;

	if (statvfs(path, &st) || !st.f_blocks)
		return;
	int64_t room = (int64_t)st.f_bavail * (int64_t)st.f_frsize;
	int64_t share = (int64_t)(st.f_bavail * 100 / st.f_blocks);
	bool little = room < ROOM_LEAST || (share < SHARE_LEAST && room < ROOM_ENOUGH);

	size_text(room, left);
	size_text((int64_t)st.f_blocks * (int64_t)st.f_frsize, all);
	check_say(c, little ? GATE_FAULT : GATE_WELL, "disk",
	          little ? check_mend(&m, "du -xh --max-depth=2 %s | sort -h | tail", path) : NULL,
	          "%s of %s free below %s%s", left, all, path,
	          little ? ": pushes will soon be refused" : "");
	if (st.f_files && st.f_favail < INODES_LEAST)
		check_say(c, GATE_FAULT, "disk", check_mend(&m, "df -i %s", path),
		          "%llu more files fit below %s, then every push is refused",
		          (unsigned long long)st.f_favail, path);
}

static void check_mode(const struct gate_check *c, const struct stat *data)
{
	struct check_mend m;

	if (data->st_mode & 077)
		check_say(c, GATE_FAULT, PART, check_mend(&m, "chmod 700 %s", c->settings->data),
		          "other users may look into %s (mode %03o): it holds everybody's "
		          "repositories, and the ledger",
		          c->settings->data, (unsigned)data->st_mode & 07777);
}

bool gate_check_folders(const struct gate_check *c)
{
	const char *data = c->settings->data;
	struct check_mend m;
	struct stat st = {0};
	int failed = stat(data, &st) ? errno : 0;

	if (failed || !S_ISDIR(st.st_mode)) {
		check_say(c, GATE_FAULT, PART,
		          check_mend(&m, "gatehouse --data %s user add NAME --admin", data),
		          "there is no data folder %s: %s", data,
		          failed ? strerror(failed) : "that is no folder");
		return false;
	}
	check_owner(c, &st);
	check_mode(c, &st);
	check_way(c);
	check_things(c, &st);
	check_disk(c, data);
	return true;
}
