/* An answer of the keeper, made ready for the HTTP library. */
#ifndef GATEHOUSE_WIRE_ANSWER_H
#define GATEHOUSE_WIRE_ANSWER_H

#include "base/msg.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct answer {
	unsigned status; /* 0: there is none yet */
	struct MHD_Response *response;
	bool stream;     /* prefix, then the pipe */
	size_t text_len; /* of an answer that is no stream */
	char *prefix;    /* TAG_TEXT of a stream, owned */
	size_t prefix_len, prefix_at;
};

/* Reads TAG_STATUS, TAG_HEADER, TAG_TEXT, TAG_STREAM. reader and arg serve a
 * stream. ERR_INVALID when the status is none or a header could end the head. */
int answer_read(const struct msg *m, MHD_ContentReaderCallback reader, void *arg,
                struct answer *out, struct err *err);
/* A short plain text of wire's own; closes the connection if asked to. */
int answer_text(unsigned status, const char *text, bool close, struct answer *out);
/* The connection ends behind this answer. */
void answer_close_after(struct answer *a);
/* Its head goes out alone, to a HEAD request. */
void answer_head_only(struct answer *a);
void answer_clear(struct answer *a);

#endif
