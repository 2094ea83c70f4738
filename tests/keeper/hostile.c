#include "hostile.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

static char folder[PATH_MAX], attack[128];
const char *argument = "";

/* -- the folder -- */

FILE *file(const char *name, const char *mode)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fopen(path, mode);
}

void report(const char *format, ...)
{
	FILE *f = file("report", "ae");
	va_list list;

	if (f == NULL)
		return;
	va_start(list, format);
	fprintf(f, "%s%s%s", attack, *argument ? " " : "", argument);
	vfprintf(f, format, list);
	fputc('\n', f);
	va_end(list);
	fclose(f);
}

static int next_turn(void)
{
	FILE *f = file("turn", "r+e");
	int turn = 0;

	if (f == NULL || fscanf(f, "%d", &turn) != 1)
		exit(90);
	rewind(f);
	fprintf(f, "%d\n", turn + 1);
	fclose(f);
	return turn;
}

/* The attack of this turn; "real" when the plan is over. */
static void read_plan(int turn)
{
	FILE *f = file("plan", "re");
	char line[sizeof(attack)] = "";
	char *blank;

	snprintf(attack, sizeof(attack), "real");
	for (int i = 0; f != NULL && fgets(line, sizeof(line), f) != NULL; i++) {
		line[strcspn(line, "\n")] = '\0';
		if (i == turn)
			snprintf(attack, sizeof(attack), "%s", line);
	}
	if (f != NULL)
		fclose(f);
	blank = strchr(attack, ' ');
	if (blank != NULL) {
		*blank = '\0';
		argument = blank + 1;
	}
}

/* -- the channel -- */

struct msg in, out;

void send_bytes(const void *bytes, size_t len)
{
	struct iovec io = {(void *)(uintptr_t)bytes, len};
	struct msghdr h = {.msg_iov = &io, .msg_iovlen = 1};

	(void)!sendmsg(CHANNEL, &h, MSG_NOSIGNAL);
}

void put(void)
{
	struct err err = {0};
	int code = msg_send(CHANNEL, &out, &err);

	if (code != 0 && code != ERR_CLOSED)
		report(": can't send: %s", err.text);
}

void simple(uint16_t type, uint64_t id)
{
	msg_start(&out, type, id);
	put();
}

/* The next message for us within the time; false at the end of the channel. */
bool hear(int ms)
{
	struct pollfd p = {.fd = CHANNEL, .events = POLLIN};
	struct err err = {0};

	if (poll(&p, 1, ms) != 1)
		return false;
	return msg_receive(CHANNEL, &in, &err) == 0;
}

void ready(void)
{
	msg_start(&out, Q_READY, 0);
	msg_add_str(&out, TAG_TEXT, "nothing: a test");
	put();
}

/* Cut off means killed: whoever comes back from here was not. */
void await_the_end(void)
{
	while (hear(PATIENCE_MS))
		msg_close_fds(&in);
	struct pollfd p = {.fd = CHANNEL, .events = POLLIN};
	if (poll(&p, 1, 0) == 1) /* closed: the signal is on its way */
		sleep(5);
	report(": not cut off");
}

static void become_real(char **argv)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/real", folder);
	execv(path, argv);
	exit(93);
}

int main(int argc, char **argv)
{
	const char *self = (const char *)getauxval(AT_EXECFN);

	(void)argc;
	snprintf(folder, sizeof(folder), "%s", self ? self : "");
	if (strrchr(folder, '/') == NULL)
		return 94;
	*strrchr(folder, '/') = '\0';
	read_plan(next_turn());
	report(" %d", (int)getpid());
	if (!strcmp(attack, "real"))
		become_real(argv);
	if (!hear(PATIENCE_MS) || in.type != A_SETUP)
		return 95;
	for (size_t i = 0; i < attack_count; i++) {
		if (strcmp(attacks[i].name, attack))
			continue;
		ready(); /* a server gives up on one that never comes so far */
		attacks[i].run();
		if (attacks[i].cut)
			await_the_end();
		return 0;
	}
	report(": there is no such attack");
	return 96;
}
