/* The launcher: closes the box around itself, then becomes git. */
#include "git/box/box.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILTER_MOST 4096 /* instructions: the kernel's own limit */
#define CPU_GRACE 5      /* seconds */
#define FILES_OPEN 1024

static const struct {
	const char *key;
	size_t offset;
} number_table[] = {
        {"parent=", offsetof(struct box, parent)}, {"landlock=", offsetof(struct box, landlock)},
        {"filter=", offsetof(struct box, filter)}, {"keep=", offsetof(struct box, keep)},
        {"memory=", offsetof(struct box, memory)}, {"cpu=", offsetof(struct box, cpu)},
        {"file=", offsetof(struct box, file)},     {"umask=", offsetof(struct box, umask)},
};

static const struct {
	const char *key;
	enum box_right right;
} path_table[] = {
        {"run=", BOX_RUN},       {"read=", BOX_READ},   {"perhaps=", BOX_PERHAPS},
        {"device=", BOX_DEVICE}, {"write=", BOX_WRITE}, {"tree=", BOX_TREE},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *value_of(const char *option, const char *key)
{
	size_t len = strlen(key);

	return strncmp(option, key, len) == 0 ? option + len : NULL;
}

static int read_option(struct box *b, const char *option)
{
	const char *value;

	for (size_t i = 0; i < COUNT(number_table); i++) {
		char *end;

		value = value_of(option, number_table[i].key);
		if (!value)
			continue;
		errno = 0;
		*(int64_t *)((char *)b + number_table[i].offset) = strtoll(value, &end, 10);
		return errno || end == value || *end ? box_say(option, EINVAL) : 0;
	}
	for (size_t i = 0; i < COUNT(path_table); i++) {
		value = value_of(option, path_table[i].key);
		if (!value)
			continue;
		if (b->npaths == BOX_PATHS || value[0] != '/')
			return box_say(option, EINVAL);
		b->paths[b->npaths].right = path_table[i].right;
		b->paths[b->npaths++].path = value;
		return 0;
	}
	return box_say(option, EINVAL);
}

static int read_options(struct box *b, int argc, char **argv)
{
	*b = (struct box){.landlock = -1, .filter = -1, .keep = -1, .file = -1, .umask = 077};
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			b->program = argv + i + 1;
			break;
		}
		if (read_option(b, argv[i]) < 0)
			return -1;
	}
	/* What protects is never left out by mistake: it is named, or the box ends. */
	if (!b->program || !b->program[0] || !b->program[1] || b->landlock < 0 || b->parent <= 0)
		return box_say("arguments are missing", 0);
	return 0;
}

/* Everything else should be close-on-exec in the keeper; here it is made sure. */
static void close_others(const struct box *b)
{
	unsigned from = 3;

	for (unsigned n = 0; n < 2; n++) {
		int64_t low = b->filter, high = b->keep, next;

		if (low > high) {
			low = b->keep;
			high = b->filter;
		}
		next = n == 0 ? low : high;
		if (next < (int64_t)from)
			continue;
		if (next > (int64_t)from)
			syscall(SYS_close_range, from, (unsigned)next - 1, 0);
		from = (unsigned)next + 1;
	}
	syscall(SYS_close_range, from, ~0u, 0);
}

/* The child dies with the keeper. If the keeper died before this was said, the
 * parent is somebody else already. */
static int tie_to_parent(const struct box *b)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return box_say("can't tie the child to the keeper", errno);
	if (getppid() != (pid_t)b->parent)
		return box_say("the keeper is gone", 0);
	return 0;
}

static int limit(int what, int64_t value)
{
	struct rlimit have, want;

	if (getrlimit(what, &have) < 0)
		return box_say("can't read a limit", errno);
	want.rlim_cur = (rlim_t)value;
	/* at the soft one it ends with a signal of its own, at the hard one with SIGKILL */
	want.rlim_max = (rlim_t)value + (what == RLIMIT_CPU ? CPU_GRACE : 0);
	if (have.rlim_max != RLIM_INFINITY && want.rlim_max > have.rlim_max)
		want.rlim_max = have.rlim_max;
	if (want.rlim_cur > want.rlim_max)
		want.rlim_cur = want.rlim_max;
	return setrlimit(what, &want) < 0 ? box_say("can't set a limit", errno) : 0;
}

static int set_limits(const struct box *b)
{
	/* A file that grew too large is an error git can report, not a signal. */
	signal(SIGXFSZ, SIG_IGN);
	if (limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_NOFILE, FILES_OPEN) < 0)
		return -1;
	if (b->memory > 0 && limit(RLIMIT_DATA, b->memory) < 0)
		return -1;
	if (b->cpu > 0 && limit(RLIMIT_CPU, b->cpu) < 0)
		return -1;
	return b->file >= 0 ? limit(RLIMIT_FSIZE, b->file) : 0;
}

/* The filter's descriptor is shared with other boxes that start now: pread. */
static int load_filter(const struct box *b)
{
	static struct sock_filter code[FILTER_MOST];
	struct sock_fprog program = {.filter = code};
	struct stat st;
	ssize_t n;

	if (b->filter < 0)
		return 0;
	if (fstat((int)b->filter, &st) < 0)
		return box_say("can't read the filter", errno);
	if (st.st_size <= 0 || (size_t)st.st_size > sizeof(code) ||
	    st.st_size % (off_t)sizeof(code[0]))
		return box_say("the filter has a wrong size", 0);
	n = pread((int)b->filter, code, (size_t)st.st_size, 0);
	if (n != st.st_size)
		return box_say("can't read the filter", n < 0 ? errno : EIO);
	close((int)b->filter);
	program.len = (unsigned short)((size_t)n / sizeof(code[0]));
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return box_say("can't load the filter", errno);
	return 0;
}

static int close_box(const struct box *b)
{
	umask((mode_t)b->umask & 077);
	close_others(b);
	if (tie_to_parent(b) < 0 || set_limits(b) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return box_say("can't give up new privileges", errno);
	if (box_landlock(b) < 0)
		return -1;
	return load_filter(b);
}

void box_exec(char **program)
{
	execve(program[0], program + 1, environ);
	box_say(program[0], errno);
}

int box_launch(int argc, char **argv, box_then then)
{
	struct box b;

	if (read_options(&b, argc, argv) < 0 || close_box(&b) < 0)
		return BOX_FAILED;
	then(b.program);
	return BOX_FAILED;
}
