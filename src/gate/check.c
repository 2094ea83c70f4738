/* The parts of the check that need no ledger, and what all share. */
#include "gate/check_int.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CLOCK_LEAST INT64_C(1764028800) /* 2025-11-25: this program is younger */
#define CLOCK_MOST INT64_C(4102444800)  /* 2100 */

void check_say(const struct gate_check *c, enum gate_level level, const char *part,
               const char *mend, const char *fmt, ...)
{
	char what[1200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	c->say(c->arg, &(struct gate_found){level, part, what, mend ? mend : ""});
}

const char *check_mend(struct check_mend *m, const char *fmt, ...)
{
	struct buf out;
	va_list args;

	buf_init(&out, sizeof(m->text));
	va_start(args, fmt);
	for (const char *p = fmt; *p; p++) {
		if (p[0] != '%' || p[1] != 's') {
			buf_add_char(&out, *p);
			continue;
		}
		gate_add_word(&out, va_arg(args, const char *));
		p++;
	}
	va_end(args);
	/* half a command is none */
	gate_put(m->text, sizeof(m->text), "%s", out.failed ? "" : buf_str(&out));
	buf_clear(&out);
	return m->text;
}

/* -- the machine -- */

static void check_locks(const struct gate_check *c, const struct git_host *h)
{
	if (!h->landlock)
		check_say(c, GATE_NOTE, "kernel", NULL,
		          "has no Landlock (Linux 5.13 or newer, \"landlock\" in "
		          "/sys/kernel/security/lsm): a fault in git or in the process at the "
		          "network "
		          "could read whatever the server's user may read");
	if (!h->seccomp)
		check_say(
		        c, GATE_NOTE, "kernel", NULL,
		        "has no seccomp filters (CONFIG_SECCOMP_FILTER): a fault in git or in the "
		        "process at the network could use every system call");
	if (h->landlock && h->seccomp)
		check_say(c, GATE_WELL, "kernel", NULL, "Landlock (version %d) and seccomp",
		          h->landlock);
}

static void check_clock(const struct gate_check *c)
{
	char text[CLOCK_TEXT];
	int64_t now = clock_now();

	if (now < CLOCK_LEAST || now > CLOCK_MOST)
		check_say(c, GATE_FAULT, "clock", "timedatectl set-ntp true",
		          "says %s: tokens begin and end at the wrong time", clock_text(now, text));
	else
		check_say(c, GATE_WELL, "clock", NULL, "%s", clock_text(now, text));
}

void gate_check_machine(const struct gate_check *c)
{
	char box[SETTINGS_TEXT + 32];
	struct git_host host;
	struct err err = {0};

	check_clock(c);
	gate_put(box, sizeof(box), "%s/gatehouse-box", c->programs);
	if (git_host_init(&host, box, NULL, &err)) {
		check_say(c, GATE_FAULT, "git",
		          strstr(err.text, "git") ? "apt-get install git" : NULL, "%s", err.text);
		return;
	}
	check_say(c, GATE_WELL, "git", NULL, "%s, %s", host.version, host.git);
	check_locks(c, &host);
	git_host_clear(&host);
}
