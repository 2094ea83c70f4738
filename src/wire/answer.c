#include "wire/answer.h"

#include "base/question.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 8192
#define BLOCK 16384 /* only for HTTP/1.0: chunks lie in the connection's memory */

/* "Name: value" without a control character: the head cannot be split. */
static int add_header(struct MHD_Response *r, const struct msg_field *f, struct err *err)
{
	char line[HEADER_MAX], *colon, *value;

	if (f->len >= sizeof(line))
		return err_set(err, ERR_INVALID, "a header of %u bytes", (unsigned)f->len);
	for (size_t i = 0; i < f->len; i++)
		if (((unsigned char)f->data[i] < ' ' && f->data[i] != '\t') || f->data[i] == 0x7f)
			return err_set(err, ERR_INVALID, "a header with a control character");
	memcpy(line, f->data, f->len);
	line[f->len] = '\0';
	colon = strchr(line, ':');
	if (colon == NULL || colon == line)
		return err_set(err, ERR_INVALID, "a header without a name");
	*colon = '\0';
	value = colon + 1;
	value += strspn(value, " \t");
	if (MHD_add_response_header(r, line, value) != MHD_YES)
		return err_set(err, ERR_INVALID, "the header %s is not possible", line);
	return 0;
}

static int add_headers(struct MHD_Response *r, const struct msg *m, struct err *err)
{
	const struct msg_field *f;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && (f = msg_find(m, TAG_HEADER, i)) != NULL; i++)
		rc = add_header(r, f, err);
	return rc;
}

static struct MHD_Response *make_stream(struct answer *a, const struct msg_field *text,
                                        MHD_ContentReaderCallback reader, void *arg)
{
	if (text != NULL && text->len > 0) {
		a->prefix = malloc(text->len);
		if (a->prefix == NULL)
			return NULL;
		memcpy(a->prefix, text->data, text->len);
		a->prefix_len = text->len;
	}
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, reader, arg, NULL);
}

static struct MHD_Response *make_text(const char *text, size_t len)
{
	return MHD_create_response_from_buffer(len, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
}

int answer_read(const struct msg *m, MHD_ContentReaderCallback reader, void *arg,
                struct answer *out, struct err *err)
{
	const struct msg_field *text = msg_find(m, TAG_TEXT, 0);
	uint64_t status = msg_u64(m, TAG_STATUS, 0);
	struct answer a = {0};
	int rc;

	if (status < 200 || status > 599)
		return err_set(err, ERR_INVALID, "an answer without a status");
	a.status = (unsigned)status;
	a.stream = msg_u64(m, TAG_STREAM, 0) == 1;
	a.text_len = text && !a.stream ? text->len : 0; /* before a stream it counts with it */
	a.response = a.stream ? make_stream(&a, text, reader, arg)
	             : text   ? make_text(text->data, text->len)
	                      : make_text("", 0);
	if (a.response == NULL)
		rc = err_set(err, ERR_MEMORY, "no memory for an answer");
	else
		rc = add_headers(a.response, m, err);
	if (rc != 0) {
		answer_clear(&a);
		return rc;
	}
	*out = a;
	return 0;
}

int answer_text(unsigned status, const char *text, bool close, struct answer *out)
{
	struct answer a = {.status = status,
	                   .text_len = strlen(text),
	                   .response = make_text(text, strlen(text))};

	if (a.response == NULL)
		return ERR_MEMORY;
	MHD_add_response_header(a.response, "Content-Type", "text/plain; charset=utf-8");
	MHD_add_response_header(a.response, "Cache-Control", "no-store");
	if (status == 405)
		MHD_add_response_header(a.response, "Allow",
		                        "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
	if (close)
		answer_close_after(&a);
	*out = a;
	return 0;
}

void answer_close_after(struct answer *a)
{
	MHD_add_response_header(a->response, "Connection", "close");
}

/* libmicrohttpd 0.9.75 sends the end of a chunked body behind the head of a
 * stream, which the client takes for the start of the next answer. Without
 * chunks it sends nothing, and closes. */
void answer_head_only(struct answer *a)
{
	a->text_len = 0;
	if (a->stream)
		MHD_set_response_options(a->response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
		                         MHD_RO_END);
}

void answer_clear(struct answer *a)
{
	if (a->response != NULL)
		MHD_destroy_response(a->response);
	free(a->prefix);
	memset(a, 0, sizeof(*a));
}
