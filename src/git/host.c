/* What this machine has: git, its box, and what the kernel can lock. */
#include "git/git_int.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR_LANDLOCK_CREATE 444
#define OLDEST_MAJOR 2
#define OLDEST_MINOR 36

/* Names that the box answers to; see box/box.h. */
static const char *const hook_table[] = {"pre-receive", "gatehouse-pack", "gatehouse-none", NULL};
/* Under these it runs what lies in a repository. */
static const char *const their_table[] = {"pre-receive", "update",         "post-receive",
                                          "post-update", "gatehouse-pack", "gatehouse-none",
                                          NULL};

static int find_git(char out[GIT_PATH], struct err *err)
{
	const char *path = getenv("PATH");

	if (!path || !*path)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path) {
		size_t len = strcspn(path, ":");
		char name[GIT_PATH];
		int n = snprintf(name, sizeof(name), "%.*s/git", (int)len, path);

		/* Relative parts of PATH would depend on where we were started. */
		if (n > 0 && (size_t)n < sizeof(name) && name[0] == '/' && len > 0 &&
		    access(name, X_OK) == 0 && realpath(name, out))
			return 0;
		path += len + (path[len] == ':');
	}
	return err_set(err, ERR_NOT_FOUND, "there is no git in PATH; install it");
}

/* Reads one line that git prints. */
static int ask_git(const char *git, const char *question, char *out, size_t size, struct err *err)
{
	char *const args[] = {(char *)"git", (char *)question, NULL};
	char *const env[] = {(char *)"LC_ALL=C", (char *)"HOME=/nonexistent",
	                     (char *)"GIT_CONFIG_NOSYSTEM=1", (char *)"GIT_CONFIG_GLOBAL=/dev/null",
	                     NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], status = 0, rc;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_system(err, errno, "can't make a pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	rc = posix_spawn(&pid, git, &actions, NULL, args, env);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while (rc == 0 && len + 1 < size && (n = read(ends[0], out + len, size - 1 - len)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	close(ends[0]);
	out[len] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (rc)
		return err_system(err, rc, "can't start %s", git);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0 || out[0] == '\0')
		return err_set(err, ERR_INVALID, "%s %s failed", git, question);
	return 0;
}

static int check_version(struct git_host *h, struct err *err)
{
	static const char start[] = "git version ";
	char line[256];
	int rc = ask_git(h->git, "--version", line, sizeof(line), err), major, minor;

	if (rc)
		return rc;
	if (strncmp(line, start, sizeof(start) - 1) != 0 ||
	    sscanf(line + sizeof(start) - 1, "%d.%d", &major, &minor) != 2)
		return err_set(err, ERR_INVALID, "%s does not say its version", h->git);
	snprintf(h->version, sizeof(h->version), "%.63s", line + sizeof(start) - 1);
	if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))
		return err_set(err, ERR_INVALID, "git %s is too old: %d.%d or newer is needed",
		               h->version, OLDEST_MAJOR, OLDEST_MINOR);
	return 0;
}

static int find_exec_path(struct git_host *h, struct err *err)
{
	char line[GIT_PATH];
	int rc = ask_git(h->git, "--exec-path", line, sizeof(line), err);

	if (rc)
		return rc;
	return realpath(line, h->exec_path) ? 0
	                                    : err_system(err, errno, "git's programs at %s", line);
}

/* The interpreter of a dynamic program stands in its program headers: the box
 * must let the kernel execute it. A static git has none. */
static int find_loader(struct git_host *h, struct err *err)
{
	int fd = open(h->git, O_RDONLY | O_CLOEXEC);
	ElfW(Ehdr) head;
	ElfW(Phdr) part;
	int rc = 0;

	if (fd < 0)
		return err_system(err, errno, "can't read %s", h->git);
	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_phentsize != sizeof(part))
		rc = err_set(err, ERR_INVALID, "%s is no program of this machine (a script?)",
		             h->git);
	for (unsigned i = 0; !rc && i < head.e_phnum; i++) {
		char name[GIT_PATH] = "";

		if (pread(fd, &part, sizeof(part), (off_t)(head.e_phoff + i * sizeof(part))) !=
		    (ssize_t)sizeof(part))
			break;
		if (part.p_type != PT_INTERP || part.p_filesz >= sizeof(name))
			continue;
		if (pread(fd, name, part.p_filesz, (off_t)part.p_offset) !=
		            (ssize_t)part.p_filesz ||
		    !realpath(name, h->loader))
			rc = err_set(err, ERR_INVALID, "can't find the loader of %s", h->git);
		break;
	}
	close(fd);
	return rc;
}

/* One link, put in its place in one step: a running push must never see none,
 * since git takes a missing hook for permission. */
static int make_hook(int dir, const char *name, const char *box, struct err *err)
{
	char temp[64], have[GIT_PATH];
	ssize_t n = readlinkat(dir, name, have, sizeof(have));

	if (n == (ssize_t)strlen(box) && memcmp(have, box, (size_t)n) == 0)
		return 0;
	snprintf(temp, sizeof(temp), ".%s.%d", name, (int)getpid());
	if (symlinkat(box, dir, temp) < 0)
		return err_system(err, errno, "can't make the hook %s", name);
	if (renameat(dir, temp, dir, name) < 0) {
		int rc = err_system(err, errno, "can't make the hook %s", name);

		unlinkat(dir, temp, 0);
		return rc;
	}
	return 0;
}

/* Whatever else lies there would be run by git, or was left half-made: it goes. */
static void remove_strangers(int dir, const char *const *names)
{
	DIR *list = file_list(dir, ".");
	struct dirent *e;

	while (list && (e = readdir(list))) {
		bool ours = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");

		for (size_t i = 0; names[i]; i++)
			ours = ours || strcmp(e->d_name, names[i]) == 0;
		if (!ours)
			unlinkat(dir, e->d_name, 0);
	}
	if (list)
		closedir(list);
}

static int make_hooks(struct git_host *h, const char *state, const char *name,
                      const char *const *names, char out[GIT_PATH], struct err *err)
{
	int n = snprintf(out, GIT_PATH, "%s/%s", state, name), dir, rc = 0;

	if (n < 0 || n >= GIT_PATH || state[0] != '/' || strchr(state, ':'))
		return err_set(err, ERR_INVALID,
		               "the folder %s must be a whole path without a colon", state);
	if (mkdir(out, 0700) < 0 && errno != EEXIST)
		return err_system(err, errno, "can't make the folder %s", out);
	dir = file_open_dir(AT_FDCWD, out, err);
	if (dir < 0)
		return dir;
	remove_strangers(dir, names);
	for (size_t i = 0; !rc && names[i]; i++)
		rc = make_hook(dir, names[i], h->box, err);
	close(dir);
	return rc;
}

static int find_box(struct git_host *h, const char *box, struct err *err)
{
	if (!realpath(box, h->box) || access(h->box, X_OK) < 0)
		return err_system(err, errno, "can't use %s", box);
	return 0;
}

static int find_locks(struct git_host *h, struct err *err)
{
	long abi = syscall(NR_LANDLOCK_CREATE, NULL, 0, 1 /* only the version */);

	h->landlock = abi > 0 ? (int)abi : 0;
	h->seccomp = filter_possible();
	return h->seccomp ? filter_make(h->landlock, &h->filter_fd, err) : 0;
}

int git_programs_find(char *out, size_t size, struct err *err)
{
	const char *given = getenv("GATEHOUSE_PROGRAMS");
	ssize_t len = given && *given ? snprintf(out, size, "%s", given)
	                              : readlink("/proc/self/exe", out, size);
	char *slash;

	if (len <= 0 || (size_t)len >= size)
		return err_set(err, ERR_INVALID,
		               "can't tell which folder this program lies in; set "
		               "GATEHOUSE_PROGRAMS");
	out[len] = '\0';
	slash = given && *given ? NULL : strrchr(out, '/');
	if (slash)
		slash[slash == out] = '\0';
	return 0;
}

int git_host_init(struct git_host *h, const char *box, const char *state, struct err *err)
{
	int rc;

	memset(h, 0, sizeof(*h));
	h->filter_fd = -1;
	rc = find_git(h->git, err);
	if (!rc)
		rc = check_version(h, err);
	if (!rc)
		rc = find_exec_path(h, err);
	if (!rc)
		rc = find_loader(h, err);
	if (!rc)
		rc = find_box(h, box, err);
	if (!rc && state)
		rc = make_hooks(h, state, "hooks", hook_table, h->hooks, err);
	if (!rc && state)
		rc = make_hooks(h, state, "hooks-theirs", their_table, h->theirs, err);
	if (!rc)
		rc = find_locks(h, err);
	if (rc)
		git_host_clear(h);
	return rc;
}

void git_host_clear(struct git_host *h)
{
	if (h->filter_fd >= 0)
		close(h->filter_fd);
	h->filter_fd = -1;
}
