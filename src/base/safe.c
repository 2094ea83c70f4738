#include "base/safe_int.h"

#include <stdbool.h>
#include <stdint.h>

/* Characters that a terminal or a page does not show as themselves. */
static const struct {
	uint32_t first, last;
} hidden[] = {
        {0x80, 0x9f},       /* C1 controls */
        {0xad, 0xad},       /* soft hyphen */
        {0x34f, 0x34f},     /* grapheme joiner */
        {0x61c, 0x61c},     /* Arabic letter mark */
        {0x115f, 0x1160},   /* Hangul fillers */
        {0x17b4, 0x17b5},   /* Khmer inherent vowels */
        {0x180b, 0x180f},   /* Mongolian selectors */
        {0x200b, 0x200f},   /* zero width, direction marks */
        {0x2028, 0x202e},   /* separators, bidi embeddings and overrides */
        {0x2060, 0x206f},   /* joiner, invisible operators, isolates */
        {0x3164, 0x3164},   /* Hangul filler */
        {0xd800, 0xdfff},   /* surrogates: no UTF-8 */
        {0xfeff, 0xfeff},   /* byte order mark */
        {0xffa0, 0xffa0},   /* Hangul filler */
        {0xfff0, 0xfffb},   /* unassigned, interlinear notes */
        {0xfffe, 0xffff},   /* no characters */
        {0xe0000, 0xe0fff}, /* tags, selectors */
};

static bool shown(uint32_t c)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	}
	return c <= 0x10ffff;
}

/* The bits of a lead byte, and how many bytes follow it; 0 for no lead byte. */
static unsigned lead(unsigned char byte, uint32_t *bits, uint32_t *least)
{
	if (byte >= 0xc2 && byte <= 0xdf) {
		*bits = byte & 0x1fu;
		*least = 0x80;
		return 1;
	}
	if (byte >= 0xe0 && byte <= 0xef) {
		*bits = byte & 0x0fu;
		*least = 0x800;
		return 2;
	}
	if (byte >= 0xf0 && byte <= 0xf4) {
		*bits = byte & 0x07u;
		*least = 0x10000;
		return 3;
	}
	return 0;
}

size_t safe_step(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t c = 0, least = 0;
	unsigned more;

	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7f;
	more = lead(p[0], &c, &least);
	if (more == 0 || more >= len)
		return 0;
	for (unsigned i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	return c >= least && shown(c) ? more + 1 : 0;
}

void safe_escape(char byte, char out[4])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char b = (unsigned char)byte;

	out[0] = '\\';
	out[1] = 'x';
	out[2] = digits[b >> 4];
	out[3] = digits[b & 15];
}
