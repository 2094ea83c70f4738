#include "ssh/forced/forced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- what the keeper answers -- */

static void show(const struct question_words *w, bool out)
{
	if (out)
		forced_write(STDOUT_FILENO, w->out, w->out_len);
	forced_write(STDERR_FILENO, w->errors, w->errors_len);
}

/* A git child: its pipes came along. True when anything came out of it. */
static bool carry(struct msg *m)
{
	struct question_words words;
	int in = msg_take_fd(m, 0), out = msg_take_fd(m, 1);

	if (question_words_read(m, &words, NULL) || in < 0 || out < 0)
		return false;
	show(&words, true);
	return forced_carry(in, out);
}

/* The next message; false when there is none to come. */
static bool hear(int channel, struct msg *m)
{
	if (!msg_receive(channel, m, NULL))
		return true;
	forced_say("gatehouse: the server ended the session.\n");
	return false;
}

/* Its status, once the last word is said. */
static int attend(int channel, struct msg *m)
{
	struct question_words words;
	bool any = false;

	while (hear(channel, m)) {
		if (m->type == A_STREAM)
			any = carry(m);
		msg_close_fds(m);
		if (m->type != A_ANSWER && m->type != A_END)
			continue; /* A_DRAIN: this session goes on */
		if (question_words_read(m, &words, NULL))
			return FORCED_FAILED;
		show(&words, m->type == A_ANSWER || !any);
		return words.status >= 0 ? words.status : FORCED_FAILED;
	}
	return FORCED_FAILED;
}

int main(int argc, char **argv)
{
	static struct question_session question;
	static struct msg m;

	if (argc != 4 || !forced_question(argv[2], argv[3], &question)) {
		forced_say("gatehouse: sshd starts this program, by the line of `gatehouse ssh "
		           "keys` or `gatehouse ssh principals`.\n");
		return FORCED_FAILED;
	}
	int channel = forced_connect(argv[1]);
	question_session_write(&m, 1, &question);
	if (channel < 0 || msg_send(channel, &m, NULL)) {
		/* git shows it before its own words */
		forced_say("The Git server behind this address does not run, or does not let "
		           "this account in. Try again later, or tell its administrator.\n");
		return FORCED_FAILED;
	}
	return attend(channel, &m);
}
