#include "wire/head.h"

#include "base/buf.h"
#include "base/question.h"

#include <string.h>
#include <strings.h>

#define FORWARDED_MAX 4096

enum special {
	FIELD_KEPT,
	FIELD_AUTHORIZATION,
	FIELD_FORWARDED_FOR,
	FIELD_FORWARDED_OTHER,
	FIELD_LENGTH,
	FIELD_TRANSFER,
	FIELD_EXPECT
};

static const struct {
	const char *name;
	enum special special;
	enum head_kept kept;
} fields[] = {
        {"Host", FIELD_KEPT, KEPT_HOST},
        {"Content-Type", FIELD_KEPT, KEPT_CONTENT_TYPE},
        {"Content-Encoding", FIELD_KEPT, KEPT_CONTENT_ENCODING},
        {"Git-Protocol", FIELD_KEPT, KEPT_GIT_PROTOCOL},
        {"User-Agent", FIELD_KEPT, KEPT_USER_AGENT},
        {"Accept", FIELD_KEPT, KEPT_ACCEPT},
        {"X-Forwarded-Proto", FIELD_KEPT, KEPT_FORWARDED_PROTO},
        {"Authorization", FIELD_AUTHORIZATION, 0},
        {"X-Forwarded-For", FIELD_FORWARDED_FOR, 0},
        {"Forwarded", FIELD_FORWARDED_OTHER, 0},
        {"Via", FIELD_FORWARDED_OTHER, 0},
        {"Content-Length", FIELD_LENGTH, 0},
        {"Transfer-Encoding", FIELD_TRANSFER, 0},
        {"Expect", FIELD_EXPECT, 0},
};

static const uint16_t kept_tags[KEPT_COUNT] = {
        [KEPT_HOST] = TAG_HOST,
        [KEPT_CONTENT_TYPE] = TAG_CONTENT_TYPE,
        [KEPT_CONTENT_ENCODING] = TAG_CONTENT_ENCODING,
        [KEPT_GIT_PROTOCOL] = TAG_GIT_PROTOCOL,
        [KEPT_USER_AGENT] = TAG_USER_AGENT,
        [KEPT_ACCEPT] = TAG_ACCEPT,
        [KEPT_FORWARDED_PROTO] = TAG_FORWARDED_PROTO,
};

static bool is(const char *data, size_t len, const char *text)
{
	return len == strlen(text) && strncasecmp(data, text, len) == 0;
}

/* RFC 9110: a field name is a token. This refuses "Host :" too. */
static bool is_token(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c <= ' ' || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c) != NULL)
			return false;
	}
	return len > 0;
}

static bool has_control(const char *data, size_t len, char allowed)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if ((c < ' ' && c != (unsigned char)allowed) || c == 0x7f)
			return true;
	}
	return false;
}

static void add_length(struct head *h, const char *value, size_t len)
{
	uint64_t n = 0;

	h->nlengths++;
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9' || n > INT64_MAX / 10 - 1) {
			h->bad_length = true;
			return;
		}
		n = n * 10 + (uint64_t)(value[i] - '0');
	}
	h->bad_length |= len == 0;
	h->has_length = true;
	h->length = n;
}

static void add_coding(struct head *h, const char *value, size_t len)
{
	if (is(value, len, "identity"))
		return;
	h->ncodings++;
	if (is(value, len, "gzip") || is(value, len, "x-gzip") || is(value, len, "deflate"))
		h->coding = CODING_ZLIB;
	else
		h->coding = CODING_OTHER;
}

static void add_kept(struct head *h, enum head_kept which, const char *value, size_t len)
{
	struct head_value *v = &h->kept[which];

	if (which == KEPT_HOST)
		h->nhosts++;
	if (which == KEPT_CONTENT_ENCODING)
		add_coding(h, value, len);
	if (v->data != NULL)
		return;
	v->data = value;
	v->len = len;
}

static void add_value(struct head_value *list, unsigned *count, unsigned most, const char *value,
                      size_t len)
{
	if (*count < most) {
		list[*count].data = value;
		list[*count].len = len;
	}
	(*count)++;
}

static void add_special(struct head *h, enum special special, const char *value, size_t len)
{
	switch (special) {
	case FIELD_AUTHORIZATION:
		add_value(h->authorizations, &h->nauthorizations, HEAD_AUTHORIZATIONS, value, len);
		break;
	case FIELD_FORWARDED_FOR:
		add_value(h->forwarded, &h->nforwarded, HEAD_FORWARDED, value, len);
		break;
	case FIELD_FORWARDED_OTHER:
		h->forwarded_other = true;
		break;
	case FIELD_LENGTH:
		add_length(h, value, len);
		break;
	case FIELD_TRANSFER:
		h->ntransfers++;
		h->chunked = is(value, len, "chunked");
		h->bad_transfer |= !h->chunked;
		break;
	case FIELD_EXPECT:
		h->nexpects++;
		h->expects_continue = is(value, len, "100-continue");
		h->bad_expect |= !h->expects_continue;
		break;
	case FIELD_KEPT:
		break;
	}
}

void head_field(struct head *h, const char *name, size_t name_len, const char *value,
                size_t value_len)
{
	if (value == NULL) {
		value = "";
		value_len = 0;
	}
	while (value_len > 0 && (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
		value_len--;
	h->bad_name |= !is_token(name, name_len);
	h->bad_value |= has_control(value, value_len, '\t');
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!is(name, name_len, fields[i].name))
			continue;
		if (fields[i].special == FIELD_KEPT)
			add_kept(h, fields[i].kept, value, value_len);
		else
			add_special(h, fields[i].special, value, value_len);
		return;
	}
}

static const struct head_refusal bad_name = {400, "This request has a malformed header name.\n"};
static const struct head_refusal bad_value = {
        400, "This request has a control character in a header.\n"};
static const struct head_refusal bad_length = {
        400, "This request needs exactly one well-formed Content-Length, or none.\n"};
static const struct head_refusal bad_both = {
        400, "This request has both Content-Length and Transfer-Encoding.\n"};
static const struct head_refusal bad_transfer = {
        400, "The only Transfer-Encoding that is understood here is: chunked.\n"};
static const struct head_refusal bad_host = {400, "This request needs exactly one Host header.\n"};
static const struct head_refusal bad_target = {400, "This request has a malformed target.\n"};
static const struct head_refusal bad_forwarded = {
        400, "This request has too many X-Forwarded-For headers.\n"};
static const struct head_refusal bad_coding = {
        415, "The only Content-Encoding that is understood here is: gzip or deflate, once.\n"};
static const struct head_refusal bad_expect = {
        417, "The only Expect that is understood here is: 100-continue.\n"};
static const struct head_refusal not_allowed = {405, "This method is not allowed here.\n"};
static const struct head_refusal not_known = {501, "This method is not known here.\n"};

static const struct head_refusal *check_method(const char *method)
{
	static const char *const known[] = {"GET",    "HEAD",  "POST",   "PUT",
	                                    "DELETE", "PATCH", "OPTIONS"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(method, known[i]) == 0)
			return NULL;
	if (strcmp(method, "TRACE") == 0 || strcmp(method, "CONNECT") == 0)
		return &not_allowed;
	return &not_known;
}

/* "http://host/path": the authority is the host, the rest the target. */
static bool strip_authority(struct head *h, const char **target)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i]);
		const char *host = *target + n;
		size_t len;

		if (strncasecmp(*target, schemes[i], n) != 0)
			continue;
		len = strcspn(host, "/?#");
		if (len == 0 || memchr(host, '@', len) != NULL)
			return false;
		h->kept[KEPT_HOST].data = host;
		h->kept[KEPT_HOST].len = len;
		*target = host[len] == '\0' ? "/" : host + len;
		return **target == '/';
	}
	return false;
}

static const struct head_refusal *check_target(struct head *h, const char *target)
{
	if (target == NULL || has_control(target, strlen(target), '\0') ||
	    strchr(target, ' ') != NULL)
		return &bad_target;
	if (target[0] != '/' && !strip_authority(h, &target))
		return &bad_target;
	h->target = target;
	return NULL;
}

static const struct head_refusal *check_fields(const struct head *h, bool old)
{
	const struct {
		bool wrong;
		const struct head_refusal *refusal;
	} table[] = {
	        {h->bad_name, &bad_name},
	        {h->bad_value, &bad_value},
	        {h->ntransfers > 0 && h->nlengths > 0, &bad_both},
	        {h->ntransfers > 1 || h->bad_transfer || (h->ntransfers > 0 && old), &bad_transfer},
	        {h->nlengths > 1 || h->bad_length, &bad_length},
	        {h->nhosts > 1 || (h->nhosts == 0 && !old), &bad_host},
	        {h->nforwarded > HEAD_FORWARDED, &bad_forwarded},
	        {h->ncodings > 1 || h->coding == CODING_OTHER, &bad_coding},
	        {h->nexpects > 1 || h->bad_expect, &bad_expect},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].wrong)
			return table[i].refusal;
	return NULL;
}

const struct head_refusal *head_check(struct head *h, const char *method, const char *target,
                                      const char *version)
{
	const struct head_refusal *refusal;

	h->method = method;
	h->target = "";
	refusal = check_fields(h, strcmp(version, "HTTP/1.1") != 0);
	if (refusal == NULL)
		refusal = check_method(method);
	if (refusal == NULL)
		refusal = check_target(h, target);
	return refusal;
}

bool head_has_body(const struct head *h)
{
	return h->chunked || h->length > 0;
}

static void write_forwarded(const struct head *h, struct msg *m)
{
	struct buf joined;

	if (h->nforwarded == 0)
		return;
	buf_init(&joined, FORWARDED_MAX);
	for (unsigned i = 0; i < h->nforwarded; i++) {
		if (i > 0)
			buf_add_str(&joined, ", ");
		buf_add(&joined, h->forwarded[i].data, h->forwarded[i].len);
	}
	if (joined.failed != 0)
		m->failed = ERR_LIMIT; /* a proxy's word cut short would be another word */
	else
		msg_add(m, TAG_FORWARDED_FOR, buf_str(&joined), joined.len);
	buf_clear(&joined);
}

void head_write(const struct head *h, struct msg *m)
{
	msg_add_str(m, TAG_METHOD, h->method);
	msg_add_str(m, TAG_TARGET, h->target);
	for (unsigned i = 0; i < KEPT_COUNT; i++)
		if (h->kept[i].data != NULL)
			msg_add(m, kept_tags[i], h->kept[i].data, h->kept[i].len);
	for (unsigned i = 0; i < h->nauthorizations && i < HEAD_AUTHORIZATIONS; i++)
		msg_add(m, TAG_AUTHORIZATION, h->authorizations[i].data, h->authorizations[i].len);
	if (h->has_length)
		msg_add_u64(m, TAG_CONTENT_LENGTH, h->length);
	write_forwarded(h, m);
	if (h->forwarded_other)
		msg_add_u64(m, TAG_FORWARDED_OTHER, 1);
}
