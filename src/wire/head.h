/* A request head: what of it the keeper is told, and what is refused by wire
 * itself because the HTTP library lets it through. Knows no library. */
#ifndef GATEHOUSE_WIRE_HEAD_H
#define GATEHOUSE_WIRE_HEAD_H

#include "base/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAD_AUTHORIZATIONS 2
#define HEAD_FORWARDED 8

enum head_coding {
	CODING_NONE,
	CODING_ZLIB, /* gzip or deflate, undone here */
	CODING_OTHER
};

/* Header fields the keeper is told about as they came; the first one counts. */
enum head_kept {
	KEPT_HOST,
	KEPT_CONTENT_TYPE,
	KEPT_CONTENT_ENCODING,
	KEPT_GIT_PROTOCOL,
	KEPT_USER_AGENT,
	KEPT_ACCEPT,
	KEPT_FORWARDED_PROTO,
	KEPT_COUNT
};

struct head_value {
	const char *data; /* NULL: absent */
	size_t len;
};

/* Points into memory of the library, which keeps it until the answer is sent. */
struct head {
	const char *method, *target; /* target: without scheme and authority */
	struct head_value kept[KEPT_COUNT];
	struct head_value authorizations[HEAD_AUTHORIZATIONS];
	struct head_value forwarded[HEAD_FORWARDED];
	unsigned nauthorizations, nforwarded;
	unsigned nhosts, nlengths, ntransfers, ncodings, nexpects;
	bool chunked, expects_continue, has_length, forwarded_other;
	bool bad_name, bad_value, bad_length, bad_transfer, bad_expect;
	uint64_t length;
	enum head_coding coding;
};

/* A refusal of wire's own: always text/plain, always closes the connection. */
struct head_refusal {
	unsigned status;
	const char *text;
};

/* Adds one header field, as often as they come. */
void head_field(struct head *h, const char *name, size_t name_len, const char *value,
                size_t value_len);
/* Judges the whole. Sets method and target (an absolute-form target loses
 * scheme and authority, which then is the host). version is "HTTP/1.0" or
 * "HTTP/1.1". NULL: fine. */
const struct head_refusal *head_check(struct head *h, const char *method, const char *target,
                                      const char *version);
/* True when a body follows. */
bool head_has_body(const struct head *h);
/* Adds the TAG_* of this head. Failures stick in m. */
void head_write(const struct head *h, struct msg *m);

#endif
