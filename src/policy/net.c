#include "policy/net.h"
#include "policy/chars.h"

#include <string.h>

static const uint8_t ipv4_before[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
static const char no_address[] = "this is no IPv4 or IPv6 address";

/* Digits without a leading zero, at most `most`. Returns how many characters
 * they take, 0 when there is no such number. */
static size_t number(const char *text, unsigned most, unsigned *out)
{
	unsigned v = 0;
	size_t n = 0;

	while (n < 4 && chars_digit(text[n])) {
		v = v * 10 + (unsigned)(text[n] - '0');
		n++;
	}
	if (n == 0 || v > most || (n > 1 && text[0] == '0') || chars_digit(text[n]))
		return 0;
	*out = v;
	return n;
}

/* Four numbers with dots. Returns how many characters they take, or 0. */
static size_t parse_ipv4(const char *text, uint8_t out[4])
{
	size_t at = 0;

	for (int i = 0; i < 4; i++) {
		unsigned v;
		size_t n;

		if (i > 0 && text[at++] != '.')
			return 0;
		n = number(text + at, 255, &v);
		if (n == 0)
			return 0;
		out[i] = (uint8_t)v;
		at += n;
	}
	return at;
}

/* Up to four hexadecimal digits. Returns how many there are, 0 for none or
 * too many. */
static size_t parse_group(const char *text, unsigned *out)
{
	size_t n = 0;

	*out = 0;
	while (n < 5 && chars_hex(text[n]) >= 0)
		*out = *out << 4 | (unsigned)chars_hex(text[n++]);
	return n > 4 ? 0 : n;
}

/* What has been read of an IPv6 address. */
struct six {
	uint8_t bytes[16];
	size_t filled; /* bytes so far */
	size_t gap;    /* where "::" stood; 17: nowhere */
	bool ended;    /* an IPv4 address stood there: nothing may follow */
};

/* One group, or an IPv4 address in the last four bytes. Returns characters
 * taken, or 0. */
static size_t six_part(struct six *s, const char *text)
{
	unsigned v;
	size_t n = 0;

	if (s->filled <= 12)
		n = parse_ipv4(text, s->bytes + s->filled);
	if (n) {
		s->filled += 4;
		s->ended = true;
		return n;
	}
	n = parse_group(text, &v);
	if (n == 0 || s->filled > 14)
		return 0;
	s->bytes[s->filled++] = (uint8_t)(v >> 8);
	s->bytes[s->filled++] = (uint8_t)v;
	return n;
}

/* Puts the zeros that "::" stands for where it stood. */
static bool six_close(struct six *s)
{
	size_t tail;

	if (s->gap > 16)
		return s->filled == 16;
	if (s->filled > 14)
		return false;
	tail = s->filled - s->gap;
	memmove(s->bytes + 16 - tail, s->bytes + s->gap, tail);
	memset(s->bytes + s->gap, 0, 16 - tail - s->gap);
	return true;
}

/* Returns the characters taken, or 0. */
static size_t parse_ipv6(const char *text, uint8_t out[16])
{
	struct six s = {.gap = 17};
	size_t at = 0, n;

	for (;;) {
		if (text[at] == ':' && text[at + 1] == ':') {
			if (s.gap <= 16)
				return 0;
			s.gap = s.filled;
			at += 2;
			if (chars_hex(text[at]) < 0)
				break;
		} else if (at > 0 && text[at] == ':') {
			at++;
		} else if (at > 0) {
			break;
		}
		n = six_part(&s, text + at);
		if (n == 0)
			return 0;
		at += n;
		if (s.ended)
			break;
	}
	if (!six_close(&s))
		return 0;
	memcpy(out, s.bytes, 16);
	return at;
}

static bool clear_behind(const struct net *net)
{
	for (unsigned i = net->bits; i < 128; i++)
		if (net->bytes[i / 8] & (0x80u >> i % 8))
			return false;
	return true;
}

const char *policy_net_parse(const char *text, struct net *out)
{
	struct net net = {.bits = 128};
	unsigned bits = 0, before = 96;
	size_t at = parse_ipv4(text, net.bytes + 12);

	if (at) {
		memcpy(net.bytes, ipv4_before, sizeof ipv4_before);
	} else {
		before = 0;
		at = parse_ipv6(text, net.bytes);
	}
	if (!at || (text[at] && text[at] != '/'))
		return no_address;
	if (text[at] == '/') {
		size_t n = number(text + at + 1, 128 - before, &bits);

		if (n == 0 || text[at + 1 + n])
			return before ? "behind the slash stands a number from 0 to 32"
			              : "behind the slash stands a number from 0 to 128";
		net.bits = (uint8_t)(before + bits);
	}
	if (!clear_behind(&net))
		return "the network has bits set behind its mask";
	*out = net;
	return NULL;
}

static bool is_ipv4(const struct net *n)
{
	return n->bits >= 96 && memcmp(n->bytes, ipv4_before, sizeof ipv4_before) == 0;
}

bool policy_net_contains(const struct net *net, const struct net *address)
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	/* ::/0 means every IPv6 address; an IPv4 one is no part of it. */
	if (address->bits < net->bits || is_ipv4(net) != is_ipv4(address))
		return false;
	if (memcmp(net->bytes, address->bytes, whole) != 0)
		return false;
	return rest == 0 || (net->bytes[whole] & (0xFF00u >> rest)) ==
	                            (address->bytes[whole] & (0xFF00u >> rest));
}

static char *put_number(char *at, unsigned v, unsigned base)
{
	unsigned unit = 1;

	while (v / unit >= base)
		unit *= base;
	for (; unit; unit /= base)
		*at++ = "0123456789abcdef"[v / unit % base];
	return at;
}

static char *put_ipv4(char *at, const uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = put_number(at, bytes[i], 10);
	}
	return at;
}

/* The longest run of at least two zero groups, the first of equals (RFC 5952);
 * its length in *len, 0 when there is none. */
static int zero_run(const uint8_t bytes[16], int *len)
{
	int best = 0, start = 0;

	*len = 0;
	for (int i = 0, run = 0; i < 8; i++) {
		run = bytes[2 * i] || bytes[2 * i + 1] ? 0 : run + 1;
		if (run > best) {
			best = run;
			start = i - run + 1;
		}
	}
	if (best >= 2)
		*len = best;
	return start;
}

static char *put_ipv6(char *at, const uint8_t bytes[16])
{
	int len, start = zero_run(bytes, &len);

	for (int i = 0; i < 8; i++) {
		if (len && i == start) {
			*at++ = ':';
			*at++ = ':';
			i += len - 1;
			continue;
		}
		if (i && !(len && i == start + len))
			*at++ = ':';
		at = put_number(at, (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1], 16);
	}
	return at;
}

char *policy_net_text(const struct net *net, char *out)
{
	bool four = is_ipv4(net);
	char *at = four ? put_ipv4(out, net->bytes + 12) : put_ipv6(out, net->bytes);

	if (net->bits < 128) {
		*at++ = '/';
		at = put_number(at, four ? net->bits - 96u : net->bits, 10);
	}
	*at = 0;
	return out;
}
