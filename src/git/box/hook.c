/* Git's pre-receive hook: asks the keeper whether the push may stay. Whatever
 * goes wrong, the push is refused. */
#include "base/msg.h"
#include "base/question.h"
#include "git/box/box.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MOST 4096
#define LINES_MOST 262144
#define LINES_PER_MESSAGE 64
#define BYTES_PER_MESSAGE (MSG_MAX - LINE_MOST - 1024)

/* Lines of standard input, "old new ref", one after the other. */
struct lines {
	char bytes[2 * LINE_MOST];
	size_t start, end;
	unsigned count;
	bool keep;
	struct box_kept kept;
};

/* 1: a line, without its newline; 0: the end; -1: too long, too many, an error. */
static int next_line(struct lines *in, const char **line, size_t *len)
{
	for (;;) {
		char *nl = memchr(in->bytes + in->start, '\n', in->end - in->start);
		ssize_t n;

		if (nl) {
			*line = in->bytes + in->start;
			*len = (size_t)(nl - *line);
			in->start += *len + 1;
			return ++in->count <= LINES_MOST ? 1 : -1;
		}
		memmove(in->bytes, in->bytes + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
		if (in->end >= LINE_MOST)
			return -1;
		n = read(STDIN_FILENO, in->bytes + in->end, LINE_MOST);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 || in->end > 0 ? -1 : 0;
		if (in->keep && box_kept_add(&in->kept, in->bytes + in->end, (size_t)n) < 0)
			return -1;
		in->end += (size_t)n;
	}
}

static int send_lines(int sock, struct lines *in, struct msg *m, struct err *err)
{
	unsigned fields = 0;
	const char *line;
	size_t len;
	int more;

	msg_start(m, Q_PRE_RECEIVE, 1);
	while ((more = next_line(in, &line, &len)) > 0) {
		if (fields == LINES_PER_MESSAGE || m->len + len > BYTES_PER_MESSAGE) {
			if (msg_send(sock, m, err) != 0)
				return err->code;
			msg_start(m, Q_PRE_RECEIVE, 1);
			fields = 0;
		}
		msg_add(m, TAG_REF, line, len);
		fields++;
	}
	if (more < 0)
		return err_set(err, ERR_LIMIT, "the list of refs is too long");
	msg_add_u64(m, TAG_LAST, 1);
	return msg_send(sock, m, err);
}

static int receive_answer(int sock, struct msg *m, struct err *err)
{
	const struct msg_field *text;

	if (msg_receive(sock, m, err) != 0)
		return err->code;
	msg_close_fds(m);
	if (m->type != A_PRE_RECEIVE)
		return err_set(err, ERR_INVALID, "the keeper said something else");
	text = msg_find(m, TAG_TEXT, 0);
	for (size_t done = 0; text && done < text->len;) {
		ssize_t n = write(STDERR_FILENO, text->data + done, text->len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return msg_u64(m, TAG_ALLOW, 0) == 1 ? 0 : ERR_DENIED;
}

int box_hook(void)
{
	static struct msg m;
	static struct lines in;
	const char *number = getenv("GATEHOUSE_HOOK_FD");
	int sock = number ? atoi(number) : -1, rc;
	struct err err = {0};

	in.keep = getenv("GATEHOUSE_HOOKS") != NULL;
	box_notice();
	rc = sock > 2 ? send_lines(sock, &in, &m, &err)
	              : err_set(&err, ERR_CLOSED, "there is no channel to the keeper");
	if (rc == 0)
		rc = receive_answer(sock, &m, &err);
	if (rc == 0)
		return box_their_pre_receive(&in.kept) == 0 ? 0 : 1;
	if (err.code == ERR_LIMIT)
		box_print("The push was refused: it names too many refs, or too long ones.\n");
	else if (err.code)
		box_print("The push was refused: the server could not check it. Try again.\n");
	return 1;
}
