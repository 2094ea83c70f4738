#include "bench.h"

#include "base/msg.h"
#include "base/question.h"
#include "git/pktline.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDINARY 65534
#define MOST (64u << 20)

static unsigned number, failed;
static char folder[256];

void check(bool holds, const char *title)
{
	printf("%sok %u - %s\n", holds ? "" : "not ", ++number, title);
	fflush(stdout);
	failed += !holds;
}

void skip(const char *title, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++number, title, why);
	fflush(stdout);
}

void remark(const char *what, const char *text)
{
	printf("# %s:", what);
	for (const char *p = text; *p; p++)
		printf(*p == '\n' ? "\n#   " : (unsigned char)*p < 0x20 ? "?" : "%c", *p);
	printf("\n");
}

int finish(void)
{
	printf("1..%u\n", number);
	return failed ? 1 : 0;
}

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static void copy_program(const char *from, const char *to)
{
	const char *argv[] = {"install", "-m755", from, to, NULL};
	int status = -1;
	pid_t pid;

	must(posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ) == 0, "install");
	must(waitpid(pid, &status, 0) == pid && status == 0, "cannot copy a program");
}

void bench_open(const char *box, const char *probe)
{
	signal(SIGPIPE, SIG_IGN);
	snprintf(folder, sizeof(folder), "/tmp/gatehouse box.XXXXXX");
	must(mkdtemp(folder) != NULL, "mkdtemp");
	copy_program(box, bench_path("box"));
	copy_program(probe, bench_path("probe"));
	if (geteuid() == 0) {
		must(chown(folder, ORDINARY, ORDINARY) == 0, "chown");
		must(setgroups(0, NULL) == 0 && setresgid(ORDINARY, ORDINARY, ORDINARY) == 0 &&
		             setresuid(ORDINARY, ORDINARY, ORDINARY) == 0,
		     "cannot become an ordinary user");
	}
	setenv("HOME", folder, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "A", 1);
	setenv("GIT_AUTHOR_EMAIL", "a@example.org", 1);
	setenv("GIT_COMMITTER_NAME", "A", 1);
	setenv("GIT_COMMITTER_EMAIL", "a@example.org", 1);
	setenv("LC_ALL", "C", 1);
}

void bench_close(void)
{
	sh("rm -rf -- \"$PWD\"");
}

const char *bench_path(const char *name)
{
	static char paths[8][512];
	static unsigned next;
	char *out = paths[next++ % 8];

	snprintf(out, sizeof(paths[0]), "%s/%s", folder, name);
	return out;
}

static FILE *shell(const char *fmt, va_list ap)
{
	char line[4096], whole[5000];

	vsnprintf(line, sizeof(line), fmt, ap);
	snprintf(whole, sizeof(whole), "cd '%s' && { %s ; } 2>>shell.log", folder, line);
	return popen(whole, "re");
}

bool sh(const char *fmt, ...)
{
	struct buf out;
	va_list ap;
	FILE *f;
	int c;

	va_start(ap, fmt);
	f = shell(fmt, ap);
	va_end(ap);
	buf_init(&out, 1);
	while (f && (c = getc(f)) != EOF)
		;
	buf_clear(&out);
	return f && pclose(f) == 0;
}

void sh_read(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	FILE *f;
	int c;

	va_start(ap, fmt);
	f = shell(fmt, ap);
	va_end(ap);
	while (f && (c = getc(f)) != EOF)
		buf_add_char(out, (char)c);
	must(f && pclose(f) == 0, "a program of the test failed; see shell.log");
}

bool there(const char *name)
{
	struct stat st;

	return lstat(bench_path(name), &st) == 0;
}

void put_file(const char *name, const char *text)
{
	FILE *f = fopen(bench_path(name), "we");

	must(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0, name);
}

bool has(const struct buf *b, const char *text)
{
	return b->len > 0 && memmem(b->data, b->len, text, strlen(text)) != NULL;
}

void band(const struct buf *in, int which, struct buf *out)
{
	for (size_t at = 0; at < in->len;) {
		struct pkt p = pkt_read(in->data + at, in->len - at);

		if (p.kind == PKT_BAD || p.kind == PKT_MORE)
			return;
		if (p.kind == PKT_DATA && p.len > 0 && p.data[0] == which)
			buf_add(out, p.data + 1, p.len - 1);
		at += p.whole;
	}
}

void body_lines(struct buf *out, const char *const *lines)
{
	for (; *lines; lines++) {
		if (**lines == '\0')
			pkt_flush(out);
		else if (strcmp(*lines, "|") == 0)
			buf_add_str(out, "0001");
		else
			pkt_writef(out, "%s", *lines);
	}
}

void body_push(struct buf *out, const char *from, const char *ref)
{
	static const char caps[] = " report-status side-band-64k object-format=";
	char text[512];
	struct buf tip;
	int n, m;

	buf_init(&tip, 128);
	sh_read(&tip, "git -C %s rev-parse HEAD", from);
	n = snprintf(text, sizeof(text), "%0*d %.*s %s", (int)tip.len - 1, 0, (int)tip.len - 1,
	             tip.data, ref);
	m = snprintf(text + n + 1, sizeof(text) - (size_t)n - 1, "%s%s", caps,
	             tip.len == 41 ? "sha1" : "sha256");
	pkt_write(out, text, (size_t)n + 1 + (size_t)m);
	pkt_flush(out);
	sh_read(out,
	        "git -C %s rev-list --objects --all | cut -d' ' -f1 | git -C %s pack-objects -q "
	        "--stdout",
	        from, from);
	buf_clear(&tip);
}

/* -- exchanges -- */

static void hear_hook(struct git_child *c, enum answer answer, struct exchange *x)
{
	static struct msg m;

	if (answer == HANG_UP || msg_receive(c->hook, &m, NULL) != 0) {
		close(c->hook);
		c->hook = -1;
		return;
	}
	msg_close_fds(&m);
	for (unsigned i = 0; msg_find(&m, TAG_REF, i); i++) {
		const struct msg_field *f = msg_find(&m, TAG_REF, i);

		if (x->refs_asked++ == 0)
			snprintf(x->first_ref, sizeof(x->first_ref), "%.*s", (int)f->len, f->data);
	}
	if (m.type != Q_PRE_RECEIVE || msg_u64(&m, TAG_LAST, 0) != 1)
		return;
	msg_start(&m, A_PRE_RECEIVE, 1);
	msg_add_u64(&m, TAG_ALLOW, answer == ALLOW);
	msg_add_str(&m, TAG_TEXT, answer == ALLOW ? "welcome in\n" : "not in here\n");
	msg_send(c->hook, &m, NULL);
}

/* Reads once; false at the end. */
static bool hear(int *fd, struct buf *out)
{
	char bytes[65536];
	ssize_t n = read(*fd, bytes, sizeof(bytes));

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n > 0) {
		buf_add(out, bytes, (size_t)n);
		return true;
	}
	close(*fd);
	*fd = -1;
	return false;
}

static void say(struct git_child *c, const struct buf *body, size_t *said)
{
	ssize_t n =
	        body && *said < body->len ? write(c->in, body->data + *said, body->len - *said) : 0;

	if (n > 0)
		*said += (size_t)n;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0 || !body || *said == body->len) {
		close(c->in);
		c->in = -1;
	}
}

static void converse(struct git_child *c, const struct buf *body, enum answer answer,
                     struct exchange *x)
{
	size_t said = 0;

	if (c->in >= 0)
		fcntl(c->in, F_SETFL, O_NONBLOCK);
	while (c->out >= 0 || c->errors >= 0) {
		struct pollfd p[] = {{c->in, POLLOUT, 0},
		                     {c->out, POLLIN, 0},
		                     {c->errors, POLLIN, 0},
		                     {c->hook, POLLIN, 0}};

		must(poll(p, 4, -1) >= 0, "poll");
		if (p[0].revents)
			say(c, body, &said);
		if (p[1].revents)
			hear(&c->out, &x->out);
		if (p[2].revents)
			hear(&c->errors, &x->errors);
		if (p[3].revents)
			hear_hook(c, answer, x);
	}
}

/* As wire does it for a fetch: the whole body lies in memory first. */
static int memory_file(const struct buf *body)
{
	int fd = memfd_create("body", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, body->data, body->len) == (ssize_t)body->len, "memfd");
	must(lseek(fd, 0, SEEK_SET) == 0, "lseek");
	return fd;
}

bool exchange(const struct git_host *h, struct git_plan *plan, const struct buf *body,
              enum answer answer, struct exchange *x)
{
	bool memory = body && plan->service == GIT_UPLOAD_PACK;
	struct err err = {0};
	struct git_child c;
	struct pollfd p;
	int rc;

	memset(x, 0, sizeof(*x));
	buf_init(&x->out, MOST);
	buf_init(&x->errors, MOST);
	plan->body = memory ? memory_file(body) : -1;
	rc = git_child_start(h, plan, &c, &err);
	if (memory)
		close(plan->body);
	if (rc) {
		remark("can't start", err.text);
		return false;
	}
	converse(&c, body, answer, x);
	p = (struct pollfd){c.pidfd, POLLIN, 0};
	must(poll(&p, 1, -1) == 1, "poll");
	rc = git_child_reap(&c, &x->status, &err);
	git_child_close(&c);
	if (x->errors.len)
		remark("the child's words", buf_str(&x->errors));
	return rc == 0;
}

void exchange_clear(struct exchange *x)
{
	buf_clear(&x->out);
	buf_clear(&x->errors);
}
