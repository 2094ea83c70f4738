/* The other direction: what wire makes of an answer. Any bytes as a message of
 * the keeper give an answer for the HTTP library or an error; no header that is
 * taken can end the head, and an error leaves nothing behind. */
#include "wire/answer.h"

#include "base/err.h"
#include "base/question.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static enum MHD_Result check_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
	unsigned *count = arg;

	must(kind == MHD_HEADER_KIND || kind == MHD_FOOTER_KIND);
	must(*name != '\0' && strpbrk(name, "\r\n:") == NULL);
	must(strpbrk(value, "\r\n") == NULL);
	(*count)++;
	return MHD_YES;
}

static ssize_t no_reader(void *arg, uint64_t at, char *out, size_t most)
{
	(void)arg, (void)at, (void)out, (void)most;
	return MHD_CONTENT_READER_END_OF_STREAM;
}

static void check_answer(const struct msg *m, struct answer *a)
{
	unsigned headers = 0, sent = 0;

	must(a->status >= 200 && a->status <= 599 && a->response != NULL);
	must(a->stream == (msg_u64(m, TAG_STREAM, 0) == 1));
	must(a->stream || a->prefix == NULL);
	while (msg_find(m, TAG_HEADER, sent) != NULL)
		sent++;
	MHD_get_response_headers(a->response, check_header, &headers);
	must(headers <= sent + 1);
	answer_head_only(a);
	answer_close_after(a);
}

/* The input as a message of its own; then as the headers of a sound answer, one
 * for each line, since a length and a count in front are seldom guessed. */
static void as_headers(const uint8_t *data, size_t size, struct msg *m)
{
	msg_start(m, A_ANSWER, 1);
	msg_add_u64(m, TAG_STATUS, size > 0 ? 190 + 2u * data[0] : 200);
	msg_add_u64(m, TAG_STREAM, size % 2);
	msg_add(m, TAG_TEXT, data, size < 8 ? size : 8);
	while (size > 0 && m->failed == 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end != NULL ? (size_t)(end - data) : size;

		msg_add(m, TAG_HEADER, data, len);
		data += len < size ? len + 1 : len;
		size -= len < size ? len + 1 : len;
	}
	if (m->failed == 0)
		must(msg_parse(m, m->len, NULL) == 0);
}

static void read_answer(const struct msg *m)
{
	struct answer a = {0};
	struct err err = {0};
	int rc = answer_read(m, no_reader, NULL, &a, &err);

	must(rc == 0 || (a.response == NULL && err.text[0] != '\0'));
	if (rc == 0)
		check_answer(m, &a);
	answer_clear(&a);
}

static void own_text(unsigned status, bool close)
{
	struct answer a = {0};

	must(answer_text(status, "words", close, &a) == 0);
	must(a.status == status && !a.stream);
	answer_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct msg m;

	memcpy(m.bytes, data, size < MSG_MAX ? size : MSG_MAX);
	if (msg_parse(&m, size, NULL) == 0)
		read_answer(&m);
	as_headers(data, size, &m);
	if (m.failed == 0)
		read_answer(&m);
	own_text(size % 2 ? 405 : 400, size % 3 == 0);
	return 0;
}
