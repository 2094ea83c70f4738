/* Building answers: headers and bodies in the question's arena. */
#include "smart/smart_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void answer_header(struct smart_context *c, struct smart_answer *out, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	char *copy = arena_strdup(c->arena, text);
	if (copy && out->header_count < SMART_HEADERS)
		out->headers[out->header_count++] = copy;
	out->short_of_memory = out->short_of_memory || !copy;
}

void answer_no_cache(struct smart_context *c, struct smart_answer *out)
{
	answer_header(c, out, "Cache-Control: no-cache, max-age=0, must-revalidate");
	answer_header(c, out, "Pragma: no-cache");
	answer_header(c, out, "Expires: Fri, 01 Jan 1980 00:00:00 GMT");
}

void answer_bytes(struct smart_context *c, struct smart_answer *out, int status, const char *type,
                  const char *data, size_t len)
{
	out->kind = SMART_REPLY;
	out->status = status;
	out->text = arena_memdup(c->arena, data, len);
	out->text_len = out->text ? len : 0;
	out->short_of_memory = out->short_of_memory || !out->text;
	answer_header(c, out, "Content-Type: %s", type);
}

void answer_text(struct smart_context *c, struct smart_answer *out, int status, const char *text)
{
	answer_bytes(c, out, status, "text/plain; charset=utf-8", text, strlen(text));
	answer_header(c, out, "Cache-Control: no-store");
	answer_header(c, out, "X-Content-Type-Options: nosniff");
}

/* Made of constants: there is no memory for anything else. */
void answer_whole(struct smart_answer *out)
{
	static const char text[] = "The server is out of memory. Try again in a moment. "
	                           "[server-overloaded]\n";

	if (!out->short_of_memory)
		return;
	out->kind = SMART_REPLY;
	out->status = 503;
	out->headers[0] = "Content-Type: text/plain; charset=utf-8";
	out->headers[1] = "Retry-After: 5";
	out->header_count = 2;
	out->text = text;
	out->text_len = sizeof(text) - 1;
}
