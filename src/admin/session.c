/* As whom a command runs, on which ledger. */
#include "admin/admin_int.h"
#include "git/git.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "operator ann": who sits at the keyboard. sudo's word is believed only where
 * root is what it made of them; anybody can set a variable. */
static void actor_find(char out[STORE_LABEL])
{
	const char *name = getuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *pw = getpwuid(getuid());

	if (name && policy_name_label_fault(name, strlen(name)))
		name = NULL;
	if (!name && pw)
		name = pw->pw_name;
	if (name)
		snprintf(out, STORE_LABEL, "operator %.100s", name);
	else
		snprintf(out, STORE_LABEL, "operator uid %u", (unsigned)getuid());
}

/* The folder itself, or its nearest parent that exists. */
static int nearest_stat(const char *path, struct stat *st)
{
	char part[SETTINGS_TEXT];
	snprintf(part, sizeof(part), "%s", path);
	for (;;) {
		char *slash;
		if (!stat(part, st))
			return 0;
		slash = strrchr(part, '/');
		if ((errno != ENOENT && errno != ENOTDIR) || !slash)
			return -1;
		slash[slash == part] = 0;
		if (slash == part)
			return stat("/", st);
	}
}

/* Root becomes the owner of the folder, so that no file in it ever belongs to
 * root while the server runs as somebody else. */
static int become_owner(const char *data, struct err *err)
{
	struct stat st;
	const struct passwd *pw;
	gid_t gid;

	if (geteuid() != 0)
		return 0;
	if (nearest_stat(data, &st))
		return err_system(err, errno, "can't look at the data folder %s", data);
	if (st.st_uid == 0)
		return 0;
	pw = getpwuid(st.st_uid);
	gid = pw ? pw->pw_gid : st.st_gid;
	if ((pw ? initgroups(pw->pw_name, gid) : setgroups(1, &gid)) || setgid(gid) ||
	    setuid(st.st_uid))
		return err_system(err, errno, "can't become the owner of %s", data);
	if (pw && pw->pw_dir)
		setenv("HOME", pw->pw_dir, 1);
	return 0;
}

/* What may lie in a folder that is to become a data folder. */
static bool may_stay(const char *name)
{
	const char *dot = strrchr(name, '.');
	return name[0] == '.' || !strcmp(name, "lost+found") || !strcmp(name, "run") ||
	       (dot && (!strcmp(dot, ".ini") || !strcmp(dot, ".pem")));
}

static int folder_fit(const char *data, struct err *err)
{
	struct dirent *e;
	int rc = 0;
	DIR *dir = opendir(data);

	if (!dir)
		return errno == ENOENT ? 0
		                       : err_system(err, errno, "can't read the folder %s", data);
	while (!rc && (e = readdir(dir)))
		if (!may_stay(e->d_name))
			rc = err_set(err, ERR_EXISTS,
			             "%s holds no ledger but other things (%.60s): is it the right "
			             "folder? A new data folder must be empty",
			             data, e->d_name);
	closedir(dir);
	return rc;
}

static int ledger_check(struct admin *a, struct err *err)
{
	char path[SETTINGS_TEXT + 32];
	struct stat st;

	if (!stat(gate_settings_database(&a->settings, path), &st))
		return 0;
	if (errno != ENOENT && errno != ENOTDIR)
		return err_system(err, errno,
		                  "can't reach the ledger %s; run the command as the owner of the "
		                  "data folder, or with sudo",
		                  path);
	if (!(a->command->traits & ADMIN_MAKES))
		return err_set(
		        err, ERR_NOT_FOUND,
		        "there is no ledger at %s; `gatehouse --data %s user add NAME` makes one",
		        path, a->settings.data);
	return folder_fit(a->settings.data, err);
}

int admin_become_owner(struct admin *a)
{
	actor_find(a->gate.actor);
	return become_owner(a->settings.data, &a->err);
}

int admin_open(struct admin *a)
{
	char actor[STORE_LABEL];
	bool write = a->command->traits & ADMIN_WRITES;

	actor_find(actor);
	umask(077);
	int rc = become_owner(a->settings.data, &a->err);
	if (!rc)
		rc = ledger_check(a, &a->err);
	if (!rc)
		rc = gate_open(&a->gate, &a->settings, write ? STORE_WRITE : STORE_READ, &a->err);
	if (!rc)
		memcpy(a->gate.actor, actor, sizeof(actor));
	return rc;
}

bool admin_run_line(const struct admin *a, const char *name, const char *start,
                    char out[SETTINGS_TEXT])
{
	char path[SETTINGS_TEXT + 32], line[256];
	ssize_t got;

	snprintf(path, sizeof(path), "%s/run/%s", a->settings.data, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	got = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (got <= 0)
		return false;
	line[got] = 0;
	line[strcspn(line, "\r\n")] = 0;
	for (const char *p = line; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p > '~' || strchr("'\"\\$`", *p))
			return false;
	if (strncmp(line, start, strlen(start)) != 0)
		return false;
	snprintf(out, SETTINGS_TEXT, "%s", line);
	return true;
}

bool admin_base_url(const struct admin *a, char out[SETTINGS_TEXT])
{
	bool known = true;

	if (*a->settings.base_url)
		snprintf(out, SETTINGS_TEXT, "%s", a->settings.base_url);
	else
		known = admin_run_line(a, "address", "http", out);
	if (!known)
		snprintf(out, SETTINGS_TEXT, "http://YOUR-SERVER");
	for (size_t len = strlen(out); len && out[len - 1] == '/';)
		out[--len] = 0;
	return known;
}

int admin_host_open(struct git_host *host, struct err *err)
{
	char programs[GIT_PATH], box[GIT_PATH + 16];
	int rc = git_programs_find(programs, sizeof(programs), err);

	if (rc)
		return rc;
	snprintf(box, sizeof(box), "%s/gatehouse-box", programs);
	return git_host_init(host, box, NULL, err);
}
