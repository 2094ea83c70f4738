#include "git/pktline.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static struct pkt pkt_make(enum pkt_kind kind, size_t whole)
{
	return (struct pkt){.kind = kind, .whole = whole};
}

struct pkt pkt_read(const char *data, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < 4 && i < len; i++) {
		int digit = hex_digit(data[i]);

		if (digit < 0)
			return pkt_make(PKT_BAD, 0);
		n = n * 16 + (size_t)digit;
	}
	if (len < 4)
		return pkt_make(PKT_MORE, 0);
	switch (n) {
	case 0:
		return pkt_make(PKT_FLUSH, 4);
	case 1:
		return pkt_make(PKT_DELIM, 4);
	case 2:
		return pkt_make(PKT_END, 4);
	case 3:
		return pkt_make(PKT_BAD, 0);
	default:
		break;
	}
	if (n > PKT_MAX)
		return pkt_make(PKT_BAD, 0);
	if (n > len)
		return pkt_make(PKT_MORE, 0);
	return (struct pkt){.kind = PKT_DATA, .data = data + 4, .len = n - 4, .whole = n};
}

static void put_length(char out[4], size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 3; i >= 0; i--, n /= 16)
		out[i] = digits[n % 16];
}

int pkt_write(struct buf *out, const void *data, size_t len)
{
	char head[4];
	int rc;

	if (len > PKT_MAX - 4)
		return ERR_LIMIT;
	rc = buf_reserve(out, len + 4);
	if (rc)
		return rc;
	put_length(head, len + 4);
	rc = buf_add(out, head, sizeof(head));
	if (!rc && len)
		rc = buf_add(out, data, len);
	return rc;
}

int pkt_writef(struct buf *out, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		return ERR_LIMIT;
	return pkt_write(out, text, (size_t)n);
}

int pkt_flush(struct buf *out)
{
	return buf_add(out, "0000", 4);
}

int pkt_band(struct buf *out, int band, const char *data, size_t len)
{
	const size_t most = PKT_MAX - 5;

	while (len > 0) {
		size_t n = len < most ? len : most;
		char head[5];
		int rc;

		put_length(head, n + 5);
		head[4] = (char)band;
		rc = buf_add(out, head, sizeof(head));
		if (!rc)
			rc = buf_add(out, data, n);
		if (rc)
			return rc;
		data += n;
		len -= n;
	}
	return 0;
}

int pkt_err(struct buf *out, const char *service, const char *text)
{
	size_t len = strlen(text);
	int rc = 0;

	if (service) {
		rc = pkt_writef(out, "# service=%s\n", service);
		if (!rc)
			rc = pkt_flush(out);
	}
	if (rc)
		return rc;
	if (len > PKT_MAX - 9)
		len = PKT_MAX - 9;
	/* "ERR " and the text are one packet, so its length counts both. */
	char head[8];

	rc = buf_reserve(out, len + sizeof(head));
	if (rc)
		return rc;
	put_length(head, len + sizeof(head));
	memcpy(head + 4, "ERR ", 4);
	rc = buf_add(out, head, sizeof(head));
	return rc ? rc : buf_add(out, text, len);
}
